package io.headgate.replay;

import io.headgate.journal.Happening;
import io.headgate.journal.JournalReader;
import io.headgate.journal.Narrator;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
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
      "The table that one wants after a bad night: what was let in and what was refused, what"
          + " became of it, how long it took and what it cost. Refusals are counted every 10 s (or"
          + " as the journal's settings say), and stand in the minute in which that ended; of jobs"
          + " they are known if each was wanted on record, and there was room.",
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

    /** Whether its rows count that. Refusals are told of one, of the other and of all. */
    boolean counts(Happening happening) {
      return switch (happening.kind()) {
        case REFUSALS -> this == MINUTE ? isOfAll(happening) : this != JOB;
        case REFUSED -> this == JOB;
        default -> happening.task() >= 0;
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

  private final Screen screen;

  StatsCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() {
    Map<String, Tally> rows = new TreeMap<>();
    Tally all = new Tally();
    var gaps = new Gaps();
    Path folder = Given.of(journal).folder();
    long records = screen.isTerminal() ? JournalReader.countIn(folder) : 0;
    Narrator.tell(
        folder,
        happening -> {
          screen.progress(happening.record(), records);
          gaps.hear(happening);
          String key = by.key(happening);
          if (key != null && by.counts(happening)) {
            rows.computeIfAbsent(key, _ -> new Tally()).hear(happening);
          }
          if (By.MINUTE.counts(happening)) {
            all.hear(happening);
          }
          return true;
        });
    screen.done();
    PrintWriter out = Given.of(spec).commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%-24s %9s %9s %9s %9s %9s %8s %8s %9s %10s %10s %11s %12s %10s %12s  %s%n",
        by.name().toLowerCase(Locale.ROOT),
        "offered",
        "admitted",
        "refused",
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
        "money on it",
        "refused, why");
    rows.forEach((name, row) -> out.println(text(name, row)));
    out.println(text("all", all));
    gaps.tell(out);
    return 0;
  }

  private static String text(String name, Tally of) {
    return String.format(
        Locale.ROOT,
        "%-24s %9d %9d %9d %9d %9d %8d %8d %9d %10s %10s %11d %12s %10d %12s  %s",
        name,
        of.admitted + of.refused(),
        of.admitted,
        of.refused(),
        of.attempts,
        of.completed,
        of.failed,
        of.late,
        of.cancelled,
        Lines.duration(of.tookMicros.getValueAtPercentile(50) * 1_000),
        Lines.duration(of.tookMicros.getValueAtPercentile(99) * 1_000),
        of.tokens,
        Lines.dollars(of.moneyNanos),
        of.tokensOnFailures,
        Lines.dollars(of.moneyOnFailures),
        of.refusedWhy());
  }

  /** Whether it tells of the refusals of all agents at all targets. */
  static boolean isOfAll(Happening refusals) {
    return refusals.agent() == null && refusals.target() == null;
  }
}
