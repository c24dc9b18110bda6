package io.headgate.engine;

import java.util.Arrays;

/**
 * How many of a target's calls took longer than its budget, from admission to their end, in the
 * last minute: whether their p99 is above it. Counted in tenths of a minute. Not thread-safe.
 */
final class LateCalls {
  /** Of as many calls at the least is there a p99. */
  static final int LEAST = 100;

  private static final int TENTHS = 10;
  private static final long TENTH_NS = 60_000_000_000L / TENTHS;
  private static final int PERCENT = 100;

  private final int[] calls = new int[TENTHS];
  private final int[] late = new int[TENTHS];
  private long tenth;
  private int allCalls;
  private int allLate;

  void ended(boolean wasLate, long nowNs) {
    turn(nowNs);
    int at = Math.floorMod(tenth, TENTHS);
    calls[at]++;
    allCalls++;
    if (wasLate) {
      late[at]++;
      allLate++;
    }
  }

  /** Whether more than one in a hundred was late. */
  boolean areMany(long nowNs) {
    turn(nowNs);
    return allCalls >= LEAST && (long) allLate * PERCENT > allCalls;
  }

  /** When that may be over though nothing happens. */
  long nextNs() {
    return (tenth + 1) * TENTH_NS;
  }

  private void turn(long nowNs) {
    long now = Math.floorDiv(nowNs, TENTH_NS);
    if (now - tenth >= TENTHS) {
      Arrays.fill(calls, 0);
      Arrays.fill(late, 0);
      allCalls = 0;
      allLate = 0;
    } else {
      for (long next = tenth + 1; next <= now; next++) {
        int at = Math.floorMod(next, TENTHS);
        allCalls -= calls[at];
        allLate -= late[at];
        calls[at] = 0;
        late[at] = 0;
      }
    }
    tenth = now;
  }
}
