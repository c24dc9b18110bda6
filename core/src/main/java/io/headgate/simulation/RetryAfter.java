package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.BreakerPolicy;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Twice as many calls as a provider takes, which says with each 429 when to come back. The whole
 * target is left alone for as long; or it is not, and every other call is one more 429. Without
 * breakers and retries, which would hide what the pause does; the usual stack has these, and no
 * pause.
 */
final class RetryAfter implements Experiment {
  private static final String NAME = "retry-after";
  private static final Duration LENGTH = Duration.ofMinutes(20);
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final Duration REPLY = Duration.ofMillis(200);
  private static final Duration AFTER = Duration.ofSeconds(30);
  private static final int PER_MINUTE = 60;
  private static final double PER_SECOND = 2;
  private static final int AGENTS = 4;
  private static final String USUAL = "usual stack";

  // A pause of 30 s saves thirty calls up, which are spent in the 30 s after it: sixty calls, and
  // the one that meets the end of it, with what is asked for in the 0.2 s until its answer: 1.4.
  private static final double REJECTED = 0.05;

  private static final RateLimit LIMIT =
      RateLimit.calls(PER_MINUTE).bucket(Duration.ofMinutes(1)).retryAfter(AFTER).answersIn(REPLY);

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "a provider says when to come back: the whole target is left alone for as long";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    rows.addAll(arm("headgate", TargetSettings.DEFAULT, true));
    rows.addAll(arm(USUAL, UsualStack.target(TargetSettings.DEFAULT), false));
    rows.addAll(arm("no pause", TargetSettings.DEFAULT.maxPause(Duration.ZERO), false));
    return rows;
  }

  private static List<ExperimentRow> arm(String arm, TargetSettings settings, boolean held)
      throws InterruptedException {
    var flight = new Flight(scenario(settings, arm.equals(USUAL)), 1, new Witness() {});
    var _ = OnActor.fly(flight, arm);
    RateLimiter limiter = flight.limiterOf(0);
    int all = (int) LENGTH.toMinutes();
    return List.of(
        row("calls with a 429", arm, limiter.rejected(all), held ? atMost(REJECTED) : null),
        row("limit used", arm, limiter.used(LIMIT, all), held ? atLeast(0.95) : null));
  }

  private static ExperimentRow row(
      String figure, String arm, double value, ExperimentRow.@Nullable Bar bar) {
    return new ExperimentRow(NAME, figure, arm, value, bar);
  }

  private static Scenario scenario(TargetSettings settings, boolean usual) {
    JobModel job =
        JobModel.chat()
            .settings(JobSettings.DEFAULT.deadline(DEADLINE))
            .manners(
                usual ? UsualStack.client(DEADLINE) : new JobModel.Manners(0, false, DEADLINE));
    // What the usual client does not hear, it need not be told.
    RateLimit limit = usual ? LIMIT.retryAfter(Duration.ZERO) : LIMIT;
    ProviderModel provider =
        ProviderModel.of(new Latency.LogNormal(Duration.ofSeconds(1), 0.3)).rateLimit(limit);
    TargetSettings target =
        usual ? settings : settings.breaker(BreakerPolicy.OFF).agentBreaker(BreakerPolicy.OFF);
    return Scenario.plain(
        HeadgateSettings.DEFAULT,
        Scenario.agents(AGENTS),
        List.of(new Scenario.TargetPart("model", target, provider, provider, false)),
        List.of(Load.of(new Arrivals.Poisson(PER_SECOND), job, LENGTH)),
        LENGTH,
        DEADLINE.multipliedBy(2));
  }
}
