package io.headgate.replay;

import io.headgate.journal.JournalDamagedException;
import io.headgate.simulation.ExperimentCommand;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Option;

/** What {@code journal/bin/headgate} starts. */
@Command(
    name = "headgate",
    description = "Reads what a Headgate's journal says, and flies Headgates in virtual time.",
    subcommands = {
      CommandLine.HelpCommand.class,
      JobCommand.class,
      InspectCommand.class,
      WhatIfCommand.class,
      ExportCommand.class,
      CompletionCommand.class
    },
    footer = {
      "",
      "Examples:",
      "  headgate verify /var/lib/host/journal",
      "  headgate stats /var/lib/host/journal --by agent",
      "  headgate simulate --seeds 1000",
      "`headgate help COMMAND` has more of each."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:All is well.",
      "1:Something is not as it should be, and the command has said what.",
      "2:The command line, or the folder that it names, is no good."
    })
public final class Main {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "says this")
  boolean help;

  private Main() {}

  /** Exits with what the command answers; 2 if there is no such command. */
  @SuppressWarnings("SystemOut") // a command line
  public static void main(String[] arguments) {
    // Not by the machine's locale: what is printed may be compared.
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    var err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    int code = run(List.of(arguments), out, err, Screen.isOne());
    out.flush();
    System.exit(code);
  }

  static int run(List<String> arguments, PrintStream out, PrintStream err) {
    return run(arguments, out, err, false);
  }

  /**
   * The same.
   *
   * @param terminal whether a person looks: in colours, and with bars
   */
  static int run(List<String> arguments, PrintStream out, PrintStream err, boolean terminal) {
    CommandLine line = commandLine(out, err, new Screen(terminal, err));
    if (arguments.isEmpty()) {
      line.usage(line.getErr());
      return 2;
    }
    String first = arguments.getFirst();
    if (!first.startsWith("-") && !line.getSubcommands().containsKey(first)) {
      err.println("headgate: there is no command " + first + "\n");
      line.usage(line.getErr());
      return 2;
    }
    return line.execute(arguments.toArray(String[]::new));
  }

  // The system's own exceptions have a file's name for their message, and what is wrong for theirs.
  private static String said(Exception e) {
    IOException why =
        switch (e) {
          case IOException io -> io;
          case UncheckedIOException io -> io.getCause();
          default -> null;
        };
    return why == null || (why.equals(e) && !(why instanceof FileSystemException))
        ? String.valueOf(e.getMessage())
        : (why.equals(e) ? "" : e.getMessage() + ": ")
            + why.getMessage()
            + " ("
            + why.getClass().getSimpleName()
            + ")";
  }

  private static CommandLine commandLine(PrintStream out, PrintStream err, Screen screen) {
    CommandLine experiment = new CommandLine(new ExperimentLine(out, err));
    // Its names are known when it runs.
    experiment
        .getCommandSpec()
        .usageMessage()
        .footer(ExperimentCommand.USAGE.replace("%", "%%").lines().skip(1).toArray(String[]::new));
    var line =
        new CommandLine(new Main())
            .addSubcommand(new VerifyCommand(screen))
            .addSubcommand(new StatsCommand(screen))
            .addSubcommand(new ReportCommand(screen))
            .addSubcommand(new StatCommand(screen))
            .addSubcommand(new SimulateLine(out, err))
            .addSubcommand(experiment);
    return line.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
        .setColorScheme(Help.defaultColorScheme(screen.isTerminal() ? Ansi.ON : Ansi.OFF))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (e, command, _) -> {
              screen.done();
              command.getErr().println("headgate: " + said(e));
              return switch (e) {
                case JournalDamagedException _ -> 1;
                case IllegalArgumentException _,
                    IllegalStateException _,
                    IOException _,
                    UncheckedIOException _ ->
                    2;
                default -> {
                  e.printStackTrace(command.getErr());
                  yield 2;
                }
              };
            });
  }
}
