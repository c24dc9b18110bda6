package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;

import io.headgate.BreakerPolicy;
import io.headgate.DegradationPolicy;
import io.headgate.DegradationPolicy.Rung;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.RetryPolicy;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Twenty minutes in which a model slows down, hangs, fails, is overrun, comes and goes, or dies:
 * how many jobs are answered within 30 s, and how many by the model itself, of those that it could
 * have answered.
 *
 * <p>Headgate's figures are the worst of three seeds. What it could have is told by an oracle: it
 * knows when the model keeps the host's own limits (its 95th percentile within the budget, fewer
 * failures than open a breaker), how many calls it bears, and how long they take in the mean, but
 * not the length of a single one.
 */
final class SlowModel implements Experiment {
  private static final String NAME = "slow-model";
  private static final Duration LENGTH = Duration.ofMinutes(20);
  private static final Duration FROM = Duration.ofMinutes(6);
  private static final Duration TO = Duration.ofMinutes(10);
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final Duration TIMEOUT = Duration.ofSeconds(15);
  private static final double PER_SECOND = 6;
  private static final double SURGE = 4;
  private static final int CALLS_PER_MINUTE = 180;
  private static final int PERMITS = 48;
  private static final int OUTPUT = 200;
  private static final double SIGMA = 0.3;
  private static final double PACE = 80;
  private static final double FIRST_TOKEN_S = 0.5;
  private static final double SECOND_MS = 1e3;
  private static final int SPELLS = 5;
  private static final double SLOWER = 5;
  private static final int SEEDS = 3;
  private static final String WIDE = "headgate, wider limits";

  /**
   * What happens to the model.
   *
   * @param name as the row has it
   * @param model so troubled
   * @param load on it
   * @param could how many jobs it could have answered, within the host's limits
   * @param beyond how many more if the host asked for no limits
   */
  private record Trouble(
      String name, ProviderModel model, Arrivals load, double could, double beyond) {
    Trouble(String name, ProviderModel model, Arrivals load, double could) {
      this(name, model, load, could, 0);
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "a model that slows down, hangs, fails, comes and goes: all answered, most by itself";
  }

  @Override
  public List<ExperimentRow> run() {
    return rows(name -> true);
  }

  /** Those of troubles with such names. */
  static List<ExperimentRow> rows(Predicate<String> names) {
    List<ExperimentRow> rows = new ArrayList<>();
    for (Trouble trouble : troubles()) {
      if (!names.test(trouble.name())) {
        continue;
      }
      rows.addAll(arm("headgate", trouble, t -> t.degradation(ladder()), true));
      if (trouble.beyond() > 0) {
        rows.addAll(arm(WIDE, trouble, SlowModel::wide, false));
      }
      rows.addAll(arm("no ladder", trouble, t -> t.maxInFlight(PERMITS), false));
      rows.addAll(arm("usual stack", trouble, SlowModel::fallback, false));
    }
    return rows;
  }

  // Serves for as long as the model answers two calls of five, and takes what time-outs leave.
  private static TargetSettings wide(TargetSettings settings) {
    BreakerPolicy breaker = BreakerPolicy.DEFAULT.failures(60, 20);
    return settings
        .degradation(ladder().latencyBudget(TIMEOUT))
        .breaker(breaker)
        .agentBreaker(breaker);
  }

  private static DegradationPolicy ladder() {
    return DegradationPolicy.of(
        Rung.of("large", 100).maxInFlight(PERMITS),
        Rung.of("small", 20).maxInFlight(2 * PERMITS),
        Rung.ofStatic("apology"));
  }

  // Its caps are those of the ladder.
  private static TargetSettings fallback(TargetSettings settings) {
    return UsualStack.fallback(settings, ladder());
  }

  private static List<Trouble> troubles() {
    double all = PER_SECOND * seconds(LENGTH);
    double outside = PER_SECOND * (seconds(LENGTH) - seconds(TO.minus(FROM)));
    var steady = new Arrivals.Poisson(PER_SECOND);
    double served = PERMITS / meanCallSeconds();
    double inSurge = Math.min(served, SURGE * PER_SECOND) * seconds(TO.minus(FROM));
    return List.of(
        new Trouble("well", model(), steady, all),
        new Trouble(
            "1.5 times slower",
            model().during(new Disturbance.Brownout(FROM, TO, 1.5)),
            steady,
            all),
        new Trouble(
            "5 times slower",
            model().during(new Disturbance.Brownout(FROM, TO, SLOWER)),
            steady,
            outside,
            served / SLOWER * seconds(TO.minus(FROM))),
        new Trouble(
            "30 times slower",
            model().during(new Disturbance.Brownout(FROM, TO, 30)),
            steady,
            outside),
        new Trouble("hangs", model().during(new Disturbance.Hang(FROM, TO, 1)), steady, outside),
        new Trouble(
            "hangs, and hears no interrupt",
            model().failing(0, 0, 1).during(new Disturbance.Hang(FROM, TO, 1)),
            steady,
            outside),
        new Trouble(
            "every 3rd call hangs",
            model().during(new Disturbance.Hang(FROM, TO, 1 / 3.0)),
            steady,
            outside,
            (all - outside) * 2 / 3),
        new Trouble("fails", model().during(new Disturbance.Outage(FROM, TO, 1)), steady, outside),
        new Trouble(
            "every 3rd call fails",
            model().during(new Disturbance.Outage(FROM, TO, 1 / 3.0)),
            steady,
            outside,
            (all - outside) * 2 / 3),
        new Trouble("comes and goes", comesAndGoes(), steady, all - PER_SECOND * SPELLS * 60),
        new Trouble(
            "comes and goes, and hears no interrupt",
            comesAndGoes().failing(0, 0, 1),
            steady,
            all - PER_SECOND * SPELLS * 60),
        new Trouble(
            "hangs for good",
            model().during(new Disturbance.Hang(FROM, LENGTH.multipliedBy(2), 1)),
            steady,
            PER_SECOND * seconds(FROM)),
        new Trouble(
            "rate limit",
            model().rateLimit(CALLS_PER_MINUTE, Duration.ofSeconds(5)),
            steady,
            CALLS_PER_MINUTE * seconds(LENGTH) / 60),
        new Trouble(
            "4 times the load",
            model(),
            new Arrivals.Surge(PER_SECOND, SURGE, FROM, TO),
            outside + inSurge));
  }

  private static ProviderModel comesAndGoes() {
    ProviderModel model = model();
    for (int spell = 0; spell < SPELLS; spell++) {
      Duration from = FROM.plusMinutes(2L * spell);
      model = model.during(new Disturbance.Hang(from, from.plusMinutes(1), 1));
    }
    return model;
  }

  private static ProviderModel model() {
    Duration first = Duration.ofMillis((long) (FIRST_TOKEN_S * SECOND_MS));
    return ProviderModel.of(new Latency.Streaming(first, SIGMA, PACE)).capacity(PERMITS, 1);
  }

  private static ProviderModel smaller() {
    return ProviderModel.of(new Latency.Streaming(Duration.ofMillis(200), SIGMA, 3 * PACE))
        .capacity(2 * PERMITS, 1);
  }

  // Of log-normals: the mean is the median times e^(sigma^2/2).
  private static double meanCallSeconds() {
    double mean = StrictMath.exp(SIGMA * SIGMA / 2);
    return mean * (FIRST_TOKEN_S + mean * OUTPUT / PACE);
  }

  private static double seconds(Duration time) {
    return time.toMillis() / SECOND_MS;
  }

  private static List<ExperimentRow> arm(
      String arm, Trouble trouble, UnaryOperator<TargetSettings> policies, boolean held) {
    JobModel job =
        JobModel.chat()
            .settings(JobSettings.DEFAULT.deadline(DEADLINE))
            .tokens(400, OUTPUT, SIGMA)
            .manners(new JobModel.Manners(0, false, DEADLINE));
    var simulation =
        Simulation.of(HeadgateSettings.DEFAULT.maxInFlight(8 * PERMITS).maxWaiting(2_000))
            .load(Load.of(trouble.load(), job, LENGTH))
            .target(
                "model",
                t ->
                    policies.apply(
                        t.timeout(TIMEOUT).retry(RetryPolicy.DEFAULT).maxOverruns(PERMITS / 2)),
                trouble.model(),
                smaller());
    for (int i = 0; i < 8; i++) {
      simulation.agent("agent-" + i, a -> a);
    }
    double inTime = 1;
    double top = Double.MAX_VALUE;
    Duration p99 = Duration.ZERO;
    double attempts = 0;
    for (int seed = 0; seed < (held ? SEEDS : 1); seed++) {
      SimulationReport report = simulation.seed(seed).run();
      inTime = Math.min(inTime, (double) report.jobsInTime() / report.jobs());
      // A load that is a little above the mean by chance is not the model's merit.
      double share = PER_SECOND * seconds(LENGTH) / calmJobs(trouble, report);
      top = Math.min(top, report.answers().getFirst() * share);
      attempts = Math.max(attempts, (double) report.attempts() / report.admitted());
      p99 = p99.compareTo(report.took().p99()) < 0 ? report.took().p99() : p99;
    }
    return List.of(
        new ExperimentRow(
            NAME,
            "jobs answered within 30 s, " + trouble.name(),
            arm,
            inTime,
            held ? atLeast(0.99) : null),
        new ExperimentRow(
            NAME,
            "top-rung answers, of what it could, " + trouble.name(),
            arm,
            top / trouble.could(),
            held ? atLeast(0.9) : null),
        new ExperimentRow(
            NAME,
            "top-rung answers, of what it could beyond the limits, " + trouble.name(),
            arm,
            top / (trouble.could() + trouble.beyond()),
            null),
        new ExperimentRow(NAME, "attempts for each task, " + trouble.name(), arm, attempts, null),
        new ExperimentRow(
            NAME, "task p99, in seconds, " + trouble.name(), arm, seconds(p99), null));
  }

  private static double calmJobs(Trouble trouble, SimulationReport report) {
    return trouble.load() instanceof Arrivals.Poisson && trouble.model().rateLimit().isNone()
        ? report.jobs()
        : PER_SECOND * seconds(LENGTH);
  }
}
