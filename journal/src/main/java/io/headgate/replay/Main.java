package io.headgate.replay;

import io.headgate.simulation.ExperimentCommand;
import io.headgate.simulation.SimulateCommand;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What {@code journal/bin/headgate} starts. */
public final class Main {
  private static final String USAGE =
      "usage: headgate <command>\n\n" + SimulateCommand.USAGE + "\n\n" + ExperimentCommand.USAGE;

  private Main() {}

  /** Exits with what the command answers; 2 if there is no such command. */
  @SuppressWarnings("SystemOut") // a command line
  public static void main(String[] arguments) throws InterruptedException, IOException {
    // Not by the machine's locale: what is printed may be compared.
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    var err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    int code = run(List.of(arguments), out, err);
    out.flush();
    System.exit(code);
  }

  static int run(List<String> arguments, PrintStream out, PrintStream err)
      throws InterruptedException, IOException {
    if (arguments.isEmpty()) {
      err.println(USAGE);
      return 2;
    }
    List<String> rest = arguments.subList(1, arguments.size());
    return switch (arguments.getFirst()) {
      case "simulate" -> SecondJvm.simulate(rest, out, err);
      case "experiment" -> ExperimentCommand.run(rest, out, err);
      case "help", "--help", "-h" -> {
        out.println(USAGE);
        yield 0;
      }
      default -> {
        err.println("headgate: there is no command " + arguments.getFirst() + "\n\n" + USAGE);
        yield 2;
      }
    };
  }
}
