package io.headgate.examples.storm.provider;

import java.util.concurrent.atomic.AtomicLong;

/** Requests a second with a burst, as a virtual schedule (GCRA). */
final class RateLimit {
  private final long spacingNanos;
  private final long burstNanos;
  private final AtomicLong nextNanos;

  RateLimit(double perSecond, int burst, long nowNanos) {
    this.spacingNanos = (long) (1e9 / perSecond);
    this.burstNanos = spacingNanos * burst;
    this.nextNanos = new AtomicLong(nowNanos - burstNanos);
  }

  /** 0 when the request may pass, else in how many nanoseconds it might. */
  long take(long nowNanos) {
    while (true) {
      long next = nextNanos.get();
      long earliest = Math.max(next, nowNanos - burstNanos);
      if (earliest + spacingNanos > nowNanos) {
        return earliest + spacingNanos - nowNanos;
      }
      if (nextNanos.compareAndSet(next, earliest + spacingNanos)) {
        return 0;
      }
    }
  }
}
