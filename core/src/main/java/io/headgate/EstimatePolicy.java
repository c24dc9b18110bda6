package io.headgate;

/**
 * Whether reservations of a target learn from what its calls really used. When enough calls have
 * said so, the output that is reserved is this quantile of theirs with a margin, in place of the
 * estimate's maximum: of the agent's own calls of the target or, while those are few, of
 * everybody's. Never more than the estimate's maximum, never less than its minimum; so {@link
 * Estimate#of} is never touched, since it wants all that it asks for.
 *
 * <p>Off by default, since the cap that a call is given ({@link Attempt#maxOutputTokens}) is what
 * was reserved: an answer that would have been longer ends there. A call that charges as it streams
 * may ask its provider for more: it goes on beyond the reservation as long as the budget has any.
 *
 * <p>What is learned is seen in {@link Snapshot#learned}, {@link HeadgateEvent.EstimateLearned},
 * JFR and a counter.
 *
 * @param quantilePercent of the calls' outputs, 50 to 100
 * @param minCalls before anything is learned, 1 to 1,000, or {@link #NEVER}
 * @param marginPercent on top, 0 to 400: it is what lets a cap that cuts answers short rise again,
 *     so leave some where outputs are capped
 */
public record EstimatePolicy(int quantilePercent, int minCalls, int marginPercent) {
  /** As {@code minCalls}: nothing is learned. */
  public static final int NEVER = Integer.MAX_VALUE;

  /** Nothing is learned: the estimate's maximum is reserved. */
  public static final EstimatePolicy OFF = new EstimatePolicy(95, NEVER, 25);

  /** The 95th percentile of at least 20 calls, and a quarter on top. */
  public static final EstimatePolicy DEFAULT = new EstimatePolicy(95, 20, 25);

  /** Checks every bound. */
  public EstimatePolicy {
    Bounds.check("estimate policy's quantilePercent", quantilePercent, 50, 100);
    if (minCalls != NEVER) {
      Bounds.check("estimate policy's minCalls", minCalls, 1, 1_000);
    }
    Bounds.check("estimate policy's marginPercent", marginPercent, 0, 400);
  }

  /** Whether anything is learned. */
  public boolean isOn() {
    return minCalls != NEVER;
  }

  /** Of which quantile. */
  public EstimatePolicy quantilePercent(int quantilePercent) {
    return new EstimatePolicy(quantilePercent, minCalls, marginPercent);
  }

  /** From how many calls on. */
  public EstimatePolicy minCalls(int minCalls) {
    return new EstimatePolicy(quantilePercent, minCalls, marginPercent);
  }

  /** How much on top. */
  public EstimatePolicy marginPercent(int marginPercent) {
    return new EstimatePolicy(quantilePercent, minCalls, marginPercent);
  }
}
