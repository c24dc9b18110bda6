package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.BreakerPolicy;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.Priority;
import io.headgate.TargetSettings;
import io.headgate.engine.Ending;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A tool becomes fifteen times slower for four minutes and fails nobody, so that a breaker of
 * failures sees nothing; its calls come to hold all the permits that it shares with a quick one.
 * What a share of slow calls that opens its breaker leaves to the other, which answers at once or
 * is of no use. The usual stack gives each tool a bulkhead of its own instead, of half the permits.
 */
final class SlowTool implements Experiment {
  private static final String NAME = "slow-tool";
  private static final Duration LENGTH = Duration.ofMinutes(8);
  private static final Duration FROM = Duration.ofMinutes(3);
  private static final Duration TO = Duration.ofMinutes(7);
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final Duration TTL = Duration.ofSeconds(2);
  private static final Duration SLOW = Duration.ofSeconds(5);
  private static final double SLOWER = 15;
  private static final double SIGMA = 0.3;
  private static final double PER_SECOND = 8;
  private static final int PERMITS = 32;
  private static final int AGENTS = 4;
  private static final String USUAL = "usual stack";

  /** Of each tool; a call that finds it full is refused, and does not wait. */
  private static final int BULKHEAD = PERMITS / 2;

  private static final Duration AT_ONCE = Duration.ofMillis(1);
  private static final int WINDOW_CALLS = 40;

  // Until it is noticed, at most: the permits fill up in 8 s, the first slow calls end after 15 s,
  // and twenty of them, at the four a second at which they began, 5 s later. Of 240 s.
  private static final double OTHERS_ANSWERED = 0.9;

  // Thirty-two that fill the permits, as many behind them, three probes each 5 to 25 s.
  private static final double CALLS_OF_THE_SLOW = 150;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "a tool that turns slow and fails nobody: it does not hold what others need";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    BreakerPolicy slowRate =
        BreakerPolicy.DEFAULT.window(Duration.ofMinutes(1), WINDOW_CALLS).slow(SLOW, 50);
    List<ExperimentRow> rows = new ArrayList<>();
    rows.addAll(arm("headgate", t -> t.breaker(slowRate).agentBreaker(slowRate), TTL, true));
    rows.addAll(arm("failures only", t -> t, TTL, false));
    rows.addAll(arm(USUAL, t -> UsualStack.target(t).maxInFlight(BULKHEAD), AT_ONCE, false));
    return rows;
  }

  private static List<ExperimentRow> arm(
      String arm, UnaryOperator<TargetSettings> policies, Duration ttl, boolean held)
      throws InterruptedException {
    var seen = new Seen();
    JobModel.Manners client =
        arm.equals(USUAL) ? UsualStack.client(DEADLINE) : new JobModel.Manners(0, false, DEADLINE);
    var _ = OnActor.fly(new Flight(scenario(policies, ttl, client), 1, seen), arm);
    return List.of(
        row(
            "calls of the other tool answered, while it is slow",
            arm,
            (double) seen.answered / Math.max(1, seen.asked),
            held ? atLeast(OTHERS_ANSWERED) : null),
        row(
            "calls made of the slow one, while it is slow",
            arm,
            (double) seen.slowCalls,
            held ? atMost(CALLS_OF_THE_SLOW) : null));
  }

  private static ExperimentRow row(
      String figure, String arm, double value, ExperimentRow.@Nullable Bar bar) {
    return new ExperimentRow(NAME, figure, arm, value, bar);
  }

  private static Scenario scenario(
      UnaryOperator<TargetSettings> policies, Duration ttl, JobModel.Manners client) {
    JobModel job =
        JobModel.chat()
            .settings(JobSettings.DEFAULT.deadline(DEADLINE))
            .calls(new JobModel.Calls(1, 1, false, Priority.NORMAL, ttl))
            .manners(client);
    TargetSettings tool = policies.apply(TargetSettings.DEFAULT.tool().timeout(DEADLINE));
    ProviderModel slow =
        ProviderModel.of(new Latency.LogNormal(Duration.ofSeconds(1), SIGMA))
            .during(new Disturbance.Brownout(FROM, TO, SLOWER));
    ProviderModel quick = ProviderModel.of(new Latency.LogNormal(Duration.ofMillis(200), SIGMA));
    return Scenario.plain(
        HeadgateSettings.DEFAULT.maxInFlight(PERMITS).maxWaiting(1_000),
        Scenario.agents(AGENTS),
        List.of(
            new Scenario.TargetPart("slow", tool, slow, slow, false),
            new Scenario.TargetPart("quick", tool, quick, quick, false)),
        List.of(Load.of(new Arrivals.Poisson(PER_SECOND), job, LENGTH)),
        LENGTH,
        DEADLINE.multipliedBy(2));
  }

  /** What becomes of the other's calls meanwhile, and how many the slow one gets. */
  private static final class Seen implements Witness {
    private long asked;
    private long answered;
    private long slowCalls;

    private static boolean lasts(long nowNs) {
      return nowNs >= FROM.toNanos() && nowNs < TO.toNanos();
    }

    @Override
    public void refused(Rejection rejection) {
      if (rejection.target().id().equals("quick") && lasts(rejection.nowNs())) {
        asked++;
      }
    }

    @Override
    public void started(VirtualTask task, int attempt, long nowNs, long deadlineNs) {
      slowCalls += task.targetGate().id().equals("slow") && lasts(nowNs) ? 1 : 0;
    }

    @Override
    public void ended(VirtualTask task, Ending ending, boolean waiting, long nowNs, long ranNs) {
      if (task.targetGate().id().equals("quick") && lasts(nowNs)) {
        asked++;
        answered += ending == Ending.COMPLETED ? 1 : 0;
      }
    }
  }
}
