package io.headgate.replay;

import io.headgate.Refusal;
import io.headgate.journal.Happening;
import io.headgate.journal.Happening.Kind;
import io.headgate.replay.ReportTimeline.Interval;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/** A timeline as one page of HTML: no script, nothing fetched from anywhere. */
final class ReportPage {
  private static final String STYLE =
      """
      :root { color-scheme: light dark; --ink: #1b2430; --page: #fff; --soft: #5a6675;
        --rule: #d9dee5; --a: #1d4ed8; --b: #0f766e; --c: #c2410c; }
      @media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --page: #11161d;
        --soft: #9aa7b6; --rule: #2c3541; --a: #7cb0ff; --b: #5eead4; --c: #fb923c; } }
      body { margin: 0 auto; max-width: 1000px; padding: 20px; background: var(--page);
        color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
      svg { display: block; width: 100%; height: auto; }
      text { fill: var(--soft); font: 12px system-ui, sans-serif; }
      .end { text-anchor: end; } .rule { stroke: var(--rule); fill: none; }
      .line { fill: none; stroke-width: 1.8; }
      .a { stroke: var(--a); } .b { stroke: var(--b); } .c { stroke: var(--c); }
      text.a { fill: var(--a); stroke: none; } text.b { fill: var(--b); stroke: none; }
      text.c { fill: var(--c); stroke: none; } .act { fill: var(--a); }
      td, th { padding: 2px 14px 2px 0; text-align: left; vertical-align: top; }
      """;

  private static final int WIDTH = 960;
  private static final int LEFT = 110;
  private static final int RIGHT = 60;
  private static final int TOP = 24;
  private static final int PLOT = 130;
  private static final int FOOT = 20;
  private static final int LANE = 20;
  private static final List<String> STYLES = List.of("a", "b", "c");

  private record Line(String name, ToDoubleFunction<Tally> value) {}

  private final String journal;
  private final ReportTimeline timeline;
  private final double perMinute;
  private final StringBuilder page = new StringBuilder(64_000);

  private ReportPage(String journal, ReportTimeline timeline) {
    this.journal = journal;
    this.timeline = timeline;
    perMinute = 60.0 / timeline.length().toSeconds();
  }

  /**
   * The page.
   *
   * @param journal what it is called
   */
  static String of(String journal, ReportTimeline timeline) {
    return new ReportPage(journal, timeline).render();
  }

  private String render() {
    page.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append("<title>Headgate's journal</title>\n<style>\n")
        .append(STYLE)
        .append("</style>\n</head>\n<body>\n<h1>Headgate's journal</h1>\n");
    totals();
    chart(
        "Let in, tried and failed, a minute",
        new Line("tasks let in", tally -> tally.admitted * perMinute),
        new Line("attempts", tally -> tally.attempts * perMinute),
        new Line("attempts that failed", tally -> tally.attemptsFailed * perMinute));
    chart(
        "Refused, a minute",
        timeline.all().tally().refusals.entrySet().stream()
            .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
            .limit(STYLES.size())
            .map(Map.Entry::getKey)
            .map(reason -> new Line(reason.name(), tally -> perMinute(tally, reason)))
            .toArray(Line[]::new));
    chart(
        "Tokens a minute",
        new Line("used", tally -> tally.tokens * perMinute),
        new Line("on failures", tally -> tally.tokensOnFailures * perMinute));
    chart(
        "Dollars a minute",
        new Line("spent", tally -> tally.moneyNanos / 1e9 * perMinute),
        new Line("on failures", tally -> tally.moneyOnFailures / 1e9 * perMinute));
    chart(
        "Seconds from being let in to the end",
        new Line("p99", tally -> tally.tookMicros.getValueAtPercentile(99) / 1e6),
        new Line("p50", tally -> tally.tookMicros.getValueAtPercentile(50) / 1e6));
    lanes();
    words();
    return page.append("</body>\n</html>\n").toString();
  }

  private double perMinute(Tally tally, Refusal reason) {
    return tally.refusals.getOrDefault(reason, 0L) * perMinute;
  }

  private void totals() {
    Tally all = timeline.all().tally();
    line(
        String.format(
            Locale.ROOT,
            "<p>%s, from %s on; each point is %s. %,d tasks let in, %,d attempts, of which %,d"
                + " failed; %,d tokens and %s, of which %,d and %s on failures. %,d refused%s.</p>",
            escape(journal),
            timeline.from().truncatedTo(ChronoUnit.MILLIS),
            timeline.length().toString().substring(2).toLowerCase(Locale.ROOT),
            all.admitted,
            all.attempts,
            all.attemptsFailed,
            all.tokens,
            Lines.dollars(all.moneyNanos),
            all.tokensOnFailures,
            Lines.dollars(all.moneyOnFailures),
            all.refused(),
            all.refused() == 0 ? "" : ": " + all.refusedWhy()));
  }

  private void chart(String title, Line... lines) {
    double max = 0;
    for (Line line : lines) {
      for (Interval interval : timeline.intervals()) {
        max = Math.max(max, line.value.applyAsDouble(interval.tally()));
      }
    }
    double scale = max == 0 ? 1 : max;
    int bottom = TOP + PLOT;
    begin(title, bottom + FOOT);
    line(
        String.format(
            Locale.ROOT,
            "<path class=\"rule\" d=\"M%d %dV%dH%d\"/>",
            LEFT,
            TOP,
            bottom,
            WIDTH - RIGHT));
    text("end", LEFT - 6, TOP + 10, number(scale));
    text("end", LEFT - 6, bottom, "0");
    int legend = LEFT + 8;
    for (int i = 0; i < lines.length; i++) {
      text(STYLES.get(i), legend, TOP - 8, lines[i].name);
      legend += 8 * lines[i].name.length() + 24;
      var points = new StringBuilder();
      for (int at = 0; at < timeline.intervals().size(); at++) {
        double value = lines[i].value.applyAsDouble(timeline.intervals().get(at).tally());
        points.append(
            String.format(Locale.ROOT, "%.1f,%.1f ", x(at + 0.5), bottom - value / scale * PLOT));
      }
      line(
          String.format(
              Locale.ROOT,
              "<polyline class=\"line %s\" points=\"%s\"/>",
              STYLES.get(i),
              points.toString().strip()));
    }
    end(bottom);
  }

  /** When each thing acted that the engine does of its own accord. */
  private void lanes() {
    Set<Kind> kinds = new TreeSet<>(timeline.all().acts().keySet());
    int bottom = TOP + LANE * kinds.size();
    begin("What acted when, the darker the more", bottom + FOOT);
    int top = TOP;
    for (Kind kind : kinds) {
      text("end", LEFT - 6, top + 14, Lines.name(kind));
      double most =
          timeline.intervals().stream().mapToDouble(i -> times(i, kind)).max().orElseThrow();
      for (int at = 0; at < timeline.intervals().size(); at++) {
        long times = times(timeline.intervals().get(at), kind);
        if (times > 0) {
          line(
              String.format(
                  Locale.ROOT,
                  "<rect class=\"act\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\""
                      + " fill-opacity=\"%.2f\"><title>%s: %d</title></rect>",
                  x(at),
                  top + 3,
                  x(1) - x(0),
                  LANE - 6,
                  0.3 + 0.7 * times / most,
                  at(at),
                  times));
        }
      }
      text("", WIDTH - RIGHT + 6, top + 14, Long.toString(times(timeline.all(), kind)));
      top += LANE;
    }
    end(bottom);
  }

  private void words() {
    if (timeline.words().isEmpty()) {
      return;
    }
    line("<h2>What operators said</h2>\n<table>");
    line("<tr><th>when</th><th>who</th><th>what</th><th>why</th></tr>");
    for (Happening word : timeline.words()) {
      Map<String, Object> more = word.more();
      line(
          "<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>"
              .formatted(
                  word.at().truncatedTo(ChronoUnit.MILLIS),
                  escape(String.valueOf(more.get("who"))),
                  escape(Lines.word(word)),
                  escape(String.valueOf(more.get("why")))));
    }
    line("</table>");
  }

  private static long times(Interval interval, Kind kind) {
    return interval.acts().getOrDefault(kind, 0L);
  }

  private void begin(String title, int height) {
    line(String.format(Locale.ROOT, "<h2>%s</h2>", title));
    line(
        String.format(
            Locale.ROOT,
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
            WIDTH,
            height,
            title));
  }

  private void end(int bottom) {
    text("", LEFT, bottom + 16, at(0).toString());
    text("end", WIDTH - RIGHT, bottom + 16, at(timeline.intervals().size()).toString());
    line("</svg>");
  }

  private Instant at(int interval) {
    return timeline
        .from()
        .truncatedTo(ChronoUnit.SECONDS)
        .plus(timeline.length().multipliedBy(interval));
  }

  private double x(double interval) {
    return LEFT + interval / Math.max(1, timeline.intervals().size()) * (WIDTH - LEFT - RIGHT);
  }

  private void text(String style, int x, int y, String text) {
    line(
        String.format(
            Locale.ROOT, "<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>", style, x, y, text));
  }

  private static String number(double value) {
    return String.format(
        Locale.ROOT, value >= 100 || value == Math.rint(value) ? "%,.0f" : "%.3g", value);
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private void line(String text) {
    page.append(text).append('\n');
  }
}
