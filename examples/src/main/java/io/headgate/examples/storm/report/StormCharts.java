package io.headgate.examples.storm.report;

import io.headgate.examples.storm.measure.ArmResult;
import io.headgate.examples.storm.measure.Sample;
import io.headgate.examples.storm.measure.Second;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * The charts of the page. A line's style is the arm's name, and {@code faint} for its second line.
 */
final class StormCharts {
  private final StormReport report;
  private final List<Chart> charts = new ArrayList<>();

  private StormCharts(StormReport report) {
    this.report = report;
  }

  static List<Chart> of(StormReport report) {
    var all = new StormCharts(report);
    all.offeredLoad();
    all.goodput();
    all.add("Depth: let in and not being served", "calls", all.samples(sample -> sample.depth()));
    all.add("In flight", "calls under way", all.samples(Sample::inFlight));
    all.latency();
    all.tokens();
    all.add("Money spent", "dollars, from the start", all.samples(Sample::dollarsSpent));
    return all.charts;
  }

  private void offeredLoad() {
    var lines = new ArrayList<Chart.Line>();
    if (!report.arms().isEmpty()) {
      var arm = report.arms().getFirst();
      lines.add(new Chart.Line("jobs, every arm", "offered", perSecond(arm, Second::jobsOffered)));
    }
    for (var arm : report.arms()) {
      lines.add(
          new Chart.Line(arm.name() + ": calls", arm.name(), perSecond(arm, Second::callsOffered)));
    }
    add("Offered load", "per second", lines);
  }

  private void goodput() {
    var lines = new ArrayList<Chart.Line>();
    for (var arm : report.arms()) {
      lines.add(
          new Chart.Line(arm.name(), arm.name(), smooth(perSecond(arm, Second::jobsFinished))));
    }
    add("Goodput", "jobs finished in time per second, mean of 3 s", lines);
  }

  private void latency() {
    var lines = new ArrayList<Chart.Line>();
    for (var arm : report.arms()) {
      lines.add(
          new Chart.Line(
              arm.name() + ", p99", arm.name(), perSecond(arm, s -> s.p99Millis() / 1_000)));
      lines.add(
          new Chart.Line(
              arm.name() + ", p50",
              arm.name() + " faint",
              perSecond(arm, s -> s.p50Millis() / 1_000)));
    }
    add("Latency of calls, by the second of their end", "seconds", lines);
  }

  private void tokens() {
    var lines = new ArrayList<Chart.Line>();
    for (var arm : report.arms()) {
      lines.add(
          new Chart.Line(arm.name() + ", spent", arm.name(), sampled(arm, Sample::tokensSpent)));
      lines.add(
          new Chart.Line(
              arm.name() + ", useful", arm.name() + " faint", sampled(arm, Sample::tokensUseful)));
    }
    add("Tokens spent", "tokens, from the start", lines);
  }

  private void add(String title, String unit, List<Chart.Line> lines) {
    double[] surge = report.surgeSeconds();
    charts.add(new Chart(title, unit, report.seconds(), surge[0], surge[1], lines));
  }

  /** Some five jobs a second scatter too much to see a trend in them. */
  private static List<Chart.Point> smooth(List<Chart.Point> points) {
    return IntStream.range(0, points.size())
        .mapToObj(
            i ->
                new Chart.Point(
                    points.get(i).seconds(),
                    points.subList(Math.max(0, i - 1), Math.min(points.size(), i + 2)).stream()
                        .mapToDouble(Chart.Point::value)
                        .average()
                        .orElse(0)))
        .toList();
  }

  private List<Chart.Line> samples(ToDoubleFunction<Sample> value) {
    return report.arms().stream()
        .map(arm -> new Chart.Line(arm.name(), arm.name(), sampled(arm, value)))
        .toList();
  }

  private static List<Chart.Point> perSecond(ArmResult arm, ToDoubleFunction<Second> value) {
    return IntStream.range(0, arm.seconds().size())
        .mapToObj(s -> new Chart.Point(s + 0.5, value.applyAsDouble(arm.seconds().get(s))))
        .toList();
  }

  private static List<Chart.Point> sampled(ArmResult arm, ToDoubleFunction<Sample> value) {
    return arm.samples().stream()
        .map(sample -> new Chart.Point(sample.atNanos() / 1e9, value.applyAsDouble(sample)))
        .toList();
  }
}
