package io.headgate.replay;

import io.headgate.journal.Happening;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One attempt, as it stands in a table.
 *
 * @param start the happening that began it
 * @param admitted when its task was let in
 * @param why it was made
 * @param reserved tokens that its task held when it was let in
 * @param end what ended it; null if the journal knows of no end
 */
record AttemptRow(
    Happening start, Instant admitted, Why why, long reserved, @Nullable Happening end) {
  /** Why an attempt is made. */
  enum Why {
    FIRST,
    RETRY,
    HEDGE,
    FALL
  }

  /** What the columns are called. */
  static final List<String> NAMES =
      List.of(
          "job",
          "agent",
          "target",
          "task",
          "attempt",
          "rung",
          "why",
          "reserved_tokens",
          "used_tokens",
          "price_nanodollars",
          "class",
          "admitted",
          "started",
          "ended");

  /** What stands in them; what is not known is null. */
  List<@Nullable Object> values() {
    return Arrays.asList(
        start.job(),
        start.agent(),
        start.target(),
        start.task(),
        start.more().get("attempt"),
        start.more().get("rung"),
        why.name().toLowerCase(Locale.ROOT),
        end == null ? reserved : end.more().get("held"),
        end == null ? null : end.more().get("tokens"),
        end == null ? null : end.more().get("money"),
        end == null ? null : String.valueOf(end.more().get("class")),
        admitted.toString(),
        start.at().toString(),
        end == null ? null : end.at().toString());
  }
}
