package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.AgentSettings;
import io.headgate.BreakerPolicy;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.PacePolicy;
import io.headgate.RetryPolicy;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An hour at a provider with a limit of which the host knows nothing, with more work all the time
 * than it takes: how much of the limit is used, and how many calls get a 429. The figures are of
 * the whole hour, the minutes in which the limit is learned included.
 *
 * <p>Beside Headgate's pace: Headgate without it (retries with a budget, breakers, pauses); clients
 * that try again three times with backoff, as SDKs do; and a client-side limiter of a fixed rate,
 * set to twice the limit and to half of it, whose permits come once a second.
 */
final class UnknownLimit implements Experiment {
  private static final String NAME = "rate-limit";
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration HALF = HOUR.dividedBy(2);
  private static final Duration DEADLINE = Duration.ofMinutes(5);
  private static final Duration REPLY = Duration.ofMillis(200);
  private static final int LEARNING_MINUTES = 5;
  private static final int CLIENT_RETRIES = 3;
  private static final int MINUTE_S = 60;
  private static final int SEED = 1;

  /** Tokens of the mean call, as reserved: 1,000 in and twice 300 out, log-normal. */
  private static final double MEAN_TOKENS = 1_600 * StrictMath.exp(0.125);

  /**
   * A provider.
   *
   * @param calls a minute that it takes, or as many as its tokens are enough for
   */
  private record Case(String name, RateLimit limit, int calls) {
    static Case ofCalls(String name, int calls) {
      return new Case(name, RateLimit.calls(calls), calls);
    }

    static Case ofTokens(String name, int calls) {
      return new Case(name, RateLimit.tokens((int) (calls * MEAN_TOKENS)), calls);
    }

    Case bucket(Duration bucket) {
      return new Case(name, limit.bucket(bucket), calls);
    }

    Case changing(double factor) {
      return new Case(name, limit.changing(HALF, factor), calls);
    }

    Case told() {
      return new Case(name + ", told", limit.tellsIt(), calls);
    }

    Case retryAfter(Duration after) {
      return new Case(name, limit.retryAfter(after), calls);
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "an hour at a provider whose limit is unknown: used to the full, hardly ever exceeded";
  }

  private static List<Case> cases() {
    Duration minute = Duration.ofMinutes(1);
    Duration second = Duration.ofSeconds(1);
    return List.of(
        Case.ofCalls("600 calls/min, windows", 600),
        Case.ofCalls("600 calls/min, windows, Retry-After", 600).retryAfter(Duration.ofSeconds(5)),
        Case.ofCalls("600 calls/min, bucket of 1 min", 600).bucket(minute),
        Case.ofCalls("600 calls/min, bucket of 1 s", 600).bucket(second),
        Case.ofTokens("tokens of 600 calls/min, windows", 600),
        Case.ofTokens("tokens of 600 calls/min, bucket of 1 min", 600).bucket(minute),
        Case.ofCalls("600 calls/min, then half, windows", 600).changing(0.5),
        Case.ofCalls("600 calls/min, then half, bucket", 600).bucket(minute).changing(0.5),
        Case.ofCalls("600 calls/min, then twice, windows", 600).changing(2),
        Case.ofCalls("600 calls/min, then twice, bucket", 600).bucket(minute).changing(2),
        Case.ofCalls("600 calls/min, windows", 600).told(),
        Case.ofTokens("tokens of 600 calls/min, windows", 600).told(),
        Case.ofCalls("600 calls/min, then half, windows", 600).changing(0.5).told(),
        Case.ofCalls("60 calls/min, windows", 60).told(),
        Case.ofCalls("60 calls/min, windows", 60),
        Case.ofCalls("60 calls/min, bucket of 1 min", 60).bucket(minute),
        Case.ofCalls("6,000 calls/min, windows", 6_000),
        Case.ofCalls("6,000 calls/min, bucket of 1 min", 6_000).bucket(minute));
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    return rows(Integer.MAX_VALUE, true);
  }

  /**
   * Those of providers that take at most so many calls a minute.
   *
   * @param hammering whether also arms whose clients make many times as many calls as are taken
   */
  static List<ExperimentRow> rows(int mostCalls, boolean hammering) throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    TargetSettings usual =
        TargetSettings.DEFAULT.breaker(BreakerPolicy.OFF).agentBreaker(BreakerPolicy.OFF);
    TargetSettings without = TargetSettings.DEFAULT.retry(RetryPolicy.DEFAULT);
    for (Case each : cases()) {
      if (each.calls() > mostCalls) {
        continue;
      }
      rows.addAll(arm("headgate", each, without.pace(PacePolicy.DEFAULT), pressing(each, 0), true));
      if (each.calls() == 600 && each.name().endsWith("/min, windows")) {
        rows.addAll(arm("no pace", each, without, pressing(each, 0), false));
        if (hammering) {
          rows.addAll(arm("client retries", each, usual, pressing(each, CLIENT_RETRIES), false));
          rows.addAll(arm("fixed at twice", each, usual, atRate(2 * each.calls()), false));
        }
        rows.addAll(arm("fixed at half", each, usual, atRate(each.calls() / 2), false));
      }
    }
    return rows;
  }

  // More than is taken even when the limit has doubled, a call taking about five seconds.
  private static Load pressing(Case of, int retries) {
    int clients = Math.clamp(of.calls() / 2, 20, 1_500);
    return Load.of(new Arrivals.ClosedLoop(clients, Duration.ofSeconds(1)), job(retries), HOUR);
  }

  private static Load atRate(int perMinute) {
    var arrivals = new Arrivals.Bursts(perMinute / MINUTE_S, Duration.ofSeconds(1));
    return Load.of(arrivals, job(0), HOUR);
  }

  private static JobModel job(int retries) {
    return JobModel.chat()
        .settings(JobSettings.DEFAULT.deadline(DEADLINE))
        .manners(new JobModel.Manners(retries, false, DEADLINE));
  }

  private static List<ExperimentRow> arm(
      String arm, Case of, TargetSettings settings, Load load, boolean held)
      throws InterruptedException {
    Flight flight = flight(of, settings, load);
    var _ = OnActor.fly(flight, arm + ", " + of);
    RateLimiter limiter = flight.limiterOf(0);
    int all = (int) HOUR.toMinutes();
    return List.of(
        row(
            "limit used, " + of.name(),
            arm,
            limiter.used(of.limit(), all),
            held ? atLeast(0.95) : null),
        row(
            "calls with a 429, " + of.name(),
            arm,
            limiter.rejected(all),
            held ? atMost(0.01) : null),
        row(
            "limit used in 5 minutes, " + of.name(),
            arm,
            limiter.used(of.limit(), LEARNING_MINUTES),
            null),
        row(
            "calls with a 429 in 5 minutes, " + of.name(),
            arm,
            limiter.rejected(LEARNING_MINUTES),
            null));
  }

  private static ExperimentRow row(
      String figure, String arm, double value, ExperimentRow.@Nullable Bar bar) {
    return new ExperimentRow(NAME, figure, arm, value, bar);
  }

  private static Flight flight(Case of, TargetSettings settings, Load load) {
    ProviderModel provider = ProviderModel.chat().rateLimit(of.limit().answersIn(REPLY));
    var scenario =
        new Scenario(
            HeadgateSettings.DEFAULT.maxInFlight(8_000).maxWaiting(8_000).maxJobs(16_000),
            0,
            List.of(
                new Scenario.AgentPart("agent-0", AgentSettings.DEFAULT),
                new Scenario.AgentPart("agent-1", AgentSettings.DEFAULT)),
            List.of(
                new Scenario.TargetPart("model", settings, provider, ProviderModel.chat(), false)),
            List.of(load),
            null,
            Faults.NONE,
            Scenario.Operator.NONE,
            HOUR.toNanos(),
            HOUR.plus(DEADLINE.multipliedBy(3)).toNanos());
    return new Flight(scenario, SEED, 1);
  }
}
