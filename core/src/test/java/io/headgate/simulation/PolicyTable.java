package io.headgate.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.simulation.ExperimentRow.Bar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The table of {@code docs/policies.md} that says for each policy which bar is missed without. */
final class PolicyTable {
  private static final String HEADING = "## Each policy, on and off";
  private static final int COLUMNS = 6;

  /** An arm, and what the docs say that its figure is. */
  record Said(String arm, double value) {
    // "arm: 1,234.5"
    static Said of(String cell) {
      int colon = cell.lastIndexOf(": ");
      return new Said(cell.substring(0, colon), number(cell.substring(colon + 2)));
    }
  }

  record Line(String policy, String experiment, String figure, Said on, Said off, Bar bar) {
    /** Whether the rows, if they are of its experiment, show what it says. */
    void check(List<ExperimentRow> flown) {
      check(on.value, off.value, "the docs");
      List<ExperimentRow> rows = flown.stream().filter(this::isOf).toList();
      if (!rows.isEmpty()) {
        ExperimentRow with = row(rows, on.arm);
        assertThat(with.bar()).as("%s: %s", policy, with).isEqualTo(bar);
        check(with.value(), row(rows, off.arm).value(), "the experiment");
      }
    }

    private void check(double with, double without, String where) {
      assertThat(met(with)).as("%s of %s, with: %s", policy, where, with).isTrue();
      assertThat(met(without)).as("%s of %s, without: %s", policy, where, without).isFalse();
    }

    private boolean met(double value) {
      return new ExperimentRow(experiment, figure, "", value, bar).met();
    }

    // In most builds a part of two experiments is flown: of what is not, nothing is known here.
    private boolean isOf(ExperimentRow row) {
      boolean inPart = experiment.equals("slow-model") || experiment.equals("rate-limit");
      return row.experiment().equals(experiment) && (!inPart || row.figure().equals(figure));
    }

    private ExperimentRow row(List<ExperimentRow> rows, String arm) {
      return rows.stream()
          .filter(row -> row.figure().equals(figure) && row.arm().equals(arm))
          .findFirst()
          .orElseThrow(
              () -> new AssertionError(experiment + " has no \"" + figure + "\" of " + arm));
    }
  }

  private PolicyTable() {}

  static List<Line> read() throws IOException {
    List<Line> lines = new ArrayList<>();
    boolean within = false;
    for (String line : Files.readAllLines(Path.of("../docs/policies.md"))) {
      within = line.startsWith("## ") ? line.equals(HEADING) : within;
      if (within && line.startsWith("| ") && line.contains("`")) {
        lines.add(parse(line));
      }
    }
    return lines;
  }

  private static Line parse(String line) {
    String[] cells = line.substring(2, line.length() - 2).split(" \\| ", -1);
    assertThat(cells).as(line).hasSize(COLUMNS);
    String bar = cells[5];
    return new Line(
        cells[0],
        cells[1].replace("`", ""),
        cells[2],
        Said.of(cells[3]),
        Said.of(cells[4]),
        new Bar(bar.startsWith("<="), number(bar.substring(3))));
  }

  private static double number(String text) {
    return Double.parseDouble(text.replace(",", ""));
  }
}
