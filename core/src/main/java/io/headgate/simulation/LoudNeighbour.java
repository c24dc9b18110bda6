package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;
import static io.headgate.simulation.LimitTrial.SECOND_NS;
import static io.headgate.simulation.Overload.CAPACITY;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Seven agents want half of what the provider carries, and an eighth fifty times what one of them
 * does: they are not to notice.
 */
final class LoudNeighbour implements Experiment {
  private static final String NAME = "loud-neighbour";
  private static final double QUIET = 0.5;
  private static final double LOUD = 50;
  private static final String LOUD_ONE = "agent-0";
  private static final int MOST_CALLS = 6;
  private static final double MEAN_CALLS = (1 + MOST_CALLS) / 2.0;
  private static final Duration SETTLED = Duration.ofMinutes(2);
  private static final Duration LENGTH = Duration.ofMinutes(12);

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "one agent asks for fifty times what each other one does: the others do not notice";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    return Overload.rows(LoudNeighbour::rows);
  }

  static List<ExperimentRow> rows(Overload.Arm arm, long seed) throws InterruptedException {
    double each = QUIET * Overload.jobsPerSecond(CAPACITY, MEAN_CALLS) / (Overload.AGENTS - 1);
    List<Load> quiet = new ArrayList<>();
    for (int i = 1; i < Overload.AGENTS; i++) {
      quiet.add(load(arm, each, "agent-" + i));
    }
    List<Load> all = new ArrayList<>(quiet);
    all.add(load(arm, LOUD * each, LOUD_ONE));
    JobLog alone = Overload.fly(arm, Overload.provider(), quiet, seed);
    JobLog beside =
        Overload.fly(arm, Overload.provider(), all, seed).of(id -> !id.equals(LOUD_ONE));
    long from = SETTLED.toNanos();
    long to = LENGTH.toNanos();
    return List.of(
        arm.row(
            NAME,
            "p99 of the others' jobs, of being alone",
            beside.tookNs(0.99, from, to) / alone.tookNs(0.99, from, to),
            atMost(1.1)),
        arm.row(
            NAME,
            "p99 of the others' jobs alone, in seconds",
            alone.tookNs(0.99, from, to) / SECOND_NS,
            null),
        arm.row(
            NAME,
            "goodput of the others, of being alone",
            beside.perSecond(from, to) / alone.perSecond(from, to),
            atLeast(0.98)));
  }

  private static Load load(Overload.Arm arm, double perSecond, String agent) {
    return Load.of(new Arrivals.Poisson(perSecond), Overload.job(arm, 1, MOST_CALLS), LENGTH)
        .by(agent);
  }
}
