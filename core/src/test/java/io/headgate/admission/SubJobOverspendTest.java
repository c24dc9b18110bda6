package io.headgate.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.JobSettings;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the tasks of a sub-job overspend reaches its parent, whichever of them ends it. */
@Timeout(60)
class SubJobOverspendTest {
  private static final int ROUNDS = 40_000;
  private static final int BUDGET = 100_000;

  private static JobAccount account(JobAccount parent, long budget) {
    return new JobAccount(0, parent, Long.MAX_VALUE, budget, JobSettings.UNLIMITED, 10) {};
  }

  @Test
  void parentPaysForAllOfIt() throws Exception {
    JobAccount[] parents = new JobAccount[ROUNDS];
    JobAccount[] parts = new JobAccount[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      parents[i] = account(null, BUDGET);
      assertThat(parents[i].tryReserve(100, 0)).isEqualTo(JobAccount.Reserve.DONE);
      parts[i] = account(parents[i], 100);
      assertThat(parts[i].tryReserve(50, 0)).isEqualTo(JobAccount.Reserve.DONE);
      assertThat(parts[i].tryReserve(50, 0)).isEqualTo(JobAccount.Reserve.DONE);
    }
    var arrived = new AtomicInteger();
    Runnable settles =
        () -> {
          for (int i = 0; i < ROUNDS; i++) {
            arrived.incrementAndGet();
            for (int spins = 0; arrived.get() < 2 * (i + 1); spins++) {
              if (spins > 1_000) {
                Thread.yield();
              }
            }
            parts[i].settle(50, 300, 0, 0);
          }
        };
    Thread other = Thread.ofPlatform().start(settles);
    settles.run();
    other.join();
    for (JobAccount parent : parents) {
      assertThat(parent.tokensLeft()).isEqualTo(BUDGET - 600);
      assertThat(parent.liveReservations()).isZero();
    }
  }
}
