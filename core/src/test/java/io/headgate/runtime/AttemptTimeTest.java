package io.headgate.runtime;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofNanos;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Admitted;
import io.headgate.Attempt;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.LoopPolicy;
import io.headgate.Outcome;
import io.headgate.Outcome.Bound;
import io.headgate.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.concurrent.CachedNanoClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an attempt says of its time, to the nanosecond, under a clock that the test moves. */
@Timeout(30)
class AttemptTimeTest {
  private static final Instant START = Instant.parse("2026-01-02T03:04:05.000000006Z");

  private final CachedNanoClock clock = new CachedNanoClock();
  private final LiveHeadgate headgate;
  private final CountDownLatch release = new CountDownLatch(1);
  private final AtomicReference<Attempt> attempts = new AtomicReference<>();

  AttemptTimeTest() {
    clock.update(77_000_000_000L);
    headgate =
        LiveHeadgate.stepped(
            HeadgateSettings.DEFAULT,
            clock,
            () -> START.getEpochSecond() * 1_000_000_000L + START.getNano());
  }

  private Admitted<String> running(Job job, Duration timeout) {
    Admitted<String> handle =
        job.submitOrThrow(
            Task.<String>of(
                headgate.agent("agent"),
                headgate.target("tool", t -> t.tool().loopGuard(LoopPolicy.OFF).timeout(timeout)),
                attempt -> {
                  attempts.set(attempt);
                  release.await();
                  return "done";
                }));
    while (attempts.get() == null) {
      headgate.step();
    }
    return handle;
  }

  @Test
  void theDeadlineIsTheTargetsTimeoutAfterTheStart() {
    Job job = headgate.job(j -> j.deadline(ofSeconds(20)));
    clock.advance(1_000);
    Admitted<String> handle = running(job, ofMillis(5));
    Attempt attempt = attempts.get();
    assertThat(attempt.deadline()).isEqualTo(START.plusNanos(1_000 + 5_000_000));
    assertThat(attempt.remaining()).isEqualTo(ofMillis(5));
    clock.advance(4_999_999);
    assertThat(attempt.remaining()).isEqualTo(ofNanos(1));
    assertThat(attempt.deadline()).isEqualTo(START.plusNanos(5_001_000));
    settle();
    assertThat(handle.outcome()).isEmpty();
    clock.advance(1);
    assertThat(attempt.remaining()).isZero();
    settle();
    assertThat(handle.outcome()).as("it may end at its deadline itself").isEmpty();
    clock.advance(1);
    settle();
    assertThat(handle.outcome()).contains(new Outcome.TimedOut<>(Bound.TIMEOUT));
    assertThat(attempt.remaining()).as("over").isZero();
  }

  @Test
  void theJobsDeadlineComesFirstWhenItIsEarlier() {
    Job job = headgate.job(j -> j.deadline(ofSeconds(2)));
    clock.advance(500_000_000);
    Admitted<String> handle = running(job, ofSeconds(5));
    Attempt attempt = attempts.get();
    assertThat(attempt.deadline()).isEqualTo(START.plusSeconds(2));
    assertThat(attempt.remaining()).isEqualTo(ofMillis(1_500)).isEqualTo(job.remaining());
    clock.advance(1_500_000_001);
    settle();
    assertThat(handle.outcome()).contains(new Outcome.TimedOut<>(Bound.JOB_DEADLINE));
    assertThat(job.isOpen()).isFalse();
    assertThat(job.remaining()).isZero();
  }

  private void settle() {
    while (headgate.step() > 0) {
      Thread.onSpinWait();
    }
  }
}
