package io.headgate.engine;

/** When the last few things of a kind happened. Not thread-safe. */
final class RecentTimes {
  private final long[] times;
  private int next;
  private int count;

  /** Remembers so many. */
  RecentTimes(int size) {
    times = new long[size];
  }

  void add(long nowNs) {
    times[next] = nowNs;
    next = (next + 1) % times.length;
    count = Math.min(count + 1, times.length);
  }

  void clear() {
    count = 0;
  }

  /** Whether the n-th last of them, n at most the size, was not before then. */
  boolean hasSince(int n, long sinceNs) {
    return n <= count && times[Math.floorMod(next - n, times.length)] >= sinceNs;
  }
}
