package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.AgentSettings;
import io.headgate.BreakerPolicy;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.LoopPolicy;
import io.headgate.ParkPolicy;
import io.headgate.ParkPolicy.Action;
import io.headgate.Priority;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A week with nobody there: a tool that asks first, dear calls, jobs that loop and agents whose
 * tools fail park their work, and nobody decides. With policies all of it goes on by itself; where
 * an approval is waited for, as agent frameworks do that interrupt for a human, it piles up.
 */
final class SleepingOperator implements Experiment {
  private static final String NAME = "sleeping-operator";
  private static final Duration WEEK = Duration.ofDays(7);
  private static final Duration NEVER = Duration.ofDays(365);
  private static final Duration REST = Duration.ofDays(1);
  private static final int AGENTS = 4;
  private static final int SEED = 1;

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
          List<ExperimentRow> rows = new ArrayList<>(arm("headgate", true));
          rows.addAll(arm("waits for approval", false));
          return rows;
        });
  }

  private static List<ExperimentRow> arm(String arm, boolean acts) {
    var flight = new Flight(scenario(acts), SEED, 1);
    Flight.Result result = flight.fly();
    long parked = flight.world.hits[FaultPoint.PARKED.ordinal()];
    long byItself = flight.world.hits[FaultPoint.UNPARKED_BY_TIME.ordinal()];
    Tally tally = result.tally();
    return List.of(
        row("tasks parked", arm, (double) parked, null),
        row(
            "of them, ended by their own action",
            arm,
            (double) byItself / Math.max(1, parked),
            acts ? atLeast(1) : null),
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

  private static Scenario scenario(boolean acts) {
    ProviderModel provider =
        ProviderModel.chat()
            .errors(0.05)
            .during(new Disturbance.Outage(Duration.ofDays(3), Duration.ofDays(3).plusHours(2), 1));
    TargetSettings model = TargetSettings.DEFAULT.timeout(Duration.ofMinutes(1)).price(1, 4);
    JobSettings settings =
        JobSettings.DEFAULT
            .deadline(Duration.ofMinutes(30))
            .maxLoops(JobSettings.NO_LIMIT)
            .park(then(ParkPolicy.atLoop(2), Action.REFUSE, Duration.ofHours(8), acts));
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
    List<Scenario.TargetPart> targets =
        List.of(
            part(
                "transfer",
                model.park(then(ParkPolicy.always(), Action.REFUSE, Duration.ofMinutes(15), acts)),
                provider),
            part(
                "model",
                model
                    .loopGuard(LoopPolicy.DEFAULT.cycles(2, 2))
                    .park(then(ParkPolicy.above(0.01), Action.RUN, Duration.ofHours(1), acts)),
                provider),
            part(
                "flaky",
                model.agentBreaker(BreakerPolicy.DEFAULT).breaker(BreakerPolicy.OFF),
                provider.errors(0.4)));
    List<Scenario.AgentPart> agents = new ArrayList<>();
    ParkPolicy ofAgent = then(ParkPolicy.atCutOff(2), Action.RUN, Duration.ofMinutes(30), acts);
    for (int i = 0; i < AGENTS; i++) {
      agents.add(new Scenario.AgentPart("agent-" + i, AgentSettings.DEFAULT.park(ofAgent)));
    }
    long quietNs = WEEK.toNanos();
    return new Scenario(
        HeadgateSettings.DEFAULT.maxParked(acts ? 256 : 100_000).maxWaiting(100_000),
        0,
        agents,
        targets,
        List.of(Load.of(new Arrivals.Poisson(1.0 / 60), job, WEEK)),
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

  private static ParkPolicy then(ParkPolicy when, Action action, Duration after, boolean acts) {
    return when.then(action, acts ? after : NEVER).clockStands(true);
  }
}
