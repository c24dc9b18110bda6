package io.headgate.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.ConcurrencyPolicy;
import io.headgate.LoopPolicy;
import io.headgate.QueuePolicy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every bar of every experiment; and that a bar can be missed at all. */
final class ExperimentsTest {
  private static final List<ExperimentRow> FLOWN = new CopyOnWriteArrayList<>();

  private static List<ExperimentRow> run(Experiment experiment) throws InterruptedException {
    return flown(experiment.run());
  }

  private static List<ExperimentRow> flown(List<ExperimentRow> rows) {
    FLOWN.addAll(rows);
    return rows;
  }

  /** What the docs say of each policy, as far as its experiment was flown here. */
  @AfterAll
  static void eachPolicyIsShownByABarThatIsMissedWithoutIt() throws IOException {
    List<PolicyTable.Line> lines = PolicyTable.read();
    assertThat(lines).hasSizeGreaterThan(40);
    lines.forEach(line -> line.check(FLOWN));
  }

  private static void holds(Experiment experiment) throws InterruptedException {
    List<ExperimentRow> rows = run(experiment);
    assertThat(rows).isNotEmpty();
    assertThat(rows.stream().filter(row -> row.bar() != null)).isNotEmpty();
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
  }

  @Test
  void retryStorm() throws InterruptedException {
    List<ExperimentRow> rows = run(new RetryStorm());
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    // Without a breaker, the bar of calls into the outage is missed.
    for (String suffix : List.of("", ", nested 5 deep")) {
      assertThat(value(rows, "calls made of the dead provider" + suffix, "no breaker"))
          .isGreaterThan(150);
    }
    // And that of amplification where nothing bounds retries.
    String inTime = "jobs in time, of those outside the outage, five levels";
    assertThat(value(rows, inTime, "no retries")).isLessThan(0.97);
    assertThat(value(rows, "calls made for each call wanted", "usual stack")).isGreaterThan(1.1);
    String inOutage = "calls in the outage for each job that wants one";
    for (String suffix : List.of("", ", nested 5 deep", ", five levels")) {
      assertThat(value(rows, inOutage + suffix, "no breaker, no budget")).isGreaterThan(2);
    }
    assertThat(value(rows, inOutage + ", five levels", "each level by itself")).isGreaterThan(100);
    // What the budget and the look at the queue are worth where no breaker hides it.
    String attempts = "attempts for each task";
    for (String hidden : List.of("no retry budget", "no watermark")) {
      assertThat(value(rows, attempts, hidden)).isEqualTo(value(rows, attempts, "headgate"));
    }
    assertThat(value(rows, attempts + ", half is lost", "no breaker, no retry budget"))
        .isGreaterThan(1.1);
    String recovery = "time to recover, in deadlines, half is lost";
    assertThat(value(rows, recovery, "no breaker, no retry budget")).isGreaterThan(2);
    String crowd = ", a crowd, and a third fails";
    assertThat(value(rows, attempts + crowd, "no breaker, neither")).isGreaterThan(1.1);
    String few = "retries that join a room above its watermark, a crowd, and a twelfth fails";
    assertThat(value(rows, few, "no watermark")).isGreaterThan(500);
    String wasted = "tokens wasted, of all, calls hang";
    assertThat(value(rows, wasted, "no breaker, no budget")).isGreaterThan(0.04);
  }

  @Test
  void flakyTool() throws InterruptedException {
    List<ExperimentRow> rows = run(new FlakyTool());
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    assertThat(value(rows, "cut off within 40 calls, at 50 % failures", "no breaker")).isZero();
  }

  @Test
  void budgetRace() throws InterruptedException {
    List<ExperimentRow> rows = run(new BudgetRace());
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    assertThat(value(rows, "tokens overspent", "no budget")).isGreaterThan(100_000);
  }

  @Test
  void slowTool() throws InterruptedException {
    List<ExperimentRow> rows = run(new SlowTool());
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    String others = "calls of the other tool answered, while it is slow";
    assertThat(value(rows, others, "failures only")).isLessThan(0.5);
  }

  @Test
  void nearEqualCalls() throws InterruptedException {
    List<ExperimentRow> rows = run(new NearEqual());
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    for (int period = 1; period <= 3; period++) {
      assertThat(value(rows, "most dollars spent, period " + period, "no normaliser"))
          .isGreaterThan(4.9);
    }
  }

  @Test
  void retryAfter() throws InterruptedException {
    List<ExperimentRow> rows = run(new RetryAfter());
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    assertThat(value(rows, "calls with a 429", "no pause")).isGreaterThan(0.4);
  }

  @Test
  void operatorWords() throws InterruptedException {
    List<ExperimentRow> rows = run(new OperatorWords());
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    String nobody = "nobody there";
    assertThat(value(rows, "calls of a paused agent that start", nobody)).isGreaterThan(100);
    assertThat(value(rows, "calls of a paused target that start", nobody)).isGreaterThan(200);
    assertThat(value(rows, "calls below the level that are let in", nobody)).isGreaterThan(500);
    assertThat(value(rows, "calls of a target forced open that start", nobody)).isGreaterThan(400);
    assertThat(
            value(rows, "calls answered with breakers forced closed, of those that can be", nobody))
        .isLessThan(0.85);
    assertThat(value(rows, "calls of new jobs that start in a drained host", nobody))
        .isGreaterThan(400);
    assertThat(value(rows, "jobs under way at the word that are done", "all stopped"))
        .isLessThan(0.7);
    // A usual stack has no word for one agent, nor for some of the calls.
    String usual = "usual stack";
    assertThat(value(rows, "calls of others answered meanwhile", usual)).isLessThan(0.1);
    assertThat(value(rows, "calls of the level answered meanwhile", usual)).isLessThan(0.9);
  }

  @Test
  void missingUsage() throws InterruptedException {
    List<ExperimentRow> rows = run(new MissingUsage());
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    String beyond = "tokens used beyond the job's budget";
    assertThat(value(rows, beyond, "taken for nothing")).isGreaterThan(1_000_000);
    String untilTold = "calls that say nothing, until somebody is told";
    assertThat(value(rows, untilTold, "taken for nothing")).isGreaterThan(1_000);
    assertThat(value(rows, untilTold, "no alert")).isGreaterThan(100);
  }

  @Test
  void firmCalls() throws InterruptedException {
    List<ExperimentRow> rows = run(new FirmCalls());
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    assertThat(value(rows, "answers from below to who wants none", "nobody forbids it"))
        .isGreaterThan(200);
  }

  @Test
  void pacedLadder() throws InterruptedException {
    List<ExperimentRow> rows = run(new PacedLadder());
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    assertThat(value(rows, "calls of the model with a 429", "ladder alone")).isGreaterThan(0.03);
    assertThat(value(rows, "calls answered within 30 s", "pace alone")).isLessThan(0.8);
    assertThat(value(rows, "calls of the model with a 429", "usual stack")).isGreaterThan(0.3);
  }

  @Test
  void sleepingOperator() throws InterruptedException {
    List<ExperimentRow> rows = run(new SleepingOperator());
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    assertThat(value(rows, "tasks parked, loops", "headgate")).isGreaterThan(100);
    String waits = "usual stack, waits for approval";
    assertThat(value(rows, "of them, ended by their own action", waits)).isLessThan(1);
    assertThat(value(rows, "tasks degraded by themselves", waits)).isZero();
    assertThat(value(rows, "calls that ask first, made unasked", "nobody is asked"))
        .isGreaterThan(1_000);
  }

  @Test
  void toolLoop() throws InterruptedException {
    holds(new ToolLoop(10_000));
  }

  @Test
  @Tag("slow")
  void toolLoopAgainstAllHonestTranscripts() throws InterruptedException {
    holds(new ToolLoop());
  }

  @Test
  void whatHelpsAgainstCirclesCanBeTooStrictForHonestWork() {
    assertThat(ToolLoop.honestRefused(LoopPolicy.OFF, 1_000)).isZero();
    assertThat(ToolLoop.honestRefused(LoopPolicy.DEFAULT.sameCalls(1), 1_000)).isGreaterThan(0.5);
  }

  @Test
  void callBomb() throws InterruptedException {
    List<ExperimentRow> rows = run(new CallBomb());
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    for (String bomb : List.of("each calls two, ten deep", "one calls a hundred")) {
      assertThat(value(rows, "calls of the largest job, " + bomb, "no limits")).isGreaterThan(100);
    }
    assertThat(value(rows, "calls of the largest job, two thousand in a row", "no limits"))
        .as("as many as its deadline lets it make")
        .isGreaterThan(100);
  }

  @Test
  void slowModel() {
    slowModel(
        flown(
            SlowModel.rows(
                name ->
                    name.contains("hears no") || name.equals("hangs") || name.contains("goes"))));
  }

  @Test
  @Tag("slow")
  void allTroublesOfASlowModel() throws InterruptedException {
    List<ExperimentRow> rows = run(new SlowModel());
    slowModel(rows);
    String beyond = "top-rung answers, of what it could beyond the limits, ";
    for (String trouble : List.of("5 times slower", "every 3rd call fails")) {
      assertThat(value(rows, beyond + trouble, "headgate"))
          .as("the host's own limits step down")
          .isLessThan(0.9);
      assertThat(value(rows, beyond + trouble, "headgate, wider limits")).isGreaterThan(0.9);
    }
  }

  private static void slowModel(List<ExperimentRow> rows) {
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    // What fails without the ladder. The usual fallback, given its caps, meets these bars as well.
    assertThat(value(rows, "jobs answered within 30 s, hangs", "no ladder")).isLessThan(0.9);
    assertThat(value(rows, "top-rung answers, of what it could, comes and goes", "no ladder"))
        .isLessThan(0.9);
  }

  @Test
  void runawayAgent() throws InterruptedException {
    List<ExperimentRow> rows = run(new RunawayAgent());
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    // What fails without limits and alert, and with a bound on calls at once.
    assertThat(value(rows, "dollars spent by the runaway", "no limits")).isGreaterThan(150);
    assertThat(value(rows, "dollars spent by the runaway", "usual stack")).isGreaterThan(40);
    assertThat(value(rows, "seconds until somebody is told", "no limits")).isEqualTo(1_200);
  }

  @Test
  void budgetReached() throws InterruptedException {
    List<ExperimentRow> rows = run(new BudgetReached());
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    assertThat(value(rows, "jobs with an answer", "no rule")).isLessThan(0.9);
    assertThat(value(rows, "tokens spent on jobs without one", "no rule")).isGreaterThan(0.1);
    String usual = "usual stack, looks first";
    assertThat(value(rows, "jobs with an answer", usual)).isLessThan(0.95);
    assertThat(value(rows, "tokens beyond what was granted", usual)).isGreaterThan(1_000);
  }

  @Test
  void limitsOfAJobAndOfAll() throws InterruptedException {
    for (long seed : new long[] {1, 101}) {
      assertThat(flown(Limits.rows(Limits.Arm.HEADGATE, seed)))
          .allSatisfy(row -> assertThat(row.bar()).as(row.toString()).isNotNull())
          .allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
      // What each bar is for: missed by far where the limits are off.
      List<ExperimentRow> off = flown(Limits.rows(Limits.Arm.OFF, seed));
      assertThat(value(off, "most tokens of the job in a minute", "off")).isGreaterThan(300_000);
      assertThat(value(off, "most dollars of the job in a minute", "off")).isGreaterThan(2);
      assertThat(value(off, "others' jobs done, limit of tokens", "off")).isLessThan(0.9);
      assertThat(value(off, "dollars of all before the raise", "off")).isGreaterThan(40);
      assertThat(value(off, "dollars of all at the end", "off")).isGreaterThan(60);
      // What a bulkhead and a counter leave: calls that are under way when it is looked at.
      List<ExperimentRow> usual = Limits.rows(Limits.Arm.USUAL, seed);
      String stack = "usual stack";
      assertThat(value(usual, "most tokens of the job in a minute", stack)).isGreaterThan(200_000);
      assertThat(value(usual, "others' jobs done, limit of tokens", stack)).isLessThan(0.99);
      assertThat(value(usual, "dollars of all before the raise", stack)).isBetween(20.1, 22.0);
      assertThat(value(usual, "dollars of all at the end", stack)).isBetween(30.1, 32.0);
    }
  }

  @Test
  void twoAm() throws InterruptedException {
    List<ExperimentRow> rows = run(new TwoAm());
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    String goodput = "goodput in the surge, of the oracle's";
    assertThat(value(rows, goodput, "naive")).isLessThan(0.2);
    assertThat(value(rows, goodput, "resilience4j-like")).isLessThan(0.75);
    String longJobs = "jobs of 5 and 6 calls, of their share";
    assertThat(value(rows, longJobs, "resilience4j-like")).as("only short ones").isLessThan(0.2);
  }

  @Test
  void twoAmAlsoUnderOtherSeeds() throws InterruptedException {
    Overload.Arm headgate = Overload.arms().getFirst();
    for (long seed = 101; seed <= 103; seed++) {
      assertThat(TwoAm.rows(headgate, seed))
          .allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    }
  }

  // The first seed is the experiment's; on the other nothing was tuned.
  private static void holdsForHeadgate(Overload.OfArm experiment) throws InterruptedException {
    for (long seed : new long[] {1, 101}) {
      assertThat(experiment.rows(Overload.arms().getFirst(), seed))
          .allSatisfy(row -> assertThat(row.met()).as(row.toString()).isNotEqualTo(false));
    }
  }

  @Test
  void loadSteps() throws InterruptedException {
    holdsForHeadgate(LoadSteps::rows);
  }

  @Test
  void chain() throws InterruptedException {
    holdsForHeadgate(Chain::rows);
  }

  @Test
  void criticalWork() throws InterruptedException {
    holdsForHeadgate(CriticalWork::rows);
  }

  // What the bar is for is seen without the spread; on the second seed nothing was tuned.
  @Test
  void herd() throws InterruptedException {
    for (long seed : new long[] {1, 101}) {
      assertThat(Herd.rows("headgate", s -> s, true, seed))
          .allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
      List<ExperimentRow> off = Herd.rows("off", s -> s.retrySpreadPercent(0), false, seed);
      assertThat(off.getFirst().value()).isGreaterThan(1.5);
    }
  }

  // It is off by default; see docs/overload.md.
  @Test
  void withAnAdmissionLevel() throws InterruptedException {
    Overload.Arm level = Overload.arms().getLast();
    assertThat(level.name()).isEqualTo("headgate, level");
    for (Overload.OfArm experiment :
        List.<Overload.OfArm>of(CriticalWork::rows, RunToCompletion::rows)) {
      assertThat(experiment.rows(level, 1))
          .allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    }
  }

  @Test
  void metastable() throws InterruptedException {
    double load = 0.5; // by bisection; see docs/overload.md
    assertThat(Metastable.rows(Overload.arms().getFirst(), load, 101, 1, 10))
        .allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    List<ExperimentRow> naive = Metastable.rows(Overload.arms().get(1), load, 101, 1);
    assertThat(value(naive, "answered 30 s after 10 s, of what is asked", "naive"))
        .as("it never comes back")
        .isLessThan(0.5);
  }

  // Its bar of p99 is missed; see docs/overload.md.
  @Test
  void loudNeighbour() throws InterruptedException {
    List<ExperimentRow> rows = LoudNeighbour.rows(Overload.arms().getFirst(), 101);
    assertThat(value(rows, "goodput of the others, of being alone", "headgate"))
        .isGreaterThan(0.98);
    // The bar of 1.1 is missed: docs/overload.md.
    assertThat(value(rows, "p99 of the others' jobs, of being alone", "headgate")).isLessThan(1.25);
  }

  @Test
  void toolsThatWaitForOneLock() throws InterruptedException {
    String goodput = "goodput, of the oracle's";
    for (Overload.Arm arm : LockedTools.arms()) {
      double reached = value(LockedTools.rows(arm, 101), goodput, arm.name());
      switch (arm.name()) {
        case "headgate" -> assertThat(reached).isGreaterThanOrEqualTo(0.95);
        case "fixed limits" -> assertThat(reached).isGreaterThan(0.95);
        default -> assertThat(reached).as(arm.name()).isLessThan(0.75);
      }
    }
  }

  // Two of its bars are met by the first seed and missed by this one; see docs/overload.md.
  @Test
  void crowd() throws InterruptedException {
    List<ExperimentRow> rows = Crowd.rows(Crowd.arms().getFirst(), 101);
    String p99 = "p99 of the quiet, of being without the loud";
    String loud = "calls of the loud, of what their caps allow";
    assertThat(rows)
        .filteredOn(row -> !row.figure().equals(p99) && !row.figure().equals(loud))
        .hasSize(7)
        .allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    assertThat(value(rows, p99, "headgate")).isLessThan(1.3);
    assertThat(value(rows, loud, "headgate")).isGreaterThan(0.85);
    assertThat(
            value(
                Crowd.rows(Crowd.arms().get(1), 101),
                "calls of the quiet answered, of those asked",
                "knows no agents"))
        .as("whoever asks most takes the places of the others")
        .isLessThan(0.95);
  }

  // Of a provider that times out, one other seed of two is beyond the bar; see docs/overload.md.
  @Test
  void oscillation() throws InterruptedException {
    List<ExperimentRow> rows =
        new ArrayList<>(Oscillation.rows(Oscillation.Trouble.TIMES_OUT, 1, "headgate", 128));
    rows.addAll(Oscillation.rows(Oscillation.Trouble.REJECTS, 1, "headgate", 96));
    assertThat(rows)
        .filteredOn(row -> row.bar() != null)
        .hasSize(4)
        .allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    String paced = "headgate, paced";
    rows = Oscillation.rows(Oscillation.Trouble.REJECTS, 101, paced, 96);
    assertThat(value(rows, "deviation, of the best fixed limit's, 429s", paced)).isLessThan(1.5);
    assertThat(value(rows, "goodput, of the best fixed limit's, 429s", paced)).isGreaterThan(0.95);
  }

  // Two of its bars cannot be met without knowing the future; see docs/overload.md.
  @Test
  void estimatedWait() throws InterruptedException {
    List<ExperimentRow> rows = run(new EstimatedWait());
    assertThat(rows)
        .filteredOn(row -> row.bar() != null)
        .filteredOn(
            row ->
                !row.figure().contains("calls become slower")
                    && !row.figure().contains("beside a flood"))
        .hasSize(6)
        .allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    String slower = "error at p90, calls become slower";
    assertThat(value(rows, slower, "headgate")).isLessThan(0.3);
    assertThat(value(rows, slower, "the last one's wait")).isGreaterThan(0.4);
  }

  @Test
  void runToCompletion() throws InterruptedException {
    holdsForHeadgate(RunToCompletion::rows);
    Overload.Arm oldestFirst =
        new Overload.Arm(
            "oldest first",
            s -> s,
            t -> t.concurrency(ConcurrencyPolicy.DEFAULT).queue(QueuePolicy.OFF),
            false,
            0,
            false);
    List<ExperimentRow> rows = RunToCompletion.rows(oldestFirst, 1);
    assertThat(value(rows, "jobs finished in time, of the oracle's", "oldest first"))
        .isLessThan(0.8);
    assertThat(value(rows, "tokens of unfinished jobs", "oldest first")).isGreaterThan(0.2);
  }

  @Test
  void unknownLimit() throws InterruptedException {
    unknownLimit(flown(UnknownLimit.rows(600, false)));
  }

  @Test
  @Tag("slow")
  void unknownLimitsUpToSixThousandCallsAMinute() throws InterruptedException {
    List<ExperimentRow> rows = run(new UnknownLimit());
    unknownLimit(rows);
    String rejected = "calls with a 429, 600 calls/min, windows";
    assertThat(value(rows, rejected, "client retries")).isGreaterThan(0.01);
    assertThat(value(rows, rejected, "fixed at twice")).isGreaterThan(0.01);
  }

  private static void unknownLimit(List<ExperimentRow> rows) {
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    // Without the pace one of the two bars is missed, whatever else is done.
    String rejected = "calls with a 429, 600 calls/min, windows";
    assertThat(value(rows, rejected, "no pace")).isGreaterThan(0.01);
    assertThat(value(rows, "limit used, 600 calls/min, windows", "fixed at half")).isLessThan(0.95);
  }

  private static double value(List<ExperimentRow> rows, String figure, String arm) {
    return rows.stream()
        .filter(row -> row.figure().equals(figure) && row.arm().equals(arm))
        .findFirst()
        .orElseThrow()
        .value();
  }

  @Test
  void learnedEstimates() throws InterruptedException {
    List<ExperimentRow> rows = run(new LearnedEstimates());
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    String overspent = "tokens overspent by the job that spent most, ";
    for (String shape : List.of("code", "chat")) {
      assertThat(value(rows, "reserved over used, " + shape, "upper bound")).isGreaterThan(1.5);
      assertThat(value(rows, overspent + shape, "usual stack, looks first")).isGreaterThan(10_000);
    }
  }

  @Test
  void slowCalls() throws InterruptedException {
    List<ExperimentRow> rows = run(new SlowCalls());
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    assertThat(value(rows, "jobs answered in time, 2 % hang", "no hedges")).isLessThan(0.985);
    assertThat(value(rows, "attempts for each task, 3 times slower", "usual stack"))
        .isGreaterThan(1.1);
  }

  @Test
  void driftOfTheUncongestedLatency() throws InterruptedException {
    List<ExperimentRow> rows = run(new DriftingLatency());
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    assertThat(value(rows, "goodput as it creeps up, of the oracle's", "no limit")).isLessThan(0.5);
  }

  @Test
  void stepOfTheLoad() throws InterruptedException {
    List<ExperimentRow> rows = run(new LoadStep());
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    assertThat(value(rows, "queueing after 20 round trips, of a call's time", "fixed at twice"))
        .isGreaterThan(0.25);
  }

  @Test
  void halfOutage() throws InterruptedException {
    for (HalfOutage.Loss loss : HalfOutage.Loss.values()) {
      assertThat(HalfOutage.rows(loss, "headgate", LimitTrial.adaptive(), 1))
          .allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
      assertThat(HalfOutage.rows(loss, "lost for slow", HalfOutage.lostForSlow(), 1))
          .filteredOn(row -> row.figure().startsWith("goodput, of the oracle's"))
          .allSatisfy(row -> assertThat(row.value()).as(row.toString()).isLessThan(0.2));
    }
  }

  // Two of its bars are missed: docs/overload.md.
  @Test
  void halfDead() throws InterruptedException {
    List<ExperimentRow> rows = HalfDead.rows(HalfDead.headgate(), 10, true);
    assertThat(rows.get(0).value()).as(rows.get(0).toString()).isGreaterThan(0.4);
    assertThat(rows.get(1).met()).as(rows.get(1).toString()).isTrue();
    assertThat(rows.get(2).value()).as(rows.get(2).toString()).isGreaterThan(0.8);
  }

  @Test
  void mixedCalls() throws InterruptedException {
    List<ExperimentRow> rows = run(new MixedCalls());
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
    assertThat(value(rows, "tokens a second, of the oracle's", "no limit")).isLessThan(0.9);
  }

  @Test
  void theCommandPrintsATableOrJsonAndSaysWhenABarIsMissed() throws InterruptedException {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var to = new PrintStream(out, true, StandardCharsets.UTF_8);
    var errTo = new PrintStream(err, true, StandardCharsets.UTF_8);
    assertThat(ExperimentCommand.run(List.of("budget-race", "--json"), to, errTo)).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .startsWith("[{\"experiment\":\"budget-race\"")
        .contains("\"met\":true");
    assertThat(ExperimentCommand.run(List.of("no-such"), to, errTo)).isEqualTo(2);
    assertThat(ExperimentCommand.run(List.of(), to, errTo)).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("retry-storm");
    var missed = new ExperimentRow("x", "y", "z", 2, ExperimentRow.Bar.atMost(1));
    assertThat(missed.met()).isFalse();
    assertThat(new ExperimentRow("x", "y", "z", 2, ExperimentRow.Bar.atLeast(3)).met()).isFalse();
  }
}
