package io.headgate.replay;

import io.headgate.journal.JournalDamagedException;
import io.headgate.simulation.ExperimentCommand;
import io.headgate.simulation.SimulateCommand;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** What {@code journal/bin/headgate} starts. */
@Command(
    name = "headgate",
    description = "Reads what a Headgate's journal says, and flies Headgates in virtual time.",
    subcommands = {
      VerifyCommand.class,
      StatsCommand.class,
      JobCommand.class,
      InspectCommand.class,
      ReportCommand.class,
      ExportCommand.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:All is well.",
      "1:Something is not as it should be, and the command has said what.",
      "2:The command line, or the folder that it names, is no good."
    })
public final class Main {
  private static final String OLDER =
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
    CommandLine journal = commandLine(out, err);
    if (arguments.isEmpty()) {
      help(journal, err);
      return 2;
    }
    List<String> rest = arguments.subList(1, arguments.size());
    return switch (arguments.getFirst()) {
      case "simulate" -> SecondJvm.simulate(rest, out, err);
      case "experiment" -> ExperimentCommand.run(rest, out, err);
      case "help", "--help", "-h" -> {
        help(journal, out);
        yield 0;
      }
      default -> {
        if (!journal.getSubcommands().containsKey(arguments.getFirst())) {
          err.println("headgate: there is no command " + arguments.getFirst() + "\n");
          help(journal, err);
          yield 2;
        }
        yield journal.execute(arguments.toArray(String[]::new));
      }
    };
  }

  private static CommandLine commandLine(PrintStream out, PrintStream err) {
    return new CommandLine(new Main())
        .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (e, command, _) -> {
              command.getErr().println("headgate: " + e.getMessage());
              return switch (e) {
                case JournalDamagedException _ -> 1;
                case IllegalArgumentException _, IllegalStateException _ -> 2;
                default -> {
                  e.printStackTrace(command.getErr());
                  yield 2;
                }
              };
            });
  }

  private static void help(CommandLine journal, PrintStream to) {
    to.print(journal.getUsageMessage());
    to.println("\n" + OLDER);
  }
}
