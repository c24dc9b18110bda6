package io.headgate.admission;

/**
 * What an attempt's thread took once more at its end, so that its task can go on. Immutable.
 *
 * @param what of a place, tokens and money
 * @param rung the first rung of the target's ladder at which it covers the task
 * @param moneyNanos held for that
 */
public record TakenAgain(What what, int rung, long moneyNanos) {
  /** Of a place, tokens and money. */
  public enum What {
    /** Its job's budget, a bucket or a bound of the waiting room did not allow it. */
    NOTHING,
    /** A place alone: the task can go on at the last rung, which is static, and nowhere else. */
    FREE,
    /** A place alone: its job's budget covers no more, and such a task is to be parked. */
    PLACE,
    /** A place, tokens and money. */
    ALL
  }

  /** Nothing. */
  public static final TakenAgain NOTHING = new TakenAgain(What.NOTHING, 0, 0);

  /** A place of a task that is to be parked until its budget is raised. */
  public static final TakenAgain PLACE = new TakenAgain(What.PLACE, 0, 0);

  /** All that the task holds. */
  public static TakenAgain all(Reservation task) {
    return new TakenAgain(What.ALL, task.reservedRung(), task.moneyNanos());
  }

  /** Whether anything was taken. */
  public boolean isAny() {
    return what != What.NOTHING;
  }

  /** Whether tokens and money were. */
  public boolean isPaid() {
    return what == What.ALL;
  }

  /** Whether the task lacks what its job's budget does not cover, and is to be parked for that. */
  public boolean isUnfunded() {
    return what == What.PLACE;
  }

  /** Whether the call can be made once more at the rung at which it has failed. */
  public boolean coversRetryAt(int failed) {
    return what == What.PLACE || (what == What.ALL && rung <= failed);
  }

  /** The rung at which a task goes on that has failed at this one, and is not tried again there. */
  public int rungBelow(int failed) {
    return Math.max(failed + 1, rung);
  }
}
