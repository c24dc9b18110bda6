package io.headgate.simulation;

import io.headgate.BreakerPolicy;
import io.headgate.ConcurrencyPolicy;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.RetryPolicy;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * What the experiments of the adaptive limit have in common: jobs of one call each, for a model
 * that streams, and a host that sets how many of its calls run at once, or lets that be found.
 */
final class LimitTrial {
  static final double FIRST_TOKEN_S = 0.5;
  static final double PACE = 80;
  static final long OUTPUT = 100;
  static final double SIGMA = 0.3;
  static final double SECOND_NS = 1e9;

  /** What a client waits for its answer. */
  static final Duration DEADLINE = Duration.ofSeconds(20);

  private static final Duration TIMEOUT = Duration.ofSeconds(15);
  private static final int AGENTS = 4;
  private static final int ALL = 20_000;
  private static final double MS = 1e3;

  private LimitTrial() {}

  /** A call of so many tokens in the mean; of log-normals, the mean is e^(sigma^2/2) medians. */
  static double seconds(long output) {
    double mean = StrictMath.exp(SIGMA * SIGMA / 2);
    return mean * (FIRST_TOKEN_S + mean * output / PACE);
  }

  static long ns(double seconds) {
    return (long) (seconds * SECOND_NS);
  }

  static JobModel job(long output) {
    return job(output, DEADLINE);
  }

  /** One call of so many tokens, in the median, that is of use within that time. */
  static JobModel job(long output, Duration deadline) {
    return JobModel.chat()
        .settings(JobSettings.DEFAULT.deadline(deadline))
        .calls(1, 1)
        .tokens(0, output, SIGMA)
        .manners(new JobModel.Manners(0, false, deadline));
  }

  /** A model that bears so many calls at once. */
  static ProviderModel model(int calls, double slowdown) {
    Duration first = Duration.ofMillis((long) (FIRST_TOKEN_S * MS));
    return ProviderModel.of(new Latency.Streaming(first, SIGMA, PACE)).capacity(calls, slowdown);
  }

  /** The adaptive limit, and all else as it is by default. */
  static TargetSettings adaptive() {
    return TargetSettings.DEFAULT.timeout(TIMEOUT).concurrency(ConcurrencyPolicy.DEFAULT);
  }

  /** A limit that a host has set. */
  static TargetSettings fixed(int calls) {
    return TargetSettings.DEFAULT
        .timeout(TIMEOUT)
        .maxInFlight(calls)
        .breaker(BreakerPolicy.OFF)
        .agentBreaker(BreakerPolicy.OFF)
        .retry(RetryPolicy.OFF);
  }

  static TargetSettings unlimited() {
    return fixed(ALL);
  }

  /** Flies it, and says what became of its calls. */
  static CallLog fly(
      String arm,
      TargetSettings target,
      ProviderModel model,
      List<Load> loads,
      Duration length,
      long seed)
      throws InterruptedException {
    var log = new CallLog();
    fly(scenario(target, model, loads, length), arm, seed, log, log::watch);
    return log;
  }

  /** Flies it before this witness. */
  static void fly(
      String arm,
      TargetSettings target,
      ProviderModel model,
      List<Load> loads,
      Duration length,
      long seed,
      Witness witness)
      throws InterruptedException {
    fly(scenario(target, model, loads, length), arm, seed, witness, _ -> {});
  }

  private static void fly(
      Scenario scenario, String arm, long seed, Witness witness, Consumer<Flight> before)
      throws InterruptedException {
    var flight = new Flight(scenario, seed, witness);
    before.accept(flight);
    var _ = OnActor.fly(flight, arm);
  }

  private static Scenario scenario(
      TargetSettings target, ProviderModel model, List<Load> loads, Duration length) {
    return new Scenario(
        HeadgateSettings.DEFAULT.maxInFlight(ALL).maxJobs(ALL),
        0,
        Scenario.agents(AGENTS),
        List.of(new Scenario.TargetPart("model", target, model, model, false)),
        loads,
        null,
        Faults.NONE,
        Scenario.Operator.NONE,
        length.toNanos(),
        length.plus(DEADLINE.multipliedBy(4)).toNanos());
  }
}
