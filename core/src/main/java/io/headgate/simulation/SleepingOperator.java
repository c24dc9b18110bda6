package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.AgentSettings;
import io.headgate.BreakerPolicy;
import io.headgate.DegradationPolicy;
import io.headgate.DegradationPolicy.Rung;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.LoopPolicy;
import io.headgate.ParkPolicy;
import io.headgate.ParkPolicy.Action;
import io.headgate.ParkReason;
import io.headgate.Priority;
import io.headgate.TargetSettings;
import io.headgate.engine.Ending;
import io.headgate.engine.Unparked;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A week with nobody there: a tool that asks first, dear calls, jobs that loop or come to the end
 * of their budget and agents whose tools fail park their work, and nobody decides. With policies
 * all of it goes on by itself, is refused, or is done by a smaller model; where an approval is
 * waited for, as agent frameworks do that interrupt for a human, it piles up; and where nobody is
 * asked, what asks first is done all the same.
 */
final class SleepingOperator implements Experiment {
  private static final String NAME = "sleeping-operator";
  private static final Duration WEEK = Duration.ofDays(7);
  private static final Duration NEVER = Duration.ofDays(365);
  private static final Duration REST = Duration.ofDays(1);
  private static final int AGENTS = 4;
  private static final String ASKS_FIRST = "transfer";
  private static final int SEED = 1;

  /** An agent calls the flaky tool every six minutes or so. */
  private static final BreakerPolicy FEW_CALLS =
      BreakerPolicy.DEFAULT.failures(15, 4).window(Duration.ofHours(2), 20);

  /** Enough for most jobs of one to four calls, not for all. */
  private static final long BUDGET = 8_000;

  /** Calls that an agent makes which repeats itself, and goes on when it is told so. */
  private static final int CIRCLING = 12;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "a week with nobody there: everything parked ends by its default, nothing is stuck";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    return OnActor.run(
        () -> {
          List<ExperimentRow> rows = new ArrayList<>(arm(Arm.HEADGATE));
          rows.addAll(arm(Arm.USUAL));
          rows.addAll(arm(Arm.OFF));
          return rows;
        });
  }

  private enum Arm {
    HEADGATE("headgate"),
    USUAL("usual stack, waits for approval"),
    OFF("nobody is asked");

    private final String label;

    Arm(String label) {
      this.label = label;
    }

    private ParkPolicy of(ParkPolicy when, Action action, Duration after) {
      return this == OFF
          ? ParkPolicy.OFF
          : when.then(action, this == HEADGATE ? after : NEVER).clockStands(true);
    }
  }

  private static List<ExperimentRow> arm(Arm of) {
    String arm = of.label;
    boolean acts = of == Arm.HEADGATE;
    var seen = new Seen();
    var flight = new Flight(scenario(of), SEED, seen);
    Flight.Result result = flight.fly();
    long parked = flight.world.hits[FaultPoint.PARKED.ordinal()];
    long byItself = flight.world.hits[FaultPoint.UNPARKED_BY_TIME.ordinal()];
    List<ExperimentRow> rows = new ArrayList<>();
    for (ParkReason reason : ParkReason.values()) {
      if (reason == ParkReason.IN_DOUBT) {
        continue; // nobody's process dies here
      }
      String why = "tasks parked, " + reason.name().toLowerCase(Locale.ROOT).replace('_', ' ');
      rows.add(row(why, arm, (double) seen.parked[reason.ordinal()], acts ? atLeast(1) : null));
    }
    rows.addAll(figures(arm, acts, seen, result, parked, byItself));
    return rows;
  }

  private static List<ExperimentRow> figures(
      String arm, boolean acts, Seen seen, Flight.Result result, long parked, long byItself) {
    Tally tally = result.tally();
    return List.of(
        row("tasks parked", arm, (double) parked, null),
        row(
            "of them, ended by their own action",
            arm,
            (double) byItself / Math.max(1, parked),
            acts ? atLeast(1) : null),
        row("tasks degraded by themselves", arm, (double) seen.degraded, acts ? atLeast(1) : null),
        // One in twenty fails, and all of them for two hours.
        row(
            "of them, answered by the smaller model",
            arm,
            (double) seen.answeredBelow / Math.max(1, seen.degraded),
            acts ? atLeast(0.9) : null),
        row(
            "calls that ask first, made unasked",
            arm,
            (double) seen.unasked,
            acts ? atMost(0) : null),
        row("invariants broken, or anything stuck", arm, violated(result), acts ? atMost(0) : null),
        row("jobs done", arm, (double) tally.jobsInTime / Math.max(1, tally.jobs), null));
  }

  private static double violated(Flight.Result result) {
    return result.violation() == null ? 0 : 1;
  }

  private static ExperimentRow row(
      String figure, String arm, double value, ExperimentRow.@Nullable Bar bar) {
    return new ExperimentRow(NAME, figure, arm, value, bar);
  }

  private static Scenario scenario(Arm arm) {
    ProviderModel provider =
        ProviderModel.chat()
            .errors(0.05)
            .during(new Disturbance.Outage(Duration.ofDays(3), Duration.ofDays(3).plusHours(2), 1));
    TargetSettings model = TargetSettings.DEFAULT.timeout(Duration.ofMinutes(1)).price(1, 4);
    JobSettings settings =
        JobSettings.DEFAULT
            .deadline(Duration.ofMinutes(30))
            .maxLoops(JobSettings.NO_LIMIT)
            .tokenBudget(BUDGET)
            .parkAtBudget(arm.of(ParkPolicy.atBudget(), Action.REFUSE, Duration.ofHours(4)))
            .park(arm.of(ParkPolicy.atLoop(2), Action.REFUSE, Duration.ofHours(8)));
    JobModel job =
        new JobModel(
            settings,
            new JobModel.Calls(1, 4, false, Priority.NORMAL, JobModel.Calls.NO_TTL),
            new JobModel.Tokens(1_000, 300, 0.8, true),
            JobModel.Children.NONE,
            new JobModel.Manners(0, false, REST),
            new JobModel.Arguments(100, 0.1, 2),
            0,
            0);
    // Small calls, so that no other rule is first; and many, for it takes five or more.
    JobModel circling =
        job.settings(settings.tokenBudget(JobSettings.UNLIMITED))
            .calls(CIRCLING, CIRCLING)
            .tokens(100, 30, 0.3)
            .arguments(new JobModel.Arguments(1, 1, 1, true));
    List<Scenario.TargetPart> targets =
        List.of(
            part(
                ASKS_FIRST,
                model.park(arm.of(ParkPolicy.always(), Action.REFUSE, Duration.ofMinutes(15))),
                provider),
            part(
                "model",
                model
                    .loopGuard(LoopPolicy.DEFAULT.cycles(2, 2))
                    .park(arm.of(ParkPolicy.above(0.01), Action.RUN, Duration.ofHours(1))),
                provider),
            new Scenario.TargetPart(
                "writer",
                model
                    .degradation(DegradationPolicy.of(Rung.of("large", 100), Rung.of("small", 20)))
                    .park(arm.of(ParkPolicy.above(0.005), Action.DEGRADE, Duration.ofHours(2))),
                provider,
                provider,
                false,
                List.of(provider)),
            part(
                "flaky",
                model.agentBreaker(FEW_CALLS).breaker(BreakerPolicy.OFF),
                provider.errors(0.6)));
    List<Scenario.AgentPart> agents = new ArrayList<>();
    ParkPolicy ofAgent = arm.of(ParkPolicy.atCutOff(2), Action.RUN, Duration.ofMinutes(30));
    for (int i = 0; i < AGENTS; i++) {
      agents.add(new Scenario.AgentPart("agent-" + i, AgentSettings.DEFAULT.park(ofAgent)));
    }
    long quietNs = WEEK.toNanos();
    return new Scenario(
        HeadgateSettings.DEFAULT.maxParked(arm == Arm.HEADGATE ? 256 : 100_000).maxWaiting(100_000),
        0,
        agents,
        targets,
        List.of(
            Load.of(new Arrivals.Poisson(1.0 / 60), job, WEEK),
            Load.of(new Arrivals.Poisson(1.0 / 240), circling, WEEK)),
        null,
        Faults.NONE,
        Scenario.Operator.NONE,
        quietNs,
        quietNs + REST.toNanos());
  }

  private static Scenario.TargetPart part(
      String id, TargetSettings settings, ProviderModel provider) {
    return new Scenario.TargetPart(id, settings, provider, provider, false);
  }

  /** What is parked for want of budget, and what becomes of what goes on below. */
  private static final class Seen implements Witness {
    private final Set<VirtualTask> below = new HashSet<>();
    private final long[] parked = new long[ParkReason.values().length];
    private long degraded;
    private long answeredBelow;
    private long unasked;

    @Override
    public void parked(VirtualTask task, ParkReason reason, ParkPolicy policy, long actionNs) {
      parked[reason.ordinal()]++;
    }

    @Override
    public void started(VirtualTask task, int attempt, long nowNs, long deadlineNs) {
      // After the week the flight itself looks whether all still answers.
      boolean counts = task.targetGate().id().equals(ASKS_FIRST) && task.tokens() > 0;
      unasked += counts ? 1 : 0;
    }

    @Override
    public void unparked(VirtualTask task, Action action, Unparked by) {
      if (action == Action.DEGRADE) {
        degraded++;
        below.add(task);
      }
    }

    @Override
    public void ended(VirtualTask task, Ending ending, boolean waiting, long nowNs, long ranNs) {
      if (below.remove(task)) {
        answeredBelow += ending == Ending.COMPLETED && task.rung() > 0 ? 1 : 0;
      }
    }
  }
}
