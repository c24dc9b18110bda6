package io.headgate.engine;

/**
 * Whether the 95th percentile is above a budget: more calls are slower than one in twenty, by three
 * standard deviations of that many. Of 10 calls 3, of 20 calls 4, of 200 calls 20; a model whose
 * 95th percentile is the budget itself is taken for slow in about one of a thousand looks.
 */
final class LatencyTest {
  private static final long TWENTY = 20;

  /** 3^2 of the variance 1/20 * 19/20, in 20^2. */
  private static final long NINE_VARIANCES = 9 * 19;

  private LatencyTest() {}

  static boolean isAbove(long slow, long calls) {
    long tooMany = TWENTY * slow - calls;
    return tooMany > 0 && tooMany * tooMany > NINE_VARIANCES * calls;
  }
}
