package io.headgate.admission;

import org.jspecify.annotations.Nullable;

/**
 * Where admission can be held up between two of its steps. In the product it is off, a constant
 * that the JIT folds away; with the system property {@code io.headgate.probe} the simulator takes
 * control at each step, so that submissions interleave there as threads would. Any thread.
 */
public final class Probe {
  /** The steps, each between one read or write of what others write and the next. */
  public enum Step {
    /** Every gate has been read and would let it pass; nothing is taken. */
    TESTED,
    /** All words are read that the takes expect. */
    WORDS_READ,
    /** A job's last calls are read, and about to be replaced. */
    LOOPS_READ,
    /** The call is counted by its job; nothing else is taken. */
    CALL_COUNTED,
    /** The agent's place is taken. */
    AGENT_PLACE_TAKEN,
    /** The overall place is taken. */
    PLACE_TAKEN,
    /** The agent's tokens are taken. */
    AGENT_TOKENS_TAKEN,
    /** The overall tokens are taken. */
    TOKENS_TAKEN,
    /** All is taken; nothing is published. */
    ALL_TAKEN,
    /** A take has failed; nothing is given back yet. */
    RACE_LOST,
    /** The first of what was taken is given back. */
    PARTLY_GIVEN_BACK,
    /** A bucket's word is read, and about to be replaced. */
    BUCKET_READ,
    /** An account's word is read, and about to be replaced. */
    ACCOUNT_READ,
    /** Of a settlement, the agent's bucket is settled. */
    AGENT_SETTLED,
    /** Of a settlement, both buckets are settled. */
    BUCKETS_SETTLED,
    /** An overspend is noted, and the account not closed yet. */
    OVERSPEND_NOTED,
    /** Of an account of spending, the tokens are taken, and the money is not. */
    SPENDING_TAKEN,
    /** An account is finished, and its rest not yet returned to its parent. */
    ACCOUNT_FINISHED
  }

  /** Who takes control. */
  public interface Hook {
    /** Called by whichever thread comes to the step. */
    void at(Step step);
  }

  /** Whether it is on in this JVM. */
  public static final boolean ON = Boolean.getBoolean("io.headgate.probe");

  private static volatile @Nullable Hook hook;

  private Probe() {}

  static void at(Step step) {
    if (ON) {
      Hook present = hook;
      if (present != null) {
        present.at(step);
      }
    }
  }

  /** Hands control over; does nothing where the probe is off. */
  public static void install(Hook hook) {
    if (ON) {
      Probe.hook = hook;
    }
  }
}
