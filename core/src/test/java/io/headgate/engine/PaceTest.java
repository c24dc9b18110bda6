package io.headgate.engine;

import static io.headgate.engine.EngineHarness.HOUR;
import static io.headgate.engine.EngineHarness.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headgate.BreakerPolicy;
import io.headgate.CallClass;
import io.headgate.DegradationPolicy;
import io.headgate.PacePolicy;
import io.headgate.ProviderQuota;
import io.headgate.RetryPolicy;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineHarness.FakeJob;
import io.headgate.engine.EngineHarness.FakeTask;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** How starts are spaced, and what is learned from rejections. */
final class PaceTest {
  private static final long MS = 1_000_000L;
  private static final PacePolicy EVEN = PacePolicy.DEFAULT.burst(Duration.ZERO);

  private final EngineHarness h = new EngineHarness(s -> s.maxInFlight(1_000).maxWaiting(1_000));
  private final AgentGate agent = h.agent();
  private final FakeJob job = h.job();
  private TargetGate target = target(EVEN, t -> t);

  private TargetGate target(PacePolicy pace, UnaryOperator<TargetSettings> change) {
    return h.target(
        t -> change.apply(t.pace(pace).breaker(BreakerPolicy.OFF).agentBreaker(BreakerPolicy.OFF)));
  }

  private void submit(int number) {
    for (int i = 0; i < number; i++) {
      h.submit(job, agent, target);
    }
  }

  private List<Long> starts() {
    return h.started.stream().map(task -> task.startedNs).toList();
  }

  private FakeTask last() {
    return h.started.getLast();
  }

  // ---- spacing

  private String breakerAfterRejections(PacePolicy pace) {
    BreakerPolicy breaker = BreakerPolicy.DEFAULT.window(Duration.ofHours(1), 1_000);
    target = target(pace, t -> t.breaker(breaker));
    for (int i = 0; i < 40; i++) {
      submit(1);
      h.advance(h.now + 70 * SECOND);
      if (last().overs == 0) {
        h.fail(last(), CallClass.REJECTED, 0, false);
      }
    }
    return h.engine.breakerOf(target);
  }

  @Test
  void aRejectionIsNoBreakersMatter() {
    assertThat(breakerAfterRejections(EVEN)).isEqualTo("CLOSED");
    assertThat(breakerAfterRejections(PacePolicy.OFF)).isNotEqualTo("CLOSED");
  }

  @Test
  void withoutAPolicyNothingIsHeldBack() {
    target = target(PacePolicy.OFF, t -> t);
    submit(100);
    assertThat(h.started).hasSize(100);
  }

  @Test
  void startsBeginAtTheFirstPaceAndDoubleEveryTenSecondsWhileTheyPress() {
    submit(500);
    assertThat(starts()).containsExactly(0L);
    h.advance(SECOND + 1);
    assertThat(starts()).containsExactly(0L, SECOND);
    h.advance(10 * SECOND + 1);
    int inTen = h.started.size();
    h.advance(20 * SECOND + 1);
    int inTwenty = h.started.size();
    // The integral of 2^(t/10) is 10 / ln 2 * (2^(t/10) - 1): 14.4 and then 28.9 more.
    assertThat(inTen).isBetween(13, 16);
    assertThat(inTwenty - inTen).isBetween(27, 31);
  }

  @Test
  void anIdlePaceDoesNotGrow() {
    for (int i = 0; i < 100; i++) {
      h.advance(i * 10 * SECOND);
      submit(1);
    }
    assertThat(h.started).hasSize(100);
    assertThat(h.engine.paceOf(target).perMinute()).isCloseTo(60, within(0.001));
  }

  @Test
  void afterALullStartsRunAheadByTheBurstAndNoFurther() {
    target = target(PacePolicy.DEFAULT.firstPerMinute(600), t -> t);
    h.at(SECOND);
    submit(20);
    // One that is due, and five of which each is a tenth of a second ahead.
    assertThat(h.started).hasSize(6);
    h.advance(SECOND + 101 * MS);
    assertThat(h.started).hasSize(7);
  }

  @Test
  void whatStartedBeforeThePaceWasTurnedOnTeachesItNothing() {
    TargetSettings off =
        TargetSettings.DEFAULT.breaker(BreakerPolicy.OFF).agentBreaker(BreakerPolicy.OFF);
    target = target(PacePolicy.OFF, t -> t);
    submit(1);
    FakeTask before = last();
    h.at(SECOND);
    h.engine.targetReconfigured(h.now, target, off.pace(EVEN.firstPerMinute(600)));
    h.fail(before, CallClass.REJECTED, 0, false);
    assertThat(h.engine.paceOf(target).limitPerMinute()).isZero();
    assertThat(h.engine.paceOf(target).perMinute()).isCloseTo(600, within(0.001));
  }

  // ---- a limit that is told

  private static ProviderQuota calls(long perMinute) {
    return new ProviderQuota(perMinute, ProviderQuota.UNKNOWN);
  }

  @Test
  void whatTheProviderTellsIsKeptAtOnceAndNeverPassed() {
    submit(900);
    h.at(100 * MS);
    h.finish(last(), CallClass.OK, calls(600));
    h.advance(60 * SECOND + 1);
    // A margin of 2 % below ten a second, from the first answer on.
    assertThat(h.started.size()).isBetween(585, 589);
  }

  @Test
  void ofTwoLimitsTheTighterOneHoldsForEachCall() {
    submit(300);
    h.finish(last(), CallClass.OK, new ProviderQuota(600, 12_000)); // 100 tokens each: 120 a minute
    h.advance(60 * SECOND + 1);
    assertThat(h.started.size()).isBetween(117, 119);
    assertThat(h.engine.paceOf(target).limitPerMinute()).isCloseTo(12_000, within(0.001));
    assertThat(h.engine.paceOf(target).ofTokens()).isTrue();
  }

  @Test
  void aLimitThatIsHalvedIsKeptFromTheNextStartOn() {
    submit(900);
    h.finish(last(), CallClass.OK, calls(600));
    h.advance(30 * SECOND);
    int before = h.started.size();
    h.finish(last(), CallClass.OK, calls(300));
    h.advance(60 * SECOND);
    assertThat(h.started.size() - before).isBetween(145, 148);
    assertThat(h.log.stream().filter(line -> line.startsWith("limit"))).hasSize(2);
  }

  @Test
  void whereOthersUseTheRestOfItTheRejectionsAreBelieved() {
    submit(900);
    h.finish(last(), CallClass.OK, calls(600));
    h.advance(60 * SECOND);
    int before = h.started.size();
    h.finish(last(), CallClass.REJECTED, calls(600));
    h.advance(h.now + SECOND - 1);
    assertThat(h.started).as("a second's rest").hasSize(before);
    h.advance(h.now + 2 * SECOND);
    assertThat(h.started).as("and one alone").hasSizeGreaterThan(before);
    double pace = h.engine.paceOf(target).perMinute();
    assertThat(pace).isLessThanOrEqualTo(588.001);
  }

  @Test
  void nothingLimitsItMoreThanWhatIsTold() {
    submit(500);
    h.finish(last(), CallClass.OK, calls(6_000));
    h.advance(6 * SECOND);
    assertThat(h.started).as("all of them, at ninety-eight a second").hasSize(500);
  }

  @Test
  void nothingIsLostOrHeldForGood() {
    submit(200);
    h.advance(HOUR);
    assertThat(h.started).hasSize(200);
    h.started.forEach(h::finish);
    h.assertAtRest();
    assertThat(h.engine.ledgerOf(target).started()).isEqualTo(200);
  }

  @Test
  void otherTargetsAreNotHeldUp() {
    submit(10);
    TargetGate other = target(PacePolicy.OFF, t -> t);
    FakeTask task = h.submit(job, agent, other);
    assertThat(task.startedNs).isZero();
  }

  @Test
  void theWaitBehindOthersIsEstimatedByThePace() {
    submit(31);
    assertThat((double) h.waitOfNewNs[target.index()])
        .isCloseTo(30.0 * SECOND, within(4.0 * SECOND));
  }

  // ---- after a rejection

  private FakeTask rejectedAt(long ns) {
    FakeTask task = last();
    h.at(ns);
    h.fail(task, CallClass.REJECTED, 0, false);
    return task;
  }

  @Test
  void aRejectionHoldsStartsForASecondAndEachThatFollowsTwiceAsLong() {
    holdsFor(60_000, 600, 1, 2, 4, 8, 16, 32, 60, 60);
  }

  @Test
  void whereAWindowTakesFewCallsEachIsThreeTimesAsLong() {
    holdsFor(60, 26_000, 1, 3, 9, 27, 60, 60);
  }

  private void holdsFor(int firstPerMinute, long firstMs, int... seconds) {
    target = target(EVEN.firstPerMinute(firstPerMinute), t -> t);
    submit(900);
    h.advance(firstMs * MS);
    long rejectedNs = h.now;
    for (int each : seconds) {
      rejectedAt(rejectedNs);
      int before = h.started.size();
      h.advance(rejectedNs + each * SECOND);
      assertThat(h.started).hasSize(before);
      h.advance(rejectedNs + each * SECOND + 1);
      assertThat(h.started).hasSize(before + 1);
      assertThat(last().startedNs).isEqualTo(rejectedNs + each * SECOND);
      rejectedNs = h.now + 10 * MS;
    }
  }

  @Test
  void aProbeIsAloneForTwiceTheTimeThatARejectionTakes() {
    target = target(EVEN.firstPerMinute(60_000), t -> t);
    submit(900);
    h.advance(300 * MS);
    FakeTask slow = h.started.getFirst();
    h.fail(slow, CallClass.REJECTED, 0, false);
    int before = h.started.size();
    h.advance(h.now + SECOND + 599 * MS);
    assertThat(h.started).hasSize(before + 1);
    h.advance(h.now + 2 * MS);
    assertThat(h.started.size()).isGreaterThan(before + 1);
  }

  @Test
  void whatStartedBeforeARejectionSaysNothingNew() {
    submit(100);
    h.advance(10 * SECOND + 1);
    FakeTask older = h.started.get(h.started.size() - 2);
    rejectedAt(h.now);
    double limit = h.engine.paceOf(target).limitPerMinute();
    long nextNs = h.engine.nextTimerNs();
    h.fail(older, CallClass.REJECTED, 0, false);
    assertThat(h.engine.paceOf(target).limitPerMinute()).isEqualTo(limit);
    assertThat(h.engine.nextTimerNs()).isEqualTo(nextNs);
  }

  @Test
  void onlyRejectionsCount() {
    submit(100);
    h.advance(10 * SECOND + 1);
    for (CallClass end : CallClass.values()) {
      if (end != CallClass.REJECTED) {
        h.fail(last(), end, 0, false);
        h.advance(h.now + SECOND);
      }
    }
    assertThat(h.engine.paceOf(target).limitPerMinute()).isZero();
  }

  @Test
  void retriesKeepThePaceAsWell() {
    target = target(EVEN, t -> t.retry(RetryPolicy.DEFAULT.budget(100, 1_000)));
    submit(20);
    h.advance(5 * SECOND + 1);
    h.at(last().startedNs + MS);
    h.fail(last(), CallClass.REJECTED, 0, true);
    h.advance(HOUR);
    List<String> starts =
        h.log.stream()
            .filter(line -> line.startsWith("start"))
            .map(line -> line.replaceFirst(".* at (\\d+) .*", "$1"))
            .toList();
    assertThat(starts).hasSize(21).doesNotHaveDuplicates();
  }

  // ---- what is learned

  /** A provider that is refilled all the time. */
  private final class Provider {
    private double perNs;
    private double size;
    private final boolean ofTokens;
    private final SplittableRandom random = new SplittableRandom(1);
    private final Deque<FakeTask> rejected = new ArrayDeque<>();
    private double used;
    private long usedNs;
    private int seen;
    int calls;
    int rejections;

    Provider(double perMinute, double size, boolean ofTokens) {
      limit(perMinute, size);
      this.ofTokens = ofTokens;
      seen = h.started.size();
    }

    /** From now on, with a clean sheet. */
    void limit(double perMinute, double size) {
      this.perNs = perMinute / 60 / SECOND;
      this.size = size;
      calls = 0;
      rejections = 0;
    }

    void until(long untilNs) {
      while (h.now < untilNs) {
        while (h.engine.ledgerOf(target).waiting() < 5) {
          // A few are so large that calls and tokens are easy to tell apart.
          long tokens = random.nextInt(10) == 0 ? 8_000 : 450;
          h.submit(job, agent, target, o -> o.tokens(tokens));
          answer();
        }
        long replyNs = rejected.isEmpty() ? Long.MAX_VALUE : rejected.peek().startedNs + 100 * MS;
        if (replyNs <= h.engine.nextTimerNs()) {
          h.at(Math.max(h.now, replyNs));
          h.fail(rejected.remove(), CallClass.REJECTED, 0, false);
        } else {
          h.advance(Math.max(h.now, h.engine.nextTimerNs() + 1));
        }
        answer();
      }
    }

    private void answer() {
      while (seen < h.started.size()) {
        FakeTask task = h.started.get(seen++);
        used = Math.max(0, used - perNs * (task.startedNs - usedNs));
        usedNs = task.startedNs;
        double cost = ofTokens ? task.tokens() : 1;
        calls++;
        if (used + cost <= size) {
          used += cost;
          h.finish(task);
        } else {
          rejections++;
          rejected.add(task);
        }
      }
    }
  }

  @Test
  void theLimitOnCallsIsLearnedAndKept() {
    var provider = new Provider(600, 600, false);
    provider.until(HOUR / 2);
    assertThat(h.engine.paceOf(target).limitPerMinute()).isCloseTo(600, within(30.0));
    assertThat(h.engine.paceOf(target).ofTokens()).isFalse();
    assertThat((double) provider.rejections / provider.calls).isLessThan(0.01);
    assertThat(provider.calls - provider.rejections).isGreaterThan((int) (0.95 * 600 * 30));
    String told = h.log.stream().filter(line -> line.startsWith("limit of")).toList().getLast();
    assertThat(told).matches("limit of target-0 [56]\\d\\d calls");
  }

  @Test
  void aLimitThatIsKnownIsNotToldAgainAndAgain() {
    var provider = new Provider(600, 600, false);
    provider.until(HOUR / 6);
    long told = told();
    provider.until(HOUR);
    assertThat(told()).isEqualTo(told);
  }

  private long told() {
    return h.log.stream().filter(line -> line.startsWith("limit of")).count();
  }

  @Test
  void aLimitOnTokensIsTakenForOne() {
    var provider = new Provider(600 * 1_200, 20 * 1_200, true);
    provider.until(HOUR);
    assertThat(h.engine.paceOf(target).ofTokens()).isTrue();
    assertThat(h.engine.paceOf(target).limitPerMinute())
        .isCloseTo(600 * 1_200, within(0.05 * 600 * 1_200));
    assertThat((double) provider.rejections / provider.calls).isLessThan(0.01);
  }

  @Test
  void aRejectionAfterALullLowersThePaceALittleAndIsNotTakenForTheLimit() {
    new Provider(600, 600, false).until(HOUR / 4);
    double before = h.engine.paceOf(target).limitPerMinute();
    h.advance(h.now + 60 * SECOND);
    h.started.stream().filter(task -> task.ending == null).toList().forEach(h::finish);
    h.advance(h.now + 60 * SECOND);
    submit(1);
    rejectedAt(h.now + MS);
    assertThat(h.engine.paceOf(target).limitPerMinute()).isCloseTo(0.85 * before, within(1.0));
  }

  // ---- settings, ladders, removal

  @Test
  void switchedOffItLetsAllGoAndSwitchedOnItGoesOn() {
    submit(50);
    TargetSettings settings = target.settings();
    h.at(SECOND / 2);
    h.engine.targetReconfigured(h.now, target, settings.pace(PacePolicy.OFF));
    assertThat(h.started).hasSize(50);
    h.engine.targetReconfigured(h.now, target, settings);
    submit(2);
    assertThat(h.started).hasSize(50);
    h.advance(SECOND + 1);
    assertThat(h.started).hasSize(51);
  }

  @Test
  void whatStartedBeforeItWasSwitchedOffTeachesItNothingWhenItGoesOn() {
    TargetSettings settings = target.settings();
    submit(50);
    FakeTask paced = last();
    h.at(SECOND / 2);
    h.engine.targetReconfigured(h.now, target, settings.pace(PacePolicy.OFF));
    FakeTask unpaced = last();
    h.at(SECOND);
    h.engine.targetReconfigured(h.now, target, settings);
    h.fail(paced, CallClass.REJECTED, 0, false);
    h.fail(unpaced, CallClass.REJECTED, 0, false);
    assertThat(h.engine.paceOf(target).limitPerMinute()).isZero();
    submit(1);
    assertThat(last().startedNs).as("nothing was held up for them").isEqualTo(SECOND);
  }

  @Test
  void aLimitThatWasLearnedIsKeptOverATimeWithoutPaceAndLearnedAnewAfterIt() {
    TargetSettings settings = target.settings();
    var provider = new Provider(600, 600, false);
    provider.until(HOUR / 4);
    double before = h.engine.paceOf(target).limitPerMinute();
    assertThat(before).isCloseTo(600, within(30.0));
    h.engine.targetReconfigured(h.now, target, settings.pace(PacePolicy.OFF));
    provider.until(h.now + 2 * SECOND);
    int rejections = provider.rejections;
    h.engine.targetReconfigured(h.now, target, settings);
    assertThat(h.engine.paceOf(target).limitPerMinute()).isEqualTo(before);

    // It is half of that now: what is rejected under the pace says so.
    provider.limit(300, 300);
    provider.until(h.now + HOUR / 4);
    assertThat(rejections).as("without a pace").isGreaterThan(1_000);
    assertThat(h.engine.paceOf(target).limitPerMinute()).isCloseTo(300, within(20.0));
    assertThat((double) provider.rejections / provider.calls).isLessThan(0.03);
  }

  @Test
  void theTimeWithoutPaceIsNoLull() {
    TargetSettings settings = target.settings();
    submit(900);
    h.advance(60 * SECOND);
    h.engine.targetReconfigured(h.now, target, settings.pace(PacePolicy.OFF));
    h.started.forEach(h::finish);
    h.advance(h.now + HOUR);
    h.engine.targetReconfigured(h.now, target, settings.pace(EVEN));
    submit(900);
    h.advance(h.now + 30 * SECOND);
    int accepted = h.started.size() - 900;
    rejectedAt(h.now);
    // At the first rejection what was accepted is taken for a minute's, and not for an hour's.
    assertThat(h.engine.paceOf(target).limitPerMinute())
        .isCloseTo(accepted, within(0.1 * accepted));
  }

  @Test
  void aLowerRungThatServesIsNotPaced() {
    target =
        target(
            EVEN,
            t ->
                t.degradation(
                    DegradationPolicy.of(
                        DegradationPolicy.Rung.of("large", 100),
                        DegradationPolicy.Rung.of("small", 20))));
    submit(2);
    assertThat(h.started).as("one waits for the pace").hasSize(1);
    submit(8);
    assertThat(h.started).as("so do all, for a while").hasSize(1);
    h.engine.forceBreaker(h.now, target, null, true, 60 * SECOND);
    assertThat(h.started).as("who is kept from the top needs no pace").hasSize(10);
    assertThat(h.started.stream().skip(1)).allSatisfy(t -> assertThat(t.rung()).isEqualTo(1));
  }

  @Test
  void itIsForgottenWithItsTargetAndNotWhileItHolds() {
    submit(10);
    h.advance(5 * SECOND + 1);
    rejectedAt(h.now);
    h.engine.targetRemoved(h.now, target);
    h.started.stream().filter(task -> task.overs == 0).toList().forEach(h::finish);
    assertThat(h.engine.mayEvict(target)).isFalse();
    h.advance(h.now + HOUR);
    assertThat(h.engine.mayEvict(target)).isTrue();
    h.engine.targetEvicted(h.now, target);
    assertThat(h.engine.paceOf(target).perMinute()).isZero();
  }

  @Test
  void oneStepOrAThousandGiveTheSameDecisions() {
    submit(300);
    var other = new EngineHarness(s -> s.maxInFlight(1_000).maxWaiting(1_000));
    AgentGate otherAgent = other.agent();
    FakeJob otherJob = other.job();
    TargetGate otherTarget =
        other.target(t -> t.pace(EVEN).breaker(BreakerPolicy.OFF).agentBreaker(BreakerPolicy.OFF));
    for (int i = 0; i < 300; i++) {
      other.submit(otherJob, otherAgent, otherTarget);
    }
    h.advance(60 * SECOND);
    for (int i = 1; i <= 1_000; i++) {
      other.advance(i * 60 * MS);
    }
    assertThat(h.engine.digest()).isEqualTo(other.engine.digest());
    assertThat(h.log).isEqualTo(other.log);
  }
}
