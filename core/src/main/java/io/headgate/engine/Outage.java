package io.headgate.engine;

/**
 * Whether all of a target is gone, or only a part of it, when calls are lost while a limit that
 * tells them from slow ones holds: a part is no cause to cut the rest off. Page's CUSUM, as in
 * {@link FailureTest}, of 90 % lost against half. Each breaker knows that of the calls that it
 * watches. Not thread-safe.
 */
final class Outage {
  private static final double WHOLE = 0.9;
  private static final double HALF = 0.5;
  private static final double LOST = StrictMath.log(WHOLE / HALF);
  private static final double WELL = StrictMath.log((1 - WHOLE) / (1 - HALF));

  /**
   * In a row, the 22nd lost one makes it certain; by chance one in half a million calls of half.
   */
  private static final double CERTAIN = 21.5 * LOST;

  /** Not more, so that some good calls make it doubtful again. */
  private static final double MOST = 2 * CERTAIN;

  private double sum;

  /** When the latest call began that was well. */
  private long wellNs = Long.MIN_VALUE;

  /**
   * A call has ended that was lost: one that says nothing if one that began with it, or later, was
   * well, since lost ones end together, long after those.
   */
  void lost(long startedNs) {
    if (startedNs > wellNs) {
      sum = Math.min(sum + LOST, MOST);
    }
  }

  /** A call was well. */
  void well(long startedNs) {
    wellNs = Math.max(wellNs, startedNs);
    sum = Math.max(0, sum + WELL);
  }

  /** Whether it is certain that all is gone. */
  boolean isWhole() {
    return sum > CERTAIN;
  }

  /** Whether it cannot be told from a new one. */
  boolean isForgotten() {
    return sum == 0;
  }
}
