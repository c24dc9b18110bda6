package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.AgentSettings;
import io.headgate.BurnPolicy;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.SpendingLimits;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.engine.Ledger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An hour of eight agents, one of which opens fifty times as many jobs as the others from the
 * fortieth minute on: a schedule that fires too often, not a loop within a job, so that no job's
 * budget is in its way. What that costs with spending limits, without, and where an agent's calls
 * at once are all that is bounded; and when somebody is told.
 */
final class RunawayAgent implements Experiment {
  private static final String NAME = "runaway-agent";
  private static final Duration LENGTH = Duration.ofHours(1);
  private static final Duration FROM = Duration.ofMinutes(40);
  private static final Duration DEADLINE = Duration.ofMinutes(5);
  private static final int AGENTS = 8;
  private static final double JOBS_PER_SECOND = 1;
  private static final double FACTOR = 50;
  private static final double LIMIT = 30;
  private static final double PER_MINUTE = 2;
  private static final int BULKHEAD = 16;
  private static final int CAPACITY = 256;
  private static final double NANOS_PER_DOLLAR = 1e9;
  private static final double SECOND_NS = 1e9;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "one agent of eight opens 50 times as many jobs: what it spends, and who is told";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    SpendingLimits limits = SpendingLimits.NONE.money(LIMIT).moneyPerMinute(PER_MINUTE);
    List<ExperimentRow> rows = new ArrayList<>();
    rows.addAll(arm("headgate", a -> a.spending(limits), true));
    rows.addAll(arm("no limits", a -> a.burn(BurnPolicy.OFF), false));
    rows.addAll(arm("usual stack", a -> a.maxInFlight(BULKHEAD).burn(BurnPolicy.OFF), false));
    return rows;
  }

  private static String id(int agent) {
    return "agent-" + agent;
  }

  private static boolean isRunaway(AgentGate agent) {
    return agent.id().equals(id(0));
  }

  private static List<ExperimentRow> arm(
      String arm, UnaryOperator<AgentSettings> policies, boolean held) throws InterruptedException {
    var seen = new Seen();
    var flight = new Flight(scenario(policies), 1, seen);
    seen.flight = flight;
    var _ = OnActor.fly(flight, arm);
    double dearest = 0;
    for (int i = 1; i < AGENTS; i++) {
      dearest = Math.max(dearest, dollars(flight, i));
    }
    return List.of(
        row("dollars spent by the runaway", arm, dollars(flight, 0), held ? atMost(LIMIT) : null),
        row("dollars spent by the dearest of the others", arm, dearest, null),
        row("calls of others answered", arm, seen.answered(), held ? atLeast(0.999) : null),
        row("seconds until somebody is told", arm, seen.seconds(), held ? atMost(60) : null),
        row("alerts for nothing", arm, (double) seen.falseAlarms, held ? atMost(0) : null));
  }

  private static double dollars(Flight flight, int agent) {
    Ledger ledger = flight.headgate.engine.ledgerOf(flight.agent(id(agent)));
    return ledger == null ? 0 : ledger.spentMoney() / NANOS_PER_DOLLAR;
  }

  private static ExperimentRow row(
      String figure, String arm, double value, ExperimentRow.@Nullable Bar bar) {
    return new ExperimentRow(NAME, figure, arm, value, bar);
  }

  private static Scenario scenario(UnaryOperator<AgentSettings> policies) {
    JobModel job =
        JobModel.chat()
            .settings(JobSettings.DEFAULT.deadline(DEADLINE))
            .calls(1, 6)
            .manners(new JobModel.Manners(0, false, DEADLINE));
    var usual = new Arrivals.Poisson(JOBS_PER_SECOND);
    var runaway = new Arrivals.Poisson(JOBS_PER_SECOND / AGENTS * (FACTOR - 1));
    ProviderModel provider = ProviderModel.chat().capacity(CAPACITY, 1);
    List<Scenario.AgentPart> agents = new ArrayList<>();
    for (int i = 0; i < AGENTS; i++) {
      agents.add(new Scenario.AgentPart(id(i), policies.apply(AgentSettings.DEFAULT)));
    }
    TargetSettings model = TargetSettings.DEFAULT.price(3, 15);
    long lengthNs = LENGTH.toNanos();
    return new Scenario(
        HeadgateSettings.DEFAULT.maxInFlight(CAPACITY).maxWaiting(10_000),
        0,
        agents,
        List.of(new Scenario.TargetPart("model", model, provider, provider, false)),
        List.of(Load.of(usual, job, LENGTH), new Load(runaway, job, FROM, LENGTH).by(id(0))),
        null,
        Faults.NONE,
        Scenario.Operator.NONE,
        lengthNs,
        lengthNs + 2 * DEADLINE.toNanos());
  }

  /** What becomes of the others' calls, and which alerts there are. */
  private static final class Seen extends Answered {
    private @Nullable Flight flight;
    private long firstNs = -1;
    private long falseAlarms;

    Seen() {
      super(agent -> !isRunaway(agent));
    }

    @Override
    public void burning(AgentGate agent, boolean burning, long tokens) {
      long nowNs = flight == null ? 0 : flight.world.agenda.nowNs();
      if (burning && isRunaway(agent) && nowNs >= FROM.toNanos()) {
        firstNs = firstNs < 0 ? nowNs : firstNs;
      } else if (burning) {
        falseAlarms++;
      }
    }

    /** All of the time if nobody is. */
    double seconds() {
      long untilNs = firstNs < 0 ? LENGTH.toNanos() : firstNs;
      return (untilNs - FROM.toNanos()) / SECOND_NS;
    }
  }
}
