package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;
import static io.headgate.simulation.Overload.CAPACITY;
import static io.headgate.simulation.Overload.DEADLINE;

import java.time.Duration;
import java.util.List;

/**
 * 512 agents that each begin a job of ten calls at once, and the next when it is over: four times
 * what the provider carries. Calls that are let in evenly finish no job at all.
 */
final class RunToCompletion implements Experiment {
  private static final String NAME = "run-to-completion";
  private static final int CLIENTS = 512;
  private static final int CALLS = 10;
  private static final Duration LENGTH = Duration.ofMinutes(10);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "512 agents at once with jobs of 10 calls, 4 times the capacity: how many are finished";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    return Overload.rows(RunToCompletion::rows);
  }

  static List<ExperimentRow> rows(Overload.Arm arm, long seed) throws InterruptedException {
    Load load =
        Load.of(new Arrivals.ClosedLoop(CLIENTS, PAUSE), Overload.job(arm, CALLS, CALLS), LENGTH);
    JobLog log = Overload.fly(arm, Overload.provider(), List.of(load), seed);
    double oracle = Overload.jobsPerSecond(CAPACITY, CALLS);
    double goodput = log.perSecond(DEADLINE.toNanos(), LENGTH.toNanos()) / oracle;
    return List.of(
        arm.row(NAME, "jobs finished in time, of the oracle's", goodput, atLeast(0.9)),
        arm.row(NAME, "tokens of unfinished jobs", 1 - log.useful(), atMost(0.05)));
  }
}
