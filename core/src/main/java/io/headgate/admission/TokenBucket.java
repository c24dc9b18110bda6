package io.headgate.admission;

import io.headgate.AgentSettings;
import org.jspecify.annotations.Nullable;

/**
 * Tokens per minute by GCRA (the generic cell rate algorithm, ITU-T I.371) on one word: the time at
 * which the bucket would be full again. Any thread; lock-free; allocates nothing but a changed
 * rate.
 *
 * <p>A take moves that time on by the tokens' cost in nanoseconds and is refused if it then lies
 * more than the burst ahead. What is charged beyond the take may push it further: the bucket is in
 * debt, and refuses until time has paid it.
 */
public final class TokenBucket {
  /** {@link #waitNs} of a take that no wait can help: it exceeds the burst. */
  public static final long NEVER = Long.MAX_VALUE;

  private static final long NANOS_PER_MINUTE = 60_000_000_000L;
  private static final long PRECISE = 1L << 30;
  // Seventy years: sums of times and costs stay far from overflow.
  private static final long MAX_NS = 1L << 61;

  /**
   * A rate in fixed point, so that a cost is one multiplication: nanoseconds a token times 2^shift,
   * rounded up. The error is below one part in 10^9, never in the taker's favour.
   */
  record Rate(long scaledNsPerToken, int shift, long maxTokens, long burstNs) {
    static @Nullable Rate of(long tokensPerMinute, long burstTokens) {
      if (tokensPerMinute == AgentSettings.NO_RATE) {
        return null;
      }
      int shift = 0;
      long nanos = NANOS_PER_MINUTE;
      while (nanos % tokensPerMinute != 0 && nanos / tokensPerMinute < PRECISE) {
        nanos <<= 1;
        shift++;
      }
      long scaled = Math.ceilDiv(nanos, tokensPerMinute);
      long burst = burstTokens == AgentSettings.ONE_MINUTE ? tokensPerMinute : burstTokens;
      long maxTokens = MAX_NS / scaled;
      return new Rate(
          scaled, shift, maxTokens, new Rate(scaled, shift, maxTokens, 0).costNs(burst));
    }

    long costNs(long tokens) {
      return tokens > maxTokens
          ? MAX_NS
          : (tokens * scaledNsPerToken + (1L << shift) - 1) >>> shift;
    }

    double nsPerToken() {
      return (double) scaledNsPerToken / (1L << shift);
    }
  }

  private final PaddedLong fullAtNs = new PaddedLong(0);
  private volatile @Nullable Rate rate;

  // The last rate there was: what the word is measured in. The reconfiguring thread's.
  private @Nullable Rate lastRate;

  /** A full bucket. */
  public TokenBucket(long tokensPerMinute, long burstTokens) {
    rate = Rate.of(tokensPerMinute, burstTokens);
    lastRate = rate;
  }

  /** How long until so many tokens could be taken: 0 for now, {@link #NEVER} beyond the burst. */
  public long waitNs(long tokens, long nowNs) {
    Rate rate = this.rate;
    if (rate == null) {
      return 0;
    }
    long cost = rate.costNs(tokens);
    if (cost > rate.burstNs) {
      return NEVER;
    }
    long ahead = Math.max(fullAtNs.get() - nowNs, 0) + cost;
    return Math.max(0, ahead - rate.burstNs);
  }

  /** Takes so many tokens, or nothing. */
  public boolean tryTake(long tokens, long nowNs) {
    Rate rate = this.rate;
    return rate == null || tryTake(rate, rate.costNs(tokens), fullAtNs.get(), nowNs);
  }

  /** The present rate, or null: what the three-step take begins with. */
  @Nullable Rate rate() {
    return rate;
  }

  /** The word as it is: what the three-step take expects. */
  long word() {
    return fullAtNs.get();
  }

  /**
   * The last step of a take whose rate, cost and expected word were read before, so that nothing is
   * left to do here but the atomic step.
   */
  boolean tryTake(Rate rate, long costNs, long expected, long nowNs) {
    long fullAt = expected;
    while (true) {
      long next = Math.max(fullAt, nowNs) + costNs;
      if (next - nowNs > rate.burstNs) {
        return false;
      }
      if (fullAtNs.compareAndSet(fullAt, next)) {
        return true;
      }
      fullAt = fullAtNs.get();
    }
  }

  /** Corrects a take of {@code taken} tokens to {@code actual}: gives back, or goes into debt. */
  public void settle(long taken, long actual, long nowNs) {
    Rate rate = this.rate;
    if (rate == null || taken == actual) {
      return;
    }
    long change = rate.costNs(actual) - rate.costNs(taken);
    if (change <= 0) {
      fullAtNs.getAndAdd(change);
      return;
    }
    while (true) {
      long fullAt = fullAtNs.get();
      // A debt counts from now, else a bucket long full would swallow it.
      long next = Math.min(Math.max(fullAt, nowNs) + change, nowNs + MAX_NS);
      if (fullAtNs.compareAndSet(fullAt, next)) {
        return;
      }
    }
  }

  /**
   * Changes rate and burst; what is missing in the bucket stays missing, in tokens, also through a
   * spell without a rate. One thread at a time.
   */
  public void reconfigure(long tokensPerMinute, long burstTokens, long nowNs) {
    Rate old = lastRate;
    Rate next = Rate.of(tokensPerMinute, burstTokens);
    rate = next;
    if (next == null) {
      return;
    }
    lastRate = next;
    if (old == null) {
      return;
    }
    while (true) {
      long fullAt = fullAtNs.get();
      long missing = Math.max(0, fullAt - nowNs);
      long scaled = (long) Math.min(MAX_NS, missing * (next.nsPerToken() / old.nsPerToken()));
      if (fullAtNs.compareAndSet(fullAt, nowNs + scaled)) {
        return;
      }
    }
  }

  /** Whether the bucket cannot be told from a new one. */
  public boolean isFull(long nowNs) {
    return fullAtNs.get() <= nowNs;
  }
}
