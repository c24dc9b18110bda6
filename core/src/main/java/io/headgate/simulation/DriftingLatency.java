package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Calls take longer and longer, up to half as long again within ten minutes, and then less and less
 * again; the model bears as many at once all the while. A limit that takes that for congestion
 * shrinks to nothing; one whose idea of no congestion follows what it sees creeps up with it.
 */
final class DriftingLatency implements Experiment {
  private static final String NAME = "drift";
  private static final int BEARS = 128;
  private static final double SLOWDOWN = 1;
  private static final double LOAD = 1.5;
  private static final double LONGER = 1.5;
  private static final int SEEDS = 3;
  private static final Duration FROM = Duration.ofMinutes(3);
  private static final Duration TOP = Duration.ofMinutes(13);
  private static final Duration TO = Duration.ofMinutes(23);
  private static final Duration LENGTH = Duration.ofMinutes(25);

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "calls take half as long again, bit by bit: that is no congestion";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    rows.addAll(arm("headgate", LimitTrial.adaptive(), true));
    rows.addAll(arm("fixed at what it bears", LimitTrial.fixed(BEARS), false));
    rows.addAll(arm("fixed at half of it", LimitTrial.fixed(BEARS / 2), false));
    rows.addAll(arm("no limit", LimitTrial.unlimited(), false));
    return rows;
  }

  private static List<ExperimentRow> arm(String arm, TargetSettings target, boolean held)
      throws InterruptedException {
    double up = Double.MAX_VALUE;
    double down = Double.MAX_VALUE;
    double most = 0;
    double fewest = Double.MAX_VALUE;
    long minuteNs = Duration.ofMinutes(1).toNanos();
    for (int seed = 1; seed <= (held ? SEEDS : 1); seed++) {
      CallLog log = fly(arm, target, seed);
      up = Math.min(up, share(log, FROM, TOP));
      down = Math.min(down, share(log, TOP, TO));
      for (long at = FROM.toNanos(); held && at < TO.toNanos(); at += minuteNs) {
        double mean = log.meanPermits(at, at + minuteNs) / BEARS;
        most = Math.max(most, mean);
        fewest = Math.min(fewest, mean);
      }
    }
    List<ExperimentRow> rows = new ArrayList<>();
    rows.add(row("goodput as it creeps up, of the oracle's", arm, up, held ? atLeast(0.95) : null));
    rows.add(
        row("goodput as it goes back, of the oracle's", arm, down, held ? atLeast(0.95) : null));
    if (held) {
      rows.add(row("fewest permits of a minute, of what it bears", arm, fewest, atLeast(0.8)));
      rows.add(row("most permits of a minute, of what it bears", arm, most, atMost(1.6)));
    }
    return rows;
  }

  private static double share(CallLog log, Duration from, Duration to) {
    double could = 0;
    int parts = 100;
    long fromNs = from.toNanos();
    for (int i = 0; i < parts; i++) {
      long at = fromNs + (to.toNanos() - fromNs) / parts * i;
      double longer = at < TOP.toNanos() ? up().at(at) : down().at(at);
      could += BEARS / (LimitTrial.seconds(LimitTrial.OUTPUT) * longer) / parts;
    }
    return log.perSecond(fromNs, to.toNanos()) / could;
  }

  private static Disturbance.Drift up() {
    return new Disturbance.Drift(FROM, TOP, 1, LONGER);
  }

  private static Disturbance.Drift down() {
    return new Disturbance.Drift(TOP, TO, LONGER, 1);
  }

  private static CallLog fly(String arm, TargetSettings target, long seed)
      throws InterruptedException {
    ProviderModel model = LimitTrial.model(BEARS, SLOWDOWN).during(up()).during(down());
    double perSecond = LOAD * BEARS / LimitTrial.seconds(LimitTrial.OUTPUT);
    Load load = Load.of(new Arrivals.Poisson(perSecond), LimitTrial.job(LimitTrial.OUTPUT), LENGTH);
    return LimitTrial.fly(arm, target, model, List.of(load), LENGTH, seed);
  }

  private static ExperimentRow row(
      String figure, String arm, double value, ExperimentRow.@Nullable Bar bar) {
    return new ExperimentRow(NAME, figure, arm, value, bar);
  }
}
