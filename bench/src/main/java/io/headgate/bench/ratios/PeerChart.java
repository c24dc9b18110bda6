package io.headgate.bench.ratios;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.openjdk.jmh.runner.RunnerException;

/** Admission and refusal side by side, as JSON and as a chart drawn from that JSON. */
public final class PeerChart {
  private static final List<String> PEERS =
      List.of(
          "resilience4j",
          "failsafe",
          "bucket4j",
          "concurrencyLimits",
          "sentinel",
          "guava",
          "semaphore",
          "threadPool",
          "jctools",
          "threadPoolBulkhead");
  private static final Pattern ENTRY =
      Pattern.compile("\\{\"name\":\"([^\"]+)\",\"admit\":([0-9.]+),\"refuse\":([0-9.]+)}");
  private static final int WIDTH = 720;
  private static final int LEFT = 170;
  private static final int ROW = 40;
  private static final int TOP = 40;
  private static final int PLOT = WIDTH - LEFT - 70;

  /**
   * A bar of the chart.
   *
   * @param admit nanoseconds
   * @param refuse nanoseconds
   */
  record Bar(String name, double admit, double refuse) {}

  private PeerChart() {}

  /**
   * Does what the arguments say.
   *
   * @return the exit code
   */
  public static int run(String[] args, Path target, PrintStream out, PrintStream err)
      throws IOException, RunnerException {
    if (args.length != 1 || !(args[0].equals("--quick") || args[0].equals("--full"))) {
      err.println("usage: Peers --quick | --full");
      return 2;
    }
    var meter = new Meter(args[0].equals("--full") ? Meter.Effort.FULL : Meter.Effort.QUICK);
    List<Probe> admits = new ArrayList<>();
    List<Probe> refusals = new ArrayList<>();
    admits.add(Probe.of("ours.AdmitBursts.allGates", "medianNs"));
    refusals.add(
        Probe.of("ours.RefuseBenchmark.refuse", Probe.SCORE)
            .with(Map.of("reason", "TOKEN_BUDGET")));
    for (String peer : PEERS) {
      admits.add(Probe.of("peers.PeerBursts." + peer, "medianNs"));
      refusals.add(Probe.of("peers.PeerRefusals." + peer, Probe.SCORE));
    }
    for (Probe probe : admits) {
      measure(meter, probe, err);
    }
    for (Probe probe : refusals) {
      measure(meter, probe, err);
    }
    StringBuilder json = new StringBuilder("[");
    for (int i = 0; i < admits.size(); i++) {
      json.append(i == 0 ? "" : ",\n ")
          .append(
              String.format(
                  Locale.ROOT,
                  "{\"name\":\"%s\",\"admit\":%.1f,\"refuse\":%.1f}",
                  i == 0 ? "Headgate" : PEERS.get(i - 1),
                  meter.value(admits.get(i)),
                  meter.value(refusals.get(i))));
    }
    json.append("]\n");
    Path folder = Files.isDirectory(target) ? target : Path.of("");
    Files.writeString(folder.resolve("peers.json"), json);
    Files.writeString(folder.resolve("admit-refuse.svg"), svg(parse(json.toString())));
    out.print(json);
    return 0;
  }

  private static void measure(Meter meter, Probe probe, PrintStream err) throws RunnerException {
    err.println(probe.run());
    meter.measure(probe.run(), List.of(probe));
  }

  private static List<Bar> parse(String json) {
    List<Bar> bars = new ArrayList<>();
    Matcher matcher = ENTRY.matcher(json);
    while (matcher.find()) {
      bars.add(
          new Bar(
              matcher.group(1),
              Double.parseDouble(matcher.group(2)),
              Double.parseDouble(matcher.group(3))));
    }
    return bars;
  }

  // A logarithmic axis from 1 ns to 10 µs: the peers lie that far apart.
  private static String svg(List<Bar> bars) {
    int height = TOP + bars.size() * ROW + 30;
    StringBuilder svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" \
        aria-label="Nanoseconds to admit and to refuse, ours and the peers'">
        <style>
        :root { --ink: #5a6675; --rule: #d9dee5; --admit: #1d4ed8; --refuse: #c2410c; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #9aa7b6; --rule: #2c3541; --admit: #7cb0ff; --refuse: #fb923c; } }
        text { fill: var(--ink); font: 12px system-ui, sans-serif; }
        .end { text-anchor: end; } .middle { text-anchor: middle; }
        .admit { fill: var(--admit); } .refuse { fill: var(--refuse); }
        line { stroke: var(--rule); }
        </style>
        <rect class="admit" x="%d" y="10" width="12" height="12"/><text x="%d" y="20">admit, ns</text>
        <rect class="refuse" x="%d" y="10" width="12" height="12"/><text x="%d" y="20">refuse, ns</text>
        """
            .formatted(WIDTH, height, LEFT, LEFT + 18, LEFT + 110, LEFT + 128));
    for (int power = 0; power <= 4; power++) {
      double x = x(Math.pow(10, power));
      svg.append(
          String.format(
              Locale.ROOT,
              "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/><text class=\"middle\" x=\"%.1f\""
                  + " y=\"%d\">%,d</text>%n",
              x,
              TOP - 6,
              x,
              height - 24,
              x,
              height - 8,
              Math.round(Math.pow(10, power))));
    }
    for (int i = 0; i < bars.size(); i++) {
      Bar bar = bars.get(i);
      int y = TOP + i * ROW;
      svg.append(
          String.format(
              Locale.ROOT,
              "<text class=\"end\" x=\"%d\" y=\"%d\">%s</text>%n",
              LEFT - 10,
              y + 19,
              bar.name()));
      bar(svg, "admit", bar.admit(), y);
      bar(svg, "refuse", bar.refuse(), y + 15);
    }
    return svg.append("</svg>\n").toString();
  }

  private static void bar(StringBuilder svg, String style, double ns, int y) {
    double end = x(ns);
    svg.append(
        String.format(
            Locale.ROOT,
            "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"13\"/><text x=\"%.1f\""
                + " y=\"%d\">%.1f</text>%n",
            style,
            LEFT,
            y,
            end - LEFT,
            end + 5,
            y + 11,
            ns));
  }

  private static double x(double ns) {
    return LEFT + PLOT * Math.log10(Math.clamp(ns, 1, 10_000)) / 4;
  }
}
