package io.headgate;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * What holds for a model endpoint or a tool. Immutable, changed by copies as {@link AgentSettings}.
 *
 * @param maxInFlight attempts running at once, 1 to 1,000,000, or {@link AgentSettings#UNLIMITED}
 * @param maxOverruns attempts past their deadline whose threads still run, 1 to 1,000,000, at which
 *     nothing more is started; {@link #HALF}: half of {@code maxInFlight}, at least 1. With a
 *     ladder, of each rung: the others go on
 * @param timeout of one attempt, 1 ms to 1 day
 * @param maxOutputTokens the most that one answer can have, 0 to 10^9; 0 for a tool
 * @param price per million tokens
 * @param classifier says what the end of a call means
 * @param retry when a failed attempt is followed by another; off by default
 * @param breaker cuts the target off, for everybody, when its calls fail for more than one agent
 * @param agentBreaker cuts one agent off from the target when that agent's calls of it fail, while
 *     it stays open for others
 * @param maxPause the longest time, 0 to 1 day, that the target is left alone, by everybody,
 *     because an answer asked for it ({@code Retry-After}); zero: such words are not heeded. Jobs
 *     that have begun may wait for its end, if their time allows it; new ones are refused
 * @param loopGuard when a call repeats itself too often; looks at tasks with arguments, which a
 *     tool's must have unless it is {@link LoopPolicy#OFF}
 * @param writer whether its calls change what others find: a call that ends, and is not known to
 *     have failed, lets others of its job be repeated
 * @param maxCallsPerJob calls that one job, sub-jobs included, makes of it in all, 1 to 1,000,000,
 *     or {@link AgentSettings#UNLIMITED}; counted from when it was set, and anew when it was
 *     removed and registered again
 * @param park which of its calls are held for a human: all, or the dear ones; off by default
 * @param degradation what answers when the model does not do well; off by default
 * @param estimates whether reservations learn from what calls really used; off by default
 * @param hedge when a slow call is made a second time beside the first; off by default
 * @param pace spaces starts below the provider's limit, which it learns; off by default
 * @param concurrency finds how many calls may run at once, below maxInFlight; off by default
 * @param queue in which order new jobs begin while their queue stands; newest first by default
 * @param level which new jobs are let in while more come than begin; off by default
 * @param p99Budget what 99 of 100 calls may take, from admission to their end, 1 ms to 365 days,
 *     before that is an {@link AlertKind#P99_ABOVE_BUDGET alert}; zero, the default: as long as
 *     {@code timeout}
 * @param usage when answers without a usage figure are an alert; at the third in a row by default
 */
public record TargetSettings(
    int maxInFlight,
    int maxOverruns,
    Duration timeout,
    long maxOutputTokens,
    Price price,
    Classifier classifier,
    RetryPolicy retry,
    BreakerPolicy breaker,
    BreakerPolicy agentBreaker,
    Duration maxPause,
    LoopPolicy loopGuard,
    boolean writer,
    int maxCallsPerJob,
    ParkPolicy park,
    DegradationPolicy degradation,
    EstimatePolicy estimates,
    HedgePolicy hedge,
    PacePolicy pace,
    ConcurrencyPolicy concurrency,
    QueuePolicy queue,
    LevelPolicy level,
    Duration p99Budget,
    UsagePolicy usage) {
  /** As {@code maxOverruns}: half of {@code maxInFlight}. */
  public static final int HALF = -1;

  /**
   * No cap, two minutes, 4,096 output tokens, free; no retries, both breakers at their defaults.
   */
  public static final TargetSettings DEFAULT =
      new TargetSettings(
          AgentSettings.UNLIMITED,
          HALF,
          Duration.ofMinutes(2),
          4_096,
          Price.FREE,
          Classifier.DEFAULT,
          RetryPolicy.OFF,
          BreakerPolicy.DEFAULT,
          BreakerPolicy.DEFAULT,
          Duration.ofMinutes(1),
          LoopPolicy.DEFAULT,
          false,
          AgentSettings.UNLIMITED,
          ParkPolicy.OFF,
          DegradationPolicy.OFF,
          EstimatePolicy.OFF,
          HedgePolicy.OFF,
          PacePolicy.OFF,
          ConcurrencyPolicy.OFF,
          QueuePolicy.DEFAULT,
          LevelPolicy.OFF,
          Duration.ZERO,
          UsagePolicy.DEFAULT);

  /** Checks every bound. */
  public TargetSettings {
    AgentSettings.checkCap("target's maxInFlight", maxInFlight);
    if (maxOverruns != HALF) {
      AgentSettings.checkCap("target's maxOverruns", maxOverruns);
    }
    var _ =
        Bounds.checkNanos("target's timeout", timeout, Duration.ofMillis(1), Duration.ofDays(1));
    Bounds.check("target's maxOutputTokens", maxOutputTokens, 0, Estimate.MAX_TOKENS);
    Bounds.notNull("target's price", price, "use Price.FREE for what costs nothing");
    Bounds.notNull("target's classifier", classifier, "use Classifier.DEFAULT");
    Bounds.notNull("target's retry", retry, "use RetryPolicy.OFF for none");
    Bounds.notNull("target's breaker", breaker, "use BreakerPolicy.OFF for none");
    Bounds.notNull("target's agentBreaker", agentBreaker, "use BreakerPolicy.OFF for none");
    var _ =
        Bounds.checkNanos("target's maxPause", maxPause, Duration.ZERO, CallEnd.MAX_RETRY_AFTER);
    Bounds.notNull("target's loopGuard", loopGuard, "use LoopPolicy.OFF for none");
    AgentSettings.checkCap("target's maxCallsPerJob", maxCallsPerJob);
    park =
        ParkPolicy.check("target's", park, ParkPolicy.Trigger.PRICE, "always() or above(dollars)");
    Bounds.notNull("target's degradation", degradation, "use DegradationPolicy.OFF for none");
    Bounds.notNull("target's estimates", estimates, "use EstimatePolicy.OFF for none");
    Bounds.notNull("target's hedge", hedge, "use HedgePolicy.OFF for none");
    Bounds.notNull("target's pace", pace, "use PacePolicy.OFF for none");
    Bounds.notNull("target's concurrency", concurrency, "use ConcurrencyPolicy.OFF for none");
    Bounds.notNull("target's queue", queue, "use QueuePolicy.OFF for none");
    Bounds.notNull("target's level", level, "use LevelPolicy.OFF for none");
    Bounds.notNull("target's usage", usage, "use UsagePolicy.OFF for no alert");
    Bounds.notNull("target's p99Budget", p99Budget, "use Duration.ZERO for its timeout");
    if (!p99Budget.isZero()) {
      var _ =
          Bounds.checkNanos(
              "target's p99Budget", p99Budget, Duration.ofMillis(1), Duration.ofDays(365));
    }
  }

  /**
   * Which of its calls are held for a human: {@link ParkPolicy#always}, {@link ParkPolicy#above},
   * or {@link ParkPolicy#OFF}.
   */
  public TargetSettings park(ParkPolicy park) {
    return with(draft -> draft.park = park);
  }

  /** Attempts running at once. */
  public TargetSettings maxInFlight(int maxInFlight) {
    return with(draft -> draft.maxInFlight = maxInFlight);
  }

  /** Overruns at which nothing more is started. */
  public TargetSettings maxOverruns(int maxOverruns) {
    return with(draft -> draft.maxOverruns = maxOverruns);
  }

  /** The bound on one attempt's run. */
  public TargetSettings timeout(Duration timeout) {
    return with(draft -> draft.timeout = timeout);
  }

  /** The most that one answer can have. */
  public TargetSettings maxOutputTokens(long maxOutputTokens) {
    return with(draft -> draft.maxOutputTokens = maxOutputTokens);
  }

  /** What it charges, in dollars per million tokens. */
  public TargetSettings price(double inputPerMillion, double outputPerMillion) {
    return price(Price.perMillionTokens(inputPerMillion, outputPerMillion));
  }

  /** What it charges. */
  public TargetSettings price(Price price) {
    return with(draft -> draft.price = price);
  }

  /** What says what the end of a call means. */
  public TargetSettings classifier(Classifier classifier) {
    return with(draft -> draft.classifier = classifier);
  }

  /** When a failed attempt is followed by another. */
  public TargetSettings retry(RetryPolicy retry) {
    return with(draft -> draft.retry = retry);
  }

  /** What cuts the target off for everybody. */
  public TargetSettings breaker(BreakerPolicy breaker) {
    return with(draft -> draft.breaker = breaker);
  }

  /** What cuts one agent off from the target. */
  public TargetSettings agentBreaker(BreakerPolicy agentBreaker) {
    return with(draft -> draft.agentBreaker = agentBreaker);
  }

  /** The longest pause that an answer can ask for. */
  public TargetSettings maxPause(Duration maxPause) {
    return with(draft -> draft.maxPause = maxPause);
  }

  /** The longest pause that an answer can ask for, in nanoseconds. */
  public long maxPauseNanos() {
    return maxPause.toNanos();
  }

  /** When a call repeats itself too often. */
  public TargetSettings loopGuard(LoopPolicy loopGuard) {
    return with(draft -> draft.loopGuard = loopGuard);
  }

  /** Whether its calls change what others find. */
  public TargetSettings writer(boolean writer) {
    return with(draft -> draft.writer = writer);
  }

  /** Calls that one job makes of it in all. */
  public TargetSettings maxCallsPerJob(int maxCallsPerJob) {
    return with(draft -> draft.maxCallsPerJob = maxCallsPerJob);
  }

  /** What answers when the model does not do well. */
  public TargetSettings degradation(DegradationPolicy degradation) {
    return with(draft -> draft.degradation = degradation);
  }

  /**
   * A tool: it has no output tokens, so a call without an estimate reserves none. Its tasks need
   * {@link Task#arguments(long)}, unless its {@link #loopGuard} is {@link LoopPolicy#OFF}.
   */
  public TargetSettings tool() {
    return maxOutputTokens(0);
  }

  /** Whether a task without arguments is an error: a guard that is silently off is none. */
  public boolean needsArguments() {
    return maxOutputTokens == 0 && !loopGuard.isOff();
  }

  /** {@code maxOverruns} with its default worked out. */
  public int overrunLimit() {
    return maxOverruns != HALF ? maxOverruns : Math.max(1, maxInFlight / 2);
  }

  /** Whether reservations learn. */
  public TargetSettings estimates(EstimatePolicy estimates) {
    return with(draft -> draft.estimates = estimates);
  }

  /** When a slow call is made a second time beside the first. */
  public TargetSettings hedge(HedgePolicy hedge) {
    return with(draft -> draft.hedge = hedge);
  }

  /** What finds how many of its calls may run at once. */
  public TargetSettings concurrency(ConcurrencyPolicy concurrency) {
    return with(draft -> draft.concurrency = concurrency);
  }

  /** In which order new jobs begin while their queue stands. */
  public TargetSettings queue(QueuePolicy queue) {
    return with(draft -> draft.queue = queue);
  }

  /** Which new jobs are let in while more come than begin. */
  public TargetSettings level(LevelPolicy level) {
    return with(draft -> draft.level = level);
  }

  /** What 99 of 100 calls may take. */
  public TargetSettings p99Budget(Duration p99Budget) {
    return with(draft -> draft.p99Budget = p99Budget);
  }

  /** The same in nanoseconds: that of its timeout, unless it has one of its own. */
  public long p99BudgetNanos() {
    return (p99Budget.isZero() ? timeout : p99Budget).toNanos();
  }

  /** When answers without a usage figure are an alert. */
  public TargetSettings usage(UsagePolicy usage) {
    return with(draft -> draft.usage = usage);
  }

  /** What spaces its starts. */
  public TargetSettings pace(PacePolicy pace) {
    return with(draft -> draft.pace = pace);
  }

  // ---- changed copies

  private TargetSettings with(Consumer<Draft> change) {
    var draft = new Draft(this);
    change.accept(draft);
    return draft.settings();
  }

  /** A copy that can be changed, so that each change names what it changes and nothing else. */
  private static final class Draft {
    int maxInFlight;
    int maxOverruns;
    Duration timeout;
    long maxOutputTokens;
    Price price;
    Classifier classifier;
    RetryPolicy retry;
    BreakerPolicy breaker;
    BreakerPolicy agentBreaker;
    Duration maxPause;
    LoopPolicy loopGuard;
    boolean writer;
    int maxCallsPerJob;
    ParkPolicy park;
    DegradationPolicy degradation;
    EstimatePolicy estimates;
    HedgePolicy hedge;
    PacePolicy pace;
    ConcurrencyPolicy concurrency;
    QueuePolicy queue;
    LevelPolicy level;
    Duration p99Budget;
    UsagePolicy usage;

    Draft(TargetSettings from) {
      maxInFlight = from.maxInFlight;
      maxOverruns = from.maxOverruns;
      timeout = from.timeout;
      maxOutputTokens = from.maxOutputTokens;
      price = from.price;
      classifier = from.classifier;
      retry = from.retry;
      breaker = from.breaker;
      agentBreaker = from.agentBreaker;
      maxPause = from.maxPause;
      loopGuard = from.loopGuard;
      writer = from.writer;
      maxCallsPerJob = from.maxCallsPerJob;
      park = from.park;
      degradation = from.degradation;
      estimates = from.estimates;
      hedge = from.hedge;
      pace = from.pace;
      concurrency = from.concurrency;
      queue = from.queue;
      level = from.level;
      p99Budget = from.p99Budget;
      usage = from.usage;
    }

    TargetSettings settings() {
      return new TargetSettings(
          maxInFlight,
          maxOverruns,
          timeout,
          maxOutputTokens,
          price,
          classifier,
          retry,
          breaker,
          agentBreaker,
          maxPause,
          loopGuard,
          writer,
          maxCallsPerJob,
          park,
          degradation,
          estimates,
          hedge,
          pace,
          concurrency,
          queue,
          level,
          p99Budget,
          usage);
    }
  }
}
