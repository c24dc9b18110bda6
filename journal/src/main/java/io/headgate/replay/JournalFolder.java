package io.headgate.replay;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What all commands that read a journal have. */
final class JournalFolder {
  @Parameters(index = "0", paramLabel = "DIR", description = "the journal's folder")
  @Nullable Path folder;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "says this")
  boolean help;

  Path folder() {
    if (folder == null) {
      throw new IllegalArgumentException("no folder was named");
    }
    return folder;
  }
}
