package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.Overload.CAPACITY;

import io.headgate.Priority;
import java.time.Duration;
import java.util.List;

/**
 * A flood of background work, twelve times what the provider carries, beside critical work of a
 * quarter of it.
 */
final class CriticalWork implements Experiment {
  private static final String NAME = "critical";
  private static final double CRITICAL = 0.25;
  private static final double FLOOD = 12;
  private static final int MOST_CALLS = 6;
  private static final double MEAN_CALLS = (1 + MOST_CALLS) / 2.0;
  private static final Duration FROM = Duration.ofMinutes(3);
  private static final Duration TO = Duration.ofMinutes(8);
  private static final Duration LENGTH = Duration.ofMinutes(10);

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "a flood of background work, 12 times the capacity: critical work does not notice";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    return Overload.rows(CriticalWork::rows);
  }

  static List<ExperimentRow> rows(Overload.Arm arm, long seed) throws InterruptedException {
    double capacity = Overload.jobsPerSecond(CAPACITY, MEAN_CALLS);
    Load critical =
        Load.of(new Arrivals.Poisson(CRITICAL * capacity), job(arm, Priority.CRITICAL), LENGTH);
    Load flood =
        new Load(new Arrivals.Poisson(FLOOD * capacity), job(arm, Priority.BACKGROUND), FROM, TO);
    JobLog log = Overload.fly(arm, Overload.provider(), List.of(critical, flood), seed);
    return List.of(
        arm.row(NAME, "critical jobs in time", log.shareInTime(Priority.CRITICAL), atLeast(0.994)),
        arm.row(
            NAME,
            "background jobs in time",
            log.shareInTime(Priority.BACKGROUND),
            atLeast(Double.MIN_VALUE)));
  }

  private static JobModel job(Overload.Arm arm, Priority priority) {
    JobModel job = Overload.job(arm, 1, MOST_CALLS);
    return job.calls(job.calls().priority(priority));
  }
}
