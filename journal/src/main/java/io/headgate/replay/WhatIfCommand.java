package io.headgate.replay;

import io.headgate.journal.NightReader;
import io.headgate.journal.Policy;
import io.headgate.simulation.NightFigures;
import io.headgate.simulation.Rerun;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code headgate what-if DIR}. */
@Command(
    name = "what-if",
    description = {
      "The same night under another policy, beside what happened. Each job of the journal comes"
          + " again when it came, and does what it did: through the real gates and the real engine,"
          + " in virtual time. What nobody knows is drawn, so that the answer is a range over many"
          + " seeds. Without --set it is the same policy: that shows how good the model is.",
      "",
      "Examples:",
      "  headgate what-if DIR --set target.gpt-large.retry.maxAttempts=1",
      "  headgate what-if DIR --set 'agent.*.maxInFlight=4' --set headgate.maxInFlight=64",
      "  headgate what-if DIR --set 'job.*.tokenBudget=20000' --seeds 20 --json"
    })
final class WhatIfCommand implements Callable<Integer> {
  private static final int MAX_SEEDS = 100_000;

  @Mixin private @Nullable JournalFolder journal;
  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description =
          "a setting of headgate, agent.ID, target.ID or job.ID, by its name in the journal; *"
              + " for all ids")
  private List<String> settings = new ArrayList<>();

  @Option(
      names = "--seeds",
      defaultValue = "100",
      description = "how often it is flown; ${DEFAULT-VALUE} if it is left out")
  private int seeds = 100;

  @Option(names = "--json", description = "as one object")
  private boolean json;

  /** What is known of all runs. */
  private static final class Known {
    long silentJobs;
    long refusals;
    boolean eachRefusal;
    int runs;
  }

  /**
   * A figure under the other policy.
   *
   * @param low a tenth of the seeds is below that
   * @param high a tenth is above that
   */
  record Range(long low, long median, long high) {
    static Range of(long[] values) {
      long[] sorted = values.clone();
      Arrays.sort(sorted);
      return new Range(at(sorted, 0.1), at(sorted, 0.5), at(sorted, 0.9));
    }

    private static long at(long[] sorted, double share) {
      return sorted[(int) Math.round(share * (sorted.length - 1))];
    }
  }

  @Override
  public Integer call() {
    if (seeds < 1 || seeds > MAX_SEEDS) {
      throw new IllegalArgumentException(
          "--seeds is " + seeds + ", but must be from 1 to " + MAX_SEEDS + "; 100 is usual");
    }
    Policy policy = Policy.of(settings);
    var known = new Known();
    var then = new NightFigures();
    NightFigures[] flown = new NightFigures[seeds];
    Arrays.setAll(flown, _ -> new NightFigures());
    Path folder = Given.of(journal).folder();
    if (!settings.isEmpty()) {
      NightReader.read(
          folder, policy, _ -> {}); // who is not there is said before anything is flown
      policy.checkUsed();
    }
    NightReader.read(
        folder,
        policy,
        run -> {
          known.runs++;
          known.silentJobs += run.silentJobs();
          known.refusals += run.refusals();
          known.eachRefusal |= run.eachRefusal();
          then.add(run.then());
          fly(new Rerun(run.night()), flown);
        });
    Map<String, Range> would = ranges(flown);
    PrintWriter out = Given.of(spec).commandLine().getOut();
    if (json) {
      out.println(json(policy, then, would, known));
    } else {
      print(out, policy, then, would, known);
    }
    return 0;
  }

  private static void fly(Rerun rerun, NightFigures[] to) {
    try {
      for (int seed = 0; seed < to.length; seed++) {
        to[seed].add(rerun.fly(seed));
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("it was interrupted", e);
    }
  }

  private static Map<String, Range> ranges(NightFigures[] flown) {
    Map<String, long[]> values = new LinkedHashMap<>();
    for (int i = 0; i < flown.length; i++) {
      int seed = i;
      flown[i]
          .byName()
          .forEach(
              (name, value) ->
                  values.computeIfAbsent(name, _ -> new long[flown.length])[seed] = value);
    }
    Map<String, Range> ranges = new LinkedHashMap<>();
    values.forEach((name, each) -> ranges.put(name, Range.of(each)));
    return ranges;
  }

  private void print(
      PrintWriter out, Policy policy, NightFigures then, Map<String, Range> would, Known known) {
    out.printf(Locale.ROOT, "what if: %s%n%n", policy);
    out.printf(Locale.ROOT, "%-20s %16s %16s %16s %16s%n", "", "then", "median", "p10", "p90");
    then.byName()
        .forEach(
            (name, value) -> {
              Range range = Given.of(would.get(name));
              out.printf(
                  Locale.ROOT,
                  "%-20s %16s %16s %16s %16s%n",
                  title(name),
                  shown(name, value),
                  shown(name, range.median),
                  shown(name, range.low),
                  shown(name, range.high));
            });
    out.printf(Locale.ROOT, "%nover %d seeds. Assumed is:%n", seeds);
    for (String each : assumed(known)) {
      out.println("- " + each);
    }
  }

  private static String title(String name) {
    return switch (name) {
      case "jobsInTime" -> "jobs in time";
      case "attemptsFailed" -> "attempts failed";
      case "tokensOnFailures" -> "tokens on failures";
      case "dearestJobTokens" -> "dearest job's tokens";
      case "moneyNanos" -> "money";
      case "p50Ns" -> "p50";
      case "p99Ns" -> "p99";
      default -> name;
    };
  }

  private static String shown(String name, long value) {
    if (name.endsWith("Ns")) {
      return Lines.duration(value);
    }
    return name.equals("moneyNanos") ? Lines.dollars(value) : Long.toString(value);
  }

  private String json(Policy policy, NightFigures then, Map<String, Range> would, Known known) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("policy", policy.toString());
    all.put("seeds", seeds);
    all.put("then", then.byName());
    Map<String, Object> ranges = new LinkedHashMap<>();
    would.forEach(
        (name, range) -> {
          Map<String, Object> each = new LinkedHashMap<>();
          each.put("p10", range.low);
          each.put("median", range.median);
          each.put("p90", range.high);
          ranges.put(name, each);
        });
    all.put("whatIf", ranges);
    all.put("assumed", assumed(known));
    return Lines.json(all);
  }

  private static List<String> assumed(Known known) {
    List<String> all = new ArrayList<>();
    all.add(
        "a job's first call comes when it came; each further one when those that had ended before"
            + " it have ended, as much later as then. A job whose call is not answered that was"
            + " answered then breaks off; one that had broken off and need not goes on as a job"
            + " like it did.");
    all.add(
        "an attempt takes as long as it took then, with the same end and usage, whatever load is on"
            + " its target; one that was not made then, as one of the 32 nearest in time at that"
            + " target, drawn. One that ran into its timeout would never have answered.");
    all.add(
        "which call made another is not on record: the one that waits for it, or the last that had"
            + " begun. A call answers as it did, whatever its children answered.");
    if (known.silentJobs > 0) {
      all.add(
          known.silentJobs
              + " jobs came of which nothing was let in: each wants what a job near that time"
              + " wanted, drawn; it asks as often as the refusals on record come to, until the time"
              + " at which it gave up.");
    } else if (known.refusals > 0) {
      all.add(
          "each of the "
              + known.refusals
              + " refusals that might have been let in later is a job more, like one near that"
              + " time, drawn; it asks once.");
    }
    all.add(
        known.eachRefusal
            ? "refusals are on record each; a job whose last call was refused did not finish."
            : "refusals are on record by their number in an interval; a job whose last call was"
                + " refused looks as if it had finished.");
    all.add(
        "a job is in time if the last call that ended was answered, by its deadline; what an"
            + " operator said of parked tasks is not said again. Each of the "
            + known.runs
            + " runs begins with a new Headgate, and what was under way at its end is finished.");
    return all;
  }
}
