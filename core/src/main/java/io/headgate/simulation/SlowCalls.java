package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.BreakerPolicy;
import io.headgate.HeadgateSettings;
import io.headgate.HedgePolicy;
import io.headgate.JobSettings;
import io.headgate.RetryPolicy;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Twenty minutes of single calls to a target of which a few, by chance, do not answer at all: how
 * many jobs are answered in time if slow calls are made a second time, and what that costs. And the
 * same while the whole target is slow, where a second call helps nobody.
 */
final class SlowCalls implements Experiment {
  private static final String NAME = "slow-calls";
  private static final Duration LENGTH = Duration.ofMinutes(20);
  private static final Duration FROM = Duration.ofMinutes(6);
  private static final Duration TO = Duration.ofMinutes(10);
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final double PER_SECOND = 10;
  private static final double HANGS = 0.02;
  private static final double SLOWER = 3;
  private static final int CAPACITY = 32;
  private static final double SIGMA = 0.3;
  private static final double SECOND_MS = 1e3;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "calls that do not answer, by chance or all at once: a second one, and what it costs";
  }

  @Override
  public List<ExperimentRow> run() {
    ProviderModel model =
        ProviderModel.of(new Latency.LogNormal(Duration.ofSeconds(1), SIGMA)).capacity(CAPACITY, 1);
    List<ExperimentRow> rows = new ArrayList<>();
    rows.addAll(rows("2 % hang", model.failing(0, HANGS, 0), 0.995));
    rows.addAll(
        rows("3 times slower", model.during(new Disturbance.Brownout(FROM, TO, SLOWER)), 0));
    return rows;
  }

  private static List<ExperimentRow> rows(String trouble, ProviderModel model, double bar) {
    List<ExperimentRow> rows = new ArrayList<>();
    rows.addAll(arm("headgate", trouble, model, t -> t.hedge(HedgePolicy.DEFAULT), bar));
    rows.addAll(arm("no hedges", trouble, model, t -> t, -1));
    rows.addAll(arm("usual stack", trouble, model, SlowCalls::fixed, -1));
    return rows;
  }

  // A second call after a fixed time, for whatever is slower than most calls are, and no budget.
  private static TargetSettings fixed(TargetSettings settings) {
    return settings
        .hedge(new HedgePolicy(50, 1, Duration.ofMillis(1_500)))
        .retry(RetryPolicy.OFF.budget(100, 1_000).watermarkPercent(100));
  }

  private static List<ExperimentRow> arm(
      String arm,
      String trouble,
      ProviderModel model,
      UnaryOperator<TargetSettings> policies,
      double bar) {
    JobModel job =
        JobModel.chat()
            .settings(JobSettings.DEFAULT.deadline(DEADLINE))
            .tokens(200, 100, SIGMA)
            .idempotent(1)
            .manners(new JobModel.Manners(0, false, DEADLINE));
    SimulationReport report =
        Simulation.of(HeadgateSettings.DEFAULT.maxInFlight(1_000).maxWaiting(2_000))
            .load(Load.of(new Arrivals.Poisson(PER_SECOND), job, LENGTH))
            .agent("agent", a -> a)
            .target(
                "tool",
                t -> policies.apply(t.breaker(BreakerPolicy.OFF).agentBreaker(BreakerPolicy.OFF)),
                model)
            .seed(1)
            .run();
    boolean held = bar >= 0;
    return List.of(
        new ExperimentRow(
            NAME,
            "jobs answered in time, " + trouble,
            arm,
            (double) report.jobsInTime() / report.jobs(),
            bar > 0 ? atLeast(bar) : null),
        new ExperimentRow(
            NAME,
            "attempts for each task, " + trouble,
            arm,
            (double) report.attempts() / report.admitted(),
            held ? atMost(1.1) : null),
        new ExperimentRow(
            NAME,
            "task p99, in seconds, " + trouble,
            arm,
            report.took().p99().toMillis() / SECOND_MS,
            null));
  }
}
