package io.headgate.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Admission;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.LoopPolicy;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Task;
import java.time.Duration;
import org.agrona.concurrent.CachedNanoClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A job refuses from the very nanosecond of its deadline on. */
@Timeout(30)
class PassedDeadlineTest {
  private final CachedNanoClock clock = new CachedNanoClock();
  private final LiveHeadgate headgate =
      LiveHeadgate.stepped(HeadgateSettings.DEFAULT, clock, clock::nanoTime);
  private final Job job = headgate.job("brief", j -> j.deadline(Duration.ofMillis(10)));
  private final Task<String> task =
      Task.<String>of(
          headgate.agent("agent"),
          headgate.target("tool", t -> t.tool().loopGuard(LoopPolicy.OFF)),
          a -> "");

  private Admission<String> submitAfter(long ns) {
    clock.advance(ns);
    while (headgate.step() > 0) {
      Thread.onSpinWait();
    }
    return job.submit(task);
  }

  @Test
  void fromItsDeadlineOn() {
    assertThat(submitAfter(10_000_000))
        .isEqualTo(new Refused<>(Refusal.DEADLINE_PASSED, Duration.ZERO));
    assertThat(submitAfter(10_000)).isEqualTo(new Refused<>(Refusal.JOB_CLOSED, Duration.ZERO));
    assertThat(headgate.audit().violations()).isEmpty();
    assertThat(headgate.audit().atRest()).isTrue();
  }
}
