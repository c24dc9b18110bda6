package io.headgate;

/**
 * What a target charges, in dollars (or any one currency) per million tokens, kept exactly as
 * nano-dollars per million tokens.
 *
 * @param inputNanosPerMillion nano-dollars per million input tokens, 0 to 10^15
 * @param outputNanosPerMillion nano-dollars per million output tokens, 0 to 10^15
 */
public record Price(long inputNanosPerMillion, long outputNanosPerMillion) {
  /** Costs nothing. */
  public static final Price FREE = new Price(0, 0);

  private static final long MAX = 1_000_000_000_000_000L;
  private static final double NANOS_PER_DOLLAR = 1e9;
  private static final long MILLION = 1_000_000;
  private static final long THOUSAND = 1_000;

  /** Checks the bounds. */
  public Price {
    Bounds.check(
        "price of input, in nano-dollars per million tokens", inputNanosPerMillion, 0, MAX);
    Bounds.check(
        "price of output, in nano-dollars per million tokens", outputNanosPerMillion, 0, MAX);
  }

  /** A price in dollars per million tokens, 0 to 1,000,000 each. */
  public static Price perMillionTokens(double input, double output) {
    return new Price(nanos("input", input), nanos("output", output));
  }

  /** So much of it, 0 to 100 percent, rounded up. */
  public Price percent(int percent) {
    Bounds.check("price's percent", percent, 0, 100);
    return percent == 100
        ? this
        : new Price(
            Math.ceilDiv(inputNanosPerMillion * percent, 100),
            Math.ceilDiv(outputNanosPerMillion * percent, 100));
  }

  private static long nanos(String name, double dollars) {
    if (!(dollars >= 0 && dollars <= 1e6)) {
      throw new IllegalArgumentException(
          "price of "
              + name
              + " is "
              + dollars
              + " dollars per million tokens, but must be from 0 to 1000000; use a price in that"
              + " range");
    }
    return Math.round(dollars * NANOS_PER_DOLLAR);
  }

  /**
   * The cost of so many tokens in nano-dollars, rounded up for input and output each; saturates at
   * {@link Long#MAX_VALUE}.
   */
  public long costNanos(long inputTokens, long outputTokens) {
    if ((inputNanosPerMillion | outputNanosPerMillion) == 0) {
      return 0;
    }
    long input = costOf(inputTokens, inputNanosPerMillion);
    long output = costOf(outputTokens, outputNanosPerMillion);
    long sum = input + output;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  /**
   * The most output tokens that so much money covers beside the input; negative if not even that.
   */
  public long affordableOutputTokens(long moneyNanos, long inputTokens) {
    long cost = costOf(inputTokens, inputNanosPerMillion);
    if (moneyNanos < cost) {
      return -1;
    }
    if (outputNanosPerMillion == 0) {
      return Long.MAX_VALUE;
    }
    // The quotient of left * 10^6, whose product may not fit: three digits at a time.
    long left = moneyNanos - cost;
    long whole = left / outputNanosPerMillion;
    if (whole >= Long.MAX_VALUE / MILLION) {
      return Long.MAX_VALUE;
    }
    long first = left % outputNanosPerMillion * THOUSAND;
    long second = first % outputNanosPerMillion * THOUSAND;
    return whole * MILLION
        + first / outputNanosPerMillion * THOUSAND
        + second / outputNanosPerMillion;
  }

  // 128-bit-safe without BigInteger: whole millions and the rest are multiplied apart.
  private static long costOf(long tokens, long nanosPerMillion) {
    long millions = tokens / MILLION;
    if (nanosPerMillion != 0 && millions > Long.MAX_VALUE / nanosPerMillion) {
      return Long.MAX_VALUE;
    }
    long rest = tokens % MILLION;
    // rest * nanosPerMillion may reach 10^21: split the price as well.
    long high = rest * (nanosPerMillion / MILLION);
    long low = rest * (nanosPerMillion % MILLION);
    long sum = millions * nanosPerMillion + high + (low + MILLION - 1) / MILLION;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }
}
