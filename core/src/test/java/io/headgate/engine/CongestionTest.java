package io.headgate.engine;

import static io.headgate.engine.EngineHarness.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.BreakerPolicy;
import io.headgate.CallClass;
import io.headgate.ConcurrencyPolicy;
import io.headgate.RetryPolicy;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineHarness.FakeJob;
import io.headgate.engine.EngineHarness.FakeTask;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whose a call is that was rejected, or timed out: the limit's, or the breaker's. */
final class CongestionTest {
  private static final int AT_ONCE = 20;
  private static final int FEW = 4;
  private static final int MANY = 8;
  private static final ConcurrencyPolicy LIMIT = ConcurrencyPolicy.DEFAULT.first(AT_ONCE);

  private final EngineHarness h = new EngineHarness(s -> s.maxInFlight(1_000).maxWaiting(1_000));
  private final AgentGate agent = h.agent();
  private final FakeJob job = h.job();

  private TargetGate target(ConcurrencyPolicy limit, UnaryOperator<BreakerPolicy> breaker) {
    return h.target(
        t ->
            t.concurrency(limit)
                .retry(RetryPolicy.OFF)
                .breaker(breaker.apply(BreakerPolicy.DEFAULT)));
  }

  /** Rounds of some calls at once, of which the last ones are lost and the others are well. */
  private void rounds(TargetGate target, int rounds, int atOnce, int lost, CallClass end) {
    rounds(agent, target, rounds, atOnce, lost, end, 0);
  }

  private void rounds(
      AgentGate agent,
      TargetGate target,
      int rounds,
      int atOnce,
      int lost,
      CallClass end,
      long retryAfterNs) {
    for (int round = 0; round < rounds; round++) {
      int before = h.started.size();
      for (int i = 0; i < atOnce; i++) {
        h.submit(job, agent, target);
      }
      h.advance(h.now + 2 * SECOND);
      for (int i = before; i < h.started.size(); i++) {
        if (i >= before + atOnce - lost) {
          h.fail(h.started.get(i), end, retryAfterNs, false);
        } else {
          h.finish(h.started.get(i));
        }
      }
      h.advance(h.now + 2 * SECOND);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"REJECTED", "TIMED_OUT"})
  void aShareOfThemIsTheLimits(CallClass end) {
    TargetGate target = target(LIMIT, b -> b);
    rounds(target, 3, AT_ONCE, 0, end); // what is uncongested is known by then
    rounds(target, 2, AT_ONCE, MANY, end);
    assertThat(h.engine.breakerOf(target)).isEqualTo("CLOSED");
    assertThat(h.engine.cutOffFrom(agent)).isEmpty();
    TargetGate unlimited = target(ConcurrencyPolicy.OFF, b -> b);
    rounds(unlimited, 3, AT_ONCE, 0, end);
    rounds(unlimited, 2, AT_ONCE, MANY, end);
    assertThat(h.engine.cutOffFrom(agent)).as("without a limit").isNotEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"REJECTED", "TIMED_OUT"})
  void mostOfThemAreTrouble(CallClass end) {
    TargetGate target = target(LIMIT, b -> b);
    rounds(target, 3, AT_ONCE, 0, end);
    // Before the limit looks whether fewer at once fare better.
    rounds(target, end == CallClass.REJECTED ? 3 : 2, AT_ONCE, AT_ONCE, end);
    assertThat(h.engine.cutOffFrom(agent)).isNotEmpty();
  }

  @Test
  void oneAgentsTroubleIsItsOwnBreakersHoweverManyOthersAreWell() {
    TargetGate target = target(LIMIT, b -> b);
    AgentGate ill = h.agent();
    for (int round = 0; round < 9; round++) {
      int before = h.started.size();
      for (int i = 0; i < AT_ONCE; i++) {
        h.submit(job, i < AT_ONCE - MANY ? agent : ill, target);
      }
      h.advance(h.now + 2 * SECOND);
      for (int i = before; i < h.started.size(); i++) {
        if (round >= 3 && h.started.get(i).agentGate() == ill) {
          h.fail(h.started.get(i), CallClass.REJECTED, 0, false);
        } else {
          h.finish(h.started.get(i));
        }
      }
    }
    assertThat(h.engine.cutOffFrom(ill)).isNotEmpty();
    assertThat(h.engine.cutOffFrom(agent)).isEmpty();
    assertThat(h.engine.breakerOf(target)).isEqualTo("CLOSED");
  }

  @Test
  void thatFewerAtOnceTimeOutAsWellIsTrouble() {
    TargetGate target = target(LIMIT, b -> b);
    rounds(target, 12, AT_ONCE, FEW, CallClass.TIMED_OUT); // also while the base was looked for
    assertThat(h.engine.cutOffFrom(agent)).isNotEmpty();
  }

  @Test
  void whereFewRunNothingIsCongested() {
    TargetGate target = target(LIMIT, b -> b);
    rounds(target, 100, 1, 0, CallClass.REJECTED);
    for (int i = 0; i < 40; i++) {
      rounds(target, 1, 1, 1, CallClass.REJECTED);
      rounds(target, 1, 1, 0, CallClass.REJECTED);
    }
    assertThat(h.engine.cutOffFrom(agent)).isNotEmpty();
  }

  @Test
  void aLimitThatCannotGoDownAnswersNothing() {
    TargetGate target = target(LIMIT.least(AT_ONCE), b -> b);
    rounds(target, 8, AT_ONCE, FEW, CallClass.REJECTED);
    assertThat(h.engine.cutOffFrom(agent)).isNotEmpty();
  }

  @Test
  void whatIsOutIsNoCongestionUnlessItSaysWhenItIsBack() {
    TargetGate target = target(LIMIT, b -> b);
    rounds(agent, target, 8, AT_ONCE, FEW, CallClass.UNAVAILABLE, 1);
    assertThat(h.engine.cutOffFrom(agent)).isEmpty();
    TargetGate out = target(LIMIT.maxLostPercent(0), b -> b);
    rounds(agent, out, 8, AT_ONCE, FEW, CallClass.UNAVAILABLE, 0);
    assertThat(h.engine.cutOffFrom(agent)).isNotEmpty();
  }

  // Half of it is gone, and the other half answers: to cut it off as well would help nobody.
  @Test
  void aPartOfATargetThatIsOutDoesNotCutOffTheRest() {
    CallClass end = CallClass.UNAVAILABLE;
    TargetGate target = target(LIMIT, b -> b);
    rounds(target, 3, AT_ONCE, 0, end);
    List<FakeTask> lost = new ArrayList<>();
    int seen = h.started.size();
    for (int round = 0; round < 40; round++) {
      for (int i = 0; i < AT_ONCE; i++) {
        h.submit(job, agent, target);
      }
      h.advance(h.now + 2 * SECOND);
      for (; seen < h.started.size(); seen++) {
        if (seen % 2 == 0) {
          lost.add(h.started.get(seen));
        } else {
          h.finish(h.started.get(seen));
        }
      }
      if (round % 5 == 4) { // all that were lost end together, long after the others
        h.advance(h.now + 10 * SECOND);
        lost.forEach(call -> h.fail(call, end, 0, false));
        lost.clear();
      }
    }
    assertThat(h.engine.breakerOf(target)).isEqualTo("CLOSED");
    assertThat(h.engine.cutOffFrom(agent)).isEmpty();
    for (int i = 0; i < 400; i++) {
      h.submit(job, agent, target);
    }
    for (; seen < h.started.size(); seen++) {
      h.advance(h.now + SECOND / 10);
      h.fail(h.started.get(seen), end, 0, false);
    }
    assertThat(h.engine.cutOffFrom(agent)).as("all of it").isNotEmpty();
  }

  @Test
  void whoseOwnCallsAreOutIsCutOffAndTheOthersAreNot() {
    TargetGate target = target(LIMIT, b -> b);
    AgentGate other = h.agent();
    rounds(agent, target, 3, AT_ONCE, 0, CallClass.UNAVAILABLE, 0);
    for (int round = 0; round < 20 && h.engine.cutOffFrom(agent).isEmpty(); round++) {
      rounds(agent, target, 1, AT_ONCE, AT_ONCE / 2, CallClass.UNAVAILABLE, 0);
      rounds(other, target, 2, AT_ONCE, 0, CallClass.UNAVAILABLE, 0);
    }
    assertThat(h.engine.cutOffFrom(agent)).isNotEmpty();
    assertThat(h.engine.cutOffFrom(other)).isEmpty();
    assertThat(h.engine.breakerOf(target)).isEqualTo("CLOSED");
  }

  @Test
  void ofOnePauseOneRejectionCounts() {
    TargetGate target = target(LIMIT, b -> b);
    rounds(agent, target, 3, AT_ONCE, 0, CallClass.REJECTED, 0);
    rounds(agent, target, 3, AT_ONCE, AT_ONCE / 2, CallClass.REJECTED, SECOND);
    assertThat(h.engine.breakerOf(target)).isEqualTo("CLOSED");
    assertThat(h.engine.cutOffFrom(agent)).isEmpty();
    rounds(agent, target, 60, AT_ONCE, AT_ONCE, CallClass.REJECTED, SECOND);
    assertThat(h.engine.cutOffFrom(agent)).as("it rejects all for good").isNotEmpty();
  }
}
