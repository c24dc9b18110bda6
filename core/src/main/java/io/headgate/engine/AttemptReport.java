package io.headgate.engine;

import io.headgate.CallClass;

/**
 * What an attempt's thread says at its end, once it has settled. Immutable.
 *
 * @param how how it ended
 * @param callClass what that means, by the target's classifier
 * @param retryAfterNs how long the target asks to be left alone; 0 if it did not say
 * @param takenAgain whether a place, tokens and money were taken once more, for a further attempt
 * @param tokens that it used
 * @param moneyNanos that it used
 * @param overspent whether that closed the job's account
 * @param use where those figures come from
 * @param unfunded whether of that the place alone was taken, since the job's budget covers no more,
 *     and such a task is to be parked
 */
public record AttemptReport(
    AttemptEnd how,
    CallClass callClass,
    long retryAfterNs,
    boolean takenAgain,
    long tokens,
    long moneyNanos,
    boolean overspent,
    CallUse use,
    boolean unfunded) {
  /** Of one whose job's budget covers what may follow. */
  public AttemptReport(
      AttemptEnd how,
      CallClass callClass,
      long retryAfterNs,
      boolean takenAgain,
      long tokens,
      long moneyNanos,
      boolean overspent,
      CallUse use) {
    this(how, callClass, retryAfterNs, takenAgain, tokens, moneyNanos, overspent, use, false);
  }

  /** Of one of whose use nothing is to be learnt. */
  public AttemptReport(
      AttemptEnd how,
      CallClass callClass,
      long retryAfterNs,
      boolean takenAgain,
      long tokens,
      long moneyNanos,
      boolean overspent) {
    this(how, callClass, retryAfterNs, takenAgain, tokens, moneyNanos, overspent, CallUse.NONE);
  }

  /** Of one after which nothing is tried again, whose class follows from how it ended. */
  public static AttemptReport of(AttemptEnd how, long tokens, long moneyNanos, boolean overspent) {
    CallClass callClass =
        switch (how) {
          case RETURNED -> CallClass.OK;
          case THREW -> CallClass.FATAL;
          default -> CallClass.CANCELLED;
        };
    return new AttemptReport(how, callClass, 0, false, tokens, moneyNanos, overspent);
  }
}
