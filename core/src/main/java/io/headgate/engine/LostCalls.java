package io.headgate.engine;

/**
 * Calls that run and will never answer, told from slow ones: one is lost that is out for longer
 * than nearly all of those take that answer, for the length of its prompt, while a fair share of
 * those that were due with it was over by then. If hardly any was, all are slow, for all that is
 * known, and none is lost. Of those that are not overdue yet, as many as were lost of late. Counted
 * in slots of time, by when calls are due. Not thread-safe.
 */
final class LostCalls {
  /** The slot of a call of which it is not known when it is due. */
  static final long UNKNOWN = Long.MAX_VALUE;

  /** Of the time after which a call is overdue, in the mean. */
  private static final int SLOTS_OF_IT = 8;

  /** What is due after the last one is due with it. */
  private static final int AHEAD = 8 * SLOTS_OF_IT;

  /** With those of calls that are out for less than twice that time. */
  private static final int SLOTS = AHEAD + SLOTS_OF_IT;

  /** Those that take longer are taken for lost until they answer: one of twenty at most. */
  private static final int PERCENT_IN_TIME = 95;

  /** Beyond that, as much as calls are slowed down before the limit gives way. */
  private static final double MARGIN = 1.25;

  /** In units of a quarter of a millisecond, so that the histogram reaches over four minutes. */
  private static final int UNIT_SHIFT = 18;

  /** Calls before anything is known. */
  private static final int FEW = 32;

  /** Answers between two looks at how long they take. */
  private static final int LOOK_CALLS = 8;

  /** About the last 64 calls say how long it takes until one is overdue. */
  private static final double OF_DUE = 1 / 64.0;

  /** About the last 256 calls say how many are lost of those that are young. */
  private static final double OF_CALL = 1 / 256.0;

  /** About the last 32 calls say whether any are over in time: then nearly all are lost soon. */
  private static final double OF_LATEST = 1 / 32.0;

  /** About the last 16 that ended when they were overdue say whether such calls answer at last. */
  private static final double OF_OVERDUE = 1 / 16.0;

  private static final double MOST = 0.5;

  /** How long calls take that answer, over what is expected of their prompt. */
  private final LogHistogram answers = new LogHistogram();

  private int answersSinceLook;

  /** After which nearly all of them are over; 0 while it is not known. */
  private long longNs;

  /** After which a call is overdue, in the mean of all. */
  private double dueNs;

  private final int[] begun = new int[SLOTS];
  private final int[] running = new int[SLOTS];

  /** The first slot that is not over, and the last one in which a call is due. */
  private long first = SLOTS_OF_IT;

  private long last;

  private long firstEndNs;

  /** Calls that run and are overdue. */
  private int overdue;

  /** The share of calls that answered late, of those that ended when they were overdue. */
  private double late = 1;

  /** The share of calls that were over in time. */
  private double inTime = 1;

  /** The share of them that were over in twice that time, lately. */
  private double overLately = 1;

  /**
   * A call has begun.
   *
   * @param expected how long it is to take for its prompt, as {@link CallShape#ofInput}
   * @return the slot in which it is due, to be given back at its end
   */
  long started(double expected, long nowNs) {
    if (longNs == 0) {
      return UNKNOWN;
    }
    double due = expected * longNs;
    if (dueNs == 0) {
      dueNs = due;
      firstEndNs = nowNs + widthNs();
    }
    turn(nowNs);
    dueNs += OF_DUE * (due - dueNs);
    long slots = (long) StrictMath.ceil((nowNs + due - firstEndNs) / widthNs());
    long slot = first + Math.clamp(slots, 0, AHEAD - 1);
    last = Math.max(last, slot);
    begun[at(slot)]++;
    running[at(slot)]++;
    return slot;
  }

  private static int at(long slot) {
    return (int) (slot % SLOTS);
  }

  private long widthNs() {
    return Math.max(1, (long) dueNs / SLOTS_OF_IT);
  }

  private void turn(long nowNs) {
    if (dueNs == 0) {
      return;
    }
    for (int i = 0; i < SLOTS && firstEndNs <= nowNs; i++) {
      endFirst();
      firstEndNs += widthNs();
    }
    if (firstEndNs <= nowNs) { // all are over, and nothing is due
      firstEndNs = nowNs + widthNs();
    }
  }

  // Whether nearly all are slow is told from who is over in twice the time: else a few too many
  // that
  // run would make the others late, all would be slow, and the limit be full of lost calls again.
  private void endFirst() {
    int at = at(first);
    if (begun[at] > 0) {
      double share = 1 - (double) running[at] / begun[at];
      inTime += weight(OF_CALL, begun[at]) * (share - inTime);
      overdue += running[at];
    }
    int old = at(first - SLOTS_OF_IT);
    if (begun[old] > 0) {
      double share = 1 - (double) running[old] / begun[old];
      overLately += weight(OF_LATEST, begun[old]) * (share - overLately);
    }
    begun[old] = 0;
    running[old] = 0;
    first++;
  }

  /** Of so many calls together. */
  private static double weight(double ofOne, int calls) {
    return 1 - StrictMath.pow(1 - ofOne, calls);
  }

  /**
   * A call has ended.
   *
   * @param slot as {@link #started} said
   * @param answered whether with an answer
   */
  void ended(long slot, boolean answered, long nowNs) {
    turn(nowNs);
    if (slot == UNKNOWN) {
      return;
    }
    if (slot >= first - SLOTS_OF_IT) {
      running[at(slot)]--;
      assert running[at(slot)] >= 0;
    }
    if (slot < first) {
      overdue--;
      late += OF_OVERDUE * ((answered ? 1 : 0) - late);
    }
    assert overdue >= 0;
  }

  /**
   * It has answered.
   *
   * @param expected how long it was to take for its prompt
   */
  void answered(double expected, double ns) {
    answers.add((long) (ns / expected) >> UNIT_SHIFT);
    if (answers.total() >= FEW && (++answersSinceLook >= LOOK_CALLS || longNs == 0)) {
      answersSinceLook = 0;
      longNs = (long) (MARGIN * ((answers.quantile(PERCENT_IN_TIME) + 1) << UNIT_SHIFT));
    }
  }

  /**
   * Whether a call is lost.
   *
   * @param mostLost the largest share that may be
   * @param slot as {@link #started} said
   */
  boolean isLost(double mostLost, long slot, long nowNs) {
    turn(nowNs);
    return mayBe(mostLost) && slot < first;
  }

  private boolean mayBe(double mostLost) {
    return overLately >= 1 - mostLost;
  }

  /** Whether most calls that were overdue have not answered; else they may be only slow. */
  boolean areProved() {
    return late < MOST;
  }

  /** How many of those that run are lost. */
  int count(double mostLost, long nowNs) {
    turn(nowNs);
    if (!mayBe(mostLost)) {
      return 0;
    }
    double lost = overdue;
    for (long slot = first; slot <= last; slot++) {
      int at = at(slot);
      lost += Math.min(running[at], (1 - inTime) * begun[at]);
    }
    return (int) lost;
  }
}
