package io.headgate.engine;

import io.headgate.PacePolicy;

/**
 * Learns a provider's limit from its rejections and spaces starts below it; the rule is {@link
 * PacePolicy}'s. Starts keep a distance as in GCRA, which grows with their tokens when it is those
 * that are limited. Says what is to be done, and leaves doing it to the engine. Not thread-safe.
 *
 * <p>Before the first rejection the pace doubles while starts press for more (slow start). With it
 * the limit is known roughly, and is sought by doubling until two estimates agree. From then on the
 * pace falls a margin below the limit at a rejection, climbs linearly to a margin above it and, not
 * rejected there, doubles its distance from it, as CUBIC does about the window at which it met
 * loss. All of that only while starts press for more: an idle pace proves nothing (RFC 7661).
 *
 * <p>A limit that the provider tells is kept from its first word on, a margin below it, without any
 * seeking; should a call be rejected all the same, since others use what is left of it, it goes on
 * as above, and the told limit bounds what is sought.
 *
 * <p>After a rejection nothing starts for a second, then one attempt alone: if it is rejected too,
 * as in the rest of a provider's fixed window, the wait doubles (of few calls a minute: is three
 * times as long) and nothing is concluded.
 */
final class ProviderPace {
  private static final long SECOND_NS = 1_000_000_000L;
  private static final long MINUTE_NS = 60 * SECOND_NS;
  private static final double PERCENT = 100;

  /** How fast it doubles: in that time, and in no fewer calls. */
  private static final double DOUBLING_NS = 10e9;

  private static final double DOUBLING_CALLS = 20;

  /** How long a climb from below the limit to above it takes, and how many calls at least. */
  private static final double CLIMB_NS = 150e9;

  private static final double CLIMB_CALLS = 400;

  /** Above it, in how much its distance doubles. */
  private static final double GROWTH_NS = 15e9;

  private static final double GROWTH_CALLS = 25;
  private static final double MAX_DOUBLINGS = 30;

  /**
   * How many times longer each wait is in a window that is used up; and where a window takes so few
   * calls that each one that asks in vain is a large share of them.
   */
  private static final long LONGER = 2;

  private static final long LONGER_OF_FEW = 3;
  private static final double FEW_A_MINUTE = 100;

  /** Marks from which is counted lie so far apart. */
  private static final long MARK_NS = 30 * SECOND_NS;

  private static final double MARK_CALLS = 60;

  /** Of fewer accepted calls no limit is estimated. */
  private static final double FEW_CALLS = 10;

  /** Of more, estimates may be compared. */
  private static final double MANY_CALLS = 20;

  private static final double LOWER = 0.85;
  private static final double AGREEMENT = 1.25;
  private static final int MAX_SEARCHES = 8;
  private static final double STEADIER = 0.5;
  private static final double LEAST_PER_NS = 1.0 / MINUTE_NS;
  private static final long MAX_REPLY_NS = 5 * SECOND_NS;

  /** For so long after a rejection a target that was removed is remembered. */
  private static final long MEMORY_NS = 60 * MINUTE_NS;

  /** What is told of a limit again: an eighth more or less. */
  private static final double TELLING = 0.125;

  private final LimitEstimate calls = new LimitEstimate();
  private final LimitEstimate tokens = new LimitEstimate();

  /** Which of them is limited, as far as can be seen. */
  private LimitEstimate limited = calls;

  private boolean known;
  private boolean searching = true;
  private int searches;

  /** The theoretical arrival time of GCRA: starts up to a burst ahead of it may start. */
  private long arrivalNs;

  private boolean everStarted;

  /** Whether more would have started since the last start. */
  private boolean passedOver;

  private long lastStartNs;

  /** For how long starts have pressed for more since the last rejection. */
  private double pressedNs;

  /** For how long none wanted to start that might have, and how long at the marks. */
  private long idleNs;

  private long recentIdleNs;
  private long olderIdleNs;
  private long recentMarkNs;
  private long olderMarkNs;

  /** The last rejection; what started before it is of an old pace. */
  private long cutNs = -1;

  private long holdNs = SECOND_NS;
  private int startedSinceHold;
  private boolean probing;

  /** How long a rejection takes to come back. */
  private long replyNs;

  /** What the provider said last, a nanosecond; 0 if nothing. */
  private double toldCalls;

  private double toldTokens;

  /** Of the latest starts, one in sixteen each. */
  private double meanTokens;

  private static final double MEAN_WEIGHT = 1 / 16.0;

  private double told;
  private boolean toldOfTokens;

  /** When the next may start; in the past if at once. */
  long nextStartNs(PacePolicy policy) {
    return everStarted ? arrivalNs - policy.burstNanos() : Long.MIN_VALUE;
  }

  /** It is kept again after a time in which starts were not counted. */
  void goesOn(long nowNs) {
    if (everStarted) {
      lastStartNs = Math.max(lastStartNs, nowNs); // nobody was idle meanwhile, as far as is known
      markAnew(nowNs);
    }
  }

  /** An attempt started elsewhere, since it would have had to wait for too long here. */
  void passedOver() {
    passedOver = true;
  }

  /** An attempt starts. */
  void started(PacePolicy policy, long costTokens, long nowNs) {
    if (!everStarted) {
      everStarted = true;
      arrivalNs = nowNs;
      markAnew(nowNs);
    } else {
      long mayNs = Math.max(lastStartNs, nextStartNs(policy));
      if (nowNs <= mayNs) {
        pressedNs += nowNs - lastStartNs;
      } else {
        pressedNs += passedOver ? mayNs - lastStartNs : 0; // what came after that was idle
        idleNs += nowNs - mayNs;
      }
    }
    passedOver = false;
    lastStartNs = nowNs;
    if (nowNs - recentMarkNs >= MARK_NS && calls.sinceRecentMark() >= MARK_CALLS) {
      mark(nowNs);
    }
    calls.started(1);
    tokens.started((double) costTokens);
    startedSinceHold++;
    meanTokens =
        meanTokens == 0
            ? (double) costTokens
            : meanTokens + ((double) costTokens - meanTokens) * MEAN_WEIGHT;
    arrivalNs = Math.max(arrivalNs, nowNs) + intervalNs(policy, costTokens);
    if (probing) {
      probing = false;
      arrivalNs = Math.max(arrivalNs, nowNs + 2 * replyNs + policy.burstNanos());
    }
  }

  // A single call never holds the others up for longer than a minute.
  private long intervalNs(PacePolicy policy, long costTokens) {
    double ns = evenIntervalNs(policy, (double) costTokens);
    return (long) StrictMath.rint(Math.clamp(ns, 1, MINUTE_NS));
  }

  /** Between starts of calls with so many tokens, by what is told and what is sought. */
  private double evenIntervalNs(PacePolicy policy, double costTokens) {
    double toldNs = toldIntervalNs(policy, costTokens);
    if (!isSought()) {
      return toldNs;
    }
    double cost = known && limited == tokens ? costTokens : 1;
    return Math.max(toldNs, cost / perNs(policy));
  }

  /**
   * Whether the limit is one that is learned: none was told, or that one was not the whole truth.
   */
  private boolean isSought() {
    return known || (toldCalls == 0 && toldTokens == 0);
  }

  private double toldIntervalNs(PacePolicy policy, double costTokens) {
    double ofCalls = toldCalls > 0 ? 1 / toldCalls : 0;
    double ofTokens = toldTokens > 0 ? costTokens / toldTokens : 0;
    return Math.max(ofCalls, ofTokens) / (1 - policy.marginPercent() / PERCENT);
  }

  /**
   * The provider said what it lets through.
   *
   * @param callsPerMinute 0 if it did not
   * @param tokensPerMinute 0 if it did not
   * @return whether that is to be told
   */
  boolean isTold(PacePolicy policy, long callsPerMinute, long tokensPerMinute) {
    return isTold(
        policy, (double) callsPerMinute / MINUTE_NS, (double) tokensPerMinute / MINUTE_NS);
  }

  /** The same of what it said before a crash; 0: of that, nothing else is said. */
  boolean goesOn(PacePolicy policy, long callsPerMinute, long tokensPerMinute) {
    return isTold(
        policy,
        callsPerMinute == 0 ? toldCalls : (double) callsPerMinute / MINUTE_NS,
        tokensPerMinute == 0 ? toldTokens : (double) tokensPerMinute / MINUTE_NS);
  }

  private boolean isTold(PacePolicy policy, double callsPerNs, double tokensPerNs) {
    if (callsPerNs == toldCalls && tokensPerNs == toldTokens) {
      return false;
    }
    boolean isFirst = !known && toldCalls == 0 && toldTokens == 0;
    toldCalls = callsPerNs;
    toldTokens = tokensPerNs;
    if (isFirst && everStarted) {
      // What the slow beginning would still have held up.
      long mayNs = lastStartNs + (long) toldIntervalNs(policy, meanTokens);
      arrivalNs = Math.min(arrivalNs, mayNs);
    }
    return isToBeTold();
  }

  /** The pace, in what is limited. */
  private double perNs(PacePolicy policy) {
    double base = known ? limited.perNs() : (double) policy.firstPerMinute() / MINUTE_NS;
    return base * factor(policy);
  }

  private double factor(PacePolicy policy) {
    if (!known) {
      return doubled(pressedNs / DOUBLING_NS);
    }
    double margin = policy.marginPercent() / PERCENT;
    double callNs = 1 / calls.perNs();
    if (searching) {
      return (1 - margin) * doubled(pressedNs / Math.max(DOUBLING_NS, DOUBLING_CALLS * callNs));
    }
    double climbNs = Math.max(CLIMB_NS, CLIMB_CALLS * callNs);
    if (pressedNs < climbNs) {
      return 1 - margin + 2 * margin * pressedNs / climbNs;
    }
    double growthNs = Math.max(GROWTH_NS, GROWTH_CALLS * callNs);
    return 1 + margin * doubled((pressedNs - climbNs) / growthNs);
  }

  private static double doubled(double times) {
    return StrictMath.pow(2, Math.min(times, MAX_DOUBLINGS));
  }

  /** An attempt was not made after all. */
  void notSent(long startedNs, long costTokens) {
    if (startedNs > cutNs) {
      calls.notAccepted(1);
      tokens.notAccepted((double) costTokens);
    }
  }

  /**
   * An attempt was rejected.
   *
   * @return whether the limit is to be told anew
   */
  boolean rejected(PacePolicy policy, long startedNs, long costTokens, long nowNs) {
    if (startedNs <= cutNs) {
      return false; // of a pace that was too fast, which is known already
    }
    replyNs = Math.min(Math.max(nowNs - startedNs, replyNs - replyNs / 8), MAX_REPLY_NS);
    notSent(startedNs, costTokens);
    startedSinceHold--;
    boolean closed = cutNs >= 0 && startedSinceHold < 1;
    boolean estimated = closed || learn(startedNs);
    holdNs = closed ? Math.min(longer() * holdNs, MINUTE_NS) : SECOND_NS;
    cutNs = nowNs;
    startedSinceHold = 0;
    probing = true;
    arrivalNs = Math.max(arrivalNs, nowNs + holdNs + policy.burstNanos());
    lastStartNs = nowNs + holdNs;
    if (estimated) {
      markAnew(startedNs);
    }
    return isToBeTold();
  }

  private long longer() {
    return calls.perNs() * MINUTE_NS < FEW_A_MINUTE ? LONGER_OF_FEW : LONGER;
  }

  // Answers whether what was counted has been made use of.
  private boolean learn(long startedNs) {
    double ns = Math.max(1.0, (double) (startedNs - olderMarkNs));
    double accepted = calls.sinceOlderMark();
    boolean pressed = idleNs - olderIdleNs <= ns / 2;
    pressedNs = 0;
    if (!known) {
      // Most limits are on a minute: what came faster than that may have been saved up.
      known = true;
      estimate(Math.max(ns, (double) MINUTE_NS), false);
      return true;
    }
    if (accepted < FEW_CALLS || !pressed) {
      calls.lower(LOWER);
      tokens.lower(LOWER);
      calls.atLeast(LEAST_PER_NS);
      return !pressed;
    }
    double before = limited.perNs();
    estimate(ns, !searching && accepted >= MANY_CALLS);
    if (searching) {
      double ratio = limited.perNs() / before;
      searching = (ratio > AGREEMENT || ratio * AGREEMENT < 1) && ++searches < MAX_SEARCHES;
    } else {
      LimitEstimate other = limited == calls ? tokens : calls;
      if (other.isSteadierThan(limited, STEADIER)) {
        limited = other;
      }
    }
    return true;
  }

  private void estimate(double ns, boolean precise) {
    calls.estimate(ns, precise);
    tokens.estimate(ns, precise);
    calls.atLeast(LEAST_PER_NS);
    if (limited.perNs() <= 0) {
      limited = calls;
    }
  }

  private void mark(long nowNs) {
    olderMarkNs = recentMarkNs;
    recentMarkNs = nowNs;
    olderIdleNs = recentIdleNs;
    recentIdleNs = idleNs;
    calls.mark();
    tokens.mark();
  }

  private void markAnew(long nowNs) {
    olderMarkNs = nowNs;
    recentMarkNs = nowNs;
    olderIdleNs = idleNs;
    recentIdleNs = idleNs;
    calls.markAnew();
    tokens.markAnew();
  }

  private boolean isToBeTold() {
    double limit = limitPerMinute() / MINUTE_NS;
    boolean ofTokens = isOfTokens();
    if (ofTokens == toldOfTokens && Math.abs(limit - told) <= told * TELLING) {
      return false;
    }
    told = limit;
    toldOfTokens = ofTokens;
    return true;
  }

  /** Whether a start would have to wait, or what was learned is not old. */
  boolean isBinding(long nowNs) {
    return everStarted && (nowNs < arrivalNs || (known && nowNs - cutNs < MEMORY_NS));
  }

  /** Whether the limit is known to be on tokens, as far as can be seen. */
  boolean isOfTokens() {
    return isToldToBind() ? isToldOfTokens() : known && limited == tokens;
  }

  private boolean isToldOfTokens() {
    return toldTokens > 0 && (toldCalls == 0 || meanTokens * toldCalls > toldTokens);
  }

  /** Whether what was told is less than what is known otherwise, for the mean call. */
  private boolean isToldToBind() {
    if (!isSought()) {
      return true;
    }
    double toldNs = Math.max(inverse(toldCalls), meanTokens * inverse(toldTokens));
    double knownNs = (limited == tokens ? meanTokens : 1) * inverse(limited.perNs());
    return known && toldNs > 0 && toldNs >= knownNs;
  }

  private static double inverse(double perNs) {
    return perNs > 0 ? 1 / perNs : 0;
  }

  /** The limit, told or learned, a minute; 0 while nothing is known. */
  double limitPerMinute() {
    if (isToldToBind()) {
      return (isToldOfTokens() ? toldTokens : toldCalls) * MINUTE_NS;
    }
    return known ? limited.perNs() * MINUTE_NS : 0;
  }

  /** The pace now, a minute, in what is limited. */
  double perMinute(PacePolicy policy) {
    return (isOfTokens() ? meanTokens : 1) / evenIntervalNs(policy, meanTokens) * MINUTE_NS;
  }

  /** The time between two starts of the mean call, when nothing but the pace holds them up. */
  double meanIntervalNs(PacePolicy policy) {
    double toldNs = toldIntervalNs(policy, meanTokens);
    if (!isSought()) {
      return toldNs;
    }
    double perCall = known ? calls.perNs() : (double) policy.firstPerMinute() / MINUTE_NS;
    return Math.max(toldNs, 1 / (perCall * factor(policy)));
  }
}
