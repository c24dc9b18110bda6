package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;
import static io.headgate.simulation.LimitTrial.SECOND_NS;
import static io.headgate.simulation.Overload.CAPACITY;

import io.headgate.ConcurrencyPolicy;
import io.headgate.PacePolicy;
import io.headgate.RetryPolicy;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Several controls at one provider that is always asked for twice what it carries: a breaker that
 * opens when calls fail or time out, a limit that follows latency and rejections, pauses that a 429
 * asks for, retries. Nothing changes from outside, so what swings is swung by them. Compared with
 * the best of some limits that are set, of the same seed, with all that off but the retries.
 *
 * <p>Two providers: one that slows down when too much runs, and whose calls time out at twice what
 * a call takes; and one that takes four fifths of that a minute and answers 429 beyond. One call of
 * twenty fails at either.
 *
 * <p>The deviation is the standard deviation of jobs done in time, of windows of 30 s (one
 * deadline, some 500 jobs), over their mean: of 60 windows it is known to 9 %.
 */
final class Oscillation implements Experiment {
  private static final String NAME = "oscillation";
  private static final double LOAD = 2;
  private static final double FAILING = 0.05;
  private static final double TAKEN = 0.8;
  private static final double SECONDS_A_MINUTE = 60;
  private static final int MOST_CALLS = 6;
  private static final double MEAN_CALLS = (1 + MOST_CALLS) / 2.0;
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final Duration TIMEOUT = Duration.ofSeconds(4);
  private static final Duration WINDOW = Duration.ofSeconds(30);
  private static final Duration FROM = Duration.ofMinutes(4);
  private static final Duration LENGTH = Duration.ofMinutes(34);
  private static final int[] STATIC = {64, 80, 96, 112, 128, 160};

  /** Which of the controls are on, of all that Headgate has here. */
  private record Control(String name, UnaryOperator<TargetSettings> target, boolean held) {}

  private static final List<Control> CONTROLS =
      List.of(
          new Control(
              "headgate",
              t -> t.concurrency(ConcurrencyPolicy.DEFAULT).retry(RetryPolicy.DEFAULT),
              true),
          new Control(
              "headgate, paced",
              t ->
                  t.concurrency(ConcurrencyPolicy.DEFAULT)
                      .retry(RetryPolicy.DEFAULT)
                      .pace(PacePolicy.DEFAULT),
              false),
          new Control(
              "limit alone",
              t ->
                  Overload.bare(t)
                      .concurrency(ConcurrencyPolicy.DEFAULT)
                      .retry(RetryPolicy.DEFAULT),
              false),
          new Control(
              "breakers alone",
              t -> t.maxInFlight(2 * CAPACITY).retry(RetryPolicy.DEFAULT),
              false));

  /** What goes on. */
  enum Trouble {
    TIMES_OUT("time-outs"),
    REJECTS("429s");

    private final String title;

    Trouble(String title) {
      this.title = title;
    }

    private ProviderModel provider() {
      ProviderModel provider = Overload.provider().errors(FAILING);
      double perMinute =
          TAKEN * SECONDS_A_MINUTE * CAPACITY / LimitTrial.seconds(LimitTrial.OUTPUT);
      return this == TIMES_OUT
          ? provider
          : provider.rateLimit(
              RateLimit.calls((int) perMinute)
                  .bucket(Duration.ofSeconds(1))
                  .retryAfter(Duration.ofSeconds(1)));
    }
  }

  /** How much was done, and how evenly. */
  record Swing(double perSecond, double deviation, double worst) {
    static Swing of(JobLog log) {
      List<Long> windows = new ArrayList<>();
      long window = WINDOW.toNanos();
      for (long at = FROM.toNanos(); at + window <= LENGTH.toNanos(); at += window) {
        windows.add(log.inTime(at, at + window));
      }
      double mean = windows.stream().mapToLong(Long::longValue).average().orElse(0);
      double squares = windows.stream().mapToDouble(each -> (each - mean) * (each - mean)).sum();
      double worst = windows.stream().mapToLong(Long::longValue).min().orElse(0);
      return new Swing(
          mean * SECOND_NS / window,
          mean == 0
              ? Double.POSITIVE_INFINITY
              : StrictMath.sqrt(squares / (windows.size() - 1)) / mean,
          mean == 0 ? 0 : worst / mean);
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "breaker, limit, pauses and retries at one overloaded provider: they do not swing";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    for (Trouble trouble : Trouble.values()) {
      rows.addAll(rows(trouble, 1));
    }
    return rows;
  }

  static List<ExperimentRow> rows(Trouble trouble, long seed) throws InterruptedException {
    return rows(trouble, seed, CONTROLS, STATIC);
  }

  /** Of one of them alone, with the best of these limits to compare with. */
  static List<ExperimentRow> rows(Trouble trouble, long seed, String control, int... fixed)
      throws InterruptedException {
    List<Control> controls = CONTROLS.stream().filter(each -> each.name.equals(control)).toList();
    return rows(trouble, seed, controls, fixed);
  }

  private static List<ExperimentRow> rows(
      Trouble trouble, long seed, List<Control> controls, int... fixed)
      throws InterruptedException {
    int best = 0;
    Swing ofBest = new Swing(0, 0, 0);
    for (int permits : fixed) {
      Swing swing =
          fly(
              "fixed at " + permits,
              t -> Overload.bare(t).retry(RetryPolicy.DEFAULT).maxInFlight(permits),
              trouble,
              seed);
      if (swing.perSecond > ofBest.perSecond) {
        best = permits;
        ofBest = swing;
      }
    }
    List<ExperimentRow> rows = new ArrayList<>();
    rows.addAll(rows(trouble, "best of fixed, " + best, ofBest, ofBest, false));
    for (Control control : controls) {
      Swing swing = fly(control.name, control.target, trouble, seed);
      rows.addAll(rows(trouble, control.name, swing, ofBest, control.held));
    }
    return rows;
  }

  private static List<ExperimentRow> rows(
      Trouble trouble, String arm, Swing swing, Swing best, boolean held) {
    return List.of(
        row(trouble, "deviation of goodput", arm, swing.deviation, null),
        row(
            trouble,
            "deviation, of the best fixed limit's",
            arm,
            swing.deviation / best.deviation,
            held ? atMost(1.2) : null),
        row(
            trouble,
            "goodput, of the best fixed limit's",
            arm,
            swing.perSecond / best.perSecond,
            held ? atLeast(0.9) : null),
        row(trouble, "worst window, of the mean", arm, swing.worst, null));
  }

  private static ExperimentRow row(
      Trouble trouble, String figure, String arm, double value, ExperimentRow.@Nullable Bar bar) {
    return new ExperimentRow(NAME, figure + ", " + trouble.title, arm, value, bar);
  }

  private static Swing fly(
      String name, UnaryOperator<TargetSettings> target, Trouble trouble, long seed)
      throws InterruptedException {
    var arm =
        new Overload.Arm(name, s -> s, t -> target.apply(t.timeout(TIMEOUT)), false, 0, false);
    JobModel model = Overload.job(arm, 1, MOST_CALLS);
    JobModel job = model.settings(model.settings().deadline(DEADLINE));
    double perSecond = LOAD * Overload.jobsPerSecond(CAPACITY, MEAN_CALLS);
    Load load = Load.of(new Arrivals.Poisson(perSecond), job, LENGTH);
    return Swing.of(Overload.fly(arm, trouble.provider(), List.of(load), seed));
  }
}
