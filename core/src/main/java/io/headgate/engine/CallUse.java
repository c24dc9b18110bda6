package io.headgate.engine;

/**
 * Where the figures of a settled attempt come from. Immutable.
 *
 * @param source who said so
 * @param heldTokens that were held for it in the end, with what was added while it streamed
 * @param outputTokens that its answer had; 0 where nobody said so
 */
public record CallUse(Source source, long heldTokens, long outputTokens) {
  /** Who says what a call used. */
  public enum Source {
    /** Nobody asks: the call was not made. */
    NONE,
    /** The provider. */
    REPORTED,
    /** The call, as its answer streamed. */
    CHARGED,
    /** Nobody: it counts as its whole reservation. */
    ASSUMED
  }

  /** Of no call, or of one of which nothing is to be learnt. */
  public static final CallUse NONE = new CallUse(Source.NONE, 0, 0);

  /**
   * Of a call that was made.
   *
   * @param reported whether the provider said that it had {@code reportedOutput}
   * @param chargedOutput what it charged as it streamed; 0 for nothing
   */
  public static CallUse of(
      long heldTokens, boolean reported, long reportedOutput, long chargedOutput) {
    if (reported) {
      return new CallUse(Source.REPORTED, heldTokens, reportedOutput);
    }
    Source source = chargedOutput > 0 ? Source.CHARGED : Source.ASSUMED;
    return new CallUse(source, heldTokens, chargedOutput);
  }

  /** Whether it is known what the call used. */
  public boolean isKnown() {
    return source == Source.REPORTED || source == Source.CHARGED;
  }
}
