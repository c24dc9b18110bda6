package io.headgate.examples.storm.measure;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headgate.examples.storm.workload.CallPlan;
import io.headgate.examples.storm.workload.JobPlan;
import io.headgate.examples.storm.workload.Timeline;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GoodputTest {
  private static final Timeline TIMELINE =
      new Timeline(ofSeconds(10), ofSeconds(10), ofSeconds(20), 4, 10);

  @Test
  void countsJobsPerSecondOfEachPhase() {
    var goodput = Goodput.of(ends(0, 10, 4, 10, 20, 1, 20, 40, 2), TIMELINE);

    assertThat(goodput.before()).isCloseTo(4, within(0.01));
    assertThat(goodput.during()).isCloseTo(1, within(0.01));
    assertThat(goodput.after()).isCloseTo(2, within(0.01));
  }

  @Test
  void recoveryIsWhenItIsBack() {
    var goodput = Goodput.of(ends(0, 10, 4, 10, 26, 1, 26, 40, 4), TIMELINE);

    assertThat(goodput.recovered()).isTrue();
    // It is back at 6 s, and the window has to fill up.
    assertThat(goodput.recoverySeconds()).isBetween(8.0, 9.2);
  }

  @Test
  void whatWasNeverGoneNeedsNoRecovery() {
    var goodput = Goodput.of(ends(0, 40, 4), TIMELINE);

    assertThat(goodput.recovered()).isTrue();
    assertThat(goodput.recoverySeconds()).isZero();
  }

  @Test
  void whatNeverComesBackSaysSo() {
    var goodput = Goodput.of(ends(0, 10, 4, 20, 40, 2), TIMELINE);

    assertThat(goodput.recovered()).isFalse();
    assertThat(goodput.recoverySeconds()).isEqualTo(20);
  }

  @Test
  void lateAndUnansweredJobsAreWorthNothing() {
    var plan = plan(0);
    var late = new JobRecord(plan, plan.deadline().toNanos() + 1, true, AnswerRung.TOP);
    var inTime = new JobRecord(plan, plan.deadline().toNanos(), true, AnswerRung.TOP);
    var unanswered = new JobRecord(plan, 1, false, AnswerRung.TOP);
    var byNoModel = new JobRecord(plan, 1, true, AnswerRung.STATIC);

    assertThat(late.finished()).isFalse();
    assertThat(inTime.finished()).isTrue();
    assertThat(unanswered.finished()).isFalse();
    assertThat(byNoModel.finished()).as("a static answer is an end, and no success").isFalse();
    assertThat(new JobRecord(plan, 1, true, AnswerRung.SMALLER).finished()).isTrue();
    assertThat(Goodput.of(List.of(late, unanswered, byNoModel), TIMELINE).before()).isZero();
  }

  /** Jobs that end evenly: triples of from, to (seconds) and how many a second. */
  private static List<JobRecord> ends(int... triples) {
    var jobs = new ArrayList<JobRecord>();
    for (int i = 0; i < triples.length; i += 3) {
      long step = 1_000_000_000L / triples[i + 2];
      for (long at = triples[i] * 1_000_000_000L;
          at < triples[i + 1] * 1_000_000_000L;
          at += step) {
        jobs.add(new JobRecord(plan(at), at, true, AnswerRung.TOP));
      }
    }
    return jobs;
  }

  private static JobPlan plan(long arrivalNanos) {
    return new JobPlan(0, arrivalNanos, ofSeconds(3), List.of(new CallPlan(0, 0, 1, 1)));
  }
}
