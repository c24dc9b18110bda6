package io.headgate.simulation;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/** {@code headgate experiment}: runs experiments by name and says which bars are met. */
public final class ExperimentCommand {
  private static final List<Experiment> ALL =
      List.of(
          new RetryStorm(),
          new FlakyTool(),
          new BudgetRace(),
          new SleepingOperator(),
          new ToolLoop(),
          new CallBomb(),
          new SlowModel(),
          new UnknownLimit(),
          new LearnedEstimates(),
          new SlowCalls(),
          new RunawayAgent(),
          new BudgetReached(),
          new Limits(),
          new SlowTool(),
          new NearEqual(),
          new RetryAfter(),
          new OperatorWords(),
          new MissingUsage(),
          new FirmCalls(),
          new PacedLadder(),
          new TwoAm(),
          new LoadSteps(),
          new RunToCompletion(),
          new LoudNeighbour(),
          new Metastable(),
          new Chain(),
          new CriticalWork(),
          new Herd(),
          new ChangingCapacity(),
          new DriftingLatency(),
          new LoadStep(),
          new HalfOutage(),
          new HalfDead(),
          new EstimatedWait(),
          new MixedCalls(),
          new LockedTools(),
          new Crowd(),
          new Oscillation());

  /** How it is called. */
  public static final String USAGE =
      "headgate experiment NAME...|all [--json]\n"
          + ALL.stream()
              .map(each -> "  %-17s %s".formatted(each.name(), each.about()))
              .collect(Collectors.joining("\n"));

  private ExperimentCommand() {}

  /**
   * Runs it.
   *
   * @return 0 if every bar was met, 1 if one was missed, 2 if the arguments are of no use
   */
  public static int run(List<String> arguments, PrintStream out, PrintStream err)
      throws InterruptedException {
    boolean json = arguments.contains("--json");
    List<Experiment> chosen = new ArrayList<>();
    for (String name : arguments) {
      if (name.equals("--json")) {
        continue;
      }
      List<Experiment> named =
          ALL.stream().filter(each -> name.equals("all") || each.name().equals(name)).toList();
      if (named.isEmpty()) {
        err.println("headgate experiment: there is none named " + name + "; use one of these");
        err.println(USAGE);
        return 2;
      }
      chosen.addAll(named);
    }
    if (chosen.isEmpty()) {
      err.println("headgate experiment: no name is given; use one or more of these, or all");
      err.println(USAGE);
      return 2;
    }
    List<ExperimentRow> rows = new ArrayList<>();
    for (Experiment each : chosen) {
      rows.addAll(each.run());
    }
    out.println(json ? json(rows) : table(rows));
    return rows.stream().allMatch(ExperimentRow::met) ? 0 : 1;
  }

  private static String table(List<ExperimentRow> rows) {
    String columns =
        "%%-%ds  %%-%ds  %%-%ds "
            .formatted(
                width(rows, ExperimentRow::experiment),
                width(rows, ExperimentRow::figure),
                width(rows, ExperimentRow::arm));
    var text = new StringBuilder();
    text.append(
        String.format(columns + "%14s  %-10s%n", "experiment", "figure", "arm", "value", "bar"));
    for (ExperimentRow row : rows) {
      text.append(
          String.format(
              Locale.ROOT,
              columns + "%,14.4f  %-10s %s%n",
              row.experiment(),
              row.figure(),
              row.arm(),
              row.value(),
              row.bar() == null ? "-" : row.bar(),
              row.bar() == null ? "" : row.met() ? "met" : "MISSED"));
    }
    return text.toString().stripTrailing();
  }

  private static int width(List<ExperimentRow> rows, Function<ExperimentRow, String> column) {
    return rows.stream().map(column).mapToInt(String::length).max().orElse(1);
  }

  // Names and figures of our own: nothing needs to be escaped.
  private static String json(List<ExperimentRow> rows) {
    return rows.stream()
        .map(
            row ->
                String.format(
                    Locale.ROOT,
                    "{\"experiment\":\"%s\",\"figure\":\"%s\",\"arm\":\"%s\",\"value\":%s,\"bar\":%s,"
                        + "\"met\":%s}",
                    row.experiment(),
                    row.figure(),
                    row.arm(),
                    row.value(),
                    row.bar() == null ? "null" : "\"" + row.bar() + "\"",
                    row.met()))
        .collect(Collectors.joining(",\n", "[", "]"));
  }
}
