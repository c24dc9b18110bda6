package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.LimitTrial.SECOND_NS;

import io.headgate.ConcurrencyPolicy;
import io.headgate.HeadgateSettings;
import io.headgate.LoopPolicy;
import io.headgate.QueuePolicy;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Four tools whose calls work for half a second, any number at once, and then hold one lock, which
 * all four share, for twenty milliseconds: the lock is what they bear, and while they wait for it
 * the CPU idles, so that nothing but queueing shows it. Under twice what it bears.
 *
 * <p>The oracle: one over how long the lock is held in the mean, over the calls of a job.
 */
final class LockedTools implements Experiment {
  private static final String NAME = "shared-lock";
  private static final int TOOLS = 4;
  private static final double SIGMA = 0.5;
  private static final Duration WORK = Duration.ofMillis(400);
  private static final Duration HELD = Duration.ofMillis(20);
  private static final double LOAD = 2;
  private static final int MOST_CALLS = 6;
  private static final double MEAN_CALLS = (1 + MOST_CALLS) / 2.0;
  private static final int PERMITS = 32;
  private static final int TRIES_AGAIN = 2;
  private static final Duration FROM = Duration.ofMinutes(2);
  private static final Duration TO = Duration.ofMinutes(9);
  private static final Duration LENGTH = Duration.ofMinutes(10);

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "tools that wait for one lock while the CPU idles: what is let in finishes its job";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    for (Overload.Arm arm : arms()) {
      rows.addAll(rows(arm, 1));
    }
    // One limit, and one order, for all that wait for the lock.
    double one = log(arms().getFirst(), 1, lock(), 1).perSecond(FROM.toNanos(), TO.toNanos());
    rows.add(
        new ExperimentRow(
            NAME, "goodput, of the oracle's", "headgate, one tool", one / oracle(), null));
    return rows;
  }

  /**
   * Headgate; nothing at all; a limiter that knows latency alone, as Netflix's concurrency-limits
   * (the same limit, a call beyond it is refused at once, no notion of a job); and a Headgate whose
   * limit was set by hand to half as much again as the lock can keep busy.
   */
  static List<Overload.Arm> arms() {
    return List.of(
        new Overload.Arm(
            "headgate", s -> s, t -> t.concurrency(ConcurrencyPolicy.DEFAULT), false, 0, true),
        new Overload.Arm(
            "naive",
            s -> roomy(s).maxInFlight(20_000).maxWaiting(100_000),
            Overload::bare,
            true,
            TRIES_AGAIN,
            false),
        new Overload.Arm(
            "latency only",
            s -> roomy(s).maxWaiting(1).begunPercent(0),
            t -> Overload.bare(t).concurrency(ConcurrencyPolicy.DEFAULT).queue(QueuePolicy.OFF),
            true,
            TRIES_AGAIN,
            false),
        new Overload.Arm(
            "fixed limits", s -> roomy(s).maxInFlight(PERMITS), Overload::bare, false, 0, false));
  }

  private static HeadgateSettings roomy(HeadgateSettings settings) {
    return settings.maxJobs(200_000);
  }

  private static double mean(Duration median) {
    return median.toNanos() / SECOND_NS * StrictMath.exp(SIGMA * SIGMA / 2);
  }

  /** Jobs a second that the lock bears. */
  static double oracle() {
    return 1 / (mean(HELD) * MEAN_CALLS);
  }

  static List<ExperimentRow> rows(Overload.Arm arm, long seed) throws InterruptedException {
    SharedLock lock = lock();
    JobLog log = log(arm, TOOLS, lock, seed);
    long from = FROM.toNanos();
    long to = TO.toNanos();
    return List.of(
        arm.row(
            NAME, "goodput, of the oracle's", log.perSecond(from, to) / oracle(), atLeast(0.95)),
        arm.row(
            NAME,
            "jobs of 5 and 6 calls, of their share",
            log.longest(from, to, 5, 1.0 / 3),
            atLeast(0.8)),
        arm.row(
            NAME,
            "p99 of a job that was done, in deadlines",
            log.tookNs(0.99, from, to) / Overload.DEADLINE.toNanos(),
            null),
        arm.row(NAME, "the lock is held, of the time", lock.busy(), null));
  }

  private static SharedLock lock() {
    return new SharedLock(new Latency.LogNormal(HELD, SIGMA), FROM, TO);
  }

  private static JobLog log(Overload.Arm arm, int tools, SharedLock lock, long seed)
      throws InterruptedException {
    Load load =
        Load.of(
            new Arrivals.Poisson(LOAD * oracle()),
            Overload.job(arm, 1, MOST_CALLS).tokens(0, 0, 0),
            LENGTH);
    ProviderModel provider = ProviderModel.of(new Latency.LogNormal(WORK, SIGMA));
    TargetSettings tool =
        arm.target()
            .apply(
                TargetSettings.DEFAULT
                    .tool()
                    .loopGuard(LoopPolicy.OFF)
                    .timeout(Duration.ofSeconds(30)));
    List<Scenario.TargetPart> targets = new ArrayList<>();
    for (int i = 0; i < tools; i++) {
      targets.add(
          new Scenario.TargetPart("tool-" + i, tool, provider, provider, false, List.of(), lock));
    }
    long lengthNs = LENGTH.toNanos();
    var scenario =
        new Scenario(
            arm.settings().apply(HeadgateSettings.DEFAULT),
            0,
            Scenario.agents(Overload.AGENTS),
            targets,
            List.of(load),
            null,
            Faults.NONE,
            Scenario.Operator.NONE,
            lengthNs,
            lengthNs + 4 * Overload.DEADLINE.toNanos());
    return Overload.fly(arm, scenario, seed);
  }
}
