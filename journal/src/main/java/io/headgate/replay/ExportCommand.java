package io.headgate.replay;

import io.headgate.journal.JournalReader;
import io.headgate.journal.Narrator;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code headgate export DIR}. */
@Command(
    name = "export",
    description = {
      "Writes a line for each attempt, for notebooks: job, agent, target, task, attempt, rung, why"
          + " it was made (first, retry, hedge, fall), tokens reserved and used, price, class of"
          + " its end, and when it was let in, started and ended. An attempt whose end the journal"
          + " does not know has none.",
      "",
      "Examples:",
      "  headgate export DIR > attempts.csv",
      "  headgate export DIR --format jsonl | jq 'select(.why == \"retry\")'"
    })
final class ExportCommand implements Callable<Integer> {
  private static final int LINES_A_LOOK = 1_024;

  /** How a line is written. */
  enum Format {
    /** As RFC 4180 has it, with a first line of names. */
    CSV {
      @Override
      String head() {
        return String.join(",", AttemptRow.NAMES) + "\n";
      }

      @Override
      String line(AttemptRow row) {
        return row.values().stream()
            .map(value -> value == null ? "" : quoted(value.toString()))
            .collect(Collectors.joining(","));
      }
    },
    /** A JSON object in each line. */
    JSONL {
      @Override
      String head() {
        return "";
      }

      @Override
      String line(AttemptRow row) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        List<@Nullable Object> values = row.values();
        for (int i = 0; i < values.size(); i++) {
          object.put(AttemptRow.NAMES.get(i), values.get(i));
        }
        return Lines.json(object);
      }
    };

    abstract String head();

    abstract String line(AttemptRow row);

    private static String quoted(String text) {
      boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
      return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
  }

  @Mixin private @Nullable JournalFolder journal;
  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--format",
      defaultValue = "CSV",
      description = "${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} if it is left out")
  private Format format = Format.CSV;

  private long lines;
  private boolean gone;

  @Override
  public Integer call() {
    PrintWriter out = Given.of(spec).commandLine().getOut();
    var attempts = new Attempts(row -> print(row, out));
    var gaps = new Gaps();
    try (JournalReader reader = JournalReader.of(Given.of(journal).folder())) {
      out.print(format.head());
      boolean _ =
          Narrator.of(
                  reader,
                  happening -> {
                    attempts.hear(happening);
                    gaps.hear(happening);
                    return !gone;
                  })
              .more();
    } finally { // of a damaged journal, what came before
      attempts.end();
      out.flush();
    }
    gaps.tell(Given.of(spec).commandLine().getErr());
    return 0;
  }

  private void print(AttemptRow row, PrintWriter out) {
    out.print(format.line(row) + "\n");
    lines++;
    gone = lines % LINES_A_LOOK == 0 && out.checkError(); // whoever reads it has enough
  }
}
