package io.headgate.engine;

/**
 * Calls that run and will never answer, told from slow ones: one is lost that is out for longer
 * than those take that answer, while a fair share of those that began with it was over by then. If
 * hardly any was, all are slow, for all that is known, and none is lost. Of those that are not out
 * for so long yet, as many as were lost of late. Counted in periods, by when calls began. Not
 * thread-safe.
 */
final class LostCalls {
  /** Of the time after which a call is overdue. */
  private static final int PERIODS_OF_IT = 8;

  /** Twice that time; what is older is counted with the oldest. */
  private static final int PERIODS = 2 * PERIODS_OF_IT;

  /** Mean deviations above the mean within which 99 of 100 calls end. */
  private static final double LONG = 3;

  /** Calls before anything is known. */
  private static final int FEW = 32;

  /**
   * About the last thousand answers say how long calls take for their length: while most are lost,
   * the few that still answer are the slow ones, and are not to move it far.
   */
  private static final double OF_ANSWER = 1 / 1_024.0;

  /** About the last 256 say how long the longest are. */
  private static final double OF_LENGTH = 1 / 256.0;

  /** About the last 256 calls say how many are lost of those that are young. */
  private static final double OF_CALL = 1 / 256.0;

  /** About the last 32 calls say whether any are over in time: then nearly all are lost soon. */
  private static final double OF_LATEST = 1 / 32.0;

  /** About the last 16 that ended when they were overdue say whether such calls answer at last. */
  private static final double OF_OVERDUE = 1 / 16.0;

  private static final double MOST = 0.5;

  /** From when on calls count in each period, the newest first. */
  private final long[] fromNs = new long[PERIODS];

  private final int[] begun = new int[PERIODS];
  private final int[] running = new int[PERIODS];

  /** Whether those that began then were looked at when they were overdue. */
  private final boolean[] judged = new boolean[PERIODS];

  private int answers;

  /** How long calls take that answer, over what is expected of their length; a logarithm. */
  private double mean;

  private double deviation;

  /** What is expected of the longest; a logarithm. */
  private double longest;

  /** The share of calls that answered at last, of those that ended when they were overdue. */
  private double late = 1;

  private long overdueNs = Long.MAX_VALUE;

  /** The share of calls that were over in time. */
  private double inTime = 1;

  private double inTimeLately = 1;

  /** A call has begun. */
  void started(long nowNs) {
    if (nowNs - fromNs[0] >= overdueNs / PERIODS_OF_IT) {
      turn(nowNs);
    }
    begun[0]++;
    running[0]++;
    judge(nowNs);
  }

  private void turn(long nowNs) {
    int last = PERIODS - 1;
    int older = running[last];
    System.arraycopy(fromNs, 0, fromNs, 1, last);
    System.arraycopy(begun, 0, begun, 1, last);
    System.arraycopy(running, 0, running, 1, last);
    System.arraycopy(judged, 0, judged, 1, last);
    running[last] += older;
    fromNs[0] = nowNs;
    begun[0] = 0;
    running[0] = 0;
    judged[0] = false;
  }

  /**
   * A call has ended that has been told of when it began.
   *
   * @param answered whether with an answer
   */
  void ended(long startedNs, boolean answered, long nowNs) {
    if (nowNs - startedNs >= overdueNs) {
      late += OF_OVERDUE * ((answered ? 1 : 0) - late);
    }
    int at = 0;
    while (at < PERIODS - 1 && startedNs < fromNs[at]) {
      at++;
    }
    running[at]--;
    assert running[at] >= 0;
    judge(nowNs);
  }

  /**
   * It has answered.
   *
   * @param expected how long it was to take for its length, as {@link CallShape#of}
   */
  void answered(double expected, double ns) {
    double length = StrictMath.log(expected);
    double time = StrictMath.log(ns) - length;
    longest = answers == 0 ? length : longest + OF_LENGTH * (length - longest);
    longest = Math.max(longest, length);
    double weight = Math.max(OF_ANSWER, 1.0 / ++answers);
    deviation += weight * (Math.abs(time - mean) - deviation);
    mean += weight * (time - mean);
    overdueNs =
        answers < FEW ? Long.MAX_VALUE : (long) StrictMath.exp(longest + mean + LONG * deviation);
  }

  private void judge(long nowNs) {
    for (int i = PERIODS - 1; i > 0; i--) {
      if (!judged[i] && isOverdue(i, nowNs)) {
        judged[i] = true;
        if (begun[i] > 0) {
          double share = 1 - (double) running[i] / begun[i];
          inTime += weight(OF_CALL, begun[i]) * (share - inTime);
          inTimeLately += weight(OF_LATEST, begun[i]) * (share - inTimeLately);
        }
      }
    }
  }

  /** Of so many calls together. */
  private static double weight(double ofOne, int calls) {
    return 1 - StrictMath.pow(1 - ofOne, calls);
  }

  /** Whether all that began then are. */
  private boolean isOverdue(int period, long nowNs) {
    return period > 0 && nowNs - fromNs[period - 1] >= overdueNs;
  }

  /**
   * Whether a call that has been out for so long is lost.
   *
   * @param mostLost the largest share that may be
   */
  boolean isLost(double mostLost, long outNs) {
    return mayBe(mostLost) && outNs >= overdueNs;
  }

  private boolean mayBe(double mostLost) {
    return inTimeLately >= 1 - mostLost;
  }

  /** Whether most calls that were overdue have not answered; else they may be only slow. */
  boolean areProved() {
    return late < MOST;
  }

  /** How many of those that run are lost. */
  int count(double mostLost, long nowNs) {
    if (!mayBe(mostLost)) {
      return 0;
    }
    int lost = 0;
    double young = 0;
    for (int i = 0; i < PERIODS; i++) {
      if (isOverdue(i, nowNs)) {
        lost += running[i];
      } else {
        young += Math.min(running[i], (1 - inTime) * begun[i]);
      }
    }
    return lost + (int) young;
  }
}
