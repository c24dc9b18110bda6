package io.headgate;

/**
 * What a task's call will use at most, in tokens. It is reserved at admission and settled to the
 * actual usage when the attempt ends.
 *
 * @param inputTokens tokens sent, 0 to 10^9
 * @param maxOutputTokens the output cap that the call wants, 0 to 10^9, or {@link #TARGET_MAXIMUM}
 * @param minOutputTokens the least output cap worth calling for, 0 to {@code maxOutputTokens}: when
 *     the budget has less left than the maximum, the cap shrinks down to here before the task is
 *     refused
 */
public record Estimate(long inputTokens, long maxOutputTokens, long minOutputTokens) {
  /** As {@code maxOutputTokens}: whatever the target's own maximum is. */
  public static final long TARGET_MAXIMUM = -1;

  /** Nothing is known: no input, and the target's maximum output (none for a tool). */
  public static final Estimate UNKNOWN = new Estimate(0, TARGET_MAXIMUM, 0);

  static final long MAX_TOKENS = 1_000_000_000L;

  /** Checks the bounds. */
  public Estimate {
    Bounds.check("estimate's inputTokens", inputTokens, 0, MAX_TOKENS);
    Bounds.check("estimate's maxOutputTokens", maxOutputTokens, TARGET_MAXIMUM, MAX_TOKENS);
    Bounds.check("estimate's minOutputTokens", minOutputTokens, 0, MAX_TOKENS);
    if (maxOutputTokens != TARGET_MAXIMUM && minOutputTokens > maxOutputTokens) {
      throw new IllegalArgumentException(
          "estimate's minOutputTokens is "
              + minOutputTokens
              + ", but must not exceed maxOutputTokens, which is "
              + maxOutputTokens
              + "; lower the minimum or raise the maximum");
    }
  }

  /** So many input tokens, and the target's maximum output. */
  public static Estimate ofInput(long inputTokens) {
    return new Estimate(inputTokens, TARGET_MAXIMUM, 0);
  }

  /** So many input tokens and at most so many output tokens, all of them wanted. */
  public static Estimate of(long inputTokens, long maxOutputTokens) {
    return new Estimate(inputTokens, maxOutputTokens, maxOutputTokens);
  }

  /** The same, content with an output cap shrunk to {@code minOutputTokens}. */
  public Estimate atLeast(long minOutputTokens) {
    return new Estimate(inputTokens, maxOutputTokens, minOutputTokens);
  }
}
