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
 */
public record TargetSettings(
    int maxInFlight, int maxOverruns, Duration timeout, long maxOutputTokens, Price price) {
  /** As {@code maxOverruns}: half of {@code maxInFlight}. */
  public static final int HALF = -1;

  /** No cap, two minutes, 4,096 output tokens, free. */
  public static final TargetSettings DEFAULT =
      new TargetSettings(AgentSettings.UNLIMITED, HALF, Duration.ofMinutes(2), 4_096, Price.FREE);

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
  }

  /** Attempts running at once. */
  public TargetSettings maxInFlight(int maxInFlight) {
    return new TargetSettings(maxInFlight, maxOverruns, timeout, maxOutputTokens, price);
  }

  /** Overruns at which nothing more is started. */
  public TargetSettings maxOverruns(int maxOverruns) {
    return new TargetSettings(maxInFlight, maxOverruns, timeout, maxOutputTokens, price);
  }

  /** The bound on one attempt's run. */
  public TargetSettings timeout(Duration timeout) {
    return new TargetSettings(maxInFlight, maxOverruns, timeout, maxOutputTokens, price);
  }

  /** The most that one answer can have. */
  public TargetSettings maxOutputTokens(long maxOutputTokens) {
    return new TargetSettings(maxInFlight, maxOverruns, timeout, maxOutputTokens, price);
  }

  /** What it charges, in dollars per million tokens. */
  public TargetSettings price(double inputPerMillion, double outputPerMillion) {
    return price(Price.perMillionTokens(inputPerMillion, outputPerMillion));
  }

  /** What it charges. */
  public TargetSettings price(Price price) {
    return new TargetSettings(maxInFlight, maxOverruns, timeout, maxOutputTokens, price);
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
