package io.headgate.examples.storm.measure;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.examples.storm.provider.Bill;
import io.headgate.examples.storm.provider.ProviderStats;
import io.headgate.examples.storm.workload.CallPlan;
import io.headgate.examples.storm.workload.JobPlan;
import io.headgate.examples.storm.workload.Timeline;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RecorderTest {
  private final List<JobRecord> finished = new ArrayList<>();
  private final Recorder recorder = new Recorder(System.nanoTime(), finished::add);

  @Test
  void everyOfferedCallIsCountedUnderOneEnd() {
    end(CallEnd.COMPLETED, 5);
    end(CallEnd.EXPIRED, 3);
    end(CallEnd.FAILED, 2);
    end(CallEnd.REFUSED, 7);

    var result = result();

    assertThat(result.offered()).isEqualTo(17);
    assertThat(result.refused()).isEqualTo(7);
    assertThat(result.admitted()).isEqualTo(10);
    assertThat(result.completed()).isEqualTo(5);
    assertThat(result.expired()).isEqualTo(3);
    assertThat(result.failed()).isEqualTo(2);
    assertThat(result.violations()).isEmpty();
  }

  @Test
  void theFirstEndCounts() {
    var call = recorder.callOffered();
    call.end(CallEnd.COMPLETED);
    call.end(CallEnd.FAILED);

    assertThat(result().completed()).isEqualTo(1);
    assertThat(result().failed()).isZero();
  }

  @Test
  void aCallOrJobThatNeverEndsIsAViolation() {
    recorder.callOffered();
    recorder.jobOffered();

    assertThat(result().violations())
        .containsExactly("1 calls never ended", "1 jobs arrived and 0 ended");
  }

  @Test
  void saysWhichJobsFinishedInTime() {
    var plan = new JobPlan(3, 0, ofMinutes(1), List.of(new CallPlan(3, 0, 1, 1)));
    recorder.jobOffered();
    recorder.jobEnded(plan, true);
    recorder.jobOffered();
    recorder.jobEnded(plan, false);

    assertThat(finished).hasSize(1);
    assertThat(result().jobsOffered()).isEqualTo(2);
    assertThat(result().jobsFinished()).isEqualTo(1);
  }

  @Test
  void percentilesAreExact() {
    var values = LongStream.rangeClosed(1, 100).mapToObj(i -> i * 1_000_000).toList();

    assertThat(Percentile.millis(values, 0.99)).isEqualTo(99);
    assertThat(Percentile.millis(values, 0.5)).isEqualTo(50);
    assertThat(Percentile.millis(values, 1)).isEqualTo(100);
    assertThat(Percentile.millis(List.of(7_000_000L), 0.99)).isEqualTo(7);
    assertThat(Percentile.millis(List.of(), 0.99)).isNaN();
  }

  private void end(CallEnd end, int times) {
    for (int i = 0; i < times; i++) {
      recorder.callOffered().end(end);
    }
  }

  private ArmResult result() {
    var stats = new ProviderStats(0, Map.of(), Bill.NOTHING, Bill.NOTHING, 0, 0);
    var cpu = new Cpu(1, 2, 2);
    var closing =
        new ArmResult.Closing(
            "test", 0, 0, stats, 0, 0, 0, 0, 0, cpu, List.of(), List.of(), List.of(), List.of());
    var timeline = new Timeline(ofSeconds(1), ofSeconds(1), ofSeconds(1), 1, 1);
    return ArmResult.of(closing, recorder, timeline);
  }
}
