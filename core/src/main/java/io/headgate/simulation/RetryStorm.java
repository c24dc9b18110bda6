package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.BreakerPolicy;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.RetryPolicy;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Twenty minutes, two of them a full outage of the provider. In the usual stack each client tries
 * again by itself, with backoff, at each level at which it calls; Headgate's own retries have a
 * budget, do not nest, and end where a breaker is open.
 */
final class RetryStorm implements Experiment {
  private static final Duration LENGTH = Duration.ofMinutes(20);
  private static final Duration FROM = Duration.ofMinutes(9);
  private static final Duration TO = Duration.ofMinutes(11);
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final int USUAL_RETRIES = 4;
  private static final int DEEP = 5;

  // Twenty until the breaker opens; then three probes each 5, 10, and six times 20 s or more: 44,
  // and a retry for every tenth of them.
  private static final double DEAD_CALLS = 48;

  private static final String NAME = "retry-storm";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "20 minutes, 2 of them a full outage: what retries add, and what comes back";
  }

  @Override
  public List<ExperimentRow> run() {
    List<ExperimentRow> rows = new ArrayList<>();
    for (int depth : new int[] {0, DEEP}) {
      String suffix = depth == 0 ? "" : ", nested " + depth + " deep";
      rows.addAll(arm("headgate", suffix, depth, 0, t -> t.retry(RetryPolicy.DEFAULT), true));
      rows.addAll(
          arm(
              "no breaker",
              suffix,
              depth,
              0,
              t ->
                  t.retry(RetryPolicy.DEFAULT)
                      .breaker(BreakerPolicy.OFF)
                      .agentBreaker(BreakerPolicy.OFF),
              false));
      rows.addAll(
          arm(
              "usual stack",
              suffix,
              depth,
              USUAL_RETRIES,
              t ->
                  t.retry(RetryPolicy.OFF)
                      .breaker(BreakerPolicy.OFF)
                      .agentBreaker(BreakerPolicy.OFF),
              false));
    }
    return rows;
  }

  private static List<ExperimentRow> arm(
      String arm,
      String suffix,
      int depth,
      int clientRetries,
      UnaryOperator<TargetSettings> policies,
      boolean held) {
    var dead = new DeadCalls();
    SimulationReport report = simulation(depth, clientRetries, policies).run(dead);
    Duration recovery = report.timeToRecover().orElse(LENGTH);
    double amplification = (double) report.attempts() / Math.max(1, report.calls());
    double wasted = (double) report.tokensWasted() / Math.max(1, report.tokens());
    return List.of(
        new ExperimentRow(
            NAME,
            "calls made for each call wanted" + suffix,
            arm,
            amplification,
            held ? atMost(1.1) : null),
        new ExperimentRow(
            NAME,
            "attempts for each task" + suffix,
            arm,
            (double) report.attempts() / Math.max(1, report.admitted()),
            held ? atMost(1.1) : null),
        new ExperimentRow(
            NAME, "tokens wasted, of all" + suffix, arm, wasted, held ? atMost(0.05) : null),
        new ExperimentRow(
            NAME,
            "time to recover, in deadlines" + suffix,
            arm,
            (double) recovery.toMillis() / DEADLINE.toMillis(),
            held ? atMost(2) : null),
        new ExperimentRow(
            NAME,
            "calls made of the dead provider" + suffix,
            arm,
            (double) dead.calls,
            held ? atMost(DEAD_CALLS) : null),
        new ExperimentRow(
            NAME,
            "attempts for each task, of the dead provider alone" + suffix,
            arm,
            (double) dead.calls / Math.max(1, dead.tasks.size()),
            held ? atMost(1.1) : null),
        new ExperimentRow(
            NAME,
            "jobs in time, of those outside the outage" + suffix,
            arm,
            (double) report.jobsInTime()
                / (report.jobs() * (1 - (double) TO.minus(FROM).toMillis() / LENGTH.toMillis())),
            null));
  }

  private static Simulation simulation(
      int depth, int clientRetries, UnaryOperator<TargetSettings> policies) {
    ProviderModel provider =
        ProviderModel.chat()
            .capacity(64, 1)
            .errors(0.01)
            .during(new Disturbance.Outage(FROM, TO, 1));
    JobModel job =
        JobModel.chat()
            .settings(JobSettings.DEFAULT.deadline(DEADLINE))
            .calls(1, depth == 0 ? 4 : 1)
            .tokens(400, depth == 0 ? 300 : 100, 0.5)
            .manners(new JobModel.Manners(clientRetries, false, DEADLINE));
    if (depth > 0) {
      job = job.children(1, 1, depth);
    }
    var simulation =
        Simulation.of(HeadgateSettings.DEFAULT.maxInFlight(64).maxWaiting(1_000))
            .load(Load.of(new Arrivals.Poisson(depth == 0 ? 4 : 1), job, LENGTH))
            .target("model", t -> policies.apply(t.timeout(Duration.ofSeconds(30))), provider);
    for (int i = 0; i < 8; i++) {
      simulation.agent("agent-" + i, a -> a);
    }
    return simulation;
  }

  /** What is called while nobody answers. */
  private static final class DeadCalls implements Witness {
    private final Set<Long> tasks = new HashSet<>();
    private long calls;

    @Override
    public void calling(VirtualTask task, long nowNs) {
      if (nowNs >= FROM.toNanos() && nowNs < TO.toNanos()) {
        calls++;
        tasks.add(task.taskId());
      }
    }
  }
}
