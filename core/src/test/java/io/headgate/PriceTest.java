package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nano-dollars are exact: checked against BigDecimal. */
@Timeout(60)
class PriceTest {
  private static final BigDecimal MAX = BigDecimal.valueOf(Long.MAX_VALUE);
  private final Random random = new Random(4_711);

  @Test
  void randomCostsAreExactAndSaturate() {
    for (int i = 0; i < 200_000; i++) {
      Price price = new Price(upTo(1_000_000_000_000_000L), upTo(1_000_000_000_000_000L));
      long input = upTo(1_000_000_000_000L);
      long output = upTo(1_000_000_000_000L);
      assertThat(price.costNanos(input, output))
          .as("%s of %s and %s", price, input, output)
          .isEqualTo(exactCost(price, input, output).min(MAX).longValueExact());
    }
  }

  @Test
  void whatMoneyAffordsIsExact() {
    for (int i = 0; i < 200_000; i++) {
      Price price = new Price(upTo(1_000_000_000_000L), upTo(1_000_000_000_000_000L));
      long input = upTo(1_000_000);
      long money = upTo(4_000_000_000_000_000_000L);
      assertThat(price.affordableOutputTokens(money, input))
          .as("%s beside %s with %s", price, input, money)
          .isEqualTo(exactlyAffordable(price, money, input));
    }
  }

  @Test
  void whatMoneyAffordsIsCoveredAndOneMoreIsNot() {
    for (int i = 0; i < 100_000; i++) {
      Price price = new Price(upTo(1_000_000_000), 1 + upTo(1_000_000_000_000L));
      long input = upTo(100_000);
      long money = upTo(1_000_000_000_000L);
      long tokens = price.affordableOutputTokens(money, input);
      if (tokens >= 0) {
        assertThat(price.costNanos(input, tokens)).isLessThanOrEqualTo(money);
        assertThat(price.costNanos(input, tokens + 1)).isGreaterThan(money);
      } else {
        assertThat(price.costNanos(input, 0)).isGreaterThan(money);
      }
    }
  }

  @Test
  void edges() {
    assertThat(Price.perMillionTokens(2.5, 10))
        .isEqualTo(new Price(2_500_000_000L, 10_000_000_000L));
    assertThat(Price.FREE.costNanos(Long.MAX_VALUE, Long.MAX_VALUE)).isZero();
    assertThat(Price.FREE.affordableOutputTokens(0, 5)).isEqualTo(Long.MAX_VALUE);
    Price dearest = Price.perMillionTokens(1e6, 1e6);
    assertThat(dearest.costNanos(1, 1)).isEqualTo(2_000_000_000L);
    assertThat(dearest.costNanos(1_000_000_000, 0)).isEqualTo(1_000_000_000_000_000_000L);
    assertThat(dearest.costNanos(Long.MAX_VALUE, Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
    assertThat(dearest.affordableOutputTokens(0, 1)).isEqualTo(-1);
    assertThat(dearest.affordableOutputTokens(1_999_999_999, 1)).isZero();
    Price cheapest = new Price(1, 1);
    assertThat(cheapest.costNanos(1, 1)).as("each rounded up").isEqualTo(2);
    assertThat(cheapest.affordableOutputTokens(3, 0)).isEqualTo(3_000_000);
    assertThat(cheapest.affordableOutputTokens(Long.MAX_VALUE, 0)).isEqualTo(Long.MAX_VALUE);
  }

  private static BigDecimal exactCost(Price price, long input, long output) {
    return ceil(price.inputNanosPerMillion(), input)
        .add(ceil(price.outputNanosPerMillion(), output));
  }

  private static BigDecimal ceil(long nanosPerMillion, long tokens) {
    return BigDecimal.valueOf(nanosPerMillion)
        .multiply(BigDecimal.valueOf(tokens))
        .movePointLeft(6)
        .setScale(0, RoundingMode.CEILING);
  }

  private static long exactlyAffordable(Price price, long money, long input) {
    BigDecimal left = BigDecimal.valueOf(money).subtract(ceil(price.inputNanosPerMillion(), input));
    if (left.signum() < 0) {
      return -1;
    }
    if (price.outputNanosPerMillion() == 0) {
      return Long.MAX_VALUE;
    }
    return left.movePointRight(6)
        .divide(BigDecimal.valueOf(price.outputNanosPerMillion()), 0, RoundingMode.FLOOR)
        .min(MAX)
        .longValueExact();
  }

  // All orders of magnitude alike.
  private long upTo(long max) {
    return random.nextLong(max + 1) >>> random.nextInt(64 - Long.numberOfLeadingZeros(max));
  }
}
