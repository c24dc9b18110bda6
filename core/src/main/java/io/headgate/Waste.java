package io.headgate;

/**
 * What was spent without an answer in time. The two kinds do not overlap. Immutable.
 *
 * @param tokensOnFailures by attempts whose end was classified as anything but {@link
 *     CallClass#OK}, or that were cut off, while their task still waited for them
 * @param tokensTooLate by attempts that ended after their task had: timed out, cancelled, or
 *     overrun
 * @param moneyOnFailuresNanos nano-dollars, likewise
 * @param moneyTooLateNanos nano-dollars, likewise
 */
public record Waste(
    long tokensOnFailures, long tokensTooLate, long moneyOnFailuresNanos, long moneyTooLateNanos) {
  /** Nothing was wasted. */
  public static final Waste NONE = new Waste(0, 0, 0, 0);
}
