package io.headgate.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each refusal is counted once, under its reason, whoever counts at the same time. */
@Timeout(30)
class RefusalCountsTest {
  private static final Refusal[] REASONS = Refusal.values();
  private static final int STRIPES = 64;
  private static final int THREADS = 4;
  private static final int ROUNDS = 100_000;

  @Test
  void countsByReason() {
    RefusalCounts counts = RefusalCounts.ofOne();
    assertThat(counts.total()).isZero();
    assertThat(counts.asMap()).isEmpty();
    counts.increment(Refusal.LEVEL);
    counts.increment(Refusal.LEVEL);
    counts.increment(REASONS[REASONS.length - 1]);
    assertThat(counts.asMap())
        .containsOnly(Map.entry(Refusal.LEVEL, 2L), Map.entry(REASONS[REASONS.length - 1], 1L));
    assertThat(counts.count(Refusal.CLOSED)).isZero();
    assertThat(counts.total()).isEqualTo(3);
  }

  @Test
  void losesNoneOfManyThreads() throws Exception {
    for (RefusalCounts counts : List.of(RefusalCounts.ofOne(), RefusalCounts.ofAll())) {
      var start = new CyclicBarrier(THREADS);
      Runnable counting =
          () -> {
            awaitAll(start);
            for (int i = 0; i < ROUNDS * REASONS.length; i++) {
              counts.increment(REASONS[i % REASONS.length]);
            }
          };
      // Threads that share a stripe, and so each cell.
      List<Thread> threads = new ArrayList<>();
      while (threads.size() < THREADS) {
        Thread thread = Thread.ofPlatform().unstarted(counting);
        if (thread.threadId() % STRIPES == 0) {
          threads.add(thread);
        }
      }
      threads.forEach(Thread::start);
      for (Thread thread : threads) {
        thread.join();
      }
      for (Refusal reason : REASONS) {
        assertThat(counts.count(reason)).as("%s", reason).isEqualTo(THREADS * ROUNDS);
      }
      assertThat(counts.total()).isEqualTo((long) THREADS * ROUNDS * REASONS.length);
    }
  }

  private static void awaitAll(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (InterruptedException | BrokenBarrierException e) {
      throw new AssertionError(e);
    }
  }
}
