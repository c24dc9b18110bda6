package io.headgate;

import java.time.Duration;

/**
 * Paces the starts of a target's attempts below a limit that its provider has and does not tell:
 * calls a minute, or tokens a minute. The limit is learned from rejections ({@link
 * CallClass#REJECTED}: 429, 529). Until the first one, starts speed up from {@code firstPerMinute},
 * twice as many every ten seconds while more wants to start; after it they are spaced evenly a
 * little below what was accepted, and climb slowly past it to see whether the limit is still there.
 *
 * <p>Attempts wait for their turn in the waiting room; nothing is refused for it, but a task that
 * has no time to wait is ({@link Refusal#WOULD_EXPIRE}). Learned for each target, from the attempts
 * on the first rung of its ladder, whoever makes them; while a lower rung serves, nothing is held
 * back.
 *
 * <p>Off by default: it holds back a host that begins with a burst, and a target without a limit
 * needs none. From about a hundred calls a minute on, less than one in a hundred is rejected and 95
 * % of the limit is used; below, the calls in which it can be sought are too few for both.
 *
 * @param firstPerMinute starts a minute before anything is known, 1 to 1,000,000, or {@link #NEVER}
 * @param marginPercent how far below what was accepted the pace falls after a rejection, and how
 *     far above it climbs before it speeds up, 1 to 50
 * @param burst how far starts may run ahead of an even pace after a lull, 0 to 1 minute: at 600 a
 *     minute, half a second is five of them
 */
public record PacePolicy(int firstPerMinute, int marginPercent, Duration burst) {
  /** As {@code firstPerMinute}: nothing is paced. */
  public static final int NEVER = Integer.MAX_VALUE;

  /** Nothing is paced, and nothing learned. */
  public static final PacePolicy OFF = new PacePolicy(NEVER, 2, Duration.ofMillis(500));

  /** From one start a second on, 2 %, half a second. */
  public static final PacePolicy DEFAULT = OFF.firstPerMinute(60);

  /** Checks every bound. */
  public PacePolicy {
    if (firstPerMinute != NEVER) {
      Bounds.check("pace's firstPerMinute", firstPerMinute, 1, 1_000_000);
    }
    Bounds.check("pace's marginPercent", marginPercent, 1, 50);
    var _ = Bounds.checkNanos("pace's burst", burst, Duration.ZERO, Duration.ofMinutes(1));
  }

  /** Whether anything is paced. */
  public boolean isOn() {
    return firstPerMinute != NEVER;
  }

  /** Starts a minute before anything is known. */
  public PacePolicy firstPerMinute(int firstPerMinute) {
    return new PacePolicy(firstPerMinute, marginPercent, burst);
  }

  /** How far it falls and climbs. */
  public PacePolicy marginPercent(int marginPercent) {
    return new PacePolicy(firstPerMinute, marginPercent, burst);
  }

  /** How far starts may run ahead. */
  public PacePolicy burst(Duration burst) {
    return new PacePolicy(firstPerMinute, marginPercent, burst);
  }

  /** How far starts may run ahead, in nanoseconds. */
  public long burstNanos() {
    return burst.toNanos();
  }
}
