package io.headgate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.CallClass;
import io.headgate.ConcurrencyPolicy;
import io.headgate.HeadgateSettings;
import io.headgate.TargetSettings;
import io.headgate.admission.TargetGate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the limit finds at a model that always has more to do than may run. */
final class AdaptiveLimitTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void itFindsWhatAModelBears(long seed) {
    BusyModel model = new BusyModel(seed).until(60).until(300);
    assertThat(model.meanPermits).isBetween(90.0, 140.0);
  }

  // From 20 permits to 300. Short calls and long ones, of which the shape is learned meanwhile, and
  // the quick ones of a burst that end first, made the base too low in two of three runs.
  @Test
  void itIsSoonAtFifteenTimesWhatItBeganWith() {
    int late = 0;
    for (int seed = 1; seed <= 60; seed++) {
      var model = new BusyModel(seed);
      model.bears = second -> 300;
      model.shortTokens = 20;
      model.longTokens = 300;
      late += model.until(40).until(60).meanLoad < 0.75 ? 1 : 0;
    }
    assertThat(late).isLessThanOrEqualTo(6);
  }

  // Calls that began in the moment in which a look ended counted as its own: it was over before
  // its slow ones had ended, and the base too low for good.
  @Test
  void andStaysThere() {
    for (int seed = 1; seed <= 20; seed++) {
      var model = new BusyModel(seed);
      model.bears = second -> 300;
      assertThat(model.until(300).until(600).meanLoad).isBetween(0.95, 1.25);
    }
  }

  // Twenty at once, as many as may; they scatter by half.
  private static long calls(AdaptiveLimit limit, int count, double seconds, long fromNs) {
    return calls(limit, count, seconds, fromNs, Integer.MAX_VALUE);
  }

  private static long calls(AdaptiveLimit limit, int count, double seconds, long fromNs, int most) {
    long nowNs = fromNs;
    for (int i = 0; i < count; i++) {
      long due = limit.begins(0, nowNs);
      var _ = limit.started(ConcurrencyPolicy.DEFAULT, 10_000, due, nowNs);
      int beside = Math.min(most, limit.permits(ConcurrencyPolicy.DEFAULT));
      long tookNs = (long) (1e9 * seconds * StrictMath.exp(i % 2 == 0 ? 0.4 : -0.4));
      long endNs = nowNs + tookNs;
      var _ =
          limit.ended(
              ConcurrencyPolicy.DEFAULT, 10_000, CallClass.OK, nowNs, due, beside, 0, 100, endNs);
      nowNs += tookNs / 20;
    }
    return nowNs;
  }

  // What a call takes without congestion is known from a few dozen at first. Lucky windows were
  // taken for it, and all others for slow ones: the limit stood still for most of a minute.
  @Test
  void luckyWindowsAtFirstAreNotTakenForHowFastCallsAre() {
    var limit = new AdaptiveLimit();
    long nowNs = calls(limit, 32, 1, 0);
    nowNs = calls(limit, 64, 0.657, nowNs, 15);
    int before = limit.permits(ConcurrencyPolicy.DEFAULT);
    var _ = calls(limit, 32, 1, nowNs);
    assertThat(limit.permits(ConcurrencyPolicy.DEFAULT)).isGreaterThan(before);
  }

  // Of the thousands of windows of a day one is so quick by luck: it was taken for how fast calls
  // are now, and all others looked slow until the next look.
  @Test
  void norIsOneOfTheThousandsOfADay() {
    var limit = new AdaptiveLimit();
    long nowNs = calls(limit, 32, 1, 0);
    nowNs = calls(limit, 32, 0.4, nowNs);
    int before = limit.permits(ConcurrencyPolicy.DEFAULT);
    var _ = calls(limit, 100, 1, nowNs);
    assertThat(limit.permits(ConcurrencyPolicy.DEFAULT)).isGreaterThan(before);
  }

  @Test
  void twoInARowAre() {
    var limit = new AdaptiveLimit();
    long nowNs = calls(limit, 60, 1, 0, 15);
    nowNs = calls(limit, 70, 0.4, nowNs, 15);
    int before = limit.permits(ConcurrencyPolicy.DEFAULT);
    var _ = calls(limit, 40, 1, nowNs, 15);
    assertThat(limit.permits(ConcurrencyPolicy.DEFAULT)).isLessThan(before);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void itFollowsWhenThatHalvesAndDoubles(long seed) {
    var model = new BusyModel(seed);
    model.bears = second -> second < 100 ? 100 : second < 200 ? 50 : 100;
    model.until(130).until(200);
    assertThat(model.meanPermits).as("halved").isBetween(40.0, 75.0);
    model.until(230).until(300);
    assertThat(model.meanPermits).as("doubled").isBetween(90.0, 140.0);
  }

  // Of a limit of 2.4 two run, which was taken for a model of which less is asked than may run.
  @Test
  void itGrowsAlsoFromTwo() {
    var limit = new AdaptiveLimit();
    long nowNs = calls(limit, 32, 1, 0);
    nowNs = calls(limit, 32, 15.7, nowNs);
    assertThat(limit.permits(ConcurrencyPolicy.DEFAULT)).isEqualTo(2);
    var _ = calls(limit, 200, 1, nowNs);
    assertThat(limit.permits(ConcurrencyPolicy.DEFAULT)).isGreaterThan(4);
  }

  // By the square root of what it carries, where that is more than a fifth of it.
  @Test
  void whereFewRunItHasMoreRoom() {
    var limit = new AdaptiveLimit();
    long nowNs = calls(limit, 32, 1, 0);
    var _ = calls(limit, 32, 5, nowNs);
    assertThat(limit.found(ConcurrencyPolicy.DEFAULT)).as("a fifth of 20 is carried").isEqualTo(6);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void callsThatTakeLongerAndLongerAreNoCongestion(long seed) {
    var model = new BusyModel(seed);
    model.slower = second -> second < 100 ? 1 : Math.min(1.5, 1 + 0.5 * (second - 100) / 600);
    model.until(100).until(800);
    assertThat(model.meanPermits).isBetween(85.0, 150.0);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void norAreCallsThatTakeTwiceAsLongFromOneMomentToTheNext(long seed) {
    var model = new BusyModel(seed);
    model.slower = second -> second < 100 ? 1 : 2;
    model.until(200).until(400);
    assertThat(model.meanPermits).isBetween(80.0, 150.0);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void longAnswersAreNotSlowOnes(long seed) {
    var model = new BusyModel(seed);
    model.shortTokens = 20;
    model.longTokens = 20;
    model.until(60);
    model.longTokens = 500;
    model.until(120).until(300);
    assertThat(model.meanPermits).as("some are long").isBetween(80.0, 150.0);
    model.shortTokens = 500;
    model.until(360).until(600);
    assertThat(model.meanPermits).as("all are long").isBetween(80.0, 150.0);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void norAreLongPrompts(long seed) {
    var model = new BusyModel(seed);
    model.shortPrompt = 200;
    model.longPrompt = 400;
    model.until(60);
    model.longPrompt = 10_000;
    model.until(120).until(300);
    assertThat(model.meanPermits).as("some are long").isBetween(80.0, 150.0);
    model.shortPrompt = 10_000;
    model.until(360).until(600);
    assertThat(model.meanPermits).as("all are long").isBetween(80.0, 150.0);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void itBacksOffFromRejections(long seed) {
    var model = new BusyModel(seed);
    model.bears = second -> 1_000;
    model.refuses = load -> load > 0.1 ? 0.5 : 0;
    model.until(100).until(300);
    assertThat(model.meanPermits).isBetween(50.0, 160.0);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void butNotFromThoseThatFewerCallsDoNotHelpAgainst(long seed) {
    var model = new BusyModel(seed);
    model.refuses = load -> 0.3;
    model.until(100).until(300);
    assertThat(model.meanPermits).as("no collapse").isBetween(25.0, 200.0);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void callsThatSayNothingAreNotTakenForSlowOnes(long seed) {
    var model = new BusyModel(seed);
    model.silent = 0.02;
    model.until(100).until(300);
    assertThat(model.meanPermits).isBetween(80.0, 150.0);
  }

  // Half of it is gone, and half of the calls never answer, for three minutes.
  private static double usedOfTheLivingHalf(long seed, int maxLostPercent) {
    var model = new BusyModel(seed);
    model.policy = ConcurrencyPolicy.DEFAULT.maxLostPercent(maxLostPercent);
    return usedOfTheLivingHalf(model);
  }

  private static double usedOfTheLivingHalf(BusyModel model) {
    model.bears = second -> second < 60 ? 128 : 64;
    model.loses = second -> second < 60 ? 0 : 0.5;
    model.until(100).until(240);
    double callSeconds = 1.75 * StrictMath.exp(0.3 * 0.3 / 2);
    return model.answered / 140.0 / (64 / callSeconds);
  }

  @Test
  void ofHalfAnOutageTheHalfThatIsAliveIsUsed() {
    for (int seed = 1; seed <= 20; seed++) {
      assertThat(usedOfTheLivingHalf(seed, 75)).as("seed %s", seed).isGreaterThan(0.8);
      assertThat(usedOfTheLivingHalf(seed, 0)).as("lost for slow").isLessThan(0.3);
    }
  }

  // Calls are as quick as ever, which was taken for the end of what the limit had been cut for: it
  // never looked whether cuts help at all, and was cut again and again.
  @Test
  void alsoWhenTheOthersFailAfterAWhile() {
    double used = 0;
    for (int seed = 1; seed <= 20; seed++) {
      var model = new BusyModel(seed);
      model.lostAfterS = 3;
      model.lostEnd = CallClass.UNAVAILABLE;
      used += usedOfTheLivingHalf(model) / 20;
    }
    assertThat(used).isGreaterThan(0.9);
  }

  @Test
  void neverBelowTheFloorNorAboveTheCeiling() {
    var model = new BusyModel(1);
    model.policy = ConcurrencyPolicy.DEFAULT.least(30);
    model.bears = second -> 5;
    model.until(200);
    assertThat(model.limit.permits(model.policy)).isBetween(30, 45);
    var easy = new BusyModel(1);
    easy.max = 40;
    easy.until(200);
    assertThat(easy.limit.permits(easy.policy)).isBetween(20, 40);
  }

  @Test
  void offItAllowsAllAndOnAgainItKnowsWhatItKnew() {
    var model = new BusyModel(1);
    model.until(100);
    int before = model.limit.permits(model.policy);
    assertThat(model.limit.permits(ConcurrencyPolicy.OFF)).isEqualTo(Integer.MAX_VALUE);
    long due = model.limit.begins(0, model.now);
    assertThat(model.limit.started(ConcurrencyPolicy.OFF, 100, due, model.now)).isFalse();
    assertThat(
            model.limit.ended(
                ConcurrencyPolicy.OFF, 100, CallClass.REJECTED, model.now, due, 1, 0, 1, model.now))
        .isFalse();
    assertThat(model.limit.permits(model.policy)).isEqualTo(before);
  }

  // ---- in the engine

  private static int starts(EngineHarness harness, TargetGate target, int tasks) {
    int before = harness.started.size();
    var agent = harness.agent();
    var job = harness.job();
    for (int i = 0; i < tasks; i++) {
      harness.submit(job, agent, target);
    }
    return harness.started.size() - before;
  }

  @Test
  void theEngineStartsNoMoreThanThat() {
    var harness = new EngineHarness(s -> s);
    TargetGate target = harness.target(t -> t.concurrency(ConcurrencyPolicy.DEFAULT.first(3)));
    assertThat(starts(harness, target, 10)).isEqualTo(3);
    harness.at(1).finish(harness.started.getFirst());
    assertThat(harness.started).as("one ends, the next starts").hasSize(4);
  }

  @Test
  void switchedOffWhileRunningAllStart() {
    var harness = new EngineHarness(s -> s);
    TargetSettings on = TargetSettings.DEFAULT.concurrency(ConcurrencyPolicy.DEFAULT.first(3));
    TargetGate target = harness.target(t -> on);
    assertThat(starts(harness, target, 10)).isEqualTo(3);
    harness.engine.targetReconfigured(1, target, on.concurrency(ConcurrencyPolicy.OFF));
    assertThat(harness.started).hasSize(10);
    harness.engine.targetReconfigured(2, target, on);
    assertThat(starts(harness, target, 1)).as("on again, above its permits").isZero();
  }

  @Test
  void maxInFlightBelowItHolds() {
    var harness = new EngineHarness(s -> s);
    TargetSettings on = TargetSettings.DEFAULT.concurrency(ConcurrencyPolicy.DEFAULT.first(5));
    TargetGate target = harness.target(t -> on.maxInFlight(2));
    assertThat(starts(harness, target, 10)).isEqualTo(2);
    assertThat(HeadgateSettings.DEFAULT.maxInFlight()).isGreaterThan(5);
  }
}
