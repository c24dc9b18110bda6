package io.headgate.bench.ratios;

import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A row of the table: ours against a reference, and the bar.
 *
 * @param name of the row
 * @param ours our figure
 * @param reference what it is divided by, or null: then our figure is held against the bar as it is
 * @param bar what the ratio has to meet, or NaN: the row is shown, and never missed
 * @param atMost whether the ratio must be at most the bar, or at least
 * @param unit of both figures
 */
record Row(
    String name, Figure ours, @Nullable Figure reference, double bar, boolean atMost, String unit) {
  static Row atMost(String name, Figure ours, Figure reference, double bar, String unit) {
    return new Row(name, ours, reference, bar, true, unit);
  }

  static Row atLeast(String name, Figure ours, Figure reference, double bar, String unit) {
    return new Row(name, ours, reference, bar, false, unit);
  }

  static Row absolute(String name, Figure ours, double bar, String unit) {
    return new Row(name, ours, null, bar, true, unit);
  }

  static Row shown(String name, Figure ours, Figure reference, String unit) {
    return new Row(name, ours, reference, Double.NaN, true, unit);
  }

  boolean hasBar() {
    return !Double.isNaN(bar);
  }

  /** Whether this ratio is good enough. */
  boolean isMetBy(double ratio) {
    return !hasBar() || (atMost ? ratio <= bar : ratio >= bar);
  }

  Stream<Probe> probes() {
    return reference == null ? ours.probes() : Stream.concat(ours.probes(), reference.probes());
  }
}
