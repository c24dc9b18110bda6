package io.headgate.examples.storm.report;

import io.headgate.examples.storm.measure.ArmResult;
import java.util.Locale;

/** The arms side by side, in plain ASCII. */
public final class TerminalTable {
  private static final String TITLE = "%-26s";
  private static final String CELL = "%14s";

  private TerminalTable() {}

  public static String of(StormReport report) {
    var table = new StringBuilder(TITLE.formatted(""));
    for (var arm : report.arms()) {
      table.append(CELL.formatted(arm.name()));
    }
    table.append('\n').append("-".repeat(26 + 14 * report.arms().size())).append('\n');
    for (var figure : Figure.ALL) {
      table.append(TITLE.formatted(figure.title()));
      for (var arm : report.arms()) {
        table.append(CELL.formatted(figure.text(arm)));
      }
      table.append('\n');
    }
    table.append(TITLE.formatted("this host's CPU, mean/peak"));
    for (var arm : report.arms()) {
      table.append(CELL.formatted(cpu(arm)));
    }
    table.append('\n');
    for (var arm : report.arms()) {
      if (!arm.policies().isEmpty()) {
        table.append("\nwhen each policy of the arm ").append(arm.name()).append(" acted,\n");
        table.append(PolicyLanes.legend()).append('\n');
        table.append(PolicyLanes.of(report, arm).text());
      }
    }
    return table.toString();
  }

  private static String cpu(ArmResult arm) {
    return String.format(
        Locale.ROOT, "%.0f/%.0f %%", arm.cpu().meanPercent(), arm.cpu().peakPercent());
  }
}
