package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;

import io.headgate.ConcurrencyPolicy;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Half of a provider is gone for minutes, and half of the calls with it: they hang until they time
 * out, or end with a 504 after a while. The other half answers as quickly as ever, if it is let.
 * Nothing is tried again, so the oracle answers half of what is asked for, as far as the living
 * half bears it.
 */
final class HalfOutage implements Experiment {
  private static final String NAME = "half-outage";
  private static final int BEARS = 128;
  private static final double SHARE = 0.5;
  private static final double CALM = 0.6;
  private static final double CROWD = 10;
  private static final int SEEDS = 3;
  private static final Duration FROM = Duration.ofMinutes(3);
  private static final Duration TO = Duration.ofMinutes(8);
  private static final Duration LENGTH = Duration.ofMinutes(12);

  /** What becomes of a lost call. */
  enum Loss {
    HANGS("hang", Latency.LONGEST),
    ENDS("504 after 3 s", Duration.ofSeconds(3));

    private final String title;
    private final Duration after;

    Loss(String title, Duration after) {
      this.title = title;
      this.after = after;
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "half of the calls are lost for minutes: the half that is alive is used";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    for (Loss loss : Loss.values()) {
      rows.addAll(rows(loss, "headgate", LimitTrial.adaptive(), SEEDS));
      rows.addAll(rows(loss, "limit alone", Overload.bare(LimitTrial.adaptive()), 1));
      rows.addAll(rows(loss, "lost for slow", lostForSlow(), 1));
      rows.addAll(rows(loss, "fixed at what it bears", LimitTrial.fixed(BEARS), 1));
    }
    return rows;
  }

  /** Each call that does not answer is taken for one that is slow. */
  static TargetSettings lostForSlow() {
    return LimitTrial.adaptive().concurrency(ConcurrencyPolicy.DEFAULT.maxLostPercent(0));
  }

  /** The worst of so many seeds. */
  static List<ExperimentRow> rows(Loss loss, String arm, TargetSettings target, int seeds)
      throws InterruptedException {
    boolean held = arm.equals("headgate");
    List<ExperimentRow> rows = new ArrayList<>();
    for (double load : new double[] {1, CROWD}) {
      double during = Double.MAX_VALUE;
      double after = Double.MAX_VALUE;
      for (int seed = 1; seed <= seeds; seed++) {
        double asked = load * CALM * BEARS / LimitTrial.seconds(LimitTrial.OUTPUT);
        CallLog log = fly(arm, target, loss, load, seed);
        double living =
            Math.min(asked, BEARS / LimitTrial.seconds(LimitTrial.OUTPUT)) * (1 - SHARE);
        during = Math.min(during, log.perSecond(FROM.toNanos(), TO.toNanos()) / living);
        Duration back = TO.plus(LimitTrial.DEADLINE.multipliedBy(2));
        double calm = CALM * BEARS / LimitTrial.seconds(LimitTrial.OUTPUT);
        after = Math.min(after, log.perSecond(back.toNanos(), LENGTH.toNanos()) / calm);
      }
      String suffix =
          ", " + loss.title + (load == 1 ? "" : ", %.0f times the load".formatted(load));
      rows.add(row("goodput, of the oracle's" + suffix, arm, during, held, 0.9));
      rows.add(row("goodput two deadlines after, of the calm's" + suffix, arm, after, held, 0.95));
    }
    return rows;
  }

  private static ExperimentRow row(
      String figure, String arm, double value, boolean held, double bar) {
    return new ExperimentRow(NAME, figure, arm, value, held ? atLeast(bar) : null);
  }

  private static CallLog fly(String arm, TargetSettings target, Loss loss, double load, long seed)
      throws InterruptedException {
    ProviderModel model =
        LimitTrial.model(BEARS, 1)
            .during(new Disturbance.CapacityLoss(FROM, TO, SHARE))
            .during(new Disturbance.Loss(FROM, TO, SHARE, loss.after));
    double calm = CALM * BEARS / LimitTrial.seconds(LimitTrial.OUTPUT);
    var arrivals = new Arrivals.Surge(calm, load, FROM, TO);
    Load all = Load.of(arrivals, LimitTrial.job(LimitTrial.OUTPUT), LENGTH);
    return LimitTrial.fly(arm, target, model, List.of(all), LENGTH, seed);
  }
}
