package io.headgate.engine;

import static io.headgate.engine.EngineHarness.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.BreakerPolicy;
import io.headgate.CallClass;
import io.headgate.RetryPolicy;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineHarness.FakeJob;
import io.headgate.engine.EngineHarness.FakeTask;
import java.time.Duration;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Whether a failed attempt is followed by another, and when. */
final class RetryTest {
  private static final RetryPolicy POLICY =
      RetryPolicy.DEFAULT.backoff(Duration.ofSeconds(1), Duration.ofSeconds(8)).budget(10, 5);

  private EngineHarness engine = new EngineHarness(s -> s.maxInFlight(4).maxWaiting(100));
  private AgentGate agent = engine.agent();
  private TargetGate target = target(POLICY, t -> t);
  private FakeJob job = engine.job();

  private TargetGate target(RetryPolicy policy, UnaryOperator<TargetSettings> change) {
    return engine.target(
        t ->
            change.apply(
                t.retry(policy).breaker(BreakerPolicy.OFF).agentBreaker(BreakerPolicy.OFF)));
  }

  private FakeTask failed(CallClass end) {
    FakeTask task = engine.submit(job, agent, target);
    engine.fail(task, end);
    return task;
  }

  @Test
  void startsAgainAfterABackoffWithinItsBounds() {
    FakeTask task = failed(CallClass.UNAVAILABLE);
    assertThat(task.ending).isNull();
    assertThat(engine.engine.ledger().waiting()).isEqualTo(1);
    assertThat(engine.engine.ledger().running()).isZero();
    engine.advance(SECOND + 1);
    assertThat(task.attempts).isEqualTo(2);
    engine.finish(task);
    assertThat(task.ending).isEqualTo(Ending.COMPLETED);
    engine.assertAtRest();
  }

  @Test
  void theBackoffGrowsToItsCapAndIsSpreadEvenly() {
    target = target(POLICY.maxAttempts(20).budget(100, 1_000), t -> t);
    long sum = 0;
    int tasks = 20;
    for (int i = 0; i < tasks; i++) {
      FakeTask task = engine.submit(job, agent, target);
      for (int attempt = 1; attempt <= 6; attempt++) {
        long boundNs = Math.min(8, 1L << (attempt - 1)) * SECOND;
        long failedNs = engine.now;
        engine.fail(task, CallClass.UNAVAILABLE);
        engine.advance(failedNs + boundNs + 1);
        assertThat(task.attempts).isEqualTo(attempt + 1);
        assertThat(task.startedNs - failedNs).isBetween(0L, boundNs);
        sum += attempt == 6 ? task.startedNs - failedNs : 0;
      }
      engine.finish(task);
    }
    assertThat(sum / tasks).isBetween(2 * SECOND, 6 * SECOND);
  }

  @Test
  void onlyWhatThePolicyNamesIsTriedAgain() {
    for (CallClass end : CallClass.values()) {
      FakeTask task = failed(end);
      boolean again = end == CallClass.REJECTED || end == CallClass.UNAVAILABLE;
      assertThat(task.ending == null).as(end.name()).isEqualTo(again);
      engine.cancel(task);
    }
    engine.assertAtRest();
  }

  @Test
  void noMoreAttemptsThanAllowed() {
    FakeTask task = failed(CallClass.UNAVAILABLE);
    engine.advance(10 * SECOND);
    engine.fail(task, CallClass.UNAVAILABLE);
    engine.advance(20 * SECOND);
    assertThat(task.attempts).isEqualTo(3);
    engine.fail(task, CallClass.UNAVAILABLE);
    assertThat(task.ending).isEqualTo(Ending.FAILED);
    // What its last attempt had taken once more is given back.
    assertThat(engine.log).contains("unused " + task.taskId());
  }

  @Test
  void notWithoutTokens() {
    FakeTask task = engine.submit(job, agent, target);
    engine.fail(task, CallClass.UNAVAILABLE, 0, false);
    assertThat(task.ending).isEqualTo(Ending.FAILED);
  }

  @Test
  void retryAfterIsHonouredAndPausesTheTarget() {
    FakeTask task = engine.submit(job, agent, target);
    engine.fail(task, CallClass.REJECTED, 7 * SECOND, true);
    FakeTask other = engine.submit(job, agent, target);
    assertThat(other.attempts).isZero();
    assertThat(target.cutoff()).isNotNull();
    engine.advance(7 * SECOND);
    assertThat(task.attempts).isEqualTo(1);
    engine.advance(7 * SECOND + 1);
    assertThat(task.attempts).isEqualTo(2);
    assertThat(other.startedNs).isEqualTo(7 * SECOND);
    assertThat(target.cutoff()).isNull();
  }

  @Test
  void aPauseIsNoLongerThanTheTargetsSettingsAllow() {
    target = target(POLICY, t -> t.maxPause(Duration.ofSeconds(2)));
    FakeTask task = engine.submit(job, agent, target);
    engine.fail(task, CallClass.REJECTED, 3_600 * SECOND, false);
    FakeTask other = engine.submit(job, agent, target);
    engine.advance(2 * SECOND + 1);
    assertThat(task.ending).isEqualTo(Ending.FAILED);
    assertThat(other.attempts).isEqualTo(1);
  }

  @Test
  void neverPastTheTtlOrTheDeadlineLessATypicalRun() {
    target = target(POLICY.backoff(Duration.ofHours(1), Duration.ofHours(1)), t -> t);
    FakeTask late = engine.submit(job, agent, target, o -> o.ttl(SECOND));
    engine.fail(late, CallClass.UNAVAILABLE);
    assertThat(late.ending).isEqualTo(Ending.FAILED);
    job = engine.jobUntil(SECOND);
    assertThat(failed(CallClass.UNAVAILABLE).ending).isEqualTo(Ending.FAILED);
  }

  @Test
  void theRetryThatExpiresGivesTheLastAnswer() {
    target = target(POLICY, t -> t.maxInFlight(1));
    FakeTask task = engine.submit(job, agent, target, o -> o.ttl(2 * SECOND));
    FakeTask blocker = engine.submit(job, agent, target);
    engine.fail(task, CallClass.UNAVAILABLE);
    assertThat(blocker.attempts).isEqualTo(1);
    engine.advance(2 * SECOND + 1);
    assertThat(task.ending).isEqualTo(Ending.FAILED);
    engine.finish(blocker);
    engine.assertAtRest();
  }

  @Test
  void notAboveTheWatermark() {
    target = target(POLICY.watermarkPercent(10), t -> t);
    FakeTask[] running = new FakeTask[4];
    for (int i = 0; i < 4; i++) {
      running[i] = engine.submit(job, agent, target);
    }
    for (int i = 0; i < 12; i++) {
      engine.submit(job, agent, target);
    }
    engine.fail(running[0], CallClass.UNAVAILABLE); // 12 of 100 wait: no
    assertThat(running[0].ending).isEqualTo(Ending.FAILED);
    engine.fail(running[1], CallClass.UNAVAILABLE); // 11
    engine.fail(running[2], CallClass.UNAVAILABLE); // 10
    assertThat(running[2].ending).isEqualTo(Ending.FAILED);
    engine.fail(running[3], CallClass.UNAVAILABLE); // 9: yes
    assertThat(running[3].ending).isNull();
  }

  @Test
  void theBudgetIsAShareOfFirstAttemptsAndAFewAMinute() {
    target = target(POLICY.budget(10, 2), t -> t);
    int again = 0;
    int calls = 1_000;
    for (int i = 0; i < calls; i++) {
      FakeTask task = engine.submit(job, agent, target);
      engine.fail(task, CallClass.UNAVAILABLE);
      if (task.ending == null) {
        again++;
        engine.cancel(task);
      }
    }
    assertThat(again).isBetween(100, 102);
    engine.advance(engine.now + 60 * SECOND);
    int more = 0;
    for (int i = 0; i < 5; i++) {
      FakeTask task = failed(CallClass.UNAVAILABLE);
      more += task.ending == null ? 1 : 0;
    }
    assertThat(more).isBetween(2, 3);
  }

  @Test
  void aTimeOutIsTriedAgainOnceItsThreadHasEnded() {
    target =
        target(POLICY.retried(Set.of(CallClass.TIMED_OUT)), t -> t.timeout(Duration.ofSeconds(10)));
    FakeTask task = engine.submit(job, agent, target);
    engine.advance(10 * SECOND + 1);
    assertThat(task.stops).isEqualTo(1);
    assertThat(task.ending).isNull();
    engine.fail(task, CallClass.TIMED_OUT);
    engine.advance(12 * SECOND);
    assertThat(task.attempts).isEqualTo(2);
    engine.advance(30 * SECOND);
    assertThat(task.stops).isEqualTo(2);
    // Deaf: after a second of grace the time-out is final.
    assertThat(task.ending).isEqualTo(Ending.TIMED_OUT_TIMEOUT);
  }

  @Test
  void whatBacksOffIsCancelledWithItsJobItsAgentOrByItsCaller() {
    FakeTask one = failed(CallClass.UNAVAILABLE);
    engine.cancel(one);
    assertThat(one.ending).isEqualTo(Ending.CANCELLED_CALLER);
    FakeTask two = failed(CallClass.UNAVAILABLE);
    engine.engine.jobClosed(engine.now, job);
    assertThat(two.ending).isEqualTo(Ending.CANCELLED_JOB_CLOSED);
    job = engine.job();
    FakeTask three = failed(CallClass.UNAVAILABLE);
    engine.engine.agentRemoved(engine.now, agent);
    assertThat(three.ending).isEqualTo(Ending.CANCELLED_REMOVED);
    engine.assertAtRest();
  }

  @Test
  void notWhileItsTargetIsCutOff() {
    engine = new EngineHarness(s -> s.maxInFlight(4).maxWaiting(100));
    agent = engine.agent();
    job = engine.job();
    target = engine.target(t -> t.retry(POLICY.budget(100, 1_000)).agentBreaker(BreakerPolicy.OFF));
    FakeTask last = null;
    for (int i = 0; i < 200 && target.cutoff() == null; i++) {
      last = engine.submit(job, agent, target);
      engine.fail(last, CallClass.UNAVAILABLE);
      if (last.ending == null) {
        engine.cancel(last);
      }
    }
    assertThat(target.cutoff()).isNotNull();
    assertThat(last).isNotNull();
    assertThat(last.ending).isEqualTo(Ending.FAILED);
  }

  @Test
  void oneAgentsFailuresCutItOffAndLeaveTheTargetOpenForOthers() {
    target = engine.target(t -> t);
    AgentGate other = engine.agent();
    for (int i = 0; i < 60; i++) {
      FakeTask good = engine.submit(job, other, target);
      engine.finish(good);
      if (agent.cutoff(target.index()) == null) {
        FakeTask bad = engine.submit(job, agent, target);
        engine.fail(bad, CallClass.FATAL, 0, false);
      }
    }
    assertThat(agent.cutoff(target.index())).isNotNull();
    assertThat(other.cutoff(target.index())).isNull();
    assertThat(target.cutoff()).isNull();
    FakeTask waits = engine.submit(job, agent, target);
    assertThat(waits.attempts).isZero();
    engine.advance(engine.now + 10 * SECOND); // half open: it is a probe
    assertThat(waits.attempts).isEqualTo(1);
  }

  @Test
  void aTargetThatFailsForEverybodyIsCutOffAndComesBackByItself() {
    target = engine.target(t -> t);
    AgentGate other = engine.agent();
    int calls = 0;
    while (target.cutoff() == null && calls < 500) {
      AgentGate caller = calls++ % 2 == 0 ? agent : other;
      if (caller.cutoff(target.index()) == null) {
        engine.fail(engine.submit(job, caller, target), CallClass.UNAVAILABLE, 0, false);
      }
    }
    assertThat(target.cutoff()).isNotNull();
    engine.advance(engine.now + 8 * SECOND);
    for (int probe = 0; probe < 4; probe++) {
      FakeTask task = engine.submit(job, probe % 2 == 0 ? agent : other, target);
      if (task.attempts == 1) {
        engine.finish(task);
      }
    }
    assertThat(target.cutoff()).isNull();
  }

  @Test
  void whatSucceedsSaysHowLongARetryTakes() {
    learnsTenSeconds();
    for (int i = 0; i < 30; i++) {
      FakeTask quick = engine.submit(job, agent, target);
      engine.at(engine.now + SECOND / 100).fail(quick, CallClass.FATAL, 0, false);
    }
    FakeTask last = engine.submit(engine.jobUntil(engine.now + 5 * SECOND), agent, target);
    engine.fail(last, CallClass.UNAVAILABLE);
    assertThat(last.ending).as("ten seconds do not fit into five").isEqualTo(Ending.FAILED);
  }

  /** Ten seconds, as the target's good calls take. */
  private void learnsTenSeconds() {
    for (int i = 0; i < 20; i++) {
      FakeTask good = engine.submit(job, agent, target);
      engine.advance(engine.now + 10 * SECOND);
      engine.finish(good);
    }
  }

  @Test
  void aRetryThatHasWaitedForTooLongToBeDoneIsNotTried() {
    target = target(POLICY, t -> t.maxInFlight(1));
    learnsTenSeconds();
    long dueNs = engine.now + 30 * SECOND;
    FakeJob until = engine.jobUntil(dueNs);
    FakeTask task = engine.submit(until, agent, target);
    FakeTask blocker = engine.submit(job, agent, target);
    engine.fail(task, CallClass.UNAVAILABLE); // thirty seconds are left, and ten are needed
    assertThat(task.ending).isNull();
    assertThat(blocker.attempts).isEqualTo(1);
    engine.advance(dueNs - 8 * SECOND);
    assertThat(task.ending).as("it waits, and nobody has looked").isNull();
    engine.finish(blocker); // 18 s weigh an eighth: what is typical is 11 s or so
    assertThat(task.attempts).isEqualTo(1);
    assertThat(task.ending).isEqualTo(Ending.FAILED);
    assertThat(engine.engine.ledger().retries()).isEqualTo(1);
    engine.assertAtRest();
  }

  @Test
  void aRetryThatHasWaitedAndCanBeDoneIsTried() {
    target = target(POLICY, t -> t.maxInFlight(1));
    learnsTenSeconds();
    FakeJob until = engine.jobUntil(engine.now + 30 * SECOND);
    FakeTask task = engine.submit(until, agent, target);
    FakeTask blocker = engine.submit(job, agent, target);
    engine.fail(task, CallClass.UNAVAILABLE);
    engine.advance(engine.now + 15 * SECOND);
    engine.finish(blocker);
    assertThat(task.attempts).isEqualTo(2);
    engine.finish(task);
    assertThat(task.ending).isEqualTo(Ending.COMPLETED);
  }

  @Test
  void aFirstAttemptIsTriedHoweverLittleTimeIsLeft() {
    target = target(POLICY, t -> t.maxInFlight(1));
    learnsTenSeconds();
    FakeTask blocker = engine.submit(job, agent, target);
    FakeTask task = engine.submit(engine.jobUntil(engine.now + 30 * SECOND), agent, target);
    engine.advance(engine.now + 29 * SECOND);
    engine.finish(blocker);
    assertThat(task.attempts).isEqualTo(1);
  }

  @Test
  void anAgentsFloorIsNotLostByCallsOfATargetWithoutOne() {
    TargetGate without = target(RetryPolicy.OFF.budget(0, 0), t -> t);
    for (int i = 0; i < 120; i++) {
      engine.advance(engine.now + SECOND);
      engine.finish(engine.submit(job, agent, without));
    }
    target = target(POLICY.budget(0, 3), t -> t);
    assertThat(failed(CallClass.UNAVAILABLE).ending).isNull();
  }
}
