package io.headgate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What was spent in the last minute, by two slices. */
class LastMinuteTest {
  private static final long SECOND = 1_000_000_000L;

  private final LastMinute minute = new LastMinute();

  @Test
  void withinTheFirstMinuteItIsExact() {
    minute.spend(100, 7, 10 * SECOND);
    minute.spend(50, 3, 59 * SECOND);
    assertThat(minute.tokens(59 * SECOND)).isEqualTo(150);
    assertThat(minute.moneyNanos(60 * SECOND - 1)).isEqualTo(10);
  }

  @Test
  void theSliceBeforeCountsByThePartThatIsWithinAMinute() {
    minute.spend(600, 60, 30 * SECOND);
    assertThat(minute.tokens(60 * SECOND)).isEqualTo(600);
    assertThat(minute.tokens(75 * SECOND)).isEqualTo(450);
    minute.spend(10, 1, 90 * SECOND);
    assertThat(minute.tokens(90 * SECOND)).isEqualTo(310);
    assertThat(minute.moneyNanos(90 * SECOND)).isEqualTo(31);
    assertThat(minute.tokens(120 * SECOND)).isEqualTo(10);
  }

  @Test
  void itFallsToZeroAsTimeGoesOnAndReadingChangesNothing() {
    minute.spend(600, 60, 30 * SECOND);
    assertThat(minute.tokens(120 * SECOND)).isZero();
    assertThat(minute.tokens(10_000 * SECOND)).isZero();
    assertThat(minute.moneyNanos(180 * SECOND)).isZero();
    assertThat(minute.tokens(45 * SECOND)).as("as it was read before").isEqualTo(600);
    minute.spend(1, 1, 200 * SECOND);
    assertThat(minute.tokens(200 * SECOND)).as("after a silence").isEqualTo(1);
  }

  @Test
  void thePartsSpendIsTheWholes() {
    var part = new LastMinute();
    part.spend(600, 60, 30 * SECOND);
    part.spend(40, 4, 70 * SECOND);
    minute.spend(5, 1, 20 * SECOND);
    minute.add(part, 90 * SECOND);
    assertThat(minute.tokens(90 * SECOND)).isEqualTo(40 + (600 + 5) / 2);
    minute.add(part, 130 * SECOND);
    assertThat(minute.tokens(130 * SECOND)).as("40 twice, of the minute before").isEqualTo(66);
    minute.add(part, 300 * SECOND);
    assertThat(minute.tokens(300 * SECOND)).isZero();
  }

  @Test
  void moreThanALongHoldsIsTheMostThatOneSays() {
    for (int i = 0; i < 5; i++) {
      minute.spend(0, Long.MAX_VALUE, 30 * SECOND);
      minute.spend(0, Long.MAX_VALUE, 70 * SECOND);
    }
    assertThat(minute.moneyNanos(70 * SECOND)).isPositive();
  }

  /** Off by less than what the slice before holds, whatever was spent when. */
  @Test
  void theErrorIsAsItsDefinitionSays() {
    var random = new SplittableRandom(7);
    var spent = new TreeMap<Long, Long>();
    long now = 0;
    for (int i = 0; i < 20_000; i++) {
      now += 1 + random.nextLong(random.nextInt(20) == 0 ? 90 * SECOND : 5 * SECOND);
      long tokens = random.nextLong(1_000);
      minute.spend(tokens, 0, now);
      spent.merge(now, tokens, Long::sum);
      long at = now + random.nextLong(3 * SECOND);
      long begun = at / (60 * SECOND) * 60 * SECOND;
      long inMinute = sum(spent, at - 60 * SECOND + 1, at);
      long before = sum(spent, begun - 60 * SECOND, begun - 1);
      assertThat(Math.abs(minute.tokens(at) - inMinute)).isLessThanOrEqualTo(before);
    }
  }

  private static long sum(NavigableMap<Long, Long> spent, long from, long to) {
    return spent.subMap(from, true, Math.max(from, to), true).values().stream()
        .mapToLong(Long::longValue)
        .sum();
  }
}
