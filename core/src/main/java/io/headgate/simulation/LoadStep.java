package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.LevelPolicy;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The load steps from below to 1.4 times what a model bears, and stays there. The calls queue at
 * the provider, where nobody sees them, until the limit has come down to what it bears: how much
 * longer they take than alone.
 */
final class LoadStep implements Experiment {
  private static final String NAME = "step";
  private static final int BEARS = 128;
  private static final double SLOWDOWN = 1;
  private static final double CALM = 0.7;
  private static final double LOAD = 1.4;
  private static final int SEEDS = 3;
  private static final int TRIPS = 20;
  private static final Duration AT = Duration.ofMinutes(2);
  private static final Duration LENGTH = Duration.ofMinutes(6);

  /** Of a call's time, what a new job may wait by {@link LevelPolicy}. */
  private static final double DELAY_CALLS = 3;

  /** Of a call's time alone, what it may queue at the provider. */
  private static final double QUEUED = 0.25;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "1.4 times what a model bears, from one moment to the next: calls do not queue at it";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    rows.addAll(arm("headgate", LimitTrial.adaptive(), true));
    rows.addAll(arm("headgate, level", LimitTrial.adaptive().level(LevelPolicy.DEFAULT), true));
    rows.addAll(arm("fixed at twice", LimitTrial.fixed(2 * BEARS), false));
    rows.addAll(arm("no limit", LimitTrial.unlimited(), false));
    return rows;
  }

  private static List<ExperimentRow> arm(String arm, TargetSettings target, boolean held)
      throws InterruptedException {
    double trip = LimitTrial.seconds(LimitTrial.OUTPUT);
    long atNs = AT.toNanos();
    long endNs = LENGTH.toNanos();
    double back = 0;
    double after = 0;
    double goodput = Double.MAX_VALUE;
    double waited = 0;
    for (int seed = 1; seed <= (held ? SEEDS : 1); seed++) {
      CallLog log = fly(arm, target, seed);
      double calm = log.meanRanNs(atNs / 2, atNs);
      double tripsBack = TRIPS * 10;
      for (int i = 1; i < TRIPS * 10 && tripsBack == TRIPS * 10; i++) {
        long fromNs = atNs + LimitTrial.ns(i * trip);
        // Four round trips: the mean of what ends in one is not known well enough.
        boolean over =
            log.meanRanNs(fromNs, fromNs + LimitTrial.ns(4 * trip)) < (1 + QUEUED) * calm;
        boolean begun = i > 3; // the first calls of the step have ended
        tripsBack = over && begun ? i : tripsBack;
      }
      back = Math.max(back, tripsBack);
      long fromNs = atNs + LimitTrial.ns(TRIPS * trip);
      after = Math.max(after, log.meanRanNs(fromNs, endNs) / calm - 1);
      waited = Math.max(waited, log.meanWaitedNs(fromNs, endNs) / calm);
      goodput = Math.min(goodput, log.perSecond(fromNs, endNs) / (BEARS / trip));
    }
    return List.of(
        row(
            "round trips until calls queue less than a quarter",
            arm,
            back,
            held ? atMost(TRIPS) : null),
        row(
            "queueing after 20 round trips, of a call's time",
            arm,
            after,
            held ? atMost(QUEUED) : null),
        row(
            "goodput after 20 round trips, of the oracle's",
            arm,
            goodput,
            held ? atLeast(0.95) : null),
        row(
            "wait before its start after 20 round trips, of a call's time",
            arm,
            waited,
            target.level().isOn() ? atMost(DELAY_CALLS) : null));
  }

  private static CallLog fly(String arm, TargetSettings target, long seed)
      throws InterruptedException {
    double perSecond = CALM * BEARS / LimitTrial.seconds(LimitTrial.OUTPUT);
    var arrivals = new Arrivals.Surge(perSecond, LOAD / CALM, AT, LENGTH);
    Load load = Load.of(arrivals, LimitTrial.job(LimitTrial.OUTPUT), LENGTH);
    ProviderModel model = LimitTrial.model(BEARS, SLOWDOWN);
    return LimitTrial.fly(arm, target, model, List.of(load), LENGTH, seed);
  }

  private static ExperimentRow row(
      String figure, String arm, double value, ExperimentRow.@Nullable Bar bar) {
    return new ExperimentRow(NAME, figure, arm, value, bar);
  }
}
