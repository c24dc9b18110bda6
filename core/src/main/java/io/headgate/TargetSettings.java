package io.headgate;

import java.time.Duration;

/**
 * What holds for a model endpoint or a tool. Immutable, changed by copies as {@link AgentSettings}.
 *
 * @param maxInFlight attempts running at once, 1 to 1,000,000, or {@link AgentSettings#UNLIMITED}
 * @param maxOverruns attempts past their deadline whose threads still run, 1 to 1,000,000, at which
 *     nothing more is started; {@link #HALF}: half of {@code maxInFlight}, at least 1
 * @param timeout of one attempt, 1 ms to 1 day
 * @param maxOutputTokens the most that one answer can have, 0 to 10^9; 0 for a tool
 * @param price per million tokens
 * @param classifier says what the end of a call means
 * @param retry when a failed attempt is followed by another; off by default
 * @param breaker cuts the target off, for everybody, when its calls fail for more than one agent
 * @param agentBreaker cuts one agent off from the target when that agent's calls of it fail, while
 *     it stays open for others
 * @param maxPause the longest time, 0 to 1 day, that the target is left alone, by everybody,
 *     because an answer asked for it ({@code Retry-After}); zero: such words are not heeded
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
    Duration maxPause) {
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
          Duration.ofMinutes(1));

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
  }

  /** Attempts running at once. */
  public TargetSettings maxInFlight(int maxInFlight) {
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
        maxPause);
  }

  /** Overruns at which nothing more is started. */
  public TargetSettings maxOverruns(int maxOverruns) {
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
        maxPause);
  }

  /** The bound on one attempt's run. */
  public TargetSettings timeout(Duration timeout) {
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
        maxPause);
  }

  /** The most that one answer can have. */
  public TargetSettings maxOutputTokens(long maxOutputTokens) {
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
        maxPause);
  }

  /** What it charges, in dollars per million tokens. */
  public TargetSettings price(double inputPerMillion, double outputPerMillion) {
    return price(Price.perMillionTokens(inputPerMillion, outputPerMillion));
  }

  /** What it charges. */
  public TargetSettings price(Price price) {
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
        maxPause);
  }

  /** What says what the end of a call means. */
  public TargetSettings classifier(Classifier classifier) {
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
        maxPause);
  }

  /** When a failed attempt is followed by another. */
  public TargetSettings retry(RetryPolicy retry) {
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
        maxPause);
  }

  /** What cuts the target off for everybody. */
  public TargetSettings breaker(BreakerPolicy breaker) {
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
        maxPause);
  }

  /** What cuts one agent off from the target. */
  public TargetSettings agentBreaker(BreakerPolicy agentBreaker) {
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
        maxPause);
  }

  /** The longest pause that an answer can ask for. */
  public TargetSettings maxPause(Duration maxPause) {
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
        maxPause);
  }

  /** The longest pause that an answer can ask for, in nanoseconds. */
  public long maxPauseNanos() {
    return maxPause.toNanos();
  }

  /** A tool: it has no output tokens, so a call without an estimate reserves none. */
  public TargetSettings tool() {
    return maxOutputTokens(0);
  }

  /** {@code maxOverruns} with its default worked out. */
  public int overrunLimit() {
    return maxOverruns != HALF ? maxOverruns : Math.max(1, maxInFlight / 2);
  }
}
