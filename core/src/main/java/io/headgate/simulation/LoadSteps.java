package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;
import static io.headgate.simulation.LimitTrial.SECOND_NS;
import static io.headgate.simulation.Overload.CAPACITY;
import static io.headgate.simulation.Overload.DEADLINE;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Load from a tenth of the capacity to twenty times as much, six minutes each: goodput rises to its
 * peak, and is to stay there.
 */
final class LoadSteps implements Experiment {
  private static final String NAME = "load-steps";
  private static final double[] LOADS = {0.1, 0.5, 0.9, 1.5, 3, 8, 20};
  private static final Duration LENGTH = Duration.ofMinutes(6);
  private static final int MOST_CALLS = 6;
  private static final double MEAN_CALLS = (1 + MOST_CALLS) / 2.0;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "load from 0.1 to 20 times the capacity: goodput rises to its peak, and stays there";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    return Overload.rows(LoadSteps::rows);
  }

  static List<ExperimentRow> rows(Overload.Arm arm, long seed) throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    double capacity = Overload.jobsPerSecond(CAPACITY, MEAN_CALLS);
    double peak = 0;
    double beyond = Double.MAX_VALUE;
    double slowest = 0;
    for (double load : LOADS) {
      Load offered =
          Load.of(new Arrivals.Poisson(load * capacity), Overload.job(arm, 1, MOST_CALLS), LENGTH);
      JobLog log = Overload.fly(arm, Overload.provider(), List.of(offered), seed);
      double goodput = log.perSecond(2 * DEADLINE.toNanos(), LENGTH.toNanos()) / capacity;
      peak = Math.max(peak, goodput);
      beyond = load > 1 ? Math.min(beyond, goodput) : beyond;
      slowest = Math.max(slowest, log.tookNs(0.99) / SECOND_NS);
      rows.add(arm.row(NAME, "goodput, of the capacity's, at load " + load, goodput, null));
    }
    rows.add(
        arm.row(
            NAME, "least goodput beyond the capacity, of the peak", beyond / peak, atLeast(0.95)));
    rows.add(
        arm.row(
            NAME,
            "p99 of a job that was done, in deadlines",
            slowest * SECOND_NS / DEADLINE.toNanos(),
            atMost(1)));
    return rows;
  }
}
