package io.headgate.admission;

import io.headgate.AgentSettings;
import io.headgate.Price;
import io.headgate.SpendingLimits;
import org.agrona.concurrent.NanoClock;
import org.jspecify.annotations.Nullable;

/**
 * What an agent, or all together, have reserved and spent since a limit was first set. Any thread;
 * lock-free; allocates nothing but a changed rate. Exists only where there is, or was, a limit, so
 * that who has none writes no shared word.
 */
public final class SpendingAccount {
  /** What a try to reserve came to. */
  public enum Reserve {
    /** Reserved. */
    DONE,
    /** The tokens in all do not cover it. */
    TOKENS,
    /** The money in all does not cover it. */
    MONEY,
    /** The money of this minute does not cover it. */
    RATE
  }

  private static final long NANOS_PER_MICRO = 1_000;

  // Above every limit, and two of it do not overflow, whatever providers report.
  private static final long MOST = Long.MAX_VALUE / 2;

  private final PaddedLong tokens = new PaddedLong(0);
  private final PaddedLong money = new PaddedLong(0);
  private final TokenBucket rate;
  private volatile SpendingLimits limits;

  /** Nothing is spent. */
  public SpendingAccount(SpendingLimits limits) {
    this.limits = limits;
    this.rate = new TokenBucket(limits.microsPerMinute(), AgentSettings.ONE_MINUTE);
  }

  /** One for these limits; null for {@link SpendingLimits#NONE}. */
  static @Nullable SpendingAccount of(SpendingLimits limits) {
    return limits.equals(SpendingLimits.NONE) ? null : new SpendingAccount(limits);
  }

  /**
   * The account, or one without limits if there is none yet, with what was spent before a crash.
   */
  static SpendingAccount carried(@Nullable SpendingAccount account, long tokens, long moneyNanos) {
    SpendingAccount carrying = account == null ? new SpendingAccount(SpendingLimits.NONE) : account;
    carrying.settle(0, tokens, 0, moneyNanos);
    return carrying;
  }

  /** Changes the limits; what was spent stays spent. One thread at a time. */
  public void limit(SpendingLimits limits, NanoClock clock) {
    if (limits.microsPerMinute() != this.limits.microsPerMinute()) {
      rate.reconfigure(limits.microsPerMinute(), AgentSettings.ONE_MINUTE, clock);
    }
    this.limits = limits;
  }

  /** The limits in force. */
  public SpendingLimits limits() {
    return limits;
  }

  /** Tokens reserved and spent. */
  public long tokens() {
    return tokens.get();
  }

  /** Nano-dollars reserved and spent. */
  public long moneyNanos() {
    return money.get();
  }

  /** The money of this minute, in micro-dollars. */
  public TokenBucket rate() {
    return rate;
  }

  /** Tokens that may still be reserved. */
  public long tokensLeft() {
    return Math.max(0, limits.tokens() - tokens.get());
  }

  /** Nano-dollars that may still be reserved. */
  public long moneyLeft() {
    return Math.max(0, limits.moneyNanos() - money.get());
  }

  /** Whether it cannot be told from a new one. */
  boolean isBlank(long nowNs) {
    return tokens.get() == 0 && money.get() == 0 && rate.isFull(nowNs);
  }

  /** Reads what {@link #tryReserve} would come to. */
  Reserve test(long tokens, long moneyNanos, long nowNs) {
    if (tokens > tokensLeft()) {
      return Reserve.TOKENS;
    }
    if (moneyNanos > moneyLeft()) {
      return Reserve.MONEY;
    }
    return rateWaitNs(moneyNanos, nowNs) > 0 ? Reserve.RATE : Reserve.DONE;
  }

  /** How long until the minute's money would cover it. */
  long rateWaitNs(long moneyNanos, long nowNs) {
    return rate.waitNs(micros(moneyNanos), nowNs);
  }

  /** Reserves all, or nothing. */
  Reserve tryReserve(long tokens, long moneyNanos, long nowNs) {
    Reserve reserve = tryReserveInAll(tokens, moneyNanos);
    if (reserve != Reserve.DONE) {
      return reserve;
    }
    if (!rate.tryTake(micros(moneyNanos), nowNs)) {
      giveBackInAll(tokens, moneyNanos);
      return Reserve.RATE;
    }
    return Reserve.DONE;
  }

  /**
   * Reserves both in all, or nothing, for one that was let in before; the minute's money is debt.
   */
  boolean tryFund(long tokens, long moneyNanos, long nowNs) {
    Reserve reserve = tryReserveInAll(tokens, moneyNanos);
    if (reserve == Reserve.DONE) {
      rate.settle(0, micros(moneyNanos), nowNs);
    }
    return reserve == Reserve.DONE;
  }

  private Reserve tryReserveInAll(long tokens, long moneyNanos) {
    if (take(this.tokens, tokens, limits.tokens(), false) < tokens) {
      return Reserve.TOKENS;
    }
    Probe.at(Probe.Step.SPENDING_TAKEN);
    if (take(money, moneyNanos, limits.moneyNanos(), false) < moneyNanos) {
      add(this.tokens, -tokens);
      return Reserve.MONEY;
    }
    return Reserve.DONE;
  }

  private void giveBackInAll(long tokens, long moneyNanos) {
    add(money, -moneyNanos);
    add(this.tokens, -tokens);
  }

  /**
   * Reserves output tokens and their money for a call that streams past its reservation: all, or
   * what there is. The minute's money is debt, and settled at the end.
   *
   * @return the tokens that were reserved
   */
  long takeMore(long tokens, Price price) {
    long taken = take(this.tokens, tokens, limits.tokens(), true);
    long covered = taken;
    while (price.costNanos(0, covered) > 0
        && take(money, price.costNanos(0, covered), limits.moneyNanos(), false) == 0) {
      covered = Math.min(covered, Math.max(0, price.affordableOutputTokens(moneyLeft(), 0)));
    }
    add(this.tokens, covered - taken);
    return covered;
  }

  /** Corrects what was reserved to what was used; use beyond it counts too. */
  void settle(long tokens, long actualTokens, long moneyNanos, long actualMoneyNanos) {
    add(this.tokens, actualTokens - tokens);
    add(money, actualMoneyNanos - moneyNanos);
  }

  /** Corrects what was taken of the minute's money. */
  void settleRate(long moneyNanos, long actualMoneyNanos, long takenAtNs, long nowNs) {
    rate.settle(micros(moneyNanos), micros(actualMoneyNanos), takenAtNs, nowNs);
  }

  /**
   * Gives back a part of what was taken of the minute's money. The rest is not settled by that:
   * what was taken while there was no limit a minute is charged once, when it is known.
   */
  void giveRateBack(long moneyNanos, long leftNanos, long takenAtNs, long nowNs) {
    rate.settle(micros(moneyNanos) - micros(leftNanos), 0, takenAtNs, nowNs);
  }

  /** Takes all of it or, if {@code some}, what there is; answers what was taken. */
  private static long take(PaddedLong of, long amount, long limit, boolean some) {
    while (true) {
      long now = of.get();
      long left = Math.max(0, Math.min(limit, MOST) - now);
      if (left < amount && !some) {
        return 0;
      }
      long taken = Math.min(left, amount);
      Probe.at(Probe.Step.ACCOUNT_READ);
      if (of.compareAndSet(now, now + taken)) {
        return taken;
      }
    }
  }

  private static void add(PaddedLong to, long change) {
    while (change != 0) {
      long now = to.get();
      long next = Math.min(MOST, now + Math.min(change, MOST));
      assert next >= 0 : "more was given back than taken";
      if (to.compareAndSet(now, next)) {
        return;
      }
    }
  }

  /** Micro-dollars, rounded up: as the minute's money counts them. */
  public static long micros(long nanos) {
    return Math.ceilDiv(nanos, NANOS_PER_MICRO);
  }
}
