package io.headgate.engine;

/**
 * Whose the calls are that a target rejects, or that time out, while an adaptive limit holds: too
 * much was asked of the target, which the limit answers; or target or agent is in trouble, which is
 * the breaker's. They are the limit's as long as at least half of the calls that have ended of late
 * were well: congestion makes calls slower and turns some of them away, and only trouble takes most
 * of them. Each breaker knows that of the calls that it watches. Not thread-safe.
 */
final class Congestion {
  /** About the last 32 calls: in a row, the 22nd lost one makes them the most. */
  private static final double WEIGHT = 1 / 32.0;

  private static final double MOST = 0.5;

  /** What is left of one lost call after 22 good ones. */
  private static final double HARDLY_ANY = 1 / 64.0;

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

  /** Whether it hardly differs from a new one. */
  boolean isForgotten() {
    return lost < HARDLY_ANY;
  }
}
