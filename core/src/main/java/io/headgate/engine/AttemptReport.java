package io.headgate.engine;

import io.headgate.CallClass;
import io.headgate.ProviderQuota;
import io.headgate.admission.TakenAgain;

/**
 * What an attempt's thread says at its end, once it has settled. Immutable.
 *
 * @param how how it ended
 * @param callClass what that means, by the target's classifier
 * @param retryAfterNs how long the target asks to be left alone; 0 if it did not say
 * @param again what was taken once more, for a further attempt
 * @param tokens that it used
 * @param moneyNanos that it used
 * @param overspent whether that closed the job's account
 * @param use where those figures come from
 * @param quota what the target said that it lets through
 */
public record AttemptReport(
    AttemptEnd how,
    CallClass callClass,
    long retryAfterNs,
    TakenAgain again,
    long tokens,
    long moneyNanos,
    boolean overspent,
    CallUse use,
    ProviderQuota quota) {

  /** Of a target that said nothing of what it lets through. */
  public AttemptReport(
      AttemptEnd how,
      CallClass callClass,
      long retryAfterNs,
      TakenAgain again,
      long tokens,
      long moneyNanos,
      boolean overspent,
      CallUse use) {
    this(
        how,
        callClass,
        retryAfterNs,
        again,
        tokens,
        moneyNanos,
        overspent,
        use,
        ProviderQuota.NONE);
  }

  /** Of one after which nothing is tried again, whose class follows from how it ended. */
  public static AttemptReport of(AttemptEnd how, long tokens, long moneyNanos, boolean overspent) {
    CallClass callClass =
        switch (how) {
          case RETURNED -> CallClass.OK;
          case THREW -> CallClass.FATAL;
          default -> CallClass.CANCELLED;
        };
    return new AttemptReport(
        how, callClass, 0, TakenAgain.NOTHING, tokens, moneyNanos, overspent, CallUse.NONE);
  }
}
