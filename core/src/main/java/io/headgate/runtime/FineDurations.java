package io.headgate.runtime;

import io.headgate.Snapshot.Quantiles;

/**
 * Durations within 1 %: a {@link SlidingHistogram} for each kind, 30 to 100 KiB in all when each of
 * them is in use.
 */
final class FineDurations implements DurationSink {
  private final SlidingHistogram[] histograms = new SlidingHistogram[KINDS];

  FineDurations() {
    for (int kind = 0; kind < KINDS; kind++) {
      histograms[kind] = new SlidingHistogram();
    }
  }

  /** Three histograms at one moment. */
  private record Triple(
      SlidingHistogram.Lent waiting, SlidingHistogram.Lent running, SlidingHistogram.Lent total)
      implements Lent {
    @Override
    public Quantiles quantiles(int kind) {
      return switch (kind) {
        case WAIT -> waiting.quantiles();
        case RUN -> running.quantiles();
        default -> total.quantiles();
      };
    }
  }

  @Override
  public void record(int kind, long ns, long count, long half) {
    histograms[kind].record(ns, count, half);
  }

  @Override
  public Lent lend(long half) {
    return new Triple(
        histograms[WAIT].lend(half), histograms[RUN].lend(half), histograms[TOTAL].lend(half));
  }

  void pourInto(DurationSink sink, long half) {
    for (int kind = 0; kind < KINDS; kind++) {
      histograms[kind].pourInto(kind, sink, half);
    }
  }

  void clear() {
    for (SlidingHistogram histogram : histograms) {
      histogram.clear();
    }
  }
}
