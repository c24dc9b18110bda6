package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.BreakerPolicy;
import io.headgate.CallClass;
import io.headgate.JobSettings;
import io.headgate.TargetSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * An agent's calls of a tool fail now and then, at 5 to 50 %, a thousand seeds of 2,000 calls each,
 * while four other agents call the same tool and fare well: within how many calls it is cut off,
 * how often wrongly, and whether the others feel it. Beside it a breaker by the bare rate of the
 * last twenty calls at the same share, and a usual one: half of the last hundred.
 */
final class FlakyTool implements Experiment {
  private static final int SEEDS = 1_000;
  private static final int CALLS = 2_000;
  private static final int OTHERS = 4;
  private static final double OTHERS_FAIL = 0.02;

  /** Where nothing ever opens, a few seeds show as much as a thousand. */
  private static final int SEEDS_WITHOUT = 20;

  private static final String NAME = "flaky-tool";

  /** Opens by the bare rate of the last calls. */
  private static final class BareRate {
    private final boolean[] failed;
    private final int most;
    private int calls;
    private int failures;
    private boolean opened;

    BareRate(int window, int most) {
      this.failed = new boolean[window];
      this.most = most;
    }

    void call(boolean fails) {
      int at = calls++ % failed.length;
      failures += (fails ? 1 : 0) - (failed[at] ? 1 : 0);
      failed[at] = fails;
      opened |= calls >= failed.length && failures >= most;
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "a tool that fails 5 to 50 % of one agent's calls: cut off in time, and not wrongly";
  }

  @Override
  public List<ExperimentRow> run() {
    List<ExperimentRow> rows = new ArrayList<>();
    rows.addAll(rate(0.50, 40, atLeast(0.99)));
    rows.addAll(rate(0.25, 200, atLeast(0.99)));
    rows.addAll(rate(0.20, 600, atLeast(0.95)));
    rows.addAll(rate(0.15, CALLS, null));
    rows.addAll(rate(0.10, CALLS, atMost(0.05)));
    rows.addAll(rate(0.05, CALLS, atMost(0.01)));
    return rows;
  }

  private static CallLine.Step end(boolean fails) {
    return CallLine.Step.ofTool(fails ? CallClass.FATAL : CallClass.OK);
  }

  private static List<TargetSettings> tool(BreakerPolicy breaker) {
    return List.of(TargetSettings.DEFAULT.tool().breaker(breaker).agentBreaker(breaker));
  }

  /** The share of the seeds in which it is cut off within so many calls, without its breaker. */
  private static double cutOffWithout(double share, int within, BreakerPolicy ofTarget) {
    int cutOff = 0;
    for (int seed = 0; seed < SEEDS_WITHOUT; seed++) {
      var line =
          new CallLine(
              1 + OTHERS, List.of(tool(ofTarget).getFirst().agentBreaker(BreakerPolicy.OFF)));
      VirtualJob job = line.open(JobSettings.DEFAULT);
      var random = new SplittableRandom(seed);
      for (int call = 0; call < within && !line.isCutOff(0, 0); call++) {
        var _ = line.call(job, 0, end(random.nextDouble() < share));
        callOthers(line, job, random);
      }
      cutOff += line.isCutOff(0, 0) ? 1 : 0;
    }
    return (double) cutOff / SEEDS_WITHOUT;
  }

  /** One call of each of the others; answers how many of them are refused. */
  private static int callOthers(CallLine line, VirtualJob job, SplittableRandom random) {
    int refused = 0;
    for (int other = 1; other <= OTHERS; other++) {
      boolean fails = random.nextDouble() < OTHERS_FAIL;
      refused += line.call(job, other, end(fails)) == null ? 0 : 1;
    }
    return refused;
  }

  private static List<ExperimentRow> rate(
      double share, int within, ExperimentRow.@Nullable Bar bar) {
    int cutOff = 0;
    int cutOffBare = 0;
    int cutOffUsual = 0;
    long refusedOthers = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      var line = new CallLine(1 + OTHERS, tool(BreakerPolicy.DEFAULT));
      VirtualJob job = line.open(JobSettings.DEFAULT);
      var random = new SplittableRandom(seed);
      var bare = new BareRate(20, 3);
      var usual = new BareRate(UsualStack.CALLS, UsualStack.CALLS / 2);
      for (int call = 0; call < within && !line.isCutOff(0, 0); call++) {
        boolean fails = random.nextDouble() < share;
        bare.call(fails);
        usual.call(fails);
        var _ = line.call(job, 0, end(fails));
        refusedOthers += callOthers(line, job, random);
      }
      cutOff += line.isCutOff(0, 0) ? 1 : 0;
      cutOffBare += bare.opened ? 1 : 0;
      cutOffUsual += usual.opened ? 1 : 0;
    }
    String figure =
        String.format(
            Locale.ROOT, "cut off within %,d calls, at %.0f %% failures", within, share * 100);
    List<ExperimentRow> rows = new ArrayList<>();
    rows.add(new ExperimentRow(NAME, figure, "headgate", (double) cutOff / SEEDS, bar));
    rows.add(new ExperimentRow(NAME, figure, "bare rate", (double) cutOffBare / SEEDS, null));
    rows.add(new ExperimentRow(NAME, figure, "usual stack", (double) cutOffUsual / SEEDS, null));
    double alone = cutOffWithout(share, within, BreakerPolicy.DEFAULT);
    rows.add(new ExperimentRow(NAME, figure, "the tool's breaker alone", alone, null));
    double without = cutOffWithout(share, within, BreakerPolicy.OFF);
    rows.add(new ExperimentRow(NAME, figure, "no breaker", without, null));
    rows.add(
        new ExperimentRow(
            NAME,
            String.format(Locale.ROOT, "calls of others refused, at %.0f %% failures", share * 100),
            "headgate",
            refusedOthers,
            atMost(0)));
    return rows;
  }
}
