package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;
import static io.headgate.simulation.LimitTrial.SECOND_NS;
import static io.headgate.simulation.Overload.CAPACITY;

import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * All clients come back at once, as after an outage of the network: more than the waiting room
 * takes. Those that are refused return when they are told to, to the moment. In no second are there
 * to be many more of them than the provider carries, once the first rush is over.
 */
final class Herd implements Experiment {
  private static final String NAME = "herd";
  private static final int CLIENTS = 1_500;
  private static final int ROOM = 1_024;
  private static final double CALM = 0.1;
  private static final int RETRIES = 1_000;
  private static final Duration AT = Duration.ofMinutes(2);
  private static final Duration LENGTH = Duration.ofMinutes(4);
  private static final Duration DEADLINE = Duration.ofMinutes(3);
  private static final long RUSH_NS = 50_000_000L;

  /** Nearly three calls: no control is asked to settle faster. */
  private static final long WINDOW_NS = 5_000_000_000L;

  private static final int NO_SPREAD = 0;

  /** When calls were submitted, let in or not. */
  private static final class Submissions implements Witness {
    private final List<Long> at = new ArrayList<>();

    @Override
    public void taken(VirtualTask task, @Nullable VirtualAttempt caller) {
      at.add(task.admittedNs());
    }

    @Override
    public void refused(Rejection rejection) {
      at.add(rejection.nowNs());
    }

    /** The most within a window from then on, a second. */
    double peak(long fromNs) {
      double peak = 0;
      for (long from = fromNs; from < LENGTH.toNanos(); from += WINDOW_NS / 10) {
        long start = from;
        long count = at.stream().filter(ns -> ns >= start && ns < start + WINDOW_NS).count();
        peak = Math.max(peak, count / (WINDOW_NS / SECOND_NS));
      }
      return peak;
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "all clients come back at once: those that are refused do not return together";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>(rows("headgate", s -> s, true, 1));
    rows.addAll(rows("no spread", s -> s.retrySpreadPercent(NO_SPREAD), false, 1));
    return rows;
  }

  static List<ExperimentRow> rows(
      String name, UnaryOperator<HeadgateSettings> settings, boolean held, long seed)
      throws InterruptedException {
    var arm =
        new Overload.Arm(
            name,
            s -> settings.apply(s.maxWaiting(ROOM).maxJobs(4 * CLIENTS)),
            t -> t.maxInFlight(CAPACITY),
            false,
            RETRIES,
            held);
    JobModel job = Overload.job(arm, 1, 1).settings(JobSettings.DEFAULT.deadline(DEADLINE));
    job =
        job.manners(
            new JobModel.Manners(RETRIES, false, DEADLINE, Duration.ofMillis(1)).toTheMoment());
    double carries = Overload.jobsPerSecond(CAPACITY, 1);
    Load calm = Load.of(new Arrivals.Poisson(CALM * carries), job, LENGTH);
    Load herd =
        new Load(new Arrivals.Bursts(CLIENTS, Duration.ofDays(1)), job, AT, AT.plusMillis(1));
    var submissions = new Submissions();
    JobLog log = Overload.fly(arm, Overload.provider(), List.of(calm, herd), seed, submissions);
    return List.of(
        arm.row(
            NAME,
            "most submissions a second once the rush is over, of what the provider carries",
            submissions.peak(AT.toNanos() + RUSH_NS) / carries,
            atMost(1.2)),
        arm.row(NAME, "jobs in time", log.share(), atLeast(0.99)));
  }
}
