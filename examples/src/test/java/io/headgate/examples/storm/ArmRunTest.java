package io.headgate.examples.storm;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.examples.storm.measure.ArmResult;
import io.headgate.examples.storm.measure.PolicyAct;
import io.headgate.examples.storm.measure.PolicyLane;
import io.headgate.examples.storm.provider.ModelSpeed;
import io.headgate.examples.storm.provider.ProviderSettings;
import io.headgate.examples.storm.trace.Trace;
import io.headgate.examples.storm.trace.TraceGenerator;
import io.headgate.examples.storm.workload.JobPlan;
import io.headgate.examples.storm.workload.Phase;
import io.headgate.examples.storm.workload.Timeline;
import io.headgate.examples.storm.workload.Workload;
import io.headgate.examples.storm.workload.WorkloadPlanner;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small storms, of two seconds each, through the real client and on real sockets. */
class ArmRunTest {
  private static final Timeline TIMELINE =
      new Timeline(ofMillis(500), ofSeconds(1), ofMillis(500), 10, 10);

  /** Longer than a loaded machine takes for a second of storm. */
  private static final Duration PATIENCE = ofSeconds(3);

  private final List<LiveLine> live = new ArrayList<>();

  /** Else the first storm is over before the client's classes are loaded, on a loaded machine. */
  @BeforeAll
  static void loadsTheClient() throws IOException {
    var result = new ArmRunTest().naive(withoutOutage(0));
    assertThat(result.completed()).isPositive();
  }

  @Test
  void headgateKeepsItsCapsAndEndsSound() throws IOException {
    var result = headgate(scenario(0.5));

    assertThat(result.violations()).isEmpty();
    assertThat(result.maxInFlight()).isBetween(1, 24);
    assertThat(result.refused()).isPositive();
    assertConsistent(result);
  }

  /** Its limit of calls begins at 20, and a storm of two seconds is too short to find many more. */
  @Test
  void untunedBoundsWhatIsInFlightByItself() throws IOException {
    var result = untuned(scenario(0.5));

    assertThat(result.violations()).isEmpty();
    assertThat(result.maxInFlight()).isBetween(1, 64);
    assertThat(result.refused() + result.expired() + result.failed()).isPositive();
    assertThat(result.rungs().answersOfSmaller() + result.rungs().answersStatic()).isZero();
    assertThat(result.tokensOfLosers()).as("nothing is hedged").isZero();
    assertThat(result.servedAtBest()).isBetween(1.0, 20.0);
    assertThat(result.policies())
        .extracting(PolicyLane::policy)
        .contains("at the door", "level", "call permits", "breakers", "alerts");
    assertConsistent(result);
  }

  @Test
  void untunedServesTheCalm() throws IOException {
    var result = untuned(withoutOutage(0));

    assertThat(result.violations()).isEmpty();
    assertThat(result.jobsFinished()).isPositive();
    assertThat(total(result, "loop guard") + total(result, "breakers")).isZero();
    assertConsistent(result);
  }

  @Test
  void naiveLetsEverythingInAndStillEnds() throws IOException {
    var result = naive(longSurge());

    assertThat(result.violations()).isEmpty();
    assertThat(result.refused()).isZero();
    assertThat(result.provider().byResult()).as("the outage was met").containsKey("503");
    assertThat(result.maxWaiting()).isZero();
    assertThat(result.maxInFlight()).isGreaterThan(16);
    assertThat(result.provider().requests()).isGreaterThan(result.offered());
    assertConsistent(result);
  }

  @Test
  void withoutAnOutageAndWithRoomBothFinishEveryJob() throws IOException {
    var calm = withoutOutage(0);

    var naive = naive(calm);
    var headgate = headgate(calm);

    for (var result : List.of(naive, headgate)) {
      assertThat(result.violations()).isEmpty();
      assertThat(result.jobsFinished()).isEqualTo(15).isEqualTo(result.jobsOffered());
      assertThat(result.completed()).isEqualTo(result.offered());
      assertConsistent(result);
      assertThat(result.tokensSpent()).isEqualTo(result.tokensUseful() + result.tokensOfLosers());
      assertThat(result.provider().wasted().tokens())
          .as("made for clients that had gone, but for lost hedges")
          .isLessThanOrEqualTo(result.tokensOfLosers());
    }
    assertThat(naive.tokensOfLosers()).isZero();
    // The slowest calls are made twice: a few of a hundred.
    assertThat(headgate.tokensOfLosers()).isLessThan(headgate.tokensSpent() * 2 / 10);
    if (total(headgate, "hedges") == 0) {
      assertThat(headgate.tokensOfLosers()).isZero();
    }
    assertThat(total(headgate, "estimates"))
        .as("held as answers were, not as they may be")
        .isPositive();
    assertThat(lane(headgate, "parking").acts())
        .extracting(PolicyAct::what)
        .contains("parked, price", "run, by time")
        .as("nobody is there who says that it may be sent")
        .contains("parked, ask first", "refuse, by time");
    assertThat(total(headgate, "near-equal")).as("honest questions differ").isZero();
  }

  @Test
  void agentsThatGoRoundInCirclesAreStoppedByHeadgateAlone() throws IOException {
    var looping = withoutOutage(1);

    var naive = naive(looping);
    var headgate = headgate(looping);

    assertThat(naive.policies()).isEmpty();
    assertThat(naive.completed()).isEqualTo(15L * JobPlan.MAX_ROUNDS);
    assertThat(total(headgate, "loop guard") + total(headgate, "call limits")).isGreaterThan(15);
    assertThat(lane(headgate, "parking").acts())
        .as("parked, and told to come back after a while")
        .extracting(PolicyAct::what)
        .contains("parked, loops", "degrade, by time")
        .doesNotContain("parked, ask first");
    assertThat(headgate.rungs().answersStatic()).isPositive();
    assertThat(total(headgate, "near-equal"))
        .as("no question is written twice with the same capitals and spaces")
        .isPositive()
        .isEqualTo(total(headgate, "loop guard"));
    assertThat(headgate.tokensSpent()).isLessThan(naive.tokensSpent() * 6 / 10);
    for (var result : List.of(naive, headgate)) {
      assertThat(result.violations()).isEmpty();
      assertThat(result.jobsFinished()).as("what goes round in circles has no answer").isZero();
      assertConsistent(result);
    }
  }

  /** The storm itself, as {@code -Pstorm} runs it by default. */
  @Test
  @Tag("slow")
  void inTheStormEachPolicyThatIsThereForItActs() throws IOException {
    var scenario = Scenario.STORM;
    var storm = workload(scenario, TraceGenerator.generate(4711, 10_000), 4711);
    var result = ArmRun.run(scenario, storm, StormArm.HEADGATE.of(scenario, true), live::add);

    assertThat(result.violations()).isEmpty();
    assertThat(result.policies())
        .filteredOn(lane -> lane.total() > 0)
        .extracting(PolicyLane::policy)
        .contains(
            "job places",
            "retries",
            "hedges",
            "loop guard",
            "near-equal",
            "call limits",
            "estimates",
            "spending",
            "degradation",
            "parking",
            "operator",
            "alerts");
    assertThat(result.policies().stream().flatMap(lane -> lane.acts().stream()))
        .extracting(PolicyAct::what)
        .contains(
            "refused, job rate",
            "parked, price",
            "run, by time",
            "parked, ask first",
            "refuse, by time",
            "parked, loops",
            "degrade, by time",
            "burn rate high",
            "burn rate usual again");
  }

  @Test
  void whatHeadgateDidInTheSurgeStandsInTheLanesOfThatTime() throws IOException {
    var result = headgate(scenario(0.5));

    assertThat(total(result, "retries")).isPositive();
    // A host that is late adds some for what was over before it was asked.
    assertThat(refusals(result)).isBetween(result.refused() * 9 / 10, result.refused());
    assertThat(total(result, "job places")).isPositive();
    assertThat(total(result, "loop guard")).isZero();
    for (var lane : result.policies()) {
      assertThat(lane.acts())
          .allSatisfy(act -> assertThat(act.atNanos()).isBetween(0L, 10_000_000_000L));
    }
    // Nothing fails before the outage.
    assertThat(lane(result, "retries").acts().getFirst().atNanos())
        .isGreaterThanOrEqualTo(TIMELINE.startNanos(Phase.DURING));
  }

  @Test
  void whoAnsweredIsCountedAndStandsInTheLaneOfTheLadder() throws IOException {
    var headgate = headgate(scenario(0.5));
    var rungs = headgate.rungs();

    assertThat(rungs.answersOfTop() + rungs.answersOfSmaller() + rungs.answersStatic())
        .isEqualTo(headgate.completed());
    assertThat(rungs.answersOfSmaller()).isPositive();
    assertThat(total(headgate, "degradation"))
        .isGreaterThanOrEqualTo(rungs.answersOfSmaller() + rungs.answersStatic());
    assertThat(rungs.jobsAtTop()).isLessThanOrEqualTo(headgate.jobsFinished());
    assertThat(naive(scenario(0.5)).rungs().answersOfSmaller()).isZero();
  }

  @Test
  void whatAnArmWroteDownIsDecidedAgainAndItsDearestJobIsNamed(@TempDir Path folder)
      throws IOException {
    var scenario = scenario(0.5);
    for (int run = 0; run < 2; run++) {
      var journal = StormJournal.fresh(folder.resolve("journal"));
      var factory = StormArm.HEADGATE.of(scenario, true, journal.open());
      var result = journal.check(ArmRun.run(scenario, workload(scenario), factory, live::add));
      assertThat(result.violations()).isEmpty();
      assertThat(result.notes())
          .anySatisfy(
              note ->
                  assertThat(note)
                      .contains("every decision is as it was", "headgate verify " + folder))
          .anySatisfy(
              note ->
                  assertThat(note)
                      .startsWith("most expensive job, $0.")
                      .contains("headgate job " + folder + "/journal job-"));
    }
    flipABit(folder.resolve("journal"));
    var arm = naive(withoutOutage(0));
    assertThat(new StormJournal(folder.resolve("journal")).check(arm).violations())
        .singleElement()
        .asString()
        .contains("its journal does not verify", "is damaged after its record");
  }

  /** In the settings, which are written as text and come first. */
  private static void flipABit(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      var file = files.filter(f -> f.toString().endsWith(".cq4")).findFirst().orElseThrow();
      try (var channel = FileChannel.open(file, READ, WRITE)) {
        var bytes = ByteBuffer.allocate(1 << 20);
        var _ = channel.read(bytes, 0);
        int at = new String(bytes.array(), ISO_8859_1).indexOf("maxInFlight");
        var _ = channel.write(ByteBuffer.wrap(new byte[] {'n'}), at);
      }
    }
  }

  private static Scenario withoutOutage(double loops) {
    return new Scenario(
        provider(1_000),
        new Timeline(ofSeconds(1), Duration.ZERO, Duration.ZERO, 15, 1),
        0,
        loops,
        ofSeconds(100),
        ofSeconds(50),
        ofSeconds(60),
        ofSeconds(60),
        ofSeconds(60),
        ofSeconds(20));
  }

  private static PolicyLane lane(ArmResult result, String policy) {
    return result.policies().stream()
        .filter(lane -> lane.policy().equals(policy))
        .findFirst()
        .orElseThrow();
  }

  private static long refusals(ArmResult result) {
    return result.policies().stream()
        .flatMap(lane -> lane.acts().stream())
        .filter(act -> act.what().startsWith("refused"))
        .mapToLong(PolicyAct::times)
        .sum();
  }

  private static long total(ArmResult result, String policy) {
    return lane(result, policy).total();
  }

  @Test
  void thereIsALineEachSecondThatFitsATerminal() throws IOException {
    var result = naive(scenario(0));

    assertThat(live).hasSizeGreaterThanOrEqualTo(2);
    assertThat(live.getFirst().text(2)).contains("naive", "in flight", "goodput").isASCII();
    assertThat(live.getFirst().text(2)).hasSizeLessThanOrEqualTo(100);
    assertThat(result.seconds()).hasSizeGreaterThanOrEqualTo(2);
  }

  private static void assertConsistent(ArmResult result) {
    assertThat(result.offered()).isPositive().isEqualTo(result.admitted() + result.refused());
    assertThat(result.admitted())
        .isEqualTo(result.completed() + result.expired() + result.failed());
    assertThat(result.tokensUseful() + result.tokensOfLosers()).isBetween(0L, result.tokensSpent());
    assertThat(result.jobsFinished()).isBetween(0L, result.jobsOffered());
    assertThat(result.provider().inFlight()).isZero();
  }

  private ArmResult naive(Scenario scenario) throws IOException {
    return ArmRun.run(scenario, workload(scenario), StormArm.NAIVE.of(scenario, true), live::add);
  }

  private ArmResult headgate(Scenario scenario) throws IOException {
    return ArmRun.run(
        scenario, workload(scenario), StormArm.HEADGATE.of(scenario, true), live::add);
  }

  /** In which some hundred requests are made, whatever else the machine does. */
  private static Scenario longSurge() {
    var surge = new Timeline(ofMillis(500), ofSeconds(2), ofMillis(500), 10, 10);
    return scenario(surge, 0.5, PATIENCE);
  }

  private ArmResult untuned(Scenario scenario) throws IOException {
    return ArmRun.run(scenario, workload(scenario), StormArm.UNTUNED.of(scenario, true), live::add);
  }

  private static Scenario scenario(double outShare) {
    return scenario(TIMELINE, outShare, ofMillis(500));
  }

  private static Scenario scenario(Timeline timeline, double outShare, Duration drain) {
    return new Scenario(
        provider(10),
        timeline,
        outShare,
        0,
        ofSeconds(20),
        ofSeconds(5),
        ofSeconds(60),
        ofSeconds(25),
        ofSeconds(10),
        drain);
  }

  private static ProviderSettings provider(double knee) {
    var speed = new ModelSpeed(ofMillis(400), 2_000, 30, knee);
    return new ProviderSettings(
        Scenario.SCALE, speed, 1_000, 1_000, ofSeconds(10), ofSeconds(90), ofMillis(500), 2.5, 10);
  }

  private static Workload workload(Scenario scenario) {
    return workload(scenario, TraceGenerator.generate(3, 1_000), 3);
  }

  private static Workload workload(Scenario scenario, Trace trace, long seed) {
    return WorkloadPlanner.plan(
        trace,
        seed,
        scenario.timeline(),
        scenario.loops(),
        Scenario.scaled(scenario.deadlineBase()),
        Scenario.scaled(scenario.deadlinePerCall()));
  }
}
