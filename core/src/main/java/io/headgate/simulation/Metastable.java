package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atMost;
import static io.headgate.simulation.Overload.CAPACITY;

import io.headgate.CallClass;
import io.headgate.JobSettings;
import io.headgate.Priority;
import io.headgate.RetryPolicy;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The recipe of Huang et al., <i>Metastable Failures in the Wild</i>, OSDI'22: a time-out of three
 * seconds, four retries, and four fifths of the capacity gone for ten seconds. The load is the
 * least under which naive clients never come back, to a sixteenth of the capacity.
 */
final class Metastable implements Experiment {
  private static final String NAME = "metastable";
  private static final Duration TIMEOUT = Duration.ofSeconds(3);
  private static final int RETRIES = 4;
  private static final double GONE = 0.8;
  private static final long OUTPUT = 20;
  private static final Duration FROM = Duration.ofMinutes(2);
  private static final Duration SHORT = Duration.ofSeconds(10);
  private static final int[] TIMES = {1, 3, 10};
  private static final Duration WITHIN = Duration.ofSeconds(30);
  private static final Duration WATCHED = Duration.ofSeconds(60);
  private static final Duration LONG_AFTER = Duration.ofMinutes(3);
  private static final double PRECISION = 1.0 / 16;
  private static final double HALF = 0.5;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "four fifths of the capacity gone for 10 s: naive retries never come back from that";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    Overload.Arm naive = Overload.arms().get(1);
    double load = load(naive, 1);
    rows.add(naive.row(NAME, "load of the capacity from which it never comes back", load, null));
    for (Overload.Arm arm : Overload.arms()) {
      rows.addAll(rows(arm, load, 1, TIMES));
    }
    return rows;
  }

  /** The least load from which these clients never come back, by bisection. */
  static double load(Overload.Arm arm, long seed) throws InterruptedException {
    double least = 0;
    double most = 1;
    while (most - least > PRECISION) {
      double load = (least + most) / 2;
      JobLog log = fly(arm, load, SHORT, seed);
      long end = FROM.plus(SHORT).plus(LONG_AFTER).toNanos();
      double after = log.perSecond(end - WATCHED.toNanos(), end);
      if (after < HALF * load * CAPACITY / LimitTrial.seconds(OUTPUT)) {
        most = load;
      } else {
        least = load;
      }
    }
    return most;
  }

  /** For a trigger of so many times ten seconds. */
  static List<ExperimentRow> rows(Overload.Arm arm, double load, long seed, int... triggers)
      throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    for (int times : triggers) {
      Duration trigger = SHORT.multipliedBy(times);
      JobLog log = fly(arm, load, trigger, seed);
      long to = FROM.plus(trigger).toNanos();
      long from = to + WITHIN.toNanos();
      double before = log.meanNs(FROM.toNanos() - WATCHED.toNanos(), FROM.toNanos());
      double after = log.meanNs(from, from + WATCHED.toNanos());
      rows.add(
          arm.row(
              NAME,
              "mean latency 30 s after " + trigger.toSeconds() + " s, of before",
              after / before,
              atMost(1.1)));
      rows.add(
          arm.row(
              NAME,
              "answered 30 s after " + trigger.toSeconds() + " s, of what is asked",
              log.perSecond(from, from + WATCHED.toNanos())
                  * LimitTrial.seconds(OUTPUT)
                  / (load * CAPACITY),
              ExperimentRow.Bar.atLeast(0.95)));
    }
    return rows;
  }

  private static JobLog fly(Overload.Arm arm, double load, Duration trigger, long seed)
      throws InterruptedException {
    boolean naive = arm.apart();
    var timed =
        new Overload.Arm(
            arm.name(),
            arm.settings(),
            t -> retried(arm.target().apply(t).timeout(TIMEOUT), naive),
            naive,
            naive ? RETRIES : 0,
            arm.held());
    ProviderModel provider =
        Overload.provider().during(new Disturbance.CapacityLoss(FROM, FROM.plus(trigger), GONE));
    Duration length = FROM.plus(trigger).plus(LONG_AFTER);
    double perSecond = load * CAPACITY / LimitTrial.seconds(OUTPUT);
    Load jobs = Load.of(new Arrivals.Poisson(perSecond), job(timed), length);
    return Overload.fly(timed, provider, List.of(jobs), seed);
  }

  // Whoever knows jobs leaves retries to Headgate: as many as the others' clients make.
  private static TargetSettings retried(TargetSettings target, boolean naive) {
    return naive
        ? target
        : target.retry(
            RetryPolicy.DEFAULT
                .maxAttempts(1 + RETRIES)
                .retried(Set.of(CallClass.TIMED_OUT, CallClass.UNAVAILABLE, CallClass.REJECTED)));
  }

  private static JobModel job(Overload.Arm arm) {
    Duration deadline = TIMEOUT.multipliedBy(1L + RETRIES);
    var calls = new JobModel.Calls(1, 1, false, Priority.NORMAL, JobModel.Calls.NO_TTL);
    return JobModel.chat()
        .settings(JobSettings.DEFAULT.deadline(deadline))
        .calls(arm.apart() ? calls.eachApart() : calls)
        .tokens(0, OUTPUT, LimitTrial.SIGMA)
        .manners(new JobModel.Manners(arm.retries(), false, deadline, Duration.ofMillis(1), true));
  }
}
