package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;

import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Short calls and long ones at once, whose shares go up and down: first mostly short ones, then
 * mostly long ones, then again, always a fifth more than the model bears. A call that takes ten
 * times as long since its answer is longer is no sign of congestion. The oracle knows the mix, and
 * how long each kind takes in the mean.
 */
final class MixedCalls implements Experiment {
  private static final String NAME = "mixed";
  private static final int BEARS = 96;
  private static final double SLOWDOWN = 1;
  private static final double LOAD = 1.2;
  private static final long SHORT = 20;
  private static final long LONG = 300;

  /** Between the longest short ones and the shortest long ones. */
  private static final long BETWEEN = 100;

  private static final double MOSTLY = 0.9;
  private static final int SEEDS = 3;
  private static final Duration PHASE = Duration.ofMinutes(5);
  private static final Duration WARM = Duration.ofMinutes(1);
  private static final int PHASES = 4;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "short calls and long ones, in a mix that changes: long answers are not slow ones";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    rows.addAll(arm("headgate", LimitTrial.adaptive(), true));
    rows.addAll(arm("fixed at what it bears", LimitTrial.fixed(BEARS), false));
    rows.addAll(arm("no limit", LimitTrial.unlimited(), false));
    return rows;
  }

  private static double shortShare(int phase) {
    return phase % 2 == 0 ? MOSTLY : 1 - MOSTLY;
  }

  private static double callSeconds(int phase) {
    double share = shortShare(phase);
    return share * LimitTrial.seconds(SHORT) + (1 - share) * LimitTrial.seconds(LONG);
  }

  private static List<ExperimentRow> arm(String arm, TargetSettings target, boolean held)
      throws InterruptedException {
    double tokens = Double.MAX_VALUE;
    double shorts = Double.MAX_VALUE;
    double longs = Double.MAX_VALUE;
    for (int seed = 1; seed <= (held ? SEEDS : 1); seed++) {
      CallLog log = fly(arm, target, seed);
      double did = 0;
      double could = 0;
      double shortDid = 0;
      double shortCould = 0;
      double longDid = 0;
      double longCould = 0;
      for (int phase = 0; phase < PHASES; phase++) {
        long fromNs = phase == 0 ? WARM.toNanos() : PHASE.multipliedBy(phase).toNanos();
        long toNs = PHASE.multipliedBy(phase + 1L).toNanos();
        double calls = BEARS / callSeconds(phase) * (toNs - fromNs) / LimitTrial.SECOND_NS;
        double mean = StrictMath.exp(LimitTrial.SIGMA * LimitTrial.SIGMA / 2);
        double share = shortShare(phase);
        shortCould += calls * share;
        longCould += calls * (1 - share);
        double phaseCould = calls * mean * (share * SHORT + (1 - share) * LONG);
        double phaseDid = 0;
        for (CallLog.Done each : log.within(fromNs, toNs)) {
          phaseDid += each.inTime() ? each.tokens() : 0;
          shortDid += each.inTime() && each.tokens() < BETWEEN ? 1 : 0;
          longDid += each.inTime() && each.tokens() >= BETWEEN ? 1 : 0;
        }
        did += phaseDid;
        could += phaseCould;
      }
      tokens = Math.min(tokens, did / could);
      shorts = Math.min(shorts, shortDid / shortCould);
      longs = Math.min(longs, longDid / longCould);
    }
    return List.of(
        row("tokens a second, of the oracle's", arm, tokens, held ? atLeast(0.95) : null),
        row("short calls answered, of the oracle's", arm, shorts, held ? atLeast(0.9) : null),
        row("long calls answered, of the oracle's", arm, longs, held ? atLeast(0.9) : null));
  }

  private static CallLog fly(String arm, TargetSettings target, long seed)
      throws InterruptedException {
    List<Load> loads = new ArrayList<>();
    for (int phase = 0; phase < PHASES; phase++) {
      double perSecond = LOAD * BEARS / callSeconds(phase);
      double share = shortShare(phase);
      Duration from = PHASE.multipliedBy(phase);
      loads.add(load(perSecond * share, SHORT, from));
      loads.add(load(perSecond * (1 - share), LONG, from));
    }
    ProviderModel model = LimitTrial.model(BEARS, SLOWDOWN);
    return LimitTrial.fly(arm, target, model, loads, PHASE.multipliedBy(PHASES), seed);
  }

  private static Load load(double perSecond, long output, Duration from) {
    return new Load(
        new Arrivals.Poisson(perSecond), LimitTrial.job(output), from, from.plus(PHASE));
  }

  private static ExperimentRow row(
      String figure, String arm, double value, ExperimentRow.@Nullable Bar bar) {
    return new ExperimentRow(NAME, figure, arm, value, bar);
  }
}
