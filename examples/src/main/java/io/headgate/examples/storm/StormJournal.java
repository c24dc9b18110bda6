package io.headgate.examples.storm;

import io.headgate.Journal;
import io.headgate.examples.storm.measure.ArmResult;
import io.headgate.journal.FolderJournal;
import io.headgate.journal.Happening;
import io.headgate.journal.Narrator;
import io.headgate.journal.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What an arm wrote down, and what can be said of it when the arm has ended. */
record StormJournal(Path folder) {
  private static final String COMMAND = "journal/bin/headgate ";

  /** In that folder, where the last storm's is taken away: its jobs have the same names. */
  static StormJournal fresh(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      try (var files = Files.list(folder)) {
        for (var file : files.filter(StormJournal::isOfAJournal).toList()) {
          Files.delete(file);
        }
      }
    }
    return new StormJournal(folder);
  }

  // What else somebody keeps there is not ours to delete.
  private static boolean isOfAJournal(Path file) {
    var name = file.getFileName().toString();
    return name.endsWith(".cq4") || name.endsWith(".cq4t") || name.equals("headgate.lock");
  }

  Journal open() {
    return FolderJournal.in(folder);
  }

  /**
   * Makes every decision again, and looks for the dearest job: both are said in the arm's notes, or
   * in its violations if a decision is another.
   */
  ArmResult check(ArmResult arm) {
    var found = Verification.of(folder);
    var mismatch = found.mismatch();
    if (mismatch != null) {
      return arm.with(List.of(), List.of("its journal does not verify: " + mismatch));
    }
    if (!found.endedInOrder()) {
      return arm.with(List.of(), List.of("its journal was not closed in " + folder));
    }
    return arm.with(
        List.of(
            "journal of %,d records: every decision is as it was (%sverify %s)"
                .formatted(found.records(), COMMAND, folder),
            dearest()),
        List.of());
  }

  private String dearest() {
    var nanosByJob = new HashMap<String, Long>();
    Narrator.tell(
        folder,
        happening -> {
          if (happening.kind() == Happening.Kind.ATTEMPT_ENDED) {
            nanosByJob.merge(
                String.valueOf(happening.job()), (Long) happening.more().get("money"), Long::sum);
          }
          return true;
        });
    return nanosByJob.entrySet().stream()
        .max(Map.Entry.<String, Long>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
        .map(
            job ->
                "most expensive job, $%.4f: %sjob %s %s"
                    .formatted(job.getValue() / 1e9, COMMAND, folder, job.getKey()))
        .orElse("no call was made");
  }
}
