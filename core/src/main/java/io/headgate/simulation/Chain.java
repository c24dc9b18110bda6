package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.Overload.CAPACITY;
import static io.headgate.simulation.Overload.DEADLINE;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Jobs of one to four calls that depend on each other, at two, five and ten times of what the
 * provider carries. The optimum is the capacity.
 */
final class Chain implements Experiment {
  private static final String NAME = "chain";
  private static final double[] LOADS = {2, 5, 10};
  private static final int MOST_CALLS = 4;
  private static final double MEAN_CALLS = (1 + MOST_CALLS) / 2.0;
  private static final Duration LENGTH = Duration.ofMinutes(8);

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "jobs of 1 to 4 calls at 2, 5 and 10 times the capacity: how many are finished";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    return Overload.rows(Chain::rows);
  }

  static List<ExperimentRow> rows(Overload.Arm arm, long seed) throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    for (double times : LOADS) {
      double optimum = Overload.jobsPerSecond(CAPACITY, MEAN_CALLS);
      Load load =
          Load.of(new Arrivals.Poisson(times * optimum), Overload.job(arm, 1, MOST_CALLS), LENGTH);
      JobLog log = Overload.fly(arm, Overload.provider(), List.of(load), seed);
      double goodput = log.perSecond(2 * DEADLINE.toNanos(), LENGTH.toNanos()) / optimum;
      rows.add(
          arm.row(NAME, "jobs finished, of the optimum, at load " + times, goodput, atLeast(0.95)));
    }
    return rows;
  }
}
