package io.headgate.journal;

import io.headgate.recovery.Past;
import java.nio.file.Path;

/** A journal's past for benchmarks. */
public final class FoldedFolder {
  private FoldedFolder() {}

  /** What recovery knows of all its records, without a snapshot. */
  public static Past past(Path folder) {
    var fold = new PastFold();
    try (JournalReader reader = JournalReader.of(folder)) {
      while (reader.next()) {
        fold.apply(reader.buffer(), reader.offset());
      }
    }
    return fold.past();
  }
}
