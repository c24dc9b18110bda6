package io.headgate;

import java.util.function.UnaryOperator;

/**
 * The caps, bucket and share of an agent. Immutable: each {@code with}-like method answers a
 * changed copy, so that settings read {@code a -> a.maxInFlight(8).maxWaiting(64)}.
 *
 * @param maxInFlight attempts running at once, 1 to 1,000,000, or {@link #UNLIMITED}
 * @param maxWaiting tasks waiting at once, 1 to 1,000,000, or {@link #UNLIMITED}
 * @param tokensPerMinute refill of its bucket, 1 to 10^9, or {@link #NO_RATE}
 * @param burstTokens size of its bucket, 1 to 10^9, refilled in 57 years at most; {@link
 *     #ONE_MINUTE}: a minute's tokens
 * @param weight its share against other agents, 1 to 1,000
 * @param park when its work is held for a human: at so many cut-offs within an hour; off by default
 * @param spending what it may spend beside its tokens per minute; {@link SpendingLimits#NONE} by
 *     default
 * @param burn when its spending is an alert; {@link BurnPolicy#DEFAULT} unless set, since an alert
 *     changes nothing
 */
public record AgentSettings(
    int maxInFlight,
    int maxWaiting,
    long tokensPerMinute,
    long burstTokens,
    int weight,
    ParkPolicy park,
    SpendingLimits spending,
    BurnPolicy burn) {
  /** No cap of its own: only the overall cap holds. */
  public static final int UNLIMITED = Integer.MAX_VALUE;

  /** No token bucket. */
  public static final long NO_RATE = Long.MAX_VALUE;

  /** As {@code burstTokens}: the bucket holds what one minute refills. */
  public static final long ONE_MINUTE = -1;

  /** No cap, no bucket, weight 1. */
  public static final AgentSettings DEFAULT =
      new AgentSettings(
          UNLIMITED,
          UNLIMITED,
          NO_RATE,
          ONE_MINUTE,
          1,
          ParkPolicy.OFF,
          SpendingLimits.NONE,
          BurnPolicy.DEFAULT);

  static final int MAX_CAP = 1_000_000;
  static final long MAX_RATE = 1_000_000_000L;

  // 57 years: what a bucket's word of nanoseconds can hold.
  private static final long MAX_REFILL_MINUTES = 30_000_000;

  /** Checks every bound. */
  public AgentSettings {
    checkCap("agent's maxInFlight", maxInFlight);
    checkCap("agent's maxWaiting", maxWaiting);
    checkRate("agent's", tokensPerMinute, burstTokens);
    Bounds.check("agent's weight", weight, 1, 1_000);
    park = ParkPolicy.check("agent's", park, ParkPolicy.Trigger.CUT_OFFS, "atCutOff(n)");
    Bounds.notNull("agent's spending", spending, "use SpendingLimits.NONE for no limit");
    Bounds.notNull("agent's burn", burn, "use BurnPolicy.OFF for no alert");
  }

  static void checkCap(String name, int cap) {
    if (cap != UNLIMITED) {
      Bounds.check(name, cap, 1, MAX_CAP);
    }
  }

  static void checkRate(String whose, long tokensPerMinute, long burstTokens) {
    if (tokensPerMinute != NO_RATE) {
      Bounds.check(whose + " tokensPerMinute", tokensPerMinute, 1, MAX_RATE);
    } else if (burstTokens != ONE_MINUTE) {
      throw new IllegalArgumentException(
          whose
              + " burstTokens is "
              + burstTokens
              + ", but there is no tokensPerMinute to refill it; set tokensPerMinute too");
    }
    if (burstTokens != ONE_MINUTE) {
      Bounds.check(whose + " burstTokens", burstTokens, 1, MAX_RATE);
      if (burstTokens / tokensPerMinute > MAX_REFILL_MINUTES) {
        throw new IllegalArgumentException(
            whose
                + " burstTokens is "
                + burstTokens
                + ", which tokensPerMinute of "
                + tokensPerMinute
                + " would refill in "
                + burstTokens / tokensPerMinute
                + " minutes, but must in "
                + MAX_REFILL_MINUTES
                + "; lower the burst or raise the rate");
      }
    }
  }

  /** Attempts running at once. */
  public AgentSettings maxInFlight(int maxInFlight) {
    return new AgentSettings(
        maxInFlight, maxWaiting, tokensPerMinute, burstTokens, weight, park, spending, burn);
  }

  /** Tasks waiting at once. */
  public AgentSettings maxWaiting(int maxWaiting) {
    return new AgentSettings(
        maxInFlight, maxWaiting, tokensPerMinute, burstTokens, weight, park, spending, burn);
  }

  /** Refill of its bucket. */
  public AgentSettings tokensPerMinute(long tokensPerMinute) {
    return new AgentSettings(
        maxInFlight, maxWaiting, tokensPerMinute, burstTokens, weight, park, spending, burn);
  }

  /** Size of its bucket. */
  public AgentSettings burstTokens(long burstTokens) {
    return new AgentSettings(
        maxInFlight, maxWaiting, tokensPerMinute, burstTokens, weight, park, spending, burn);
  }

  /** When its work is held for a human: {@link ParkPolicy#atCutOff}, or {@link ParkPolicy#OFF}. */
  public AgentSettings park(ParkPolicy park) {
    return new AgentSettings(
        maxInFlight, maxWaiting, tokensPerMinute, burstTokens, weight, park, spending, burn);
  }

  /** Its share against other agents. */
  public AgentSettings weight(int weight) {
    return new AgentSettings(
        maxInFlight, maxWaiting, tokensPerMinute, burstTokens, weight, park, spending, burn);
  }

  /** What it may spend. */
  public AgentSettings spending(SpendingLimits spending) {
    return new AgentSettings(
        maxInFlight, maxWaiting, tokensPerMinute, burstTokens, weight, park, spending, burn);
  }

  /** What it may spend, from what it may spend now. */
  public AgentSettings spending(UnaryOperator<SpendingLimits> change) {
    return spending(change.apply(spending));
  }

  /** When its spending is an alert. */
  public AgentSettings burn(BurnPolicy burn) {
    return new AgentSettings(
        maxInFlight, maxWaiting, tokensPerMinute, burstTokens, weight, park, spending, burn);
  }
}
