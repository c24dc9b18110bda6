package io.headgate;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * What one user request may spend and how long it may take. Immutable, changed by copies as {@link
 * AgentSettings}.
 *
 * @param tokenBudget hard budget in tokens, 1 to 10^12, or {@link #UNLIMITED}
 * @param moneyBudgetNanos hard budget in nano-dollars, 1 to 4 * 10^18, or {@link #UNLIMITED}
 * @param deadline from opening, 1 ms to 365 days: then waiting tasks expire, running attempts are
 *     interrupted and the job is closed
 * @param maxTasks its tasks (and open sub-jobs) alive at once, 1 to 500,000
 * @param maxDepth how deep its calls may nest, 0 to 1,000: at 0 no call may submit another through
 *     its attempt
 * @param maxFanOut tasks that one attempt submits in all, 1 to 1,000,000
 * @param maxCalls tasks that it has admitted in all, those of its sub-jobs included, 1 to 10^9, or
 *     {@link #NO_LIMIT}
 * @param maxLoops refusals as {@link Refusal#LOOP} at which it is cut off, as if it were closed, 1
 *     to 1,000, or {@link #NO_LIMIT}
 * @param park when what it submits is held for a human: from so many loops on; off by default
 * @param wrapUpPercent the share of both budgets, 0 to 90 percent, that only {@link Task#wrapUp}
 *     tasks may use, so that the end of a budget is an answer; 0 by default. Who uses it is seen in
 *     {@link Snapshot#wrappedUp} and {@link HeadgateEvent.WrapUp}
 * @param parkAtBudget whether what its budget does not cover is held until somebody raises it, and
 *     what becomes of it else; off by default: it is refused. Of the outermost job alone, since no
 *     other budget can be raised
 * @param tokensPerMinute refill of its own bucket, which holds one minute's, 1 to 10^9, or {@link
 *     #UNLIMITED}. What its sub-jobs call counts too
 * @param microsPerMinute micro-dollars likewise, each call's money rounded up, 1 to 10^9, or {@link
 *     #UNLIMITED}
 */
public record JobSettings(
    long tokenBudget,
    long moneyBudgetNanos,
    Duration deadline,
    int maxTasks,
    int maxDepth,
    int maxFanOut,
    int maxCalls,
    int maxLoops,
    ParkPolicy park,
    int wrapUpPercent,
    ParkPolicy parkAtBudget,
    long tokensPerMinute,
    long microsPerMinute) {
  /** No budget: counted, not bounded; or no limit a minute. */
  public static final long UNLIMITED = Long.MAX_VALUE;

  /** As {@code maxCalls} and {@code maxLoops}: any number. */
  public static final int NO_LIMIT = Integer.MAX_VALUE;

  /**
   * No budget, an hour, 100,000 tasks at once, 64 deep, 10,000 children of a call, any number of
   * calls, cut off at the eighth loop.
   */
  public static final JobSettings DEFAULT =
      new JobSettings(
          UNLIMITED,
          UNLIMITED,
          Duration.ofHours(1),
          100_000,
          64,
          10_000,
          NO_LIMIT,
          8,
          ParkPolicy.OFF,
          0,
          ParkPolicy.OFF,
          UNLIMITED,
          UNLIMITED);

  private static final long MAX_TOKENS = 1_000_000_000_000L;
  private static final long MAX_MONEY = 4_000_000_000_000_000_000L;

  /** Checks every bound. */
  public JobSettings {
    if (tokenBudget != UNLIMITED) {
      Bounds.check("job's tokenBudget", tokenBudget, 1, MAX_TOKENS);
    }
    if (moneyBudgetNanos != UNLIMITED) {
      Bounds.check("job's moneyBudget in nano-dollars", moneyBudgetNanos, 1, MAX_MONEY);
    }
    var _ =
        Bounds.checkNanos("job's deadline", deadline, Duration.ofMillis(1), Duration.ofDays(365));
    Bounds.check("job's maxTasks", maxTasks, 1, 500_000);
    Bounds.check("job's maxDepth", maxDepth, 0, 1_000);
    Bounds.check("job's maxFanOut", maxFanOut, 1, 1_000_000);
    if (maxCalls != NO_LIMIT) {
      Bounds.check("job's maxCalls", maxCalls, 1, 1_000_000_000);
    }
    if (maxLoops != NO_LIMIT) {
      Bounds.check("job's maxLoops", maxLoops, 1, 1_000);
    }
    park = ParkPolicy.check("job's", park, ParkPolicy.Trigger.LOOPS, "atLoop(n)");
    Bounds.check("job's wrapUpPercent", wrapUpPercent, 0, 90);
    parkAtBudget =
        ParkPolicy.check("job's budget", parkAtBudget, ParkPolicy.Trigger.BUDGET, "atBudget()");
    if (tokensPerMinute != UNLIMITED) {
      Bounds.check("job's tokensPerMinute", tokensPerMinute, 1, AgentSettings.MAX_RATE);
    }
    if (microsPerMinute != UNLIMITED) {
      Bounds.check(
          "job's moneyPerMinute in micro-dollars", microsPerMinute, 1, AgentSettings.MAX_RATE);
    }
  }

  /** Hard budget in tokens. */
  public JobSettings tokenBudget(long tokenBudget) {
    return with(draft -> draft.tokenBudget = tokenBudget);
  }

  /** Hard budget in dollars, from 10^-9 to 4 * 10^9. */
  public JobSettings moneyBudget(double dollars) {
    if (!(dollars >= 1e-9 && dollars <= 4e9)) {
      throw new IllegalArgumentException(
          "job's moneyBudget is "
              + dollars
              + " dollars, but must be from 0.000000001 to 4000000000; use a budget in that range");
    }
    long nanos = BigDecimal.valueOf(dollars).movePointRight(9).longValue();
    return moneyBudgetNanos(nanos);
  }

  /** Hard budget in nano-dollars, or {@link #UNLIMITED}. */
  public JobSettings moneyBudgetNanos(long moneyBudgetNanos) {
    return with(draft -> draft.moneyBudgetNanos = moneyBudgetNanos);
  }

  /** How long it may take from its opening. */
  public JobSettings deadline(Duration deadline) {
    return with(draft -> draft.deadline = deadline);
  }

  /** Its tasks alive at once. */
  public JobSettings maxTasks(int maxTasks) {
    return with(draft -> draft.maxTasks = maxTasks);
  }

  /** How deep its calls may nest. */
  public JobSettings maxDepth(int maxDepth) {
    return with(draft -> draft.maxDepth = maxDepth);
  }

  /** Tasks that one attempt submits in all. */
  public JobSettings maxFanOut(int maxFanOut) {
    return with(draft -> draft.maxFanOut = maxFanOut);
  }

  /** Tasks that it has admitted in all. */
  public JobSettings maxCalls(int maxCalls) {
    return with(draft -> draft.maxCalls = maxCalls);
  }

  /**
   * When what it submits is held for a human: {@link ParkPolicy#atLoop}, or {@link ParkPolicy#OFF}.
   */
  public JobSettings park(ParkPolicy park) {
    return with(draft -> draft.park = park);
  }

  /** Loops at which it is cut off. */
  public JobSettings maxLoops(int maxLoops) {
    return with(draft -> draft.maxLoops = maxLoops);
  }

  /** The share of both budgets for calls that wrap up. */
  public JobSettings wrapUpPercent(int wrapUpPercent) {
    return with(draft -> draft.wrapUpPercent = wrapUpPercent);
  }

  /**
   * What becomes of calls that its budget does not cover: {@link ParkPolicy#atBudget}, or {@link
   * ParkPolicy#OFF} to refuse them.
   */
  public JobSettings parkAtBudget(ParkPolicy parkAtBudget) {
    return with(draft -> draft.parkAtBudget = parkAtBudget);
  }

  /** Refill of its own bucket of tokens; what a call streams beyond its reservation is debt. */
  public JobSettings tokensPerMinute(long tokensPerMinute) {
    return with(draft -> draft.tokensPerMinute = tokensPerMinute);
  }

  /** Dollars a minute, from 10^-6 to 1,000. */
  public JobSettings moneyPerMinute(double dollars) {
    return microsPerMinute(SpendingLimits.microsPerMinute("job's", dollars));
  }

  /** Micro-dollars that it may spend in a minute, or {@link #UNLIMITED}. */
  public JobSettings microsPerMinute(long microsPerMinute) {
    return with(draft -> draft.microsPerMinute = microsPerMinute);
  }

  // ---- changed copies

  private JobSettings with(Consumer<Draft> change) {
    var draft = new Draft(this);
    change.accept(draft);
    return draft.settings();
  }

  /** A copy that can be changed, so that each change names what it changes and nothing else. */
  private static final class Draft {
    long tokenBudget;
    long moneyBudgetNanos;
    Duration deadline;
    int maxTasks;
    int maxDepth;
    int maxFanOut;
    int maxCalls;
    int maxLoops;
    ParkPolicy park;
    int wrapUpPercent;
    ParkPolicy parkAtBudget;
    long tokensPerMinute;
    long microsPerMinute;

    Draft(JobSettings from) {
      tokenBudget = from.tokenBudget;
      moneyBudgetNanos = from.moneyBudgetNanos;
      deadline = from.deadline;
      maxTasks = from.maxTasks;
      maxDepth = from.maxDepth;
      maxFanOut = from.maxFanOut;
      maxCalls = from.maxCalls;
      maxLoops = from.maxLoops;
      park = from.park;
      wrapUpPercent = from.wrapUpPercent;
      parkAtBudget = from.parkAtBudget;
      tokensPerMinute = from.tokensPerMinute;
      microsPerMinute = from.microsPerMinute;
    }

    JobSettings settings() {
      return new JobSettings(
          tokenBudget,
          moneyBudgetNanos,
          deadline,
          maxTasks,
          maxDepth,
          maxFanOut,
          maxCalls,
          maxLoops,
          park,
          wrapUpPercent,
          parkAtBudget,
          tokensPerMinute,
          microsPerMinute);
    }
  }
}
