package io.headgate.admission;

import io.headgate.AgentSettings;
import org.agrona.concurrent.NanoClock;
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

  /**
   * A rate and the word that is measured by it. A change of rate makes a new one: it freezes the
   * old word, so that no take is lost or counted by the wrong rate, and whoever needs the new word
   * first works it out of the frozen one, so that nobody waits for the thread that changes the
   * rate.
   */
  static final class State {
    private static final long FROZEN = Long.MIN_VALUE;
    private static final long UNSET = -1;

    final @Nullable Rate rate;

    // What the word is measured by while there is no rate: that of before.
    private final @Nullable Rate measure;
    private final PaddedLong fullAtNs;

    // Takes in the last spell without a rate were free, so there is nothing of them to give back.
    // Those before it still count: what is missing stays missing.
    private final long freeSinceNs;
    private final long freeUntilNs;

    // The spells before that, and what lies between them, if there was more than one: not even a
    // call that lasts for all of them gains by that.
    private final long freeBeforeFromNs;
    private final long freeBeforeToNs;
    private final NanoClock clock;
    private volatile @Nullable State before;

    private State(@Nullable Rate rate) {
      this.rate = rate;
      measure = rate;
      fullAtNs = new PaddedLong(0);
      freeSinceNs = rate == null ? Long.MIN_VALUE : Long.MAX_VALUE;
      freeUntilNs = Long.MAX_VALUE;
      freeBeforeFromNs = Long.MAX_VALUE;
      freeBeforeToNs = Long.MAX_VALUE;
      clock = () -> 0;
    }

    private State(@Nullable Rate rate, State before, NanoClock clock) {
      this.rate = rate;
      measure = rate == null ? before.measure : rate;
      fullAtNs = new PaddedLong(UNSET);
      boolean isEnd = before.rate == null && rate != null;
      boolean isBegin = before.rate != null && rate == null;
      freeSinceNs = isBegin ? clock.nanoTime() : before.freeSinceNs;
      freeUntilNs = isEnd ? clock.nanoTime() : isBegin ? Long.MAX_VALUE : before.freeUntilNs;
      freeBeforeFromNs =
          isBegin ? Math.min(before.freeBeforeFromNs, before.freeSinceNs) : before.freeBeforeFromNs;
      freeBeforeToNs = isBegin ? before.freeUntilNs : before.freeBeforeToNs;
      this.clock = clock;
      this.before = before;
    }

    /** The word, or something negative if this is no longer, or not yet, the one to use. */
    long word() {
      return fullAtNs.get();
    }

    // The word, worked out if it is not yet there; still negative if it is frozen.
    private long settledWord() {
      State before = this.before;
      if (fullAtNs.get() == UNSET && before != null) {
        long frozen = before.fullAtNs.getAndBitwiseOr(FROZEN) & ~FROZEN;
        // The clock is read after the word stands still: a thread that is held up here counts no
        // time as missing that the bucket had for filling.
        long nowNs = clock.nanoTime();
        fullAtNs.compareAndSet(UNSET, nowNs + scaled(Math.max(0, frozen - nowNs), before.measure));
      }
      this.before = null;
      return fullAtNs.get();
    }

    private boolean wasFree(long takenAtNs) {
      return (freeSinceNs <= takenAtNs && takenAtNs < freeUntilNs)
          || (freeBeforeFromNs <= takenAtNs && takenAtNs < freeBeforeToNs);
    }

    private long scaled(long missingNs, @Nullable Rate old) {
      return old == null || measure == null || old.equals(measure)
          ? missingNs
          : (long) Math.min(MAX_NS, missingNs * (measure.nsPerToken() / old.nsPerToken()));
    }
  }

  private volatile State state;

  /** A full bucket. */
  public TokenBucket(long tokensPerMinute, long burstTokens) {
    state = new State(Rate.of(tokensPerMinute, burstTokens));
  }

  // The state to use, its word worked out. The loop ends with the thread that changes the rate.
  private State current() {
    State state = this.state;
    while (state.settledWord() < 0) {
      state = this.state;
    }
    return state;
  }

  /** The present state: what the three-step take begins with. */
  State state() {
    return state;
  }

  /** How long until so many tokens could be taken: 0 for now, {@link #NEVER} beyond the burst. */
  public long waitNs(long tokens, long nowNs) {
    State state = this.state;
    Rate rate = state.rate;
    if (rate == null) {
      return 0;
    }
    long cost = rate.costNs(tokens);
    if (cost > rate.burstNs) {
      return NEVER;
    }
    long fullAt = state.word();
    if (fullAt < 0) {
      fullAt = current().word() & ~State.FROZEN;
    }
    long ahead = Math.max(fullAt - nowNs, 0) + cost;
    return Math.max(0, ahead - rate.burstNs);
  }

  /** Takes so many tokens, or nothing. */
  public boolean tryTake(long tokens, long nowNs) {
    State state = current();
    Rate rate = state.rate;
    return rate == null || tryTake(state, rate.costNs(tokens), state.word(), tokens, nowNs);
  }

  /**
   * The last step of a take whose state, cost and expected word were read before, so that nothing
   * is left to do here but the atomic step.
   */
  boolean tryTake(State state, long costNs, long expected, long tokens, long nowNs) {
    Rate rate = state.rate;
    if (rate == null) {
      return true;
    }
    long fullAt = expected;
    while (fullAt >= 0) {
      long next = Math.max(fullAt, nowNs) + costNs;
      if (next - nowNs > rate.burstNs) {
        return false;
      }
      Probe.at(Probe.Step.BUCKET_READ);
      if (state.fullAtNs.compareAndSet(fullAt, next)) {
        return true;
      }
      fullAt = state.word();
    }
    return tryTake(tokens, nowNs);
  }

  /**
   * Corrects a take just now of {@code taken} tokens to {@code actual}: gives back, or goes into
   * debt.
   */
  public void settle(long taken, long actual, long nowNs) {
    settle(taken, actual, nowNs, nowNs);
  }

  /**
   * The same for a take at that time. If it was free then, there is nothing to give back: it is
   * charged what was used, or nothing if that is free too.
   */
  void settle(long taken, long actual, long takenAtNs, long nowNs) {
    while (true) {
      State state = current();
      boolean free = state.wasFree(takenAtNs);
      Rate rate = state.rate == null && !free ? state.measure : state.rate;
      long held = free ? 0 : taken;
      if (rate == null || held == actual) {
        return;
      }
      long change = rate.costNs(actual) - rate.costNs(held);
      long fullAt = state.word();
      if (fullAt >= 0) {
        // A debt counts from now, else a bucket long full would swallow it.
        long next =
            change <= 0
                ? Math.max(0, fullAt + change)
                : Math.min(Math.max(fullAt, nowNs) + change, nowNs + MAX_NS);
        Probe.at(Probe.Step.BUCKET_READ);
        if (state.fullAtNs.compareAndSet(fullAt, next)) {
          return;
        }
      }
    }
  }

  /**
   * So much is missing since then, which may be before the clock's beginning; what has passed since
   * fills it. Of a new bucket, before anybody takes.
   */
  public void carry(long missing, long thenNs) {
    State state = current();
    Rate rate = state.rate;
    if (rate != null) {
      boolean _ = state.fullAtNs.compareAndSet(0, Math.max(0, thenNs + rate.costNs(missing)));
    }
  }

  /**
   * Changes rate and burst; what is missing in the bucket stays missing, in tokens, also through a
   * spell without a rate. One thread at a time.
   */
  public void reconfigure(long tokensPerMinute, long burstTokens, NanoClock clock) {
    State next = new State(Rate.of(tokensPerMinute, burstTokens), current(), clock);
    state = next;
    var _ = next.settledWord();
  }

  /** Whether the bucket cannot be told from a new one. */
  public boolean isFull(long nowNs) {
    return current().word() <= nowNs;
  }
}
