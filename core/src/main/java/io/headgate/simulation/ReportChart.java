package io.headgate.simulation;

import io.headgate.simulation.SimulationReport.Interval;
import io.headgate.simulation.SimulationReport.Span;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** A report's time line as four panels of one SVG image, each with an axis of its own. */
final class ReportChart {
  private static final int WIDTH = 760;
  private static final int PANEL = 150;
  private static final int LEFT = 60;
  private static final int RIGHT = 16;
  private static final int TOP = 26;
  private static final int GAP = 22;
  private static final double SECOND_NS = 1e9;

  private record Line(String name, String colour, ToDoubleFunction<Interval> value) {}

  private final SimulationReport report;
  private final StringBuilder svg = new StringBuilder();

  ReportChart(SimulationReport report) {
    this.report = report;
  }

  String svg() {
    List<List<Line>> panels =
        List.of(
            List.of(
                new Line("jobs arriving /s", "#8a8f98", Interval::arrived),
                new Line("jobs finished in time /s", "#0f766e", Interval::goodput)),
            List.of(new Line("submissions refused /s", "#b45309", Interval::refused)),
            List.of(
                new Line("waiting", "#1d4ed8", Interval::waiting),
                new Line("in flight", "#7c3aed", Interval::inFlight)),
            List.of(
                new Line(
                    "p99 from admission to end, s",
                    "#be123c",
                    i -> i.p99().toNanos() / SECOND_NS)));
    int height = panels.size() * (PANEL + GAP) + GAP;
    write(
        ("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\""
                + " aria-label=\"what came of the simulation, over time\""
                + " font-family=\"sans-serif\" font-size=\"12\">\n"
                + "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>")
            .formatted(WIDTH, height, WIDTH, height));
    for (int i = 0; i < panels.size(); i++) {
      panel(panels.get(i), i * (PANEL + GAP));
    }
    write(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#444\">%s s</text>"
            .formatted(WIDTH - RIGHT, height - 6, number(seconds(report.length().toNanos()))));
    return svg.append("</svg>\n").toString();
  }

  private void panel(List<Line> lines, int top) {
    double max =
        lines.stream()
            .flatMapToDouble(line -> report.timeline().stream().mapToDouble(line.value))
            .max()
            .orElse(0);
    double scale = max == 0 ? 1 : max;
    report.trouble().ifPresent(span -> shade(span, top));
    int bottom = top + PANEL;
    write(
        "<path d=\"M%d %dV%dH%d\" fill=\"none\" stroke=\"#bbb\"/>"
            .formatted(LEFT, top + TOP, bottom, WIDTH - RIGHT));
    write(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#444\">%s</text>"
            .formatted(LEFT - 6, top + TOP + 4, number(scale)));
    write(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#444\">0</text>"
            .formatted(LEFT - 6, bottom));
    int legend = LEFT;
    for (Line line : lines) {
      write(
          "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>"
              .formatted(legend, top + TOP - 8, line.colour, line.name));
      legend += 7 * line.name.length() + 24;
      line(line, top, scale);
    }
  }

  private void shade(Span span, int top) {
    double from = x(seconds(span.from().toNanos()));
    double to = Math.min(WIDTH - RIGHT, x(seconds(span.to().toNanos())));
    if (to > from) {
      write(
          "<rect x=\"%s\" y=\"%d\" width=\"%s\" height=\"%d\" fill=\"#fef3c7\"/>"
              .formatted(number(from), top + TOP, number(to - from), PANEL - TOP));
    }
  }

  private void line(Line line, int top, double scale) {
    var points = new StringBuilder();
    for (Interval interval : report.timeline()) {
      double y = top + PANEL - line.value.applyAsDouble(interval) / scale * (PANEL - TOP);
      points
          .append(points.isEmpty() ? "" : " ")
          .append(number(x(seconds(interval.from().toNanos()))))
          .append(',')
          .append(number(y));
    }
    write(
        "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" points=\"%s\"/>"
            .formatted(line.colour, points));
  }

  private double x(double seconds) {
    double length = Math.max(1e-9, seconds(report.length().toNanos()));
    return LEFT + seconds / length * (WIDTH - LEFT - RIGHT);
  }

  private static double seconds(long ns) {
    return ns / SECOND_NS;
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value >= 100 ? "%.0f" : "%.2f", value);
  }

  private void write(String line) {
    svg.append(line).append('\n');
  }
}
