package io.headgate.replay;

import io.headgate.journal.Happening;
import java.io.PrintWriter;

/** Counts the gaps of a journal, to say what cannot be told. One thread. */
final class Gaps {
  private long gaps;
  private long lost;

  /** Takes note of a happening, if it is one. */
  void hear(Happening happening) {
    if (happening.kind() == Happening.Kind.GAP
        && happening.more().get("lostRecords") instanceof Long records) {
      gaps++;
      lost += records;
    }
  }

  /** Says so, if there are any. */
  void tell(PrintWriter to) {
    if (gaps > 0) {
      to.println(
          "not told here: what came to pass from "
              + (gaps == 1 ? "a gap" : gaps + " gaps")
              + " on until the next Headgate began; the journal could not be written, "
              + lost
              + " records are missing");
    }
  }
}
