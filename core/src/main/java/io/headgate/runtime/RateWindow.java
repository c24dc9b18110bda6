package io.headgate.runtime;

/**
 * Turns counts since the start into rates over the last ten to twenty seconds, by two marks of what
 * they were. One writer, the dispatcher.
 */
final class RateWindow {
  private static final long LEAST_NS = 1_000_000_000L;
  private static final double NS_PER_S = 1e9;

  private long older;
  private long olderNs;
  private long newer;
  private long newerNs;

  /** Moves the marks at the turn of a half-interval. */
  void mark(long count, long nowNs) {
    older = newer;
    olderNs = newerNs;
    newer = count;
    newerNs = nowNs;
  }

  /** Per second; what happened in less than the first second counts as a second's. */
  double perSecond(long count, long nowNs) {
    return (count - older) * NS_PER_S / Math.max(LEAST_NS, nowNs - olderNs);
  }
}
