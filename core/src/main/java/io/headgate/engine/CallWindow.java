package io.headgate.engine;

import io.headgate.BreakerPolicy;
import io.headgate.engine.HeardMemory.Tenth;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

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
    add(policy.windowNanos(), nowNs, failed, wasSlow);
    for (long old = tenth - TENTHS + 1; allCalls > policy.windowCalls() && old < tenth; old++) {
      if (old >= 0) {
        forget(placeOf(old));
      }
    }
  }

  /** The same, of a window that holds any number of calls. */
  void add(long windowNs, long nowNs, boolean failed, boolean wasSlow) {
    add(windowNs, nowNs, 1, failed ? 1 : 0, wasSlow ? 1 : 0);
  }

  private void add(long windowNs, long nowNs, int moreCalls, int moreFailures, int moreSlow) {
    turn(windowNs, nowNs);
    int at = placeOf(tenth);
    calls[at] += moreCalls;
    allCalls += moreCalls;
    failures[at] += moreFailures;
    allFailures += moreFailures;
    slow[at] += moreSlow;
    allSlow += moreSlow;
  }

  /** What it knows, to go on from. */
  List<Tenth> tenths(long windowNs, long nowNs) {
    List<Tenth> known = new ArrayList<>();
    for (long each = tenth - TENTHS + 1; each <= tenth; each++) {
      int at = placeOf(each);
      if (calls[at] > 0) {
        long untilNs = Math.min(nowNs, (each + 1) * tenthNs(windowNs) - 1);
        known.add(new Tenth(untilNs, calls[at], failures[at], slow[at]));
      }
    }
    return known;
  }

  /** Goes on from that, but for what is too old. */
  void goOn(List<Tenth> known, long windowNs, long nowNs) {
    for (int i = 0; i < known.size(); i++) {
      Tenth each = known.get(i);
      long untilNs = Math.min(nowNs, each.untilNs());
      add(windowNs, untilNs, each.calls(), each.failures(), each.slow());
    }
    turn(windowNs, nowNs);
  }

  /** Forgets what is older than the window. */
  void turn(long windowNs, long nowNs) {
    long now = Math.floorDiv(nowNs, tenthNs(windowNs));
    if (now - tenth >= TENTHS || now < tenth) { // long idle, or counted in tenths of other length
      clear();
    } else {
      for (long next = tenth + 1; next <= now; next++) {
        forget(placeOf(next));
      }
    }
    tenth = now;
  }

  /** When something may be forgotten next. */
  long nextTurnNs(long windowNs) {
    return (tenth + 1) * tenthNs(windowNs);
  }

  private static long tenthNs(long windowNs) {
    return Math.max(1, windowNs / TENTHS);
  }

  private static int placeOf(long tenth) {
    return Math.floorMod(tenth, TENTHS);
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
