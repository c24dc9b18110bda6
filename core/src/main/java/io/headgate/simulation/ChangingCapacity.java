package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;

import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a model bears halves, doubles, doubles again, shrinks bit by bit to a quarter, and grows
 * again, always under half as much load again as it ever bears. Beyond what it bears, calls queue,
 * and are of no use after four times what they take alone. Counted is from three mean service times
 * after each change on, against an oracle that knows what it bears at each moment, and how long a
 * call takes in the mean.
 */
final class ChangingCapacity implements Experiment {
  private static final String NAME = "capacity";
  private static final int MOST = 256;
  private static final double SLOWDOWN = 1;
  private static final double LOAD = 1.5;
  private static final int SEEDS = 3;

  /** Four times what a call takes alone: who lets too many run at once is too late for all. */
  private static final Duration DEADLINE = Duration.ofSeconds(8);

  private static final int[] FIXED = {64, 96, 128, 192, 256};
  private static final int SETTLED = 3;
  private static final int SHORT = 10;
  private static final Duration STEP = Duration.ofSeconds(5);
  private static final Duration PHASE = Duration.ofMinutes(2);
  private static final Duration DRIFT = Duration.ofMinutes(5);

  /** What it bears from then on, to the next one; it drifts if the last differs. */
  private record Phase(String name, Duration from, Duration to, int first, int last) {
    double at(Duration now) {
      double gone = (double) now.minus(from).toNanos() / to.minus(from).toNanos();
      return first * StrictMath.pow((double) last / first, gone);
    }
  }

  private static List<Phase> phases() {
    List<Phase> phases = new ArrayList<>();
    int[][] bears = {{128, 128}, {64, 64}, {128, 128}, {256, 256}, {256, 64}, {64, 256}};
    String[] names = {"at first", "halved", "doubled", "doubled again", "shrinking", "growing"};
    Duration at = Duration.ZERO;
    for (int i = 0; i < names.length; i++) {
      Duration to = at.plus(bears[i][0] == bears[i][1] ? PHASE : DRIFT);
      phases.add(new Phase(names[i], at, to, bears[i][0], bears[i][1]));
      at = to;
    }
    return phases;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "what a model bears halves, doubles and drifts: the limit follows, none that is set"
        + " does";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    rows.addAll(arm("headgate", LimitTrial.adaptive(), true));
    for (int calls : FIXED) {
      rows.addAll(arm("fixed at " + calls, LimitTrial.fixed(calls), false));
    }
    rows.addAll(arm("no limit", LimitTrial.unlimited(), false));
    return rows;
  }

  private static List<ExperimentRow> arm(String arm, TargetSettings target, boolean held)
      throws InterruptedException {
    List<Phase> phases = phases();
    double[] soon = new double[phases.size()];
    double[] whole = new double[phases.size()];
    double all = Double.MAX_VALUE;
    for (int seed = 0; seed < (held ? SEEDS : 1); seed++) {
      CallLog log = fly(arm, target, phases, seed + 1L);
      double did = 0;
      double could = 0;
      for (int i = 0; i < soon.length; i++) {
        Phase phase = phases.get(i);
        double serviceS = LimitTrial.seconds(LimitTrial.OUTPUT);
        long fromNs = phase.from.toNanos() + LimitTrial.ns(SETTLED * serviceS);
        long soonNs = fromNs + LimitTrial.ns(SHORT * serviceS);
        double reached = share(log, phase, fromNs, soonNs);
        soon[i] = seed == 0 ? reached : Math.min(soon[i], reached);
        reached = share(log, phase, fromNs, phase.to.toNanos());
        whole[i] = seed == 0 ? reached : Math.min(whole[i], reached);
        double oracle = oracle(phase, phase.from.toNanos(), phase.to.toNanos());
        did +=
            log.perSecond(phase.from.toNanos(), phase.to.toNanos())
                * (phase.to.toSeconds() - phase.from.toSeconds());
        could += oracle * (phase.to.toSeconds() - phase.from.toSeconds());
      }
      all = Math.min(all, did / could);
    }
    List<ExperimentRow> rows = new ArrayList<>();
    for (int i = 0; i < soon.length; i++) {
      String name = phases.get(i).name;
      boolean changes = i > 0; // at first nothing is known
      rows.add(
          row(
              "goodput in 10 service times, " + name,
              arm,
              soon[i],
              held && changes ? atLeast(0.9) : null));
      rows.add(
          row("goodput to the end, " + name, arm, whole[i], held && changes ? atLeast(0.9) : null));
    }
    rows.add(row("goodput in all", arm, all, held ? atLeast(0.9) : null));
    return rows;
  }

  private static double share(CallLog log, Phase phase, long fromNs, long toNs) {
    return log.perSecond(fromNs, toNs) / oracle(phase, fromNs, toNs);
  }

  // In the mean over that time.
  private static double oracle(Phase phase, long fromNs, long toNs) {
    double calls = 0;
    int parts = 100;
    for (int i = 0; i < parts; i++) {
      calls += phase.at(Duration.ofNanos(fromNs + (toNs - fromNs) / parts * i)) / parts;
    }
    return calls / LimitTrial.seconds(LimitTrial.OUTPUT);
  }

  private static CallLog fly(String arm, TargetSettings target, List<Phase> phases, long seed)
      throws InterruptedException {
    ProviderModel model = LimitTrial.model(MOST, SLOWDOWN);
    for (Phase phase : phases) {
      Duration step = phase.first == phase.last ? phase.to.minus(phase.from) : STEP;
      for (Duration at = phase.from; at.compareTo(phase.to) < 0; at = at.plus(step)) {
        double share = 1 - phase.at(at) / MOST;
        model = model.during(new Disturbance.CapacityLoss(at, at.plus(step), share));
      }
    }
    double perSecond = LOAD * MOST / LimitTrial.seconds(LimitTrial.OUTPUT);
    Duration length = phases.getLast().to;
    Load load =
        Load.of(
            new Arrivals.Poisson(perSecond), LimitTrial.job(LimitTrial.OUTPUT, DEADLINE), length);
    return LimitTrial.fly(arm, target, model, List.of(load), length, seed);
  }

  private static ExperimentRow row(
      String figure, String arm, double value, ExperimentRow.@Nullable Bar bar) {
    return new ExperimentRow(NAME, figure, arm, value, bar);
  }
}
