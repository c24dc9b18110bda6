package io.headgate.replay;

import io.headgate.journal.JournalReader;
import io.headgate.journal.Verification;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code headgate verify DIR}. */
@Command(
    name = "verify",
    description = {
      "Makes every decision again, and compares it with the one that was made.",
      "",
      "Example: headgate verify /var/lib/host/journal"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:Every decision is as it was.",
      "1:One is not, or the journal is damaged; the first such place is said.",
      "2:There is no journal."
    })
final class VerifyCommand implements Callable<Integer> {
  @Mixin private @Nullable JournalFolder journal;
  @Spec private @Nullable CommandSpec spec;

  private final Screen screen;

  VerifyCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() {
    Path folder = Given.of(journal).folder();
    long all = screen.isTerminal() ? JournalReader.countIn(folder) : 0;
    Verification found = Verification.of(folder, record -> screen.progress(record, all));
    screen.done();
    PrintWriter out = Given.of(spec).commandLine().getOut();
    out.printf(
        "%,d records of %,d runs: %,d inputs; %,d starts and ends and %,d digests found again%n",
        found.records(), found.runs(), found.inputs(), found.facts(), found.digests());
    if (found.gaps() > 0) {
      out.printf(
          "%s %,d gaps, in which the journal could not be written; %,d records after them, until"
              + " the next Headgate began, cannot be verified%n",
          screen.bad("NOT WHOLE"), found.gaps(), found.untold());
    }
    String mismatch = found.mismatch();
    if (mismatch != null) {
      out.println(screen.bad("NOT AS IT WAS") + " " + mismatch);
      return 1;
    }
    out.println(
        screen.good(
                found.gaps() > 0
                    ? "every decision that can be verified is as it was"
                    : "every decision is as it was")
            + (found.endedInOrder() ? "" : "; the last run was not closed, or still goes on"));
    return 0;
  }
}
