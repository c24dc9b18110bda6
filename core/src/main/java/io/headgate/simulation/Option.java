package io.headgate.simulation;

import java.util.Locale;
import java.util.SplittableRandom;

/**
 * What a seed draws, each with its bounds and the value at which it is off or harmless. A shrunk
 * seed has as many of them at rest as it can.
 */
enum Option {
  IN_FLIGHT(1, 32, 8),
  WAITING(1, 200, 64),
  BEGUN_PERCENT(0, 90, 20),
  /** Tokens a minute of all, in thousands; 0 for no rate. */
  RATE(0, 20_000, 0),
  BURST_SHARE(1, 100, 100),
  SUSPENDED(1, 32, 32),
  JOBS(2, 64, 64),
  AGENTS(1, 6, 2),
  /** 0 for none of its own. */
  AGENT_IN_FLIGHT(0, 8, 0),
  AGENT_WAITING(0, 40, 0),
  AGENT_RATE(0, 5_000, 0),
  WEIGHTS(1, 5, 1),
  TARGETS(1, 4, 1),
  TARGET_IN_FLIGHT(0, 8, 0),
  OVERRUNS(0, 8, 0),
  TIMEOUT_MS(2, 2_000, 500),
  PRICED(0, 1, 0),
  LATENCY(0, 3, 0),
  LATENCY_MS(1, 200, 20),
  CAPACITY(1, 32, 32),
  SLOWDOWN(0, 4, 0),
  CALLS_PER_MINUTE(0, 3_000, 0),
  ERRORS(0, 500, 0),
  HANGS(0, 200, 0),
  DEAF(0, 300, 0),
  USAGE_MISSING(0, 500, 0),
  USAGE_WRONG(0, 500, 0),
  OUTAGE(0, 1_000, 0),
  BROWNOUT(1, 20, 1),
  STREAMS(0, 1, 0),
  JOBS_PER_SECOND(1, 400, 50),
  ARRIVALS(0, 3, 0),
  SURGE(1, 20, 1),
  CALLS_OF_JOB(1, 8, 2),
  PARALLEL(0, 1, 0),
  INPUT_TOKENS(0, 4_000, 200),
  OUTPUT_TOKENS(0, 2_000, 100),
  TOKEN_SIGMA(0, 20, 3),
  OUTPUT_KNOWN(0, 1, 1),
  PRIORITIES(1, 3, 1),
  TTL_MS(0, 1_000, 0),
  JOB_TOKENS(0, 40_000, 0),
  JOB_MONEY(0, 40_000, 0),
  JOB_DEADLINE_MS(5, 5_000, 2_000),
  JOB_TASKS(1, 64, 64),
  CHILDREN(0, 1_000, 0),
  FAN_OUT(1, 4, 1),
  DEPTH(1, 5, 1),
  SIBLING_JOINS(0, 500, 0),
  LOOPS(0, 300, 0),
  RETRIES(0, 20, 0),
  HAMMERS(0, 1, 0),
  PATIENCE_MS(0, 1_000, 0),
  SPLITS(0, 500, 0),
  EARLY_CLOSES(0, 500, 0),
  YIELDS(0, 300, 0),
  YIELD_US(0, 50, 5),
  STALLS(0, 100, 0),
  STALL_MS(1, 300, 20),
  LAUNCH_US(0, 5_000, 0),
  INTERRUPT_US(0, 20_000, 0),
  LATE_ENDS(0, 500, 0),
  LATE_END_MS(1, 200, 20),
  RING_FULL(0, 300, 0),
  RING_ROOM(0, 32, 0),
  CLOCK_JUMPS(0, 4, 0),
  JUMP_MS(1, 3_000, 100),
  RECONFIGURATIONS(0, 20, 0),
  REMOVALS(0, 6, 0),
  /** How long before the storm's end, in hundredths of it; 0 for never. */
  SHUTDOWN(0, 100, 0),
  STORM_MS(50, 1_500, 400),
  /** Whether a trace is replayed, in place of other arrivals. */
  TRACED(0, 1, 0),
  TRACE_SEED(0, 1_000_000, 0),
  /** The share of calls that hang for a while, in thousandths. */
  HANG_FOR_A_WHILE(0, 1_000, 0),
  /** Changes of any settings that may be changed while running. */
  CHANGES(0, 20, 0),
  /** Attempts of one task; 1 for no retry. */
  ATTEMPTS(1, 5, 1),
  BACKOFF_MS(1, 300, 20),
  RETRY_PERCENT(0, 100, 10),
  RETRY_FLOOR(0, 20, 3),
  /** Beside what is rejected and unavailable: 1 for bad answers, 2 for time-outs, 3 for both. */
  RETRIED(0, 3, 0),
  WATERMARK(1, 100, 50),
  /** Calls before a target's breaker judges; 0 for none. */
  BREAKER(0, 30, 0),
  /** Calls before an agent's breaker at a target judges; 0 for none. */
  AGENT_BREAKER(0, 30, 0),
  FAILURE_PERCENT(1, 100, 15),
  BREAKER_MS(1, 400, 50),
  PROBES(1, 6, 3),
  /** From which on a call is slow; 0 for never. */
  SLOW_MS(0, 400, 0),
  /** The longest pause that a target may ask for; 0 for none. */
  PAUSE_MS(0, 400, 0),
  MAX_DEPTH(0, 6, 6),
  MAX_FAN_OUT(1, 8, 8),
  /** Calls of a job; 0 for any number. */
  MAX_CALLS(0, 60, 0),
  /** Calls of a job at each target, more than two; 0 for any number. */
  TARGET_CALLS(0, 40, 0),
  /** How many different arguments calls have; 0 for none. */
  ARGUMENTS(0, 8, 0),
  /** The share of the jobs that go round in circles, in thousandths, and over how many calls. */
  CIRCLES(0, 1_000, 0),
  PERIOD(1, 8, 1),
  /** 0 for any number. */
  SAME_CALLS(0, 8, 3),
  MAX_PERIOD(1, 8, 8),
  CYCLE_ROUNDS(2, 4, 2),
  /** 0 for the whole job. */
  LOOP_WINDOW_MS(0, 500, 0),
  /** How many targets are writers. */
  WRITERS(0, 4, 0),
  /** Loops at which a job is cut off; 0 for any number. */
  MAX_LOOPS(0, 20, 8),
  /** Which calls are held for a human: none, all of the first target, or the dear ones. */
  PARK(0, 2, 0),
  PARK_PRICE_UC(0, 2_000, 0),
  /** From which loop on a job's work is held; 0 for never. */
  PARK_LOOPS(0, 4, 0),
  /** From which cut-off within an hour on an agent's work is held; 0 for never. */
  PARK_CUT_OFFS(0, 3, 0),
  PARK_MS(1, 400, 50),
  /** Run, refuse, or degrade. */
  PARK_ACTION(0, 2, 0),
  CLOCK_STANDS(0, 1, 0),
  MAX_PARKED(0, 40, 40),
  /** In thousands; 0 for any number. */
  PARKED_TOKENS(0, 100, 0),
  /** An operator's words. */
  WORDS(0, 30, 0),
  /** Rungs of each target's ladder; below 2 for none. */
  RUNGS(0, 4, 0),
  /** Whether the last of them is static. */
  STATIC_RUNG(0, 1, 0),
  /** Of the first rung; 0 for any number. */
  RUNG_IN_FLIGHT(0, 8, 0),
  LATENCY_BUDGET_MS(1, 400, 200),
  /** Calls before a rung is judged. */
  RUNG_CALLS(1, 30, 10),
  /** The share of the calls that no lower rung may answer, in thousandths. */
  FIRM(0, 500, 0),
  /** What an agent may spend in all, in thousand tokens; 0 for any number. */
  AGENT_LIMIT(0, 300, 0),
  /** The same for all agents together. */
  ALL_LIMIT(0, 600, 0),
  /** What an agent may spend in all, in thousandths of a dollar; 0 for any. */
  AGENT_MONEY_LIMIT(0, 500, 0),
  /** What all agents together may spend in a minute, in thousandths of a dollar; 0 for any. */
  MONEY_RATE(0, 5_000, 0),
  /** Calls before estimates learn; 0 for never. */
  LEARN(0, 40, 0),
  LEARN_PERCENT(50, 100, 95),
  LEARN_MARGIN(0, 100, 25),
  /** How many times its usual an agent burns within a second; 0 for no alert. */
  BURN(0, 8, 0),
  /** The share of a job's budget for calls that wrap up, in percent. */
  WRAP_UP_PERCENT(0, 90, 0),
  /** What an agent may spend in a minute, in thousandths of a dollar; 0 for any. */
  AGENT_MONEY_RATE(0, 2_000, 0),
  /** What all agents together may spend in all, in thousandths of a dollar; 0 for any. */
  ALL_MONEY_LIMIT(0, 1_000, 0),
  /** Calls before slow ones are hedged; 0 for never. */
  HEDGE(0, 12, 0),
  HEDGE_PERCENTILE(50, 99, 60),
  HEDGE_DELAY_MS(0, 200, 10),
  /** The share of the calls that may be made twice, in thousandths. */
  IDEMPOTENT(500, 1_000, 1_000),
  /** What becomes of calls that their job's budget does not cover: refused, parked, or degraded. */
  PARK_AT_BUDGET(0, 2, 0),
  /** Starts a minute of a target before anything is known of its limit; 0 for no pace. */
  PACE(0, 20_000, 0),
  PACE_MARGIN(1, 50, 2),
  PACE_BURST_MS(0, 500, 0),
  /** Calls a second that a provider takes which saves a tenth of a second up; 0 for no such. */
  BUCKET(0, 100, 0),
  /** Calls of a target at once before anything is known of it; 0 for no adaptive limit. */
  CONCURRENCY_FIRST(0, 20, 0),
  CONCURRENCY_LEAST(1, 4, 2),
  /** Changes of what all agents together may spend. */
  LIMIT_CHANGES(0, 12, 0),
  /** What a job may spend in a minute, in hundred tokens; 0 for any. */
  JOB_RATE(0, 400, 0),
  /** The same in ten-thousandths of a dollar. */
  JOB_MONEY_RATE(0, 400, 0),
  /** How long the queue of new jobs must have stood before the newest begins first; 0: never. */
  NEWEST_FIRST_AFTER_MS(0, 100, 0),
  /** How long a new job may wait before the admission level falls; 0: it never does. */
  LEVEL_DELAY_MS(0, 100, 0),
  /** How much later than asked for a refused submission comes back, at most, in percent. */
  RETRY_SPREAD(0, 200, 0),
  /**
   * Of a thousand calls, how many hang, and how many of all hear no interrupt, on top. Then there
   * is a ladder, and jobs have the time to go on below.
   */
  LOST_CALLS(0, 400, 0),
  /** Changes of the limits of jobs while they run. */
  JOB_CHANGES(0, 40, 0),
  /** Whether arguments are texts, no two alike, that a normaliser makes equal. */
  NEAR_EQUAL(0, 1, 0),
  /** Calls at once of each rung below the first; 0 for any. */
  LOWER_RUNGS_IN_FLIGHT(0, 8, 0),
  /** Whether a provider's answers say what its limit is. */
  QUOTA_TOLD(0, 1, 0),
  /**
   * Changes of what jobs keep back of their budgets, of what becomes of what those do not cover,
   * and of first limits of their calls, while they run.
   */
  JOB_BUDGET_CHANGES(0, 40, 0),
  /** Changes of what may be parked at once, and of how far refusals are spread. */
  PARKING_CHANGES(0, 12, 0),
  /** So many answers in a row without a usage figure are an alert; 0: never. */
  USAGE_ROW(0, 6, 0),
  /** What breakers look at, in milliseconds above the least; 0: as by default. */
  BREAKER_WINDOW_MS(0, 4_000, 0),
  /** And in calls above the least that it judges; 0: as by default. */
  BREAKER_WINDOW_CALLS(0, 60, 0),
  /** Which classes of ends count for them: one bit each, beside those of an unwell target. */
  COUNTED(0, 7, 0),
  /**
   * Changes of hedging, estimates, parking, alerts, the order of new jobs and what breakers look
   * at, while all runs.
   */
  POLICY_CHANGES(0, 20, 0),
  /** Per cent of a target's calls that may be lost and are told from slow ones; 0 for none. */
  MAX_LOST(0, 95, 75),
  /** Times at which the journal's disk cannot follow, and nothing new is let in for a while. */
  JOURNAL_STALLS(0, 4, 0);

  final int min;
  final int max;

  /** Off, or without harm. */
  final int rest;

  Option(int min, int max, int rest) {
    this.min = min;
    this.max = max;
    this.rest = rest;
  }

  // A third stays at rest, since what is on hides what it hides; some are at their ends, where the
  // corners are; the others are small rather than large.
  int draw(SplittableRandom random) {
    int kind = random.nextInt(12);
    if (kind < 4) {
      return rest;
    }
    if (kind == 4) {
      return random.nextBoolean() ? min : max;
    }
    if (kind < 8) {
      return min + random.nextInt(Math.max(1, (max - min) / 8) + 1);
    }
    return min + random.nextInt(max - min + 1);
  }

  String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
