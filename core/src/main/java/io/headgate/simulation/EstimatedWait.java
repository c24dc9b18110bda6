package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.Priority;
import io.headgate.QueuePolicy;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * How well the wait is known that a task is told when it comes, while a queue grows and drains: the
 * error of nine in ten, of those that wait for longer than ten starts take. Beside it, what the
 * last one waited that has started.
 *
 * <p>The oldest begins first: with the newest first nobody's wait can be known beforehand.
 */
final class EstimatedWait implements Experiment {
  private static final String NAME = "estimated-wait";
  private static final int SLOTS = 64;
  private static final int SEEDS = 3;
  private static final int INTERVALS = 10;
  private static final double OF_TEN = 0.9;
  private static final int FEWEST = 1_000;
  private static final Duration FROM = Duration.ofMinutes(2);
  private static final Duration TO = Duration.ofMinutes(5);
  private static final Duration LENGTH = Duration.ofMinutes(10);

  /** Far away: nobody is refused, and nothing expires. */
  private static final Duration DEADLINE = Duration.ofHours(1);

  private static final long LONG = 4 * LimitTrial.OUTPUT;

  /**
   * What is offered.
   *
   * @param judged of which priority the waits are looked at
   */
  private record Trial(String name, ProviderModel model, List<Load> loads, Priority judged) {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "how well a task's wait is known beforehand: by agent, priority and target";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    for (Trial trial : trials()) {
      double error = 0;
      double ofLast = 0;
      long fewest = Long.MAX_VALUE;
      for (int seed = 1; seed <= SEEDS; seed++) {
        List<WaitLog.Waited> waited = fly(trial, seed);
        error = Math.max(error, error(waited, WaitLog.Waited::toldNs));
        ofLast = Math.max(ofLast, error(waited, WaitLog.Waited::lastNs));
        fewest = Math.min(fewest, waited.size());
      }
      String figure = "error at p90, " + trial.name;
      rows.add(new ExperimentRow(NAME, figure, "headgate", error, atMost(0.25)));
      rows.add(new ExperimentRow(NAME, figure, "the last one's wait", ofLast, null));
      rows.add(
          new ExperimentRow(
              NAME, "waits, " + trial.name, "headgate", (double) fewest, atLeast(FEWEST)));
    }
    return rows;
  }

  private static List<Trial> trials() {
    ProviderModel model = LimitTrial.model(SLOTS, 1);
    var slower = new Disturbance.Brownout(FROM.plusMinutes(1), TO.plusMinutes(2), 1.5);
    Load normal = load(0.8, 1.6, LimitTrial.OUTPUT, Priority.NORMAL);
    return List.of(
        new Trial("one priority", model, List.of(normal), Priority.NORMAL),
        new Trial("calls become slower", model.during(slower), List.of(normal), Priority.NORMAL),
        new Trial(
            "short and long calls",
            model,
            List.of(
                load(0.4, 1.6, LimitTrial.OUTPUT, Priority.NORMAL),
                load(0.4, 1.6, LONG, Priority.NORMAL)),
            Priority.NORMAL),
        new Trial(
            "beside a flood in the background",
            model,
            List.of(normal, load(0.1, 50, LimitTrial.OUTPUT, Priority.BACKGROUND)),
            Priority.NORMAL),
        new Trial(
            "behind what is more urgent",
            model,
            List.of(
                load(0.4, 1, LimitTrial.OUTPUT, Priority.CRITICAL),
                load(0.4, 2.2, LimitTrial.OUTPUT, Priority.NORMAL)),
            Priority.NORMAL));
  }

  /**
   * @param share of what the slots can do
   * @param factor more in the surge
   */
  private static Load load(double share, double factor, long output, Priority priority) {
    double perSecond = share * SLOTS / LimitTrial.seconds(output);
    JobModel job = LimitTrial.job(output, DEADLINE);
    return Load.of(
        new Arrivals.Surge(perSecond, factor, FROM, TO),
        job.calls(job.calls().priority(priority)),
        LENGTH);
  }

  private static List<WaitLog.Waited> fly(Trial trial, long seed) throws InterruptedException {
    TargetSettings target = LimitTrial.fixed(SLOTS).queue(QueuePolicy.OFF);
    var log = new WaitLog();
    LimitTrial.fly("headgate", target, trial.model, trial.loads, LENGTH, seed, log);
    long intervalNs = LimitTrial.ns(LimitTrial.seconds(LimitTrial.OUTPUT) / SLOTS);
    return log.above(INTERVALS * intervalNs).stream()
        .filter(each -> each.priority() == trial.judged)
        .toList();
  }

  private static double error(List<WaitLog.Waited> waited, ToLongFunction<WaitLog.Waited> told) {
    double[] errors =
        waited.stream()
            .mapToDouble(each -> Math.abs((double) told.applyAsLong(each) / each.waitedNs() - 1))
            .sorted()
            .toArray();
    return errors.length == 0 ? Double.MAX_VALUE : errors[(int) (errors.length * OF_TEN)];
  }
}
