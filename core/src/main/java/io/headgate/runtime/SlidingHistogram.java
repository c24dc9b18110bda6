package io.headgate.runtime;

import io.headgate.Snapshot.Quantiles;
import java.time.Duration;
import org.HdrHistogram.Histogram;

/**
 * Durations of the last ten to twenty seconds, within 1 %: two HdrHistograms of two digits from 1
 * µs to a day, of which the older is emptied every ten seconds. About 30 KiB. One writer.
 */
final class SlidingHistogram {
  static final long HALF_NS = 10_000_000_000L;
  private static final long NS_PER_US = 1_000;
  private static final long MAX_US = 86_400_000_000L;
  private static final int DIGITS = 2;

  private Histogram current = new Histogram(MAX_US, DIGITS);
  private Histogram previous = new Histogram(MAX_US, DIGITS);
  private long turnNs;

  void record(long ns, long nowNs) {
    turn(nowNs);
    current.recordValue(Math.clamp(ns / NS_PER_US, 0, MAX_US));
  }

  private void turn(long nowNs) {
    long half = nowNs / HALF_NS;
    if (half != turnNs) {
      Histogram old = previous;
      previous = current;
      current = old;
      current.reset();
      if (half > turnNs + 1) {
        previous.reset();
      }
      turnNs = half;
    }
  }

  /** A copy of what is there, for another thread to read. */
  Histogram copy(long nowNs) {
    turn(nowNs);
    Histogram sum = previous.copy();
    sum.add(current);
    return sum;
  }

  static Quantiles quantiles(Histogram histogram) {
    return histogram.getTotalCount() == 0
        ? Quantiles.NONE
        : new Quantiles(
            histogram.getTotalCount(),
            at(histogram, 50),
            at(histogram, 99),
            at(histogram, 99.9),
            Duration.ofNanos(histogram.getMaxValue() * NS_PER_US));
  }

  private static Duration at(Histogram histogram, double percentile) {
    return Duration.ofNanos(histogram.getValueAtPercentile(percentile) * NS_PER_US);
  }
}
