package io.headgate.engine;

import io.headgate.BreakerPolicy;
import java.util.Arrays;

/**
 * Calls that ended in the last while: how many, how many failed, how many were slow. Counted in
 * tenths of the window.
 */
final class CallWindow {
  private static final int TENTHS = 10;

  private final int[] calls = new int[TENTHS];
  private final int[] failures = new int[TENTHS];
  private final int[] slow = new int[TENTHS];
  private long tenth;
  private int allCalls;
  private int allFailures;
  private int allSlow;

  void add(BreakerPolicy policy, long nowNs, boolean failed, boolean wasSlow) {
    turn(policy, nowNs);
    int at = (int) (tenth % TENTHS);
    calls[at]++;
    allCalls++;
    if (failed) {
      failures[at]++;
      allFailures++;
    }
    if (wasSlow) {
      slow[at]++;
      allSlow++;
    }
    for (long old = tenth - TENTHS + 1; allCalls > policy.windowCalls() && old < tenth; old++) {
      if (old >= 0) {
        forget((int) (old % TENTHS));
      }
    }
  }

  private void turn(BreakerPolicy policy, long nowNs) {
    long now = nowNs / Math.max(1, policy.windowNanos() / TENTHS);
    if (now - tenth >= TENTHS || now < tenth) { // long idle, or counted in tenths of other length
      clear();
    } else {
      for (long next = tenth + 1; next <= now; next++) {
        forget((int) (next % TENTHS));
      }
    }
    tenth = now;
  }

  private void forget(int at) {
    allCalls -= calls[at];
    allFailures -= failures[at];
    allSlow -= slow[at];
    calls[at] = 0;
    failures[at] = 0;
    slow[at] = 0;
  }

  void clear() {
    Arrays.fill(calls, 0);
    Arrays.fill(failures, 0);
    Arrays.fill(slow, 0);
    allCalls = 0;
    allFailures = 0;
    allSlow = 0;
  }

  int calls() {
    return allCalls;
  }

  int failures() {
    return allFailures;
  }

  int slow() {
    return allSlow;
  }
}
