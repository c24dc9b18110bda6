package io.headgate.examples.storm.report;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Lines over the time of a run, as inline SVG, coloured by the style sheet around it.
 *
 * @param title what is shown
 * @param unit of the vertical axis
 * @param seconds length of the horizontal axis
 * @param surgeStart where the shade begins, in seconds
 * @param surgeEnd and where it ends
 */
record Chart(
    String title,
    String unit,
    double seconds,
    double surgeStart,
    double surgeEnd,
    List<Line> lines) {
  /**
   * One line.
   *
   * @param name in the legend
   * @param style its class in the style sheet
   * @param points in the order of time; a NaN breaks the line
   */
  record Line(String name, String style, List<Point> points) {}

  record Point(double seconds, double value) {}

  private static final int WIDTH = 620;
  private static final int HEIGHT = 264;
  private static final int LEFT = 62;
  private static final int RIGHT = 14;
  private static final int TOP = 34;
  private static final int BOTTOM = 46;
  private static final int STEPS = 4;

  String svg() {
    double step = step();
    double top = step * STEPS;
    var svg = new StringBuilder();
    svg.append(
        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n"
            .formatted(WIDTH, HEIGHT, Html.escape(title)));
    svg.append(
        "<rect class=\"surge\" x=\"%s\" y=\"%d\" width=\"%s\" height=\"%d\"/>\n"
            .formatted(n(x(surgeStart)), TOP, n(x(surgeEnd) - x(surgeStart)), plotHeight()));
    svg.append(text("surge-label", (x(surgeStart) + x(surgeEnd)) / 2, TOP - 4, "surge + outage"));
    for (int i = 0; i <= STEPS; i++) {
      double y = y(i * step, top);
      svg.append(
          "<line class=\"grid\" x1=\"%d\" y1=\"%s\" x2=\"%d\" y2=\"%s\"/>\n"
              .formatted(LEFT, n(y), WIDTH - RIGHT, n(y)));
      svg.append(text("tick right", LEFT - 6, y + 4, tick(i * step)));
    }
    for (int s = 0; s <= seconds; s += 5) {
      svg.append(text("tick", x(s), HEIGHT - BOTTOM + 17, String.valueOf(s)));
    }
    svg.append(
        text("axis", LEFT + plotWidth() / 2.0, HEIGHT - 8, "seconds since the start of the arm"));
    svg.append(text("axis left", 4, 14, unit));
    lines.forEach(line -> svg.append(path(line, top)));
    svg.append(hovers());
    return svg.append("</svg>\n").toString();
  }

  private String path(Line line, double top) {
    var path = new StringBuilder();
    boolean drawing = false;
    for (var point : line.points()) {
      if (Double.isNaN(point.value())) {
        drawing = false;
      } else {
        path.append(drawing ? 'L' : 'M').append(n(x(point.seconds()))).append(' ');
        path.append(n(y(point.value(), top))).append(' ');
        drawing = true;
      }
    }
    return "<path class=\"line %s\" d=\"%s\"/>\n".formatted(line.style(), path.toString().strip());
  }

  /** The values of each second as a tooltip, without a line of script. */
  private String hovers() {
    return IntStream.range(0, (int) Math.ceil(seconds))
        .mapToObj(
            s -> {
              var values =
                  lines.stream()
                      .map(line -> line.name() + ": " + valueAt(line, s + 0.5))
                      .collect(Collectors.joining("\n"));
              return "<rect class=\"hover\" x=\"%s\" y=\"%d\" width=\"%s\" height=\"%d\"><title>%d s\n%s</title></rect>\n"
                  .formatted(
                      n(x(s)),
                      TOP,
                      n(x(Math.min(seconds, s + 1)) - x(s)),
                      plotHeight(),
                      s,
                      Html.escape(values));
            })
        .collect(Collectors.joining());
  }

  private static String valueAt(Line line, double seconds) {
    double nearest = Double.NaN;
    double distance = 0.6;
    for (var point : line.points()) {
      if (Math.abs(point.seconds() - seconds) < distance) {
        distance = Math.abs(point.seconds() - seconds);
        nearest = point.value();
      }
    }
    return Double.isNaN(nearest) ? "-" : tick(nearest);
  }

  /** 1, 2, 2.5 or 5 times a power of ten, so that four of them hold every value. */
  private double step() {
    double max =
        lines.stream()
            .flatMap(line -> line.points().stream())
            .mapToDouble(Point::value)
            .filter(Double::isFinite)
            .max()
            .orElse(1);
    double least = Math.max(max, 1e-3) / STEPS;
    double power = Math.pow(10, Math.floor(Math.log10(least)));
    for (double nice : new double[] {1, 2, 2.5, 5}) {
      if (nice * power >= least * 0.9999) {
        return nice * power;
      }
    }
    return 10 * power;
  }

  private static String tick(double value) {
    if (value >= 1e6) {
      return trim(value / 1e6) + " M";
    }
    return value >= 10_000 ? trim(value / 1e3) + " k" : trim(value);
  }

  private static String trim(double value) {
    var text = String.format(Locale.ROOT, "%.2f", value);
    return text.replaceAll("\\.?0+$", "");
  }

  private static String text(String style, double x, double y, String text) {
    return "<text class=\"%s\" x=\"%s\" y=\"%s\">%s</text>\n"
        .formatted(style, n(x), n(y), Html.escape(text));
  }

  private double x(double atSeconds) {
    return LEFT + plotWidth() * atSeconds / seconds;
  }

  private static double y(double value, double top) {
    return HEIGHT - BOTTOM - plotHeight() * Math.min(value, top) / top;
  }

  private static int plotWidth() {
    return WIDTH - LEFT - RIGHT;
  }

  private static int plotHeight() {
    return HEIGHT - TOP - BOTTOM;
  }

  private static String n(double number) {
    return String.format(Locale.ROOT, "%.1f", number);
  }
}
