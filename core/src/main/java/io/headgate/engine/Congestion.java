package io.headgate.engine;

/**
 * Whose the calls are that a target rejects, or that time out, while an adaptive limit holds: too
 * much was asked of the target, which the limit answers; or the target is in trouble, which is its
 * breaker's. They are the limit's as long as most of the calls that have ended of late were well:
 * congestion makes calls slower and turns some of them away, and only trouble takes most of them.
 * Not thread-safe.
 */
final class Congestion {
  /** About the last sixteen calls. Of lost ones in a row, the eleventh and on make up the most. */
  private static final double WEIGHT = 1 / 16.0;

  private static final double MOST = 0.5;

  /** The share of lost calls, of those that ended of late. */
  private double lost;

  /** A call has ended, not by being cancelled. */
  void ended(boolean wasLost) {
    lost += WEIGHT * ((wasLost ? 1 : 0) - lost);
  }

  /** Whether most calls are lost: fewer at once would not help. */
  boolean isTrouble() {
    return lost > MOST;
  }
}
