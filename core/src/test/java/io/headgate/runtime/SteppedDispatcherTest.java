package io.headgate.runtime;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.LoopPolicy;
import io.headgate.Outcome;
import io.headgate.Target;
import io.headgate.Task;
import java.util.concurrent.CountDownLatch;
import org.agrona.concurrent.CachedEpochClock;
import org.agrona.concurrent.CachedNanoClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The dispatcher as a duty cycle that a test steps, under a clock that the test moves. */
@Timeout(30)
class SteppedDispatcherTest {
  private final CachedNanoClock clock = new CachedNanoClock();
  private final CachedEpochClock epoch = new CachedEpochClock();
  private final LiveHeadgate headgate =
      LiveHeadgate.stepped(
          HeadgateSettings.DEFAULT.maxInFlight(1), clock, () -> epoch.time() * 1_000_000);
  private final Target target =
      headgate.target("tool", t -> t.tool().loopGuard(LoopPolicy.OFF).timeout(ofSeconds(5)));
  private final Agent agent = headgate.agent("agent");
  private final Job job = headgate.job(j -> j.deadline(ofSeconds(20)));

  @Test
  void nothingHappensWithoutAStep() {
    Admitted<String> handle = job.submitOrThrow(Task.<String>of(agent, target, attempt -> "done"));
    assertThat(handle.outcome()).isEmpty();
    assertThat(headgate.step()).as("what the step found").isPositive();
    assertThat(awaited(handle)).isEqualTo(new Outcome.Completed<>("done"));
  }

  @Test
  void ttlExpiresByTheInjectedClockOneNanosecondAfterIt() {
    CountDownLatch release = new CountDownLatch(1);
    Admitted<String> running =
        job.submitOrThrow(Task.<String>of(agent, target, attempt -> hold(release)));
    Admitted<String> waiting =
        job.submitOrThrow(Task.<String>of(agent, target, attempt -> "late").ttl(ofMillis(10)));
    settle();
    clock.advance(10_000_000);
    settle();
    assertThat(waiting.outcome()).isEmpty();
    clock.advance(1);
    settle();
    assertThat(waiting.outcome()).contains(new Outcome.Expired<>(Outcome.Bound.TTL));
    release.countDown();
    assertThat(awaited(running)).isEqualTo(new Outcome.Completed<>("held"));
  }

  @Test
  void timeoutAndJobDeadlineEndACallByTheInjectedClock() {
    CountDownLatch never = new CountDownLatch(1);
    Admitted<String> running =
        job.submitOrThrow(Task.<String>of(agent, target, attempt -> hold(never)));
    Admitted<String> behind =
        job.submitOrThrow(Task.<String>of(agent, target, attempt -> hold(never)));
    settle();
    clock.advance(5_000_000_002L);
    assertThat(awaited(running)).isEqualTo(new Outcome.TimedOut<>(Outcome.Bound.TIMEOUT));
    assertThat(behind.outcome()).isEmpty();
    clock.advance(15_000_000_000L);
    assertThat(awaited(behind).getClass()).isIn(Outcome.TimedOut.class, Outcome.Expired.class);
    assertThat(job.isOpen()).as("open past its deadline").isFalse();
  }

  private static String hold(CountDownLatch release) throws InterruptedException {
    release.await();
    return "held";
  }

  private void settle() {
    while (headgate.step() > 0) {
      Thread.onSpinWait();
    }
  }

  private Outcome<String> awaited(Admitted<String> handle) {
    while (handle.outcome().isEmpty()) {
      headgate.step();
    }
    return handle.outcome().get();
  }
}
