package io.headgate;

import java.time.Duration;

/**
 * When an agent's spending is an alert: it settled so many times its usual within the short window,
 * and at least the minimum. Its usual is the mean of its short windows, the last long window's
 * most; in its first short window it has none. An alert ends when spending has fallen to half of
 * what began it. It changes nothing but what is seen: {@link HeadgateEvent.BurnRate}, JFR, a
 * counter, {@link Snapshot.Party#alerts}.
 *
 * @param factor how many times its usual, 2 to 1,000, or {@link #NEVER}
 * @param shortWindow 1 s to 1 h
 * @param longWindow 2 to 10,000 times the short one
 * @param minTokens below which nothing is an alert, 1 to 10^12
 */
public record BurnPolicy(int factor, Duration shortWindow, Duration longWindow, long minTokens) {
  /** As {@code factor}: no alert. */
  public static final int NEVER = Integer.MAX_VALUE;

  /** Five times the usual within a minute, by the last hour, and at least 100,000 tokens. */
  public static final BurnPolicy DEFAULT =
      new BurnPolicy(5, Duration.ofMinutes(1), Duration.ofHours(1), 100_000);

  /** No alert. */
  public static final BurnPolicy OFF =
      new BurnPolicy(NEVER, Duration.ofMinutes(1), Duration.ofHours(1), 100_000);

  private static final int LEAST_WINDOWS = 2;
  private static final int MOST_WINDOWS = 10_000;

  /** Checks every bound. */
  public BurnPolicy {
    if (factor != NEVER) {
      Bounds.check("burn policy's factor", factor, 2, 1_000);
    }
    var _ =
        Bounds.checkNanos(
            "burn policy's shortWindow", shortWindow, Duration.ofSeconds(1), Duration.ofHours(1));
    var _ =
        Bounds.checkNanos(
            "burn policy's longWindow",
            longWindow,
            shortWindow.multipliedBy(LEAST_WINDOWS),
            shortWindow.multipliedBy(MOST_WINDOWS));
    Bounds.check("burn policy's minTokens", minTokens, 1, 1_000_000_000_000L);
  }

  /** Whether there can be an alert. */
  public boolean isOn() {
    return factor != NEVER;
  }

  /** How many times the usual. */
  public BurnPolicy factor(int factor) {
    return new BurnPolicy(factor, shortWindow, longWindow, minTokens);
  }

  /** Within which time, and against which. */
  public BurnPolicy windows(Duration shortWindow, Duration longWindow) {
    return new BurnPolicy(factor, shortWindow, longWindow, minTokens);
  }

  /** Below which nothing is an alert. */
  public BurnPolicy minTokens(long minTokens) {
    return new BurnPolicy(factor, shortWindow, longWindow, minTokens);
  }

  /** In nanoseconds. */
  public long shortWindowNanos() {
    return shortWindow.toNanos();
  }

  /** In nanoseconds. */
  public long longWindowNanos() {
    return longWindow.toNanos();
  }
}
