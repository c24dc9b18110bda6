package io.headgate;

import java.util.Arrays;

/** Times by which something was late, in nanoseconds, and their quantiles. One thread. */
final class Lateness {
  private static final double NANOS_PER_MILLI = 1e6;

  private final String what;
  private long[] nanos = new long[16];
  private int count;

  Lateness(String what) {
    this.what = what;
  }

  void add(long lateNanos) {
    if (count == nanos.length) {
      nanos = Arrays.copyOf(nanos, 2 * count);
    }
    nanos[count++] = lateNanos;
  }

  int count() {
    return count;
  }

  /** The smallest sample that so many percent of all do not exceed. */
  double millis(double percent) {
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    int rank = (int) Math.ceil(percent / 100 * count);
    return sorted[Math.max(0, rank - 1)] / NANOS_PER_MILLI;
  }

  double medianMillis() {
    return millis(50);
  }

  double maxMillis() {
    return millis(100);
  }

  @Override
  public String toString() {
    return "%s: n=%d min=%.2f p50=%.2f p99=%.2f max=%.2f ms"
        .formatted(what, count, millis(0), medianMillis(), millis(99), maxMillis());
  }
}
