package io.headgate.runtime;

import io.headgate.Snapshot.Quantiles;
import java.time.Duration;
import org.HdrHistogram.AbstractHistogram;
import org.HdrHistogram.IntCountsHistogram;
import org.jspecify.annotations.Nullable;

/**
 * Durations of the last ten to twenty seconds, within 1 %, from 1 µs to a day: two HdrHistograms of
 * two digits, of which the older is emptied at each turn of a half-interval.
 *
 * <p>One writer. Each half takes 1 KiB when it is made and grows with the largest duration that it
 * saw: 9 KiB up to 16 seconds, 15 KiB up to an hour, 17 KiB up to a day. A snapshot borrows both
 * halves; only when one that was lent is written again is it copied (some microseconds), so that a
 * snapshot does not hold the writer up. Otherwise nothing is allocated once a half has its size.
 */
final class SlidingHistogram {
  private static final long NS_PER_US = 1_000;
  private static final long MAX_US = 86_400_000_000L;
  private static final int DIGITS = 2;

  /** Both halves at one moment: nobody writes them any more. */
  record Lent(@Nullable IntCountsHistogram current, @Nullable IntCountsHistogram previous) {
    Quantiles quantiles() {
      IntCountsHistogram one = current == null ? previous : current;
      if (current != null && previous != null) {
        one = make();
        one.add(previous);
        one.add(current);
      }
      return one == null || one.getTotalCount() == 0 ? Quantiles.NONE : of(one);
    }

    private static Quantiles of(AbstractHistogram histogram) {
      return new Quantiles(
          histogram.getTotalCount(),
          at(histogram, 50),
          at(histogram, 99),
          at(histogram, 99.9),
          Duration.ofNanos(histogram.getMaxValue() * NS_PER_US));
    }

    private static Duration at(AbstractHistogram histogram, double percentile) {
      return Duration.ofNanos(histogram.getValueAtPercentile(percentile) * NS_PER_US);
    }
  }

  private @Nullable IntCountsHistogram current;
  private @Nullable IntCountsHistogram previous;
  private boolean currentLent;
  private boolean previousLent;
  private long half;

  private static IntCountsHistogram make() {
    var histogram = new IntCountsHistogram(DIGITS);
    histogram.setAutoResize(true);
    return histogram;
  }

  /**
   * Records so many of one duration.
   *
   * @param half number of the half-interval, never smaller than the one before
   */
  void record(long ns, long count, long half) {
    turn(half);
    IntCountsHistogram histogram = current;
    if (histogram == null) {
      histogram = make();
    } else if (currentLent) {
      histogram = histogram.copy();
    }
    current = histogram;
    currentLent = false;
    histogram.recordValueWithCount(Math.clamp(ns / NS_PER_US, 0, MAX_US), count);
  }

  private void turn(long half) {
    if (half == this.half) {
      return;
    }
    boolean adjacent = half == this.half + 1;
    this.half = half;
    IntCountsHistogram old = emptied(previous, previousLent);
    previous = adjacent ? current : emptied(current, currentLent);
    previousLent = adjacent && currentLent;
    current = old;
    currentLent = false;
  }

  private static @Nullable IntCountsHistogram emptied(
      @Nullable IntCountsHistogram histogram, boolean lent) {
    if (histogram == null || lent) {
      return null;
    }
    histogram.reset();
    return histogram;
  }

  /** Lends both halves to another thread. */
  Lent lend(long half) {
    turn(half);
    currentLent = current != null;
    previousLent = previous != null;
    return new Lent(current, previous);
  }

  /** Hands what is in it to another keeper of durations. */
  void pourInto(int kind, DurationSink sink, long half) {
    turn(half);
    pour(previous, kind, sink, half);
    pour(current, kind, sink, half);
  }

  private static void pour(
      @Nullable IntCountsHistogram histogram, int kind, DurationSink sink, long half) {
    if (histogram != null) {
      for (var value : histogram.recordedValues()) {
        sink.record(
            kind, value.getValueIteratedTo() * NS_PER_US, value.getCountAtValueIteratedTo(), half);
      }
    }
  }

  /** Forgets everything, so that somebody else can use it. */
  void clear() {
    current = emptied(current, currentLent);
    previous = emptied(previous, previousLent);
    currentLent = false;
    previousLent = false;
  }
}
