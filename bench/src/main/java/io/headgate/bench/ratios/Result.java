package io.headgate.bench.ratios;

import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * What came of a row.
 *
 * @param reference NaN where the row is absolute
 */
record Result(Row row, double ours, double reference, double ratio, boolean met) {
  static Result of(Row row, ToDoubleFunction<Probe> measured) {
    double ours = row.ours().value(measured);
    Figure against = row.reference();
    double reference = against == null ? Double.NaN : against.value(measured);
    double ratio = against == null ? ours : ours / reference;
    return new Result(row, ours, reference, ratio, row.isMetBy(ratio));
  }

  static final String HEADER =
      String.format(
          Locale.ROOT,
          "%-26s %12s %12s %9s %9s  %s",
          "row",
          "ours",
          "reference",
          "ratio",
          "bar",
          "");

  String line() {
    return String.format(
        Locale.ROOT,
        "%-26s %12s %12s %9s %9s  %s",
        row.name(),
        number(ours) + " " + row.unit(),
        Double.isNaN(reference) ? "-" : number(reference) + " " + row.unit(),
        number(ratio),
        row.hasBar() ? (row.atMost() ? "<= " : ">= ") + number(row.bar()) : "-",
        row.hasBar() ? (met ? "met" : "MISSED") : "");
  }

  String json() {
    return String.format(
        Locale.ROOT,
        "{\"row\":\"%s\",\"ours\":%s,\"reference\":%s,\"ratio\":%s,\"bar\":%s,\"met\":%s}",
        row.name(),
        jsonNumber(ours),
        jsonNumber(reference),
        jsonNumber(ratio),
        jsonNumber(row.bar()),
        met);
  }

  private static String jsonNumber(double number) {
    return Double.isFinite(number) ? String.format(Locale.ROOT, "%.6g", number) : "null";
  }

  private static String number(double number) {
    if (number != 0 && Math.abs(number) < 0.1) {
      return String.format(Locale.ROOT, "%.4f", number);
    }
    return String.format(Locale.ROOT, number >= 1_000 ? "%,.0f" : "%.2f", number);
  }
}
