package io.headgate.examples.storm.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.headgate.examples.storm.measure.ArmResult;
import io.headgate.examples.storm.workload.Phase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** {@code report.html}: one file, no script, nothing fetched from anywhere. */
public final class HtmlReport {
  private static final String STYLE =
      """
      :root { color-scheme: light dark; --page: #ffffff; --ink: #1b2430; --soft: #5a6675;
        --rule: #d9dee5; --card: #f6f8fa; --surge: #f3e3c4; --naive: #c2410c;
        --headgate: #1d4ed8; --untuned: #0f766e; --offered: #6b7280; }
      @media (prefers-color-scheme: dark) {
        :root { --page: #11161d; --ink: #e6eaf0; --soft: #9aa7b6; --rule: #2c3541;
          --card: #19202a; --surge: #3a3018; --naive: #fb923c; --headgate: #7cb0ff; --untuned: #5eead4;
          --offered: #9ca3af; } }
      * { box-sizing: border-box; }
      body { margin: 0 auto; max-width: 1340px; padding: 24px; background: var(--page);
        color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
      h1 { font-size: 28px; margin: 0 0 4px; } h2 { font-size: 20px; margin: 32px 0 8px; }
      h3 { font-size: 16px; margin: 0 0 4px; } p { max-width: 80ch; margin: 8px 0; }
      .soft { color: var(--soft); }
      .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(240px, 1fr));
        gap: 16px; margin: 20px 0; }
      .tile, .chart { background: var(--card); border: 1px solid var(--rule);
        border-radius: 8px; padding: 14px 16px; }
      .tile b { font-size: 26px; line-height: 1.25; }
      .tile div { display: flex; justify-content: space-between; align-items: baseline; }
      .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(520px, 100%), 1fr));
        gap: 16px; }
      .legend { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 13px;
        color: var(--soft); }
      .legend svg { width: 26px; height: 10px; vertical-align: middle; margin-right: 5px; }
      svg { display: block; width: 100%; height: auto; }
      .legend svg { display: inline-block; }
      .act { fill: var(--headgate); }
      .grid { stroke: var(--rule); stroke-width: 1; }
      .surge { fill: var(--surge); } .hover { fill: transparent; }
      .hover:hover { fill: var(--soft); fill-opacity: 0.15; }
      .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
      .line.naive { stroke: var(--naive); } .line.headgate { stroke: var(--headgate); }
      .line.untuned { stroke: var(--untuned); }
      .line.offered { stroke: var(--offered); } .line.faint { stroke-dasharray: 5 4; }
      text { fill: var(--soft); font: 12px system-ui, sans-serif; text-anchor: middle; }
      text.right { text-anchor: end; } text.left { text-anchor: start; }
      .naive-ink { color: var(--naive); } .headgate-ink { color: var(--headgate); }
      .untuned-ink { color: var(--untuned); }
      .wide { overflow-x: auto; }
      table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
      th, td { padding: 5px 14px; border-bottom: 1px solid var(--rule); text-align: right; }
      th:first-child, td:first-child { text-align: left; padding-left: 0; }
      dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; font-size: 14px; }
      dt { font-weight: 600; } dd { margin: 0; color: var(--soft); max-width: 90ch; }
      @media (max-width: 700px) { dl { grid-template-columns: 1fr; } }
      """;

  private final StormReport report;
  private final StringBuilder page = new StringBuilder(64_000);

  private HtmlReport(StormReport report) {
    this.report = report;
  }

  public static void write(StormReport report, Path file) throws IOException {
    Files.writeString(file, page(report), UTF_8);
  }

  static String page(StormReport report) {
    return new HtmlReport(report).render();
  }

  private String render() {
    page.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.append("<title>Headgate: the storm</title>\n<style>\n").append(STYLE);
    page.append("</style>\n</head>\n<body>\n");
    intro();
    tiles();
    charts();
    policies();
    table();
    footnotes();
    return page.append("</body>\n</html>\n").toString();
  }

  private void intro() {
    var workload = report.workload();
    var timeline = workload.timeline();
    page.append("<h1>Headgate: the storm</h1>\n");
    paragraph(
        "",
        "%s, then %s with %d times the jobs while %d %% of the provider is out, then %s of calm again. The same %,d jobs with %,d calls for each arm: trace '%s', seed %d."
            .formatted(
                seconds(Phase.BEFORE) + " of calm",
                seconds(Phase.DURING),
                timeline.surgeFactor(),
                report.outPercent(),
                seconds(Phase.AFTER),
                workload.jobs().size(),
                workload.calls(),
                workload.source(),
                workload.seed()));
    paragraph(
        "soft",
        "The provider's times and the jobs' deadlines are scaled down by %d: what takes 0.3 s here takes %s s in earnest. Calm brings %.0f calls a second, the surge %.0f."
            .formatted(
                report.scale(),
                number(0.3 * report.scale()),
                workload.callsPerSecond(Phase.BEFORE),
                workload.callsPerSecond(Phase.DURING)));
    paragraph(
        "soft",
        "It is the provider that was overloaded, not this host: "
            + report.arms().stream().map(HtmlReport::cpu).collect(Collectors.joining("; "))
            + ".");
    for (var violation : report.violations()) {
      paragraph("naive-ink", "Broken: " + violation);
    }
  }

  private static String cpu(ArmResult arm) {
    return String.format(
        Locale.ROOT,
        "in the %s arm this process used %.0f %% of %d cores, %.0f %% in the busiest second",
        arm.name(),
        arm.cpu().meanPercent(),
        arm.cpu().cores(),
        arm.cpu().peakPercent());
  }

  private void tiles() {
    page.append("<div class=\"tiles\">\n");
    for (var name :
        new String[] {"jobsFinished", "goodputDuring", "recoverySeconds", "dollarsSpent"}) {
      Figure.ALL.stream().filter(figure -> figure.name().equals(name)).forEach(this::tile);
    }
    page.append("</div>\n");
  }

  private void tile(Figure figure) {
    page.append("<div class=\"tile\"><h3>").append(capital(figure.title())).append("</h3>\n");
    for (var arm : report.arms()) {
      page.append(
          "<div><span class=\"%s-ink\">%s</span> <b>%s</b></div>\n"
              .formatted(arm.name(), arm.name(), Html.escape(figure.text(arm))));
    }
    page.append("</div>\n");
  }

  private void charts() {
    page.append("<h2>Second by second</h2>\n<div class=\"charts\">\n");
    for (var chart : StormCharts.of(report)) {
      page.append("<div class=\"chart\"><h3>").append(Html.escape(chart.title()));
      page.append("</h3>\n<div class=\"legend\">\n");
      for (var line : chart.lines()) {
        page.append("<span><svg viewBox=\"0 0 26 10\" aria-hidden=\"true\"><path class=\"line ");
        page.append(line.style()).append("\" d=\"M0 5 L26 5\"/></svg>");
        page.append(Html.escape(line.name())).append("</span>\n");
      }
      page.append("</div>\n").append(chart.svg()).append("</div>\n");
    }
    page.append("</div>\n");
  }

  private void policies() {
    for (var arm : report.arms()) {
      if (!arm.policies().isEmpty()) {
        page.append("<h2>When each policy acted, in the arm ").append(Html.escape(arm.name()));
        page.append("</h2>\n<div class=\"chart wide\">\n");
        page.append(PolicyLanes.of(report, arm).svg()).append("</div>\n");
      }
    }
  }

  private void table() {
    page.append("<h2>All figures</h2>\n<div class=\"wide\"><table>\n<tr><th>figure</th>");
    for (var arm : report.arms()) {
      page.append("<th class=\"%s-ink\">%s</th>".formatted(arm.name(), arm.name()));
    }
    page.append("</tr>\n");
    for (var figure : Figure.ALL) {
      page.append("<tr><td>").append(Html.escape(figure.title())).append("</td>");
      for (var arm : report.arms()) {
        page.append("<td>").append(Html.escape(figure.text(arm))).append("</td>");
      }
      page.append("</tr>\n");
    }
    page.append("</table></div>\n<h2>What the provider saw</h2>\n");
    for (var arm : report.arms()) {
      paragraph("", provider(arm));
      arm.notes().forEach(note -> paragraph("soft", arm.name() + ": " + note));
    }
  }

  private static String provider(ArmResult arm) {
    var results =
        arm.provider().byResult().entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(result -> "%,d x %s".formatted(result.getValue(), result.getKey()))
            .collect(Collectors.joining(", "));
    return "%s: %,d requests, at most %,d at once: %s. %,d of the billed tokens were for clients that had gone."
        .formatted(
            arm.name(),
            arm.provider().requests(),
            arm.provider().maxInFlight(),
            results,
            arm.provider().wasted().tokens());
  }

  private void footnotes() {
    page.append("<h2>What the figures mean</h2>\n<dl>\n");
    for (var figure : Figure.ALL) {
      page.append("<dt>").append(figure.name()).append("</dt><dd>");
      page.append(Html.escape(figure.meaning())).append("</dd>\n");
    }
    page.append("<dt>depth</dt><dd>Calls that wait in the arm, and requests at the provider");
    page.append(" beyond what it serves at full speed: a queue, wherever it stands.</dd>\n</dl>\n");
  }

  private void paragraph(String style, String text) {
    page.append("<p class=\"%s\">%s</p>\n".formatted(style, Html.escape(text)));
  }

  private String seconds(Phase phase) {
    return number(report.workload().timeline().length(phase).toMillis() / 1e3) + " s";
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value).replaceAll("\\.0$", "");
  }

  private static String capital(String text) {
    return Character.toUpperCase(text.charAt(0)) + Html.escape(text.substring(1));
  }
}
