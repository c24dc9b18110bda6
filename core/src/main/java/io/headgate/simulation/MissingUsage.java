package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.AgentSettings;
import io.headgate.Estimate;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.TargetSettings;
import io.headgate.UsagePolicy;
import io.headgate.admission.TargetGate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * After a hundred calls a provider forgets to say what each has used. Headgate settles such a call
 * at its whole reservation, so that the job's budget holds whatever was used, and tells of it after
 * three in a row; with no policy for that it tells nobody. A host that takes what is missing for
 * nothing has its budget run away unseen, whoever keeps it.
 */
final class MissingUsage implements Experiment {
  private static final String NAME = "missing-usage";
  private static final long BUDGET = 400_000;
  private static final int CALLS = 2_000;
  private static final int SAID = 100;
  private static final long INPUT = 1_000;
  private static final long OUTPUT = 600;
  private static final long CALL_NS = 1_000_000_000;
  private static final Duration LENGTH = Duration.ofHours(1);

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "a provider that stops reporting usage: the budget holds, and somebody is told";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    rows.addAll(arm("headgate", Host.HEADGATE));
    rows.addAll(arm("no alert", Host.TOLD_NOBODY));
    rows.addAll(arm("taken for nothing", Host.TAKES_FOR_NOTHING));
    rows.addAll(arm("usual stack", Host.COUNTS_ITSELF));
    return rows;
  }

  /** Who keeps the budget, and of what. */
  private enum Host {
    /** Headgate, of what it is told, and of what it holds where it is told nothing. */
    HEADGATE,
    /** The same with no policy that tells of it. */
    TOLD_NOBODY,
    /** Headgate, which is told 0 where the provider says nothing. */
    TAKES_FOR_NOTHING,
    /** The client: it adds up what answers say, and looks at that before each call. */
    COUNTS_ITSELF
  }

  private static List<ExperimentRow> arm(String arm, Host host) throws InterruptedException {
    var seen = new Seen();
    var flight = new Flight(scenario(host), 1, seen);
    flight.world.startIn(1, () -> work(flight, host, seen));
    var _ = OnActor.fly(flight, arm);
    boolean held = host == Host.HEADGATE || host == Host.TOLD_NOBODY;
    return List.of(
        row(
            "tokens used beyond the job's budget",
            arm,
            (double) Math.max(0, seen.used - BUDGET),
            held ? atMost(0) : null),
        // What is held is the upper bound; half of that is used in the mean.
        row("of the budget, used", arm, (double) seen.used / BUDGET, held ? atLeast(0.5) : null),
        row(
            "calls that say nothing, until somebody is told",
            arm,
            (double) (seen.untilTold < 0 ? seen.silent : seen.untilTold),
            host == Host.HEADGATE ? atMost(3) : null),
        row("alerts while all was said", arm, (double) seen.forNothing, held ? atMost(0) : null));
  }

  private static ExperimentRow row(
      String figure, String arm, double value, ExperimentRow.@Nullable Bar bar) {
    return new ExperimentRow(NAME, figure, arm, value, bar);
  }

  // Each call uses all of its input, and from none to all of the output that it may have.
  private static void work(Flight flight, Host host, Seen seen) throws Actor.Interrupted {
    var random = new SplittableRandom(1);
    boolean counts = host == Host.COUNTS_ITSELF;
    boolean takesForNothing = counts || host == Host.TAKES_FOR_NOTHING;
    JobSettings settings =
        JobSettings.DEFAULT.tokenBudget(counts ? JobSettings.UNLIMITED : BUDGET).deadline(LENGTH);
    long[] counted = new long[1];
    var job = (VirtualJob) flight.headgate.openJob(settings, null);
    for (int call = 0; call < CALLS && !(counts && counted[0] >= BUDGET); call++) {
      boolean says = call < SAID;
      long output = random.nextLong(1 + OUTPUT);
      VirtualTask task =
          flight
              .submit(
                  job,
                  ask(flight, output),
                  attempt -> {
                    attempt.sleep(CALL_NS);
                    seen.used += INPUT + output;
                    seen.silent += says ? 0 : 1;
                    counted[0] += says ? INPUT + output : 0;
                    if (says) {
                      attempt.usage(INPUT, output);
                    } else if (takesForNothing) {
                      attempt.usage(0, 0);
                    }
                  })
              .task();
      if (task == null) {
        break; // nothing is left
      }
      task.await();
    }
    flight.headgate.closeJob(job);
  }

  private static VirtualHeadgate.Ask ask(Flight flight, long output) {
    var demand = new Demand(Estimate.of(INPUT, OUTPUT), INPUT, output);
    return VirtualHeadgate.Ask.of(flight.agent("agent"), flight.target(0), demand);
  }

  private static Scenario scenario(Host host) {
    UsagePolicy usage = host == Host.TOLD_NOBODY ? UsagePolicy.OFF : UsagePolicy.DEFAULT;
    ProviderModel provider = ProviderModel.chat();
    return Scenario.plain(
        HeadgateSettings.DEFAULT,
        List.of(new Scenario.AgentPart("agent", AgentSettings.DEFAULT)),
        List.of(
            new Scenario.TargetPart(
                "model", TargetSettings.DEFAULT.usage(usage), provider, provider, false)),
        List.of(),
        LENGTH,
        LENGTH);
  }

  /** What was really used, and when somebody was told that nobody says. */
  private static final class Seen implements Witness {
    private long used;
    private long silent;
    private long untilTold = -1;
    private long forNothing;

    @Override
    public void usageMissing(TargetGate target, boolean missing) {
      if (missing && silent == 0) {
        forNothing++;
      } else if (missing && untilTold < 0) {
        untilTold = silent;
      }
    }
  }
}
