package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.AgentSettings;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Jobs that make more and more calls, no two of them alike: each calls two others, ten deep; one
 * calls a hundred; one goes on for two thousand. What the limits on depth, fan-out, calls of a job
 * and calls of a job at one target make of that, and what seven other agents notice. The usual
 * stack bounds an agent's calls at once, and knows no jobs.
 */
final class CallBomb implements Experiment {
  private static final String NAME = "call-bomb";
  private static final Duration LENGTH = Duration.ofMinutes(10);
  private static final Duration DEADLINE = Duration.ofMinutes(10);
  private static final int AGENTS = 8;
  private static final int CAPACITY = 128;
  private static final int BULKHEAD = 16;
  private static final int DEPTH = 3;
  private static final int FAN_OUT = 8;
  private static final int CALLS = 50;
  private static final double BOMBS_PER_SECOND = 0.1;
  private static final double OTHERS_PER_SECOND = 4;

  /**
   * A job that makes too many calls.
   *
   * @param most that the limit leaves of them
   */
  private record Bomb(
      String name,
      UnaryOperator<JobModel> calls,
      UnaryOperator<JobSettings> job,
      UnaryOperator<TargetSettings> target,
      int most) {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "jobs whose calls call others, or never end: cut off by depth, fan-out and number";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    for (Bomb bomb : bombs()) {
      AgentSettings bulkhead = AgentSettings.DEFAULT.maxInFlight(BULKHEAD);
      rows.addAll(arm("headgate", bomb, AgentSettings.DEFAULT, true));
      rows.addAll(arm("no limits", bomb, AgentSettings.DEFAULT, false));
      rows.addAll(arm("usual stack", bomb, bulkhead, false));
    }
    return rows;
  }

  private static List<Bomb> bombs() {
    return List.of(
        new Bomb(
            "each calls two, ten deep",
            j -> j.calls(1, 1).children(1, 2, 10),
            j -> j.maxDepth(DEPTH),
            t -> t,
            (1 << (DEPTH + 1)) - 1),
        new Bomb(
            "one calls a hundred",
            j -> j.calls(1, 1).children(1, 100, 1),
            j -> j.maxFanOut(FAN_OUT),
            t -> t,
            1 + FAN_OUT),
        new Bomb(
            "two thousand in a row",
            j -> j.calls(2_000, 2_000),
            j -> j.maxCalls(CALLS),
            t -> t,
            CALLS),
        new Bomb(
            "two thousand of one target",
            j -> j.calls(2_000, 2_000),
            j -> j,
            t -> t.maxCallsPerJob(CALLS),
            CALLS));
  }

  private static String id(int agent) {
    return "agent-" + agent;
  }

  private static boolean isBomb(AgentGate agent) {
    return agent.id().equals(id(0));
  }

  private static List<ExperimentRow> arm(
      String arm, Bomb bomb, AgentSettings agent, boolean limited) throws InterruptedException {
    var seen = new Seen();
    var _ = OnActor.fly(new Flight(scenario(bomb, agent, limited), 1, seen), arm);
    return List.of(
        row(
            "calls of the largest job, " + bomb.name,
            arm,
            seen.most(),
            limited ? atMost(bomb.most) : null),
        row(
            "calls of others answered, " + bomb.name,
            arm,
            seen.answered(),
            limited ? atLeast(0.99) : null));
  }

  private static ExperimentRow row(
      String figure, String arm, double value, ExperimentRow.@Nullable Bar bar) {
    return new ExperimentRow(NAME, figure, arm, value, bar);
  }

  private static Scenario scenario(Bomb bomb, AgentSettings agent, boolean limited) {
    JobModel honest =
        JobModel.chat()
            .settings(JobSettings.DEFAULT.deadline(DEADLINE))
            .calls(1, 6)
            .manners(new JobModel.Manners(0, false, DEADLINE));
    // Nothing else is in their way.
    JobSettings free =
        JobSettings.DEFAULT
            .deadline(DEADLINE)
            .maxDepth(1_000)
            .maxFanOut(1_000_000)
            .maxTasks(10_000);
    JobModel model = bomb.calls.apply(honest).settings(limited ? bomb.job.apply(free) : free);
    TargetSettings target =
        limited ? bomb.target.apply(TargetSettings.DEFAULT) : TargetSettings.DEFAULT;
    ProviderModel provider = ProviderModel.chat().capacity(CAPACITY, 1);
    List<Scenario.AgentPart> agents = new ArrayList<>();
    List<Load> loads = new ArrayList<>();
    loads.add(Load.of(new Arrivals.Poisson(BOMBS_PER_SECOND), model, LENGTH).by(id(0)));
    for (int i = 0; i < AGENTS; i++) {
      agents.add(new Scenario.AgentPart(id(i), agent));
      if (i > 0) {
        var arrivals = new Arrivals.Poisson(OTHERS_PER_SECOND / (AGENTS - 1));
        loads.add(Load.of(arrivals, honest, LENGTH).by(id(i)));
      }
    }
    long lengthNs = LENGTH.toNanos();
    return new Scenario(
        HeadgateSettings.DEFAULT.maxInFlight(CAPACITY).maxWaiting(10_000),
        0,
        agents,
        List.of(new Scenario.TargetPart("model", target, provider, provider, false)),
        loads,
        null,
        Faults.NONE,
        Scenario.Operator.NONE,
        lengthNs,
        lengthNs + 2 * DEADLINE.toNanos());
  }

  /** How many calls each job makes, and what becomes of the others'. */
  private static final class Seen extends Answered {
    private final Map<VirtualJob, Integer> calls = new HashMap<>();

    Seen() {
      super(agent -> !isBomb(agent));
    }

    @Override
    public void started(VirtualTask task, int attempt, long nowNs, long deadlineNs) {
      if (isBomb(task.agentGate()) && attempt == 1) {
        calls.merge(task.job(), 1, Integer::sum);
      }
    }

    double most() {
      return calls.values().stream().mapToInt(each -> each).max().orElse(0);
    }
  }
}
