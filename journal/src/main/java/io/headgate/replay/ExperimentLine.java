package io.headgate.replay;

import io.headgate.simulation.ExperimentCommand;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code headgate experiment}: what is given is passed on as it is, and checked there. */
@Command(
    name = "experiment",
    description = {
      "Runs experiments in virtual time, by name, and says which bars are met.",
      "",
      "Examples:",
      "  headgate experiment retry-storm",
      "  headgate experiment all --json"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:Every bar was met.", "1:One was missed.", "2:There is no such experiment."})
final class ExperimentLine implements Callable<Integer> {
  @Parameters(paramLabel = "NAME", description = "one or more of those below, or all")
  private List<String> names = new ArrayList<>();

  @Option(names = "--json", description = "as JSON")
  private boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "says this")
  boolean help;

  private final PrintStream out;
  private final PrintStream err;

  ExperimentLine(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() throws InterruptedException {
    List<String> arguments = new ArrayList<>(names);
    if (json) {
      arguments.add("--json");
    }
    return ExperimentCommand.run(arguments, out, err);
  }
}
