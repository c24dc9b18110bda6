package io.headgate.replay;

import io.headgate.journal.Happening;
import io.headgate.journal.Narrator;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code headgate job DIR ID}. */
@Command(
    name = "job",
    description = {
      "Tells one job's story, in its order, with the reason of every decision.",
      "",
      "Example: headgate job DIR ticket-4711"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:It was told.", "1:There was no such job.", "2:There is no journal."})
final class JobCommand implements Callable<Integer> {
  @Mixin private @Nullable JournalFolder journal;
  @Spec private @Nullable CommandSpec spec;

  @Parameters(index = "1", paramLabel = "ID", description = "the job's id")
  private @Nullable String id;

  // The last thing that was said of each target's breaker, since it explains what follows.
  private final Map<String, String> breakers = new HashMap<>();

  // Operators speak of a task, and not of its job.
  private final Set<Long> tasks = new HashSet<>();
  private final Gaps gaps = new Gaps();
  private @Nullable Instant opened;
  private boolean told;

  @Override
  public Integer call() {
    PrintWriter out = Given.of(spec).commandLine().getOut();
    Narrator.tell(
        Given.of(journal).folder(),
        happening -> {
          hear(happening, out);
          return true;
        });
    gaps.tell(out);
    if (!told) {
      out.println(
          "the journal has no job " + id + "; `headgate inspect DIR --kind job_opened` lists all");
      return 1;
    }
    return 0;
  }

  private void hear(Happening happening, PrintWriter out) {
    gaps.hear(happening);
    if (happening.kind() == Happening.Kind.BREAKER && happening.target() != null) {
      breakers.put(happening.target(), String.valueOf(happening.more().get("state")));
    }
    if (happening.kind() == Happening.Kind.RUN_STARTED) {
      tasks.clear(); // they are numbered anew
    }
    boolean isOurs = Given.of(id).equals(happening.job());
    if (isOurs && happening.task() >= 0) {
      tasks.add(happening.task());
    }
    if (!isOurs && !(happening.kind() == Happening.Kind.SAID && tasks.contains(happening.task()))) {
      return;
    }
    if (happening.kind() == Happening.Kind.JOB_OPENED) {
      opened = happening.at();
      out.println("job " + id + ", opened at " + happening.at());
    }
    told = true;
    Instant from = opened == null ? happening.at() : opened;
    out.printf(
        Locale.ROOT,
        "%12s  %s%n",
        "+" + Lines.duration(Duration.between(from, happening.at()).toNanos()),
        Lines.plain(sentence(happening)));
  }

  private String sentence(Happening happening) {
    Map<String, Object> more = happening.more();
    String task =
        "task " + happening.task() + " (" + happening.agent() + " at " + happening.target() + ")";
    return switch (happening.kind()) {
      case JOB_OPENED ->
          "opened with "
              + more.get("tokens")
              + " tokens and "
              + budget(more.get("money"))
              + ", to be done by "
              + more.get("deadline")
              + ("none".equals(more.get("parent")) ? "" : ", as a part of " + more.get("parent"));
      case JOB_CLOSED -> "closed by " + more.get("by") + ": it takes no more tasks";
      case JOB_RETIRED ->
          "over: it spent "
              + more.get("tokens")
              + " tokens and "
              + money(more)
              + "; of the tokens "
              + more.get("tokensOnFailures")
              + " on failures, "
              + more.get("tokensTooLate")
              + " on answers that came too late";
      case TASK_ADMITTED ->
          task + " let in: it holds " + more.get("tokens") + " tokens and " + money(more);
      case HEDGE_ADMITTED ->
          "a second attempt beside task "
              + more.get("of")
              + " let in: that one is slow, or does not stop";
      case TASK_CANCELLED -> task + ": its caller cancels it";
      case ATTEMPT_STARTED ->
          task
              + ": attempt "
              + more.get("attempt")
              + " starts after "
              + Lines.shown("waited", more.get("waited"))
              + rung(more)
              + (Boolean.TRUE.equals(more.get("probe")) ? ", as a probe of a breaker" : "")
              + ", to end by "
              + more.get("deadline");
      case ATTEMPT_ENDED ->
          task
              + ": the attempt ended: "
              + more.get("class")
              + ", used "
              + more.get("tokens")
              + " of "
              + more.get("held")
              + " tokens, "
              + money(more)
              + (Boolean.TRUE.equals(more.get("overspent"))
                  ? "; that is more than the job has: it is closed"
                  : "");
      case RETRY ->
          task + ": to be tried again at " + more.get("at") + ", since it was " + more.get("after");
      case FALL ->
          task
              + ": goes on at rung "
              + more.get("rung")
              + ", since it was "
              + more.get("after")
              + breaker(happening);
      case STOP -> task + ": told to stop";
      case OVERRUN -> task + ": does not stop: an overrun, still in flight";
      case JOIN ->
          task
              + ": "
              + more.get("change")
              + (more.containsKey("for") ? " for task " + more.get("for") : "");
      case PARKED ->
          task
              + ": held for a human ("
              + more.get("reason")
              + "); at "
              + more.get("byItself")
              + " it does by itself: "
              + more.get("action");
      case UNPARKED -> task + ": " + more.get("action") + ", by " + more.get("by");
      case SAID ->
          "operator "
              + more.get("who")
              + ": "
              + Lines.word(happening)
              + ", since: "
              + more.get("why");
      case REFUSED ->
          "a task of "
              + happening.agent()
              + " at "
              + happening.target()
              + " was refused: "
              + more.get("reason");
      case FUNDED -> task + ": its job's budget covers it again";
      case TASK_ENDED ->
          task
              + " ended: "
              + more.get("ending")
              + " after "
              + Lines.shown("took", more.get("took"))
              + (Boolean.TRUE.equals(more.get("started")) ? "" : ", never started")
              + breaker(happening);
      default -> Lines.name(happening.kind()) + " " + more;
    };
  }

  private static String rung(Map<String, Object> more) {
    return Integer.valueOf(0).equals(more.get("rung")) ? "" : " at rung " + more.get("rung");
  }

  private String breaker(Happening happening) {
    String state = breakers.get(happening.target());
    return state == null || state.equals("CLOSED") ? "" : "; the target's breaker is " + state;
  }

  private static @Nullable Object money(Map<String, Object> more) {
    return Lines.shown("money", more.get("money"));
  }

  private static Object budget(@Nullable Object money) {
    return money instanceof Long nanos ? Lines.dollars(nanos) : "unlimited money";
  }
}
