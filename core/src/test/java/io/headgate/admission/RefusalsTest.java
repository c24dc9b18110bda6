package io.headgate.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Refusal;
import io.headgate.Refused;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The scale of retry-after: rounded up by at most an eighth, monotone, and shared. */
@Timeout(30)
class RefusalsTest {
  private static final long LEAST = 1L << 10;
  private static final long MOST = 1L << 46;

  @Test
  void isRoundedUpByAtMostAnEighth() {
    assertRounded(LEAST);
    for (int bit = 10; bit < 46; bit++) {
      for (int eighth = 0; eighth < 8; eighth++) {
        long step = (1L << bit) + ((long) eighth << (bit - 3));
        assertRounded(Math.max(LEAST, step - 1));
        assertRounded(step);
        assertRounded(step + 1);
      }
    }
    var random = new SplittableRandom(7);
    for (int i = 0; i < 100_000; i++) {
      assertRounded(random.nextLong(LEAST, 1L << random.nextInt(11, 47)));
    }
    assertRounded(MOST);
  }

  private static void assertRounded(long ns) {
    long answer = retryAfterNs(ns);
    assertThat(answer).as("of %s", ns).isBetween(ns, ns + ns / 32);
  }

  @Test
  void isMonotone() {
    long last = 0;
    for (double ns = 1; ns < 4e18; ns = Math.max(ns + 1, ns * 1.01)) {
      long answer = retryAfterNs((long) ns);
      assertThat(answer).as("of %s", ns).isGreaterThanOrEqualTo(last);
      last = answer;
    }
    assertThat(last).isEqualTo(MOST);
  }

  @Test
  void theEndsOfTheScale() {
    assertThat(retryAfterNs(Long.MIN_VALUE)).isZero();
    assertThat(retryAfterNs(0)).isZero();
    assertThat(retryAfterNs(1)).isEqualTo(LEAST);
    assertThat(retryAfterNs(LEAST + 1)).isEqualTo(LEAST + LEAST / 32);
    assertThat(retryAfterNs(MOST + 1)).isEqualTo(MOST);
    assertThat(retryAfterNs(Long.MAX_VALUE)).isEqualTo(MOST);
  }

  @ParameterizedTest
  @EnumSource
  void oneInstanceForEachReasonAndStep(Refusal reason) {
    Refused<?> answer = Refusals.of(reason, 5_000_000);
    assertThat(answer.reason()).isEqualTo(reason);
    assertThat(Refusals.of(reason, 5_000_001)).isSameAs(answer);
    if (reason.retryable()) {
      assertThat(Refusals.of(reason, 6_000_000)).isNotSameAs(answer);
    } else {
      assertThat(answer.retryAfter()).as("waiting does not help").isZero();
    }
    assertThat(Refusals.of(reason)).isSameAs(Refusals.of(reason, 0));
    assertThat(Refusals.of(reason).retryAfter()).isEqualTo(Duration.ZERO);
  }

  // Of a thousand that are refused at once, as many come back in each tenth of the time.
  @Test
  void theSpreadIsEven() {
    int[] tenths = new int[10];
    for (int job = 0; job < 1_000; job++) {
      long ns = Refusals.spread(1_000, 2_000_000, 50, SplitMix.mix(77 + job));
      assertThat(ns).isBetween(1_000L, 1_001_000L);
      tenths[(int) Math.min(9, (ns - 1_000) / 100_000)]++;
    }
    for (int count : tenths) {
      assertThat(count).isBetween(70, 130);
    }
    assertThat(Refusals.spread(1_000, 2_000_000, 0, -1)).as("none").isEqualTo(1_000);
    assertThat(Refusals.spread(0, 2_000_000, 50, -1)).as("waiting does not help").isZero();
    assertThat(Refusals.spread(Long.MAX_VALUE, Long.MAX_VALUE, 1_000, -1)).isPositive();
  }

  private static long retryAfterNs(long ns) {
    return Refusals.of(Refusal.AGENT_RATE, ns).retryAfter().toNanos();
  }
}
