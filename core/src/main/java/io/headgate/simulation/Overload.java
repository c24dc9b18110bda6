package io.headgate.simulation;

import io.headgate.BreakerPolicy;
import io.headgate.ConcurrencyPolicy;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.LevelPolicy;
import io.headgate.Priority;
import io.headgate.RetryPolicy;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What the experiments on overload have in common: a provider that slows down beyond its capacity,
 * jobs of a few calls one after the other with a deadline, and arms.
 *
 * <p>The oracle's rate is the capacity over what a job costs in the mean. It is never taken from a
 * run.
 */
final class Overload {
  static final Duration DEADLINE = Duration.ofSeconds(60);

  /** Calls that the provider serves at full speed at once. */
  static final int CAPACITY = 128;

  static final int AGENTS = 8;

  /** An agent runs a tool, or thinks, between two calls. */
  private static final Duration THINK = Duration.ofMillis(200);

  private static final int TRIES_AGAIN = 2;
  private static final Duration TRIES_AGAIN_AFTER = Duration.ofMillis(500);

  /**
   * What a host sets, and how its clients bear it.
   *
   * @param apart whether it knows no jobs
   * @param retries of a client, for a call that was refused or has failed
   * @param held whether bars are for it
   */
  record Arm(
      String name,
      UnaryOperator<HeadgateSettings> settings,
      UnaryOperator<TargetSettings> target,
      boolean apart,
      int retries,
      boolean held) {
    /** A figure of it; the bar is for an arm that is held to it. */
    ExperimentRow row(
        String experiment, String figure, double value, ExperimentRow.@Nullable Bar bar) {
      return new ExperimentRow(experiment, figure, name, value, held ? bar : null);
    }
  }

  /** An experiment with one arm. */
  interface OfArm {
    List<ExperimentRow> rows(Arm arm, long seed) throws InterruptedException;
  }

  private Overload() {}

  /** An experiment with each arm, the first seed. */
  static List<ExperimentRow> rows(OfArm experiment) throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    for (Arm arm : arms()) {
      rows.addAll(experiment.rows(arm, 1));
    }
    return rows;
  }

  /**
   * Headgate as it comes; nothing at all; bulkhead, circuit breaker and three attempts as
   * Resilience4j has them by default, the bulkhead set to the capacity (maxWaitDuration 0, failure
   * rate 50 % of 100 calls, waitDuration 500 ms); a Headgate whose limits are those of calm
   * weather; and one as it comes with an admission level.
   */
  static List<Arm> arms() {
    return List.of(
        new Arm("headgate", s -> s, t -> t.concurrency(ConcurrencyPolicy.DEFAULT), false, 0, true),
        new Arm(
            "naive",
            s -> s.maxInFlight(20_000).maxWaiting(100_000).maxJobs(200_000),
            Overload::bare,
            true,
            TRIES_AGAIN,
            false),
        new Arm(
            "resilience4j-like",
            s -> s.maxInFlight(CAPACITY).maxWaiting(1).begunPercent(0).maxJobs(200_000),
            t -> bare(t).breaker(BreakerPolicy.DEFAULT.failures(50, 100)),
            true,
            TRIES_AGAIN,
            false),
        new Arm(
            "fixed limits",
            s -> s.maxInFlight(CAPACITY).maxWaiting(CAPACITY),
            Overload::bare,
            false,
            0,
            false),
        new Arm(
            "headgate, level",
            s -> s,
            t -> t.concurrency(ConcurrencyPolicy.DEFAULT).level(LevelPolicy.DEFAULT),
            false,
            0,
            true));
  }

  /** Nothing that learns or tries again. */
  static TargetSettings bare(TargetSettings settings) {
    return settings
        .breaker(BreakerPolicy.OFF)
        .agentBreaker(BreakerPolicy.OFF)
        .maxPause(Duration.ZERO)
        .retry(RetryPolicy.OFF);
  }

  static ProviderModel provider() {
    return LimitTrial.model(CAPACITY, 1);
  }

  static JobModel job(Arm arm, int fewest, int most) {
    var calls =
        new JobModel.Calls(fewest, most, false, Priority.NORMAL, JobModel.Calls.NO_TTL)
            .think(THINK);
    return JobModel.chat()
        .settings(JobSettings.DEFAULT.deadline(DEADLINE))
        .calls(arm.apart ? calls.eachApart() : calls)
        .tokens(400, LimitTrial.OUTPUT, LimitTrial.SIGMA)
        .manners(new JobModel.Manners(arm.retries, false, DEADLINE, TRIES_AGAIN_AFTER));
  }

  /** Jobs a second that so much capacity comes to, if they have so many calls in the mean. */
  static double jobsPerSecond(double capacity, double calls) {
    return capacity / (calls * LimitTrial.seconds(LimitTrial.OUTPUT));
  }

  /** Flies it to its end. */
  static JobLog fly(Arm arm, ProviderModel provider, List<Load> loads, long seed)
      throws InterruptedException {
    return fly(arm, provider, loads, seed, new Witness() {});
  }

  /** The same, also before another's eyes. */
  static JobLog fly(Arm arm, ProviderModel provider, List<Load> loads, long seed, Witness further)
      throws InterruptedException {
    return fly(arm, scenario(arm, provider, loads), seed, further);
  }

  /** Flies a scenario of the arm's. */
  static JobLog fly(Arm arm, Scenario scenario, long seed) throws InterruptedException {
    return fly(arm, scenario, seed, new Witness() {});
  }

  private static JobLog fly(Arm arm, Scenario scenario, long seed, Witness further)
      throws InterruptedException {
    var log = new JobLog();
    var witness = new Witnesses(List.of(log, further));
    var flight = new Flight(scenario, seed, witness);
    log.watch(flight);
    var _ = OnActor.fly(flight, arm.name);
    return log;
  }

  private static Scenario scenario(Arm arm, ProviderModel provider, List<Load> loads) {
    TargetSettings model = arm.target.apply(TargetSettings.DEFAULT.timeout(Duration.ofSeconds(30)));
    long lengthNs = loads.stream().mapToLong(load -> load.to().toNanos()).max().orElse(0);
    return new Scenario(
        arm.settings.apply(HeadgateSettings.DEFAULT),
        0,
        Scenario.agents(AGENTS),
        List.of(new Scenario.TargetPart("model", model, provider, provider, false)),
        loads,
        null,
        Faults.NONE,
        Scenario.Operator.NONE,
        lengthNs,
        lengthNs + 4 * DEADLINE.toNanos());
  }
}
