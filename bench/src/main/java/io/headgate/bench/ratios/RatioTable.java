package io.headgate.bench.ratios;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.runner.RunnerException;

/** Measures rows and prints them. */
public final class RatioTable {
  private static final int MISSED = 1;
  private static final int BAD_OPTION = 2;
  private static final String USAGE =
      "usage: Ratios --quick | --full [--only ROW] | --list: one of the first two, please";

  private final List<Row> rows;
  private final Meter.Effort effort;
  private final Path target;
  private final PrintStream out;
  private final PrintStream err;

  private RatioTable(
      List<Row> rows, Meter.Effort effort, Path target, PrintStream out, PrintStream err) {
    this.rows = rows;
    this.effort = effort;
    this.target = target;
    this.out = out;
    this.err = err;
  }

  /**
   * Does what the arguments say.
   *
   * @param target the folder that the JSON goes into; the present one if there is no such folder
   * @return the exit code
   */
  public static int run(String[] args, Path target, PrintStream out, PrintStream err)
      throws IOException {
    List<Row> rows = Rows.all();
    Meter.@Nullable Effort effort = null;
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--quick" -> effort = Meter.Effort.QUICK;
        case "--full" -> effort = Meter.Effort.FULL;
        case "--smoke" -> effort = Meter.Effort.SMOKE;
        case "--list" -> {
          rows.forEach(row -> out.println(row.name()));
          return 0;
        }
        case "--only" -> {
          String only = ++i < args.length ? args[i] : "";
          List<Row> known = rows;
          rows = rows.stream().filter(row -> row.name().equals(only)).toList();
          if (rows.isEmpty()) {
            err.println(
                "--only is '"
                    + only
                    + "', but must be one of "
                    + known.stream().map(Row::name).collect(Collectors.joining(", ")));
            return BAD_OPTION;
          }
        }
        default -> {
          err.println("unknown option '" + args[i] + "'; " + USAGE);
          return BAD_OPTION;
        }
      }
    }
    if (effort == null) {
      err.println(USAGE);
      return BAD_OPTION;
    }
    return new RatioTable(rows, effort, target, out, err).run();
  }

  private int run() throws IOException {
    Map<Probe.Run, List<Probe>> runs = new LinkedHashMap<>();
    for (Row row : rows) {
      row.probes()
          .forEach(
              probe -> {
                List<Probe> probes = runs.computeIfAbsent(probe.run(), r -> new ArrayList<>());
                if (!probes.contains(probe)) {
                  probes.add(probe);
                }
              });
    }
    var meter = new Meter(effort);
    List<Probe.Run> order = new ArrayList<>(runs.keySet());
    for (int round = 0; round < effort.rounds(); round++) {
      for (Probe.Run run : order) {
        List<Probe> probes = runs.get(run);
        if (probes != null && (round == 0 || !run.once() || effort == Meter.Effort.FULL)) {
          err.println("round " + (round + 1) + " of " + effort.rounds() + ": " + run);
          try {
            meter.measure(run, probes);
          } catch (RunnerException e) {
            // A benchmark that fails itself misses its bar; the others go on.
            err.println("FAILED: " + run + ": " + e.getMessage());
          }
        }
      }
      // There and back, so that a machine that slows down does so for both sides of a ratio.
      Collections.reverse(order);
    }
    List<Result> results = rows.stream().map(row -> Result.of(row, meter::value)).toList();
    out.println(Result.HEADER);
    results.forEach(result -> out.println(result.line()));
    Path json = (Files.isDirectory(target) ? target : Path.of("")).resolve("ratios.json");
    Files.writeString(
        json, results.stream().map(Result::json).collect(Collectors.joining(",\n ", "[", "]\n")));
    out.println("the same as JSON: " + json);
    return results.stream().allMatch(Result::met) ? 0 : MISSED;
  }
}
