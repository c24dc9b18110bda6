package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.DegradationPolicy;
import io.headgate.DegradationPolicy.Rung;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.PacePolicy;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model that takes half of what is asked of it, by a limit that nobody knows, and a smaller one
 * behind it. With pace and ladder both: what the model takes is used, hardly a call gets a 429, and
 * what is too much is answered from below. Each alone misses one of these, and so does a fallback
 * in a {@code catch}.
 */
final class PacedLadder implements Experiment {
  private static final String NAME = "paced-ladder";
  private static final Duration LENGTH = Duration.ofMinutes(12);
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final Duration REPLY = Duration.ofMillis(200);
  private static final int PER_MINUTE = 300;
  private static final double PER_SECOND = 10;
  private static final int AGENTS = 4;

  private static final RateLimit LIMIT =
      RateLimit.calls(PER_MINUTE).bucket(Duration.ofMinutes(1)).answersIn(REPLY);

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "twice what a model's unknown limit takes: the rest from a smaller one, no 429s";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    DegradationPolicy ladder = DegradationPolicy.of(Rung.of("large", 100), Rung.of("small", 20));
    TargetSettings bare = TargetSettings.DEFAULT;
    List<ExperimentRow> rows = new ArrayList<>();
    rows.addAll(arm("headgate", bare.degradation(ladder).pace(PacePolicy.DEFAULT), true));
    rows.addAll(arm("ladder alone", bare.degradation(ladder), false));
    rows.addAll(arm("pace alone", bare.pace(PacePolicy.DEFAULT), false));
    rows.addAll(arm("usual stack", UsualStack.fallback(bare, ladder), false));
    return rows;
  }

  // The bars are those of rate-limit and slow-model.
  private static List<ExperimentRow> arm(String arm, TargetSettings settings, boolean held)
      throws InterruptedException {
    var answered = new Answered(_ -> true);
    var flight = new Flight(scenario(settings), 1, answered);
    var _ = OnActor.fly(flight, arm);
    RateLimiter limiter = flight.limiterOf(0);
    int all = (int) LENGTH.toMinutes();
    return List.of(
        row(
            "calls of the model with a 429",
            arm,
            limiter.rejected(all),
            held ? atMost(0.01) : null),
        row("calls answered within 30 s", arm, answered.answered(), held ? atLeast(0.99) : null),
        row(
            "of what the model takes, used",
            arm,
            limiter.used(LIMIT, all),
            held ? atLeast(0.9) : null));
  }

  private static ExperimentRow row(
      String figure, String arm, double value, ExperimentRow.@Nullable Bar bar) {
    return new ExperimentRow(NAME, figure, arm, value, bar);
  }

  private static Scenario scenario(TargetSettings settings) {
    JobModel job =
        JobModel.chat()
            .settings(JobSettings.DEFAULT.deadline(DEADLINE))
            .tokens(400, 200, 0.3)
            .manners(new JobModel.Manners(0, false, DEADLINE));
    ProviderModel model = ProviderModel.chat().rateLimit(LIMIT);
    return Scenario.plain(
        HeadgateSettings.DEFAULT.maxInFlight(2_000).maxWaiting(2_000),
        Scenario.agents(AGENTS),
        List.of(
            new Scenario.TargetPart(
                "model",
                settings,
                model,
                ProviderModel.chat(),
                false,
                List.of(ProviderModel.chat()))),
        List.of(Load.of(new Arrivals.Poisson(PER_SECOND), job, LENGTH)),
        LENGTH,
        DEADLINE.multipliedBy(4));
  }
}
