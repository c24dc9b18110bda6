package io.headgate.engine;

/**
 * How long a queue of calls of each priority takes until the next one starts: as long as the calls
 * ahead, and those that will come meanwhile and are more urgent. Of the running calls' mean time,
 * over how many run; the mean is of as many calls as run, at least {@link #FEWEST}, since a mean of
 * few is wrong by more than the wait itself scatters. Not thread-safe.
 */
final class BandWaits {
  private static final int FEWEST = 16;
  private static final int MOST = 128;

  /** Starts, about, over which arrivals are counted. */
  private static final double OF_ARRIVALS = 1 / 128.0;

  /** Starts, about, over which is counted how many run. */
  private static final double OF_RUNNING = 1 / 16.0;

  /** Of what starts, what may come more urgently at most: with more, nothing is known. */
  private static final double BUSIEST = 0.9;

  private double meanNs;
  private int calls;

  /** How many ran when the latest calls started: of a target that stands still none do. */
  private double served;

  /** Arrivals for each start, by priority. */
  private final double[] arrivals = new double[TargetEntry.BANDS];

  private final int[] arrived = new int[TargetEntry.BANDS];

  /** A call has ended. */
  void ran(long ranNs, int running) {
    calls = Math.min(calls + 1, Math.clamp(running, FEWEST, MOST));
    meanNs += ((double) ranNs - meanNs) / calls;
  }

  /** A call begins to wait. */
  void arrived(int band) {
    arrived[band]++;
  }

  /**
   * A call starts.
   *
   * @param running itself included
   */
  void started(int running) {
    served = served == 0 ? running : served + OF_RUNNING * (running - served);
    for (int band = 0; band < arrivals.length; band++) {
      arrivals[band] += OF_ARRIVALS * (arrived[band] - arrivals[band]);
      arrived[band] = 0;
    }
  }

  /** From one start to the next, while so many run. */
  double intervalNs(int running) {
    return meanNs / Math.max(1, running);
  }

  /**
   * The same of a target that stands still: as many will run as did when its last calls started.
   */
  double intervalWhenItGoesOnNs(int running) {
    return meanNs / Math.max(1, Math.max(running, served));
  }

  /** By how much a call of this priority waits longer for those that will come before it. */
  double stretch(int band) {
    double before = 0;
    for (int i = 0; i < band; i++) {
      before += arrivals[i];
    }
    return 1 / (1 - Math.min(BUSIEST, before));
  }
}
