package io.headgate.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each refusal is counted once, under its reason, whoever counts at the same time. */
@Timeout(30)
class RefusalCountsTest {
  private static final Refusal[] REASONS = Refusal.values();
  private static final int THREADS = 16;
  private static final int ROUNDS = 2_000;

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
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        threads.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      for (int i = 0; i < ROUNDS * REASONS.length; i++) {
                        counts.increment(REASONS[i % REASONS.length]);
                      }
                    }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      for (Refusal reason : REASONS) {
        assertThat(counts.count(reason)).as("%s", reason).isEqualTo(THREADS * ROUNDS);
      }
      assertThat(counts.total()).isEqualTo((long) THREADS * ROUNDS * REASONS.length);
    }
  }
}
