package io.headgate.replay;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code headgate completion}. */
@Command(
    name = "completion",
    description = {
      "Prints a script by which bash and zsh complete commands and options.",
      "",
      "Example: source <(headgate completion)"
    })
final class CompletionCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "says this")
  boolean help;

  @Override
  public Integer call() {
    var line = Given.of(spec).commandLine();
    line.getOut().print(AutoComplete.bash("headgate", Given.of(line.getParent())));
    line.getOut().flush();
    return 0;
  }
}
