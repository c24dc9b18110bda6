package io.headgate.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.journal.Happening;
import io.headgate.journal.Happening.Kind;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each attempt is one row, with why it was made, also if it outlives its task or has no end. */
class AttemptsTest {
  private final List<String> rows = new ArrayList<>();
  private final Attempts attempts =
      new Attempts(
          row ->
              rows.add(
                  row.start().task()
                      + " "
                      + row.why()
                      + " "
                      + row.reserved()
                      + (row.end() == null ? " open" : "")));
  private long second;

  private void hear(Kind kind, long task, Object... more) {
    attempts.hear(Happenings.at(second++, kind, task, more));
  }

  @Test
  void aHedgeAndWhatFallsBesideAreToldApart() {
    hear(Kind.TASK_ADMITTED, 1, "tokens", 5L);
    hear(Kind.ATTEMPT_STARTED, 1);
    hear(Kind.HEDGE_ADMITTED, 2, "tokens", 6L, "of", 1L);
    hear(Kind.ATTEMPT_STARTED, 2);
    hear(Kind.ATTEMPT_ENDED, 2);
    hear(Kind.TASK_ENDED, 2);
    hear(Kind.HEDGE_ADMITTED, 3, "tokens", 7L, "of", 1L);
    hear(Kind.FALL, 1, "beside", true);
    hear(Kind.ATTEMPT_STARTED, 3);
    hear(Kind.ATTEMPT_ENDED, 3);
    hear(Kind.ATTEMPT_ENDED, 1);
    assertThat(rows).containsExactly("2 HEDGE 6", "3 FALL 7", "1 FIRST 5");
  }

  @Test
  void whatFollowsAFailureSaysSo() {
    hear(Kind.TASK_ADMITTED, 1, "tokens", 5L);
    hear(Kind.ATTEMPT_STARTED, 1);
    hear(Kind.ATTEMPT_ENDED, 1);
    hear(Kind.RETRY, 1);
    hear(Kind.ATTEMPT_STARTED, 1);
    hear(Kind.ATTEMPT_ENDED, 1);
    hear(Kind.FALL, 1, "beside", false);
    hear(Kind.ATTEMPT_STARTED, 1);
    hear(Kind.TASK_ENDED, 1); // it timed out, and its thread goes on
    hear(Kind.ATTEMPT_ENDED, 1);
    assertThat(rows).containsExactly("1 FIRST 5", "1 RETRY 5", "1 FALL 5");
  }

  @Test
  void whatARunThatWasCutOffLeftHasNoEnd() {
    hear(Kind.TASK_ADMITTED, 1, "tokens", 5L);
    hear(Kind.ATTEMPT_STARTED, 1);
    hear(Kind.TASK_ADMITTED, 2, "tokens", 6L);
    hear(Kind.RUN_STARTED, -1);
    hear(Kind.TASK_ADMITTED, 1, "tokens", 7L);
    hear(Kind.ATTEMPT_STARTED, 1);
    attempts.end();
    assertThat(rows).containsExactly("1 FIRST 5 open", "1 FIRST 7 open");
  }

  @Test
  void anIdWithACommaStaysOneColumn() {
    Happening start = Happenings.at(0, Kind.ATTEMPT_STARTED, 1, "attempt", 1, "rung", 0);
    var row = new AttemptRow(start, start.at(), AttemptRow.Why.FIRST, 5, null);
    assertThat(ExportCommand.Format.CSV.line(row))
        .isEqualTo(
            "\"job,"
                + " \"\"one\"\"\",agent,target,1,1,0,first,5,,,,2026-11-30T02:00:00Z,2026-11-30T02:00:00Z,");
    assertThat(ExportCommand.Format.JSONL.line(row))
        .startsWith("{\"job\":\"job, \\\"one\\\"\",\"agent\"")
        .endsWith("\"ended\":null}");
  }
}
