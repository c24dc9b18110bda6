package io.headgate.replay;

import io.headgate.engine.Ending;
import io.headgate.journal.Happening;
import io.headgate.journal.Narrator;
import java.io.PrintWriter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code headgate stats DIR}. */
@Command(
    name = "stats",
    description = {
      "The table that one wants after a bad night: what was let in, what became of it, how long it"
          + " took and what it cost.",
      "",
      "Examples:",
      "  headgate stats DIR",
      "  headgate stats DIR --by agent"
    })
final class StatsCommand implements Callable<Integer> {
  /** What a row is of. */
  enum By {
    MINUTE,
    AGENT,
    TARGET,
    JOB;

    @Nullable String key(Happening happening) {
      return switch (this) {
        case MINUTE -> happening.at().truncatedTo(ChronoUnit.MINUTES).toString();
        case AGENT -> happening.agent();
        case TARGET -> happening.target();
        case JOB -> happening.job();
      };
    }
  }

  @Mixin private @Nullable JournalFolder journal;
  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--by",
      defaultValue = "MINUTE",
      description = "a row for each: ${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} if it is left out")
  private By by = By.MINUTE;

  private static final class Row {
    long admitted;
    long attempts;
    long completed;
    long failed;
    long late;
    long cancelled;
    long tokens;
    long moneyNanos;
    long tokensOnFailures;
    long moneyOnFailures;
    final Histogram took = new Histogram(2);

    void hear(Happening happening) {
      Map<String, Object> more = happening.more();
      switch (happening.kind()) {
        case TASK_ADMITTED -> admitted++;
        case ATTEMPT_STARTED -> attempts++;
        case ATTEMPT_ENDED -> {
          tokens += number(more, "tokens");
          moneyNanos += number(more, "money");
          if (!"OK".equals(String.valueOf(more.get("class")))) {
            tokensOnFailures += number(more, "tokens");
            moneyOnFailures += number(more, "money");
          }
        }
        case TASK_ENDED -> {
          ended((Ending) more.get("ending"));
          took.recordValue(Math.max(0, number(more, "took")) / 1_000);
        }
        default -> {}
      }
    }

    private void ended(@Nullable Ending ending) {
      switch (Given.of(ending)) {
        case COMPLETED -> completed++;
        case FAILED, CUT_OFF -> failed++;
        case TIMED_OUT_TIMEOUT, TIMED_OUT_JOB, EXPIRED_TTL, EXPIRED_JOB, EXPIRED_TOO_LATE -> late++;
        case CANCELLED_CALLER,
            CANCELLED_JOB_CLOSED,
            CANCELLED_SHUTDOWN,
            CANCELLED_REMOVED,
            CANCELLED_DECLINED,
            CANCELLED_WOULD_DEADLOCK,
            CANCELLED_BUDGET ->
            cancelled++;
      }
    }

    private static long number(Map<String, Object> more, String key) {
      return ((Number) Given.of(more.get(key))).longValue();
    }

    String text(String name) {
      return String.format(
          Locale.ROOT,
          "%-24s %9d %9d %9d %8d %8d %9d %10s %10s %11d %12s %10d %12s",
          name,
          admitted,
          attempts,
          completed,
          failed,
          late,
          cancelled,
          Lines.duration(took.getValueAtPercentile(50) * 1_000),
          Lines.duration(took.getValueAtPercentile(99) * 1_000),
          tokens,
          Lines.dollars(moneyNanos),
          tokensOnFailures,
          Lines.dollars(moneyOnFailures));
    }
  }

  @Override
  public Integer call() {
    Map<String, Row> rows = new TreeMap<>();
    Row all = new Row();
    Narrator.tell(
        Given.of(journal).folder(),
        happening -> {
          String key = by.key(happening);
          if (key != null && happening.task() >= 0) {
            rows.computeIfAbsent(key, _ -> new Row()).hear(happening);
          }
          all.hear(happening);
          return true;
        });
    PrintWriter out = Given.of(spec).commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%-24s %9s %9s %9s %8s %8s %9s %10s %10s %11s %12s %10s %12s%n",
        by.name().toLowerCase(Locale.ROOT),
        "admitted",
        "attempts",
        "completed",
        "failed",
        "late",
        "cancelled",
        "p50",
        "p99",
        "tokens",
        "money",
        "on failures",
        "money on it");
    rows.forEach((name, row) -> out.println(row.text(name)));
    out.println(all.text("all"));
    return 0;
  }
}
