package io.headgate.admission;

import io.headgate.AgentSettings;
import io.headgate.JobSettings;
import io.headgate.Refusal;
import org.agrona.concurrent.NanoClock;
import org.jspecify.annotations.Nullable;

/**
 * The gate of a job's own tokens and money a minute, and of those of the jobs that it is a part of:
 * two buckets each that hold one minute's. Any thread; lock-free; allocates nothing. Only a job
 * that is so limited, or is a part of one, has it.
 */
public final class JobRates {
  private final @Nullable JobRates outer;
  private final TokenBucket tokens;
  private final TokenBucket money;
  private volatile long tokensPerMinute;
  private volatile long microsPerMinute;

  private JobRates(@Nullable JobRates outer, JobSettings settings) {
    this.outer = outer;
    tokens = new TokenBucket(settings.tokensPerMinute(), AgentSettings.ONE_MINUTE);
    money = new TokenBucket(settings.microsPerMinute(), AgentSettings.ONE_MINUTE);
    tokensPerMinute = settings.tokensPerMinute();
    microsPerMinute = settings.microsPerMinute();
  }

  /** Its own limit, or {@link JobSettings#UNLIMITED}. */
  public long tokensPerMinute() {
    return tokensPerMinute;
  }

  /** Its own limit, or {@link JobSettings#UNLIMITED}. */
  public long microsPerMinute() {
    return microsPerMinute;
  }

  // What is missing stays missing. Not from no limit to one, nor back: as budgets are changed.
  boolean tryChange(long tokensPerMinute, long microsPerMinute, NanoClock clock) {
    if (isUnlimited(tokensPerMinute) != isUnlimited(this.tokensPerMinute)
        || isUnlimited(microsPerMinute) != isUnlimited(this.microsPerMinute)) {
      return false;
    }
    if (tokensPerMinute != this.tokensPerMinute) {
      this.tokensPerMinute = tokensPerMinute;
      tokens.reconfigure(tokensPerMinute, AgentSettings.ONE_MINUTE, clock);
    }
    if (microsPerMinute != this.microsPerMinute) {
      this.microsPerMinute = microsPerMinute;
      money.reconfigure(microsPerMinute, AgentSettings.ONE_MINUTE, clock);
    }
    return true;
  }

  private static boolean isUnlimited(long perMinute) {
    return perMinute == JobSettings.UNLIMITED;
  }

  /** Those of a job with these settings; null if neither it nor what it is a part of is limited. */
  static @Nullable JobRates of(@Nullable JobAccount parent, JobSettings settings) {
    JobRates outer = parent == null ? null : parent.rates();
    boolean limited =
        settings.tokensPerMinute() != JobSettings.UNLIMITED
            || settings.microsPerMinute() != JobSettings.UNLIMITED;
    return limited ? new JobRates(outer, settings) : outer;
  }

  /** Its tokens. */
  public TokenBucket tokens() {
    return tokens;
  }

  /** Its money, in micro-dollars. */
  public TokenBucket money() {
    return money;
  }

  /** How long until all of them would give so many tokens; {@link TokenBucket#NEVER} as there. */
  long tokensWaitNs(long wanted, long nowNs) {
    long longest = 0;
    for (JobRates at = this; at != null; at = at.outer) {
      longest = Math.max(longest, at.tokens.waitNs(wanted, nowNs));
    }
    return longest;
  }

  /** The same for money. */
  long moneyWaitNs(long moneyNanos, long nowNs) {
    long longest = 0;
    for (JobRates at = this; at != null; at = at.outer) {
      longest = Math.max(longest, at.money.waitNs(SpendingAccount.micros(moneyNanos), nowNs));
    }
    return longest;
  }

  /**
   * Takes both of all, or nothing.
   *
   * @param clock whose time may allow what the coarser one does not
   * @return what was in the way; null if they were taken
   */
  @Nullable Refusal tryTake(long wanted, long moneyNanos, long nowNs, NanoClock clock) {
    long micros = SpendingAccount.micros(moneyNanos);
    for (JobRates at = this; at != null; at = at.outer) {
      if (!take(at.tokens, wanted, nowNs, clock)) {
        giveBack(at, wanted, micros, nowNs);
        return Refusal.JOB_RATE;
      }
      if (!take(at.money, micros, nowNs, clock)) {
        at.tokens.settle(wanted, 0, nowNs);
        giveBack(at, wanted, micros, nowNs);
        return Refusal.JOB_MONEY_RATE;
      }
    }
    return null;
  }

  private static boolean take(TokenBucket bucket, long wanted, long nowNs, NanoClock clock) {
    return bucket.tryTake(wanted, nowNs) || bucket.tryTake(wanted, clock.nanoTime());
  }

  private void giveBack(@Nullable JobRates before, long taken, long micros, long nowNs) {
    for (JobRates at = this; at != before && at != null; at = at.outer) {
      at.tokens.settle(taken, 0, nowNs);
      at.money.settle(micros, 0, nowNs);
    }
  }

  /** Corrects what was taken to what was used; what was not taken is debt. */
  void settle(
      long taken, long actual, long takenMoneyNanos, long moneyNanos, long takenAtNs, long nowNs) {
    for (JobRates at = this; at != null; at = at.outer) {
      at.tokens.settle(taken, actual, takenAtNs, nowNs);
      at.money.settle(
          SpendingAccount.micros(takenMoneyNanos),
          SpendingAccount.micros(moneyNanos),
          takenAtNs,
          nowNs);
    }
  }
}
