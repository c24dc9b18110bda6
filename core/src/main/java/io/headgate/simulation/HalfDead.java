package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;
import static io.headgate.simulation.LimitTrial.SECOND_NS;

import io.headgate.BreakerPolicy;
import io.headgate.CallClass;
import io.headgate.ConcurrencyPolicy;
import io.headgate.HeadgateSettings;
import io.headgate.HedgePolicy;
import io.headgate.JobSettings;
import io.headgate.LevelPolicy;
import io.headgate.Priority;
import io.headgate.RetryPolicy;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The storm of {@code examples} in virtual time, its times in earnest: a tenfold surge for a
 * hundred seconds while half of a provider has a bad night. Jobs are of 1 to 12 calls, one after
 * the other; each further call is as likely as 0.78, and a job has 20 s, and 5 s for each call. The
 * oracle wastes nothing: it makes again at once what cannot be read, and calls for nothing in vain.
 */
final class HalfDead implements Experiment {
  private static final String NAME = "half-dead";
  private static final Duration FROM = Duration.ofSeconds(90);
  private static final Duration TO = Duration.ofSeconds(190);
  private static final Duration LENGTH = Duration.ofSeconds(340);
  private static final double CALM = 0.6;
  private static final double SURGE = 10;
  private static final double OUT = 0.5;
  private static final int SEEDS = 10;

  /** Jobs, beyond which none are let in: more than there are. */
  private static final int MANY = 20_000;

  /** Calls that are served at full speed at once, and what one takes. */
  private static final int BEARS = 10;

  private static final double OVERHEAD_S = 0.4;
  private static final long INPUT = 1_150;
  private static final double READS = 2_000;
  private static final long OUTPUT = 13;
  private static final double WRITES = 30;
  private static final double SIGMA = 1.1;
  private static final double LUCK = 0.05;

  /** An answer is made so often until one can be read. */
  private static final double TRIES = 1.3;

  private static final double ONE_MORE = 0.78;
  private static final int MOST = 12;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** Over which goodput after the surge is looked at, and what it is to be of the calm's. */
  private static final long WINDOW_NS = 30_000_000_000L;

  private static final double BACK = 0.95;

  /** What a host sets for the model, and how many jobs it lets in. */
  record Arm(String name, TargetSettings model, int jobs) {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "10 times the load while half of the calls fail in every way: jobs are finished";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>(rows(headgate(), SEEDS, true));
    rows.addAll(rows(new Arm("no hedges", defaults().hedge(HedgePolicy.OFF), MANY), SEEDS, false));
    rows.addAll(rows(new Arm("no retries", defaults().retry(RetryPolicy.OFF), MANY), SEEDS, false));
    rows.addAll(rows(byHand(), SEEDS, false));
    return rows;
  }

  static Arm headgate() {
    return new Arm("headgate", defaults(), MANY);
  }

  private static TargetSettings defaults() {
    return TargetSettings.DEFAULT
        .timeout(TIMEOUT)
        .concurrency(ConcurrencyPolicy.DEFAULT)
        .level(LevelPolicy.DEFAULT)
        .retry(RetryPolicy.DEFAULT)
        .hedge(HedgePolicy.DEFAULT);
  }

  /** Its limits as the storm's other arm has them, for this provider. */
  private static Arm byHand() {
    RetryPolicy retry =
        RetryPolicy.DEFAULT
            .maxAttempts(4)
            .retried(
                Set.of(
                    CallClass.REJECTED,
                    CallClass.UNAVAILABLE,
                    CallClass.BAD_ANSWER,
                    CallClass.TIMED_OUT))
            .budget(100, 300);
    TargetSettings model =
        TargetSettings.DEFAULT
            .timeout(TIMEOUT)
            .maxInFlight(16)
            .breaker(BreakerPolicy.OFF)
            .agentBreaker(BreakerPolicy.OFF)
            .retry(retry);
    return new Arm("by hand", model, 24);
  }

  private static double shareOf(int calls) {
    double longer = StrictMath.pow(ONE_MORE, calls - 1);
    return calls < MOST ? longer * (1 - ONE_MORE) : longer;
  }

  /** Jobs a second that the oracle finishes in the surge. */
  private static double oracle() {
    double calls = 0;
    for (int n = 1; n <= MOST; n++) {
      calls += n * shareOf(n);
    }
    double mean = StrictMath.exp(SIGMA * SIGMA / 2);
    double seconds =
        StrictMath.exp(LUCK * LUCK / 2)
            * (OVERHEAD_S + mean * ((double) INPUT / READS + (double) OUTPUT / WRITES));
    return BEARS * (1 - OUT) / TRIES / (calls * seconds);
  }

  /** The means of so many seeds: one surge is some forty jobs. */
  static List<ExperimentRow> rows(Arm arm, int seeds, boolean held) throws InterruptedException {
    double during = 0;
    double useful = 0;
    double backSeconds = 0;
    for (int seed = 1; seed <= seeds; seed++) {
      var log = new JobLog();
      var flight = new Flight(scenario(arm), seed, log);
      log.watch(flight);
      var _ = OnActor.fly(flight, arm.name);
      during += log.perSecond(FROM.toNanos(), TO.toNanos()) / oracle() / seeds;
      useful += log.useful() / seeds;
      backSeconds += backSeconds(log) / seeds;
    }
    return List.of(
        row("goodput in the surge, of the oracle's", arm, during, held ? atLeast(0.8) : null),
        row("seconds until it is back", arm, backSeconds, held ? atMost(50) : null),
        row("tokens that were useful", arm, useful, held ? atLeast(0.9) : null));
  }

  private static double backSeconds(JobLog log) {
    double calm = log.perSecond(WINDOW_NS, FROM.toNanos());
    long second = Duration.ofSeconds(1).toNanos();
    long at = TO.toNanos();
    while (at < LENGTH.toNanos() && log.perSecond(at - WINDOW_NS, at) < BACK * calm) {
      at += second;
    }
    return (at - TO.toNanos()) / SECOND_NS;
  }

  private static ExperimentRow row(
      String figure, Arm arm, double value, ExperimentRow.@Nullable Bar bar) {
    return new ExperimentRow(NAME, figure, arm.name, value, bar);
  }

  private static Scenario scenario(Arm arm) {
    ProviderModel model =
        ProviderModel.of(
                new Latency.Reading(
                    Duration.ofNanos(LimitTrial.ns(OVERHEAD_S)), LUCK, READS, WRITES))
            .capacity(BEARS, 1)
            .during(new Disturbance.CapacityLoss(FROM, TO, OUT))
            .during(new Disturbance.BadNight(FROM, TO, OUT));
    List<Load> loads = new ArrayList<>();
    for (int calls = 1; calls <= MOST; calls++) {
      var arrivals = new Arrivals.Surge(CALM * shareOf(calls), SURGE, FROM, TO);
      loads.add(Load.of(arrivals, job(calls), LENGTH));
    }
    return new Scenario(
        HeadgateSettings.DEFAULT.maxJobs(arm.jobs),
        0,
        Scenario.agents(4),
        List.of(new Scenario.TargetPart("model", arm.model, model, model, false)),
        loads,
        null,
        Faults.NONE,
        Scenario.Operator.NONE,
        LENGTH.toNanos(),
        LENGTH.plusSeconds(200).toNanos());
  }

  private static JobModel job(int calls) {
    Duration deadline = Duration.ofSeconds(20 + 5 * calls);
    return JobModel.chat()
        .settings(JobSettings.DEFAULT.deadline(deadline))
        .calls(new JobModel.Calls(calls, calls, false, Priority.NORMAL, JobModel.Calls.NO_TTL))
        .tokens(INPUT, OUTPUT, SIGMA)
        .idempotent(1)
        .manners(new JobModel.Manners(0, false, deadline));
  }
}
