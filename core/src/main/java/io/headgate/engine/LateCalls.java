package io.headgate.engine;

/**
 * How many of a target's calls took longer than its budget, from admission to their end, in the
 * last minute: whether their p99 is above it. Not thread-safe.
 */
final class LateCalls {
  /** Of as many calls at the least is there a p99. */
  static final int LEAST = 100;

  private static final long WINDOW_NS = 60_000_000_000L;
  private static final int PERCENT = 100;

  private final CallWindow window = new CallWindow();

  void ended(boolean wasLate, long nowNs) {
    window.add(WINDOW_NS, nowNs, wasLate, false);
  }

  /** Whether more than one in a hundred was late. */
  boolean areMany(long nowNs) {
    window.turn(WINDOW_NS, nowNs);
    int calls = window.calls();
    return calls >= LEAST && (long) window.failures() * PERCENT > calls;
  }

  /** When that may be over though nothing happens. */
  long nextNs() {
    return window.nextTurnNs(WINDOW_NS);
  }
}
