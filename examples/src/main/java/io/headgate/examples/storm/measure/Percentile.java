package io.headgate.examples.storm.measure;

import java.util.List;

/** Percentiles of some thousand values, exact: sorted and picked. */
final class Percentile {
  private Percentile() {}

  /** The value that {@code quantile} of all are at or below, in milliseconds; NaN of nothing. */
  static double millis(List<Long> nanos, double quantile) {
    if (nanos.isEmpty()) {
      return Double.NaN;
    }
    var sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
    int rank = (int) Math.ceil(quantile * sorted.length);
    return sorted[Math.clamp(rank - 1, 0, sorted.length - 1)] / 1e6;
  }
}
