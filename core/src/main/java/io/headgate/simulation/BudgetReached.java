package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.AgentSettings;
import io.headgate.DegradationPolicy;
import io.headgate.DegradationPolicy.Rung;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.ParkPolicy;
import io.headgate.ParkPolicy.Action;
import io.headgate.Spending;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A working day of jobs of 2 to 12 calls whose budget covers most of them, not all. With a rule
 * they are parked at its end, and somebody who looks in every half hour grants a half more to each;
 * or a share is kept for one last answer. Without, what they have spent is lost; and where there is
 * no budget, nobody is asked. A usual stack counts what answers used, looks at that before each
 * call, and gives up.
 */
final class BudgetReached implements Experiment {
  private static final String NAME = "budget-reached";
  private static final Duration LENGTH = Duration.ofHours(8);
  private static final Duration ROUND = Duration.ofMinutes(30);
  private static final Duration DEADLINE = Duration.ofMinutes(10);
  private static final Duration NOBODY_CAME = Duration.ofHours(2);
  private static final long BUDGET = 16_000;
  private static final int KEPT_PERCENT = 20;
  private static final double JOBS_PER_SECOND = 1 / 30.0;
  private static final String USUAL = "usual stack, looks first";
  private static final String LADDER = "headgate, static answer";
  private static final long LOOK_NS = 1_000_000_000;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "jobs that come to the end of their budget: parked, wrapped up, or their work is lost";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    JobSettings budget = JobSettings.DEFAULT.deadline(DEADLINE).tokenBudget(BUDGET);
    ParkPolicy park = ParkPolicy.atBudget().then(Action.REFUSE, NOBODY_CAME).clockStands(true);
    List<ExperimentRow> rows = new ArrayList<>();
    rows.addAll(arm("headgate, parked", budget.parkAtBudget(park), Held.DONE));
    rows.addAll(arm("headgate, wraps up", budget.wrapUpPercent(KEPT_PERCENT), Held.ANSWERED));
    rows.addAll(arm(LADDER, budget, Held.ANSWERED));
    rows.addAll(arm("no rule", budget, Held.NOTHING));
    JobSettings none = JobSettings.DEFAULT.deadline(DEADLINE);
    rows.addAll(arm("no budget", none, Held.NOTHING));
    rows.addAll(arm(USUAL, none, Held.NOTHING));
    return rows;
  }

  private enum Held {
    DONE,
    ANSWERED,
    NOTHING
  }

  private static List<ExperimentRow> arm(String arm, JobSettings settings, Held held)
      throws InterruptedException {
    boolean looks = arm.equals(USUAL);
    var counter = new UsedCounter();
    var seen = new Seen(looks);
    TargetSettings model =
        arm.equals(LADDER)
            ? TargetSettings.DEFAULT.degradation(
                DegradationPolicy.of(Rung.of("large", 100), Rung.ofStatic("apology")))
            : TargetSettings.DEFAULT;
    var flight = new Flight(scenario(settings, model), 1, new Witnesses(List.of(seen, counter)));
    if (looks) {
      flight.mayCall = job -> counter.tokens(job) < BUDGET;
    }
    flight.world.startIn(0, () -> rounds(flight));
    Flight.Result result = OnActor.fly(flight, arm);
    Tally tally = result.tally();
    double jobs = Math.max(1, tally.jobs);
    boolean checked = held != Held.NOTHING;
    return List.of(
        row("jobs done", arm, tally.jobsInTime / jobs, held == Held.DONE ? atLeast(0.99) : null),
        row(
            "jobs with an answer",
            arm,
            (tally.jobsInTime + tally.jobsWrappedUp) / jobs,
            checked ? atLeast(0.99) : null),
        row("tokens spent on jobs without one", arm, seen.lost(), checked ? atMost(0.01) : null),
        row(
            "tokens beyond what was granted",
            arm,
            (double) seen.beyond,
            checked ? atMost(0) : null),
        row("tokens of the dearest job", arm, (double) tally.mostSpentTokens, null));
  }

  private static ExperimentRow row(
      String figure, String arm, double value, ExperimentRow.@Nullable Bar bar) {
    return new ExperimentRow(NAME, figure, arm, value, bar);
  }

  private static Scenario scenario(JobSettings settings, TargetSettings model) {
    JobModel job =
        JobModel.chat()
            .settings(settings)
            .calls(2, 12)
            .manners(new JobModel.Manners(0, false, LENGTH));
    Load load = Load.of(new Arrivals.Poisson(JOBS_PER_SECOND), job, LENGTH);
    ProviderModel provider = ProviderModel.chat();
    long lengthNs = LENGTH.toNanos();
    return new Scenario(
        HeadgateSettings.DEFAULT,
        0,
        List.of(new Scenario.AgentPart("agent", AgentSettings.DEFAULT)),
        List.of(new Scenario.TargetPart("model", model, provider, provider, false)),
        List.of(load),
        null,
        Faults.NONE,
        Scenario.Operator.NONE,
        lengthNs,
        lengthNs + 2 * NOBODY_CAME.toNanos());
  }

  /** Somebody who comes by, and grants each job that waits for it half as much again. */
  private static void rounds(Flight flight) throws Actor.Interrupted {
    Actor self = Actor.current();
    while (self != null && flight.world.agenda.nowNs() < LENGTH.plus(ROUND).toNanos()) {
      self.sleep(ROUND.toNanos());
      @Nullable VirtualTask parked = flight.headgate.firstParked();
      while (parked != null) {
        VirtualJob job = parked.job();
        flight.headgate.changeBudget(job, job.tokenBudget() * 3 / 2, job.moneyBudget());
        self.sleep(LOOK_NS); // until what it covers has gone on
        parked = flight.headgate.firstParked();
      }
    }
  }

  /** What jobs have spent, and what of it brought nobody an answer. */
  private static final class Seen implements Witness {
    private final List<VirtualJob> jobs = new ArrayList<>();
    private final boolean hostCounts;
    private long beyond;

    Seen(boolean hostCounts) {
      this.hostCounts = hostCounts;
    }

    @Override
    public void jobRetired(VirtualJob job, Spending spent) {
      jobs.add(job);
      job.spentTokens = spent.tokensSpent();
      long granted = hostCounts ? BUDGET : job.tokenBudget();
      beyond = Math.max(beyond, spent.tokensSpent() - granted);
    }

    double lost() {
      long all = 0;
      long lost = 0;
      for (VirtualJob job : jobs) {
        all += job.spentTokens;
        lost += Boolean.TRUE.equals(job.inTime) || job.wrappedUp ? 0 : job.spentTokens;
      }
      return (double) lost / Math.max(1, all);
    }
  }
}
