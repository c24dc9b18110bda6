package io.headgate.replay;

import io.headgate.journal.JournalReader;
import io.headgate.journal.Narrator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code headgate report DIR}. */
@Command(
    name = "report",
    description = {
      "Writes one HTML file with charts: what was let in, tried and failed a minute, tokens, money,"
          + " how long answers took, and what acted when.",
      "",
      "Example: headgate report DIR --output night.html"
    })
final class ReportCommand implements Callable<Integer> {
  @Mixin private @Nullable JournalFolder journal;
  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      defaultValue = "headgate-report.html",
      description = "where to write it; ${DEFAULT-VALUE} if it is left out")
  private @Nullable Path output;

  private final Screen screen;

  ReportCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws IOException {
    Path folder = Given.of(journal).folder();
    var timeline = new ReportTimeline();
    long records = screen.isTerminal() ? JournalReader.countIn(folder) : 0;
    Narrator.tell(
        folder,
        happening -> {
          screen.progress(happening.record(), records);
          timeline.hear(happening);
          return true;
        });
    screen.done();
    Path file = Given.of(output);
    Files.writeString(file, ReportPage.of(folder.toString(), timeline));
    Given.of(spec).commandLine().getOut().println("report: " + file);
    return 0;
  }
}
