package io.headgate;

import java.math.BigDecimal;

/**
 * What an agent, or all agents together, may spend beside {@code tokensPerMinute}. Hard: reserved
 * and spent stay within, but for what a provider reports beyond a reservation, which counts too and
 * keeps everything out until the limit is raised above it. Totals count from when the first limit
 * was set. Immutable, changed by copies as {@link AgentSettings}.
 *
 * @param tokens in all, 1 to 10^15, or {@link #UNLIMITED}
 * @param moneyNanos nano-dollars in all, 1 to 4 * 10^18, or {@link #UNLIMITED}
 * @param microsPerMinute micro-dollars a minute, 1 to 10^9, or {@link #UNLIMITED}: the refill of a
 *     bucket that holds one minute's, from which each call's money is taken rounded up to a
 *     micro-dollar
 */
public record SpendingLimits(long tokens, long moneyNanos, long microsPerMinute) {
  /** No limit. */
  public static final long UNLIMITED = Long.MAX_VALUE;

  /** No limits. */
  public static final SpendingLimits NONE = new SpendingLimits(UNLIMITED, UNLIMITED, UNLIMITED);

  private static final long MAX_TOKENS = 1_000_000_000_000_000L;
  private static final long MAX_MONEY = 4_000_000_000_000_000_000L;

  /** Checks every bound. */
  public SpendingLimits {
    check("spending limit's tokens", tokens, MAX_TOKENS);
    check("spending limit's money in nano-dollars", moneyNanos, MAX_MONEY);
    check(
        "spending limit's moneyPerMinute in micro-dollars",
        microsPerMinute,
        AgentSettings.MAX_RATE);
  }

  private static void check(String name, long value, long max) {
    if (value != UNLIMITED) {
      Bounds.check(name, value, 1, max);
    }
  }

  /** Tokens in all. */
  public SpendingLimits tokens(long tokens) {
    return new SpendingLimits(tokens, moneyNanos, microsPerMinute);
  }

  /** Dollars in all, from 10^-9 to 4 * 10^9. */
  public SpendingLimits money(double dollars) {
    return new SpendingLimits(
        tokens, units("spending limit's money", dollars, 9, 4e9), microsPerMinute);
  }

  /** Dollars a minute, from 10^-6 to 1,000. */
  public SpendingLimits moneyPerMinute(double dollars) {
    return new SpendingLimits(tokens, moneyNanos, microsPerMinute("spending limit's", dollars));
  }

  static long microsPerMinute(String whose, double dollars) {
    return units(whose + " moneyPerMinute", dollars, 6, 1e3);
  }

  private static long units(String name, double dollars, int digits, double max) {
    if (!(dollars > 0 && dollars <= max)) {
      throw new IllegalArgumentException(
          name
              + " is "
              + dollars
              + " dollars, but must be above 0 and at most "
              + BigDecimal.valueOf(max).toPlainString()
              + "; use an amount in that range, or leave it unlimited");
    }
    return BigDecimal.valueOf(dollars).movePointRight(digits).longValue();
  }
}
