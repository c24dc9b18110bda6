package io.headgate.replay;

import io.headgate.engine.Ending;
import io.headgate.journal.Happening;
import io.headgate.journal.JournalReader;
import io.headgate.journal.Narrator;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code headgate inspect DIR}. */
@Command(
    name = "inspect",
    description = {
      "Tells what happened, one line each, oldest first.",
      "",
      "Examples:",
      "  headgate inspect DIR --target gpt-large --kind breaker,paused",
      "  headgate inspect DIR --outcome TIMED_OUT_JOB --limit 20",
      "  headgate inspect DIR --follow --json"
    })
final class InspectCommand implements Callable<Integer> {
  private static final long LOOK_NS = 50_000_000;

  @Mixin private @Nullable JournalFolder journal;
  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--job", description = "of this job alone")
  private @Nullable String job;

  @Option(names = "--agent", description = "of this agent alone")
  private @Nullable String agent;

  @Option(names = "--target", description = "of this target alone")
  private @Nullable String target;

  @Option(names = "--kind", split = ",", description = "these alone: ${COMPLETION-CANDIDATES}")
  private @Nullable Set<Happening.Kind> kinds;

  @Option(
      names = "--outcome",
      description = "ends of tasks with this outcome alone: ${COMPLETION-CANDIDATES}")
  private @Nullable Ending outcome;

  @Option(names = "--from", description = "not before, such as 2026-11-30T02:00:00Z")
  private @Nullable Instant from;

  @Option(names = "--to", description = "before that alone")
  private @Nullable Instant to;

  @Option(
      names = "--limit",
      defaultValue = "9223372036854775807",
      description = "so many lines at most")
  private long limit;

  @Option(names = "--json", description = "a JSON object a line; times in nanoseconds")
  private boolean json;

  @Option(names = "--follow", description = "goes on as the journal does, until it is interrupted")
  private boolean follow;

  private long told;

  @Override
  public Integer call() {
    if (limit < 0) {
      throw new IllegalArgumentException(
          "--limit is " + limit + ", but must be from 0; leave it out for all");
    }
    PrintWriter out = Given.of(spec).commandLine().getOut();
    try (JournalReader reader = JournalReader.of(Given.of(journal).folder())) {
      Narrator narrator = Narrator.of(reader, happening -> print(happening, out));
      while (limit > 0 && narrator.more() && follow && !Thread.currentThread().isInterrupted()) {
        out.flush();
        LockSupport.parkNanos(LOOK_NS);
      }
    }
    out.flush();
    return 0;
  }

  private boolean print(Happening happening, PrintWriter out) {
    if (to != null && !happening.at().isBefore(to)) {
      return false;
    }
    if (isAskedFor(happening)) {
      out.println(json ? Lines.json(happening) : Lines.text(happening));
      told++;
    }
    return told < limit && !out.checkError();
  }

  private boolean isAskedFor(Happening happening) {
    return (job == null || job.equals(happening.job()))
        && (agent == null || agent.equals(happening.agent()))
        && (target == null || target.equals(happening.target()))
        && (kinds == null || kinds.contains(happening.kind()))
        && (from == null || !happening.at().isBefore(from))
        && (outcome == null || outcome == happening.more().get("ending"));
  }
}
