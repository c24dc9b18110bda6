package io.headgate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.AgentSettings;
import io.headgate.BreakerPolicy;
import io.headgate.CallClass;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import java.time.Duration;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The rule by itself: when it opens, for how long, how many probes, and when it closes. */
final class BreakerTest {
  private static final long SECOND = 1_000_000_000L;
  private static final BreakerPolicy POLICY =
      BreakerPolicy.DEFAULT.open(Duration.ofSeconds(5), Duration.ofSeconds(40)).probes(3);

  private long now;
  private TargetEntry target = target(POLICY);
  private Breaker breaker = target.breaker;

  private static TargetEntry target(BreakerPolicy policy) {
    TargetSettings settings = TargetSettings.DEFAULT.breaker(policy).agentBreaker(policy);
    return new TargetEntry(new TargetGate("tool", 0, settings, EngineHarness.NOBODY), settings);
  }

  private void use(BreakerPolicy policy) {
    target = target(policy);
    breaker = target.breaker;
  }

  private boolean call(CallClass end) {
    return call(end, 0, 0);
  }

  private boolean call(CallClass end, long ranNs, int probe) {
    now += SECOND / 10;
    return breaker.ended(end, ranNs, probe, now);
  }

  private int failuresUntilCause(CallClass end) {
    int calls = 0;
    while (calls < 10_000) {
      calls++;
      if (call(end)) {
        return calls;
      }
    }
    return -1;
  }

  @Test
  void judgesNobodyBeforeTheLeastNumberOfCalls() {
    assertThat(failuresUntilCause(CallClass.UNAVAILABLE)).isEqualTo(POLICY.minCalls());
  }

  @Test
  void fewFailuresOfFewCallsAreChance() {
    for (int i = 0; i < 17; i++) {
      assertThat(call(CallClass.OK)).isFalse();
    }
    // 3 of 20 are the very 15 %: a bare rate would cut off here.
    assertThat(call(CallClass.FATAL)).isFalse();
    assertThat(call(CallClass.FATAL)).isFalse();
    assertThat(call(CallClass.FATAL)).isFalse();
  }

  @Test
  void anOutageAfterALongGoodTimeIsNoticedWithinTwentyCalls() {
    for (int i = 0; i < 5_000; i++) {
      assertThat(call(CallClass.OK)).isFalse();
    }
    assertThat(failuresUntilCause(CallClass.UNAVAILABLE)).isBetween(5, 20);
  }

  @Test
  void whatSaysNothingOfTheTargetDoesNotCount() {
    for (int i = 0; i < 1_000; i++) {
      assertThat(call(CallClass.CANCELLED)).isFalse();
      assertThat(call(CallClass.CALLER_FAULT)).isFalse();
    }
    assertThat(breaker.failures()).isZero();
    assertThat(breaker.calls()).isEqualTo(1_000);
  }

  @Test
  void offNeverOpens() {
    use(BreakerPolicy.OFF);
    assertThat(failuresUntilCause(CallClass.FATAL)).isEqualTo(-1);
    assertThat(failuresUntilCause(CallClass.TIMED_OUT)).isEqualTo(-1);
  }

  @Test
  void slowCallsAreACauseByThemselves() {
    use(POLICY.slow(Duration.ofSeconds(2), 50));
    int calls = 0;
    boolean cause = false;
    while (!cause && calls < 100) {
      cause = call(CallClass.OK, calls++ % 2 == 0 ? 3 * SECOND : SECOND, 0);
    }
    assertThat(calls).isEqualTo(POLICY.minCalls());
  }

  @Test
  void whatIsOlderThanTheWindowIsForgotten() {
    use(POLICY.window(Duration.ofSeconds(10), 1_000));
    for (int i = 0; i < 19; i++) {
      call(CallClass.OK);
    }
    now += 20 * SECOND;
    call(CallClass.OK);
    assertThat(breaker.calls()).isEqualTo(1);
  }

  @Test
  void noMoreCallsCountThanTheWindowHolds() {
    use(POLICY.window(Duration.ofSeconds(100), 200));
    for (int i = 0; i < 5_000; i++) {
      call(CallClass.OK);
      assertThat(breaker.calls()).isLessThanOrEqualTo(200);
    }
  }

  @Test
  void staysOpenTwiceAsLongEachTimeUpToTheLongestAndAQuarterMore() {
    long[] expected = {5, 10, 20, 40, 40, 40};
    for (long seconds : expected) {
      long untilNs = breaker.open(now, 7, 1);
      assertThat(untilNs - now).isBetween(seconds * SECOND, seconds * SECOND * 5 / 4 + 1);
      assertThat(breaker.mayStart()).isFalse();
      now = untilNs;
      breaker.halfOpen();
    }
  }

  @Test
  void jitterIsDrawnByTheSeed() {
    long one = breaker.open(now, 7, 1);
    use(POLICY);
    assertThat(breaker.open(now, 7, 1)).isEqualTo(one);
    use(POLICY);
    assertThat(breaker.open(now, 8, 1)).isNotEqualTo(one);
  }

  @Test
  void halfOpenLetsItsProbesThroughAndNoMoreAndClosesWhenMostAreWell() {
    breaker.open(now, 7, 1);
    breaker.halfOpen();
    int spell = breaker.started(false);
    assertThat(breaker.started(false)).isEqualTo(spell);
    assertThat(breaker.started(false)).isEqualTo(spell);
    assertThat(breaker.mayStart()).isFalse();
    assertThat(call(CallClass.UNAVAILABLE, 0, spell)).isFalse();
    assertThat(call(CallClass.OK, 0, spell)).isFalse();
    assertThat(call(CallClass.OK, 0, spell)).isTrue();
    assertThat(breaker.isWell()).isTrue();
  }

  @Test
  void aProbeThatWasCalledOffMakesRoomForAnother() {
    breaker.open(now, 7, 1);
    breaker.halfOpen();
    int spell = breaker.started(false);
    var _ = breaker.started(false);
    var _ = breaker.started(false);
    assertThat(call(CallClass.CANCELLED, 0, spell)).isFalse();
    assertThat(breaker.mayStart()).isTrue();
  }

  // Else no call that calls its own target could ever be well.
  @Test
  void whatIsPartOfAProbeIsLetThroughAndCountsAndTakesNobodysPlace() {
    breaker.open(now, 7, 1);
    breaker.halfOpen();
    int spell = breaker.started(false);
    assertThat(breaker.started(true)).as("a part").isEqualTo(-spell);
    assertThat(breaker.probesLeft()).isEqualTo(2);
    assertThat(call(CallClass.CANCELLED, 0, -spell)).isFalse();
    assertThat(breaker.probesLeft()).as("it makes room for nobody").isEqualTo(2);
    assertThat(call(CallClass.OK, 0, -spell)).isFalse();
    assertThat(call(CallClass.UNAVAILABLE, 0, -spell)).isFalse();
    assertThat(call(CallClass.OK, 0, spell)).isTrue();
    assertThat(breaker.isWell()).isTrue();
  }

  @Test
  void onlyWhileItIsHalfOpenItHasATrial() {
    assertThat(breaker.trial()).isZero();
    breaker.open(now, 7, 1);
    assertThat(breaker.trial()).isZero();
    breaker.halfOpen();
    int first = breaker.trial();
    assertThat(first).isPositive();
    breaker.open(now, 7, 1);
    breaker.halfOpen();
    assertThat(breaker.trial()).as("the next time").isNotEqualTo(first).isPositive();
    breaker.close(now);
    assertThat(breaker.trial()).isZero();
    assertThat(breaker.started(true)).as("closed, there are no probes").isZero();
  }

  @Test
  void whatStartedBeforeTheSpellSaysNothingInIt() {
    breaker.open(now, 7, 1);
    breaker.halfOpen();
    for (int i = 0; i < 10; i++) {
      assertThat(call(CallClass.UNAVAILABLE)).isFalse();
    }
    assertThat(breaker.mayStart()).isTrue();
  }

  /** The power that the class's documentation names, drawn anew. */
  @Test
  void tellsFailingToolsFromUnluckyOnes() {
    assertThat(openedWithin(0.05, 2_000)).isLessThanOrEqualTo(0.01);
    assertThat(openedWithin(0.10, 2_000)).isLessThanOrEqualTo(0.05);
    assertThat(openedWithin(0.20, 600)).isGreaterThanOrEqualTo(0.95);
    assertThat(openedWithin(0.25, 200)).isGreaterThanOrEqualTo(0.99);
    assertThat(openedWithin(0.50, 40)).isGreaterThanOrEqualTo(0.99);
  }

  private double openedWithin(double share, int calls) {
    var random = new SplittableRandom(11);
    int seeds = 2_000;
    int opened = 0;
    for (int seed = 0; seed < seeds; seed++) {
      use(POLICY);
      for (int i = 0; i < calls; i++) {
        if (call(random.nextDouble() < share ? CallClass.FATAL : CallClass.OK)) {
          opened++;
          break;
        }
      }
    }
    return (double) opened / seeds;
  }

  @Test
  void onlyAnAgentOfItsOwnHasAnother() {
    var agent =
        new AgentEntry(
            new AgentGate("a", 0, AgentSettings.DEFAULT, EngineHarness.NOBODY),
            AgentSettings.DEFAULT);
    assertThat(agent.breaker(target)).isNull();
    agent.breaker(target, new Breaker(target, agent));
    assertThat(agent.breaker(target)).isNotNull();
    assertThat(agent.breaker(target(POLICY))).isNull();
  }

  @Test
  void offClosesByItselfWhatAnOperatorOpened() {
    use(BreakerPolicy.OFF);
    breaker.forceOpen(now);
    breaker.halfOpen();
    int spell = breaker.started(false);
    var _ = breaker.started(false);
    assertThat(call(CallClass.TIMED_OUT, 60 * SECOND, spell)).isFalse();
    assertThat(call(CallClass.TIMED_OUT, 60 * SECOND, spell)).isTrue();
    assertThat(breaker.isWell()).as("where nothing counts, no probe fails").isTrue();
  }

  @Test
  void slowCallsAreACauseWhereNoFailureCounts() {
    use(POLICY.counted(Set.of()).slow(Duration.ofSeconds(2), 50));
    boolean cause = false;
    for (int i = 0; i < 20; i++) {
      cause |= call(CallClass.OK, 3 * SECOND, 0);
    }
    assertThat(cause).isTrue();
  }

  private Breaker ofAgent(int index, int failures) {
    var gate = new AgentGate("a" + index, index, AgentSettings.DEFAULT, EngineHarness.NOBODY);
    var ofAgent = new Breaker(target, new AgentEntry(gate, AgentSettings.DEFAULT));
    for (int i = 0; i < failures; i++) {
      boolean _ = ofAgent.ended(CallClass.FATAL, 0, 0, now);
    }
    target.add(ofAgent);
    return ofAgent;
  }

  @Test
  void aTargetKnowsWhichAgentFailsMost() {
    assertThat(target.worstAgents()).isNull();
    Breaker third = ofAgent(3, 2);
    Breaker first = ofAgent(1, 1);
    Breaker second = ofAgent(2, 2);
    assertThat(target.worstAgents()).as("of two alike the one before").isSameAs(second);
    target.remove(second);
    assertThat(target.worstAgents()).isSameAs(third);
    target.remove(third);
    assertThat(target.worstAgents()).isSameAs(first);
    target.remove(first);
    assertThat(target.worstAgents()).isNull();
  }
}
