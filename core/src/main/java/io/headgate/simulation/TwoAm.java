package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;

import io.headgate.AgentSettings;
import io.headgate.BreakerPolicy;
import io.headgate.ConcurrencyPolicy;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.RetryPolicy;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Ten times the usual load for five minutes while half of the provider is gone. Goodput is jobs
 * finished in time. What could be had is told by an oracle that knows the capacity at each moment,
 * and what a job costs in the mean, but not the length of a single one.
 */
final class TwoAm implements Experiment {
  private static final String NAME = "two-am";
  private static final Duration LENGTH = Duration.ofMinutes(16);
  private static final Duration FROM = Duration.ofMinutes(5);
  private static final Duration TO = Duration.ofMinutes(10);
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final int CAPACITY = 128;
  private static final double CALM = 0.6;
  private static final double SURGE = 10;
  private static final int MOST_CALLS = 6;
  private static final double MEAN_CALLS = (1 + MOST_CALLS) / 2.0;
  private static final int LONG = 5;
  private static final double LONG_SHARE = 2.0 / MOST_CALLS;
  private static final double FIRST_TOKEN_S = 0.5;
  private static final double PACE = 80;
  private static final long OUTPUT = 100;
  private static final double SIGMA = 0.3;
  private static final int AGENTS = 8;
  private static final double SECOND_NS = 1e9;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "10 times the load while half of the provider is gone: a dip, or a flatline";
  }

  /** What a host sets, and how its clients bear it. */
  private record Arm(
      String name,
      UnaryOperator<HeadgateSettings> settings,
      UnaryOperator<TargetSettings> target,
      int retries,
      boolean held) {}

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    UnaryOperator<TargetSettings> bare =
        t ->
            t.breaker(BreakerPolicy.OFF)
                .agentBreaker(BreakerPolicy.OFF)
                .maxPause(Duration.ZERO)
                .retry(RetryPolicy.OFF);
    List<ExperimentRow> rows = new ArrayList<>();
    rows.addAll(
        arm(new Arm("headgate", s -> s, t -> t.concurrency(ConcurrencyPolicy.DEFAULT), 0, true)));
    rows.addAll(
        arm(
            new Arm(
                "naive",
                s -> s.maxInFlight(20_000).maxWaiting(100_000).maxJobs(100_000),
                bare,
                3,
                false)));
    rows.addAll(
        arm(
            new Arm(
                "resilience4j",
                s -> s.maxInFlight(CAPACITY).maxWaiting(1).begunPercent(0).maxJobs(100_000),
                t -> bare.apply(t).breaker(BreakerPolicy.DEFAULT.failures(50, 100)),
                3,
                false)));
    rows.addAll(
        arm(
            new Arm(
                "tuned for the calm",
                s -> s.maxInFlight(CAPACITY).maxWaiting(CAPACITY),
                bare,
                0,
                false)));
    return rows;
  }

  private static double callSeconds() {
    double mean = StrictMath.exp(SIGMA * SIGMA / 2);
    return mean * (FIRST_TOKEN_S + mean * OUTPUT / PACE);
  }

  /** Jobs a second that so many calls at once come to. */
  private static double jobsPerSecond(double capacity) {
    return capacity / (MEAN_CALLS * callSeconds());
  }

  private static List<ExperimentRow> arm(Arm arm) throws InterruptedException {
    var log = new JobLog();
    var flight = new Flight(scenario(arm), 1, log);
    log.watch(flight);
    Flight.Result result = OnActor.run(flight::fly);
    if (result.violation() != null) {
      throw new IllegalStateException(arm.name + ": " + result.violation());
    }
    if (System.getProperty("dbg") != null) {
      log.debug();
      System.err.println(arm.name + " refusals " + java.util.Arrays.toString(result.tally().refusals)+" endings "+java.util.Arrays.toString(result.tally().endings));
    }
    long from = FROM.toNanos();
    long to = TO.toNanos();
    long window = DEADLINE.toNanos();
    double oracle = jobsPerSecond(CAPACITY / 2.0);
    double calm = log.inTime(2 * window, from) / ((from - 2 * window) / SECOND_NS);
    double after =
        log.inTime(to + 2 * window, LENGTH.toNanos())
            / ((LENGTH.toNanos() - to - 2 * window) / SECOND_NS);
    boolean held = arm.held;
    return List.of(
        row(
            "goodput in the surge, of the oracle's",
            arm,
            log.inTime(from, to) / (oracle * (to - from) / SECOND_NS),
            held ? atLeast(0.9) : null),
        row(
            "worst window of the surge, of the oracle's",
            arm,
            log.worstWindow(from, to, window) / (oracle * window / SECOND_NS),
            held ? atLeast(0.75) : null),
        row(
            "the longest third of jobs, of their share",
            arm,
            log.longest(from, to, LONG, LONG_SHARE),
            held ? atLeast(0.8) : null),
        row(
            "goodput two deadlines after, of the calm's",
            arm,
            after / calm,
            held ? atLeast(0.95) : null),
        row("tokens that were useful", arm, log.useful(), held ? atLeast(0.9) : null));
  }

  private static ExperimentRow row(
      String figure, Arm arm, double value, ExperimentRow.@Nullable Bar bar) {
    return new ExperimentRow(NAME, figure, arm.name, value, bar);
  }

  private static Scenario scenario(Arm arm) {
    JobModel job =
        JobModel.chat()
            .settings(JobSettings.DEFAULT.deadline(DEADLINE))
            .calls(1, MOST_CALLS)
            .tokens(400, OUTPUT, SIGMA)
            .manners(new JobModel.Manners(arm.retries, false, DEADLINE));
    double perSecond = CALM * jobsPerSecond(CAPACITY);
    ProviderModel provider =
        ProviderModel.of(
                new Latency.Streaming(Duration.ofMillis((long) (FIRST_TOKEN_S * 1e3)), SIGMA, PACE))
            .capacity(CAPACITY, 1)
            .during(new Disturbance.CapacityLoss(FROM, TO, 0.5));
    List<Scenario.AgentPart> agents = new ArrayList<>();
    for (int i = 0; i < AGENTS; i++) {
      agents.add(new Scenario.AgentPart("agent-" + i, AgentSettings.DEFAULT));
    }
    TargetSettings model = arm.target.apply(TargetSettings.DEFAULT.timeout(Duration.ofSeconds(30)));
    long lengthNs = LENGTH.toNanos();
    return new Scenario(
        arm.settings.apply(HeadgateSettings.DEFAULT),
        0,
        agents,
        List.of(new Scenario.TargetPart("model", model, provider, provider, false)),
        List.of(Load.of(new Arrivals.Surge(perSecond, SURGE, FROM, TO), job, LENGTH)),
        null,
        Faults.NONE,
        Scenario.Operator.NONE,
        lengthNs,
        lengthNs + 4 * DEADLINE.toNanos());
  }
}
