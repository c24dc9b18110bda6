package io.headgate.journal;

import io.headgate.runtime.Past;
import java.nio.file.Path;

/** Reads a journal's past out of its folder. */
final class PastReader {
  private PastReader() {}

  /**
   * All that stands there.
   *
   * @throws IllegalStateException if it is damaged, and how to go on
   */
  static Past read(Path folder) {
    var fold = new PastFold();
    try (JournalReader reader = JournalReader.of(folder)) {
      while (reader.next()) {
        fold.apply(reader.buffer(), reader.offset());
      }
    } catch (JournalDamagedException e) {
      throw JournalReader.notWritable(e);
    }
    return fold.past();
  }
}
