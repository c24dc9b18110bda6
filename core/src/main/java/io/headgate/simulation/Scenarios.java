package io.headgate.simulation;

import static io.headgate.simulation.Option.*;

import io.headgate.AgentSettings;
import io.headgate.ArgumentsNormaliser;
import io.headgate.BreakerPolicy;
import io.headgate.BurnPolicy;
import io.headgate.CallClass;
import io.headgate.ConcurrencyPolicy;
import io.headgate.DegradationPolicy;
import io.headgate.EstimatePolicy;
import io.headgate.HeadgateSettings;
import io.headgate.HedgePolicy;
import io.headgate.JobSettings;
import io.headgate.LevelPolicy;
import io.headgate.LoopPolicy;
import io.headgate.PacePolicy;
import io.headgate.ParkPolicy;
import io.headgate.Price;
import io.headgate.Priority;
import io.headgate.QueuePolicy;
import io.headgate.RetryPolicy;
import io.headgate.SpendingLimits;
import io.headgate.TargetSettings;
import io.headgate.UsagePolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** Makes a scenario of options: a storm with its faults, and calm weather after it. */
final class Scenarios {
  /** How many times as long a job may take where calls get lost. */
  private static final int MORE_TIME = 10;

  private static final long MS = 1_000_000;
  private static final long CALM_MS = 300;
  private static final int CALM_JOBS = 12;
  private static final int MAX_TRACED = 2_000;
  private static final double SECOND_NS = 1e9;
  private static final int MAX_GROWTH = 4;
  private static final int CALLS_OF_CALM_JOB = 2;
  private static final int SLOW_PERCENT = 60;
  private static final int WHOLE = 100;
  private static final int MINUTE_S = 60;
  private static final double MILLI = 1e-3;
  private static final double MICRO = 1e-6;
  private static final int THOUSAND = 1_000;
  private static final int HUNDRED = 100;

  private Scenarios() {}

  static Scenario of(Options options) {
    long stormNs = options.get(STORM_MS) * MS;
    return new Scenario(
        settings(options),
        options.get(RING_ROOM),
        agents(options),
        targets(options),
        loads(options),
        calm(options),
        faults(options, stormNs),
        operator(options, stormNs),
        stormNs,
        stormNs + CALM_MS * MS + restNs(options));
  }

  // Liveness: by then everything that was let in has ended, since every job has a deadline, and
  // even a deaf call comes to its end.
  private static long restNs(Options options) {
    return (jobMs(options) * 2L + options.get(TIMEOUT_MS) * 2L + 60_000) * MS;
  }

  private static long jobMs(Options options) {
    return (long) options.get(JOB_DEADLINE_MS) * (options.isOn(LOST_CALLS) ? MORE_TIME : 1);
  }

  private static HeadgateSettings settings(Options options) {
    int inFlight = options.get(IN_FLIGHT);
    var settings =
        HeadgateSettings.DEFAULT
            .maxInFlight(inFlight)
            .maxWaiting(options.get(WAITING))
            .begunPercent(options.get(BEGUN_PERCENT))
            .retrySpreadPercent(options.get(RETRY_SPREAD))
            .maxSuspended(options.get(SUSPENDED))
            .maxAgents(16)
            .maxTargets(16)
            .maxJobs(options.get(JOBS))
            .maxParked(options.get(MAX_PARKED))
            .spending(limits(options, ALL_LIMIT, ALL_MONEY_LIMIT, MONEY_RATE));
    if (options.isOn(PARKED_TOKENS)) {
      settings = settings.maxParkedTokens(options.get(PARKED_TOKENS) * (long) THOUSAND);
    }
    if (options.isOn(RATE)) {
      long rate = options.get(RATE) * (long) THOUSAND;
      settings =
          settings
              .tokensPerMinute(rate)
              .burstTokens(Math.max(1, rate / 100 * options.get(BURST_SHARE)));
    }
    return settings;
  }

  private static List<Scenario.AgentPart> agents(Options options) {
    List<Scenario.AgentPart> agents = new ArrayList<>();
    for (int i = 0; i < options.get(AGENTS); i++) {
      AgentSettings settings = AgentSettings.DEFAULT.weight(1 + i % options.get(WEIGHTS));
      if (options.isOn(AGENT_IN_FLIGHT)) {
        settings =
            settings.maxInFlight(Math.min(options.get(IN_FLIGHT), options.get(AGENT_IN_FLIGHT)));
      }
      if (options.isOn(AGENT_WAITING)) {
        settings = settings.maxWaiting(Math.min(options.get(WAITING), options.get(AGENT_WAITING)));
      }
      if (options.isOn(AGENT_RATE)) {
        long rate = options.get(AGENT_RATE) * (long) THOUSAND;
        if (options.isOn(RATE)) {
          rate = Math.min(rate, options.get(RATE) * (long) THOUSAND);
        }
        settings = settings.tokensPerMinute(rate);
      }
      if (options.isOn(PARK_CUT_OFFS)) {
        settings = settings.park(park(options, ParkPolicy.atCutOff(options.get(PARK_CUT_OFFS))));
      }
      settings =
          settings
              .spending(limits(options, AGENT_LIMIT, AGENT_MONEY_LIMIT, AGENT_MONEY_RATE))
              .burn(burn(options));
      agents.add(new Scenario.AgentPart("agent-" + i, settings));
    }
    return agents;
  }

  private static BurnPolicy burn(Options options) {
    Duration second = Duration.ofSeconds(1);
    return options.isOn(BURN)
        ? new BurnPolicy(1 + options.get(BURN), second, second.multipliedBy(10), THOUSAND)
        : BurnPolicy.OFF;
  }

  private static SpendingLimits limits(
      Options options, Option tokens, Option money, Option moneyPerMinute) {
    SpendingLimits limits = SpendingLimits.NONE;
    if (options.isOn(tokens)) {
      limits = limits.tokens(options.get(tokens) * (long) THOUSAND);
    }
    if (options.isOn(money)) {
      limits = limits.money(options.get(money) * MILLI);
    }
    return options.isOn(moneyPerMinute)
        ? limits.moneyPerMinute(options.get(moneyPerMinute) * MILLI)
        : limits;
  }

  private static List<Scenario.TargetPart> targets(Options options) {
    List<Scenario.TargetPart> targets = new ArrayList<>();
    for (int i = 0; i < options.get(TARGETS); i++) {
      TargetSettings settings =
          TargetSettings.DEFAULT
              .timeout(Duration.ofMillis(options.get(TIMEOUT_MS)))
              .maxOutputTokens(options.get(OUTPUT_TOKENS) * 2L);
      if (options.isOn(TARGET_IN_FLIGHT)) {
        settings =
            settings.maxInFlight(Math.min(options.get(IN_FLIGHT), options.get(TARGET_IN_FLIGHT)));
      }
      if (options.isOn(OVERRUNS)) {
        settings = settings.maxOverruns(options.get(OVERRUNS));
      }
      if (options.isOn(PRICED)) {
        settings = settings.price(Price.perMillionTokens(1, 4));
      }
      settings = withPolicies(settings, options).writer(i < options.get(WRITERS));
      if (options.get(PARK) == 1 && i == 0) {
        settings = settings.park(park(options, ParkPolicy.always()));
      } else if (options.get(PARK) == 2) {
        double dollars = options.get(PARK_PRICE_UC) * MICRO;
        settings = settings.park(park(options, ParkPolicy.above(dollars)));
      }
      targets.add(
          new Scenario.TargetPart(
              "target-" + i,
              settings,
              provider(options),
              provider(options).calm(new Latency.Fixed(Duration.ofNanos(calmCallNs(options)))),
              options.isOn(STREAMS),
              lower(options)));
    }
    return targets;
  }

  private static ProviderModel provider(Options options) {
    Duration time = Duration.ofMillis(options.get(LATENCY_MS));
    Latency latency =
        switch (options.get(LATENCY)) {
          case 0 -> new Latency.LogNormal(time, 0.5);
          case 1 -> new Latency.HeavyTail(time, 1.2);
          case 2 -> new Latency.Streaming(time, 0.3, 10_000);
          default -> new Latency.Fixed(time);
        };
    ProviderModel model =
        ProviderModel.of(latency)
            .capacity(options.get(CAPACITY), options.get(SLOWDOWN))
            .failing(
                options.get(ERRORS) * MILLI,
                (options.get(HANGS) + options.get(LOST_CALLS)) * MILLI,
                (options.get(DEAF) + options.get(LOST_CALLS)) * MILLI)
            .usage(options.get(USAGE_MISSING) * MILLI, options.get(USAGE_WRONG) * MILLI);
    if (options.isOn(CALLS_PER_MINUTE)) {
      model = model.rateLimit(options.get(CALLS_PER_MINUTE), time);
    }
    if (options.isOn(BUCKET)) {
      model =
          model.rateLimit(
              RateLimit.calls(options.get(BUCKET) * MINUTE_S)
                  .bucket(Duration.ofMillis(100))
                  .answersIn(time.dividedBy(4)));
    }
    if (options.isOn(QUOTA_TOLD)) {
      model = model.rateLimit(model.rateLimit().tellsIt());
    }
    Duration from = Duration.ofMillis(options.get(STORM_MS) / 3);
    Duration to = Duration.ofMillis(options.get(STORM_MS) * 2L / 3);
    if (options.isOn(OUTAGE)) {
      model = model.during(new Disturbance.Outage(from, to, options.get(OUTAGE) * MILLI));
    }
    if (options.get(BROWNOUT) > 1) {
      model = model.during(new Disturbance.Brownout(from, to, options.get(BROWNOUT)));
    }
    if (options.isOn(HANG_FOR_A_WHILE)) {
      model = model.during(new Disturbance.Hang(from, to, options.get(HANG_FOR_A_WHILE) * MILLI));
    }
    return model;
  }

  private static EstimatePolicy estimates(Options options) {
    return options.isOn(LEARN)
        ? new EstimatePolicy(
            options.get(LEARN_PERCENT), options.get(LEARN), options.get(LEARN_MARGIN))
        : EstimatePolicy.OFF;
  }

  private static HedgePolicy hedge(Options options) {
    return options.isOn(HEDGE)
        ? new HedgePolicy(
            options.get(HEDGE_PERCENTILE),
            options.get(HEDGE),
            Duration.ofMillis(options.get(HEDGE_DELAY_MS)))
        : HedgePolicy.OFF;
  }

  private static ConcurrencyPolicy concurrency(Options options) {
    return options.isOn(CONCURRENCY_FIRST)
        ? ConcurrencyPolicy.DEFAULT
            .first(options.get(CONCURRENCY_FIRST))
            .least(options.get(CONCURRENCY_LEAST))
            .probeEvery(Duration.ofSeconds(1))
            .maxLostPercent(options.get(MAX_LOST))
        : ConcurrencyPolicy.OFF;
  }

  private static QueuePolicy queue(Options options) {
    return options.isOn(NEWEST_FIRST_AFTER_MS)
        ? new QueuePolicy(Duration.ofMillis(options.get(NEWEST_FIRST_AFTER_MS)))
        : QueuePolicy.OFF;
  }

  private static LevelPolicy level(Options options) {
    return options.isOn(LEVEL_DELAY_MS)
        ? new LevelPolicy(Duration.ofMillis(options.get(LEVEL_DELAY_MS)))
        : LevelPolicy.OFF;
  }

  private static PacePolicy pace(Options options) {
    return options.isOn(PACE)
        ? new PacePolicy(
            options.get(PACE),
            options.get(PACE_MARGIN),
            Duration.ofMillis(options.get(PACE_BURST_MS)))
        : PacePolicy.OFF;
  }

  private static TargetSettings withPolicies(TargetSettings settings, Options options) {
    Set<CallClass> retried = EnumSet.of(CallClass.REJECTED, CallClass.UNAVAILABLE);
    if ((options.get(RETRIED) & 1) != 0) {
      retried.add(CallClass.BAD_ANSWER);
    }
    if ((options.get(RETRIED) & 2) != 0) {
      retried.add(CallClass.TIMED_OUT);
    }
    Duration base = Duration.ofMillis(options.get(BACKOFF_MS));
    return settings
        .retry(
            RetryPolicy.OFF
                .maxAttempts(options.get(ATTEMPTS))
                .backoff(base, base.multipliedBy(4))
                .retried(retried)
                .budget(options.get(RETRY_PERCENT), options.get(RETRY_FLOOR))
                .watermarkPercent(options.get(WATERMARK)))
        .estimates(estimates(options))
        .hedge(hedge(options))
        .pace(pace(options))
        .concurrency(concurrency(options))
        .queue(queue(options))
        .level(level(options))
        .p99Budget(Duration.ofMillis(options.get(LEVEL_DELAY_MS)))
        .usage(options.isOn(USAGE_ROW) ? new UsagePolicy(options.get(USAGE_ROW)) : UsagePolicy.OFF)
        .breaker(breaker(options, options.get(BREAKER)))
        .agentBreaker(breaker(options, options.get(AGENT_BREAKER)))
        .maxPause(Duration.ofMillis(options.get(PAUSE_MS)))
        .loopGuard(loopGuard(options))
        .degradation(ladder(options))
        .maxCallsPerJob(
            options.isOn(TARGET_CALLS)
                ? CALLS_OF_CALM_JOB + options.get(TARGET_CALLS)
                : AgentSettings.UNLIMITED);
  }

  private static ParkPolicy park(Options options, ParkPolicy when) {
    ParkPolicy.Action action = ParkPolicy.Action.values()[options.get(PARK_ACTION)];
    return when.then(action, Duration.ofMillis(options.get(PARK_MS)))
        .clockStands(options.isOn(CLOCK_STANDS));
  }

  private static ParkPolicy parkAtBudget(Options options) {
    ParkPolicy.Action action =
        options.get(PARK_AT_BUDGET) == 1 ? ParkPolicy.Action.REFUSE : ParkPolicy.Action.DEGRADE;
    return ParkPolicy.atBudget()
        .then(action, Duration.ofMillis(options.get(PARK_MS)))
        .clockStands(options.isOn(CLOCK_STANDS));
  }

  private static List<ProviderModel> lower(Options options) {
    return ladder(options).isOff() ? List.of() : List.of(provider(options));
  }

  private static DegradationPolicy ladder(Options options) {
    int number = Math.max(options.get(RUNGS), options.isOn(LOST_CALLS) ? 2 : 1);
    if (number < 2) {
      return DegradationPolicy.OFF;
    }
    List<DegradationPolicy.Rung> rungs = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      DegradationPolicy.Rung rung =
          i == number - 1 && options.isOn(STATIC_RUNG)
              ? DegradationPolicy.Rung.ofStatic("static")
              : DegradationPolicy.Rung.of("rung-" + i, WHOLE / (1 << i));
      rungs.add(
          options.isOn(i == 0 ? RUNG_IN_FLIGHT : LOWER_RUNGS_IN_FLIGHT)
              ? rung.maxInFlight(options.get(i == 0 ? RUNG_IN_FLIGHT : LOWER_RUNGS_IN_FLIGHT))
              : rung);
    }
    Duration after = Duration.ofMillis(options.get(BREAKER_MS));
    return DegradationPolicy.OFF
        .rungs(rungs)
        .latencyBudget(Duration.ofMillis(options.get(LATENCY_BUDGET_MS)))
        .window(options.get(RUNG_CALLS), Duration.ofSeconds(1))
        .probing(after, after.multipliedBy(MAX_GROWTH), options.get(PROBES));
  }

  private static LoopPolicy loopGuard(Options options) {
    LoopPolicy policy =
        LoopPolicy.DEFAULT
            .sameCalls(options.isOn(SAME_CALLS) ? options.get(SAME_CALLS) : LoopPolicy.UNLIMITED)
            .cycles(options.get(MAX_PERIOD), options.get(CYCLE_ROUNDS));
    if (options.isOn(NEAR_EQUAL)) {
      policy = policy.normaliser(ArgumentsNormaliser.CASE_AND_SPACE);
    }
    return options.isOn(LOOP_WINDOW_MS)
        ? policy.window(Duration.ofMillis(options.get(LOOP_WINDOW_MS)))
        : policy;
  }

  private static BreakerPolicy breaker(Options options, int minCalls) {
    if (minCalls == 0) {
      return BreakerPolicy.OFF;
    }
    Duration open = Duration.ofMillis(options.get(BREAKER_MS));
    BreakerPolicy policy =
        BreakerPolicy.DEFAULT
            .failures(options.get(FAILURE_PERCENT), minCalls)
            .open(open, open.multipliedBy(MAX_GROWTH))
            .counted(counted(options))
            .probes(options.get(PROBES));
    if (options.isOn(BREAKER_WINDOW_MS) || options.isOn(BREAKER_WINDOW_CALLS)) {
      policy =
          policy.window(
              Duration.ofMillis(1_000L + options.get(BREAKER_WINDOW_MS)),
              minCalls + options.get(BREAKER_WINDOW_CALLS));
    }
    return options.isOn(SLOW_MS)
        ? policy.slow(Duration.ofMillis(options.get(SLOW_MS)), SLOW_PERCENT)
        : policy;
  }

  private static Set<CallClass> counted(Options options) {
    if (!options.isOn(COUNTED)) {
      return BreakerPolicy.DEFAULT.counted();
    }
    Set<CallClass> counted = EnumSet.of(CallClass.UNAVAILABLE, CallClass.TIMED_OUT);
    CallClass[] others = {CallClass.REJECTED, CallClass.BAD_ANSWER, CallClass.FATAL};
    for (int i = 0; i < others.length; i++) {
      if ((options.get(COUNTED) >> i & 1) != 0) {
        counted.add(others[i]);
      }
    }
    return counted;
  }

  // How long a breaker or a pause may outlast the storm.
  private static long longestCutOffNs(Options options) {
    boolean breakers =
        options.isOn(BREAKER) || options.isOn(AGENT_BREAKER) || !ladder(options).isOff();
    // A probe of the storm may hang until its time is over, before it opens once more.
    long ofBreakers = 2L * options.get(BREAKER_MS) * MAX_GROWTH + 4L * options.get(TIMEOUT_MS);
    return (options.get(PAUSE_MS) + (breakers ? ofBreakers : 0)) * MS;
  }

  // ---- calm weather

  // How long a call takes then, alone at its provider: as it did, if it can be done in time, and
  // counts as fast, however many of the calm load are there at once.
  private static long calmCallNs(Options options) {
    double ns = Math.min((double) options.get(LATENCY_MS) * MS, leastTimeoutNs(options) / 4.0);
    if (options.isOn(SLOW_MS)) {
      ns = Math.min(ns, options.get(SLOW_MS) * MS / 2.0);
    }
    if (!ladder(options).isOff()) {
      ns = Math.min(ns, options.get(LATENCY_BUDGET_MS) * MS / 2.0);
    }
    return Math.max(1, (long) (ns / slowdown(options)));
  }

  private static double slowdown(Options options) {
    double load = (double) CALM_JOBS / options.get(CAPACITY);
    return 1 + options.get(SLOWDOWN) * Math.max(0, load - 1);
  }

  private static long leastTimeoutNs(Options options) {
    long ns = options.get(TIMEOUT_MS) * MS;
    return options.isOn(CHANGES) ? ns / 2 : ns;
  }

  private static Scenario.Calm calm(Options options) {
    return new Scenario.Calm(
        CALM_JOBS,
        options.get(INPUT_TOKENS),
        options.get(OUTPUT_TOKENS),
        (long) (calmCallNs(options) * slowdown(options)),
        longestCutOffNs(options),
        CALM_MS * MS);
  }

  private static List<Load> loads(Options options) {
    Duration storm = Duration.ofMillis(options.get(STORM_MS));
    List<Load> loads = new ArrayList<>();
    int priorities = options.get(PRIORITIES);
    for (int band = 0; band < priorities; band++) {
      Priority priority = priorities == 1 ? Priority.NORMAL : Priority.values()[band];
      loads.add(Load.of(arrivals(options, storm, priorities), job(options, priority), storm));
    }
    return loads;
  }

  private static Arrivals arrivals(Options options, Duration storm, int priorities) {
    double perSecond = (double) options.get(JOBS_PER_SECOND) / priorities;
    if (options.isOn(TRACED)) {
      return trace(options, storm, perSecond);
    }
    return switch (options.get(ARRIVALS)) {
      case 0 -> new Arrivals.Poisson(perSecond);
      case 1 -> new Arrivals.Bursts(Math.max(1, (int) (perSecond / 10)), Duration.ofMillis(100));
      case 2 ->
          new Arrivals.Surge(
              perSecond,
              options.get(SURGE),
              storm.dividedBy(3),
              storm.multipliedBy(2).dividedBy(3));
      default ->
          new Arrivals.ClosedLoop(
              Math.max(1, (int) (perSecond / 8)), Duration.ofMillis(options.get(LATENCY_MS)));
    };
  }

  // Calls of all sizes, some at one moment, in bursts and lulls.
  private static Arrivals trace(Options options, Duration storm, double perSecond) {
    var random = new SplittableRandom(options.get(TRACE_SEED));
    List<Arrivals.TracedCall> calls = new ArrayList<>();
    double gapNs = SECOND_NS / perSecond;
    double atNs = 0;
    while (atNs < storm.toNanos() && calls.size() < MAX_TRACED) {
      long input = (long) Draw.logNormal(random, options.get(INPUT_TOKENS), 1);
      long output = (long) Draw.logNormal(random, options.get(OUTPUT_TOKENS), 1);
      calls.add(new Arrivals.TracedCall(Duration.ofNanos((long) atNs), input, output));
      if (random.nextInt(4) > 0) {
        atNs += Draw.logNormal(random, gapNs, 1);
      }
    }
    return new Arrivals.Trace(calls);
  }

  private static JobModel job(Options options, Priority priority) {
    JobSettings settings =
        JobSettings.DEFAULT
            .deadline(Duration.ofMillis(jobMs(options)))
            .maxTasks(options.get(JOB_TASKS))
            .wrapUpPercent(options.get(WRAP_UP_PERCENT))
            .maxDepth(options.get(MAX_DEPTH))
            .maxFanOut(options.get(MAX_FAN_OUT))
            .maxCalls(options.isOn(MAX_CALLS) ? options.get(MAX_CALLS) : JobSettings.NO_LIMIT)
            .maxLoops(options.isOn(MAX_LOOPS) ? options.get(MAX_LOOPS) : JobSettings.NO_LIMIT);
    if (options.isOn(JOB_TOKENS)) {
      settings = settings.tokenBudget(options.get(JOB_TOKENS));
    }
    if (options.isOn(JOB_RATE)) {
      settings = settings.tokensPerMinute(options.get(JOB_RATE) * (long) HUNDRED);
    }
    if (options.isOn(JOB_MONEY_RATE)) {
      settings = settings.moneyPerMinute(options.get(JOB_MONEY_RATE) * HUNDRED * MICRO);
    }
    if (options.isOn(PARK_LOOPS)) {
      settings = settings.park(park(options, ParkPolicy.atLoop(options.get(PARK_LOOPS))));
    }
    // Where limits of all are changed, somebody is to wait for them, too; a rule may come later.
    if (options.isOn(PARK_AT_BUDGET) || options.isOn(LIMIT_CHANGES)) {
      settings = settings.parkAtBudget(parkAtBudget(options));
    }
    if (options.isOn(JOB_MONEY)) {
      settings = settings.moneyBudget(options.get(JOB_MONEY) * 1e-6);
    }
    Duration ttl =
        options.isOn(TTL_MS) && !options.isOn(LOST_CALLS)
            ? Duration.ofMillis(options.get(TTL_MS))
            : JobModel.Calls.NO_TTL;
    Duration patience =
        options.isOn(PATIENCE_MS)
            ? Duration.ofMillis(options.get(PATIENCE_MS))
            : Duration.ofDays(1);
    return new JobModel(
        settings,
        new JobModel.Calls(1, options.get(CALLS_OF_JOB), options.isOn(PARALLEL), priority, ttl),
        new JobModel.Tokens(
            options.get(INPUT_TOKENS),
            options.get(OUTPUT_TOKENS),
            options.get(TOKEN_SIGMA) * 0.1,
            options.isOn(OUTPUT_KNOWN)),
        new JobModel.Children(
            options.get(CHILDREN) * MILLI,
            options.get(FAN_OUT),
            options.get(DEPTH),
            options.get(SIBLING_JOINS) * MILLI,
            options.get(LOOPS) * MILLI),
        new JobModel.Manners(options.get(RETRIES), options.isOn(HAMMERS), patience),
        new JobModel.Arguments(
            options.get(ARGUMENTS), options.get(CIRCLES) * MILLI, options.get(PERIOD)),
        options.get(FIRM) * MILLI,
        options.isOn(HEDGE) ? options.get(IDEMPOTENT) * MILLI : 0);
  }

  private static Faults faults(Options options, long stormNs) {
    return new Faults(
        stormNs,
        options.get(YIELDS),
        options.get(YIELD_US) * 1_000L,
        options.get(STALLS),
        options.get(STALL_MS) * MS,
        options.get(LAUNCH_US) * 1_000L,
        options.get(INTERRUPT_US) * 1_000L,
        options.get(LATE_ENDS),
        options.get(LATE_END_MS) * MS,
        options.get(RING_FULL),
        options.get(CLOCK_JUMPS),
        options.get(JUMP_MS) * MS,
        options.get(JOURNAL_STALLS));
  }

  private static Scenario.Operator operator(Options options, long stormNs) {
    return new Scenario.Operator(
        options.get(RECONFIGURATIONS),
        options.get(CHANGES),
        options.get(WORDS),
        options.get(LIMIT_CHANGES),
        options.get(JOB_CHANGES),
        options.get(REMOVALS),
        options.isOn(SHUTDOWN) ? stormNs / 100 * (100 - options.get(SHUTDOWN)) : Long.MAX_VALUE,
        options.get(TIMEOUT_MS) * MS / 2,
        options.get(EARLY_CLOSES),
        options.get(SPLITS),
        options.get(JOB_BUDGET_CHANGES),
        options.get(PARKING_CHANGES),
        options.get(POLICY_CHANGES));
  }
}
