package io.headgate.examples.storm.report;

import io.headgate.examples.storm.measure.ArmResult;
import io.headgate.examples.storm.measure.PolicyLane;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * When each policy acted: a lane for each on the time axis of the charts, a cell for each second,
 * the darker the more it did.
 *
 * @param seconds length of the time axis
 * @param surgeStart where the shade begins, in seconds
 * @param surgeEnd and where it ends
 */
record PolicyLanes(double seconds, double surgeStart, double surgeEnd, List<PolicyLane> lanes) {
  private static final int WIDTH = 1_260;
  private static final int LEFT = 110;
  private static final int RIGHT = 64;
  private static final int TOP = 22;
  private static final int LANE = 26;
  private static final int CELL = 20;
  private static final int BOTTOM = 44;

  /** From nothing to a hundred and more a second. */
  private static final String DENSITY = ".-+*#@";

  static PolicyLanes of(StormReport report, ArmResult arm) {
    double[] surge = report.surgeSeconds();
    return new PolicyLanes(report.seconds(), surge[0], surge[1], arm.policies());
  }

  // ---- as a picture

  String svg() {
    int height = TOP + LANE * lanes.size() + BOTTOM;
    var svg = new StringBuilder();
    svg.append(
        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"When each policy acted\">\n"
            .formatted(WIDTH, height));
    svg.append(
        rect("surge", x(surgeStart), TOP, x(surgeEnd) - x(surgeStart), LANE * lanes.size(), 1)
            + "/>\n");
    svg.append(text("surge-label", (x(surgeStart) + x(surgeEnd)) / 2, TOP - 6, "surge + outage"));
    for (int i = 0; i < lanes.size(); i++) {
      lane(svg, lanes.get(i), TOP + LANE * i);
    }
    for (int s = 0; s <= seconds; s += 5) {
      svg.append(text("tick", x(s), height - BOTTOM + 17, String.valueOf(s)));
    }
    svg.append(
        text(
            "axis",
            (LEFT + WIDTH - RIGHT) / 2.0,
            height - 8,
            "seconds since the start of the arm; a cell is a second, and darker the more was"
                + " done"));
    return svg.append("</svg>\n").toString();
  }

  private void lane(StringBuilder svg, PolicyLane lane, int top) {
    svg.append(text("tick right", LEFT - 8, top + 17, lane.policy()));
    svg.append(
        "<line class=\"grid\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n"
            .formatted(LEFT, top + LANE, WIDTH - RIGHT, top + LANE));
    var counts = lane.perSecond(cells());
    for (int s = 0; s < counts.length; s++) {
      if (counts[s] > 0) {
        double opacity = 0.3 + 0.7 * level(counts[s]) / (DENSITY.length() - 1);
        svg.append(rect("act", x(s), top + 3, x(s + 1) - x(s) - 1, CELL, opacity))
            .append("><title>")
            .append(Html.escape(lane.policy() + ", " + s + " s\n" + what(lane, s)))
            .append("</title></rect>\n");
      }
    }
    svg.append(
        text(
            "tick left",
            WIDTH - RIGHT + 8,
            top + 17,
            String.format(Locale.ROOT, "%,d", lane.total())));
  }

  private String what(PolicyLane lane, int second) {
    return lane.inSecond(second, cells()).entrySet().stream()
        .map(done -> done.getValue() + " x " + done.getKey())
        .collect(Collectors.joining("\n"));
  }

  private static String rect(
      String style, double x, double y, double width, double height, double opacity) {
    return String.format(
        Locale.ROOT,
        "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\""
            + " fill-opacity=\"%.2f\"",
        style,
        x,
        y,
        width,
        height,
        opacity);
  }

  private static String text(String style, double x, double y, String text) {
    return String.format(
        Locale.ROOT,
        "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
        style,
        x,
        y,
        Html.escape(text));
  }

  private double x(double atSeconds) {
    return LEFT + (WIDTH - LEFT - RIGHT) * Math.min(atSeconds, seconds) / seconds;
  }

  private int cells() {
    return (int) Math.ceil(seconds);
  }

  // ---- as text

  /** A line for each lane, in plain ASCII: a character for each second. */
  String text() {
    var text = new StringBuilder();
    for (var lane : lanes) {
      var line = new StringBuilder();
      for (long count : lane.perSecond(cells())) {
        line.append(count == 0 ? ' ' : DENSITY.charAt(level(count)));
      }
      text.append(
          String.format(Locale.ROOT, "%-12s |%s| %,d%n", lane.policy(), line, lane.total()));
    }
    return text.toString();
  }

  /** What the characters of {@link #text} mean. */
  static String legend() {
    return "by the second: . once, - to 3, + 10, * 30, # 100, @ more";
  }

  private static int level(long count) {
    int level = 0;
    for (long bound : new long[] {1, 3, 10, 30, 100}) {
      level += count > bound ? 1 : 0;
    }
    return level;
  }
}
