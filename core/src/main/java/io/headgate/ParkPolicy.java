package io.headgate;

import java.math.BigDecimal;
import java.time.Duration;

/**
 * When work is held for a human, and what becomes of it if none comes: every parked task has an
 * action and a time at which that happens by itself. Immutable.
 *
 * <p>Which work, is said by where the policy stands: {@link TargetSettings#park} holds calls that
 * are dearer than {@link #above a price}, or {@link #always all} of them; {@link JobSettings#park}
 * those of a job that has run {@link #atLoop into its loop guard} so often; {@link
 * AgentSettings#park} those of an agent {@link #atCutOff that was cut off} so often within an hour,
 * until those times are over or somebody resumes it; {@link JobSettings#parkAtBudget} those that
 * the job's budget {@link #atBudget no longer covers}, until it does.
 *
 * <p>A parked task keeps its waiting place, its tokens and its money; how many tasks and tokens may
 * be parked is bounded by {@link HeadgateSettings#maxParked} and {@link
 * HeadgateSettings#maxParkedTokens}. Where there is no room, the action follows at once. A task is
 * parked once at most, before its first attempt. What is parked at its job's budget holds a place,
 * and neither tokens nor money; so may a retry, and whoever is paid for is then asked for as the
 * other rules say.
 *
 * @param trigger what it looks at
 * @param threshold above which price in nano-dollars, 0 to 10^18, or {@link #ANY_PRICE}; or at
 *     which loop or cut-off, 1 to 64; without meaning for a budget
 * @param action what happens by itself; of a budget not {@link Action#RUN}, since nothing pays for
 *     it
 * @param after when, 1 ms to 365 days after the task was parked
 * @param clockStands whether meanwhile the TTL of the task and the deadline of its job, and of
 *     those of which it is a part, stand still; attempts of the job that run keep their own
 *     deadline. Else a task may expire while it is parked
 */
public record ParkPolicy(
    Trigger trigger, long threshold, Action action, Duration after, boolean clockStands) {
  /** What a policy looks at. */
  public enum Trigger {
    /** Nothing is parked. */
    NEVER,
    /** What a call may cost. */
    PRICE,
    /** How often the loop guard refused a call of the job. */
    LOOPS,
    /** How often the agent was cut off from a target within the last hour. */
    CUT_OFFS,
    /** Whether the job's budget covers the call. */
    BUDGET
  }

  /** What becomes of parked work: by itself, or by an operator's word. */
  public enum Action {
    /** It runs as if it had not been parked. */
    RUN,
    /** It ends as {@link Outcome.Cancellation#DECLINED}. */
    REFUSE,
    /**
     * It runs at the lowest rung of its target's ladder; without one, or if it may not, as REFUSE.
     * Parked at its job's budget, it does so if that rung is static, and costs nothing.
     */
    DEGRADE
  }

  /** As {@code threshold}: every call, those that cost nothing too. */
  public static final long ANY_PRICE = -1;

  private static final long MAX_PRICE = 1_000_000_000_000_000_000L;
  private static final int MAX_TIMES = 64;
  private static final Duration LEAST = Duration.ofMillis(1);
  private static final Duration MOST = Duration.ofDays(365);

  /** Parks nothing. */
  public static final ParkPolicy OFF =
      new ParkPolicy(Trigger.NEVER, 0, Action.REFUSE, Duration.ofMinutes(15), false);

  /**
   * That of calls which may have been made before the process died, and must not be made twice
   * ({@link Handler.InDoubt#PARK}): refused after an hour, since that can be made good, unlike a
   * second call.
   */
  public static final ParkPolicy IN_DOUBT =
      new ParkPolicy(Trigger.PRICE, ANY_PRICE, Action.REFUSE, Duration.ofHours(1), false);

  /** Checks every bound. */
  public ParkPolicy {
    Bounds.notNull("park policy's trigger", trigger, "use ParkPolicy.OFF to park nothing");
    Bounds.notNull("park policy's action", action, "use Action.REFUSE");
    switch (trigger) {
      case NEVER -> {}
      case PRICE ->
          Bounds.check("park policy's price in nano-dollars", threshold, ANY_PRICE, MAX_PRICE);
      case LOOPS -> Bounds.check("park policy's loops", threshold, 1, MAX_TIMES);
      case CUT_OFFS -> Bounds.check("park policy's cut-offs", threshold, 1, MAX_TIMES);
      case BUDGET -> {
        if (action == Action.RUN) {
          throw new IllegalArgumentException(
              "park policy's action is RUN, but must be REFUSE or DEGRADE at a job's budget, since"
                  + " nothing would pay for the call; use Action.REFUSE, and raise the budget");
        }
      }
    }
    var _ = Bounds.checkNanos("park policy's after", after, LEAST, MOST);
  }

  /** Parks every call of a target: a tool that is to ask first. */
  public static ParkPolicy always() {
    return OFF.on(Trigger.PRICE, ANY_PRICE);
  }

  /** Parks calls that may cost more than so many dollars, 0 to 10^9. */
  public static ParkPolicy above(double dollars) {
    if (!(dollars >= 0 && dollars <= 1e9)) {
      throw new IllegalArgumentException(
          "park policy's price is "
              + dollars
              + " dollars, but must be from 0 to 1000000000; use ParkPolicy.always() for all"
              + " calls");
    }
    return OFF.on(Trigger.PRICE, BigDecimal.valueOf(dollars).movePointRight(9).longValue());
  }

  /** Parks what a job submits from its n-th refusal as a loop on, 1 to 64. */
  public static ParkPolicy atLoop(int n) {
    return OFF.on(Trigger.LOOPS, n);
  }

  /** Parks an agent's work from its n-th cut-off within an hour on, 1 to 64. */
  public static ParkPolicy atCutOff(int n) {
    return OFF.on(Trigger.CUT_OFFS, n);
  }

  /**
   * Parks what the job's budget does not cover, until somebody raises it or other calls give back
   * what they did not use.
   */
  public static ParkPolicy atBudget() {
    return OFF.on(Trigger.BUDGET, 0);
  }

  private ParkPolicy on(Trigger trigger, long threshold) {
    return new ParkPolicy(trigger, threshold, action, after, clockStands);
  }

  /** What happens by itself, and when. */
  public ParkPolicy then(Action action, Duration after) {
    return new ParkPolicy(trigger, threshold, action, after, clockStands);
  }

  /** Whether TTL and job's deadline stand still meanwhile. */
  public ParkPolicy clockStands(boolean clockStands) {
    return new ParkPolicy(trigger, threshold, action, after, clockStands);
  }

  /** When the action follows, in nanoseconds after the task was parked. */
  public long afterNanos() {
    return after.toNanos();
  }

  /** Whether it parks nothing. */
  public boolean isOff() {
    return trigger == Trigger.NEVER;
  }

  static ParkPolicy check(String whose, ParkPolicy policy, Trigger trigger, String mend) {
    Bounds.notNull(whose + " park", policy, "use ParkPolicy.OFF for none");
    if (policy.trigger != trigger && !policy.isOff()) {
      throw new IllegalArgumentException(
          whose
              + " park looks at "
              + policy.trigger
              + ", but must look at "
              + trigger
              + "; use ParkPolicy."
              + mend);
    }
    return policy;
  }
}
