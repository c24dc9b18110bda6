package io.headgate.simulation;

import io.headgate.admission.Probe;

/**
 * Where a fault strikes. Each is counted, and a run of many seeds that never came by one of them
 * has a hole.
 */
enum FaultPoint {
  DISPATCHER_STALL,
  /** An attempt failed, and another one is to start. */
  RETRY,
  /** A target was cut off for everybody. */
  BREAKER_OPENED,
  /** An agent was cut off from a target. */
  AGENT_BREAKER_OPENED,
  /** A breaker's probes were well. */
  BREAKER_CLOSED,
  /** A target asked to be left alone. */
  TARGET_PAUSED,
  /** A lower rung of a ladder came to serve. */
  STEPPED_DOWN,
  /** A higher one did. */
  STEPPED_UP,
  /** An attempt failed, and another one is to start at the next rung. */
  FELL,
  CLOCK_JUMP,
  LATE_LAUNCH,
  LATE_INTERRUPT,
  LATE_END,
  END_AFTER_TIMEOUT,
  DEAF_CALL,
  RING_FULL,
  SLOT_CLAIMED_NOT_PUBLISHED,
  CANCEL_AS_IT_ENDS,
  CANCEL_WHILE_WAITING,
  CANCEL_BEFORE_ITS_FIRST_STEP,
  TIMER_BEFORE_INPUT,
  TIMERS_OF_ONE_MOMENT,
  STALE_CLOCK,
  RECONFIGURED,
  REMOVED,
  RETURNED,
  JOB_CLOSED_EARLY,
  SHUTDOWN,
  HALT,
  OVERSPENT,
  CUT_OFF,
  /** A job was closed for its loops. */
  LOOPED_OUT,
  SUSPENDED,
  CIRCLE_OF_JOINS,
  JOIN_GIVEN_UP,
  SUB_JOB,
  PROVIDER_ERROR,
  PROVIDER_HANGS,
  PROVIDER_RATE_LIMIT,
  PROVIDER_OUT,
  PROVIDER_SLOWED,
  USAGE_WRONG,
  USAGE_MISSING,
  HELD_UP_AT_TESTED,
  HELD_UP_AT_WORDS_READ,
  HELD_UP_AT_LOOPS_READ,
  HELD_UP_AT_CALL_COUNTED,
  HELD_UP_AT_AGENT_PLACE_TAKEN,
  HELD_UP_AT_PLACE_TAKEN,
  HELD_UP_AT_AGENT_TOKENS_TAKEN,
  HELD_UP_AT_TOKENS_TAKEN,
  HELD_UP_AT_ALL_TAKEN,
  HELD_UP_AT_RACE_LOST,
  HELD_UP_AT_PARTLY_GIVEN_BACK,
  HELD_UP_AT_BUCKET_READ,
  HELD_UP_AT_ACCOUNT_READ,
  HELD_UP_AT_AGENT_SETTLED,
  HELD_UP_AT_BUCKETS_SETTLED,
  HELD_UP_AT_OVERSPEND_NOTED,
  HELD_UP_AT_SPENDING_TAKEN,
  HELD_UP_AT_ACCOUNT_FINISHED,
  SETTINGS_CHANGED,
  PARKED,
  UNPARKED_BY_OPERATOR,
  UNPARKED_BY_TIME,
  NO_ROOM_TO_PARK,
  DECIDED_TOO_LATE,
  CLOCK_STOOD,
  HELD,
  RESUMED,
  BREAKER_FORCED,
  BUDGET_CHANGED,
  LIMIT_RAISED,
  ESTIMATE_LEARNED,
  BURN_ALERT,
  BURN_OVER,
  USAGE_ALERT,
  WRAP_UP,
  /** A second attempt started beside a slow first one. */
  HEDGED,
  HEDGE_WON,
  /** The first one failed, and its task is left to the second. */
  LEFT_TO_HEDGE,
  NOTHING_LEFT_FOR_A_HEDGE,
  NO_SLOT_FOR_A_HEDGE,
  HEDGE_CAME_TOO_LATE,
  PARKED_AT_BUDGET,
  RETRY_PARKED_AT_BUDGET,
  FUNDED,
  FUNDED_BY_RAISE,
  /** A provider's limit on calls or tokens. */
  LIMIT_LEARNED,
  CONCURRENCY_LIMITED,
  /** What all may spend was changed while running, and a first limit set while attempts ran. */
  SPENDING_LIMITED,
  FIRST_LIMIT_WHILE_RUNNING,
  FUNDED_BY_LIMIT_OF_ALL,
  /** Of a limit, not of its own job. */
  FUNDED_BY_OTHER_JOBS,
  JOB_RATES_CHANGED,
  STARTED_CHEAPER,
  NEWEST_FIRST,
  /** The bucket of all was changed while running. */
  RATE_OF_ALL_CHANGED,
  /** A task waited for a first rung's pace, and then for any rung. */
  PATIENCE_OVER,
  /** A target let in fewer new jobs, or all again, by its admission level. */
  LEVEL_LOWERED,
  LEVEL_OPENED,
  ALERT_BEGAN,
  ALERT_ENDED,
  /** A call that was told to stop went on, and its task went on below beside it. */
  FELL_BESIDE,
  NOTHING_LEFT_TO_FALL_BESIDE,
  ANSWERED_BESIDE,
  /** Somebody was parked at a budget while a submission gave back what it had held. */
  GIVEN_BACK_MEANWHILE,
  /** A job's limits, or its rule for humans, were changed while it ran. */
  JOB_RECONFIGURED,
  /** A target's ladder lost its last rungs while it ran. */
  LADDER_SHORTENED,
  /** What a job keeps back for wrapping up was changed while it ran. */
  KEPT_SHARE_CHANGED,
  /** And covered somebody who was parked at its budget. */
  FUNDED_BY_SHARE,
  /** What becomes of what a job's budget does not cover was changed while it ran. */
  RULE_AT_BUDGET_CHANGED,
  /** A running job's calls were limited for the first time, and some were on their way. */
  CALLS_LIMITED_LATE,
  NOT_COUNTED_ON_ITS_WAY,
  /** What may be parked was changed, to less than is. */
  PARKING_LIMITED,
  PARKED_BEYOND_THE_BOUND,
  RETRIES_SPREAD,
  /** What a probe's call submitted was let through with it. */
  PART_OF_A_PROBE,
  /** What watches a target or an agent, or what is asked for, was changed while it ran. */
  POLICY_CHANGED,
  /** A retry came to be started when it could no longer be done by its job's deadline. */
  RETRY_PAST_ITS_TIME;

  private static final FaultPoint[] OF_STEPS = new FaultPoint[Probe.Step.values().length];

  static {
    for (Probe.Step step : Probe.Step.values()) {
      OF_STEPS[step.ordinal()] = valueOf("HELD_UP_AT_" + step.name());
    }
  }

  static FaultPoint heldUpAt(Probe.Step step) {
    return OF_STEPS[step.ordinal()];
  }
}
