package io.headgate.examples.storm.arm;

import io.headgate.BreakerPolicy;
import io.headgate.BurnPolicy;
import io.headgate.CallClass;
import io.headgate.DegradationPolicy;
import io.headgate.DegradationPolicy.Rung;
import io.headgate.EstimatePolicy;
import io.headgate.HeadgateSettings;
import io.headgate.HedgePolicy;
import io.headgate.PacePolicy;
import io.headgate.ParkPolicy;
import io.headgate.RetryPolicy;
import io.headgate.SpendingLimits;
import io.headgate.examples.storm.provider.ModelKind;
import io.headgate.examples.storm.workload.JobPlan;
import java.time.Duration;
import java.util.Set;

/**
 * Limits set by hand for this provider and this load.
 *
 * <p>A failed call is tried again by Headgate itself, in the place that it has. What does not fit
 * at the model goes to a smaller one; where neither answers in time, the user gets a static answer,
 * which is an end and no success. What is held for an answer is what answers have had, by and by.
 * When an agent was told twice that it repeats itself, the calls of its job are held for a human,
 * who is asleep, and then have the static answer. Dear calls are held for him too, and those of an
 * agent that was cut off twice; these go on when he does not come. What is to be sent to others is
 * not sent then.
 */
final class HandTuned {
  /**
   * As many attempts as the naive arm, so that only the gate makes the difference. Half of the
   * calls fail in the surge, and the other half is worth having: so the budget is one retry for
   * each first attempt. What keeps the model from being flooded is the bound on what is in flight.
   */
  private static final RetryPolicy RETRY =
      RetryPolicy.DEFAULT
          .maxAttempts(4)
          .backoff(Duration.ofMillis(20), Duration.ofMillis(200))
          .retried(
              Set.of(
                  CallClass.REJECTED,
                  CallClass.UNAVAILABLE,
                  CallClass.BAD_ANSWER,
                  CallClass.TIMED_OUT))
          .budget(100, 300);

  /**
   * Opens at four failures of five: the smaller model alone could not carry the load, and one that
   * answers every other call is better than none. Times are scaled down by ten like the provider's.
   */
  private static final BreakerPolicy BREAKER =
      BreakerPolicy.DEFAULT
          .failures(80, 20)
          .window(Duration.ofSeconds(60), 1_000)
          .open(Duration.ofMillis(500), Duration.ofSeconds(2));

  /**
   * Of the slowest in a hundred alone: of the slowest five, most are slow since they are long, and
   * their second calls cost 4 % of all tokens for answers that came anyway.
   */
  private static final HedgePolicy HEDGE = HedgePolicy.DEFAULT.percentile(99);

  /** From the provider's limit on, which the bound on what is in flight seldom lets it reach. */
  private static final PacePolicy PACE = PacePolicy.DEFAULT.firstPerMinute(6_000);

  private static final Duration MAX_PAUSE = Duration.ofSeconds(6);

  /** Calls of one job: as many as the longest has that gets on. */
  private static final int MAX_CALLS = JobPlan.MAX_CALLS;

  /** Jobs let in at once: about what the model can carry to their end within their deadlines. */
  private static final int MAX_JOBS = 24;

  /** Calls at the model at once: a little above its knee, so that it is never idle. */
  private static final int MAX_AT_TOP = 16;

  /** Calls at both models at once: what does not fit at the first goes to the smaller one. */
  private static final int MAX_IN_FLIGHT = 24;

  /** A call whose model took so long, at its 95th percentile, is better off at the next. */
  private static final Duration LATENCY_BUDGET = Duration.ofMillis(2_500);

  private static final DegradationPolicy LADDER =
      DegradationPolicy.of(
              Rung.of(ModelKind.LARGE.id(), ModelKind.LARGE.pricePercent()).maxInFlight(MAX_AT_TOP),
              Rung.of(ModelKind.SMALL.id(), ModelKind.SMALL.pricePercent()),
              Rung.ofStatic("static"))
          .latencyBudget(LATENCY_BUDGET)
          .window(20, Duration.ofSeconds(5))
          .probing(Duration.ofMillis(500), Duration.ofSeconds(2), 3);

  private static final int MAX_WAITING = 64;

  /** Above what any job of the trace needs, retries included: a fuse, not a ration. */
  private static final long TOKEN_BUDGET = 500_000;

  /**
   * More than all but a few jobs need; a job lasts seconds here, so it may spend a minute's at
   * once. What goes beyond waits for its turn.
   */
  private static final long JOB_TOKENS_PER_MINUTE = 38_000;

  /** Of a job's budget, for its last call. */
  private static final int WRAP_UP_PERCENT = 10;

  /** Nobody comes within half a second here: then what is held is refused. */
  private static final Duration PARKED = Duration.ofMillis(500);

  /**
   * From its second loop on an agent is not worth another call until somebody has looked at it; if
   * nobody does, its user is told to come back, which costs nothing.
   */
  private static final ParkPolicy PARK_LOOPS =
      ParkPolicy.atLoop(HeadgateArm.TOLD).then(ParkPolicy.Action.DEGRADE, PARKED);

  /** What is sent to others cannot be taken back: nothing is, unless somebody says so. */
  private static final ParkPolicy ASK_FIRST =
      ParkPolicy.always().then(ParkPolicy.Action.REFUSE, Duration.ofMillis(100));

  private static final ParkPolicy PARK_AT_BUDGET =
      ParkPolicy.atBudget().then(ParkPolicy.Action.REFUSE, PARKED);

  /** An agent cut off for the second time: somebody might look why, and else it goes on. */
  private static final ParkPolicy PARK_CUT_OFF =
      ParkPolicy.atCutOff(2).then(ParkPolicy.Action.RUN, PARKED);

  /** The few of the longest prompts: somebody might say no, and else they run soon. */
  private static final ParkPolicy PARK_DEAR =
      ParkPolicy.above(0.024).then(ParkPolicy.Action.RUN, Duration.ofMillis(100));

  /**
   * A call is capped at what was reserved. An answer cut short is none, so the margin is as wide as
   * the quantile: next to no answer ends at it, and less than half of the upper bound is held.
   */
  private static final EstimatePolicy ESTIMATES =
      EstimatePolicy.DEFAULT.quantilePercent(99).marginPercent(100);

  /** Fuses too, well above what a run costs: of all agents together, and of each. */
  private static final SpendingLimits OF_ALL = SpendingLimits.NONE.money(20).moneyPerMinute(20);

  /**
   * Twice the usual, since more than that cannot be had of the provider. Windows are the default's,
   * scaled down by ten like the provider's times.
   */
  private static final BurnPolicy BURN =
      BurnPolicy.DEFAULT
          .factor(2)
          .windows(Duration.ofSeconds(6), Duration.ofMinutes(6))
          .minTokens(10_000);

  private static final SpendingLimits OF_AGENT = SpendingLimits.NONE.money(8).moneyPerMinute(8);

  private HandTuned() {}

  static HostPolicies policies(Duration firstCallTtl, boolean ladder) {
    int maxInFlight = ladder ? MAX_IN_FLIGHT : MAX_AT_TOP;
    return new HostPolicies(
        "headgate",
        HeadgateSettings.DEFAULT
            .spending(OF_ALL)
            .maxInFlight(maxInFlight)
            .maxWaiting(MAX_WAITING)
            .maxJobs(MAX_JOBS),
        model ->
            model
                .maxInFlight(maxInFlight)
                .estimates(ESTIMATES)
                .park(PARK_DEAR)
                .retry(RETRY)
                .hedge(HEDGE)
                .pace(PACE)
                .breaker(BREAKER)
                .agentBreaker(BREAKER)
                .degradation(ladder ? LADDER : DegradationPolicy.OFF)
                .maxPause(MAX_PAUSE),
        ASK_FIRST,
        agent -> agent.spending(OF_AGENT).park(PARK_CUT_OFF).burn(BURN),
        job ->
            job.tokenBudget(TOKEN_BUDGET)
                .tokensPerMinute(JOB_TOKENS_PER_MINUTE)
                .wrapUpPercent(WRAP_UP_PERCENT)
                .maxCalls(MAX_CALLS)
                .park(PARK_LOOPS)
                .parkAtBudget(PARK_AT_BUDGET),
        firstCall -> firstCall.ttl(firstCallTtl),
        ladder,
        "could use gpt-large"
            + (ladder ? " and, by its ladder, gpt-small and a static answer" : " alone")
            + ", with one retry for each first attempt in the mean");
  }
}
