package io.headgate.engine;

import io.headgate.CallClass;
import io.headgate.ConcurrencyPolicy;

/**
 * How many calls of a target may run at once; the rule is {@link ConcurrencyPolicy}'s. Calls are
 * looked at in windows. The mean of the logarithms of their normalised times, against the base, is
 * the slowdown; as many as ran at once over that is what the target carries (Little). Says what is
 * to be done, and leaves doing it to the engine. Not thread-safe.
 */
final class AdaptiveLimit {
  /** Calls of a window: as many as run at once, within these bounds. */
  private static final int FEWEST_CALLS = 20;

  private static final int MOST_CALLS = 64;

  /** Beyond which calls count as slowed down. */
  private static final double SLOW = 1.2;

  /** Below which they count as fast. */
  private static final double FAST = 1.08;

  /** How far the limit lies above what is carried, so that the target is never idle. */
  private static final double HEADROOM = 1.15;

  private static final double GROWTH = 1.25;
  private static final double GROWTH_AGAIN = 1.5;

  /** Of the limit, what must have run at once before it grows. */
  private static final double PRESSED = 0.8;

  /** Of the limit, what runs at once while the base is looked for. */
  private static final double PROBE = 0.6;

  /** Of the limit, below which nothing is congested. */
  private static final double EASY = 0.5;

  private static final double DRIFT = 0.1;

  /** Standard errors of a window's mean by which it must lie below the base to lower it. */
  private static final double SIGNIFICANT = 2;

  /** Of the variance of single calls, what a further window counts. */
  private static final double OF_VARIANCE = 0.1;

  /** Rejections that are no sign of congestion, as a share of all calls. */
  private static final double FEW_REJECTED = 0.05;

  private static final double BACK_OFF = 0.8;

  /** Windows of slow calls in a row that no smaller limit has helped against. */
  private static final int IN_VAIN = 6;

  private final CallShape shape = new CallShape();

  /** Permits; 0 before the first call. */
  private double limit;

  /** The logarithm of normalised nanoseconds without congestion. */
  private double base;

  private boolean baseKnown;

  /** What is carried and slowed down by, at the last window. */
  private double slowdown = 1;

  private int calls;
  private double logs;
  private double squares;
  private double beside;

  /** Of the logarithms of single calls. */
  private double variance = 0.25;

  private int rejected;

  /** Of calls that started since the limit was last changed. */
  private long changedNs;

  private int freshCalls;
  private double freshLogs;
  private double freshBeside;
  private int growths;
  private int slowWindows;

  /** The share of rejections that fewer calls have not helped against. */
  private double rejectedAnyway;

  private boolean probing;
  private double probeLimit;
  private long probeFromNs;
  private long probedNs;
  private int probeCalls;
  private double probeLogs;
  private int probeRejected;

  /** Permits now. */
  int permits(ConcurrencyPolicy policy) {
    if (!policy.isOn()) {
      return Integer.MAX_VALUE;
    }
    double now = limit == 0 ? policy.first() : probing ? probeLimit : limit;
    return (int) Math.max(policy.least(), StrictMath.rint(now));
  }

  /** By how much calls are slowed down, as far as is known; 1 for not at all. */
  double slowdown() {
    return slowdown;
  }

  /**
   * An attempt has ended.
   *
   * @param besides how many ran at once when it started, itself included
   * @param tokens of its output
   * @return whether the limit has changed
   */
  boolean ended(
      ConcurrencyPolicy policy,
      int max,
      CallClass end,
      long startedNs,
      int besides,
      long tokens,
      long nowNs) {
    if (!policy.isOn()) {
      return false;
    }
    if (limit == 0) {
      limit = policy.first();
      probedNs = nowNs;
      changedNs = startedNs;
    }
    boolean isRejected = end == CallClass.REJECTED || end == CallClass.UNAVAILABLE;
    boolean isTimed =
        end == CallClass.OK || end == CallClass.BAD_ANSWER || end == CallClass.TIMED_OUT;
    if (!isRejected && !isTimed) {
      return false;
    }
    double before = permits(policy);
    double ns = Math.max(1.0, (double) (nowNs - startedNs));
    double log = isTimed ? StrictMath.log(ns / shape.of(tokens)) : 0;
    if (end != CallClass.TIMED_OUT && isTimed) {
      shape.add(tokens, ns, slowdown);
    }
    if (probing && startedNs >= probeFromNs) {
      probeCalls += isTimed ? 1 : 0;
      probeLogs += log;
      probeRejected += isRejected ? 1 : 0;
    }
    if (isTimed) {
      calls++;
      logs += log;
      squares += log * log;
      beside += besides;
      if (startedNs >= changedNs) {
        freshCalls++;
        freshLogs += log;
        freshBeside += besides;
      }
    } else {
      rejected++;
    }
    if (probing) {
      endProbe(policy, max, nowNs);
    } else if (calls + rejected >= windowCalls()) {
      endWindow(policy, max, nowNs);
    }
    return permits(policy) != before;
  }

  private int windowCalls() {
    return (int) Math.clamp(limit, FEWEST_CALLS, MOST_CALLS);
  }

  private void endWindow(ConcurrencyPolicy policy, int max, long nowNs) {
    double share = (double) rejected / (calls + rejected);
    if (share > rejectedAnyway + FEW_REJECTED) {
      double ran = calls == 0 ? limit : beside / calls;
      change(policy, max, Math.min(limit, ran) * BACK_OFF, nowNs);
      slowWindows++;
      forgetWindow();
      probeIfDue(policy, nowNs);
      return;
    }
    if (calls == 0) {
      forgetWindow();
      return;
    }
    double mean = logs / calls;
    double ran = beside / calls;
    double ofWindow = Math.max(0, squares / calls - mean * mean) * calls / Math.max(1, calls - 1);
    variance += OF_VARIANCE * (ofWindow - variance);
    double error = StrictMath.sqrt(variance / calls);
    if (!baseKnown) {
      base = mean;
      baseKnown = true;
    } else if (mean < base - SIGNIFICANT * error) {
      base = mean + error; // else the base would follow the luckiest windows
    } else if (ran < EASY * limit) {
      base += DRIFT * (mean - base);
    }
    slowdown = Math.max(1, StrictMath.exp(mean - base));
    if (slowdown > SLOW) {
      slowWindows++;
      growths = 0;
      double carried = ran / slowdown;
      change(policy, max, Math.min(limit, HEADROOM * carried), nowNs);
      forgetWindow();
    } else {
      slowWindows = 0;
      grow(policy, max, nowNs);
      forgetWindow();
    }
    probeIfDue(policy, nowNs);
  }

  // Only by calls that have run under this limit already.
  private void grow(ConcurrencyPolicy policy, int max, long nowNs) {
    if (freshCalls < windowCalls()) {
      return;
    }
    boolean pressed = freshBeside / freshCalls > PRESSED * limit;
    boolean fast = freshLogs / freshCalls - base < StrictMath.log(FAST);
    if (pressed && fast) {
      double growth = growths++ == 0 ? GROWTH : GROWTH_AGAIN;
      change(policy, max, limit * growth, nowNs);
    } else {
      growths = 0;
      freshCalls = 0;
      freshLogs = 0;
      freshBeside = 0;
    }
  }

  private void change(ConcurrencyPolicy policy, int max, double to, long nowNs) {
    limit = Math.clamp(to, Math.min((double) policy.least(), max), max);
    changedNs = nowNs;
    freshCalls = 0;
    freshLogs = 0;
    freshBeside = 0;
  }

  private void forgetWindow() {
    calls = 0;
    logs = 0;
    squares = 0;
    beside = 0;
    rejected = 0;
  }

  // ---- a look at latency without congestion

  private void probeIfDue(ConcurrencyPolicy policy, long nowNs) {
    boolean due = nowNs - probedNs >= policy.probeEveryNanos();
    if (baseKnown && (due || slowWindows >= IN_VAIN)) {
      probing = true;
      probeLimit = Math.max(policy.least(), PROBE * limit);
      probeFromNs = nowNs;
      probeCalls = 0;
      probeLogs = 0;
      probeRejected = 0;
    }
  }

  private void endProbe(ConcurrencyPolicy policy, int max, long nowNs) {
    int all = probeCalls + probeRejected;
    if (all < Math.min(windowCalls(), 4 * probeLimit)) {
      return;
    }
    probing = false;
    probedNs = nowNs;
    slowWindows = 0;
    rejectedAnyway = (double) probeRejected / all;
    if (probeCalls > 0) {
      double found = probeLogs / probeCalls;
      double raised = StrictMath.exp(found - base);
      base = found;
      if (raised > 1) {
        limit = Math.min(limit * raised, max); // what was taken for congestion was none
      }
    }
    slowdown = 1;
    change(policy, max, limit, nowNs);
    forgetWindow();
  }

  @Override
  public String toString() {
    return "limit "
        + limit
        + " base "
        + StrictMath.exp(base) / 1e6
        + " slowdown "
        + slowdown
        + " probing "
        + probing
        + " k "
        + shape.of(100);
  }
}
