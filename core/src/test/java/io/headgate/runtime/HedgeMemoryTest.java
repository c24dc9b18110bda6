package io.headgate.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.BreakerPolicy;
import io.headgate.Headgate;
import io.headgate.HedgePolicy;
import io.headgate.Job;
import io.headgate.Outcome;
import io.headgate.Target;
import io.headgate.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a handle keeps of its attempts when its task has ended: nothing but the outcome. */
@Timeout(60)
final class HedgeMemoryTest {
  private final CountDownLatch firstFailed = new CountDownLatch(1);
  private final CountDownLatch secondRuns = new CountDownLatch(1);

  /** Its first attempt fails while the second runs, and leaves its task to that. */
  private Outcome<String> hedged(boolean secondAnswers) throws Exception {
    try (var headgate = Headgate.builder().build()) {
      Agent agent = headgate.agent("agent");
      Target target =
          headgate.target(
              "model",
              t ->
                  t.hedge(HedgePolicy.DEFAULT.minDelay(Duration.ZERO))
                      .breaker(BreakerPolicy.OFF)
                      .agentBreaker(BreakerPolicy.OFF));
      try (Job job = headgate.job("job", j -> j)) {
        for (int i = 0; i < 20; i++) {
          var _ = job.submitOrThrow(Task.of(agent, target, attempt -> "quick")).join();
        }
        Task<String> task =
            Task.<String>of(
                    agent,
                    target,
                    attempt -> {
                      if (attempt.number() == 1) {
                        secondRuns.await();
                        throw new IOException("reset");
                      }
                      secondRuns.countDown();
                      firstFailed.await();
                      if (!secondAnswers) {
                        throw new IOException("reset too");
                      }
                      return "second";
                    })
                .idempotent(true);
        Admitted<String> handle = job.submitOrThrow(task);
        secondRuns.await();
        // The engine has heard of the first one's end, and the task goes on.
        while (headgate.snapshot().inFlight() > 1) {
          LockSupport.parkNanos(100_000);
        }
        firstFailed.countDown();
        Outcome<String> outcome = handle.join();
        var _ = headgate.snapshot(); // a turn later, whoever read the outcome
        assertThat(((TaskHandle<?>) handle).attempt).isNull();
        return outcome;
      }
    }
  }

  @Test
  void aFirstAttemptThatFailedIsLetGoOfWhenItsHedgeAnswers() throws Exception {
    assertThat(hedged(true)).isEqualTo(new Outcome.Completed<>("second"));
  }

  @Test
  void orWhenThatFailsToo() throws Exception {
    assertThat(hedged(false)).isInstanceOf(Outcome.Failed.class);
  }
}
