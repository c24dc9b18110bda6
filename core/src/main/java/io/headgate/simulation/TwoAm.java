package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.LimitTrial.SECOND_NS;
import static io.headgate.simulation.Overload.CAPACITY;
import static io.headgate.simulation.Overload.DEADLINE;

import java.time.Duration;
import java.util.List;

/**
 * Ten times the usual load for five minutes while half of the provider is gone. Goodput is jobs
 * finished in time; windows are of one deadline, in which the oracle finishes some 560.
 */
final class TwoAm implements Experiment {
  private static final String NAME = "two-am";
  private static final Duration LENGTH = Duration.ofMinutes(16);
  private static final Duration FROM = Duration.ofMinutes(5);
  private static final Duration TO = Duration.ofMinutes(10);
  private static final double CALM = 0.6;
  private static final double SURGE = 10;
  private static final int MOST_CALLS = 6;
  private static final double MEAN_CALLS = (1 + MOST_CALLS) / 2.0;
  private static final int LONG = 5;
  private static final double LONG_SHARE = 2.0 / MOST_CALLS;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "10 times the load while half of the provider is gone: a dip, or a flatline";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    return Overload.rows(TwoAm::rows);
  }

  static List<ExperimentRow> rows(Overload.Arm arm, long seed) throws InterruptedException {
    double perSecond = CALM * Overload.jobsPerSecond(CAPACITY, MEAN_CALLS);
    var arrivals = new Arrivals.Surge(perSecond, SURGE, FROM, TO);
    Load load = Load.of(arrivals, Overload.job(arm, 1, MOST_CALLS), LENGTH);
    ProviderModel provider =
        Overload.provider().during(new Disturbance.CapacityLoss(FROM, TO, 0.5));
    JobLog log = Overload.fly(arm, provider, List.of(load), seed);
    long from = FROM.toNanos();
    long to = TO.toNanos();
    long end = LENGTH.toNanos();
    long window = DEADLINE.toNanos();
    double oracle = Overload.jobsPerSecond(CAPACITY / 2.0, MEAN_CALLS);
    double inWindow = oracle * window / SECOND_NS;
    double calm = log.perSecond(2 * window, from);
    double after = log.perSecond(to + 2 * window, end);
    return List.of(
        arm.row(
            NAME,
            "goodput in the surge, of the oracle's",
            log.perSecond(from, to) / oracle,
            atLeast(0.9)),
        arm.row(
            NAME,
            "worst window of the surge, of the oracle's",
            log.worstWindow(from, to, window) / inWindow,
            atLeast(0.75)),
        arm.row(
            NAME,
            "jobs of 5 and 6 calls, of their share",
            log.longest(from, to, LONG, LONG_SHARE),
            atLeast(0.8)),
        arm.row(NAME, "goodput two deadlines after, of the calm's", after / calm, atLeast(0.95)),
        arm.row(NAME, "tokens that were useful", log.useful(), atLeast(0.9)));
  }
}
