package io.headgate;

/**
 * When a target's answers without a usage figure are an alert ({@link HeadgateEvent.UsageMissing}):
 * each settles at what was reserved for it, so that nobody knows what it cost. Of the calls that
 * failed none counts; the next answer with a figure ends the alert.
 *
 * <p>Immutable, changed by copies as {@link AgentSettings}.
 *
 * @param missingInRow so many in a row, 1 to 1,000, or {@link #NEVER}
 */
public record UsagePolicy(int missingInRow) {
  /** As {@code missingInRow}: no alert. */
  public static final int NEVER = Integer.MAX_VALUE;

  /** No alert. */
  public static final UsagePolicy OFF = new UsagePolicy(NEVER);

  /** At the third. */
  public static final UsagePolicy DEFAULT = new UsagePolicy(3);

  private static final int MAX = 1_000;

  /** Checks the bound. */
  public UsagePolicy {
    if (missingInRow != NEVER) {
      Bounds.check("usage policy's missingInRow", missingInRow, 1, MAX);
    }
  }
}
