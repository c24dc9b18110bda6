package io.headgate.examples.storm.workload;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headgate.examples.storm.trace.Trace;
import io.headgate.examples.storm.trace.TraceCall;
import io.headgate.examples.storm.trace.TraceGenerator;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class WorkloadPlannerTest {
  private static final Timeline TIMELINE =
      new Timeline(ofSeconds(9), ofSeconds(10), ofSeconds(15), 6, 10);
  private static final Trace TRACE = TraceGenerator.generate(7, 9_000);

  @Test
  void aShareOfTheJobsLoopsAndTheOthersAreTheSame() {
    var timeline = new Timeline(ofSeconds(20), ofSeconds(10), ofSeconds(10), 5, 10);
    var trace = TraceGenerator.generate(1, 1_000);
    var without = WorkloadPlanner.plan(trace, 5, timeline, ofSeconds(2), ofMillis(500)).jobs();
    var with = WorkloadPlanner.plan(trace, 5, timeline, 0.1, ofSeconds(2), ofMillis(500)).jobs();

    assertThat(with).hasSameSizeAs(without);
    var periods = new TreeSet<Integer>();
    for (int i = 0; i < with.size(); i++) {
      var job = with.get(i);
      if (job.loops()) {
        assertThat(job.calls()).hasSize(JobPlan.MAX_ROUNDS);
        int period = 1 + job.calls().stream().mapToInt(CallPlan::question).max().orElseThrow();
        periods.add(period);
        for (int step = period; step < JobPlan.MAX_ROUNDS; step++) {
          assertThat(job.calls().get(step).question())
              .isEqualTo(job.calls().get(step - period).question());
        }
      } else {
        assertThat(job).isEqualTo(without.get(i));
      }
    }
    assertThat(with.stream().filter(JobPlan::loops).count()).isBetween(40L, 90L);
    assertThat(periods).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
  }

  @Test
  void theSameTraceAndSeedGiveTheSameWorkload() {
    assertThat(plan(TRACE, 1)).isEqualTo(plan(TraceGenerator.generate(7, 9_000), 1));
    assertThat(plan(TRACE, 2).jobs()).isNotEqualTo(plan(TRACE, 1).jobs());
  }

  @Test
  void eachPhaseHasTheArrivalsThatItWants() {
    var jobs = plan(TRACE, 1).jobs();

    assertThat(arrivals(jobs, 0, 9)).isEqualTo(54);
    assertThat(arrivals(jobs, 9, 19)).isEqualTo(600);
    assertThat(arrivals(jobs, 19, 34)).isEqualTo(90);
    assertThat(jobs).hasSize(744);
  }

  @Test
  void jobsArriveInOrderWithinTheTimeline() {
    var arrivals = plan(TRACE, 1).jobs().stream().map(JobPlan::arrivalNanos).toList();

    assertThat(arrivals).isSorted().allMatch(at -> at >= 0 && at < TIMELINE.endNanos());
  }

  @Test
  void jobsHaveOneToTwelveCallsAndADeadlineThatGrowsWithThem() {
    var jobs = plan(TRACE, 1).jobs();

    assertThat(jobs)
        .allSatisfy(
            job -> {
              assertThat(job.calls()).hasSizeBetween(1, 12);
              assertThat(job.deadline())
                  .isEqualTo(ofSeconds(2).plus(ofMillis(500).multipliedBy(job.calls().size())));
            })
        .anyMatch(job -> job.calls().size() == 1)
        .anyMatch(job -> job.calls().size() == 12);
    assertThat(jobs.stream().mapToInt(job -> job.calls().size()).average().orElse(0))
        .isCloseTo(4.3, within(0.4));
  }

  @Test
  void tokensAreThoseOfTheTraceInOrder() {
    var calls = plan(TRACE, 1).jobs().stream().flatMap(job -> job.calls().stream()).toList();

    assertThat(IntStream.range(0, calls.size()))
        .allSatisfy(
            i -> {
              assertThat(calls.get(i).promptTokens())
                  .isEqualTo(TRACE.calls().get(i).contextTokens());
              assertThat(calls.get(i).completionTokens())
                  .isEqualTo(TRACE.calls().get(i).generatedTokens());
            });
  }

  @Test
  void aPauseOfHoursInTheTraceLeavesNoPhaseEmpty() {
    var rows = Collections.nCopies(99, new TraceCall(1_000_000, 10, 10));
    var paused =
        new Trace(
            "paused",
            Stream.concat(rows.stream(), List.of(new TraceCall(3_600_000_000_000L, 1, 1)).stream())
                .toList());

    assertThat(arrivals(plan(paused, 1).jobs(), 0, 1)).isBetween(3L, 9L);
  }

  @Test
  void aTraceOfOneRowOrWithoutAnyTimeWillDo() {
    assertThat(plan(new Trace("one", List.of(new TraceCall(0, 0, 0))), 1).jobs()).hasSize(744);
    assertThat(plan(new Trace("at once", Collections.nCopies(9, new TraceCall(0, 5, 5))), 1).jobs())
        .hasSize(744);
  }

  private static long arrivals(List<JobPlan> jobs, int fromSecond, int toSecond) {
    return jobs.stream()
        .filter(job -> job.arrivalNanos() >= fromSecond * 1_000_000_000L)
        .filter(job -> job.arrivalNanos() < toSecond * 1_000_000_000L)
        .count();
  }

  private static Workload plan(Trace trace, long seed) {
    Duration base = ofSeconds(2);
    return WorkloadPlanner.plan(trace, seed, TIMELINE, base, ofMillis(500));
  }
}
