package io.headgate.engine;

import static io.headgate.engine.EngineHarness.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.BreakerPolicy;
import io.headgate.CallClass;
import io.headgate.HedgePolicy;
import io.headgate.RetryPolicy;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineHarness.FakeJob;
import io.headgate.engine.EngineHarness.FakeTask;
import java.time.Duration;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When a slow call is made a second time beside the first, and what becomes of both. */
final class HedgeTest {
  /** By an eighth, and a quarter of a millisecond. */
  private static final long SLOW_NS = SECOND + SECOND / 8 + 300_000;

  private final EngineHarness engine = new EngineHarness(s -> s.maxInFlight(4).maxWaiting(100));
  private final AgentGate agent = engine.agent();
  private final FakeJob job = engine.job();
  private TargetGate target = target(t -> t);

  private TargetGate target(UnaryOperator<TargetSettings> change) {
    return engine.target(
        t ->
            change.apply(
                t.hedge(HedgePolicy.DEFAULT)
                    .retry(RetryPolicy.OFF.budget(10, 60))
                    .timeout(Duration.ofMinutes(1))
                    .breaker(BreakerPolicy.OFF)
                    .agentBreaker(BreakerPolicy.OFF)));
  }

  // Its calls take a second each.
  @BeforeEach
  void learn() {
    learn(20);
  }

  private void learn(int calls) {
    for (int i = 0; i < calls; i++) {
      FakeTask task = submit();
      engine.at(engine.now + SECOND);
      engine.finish(task);
    }
  }

  private FakeTask submit() {
    return engine.submit(job, agent, target, o -> o.idempotent());
  }

  private boolean isAsked(FakeTask task) {
    return engine.log.contains("hedge " + task.taskId() + " " + task.deadlineNs);
  }

  private FakeTask slow() {
    FakeTask task = submit();
    engine.advance(engine.now + SLOW_NS);
    assertThat(isAsked(task)).isTrue();
    return task;
  }

  @Test
  void isAskedForAfterThePercentileAndNotBefore() {
    FakeTask task = submit();
    engine.advance(engine.now + SECOND);
    assertThat(isAsked(task)).isFalse();
    engine.advance(engine.now + SECOND / 8 + 300_000);
    assertThat(isAsked(task)).isTrue();
  }

  @Test
  void isNotAskedForByWhatMustNotBeCalledTwice() {
    FakeTask task = engine.submit(job, agent, target);
    engine.advance(engine.now + 10 * SLOW_NS);
    assertThat(isAsked(task)).isFalse();
  }

  @Test
  void isNotAskedForBeforeEnoughIsKnown() {
    target = target(t -> t);
    learn(19);
    FakeTask task = submit();
    engine.advance(engine.now + 10 * SLOW_NS);
    assertThat(isAsked(task)).isFalse();
  }

  @Test
  void isOffUnlessAskedFor() {
    target = target(t -> t.hedge(HedgePolicy.OFF));
    learn(30);
    FakeTask task = submit();
    engine.advance(engine.now + 10 * SLOW_NS);
    assertThat(isAsked(task)).isFalse();
  }

  @Test
  void aPolicyThatChangesHoldsForWhatRuns() {
    FakeTask task = submit();
    change(HedgePolicy.DEFAULT.minCalls(21));
    engine.advance(engine.now + SLOW_NS);
    assertThat(isAsked(task)).as("more calls are wanted now").isFalse();
    change(HedgePolicy.DEFAULT.minCalls(20));
    engine.advance(engine.now + 1);
    assertThat(isAsked(task)).as("it has been slow for long").isTrue();
  }

  @Test
  void whatIsDueWhileItJoinsIsAskedForAfterThat() {
    FakeTask task = submit();
    FakeTask other = engine.submit(job, agent, target);
    engine.join(task, 1, other);
    engine.advance(engine.now + SLOW_NS);
    assertThat(isAsked(task)).as("it holds no permit").isFalse();
    engine.finish(other);
    assertThat(isAsked(task)).isTrue();
  }

  private void change(HedgePolicy hedge) {
    engine.engine.targetReconfigured(engine.now, target, TargetSettings.DEFAULT.hedge(hedge));
  }

  @Test
  void theFasterOneAnswersAndTheOtherIsStopped() {
    FakeTask task = slow();
    FakeTask hedge = engine.hedge(task);
    assertThat(hedge.startedNs).isEqualTo(engine.now);
    assertThat(hedge.deadlineNs).isEqualTo(task.deadlineNs);
    assertThat(engine.engine.ledger().running()).isEqualTo(2);
    engine.finish(hedge);
    assertThat(engine.log).contains("hedge " + hedge.taskId() + " won for " + task.taskId());
    assertThat(task.ending).isEqualTo(Ending.COMPLETED);
    assertThat(task.stops).isEqualTo(1);
    assertThat(hedge.ending).isNull();
    engine.finish(task);
    assertThat(engine.engine.ledger().hedges()).isEqualTo(1);
    assertThat(engine.engine.ledger().hedgesWon()).isEqualTo(1);
    engine.assertAtRest();
  }

  @Test
  void theFirstOneAnswersAndTheSecondIsStopped() {
    FakeTask task = slow();
    FakeTask hedge = engine.hedge(task);
    engine.finish(task);
    assertThat(task.ending).isEqualTo(Ending.COMPLETED);
    assertThat(hedge.stops).isEqualTo(1);
    engine.finish(hedge);
    assertThat(engine.engine.ledger().hedgesWon()).isZero();
    assertThat(engine.ended).doesNotContain(hedge);
    engine.assertAtRest();
  }

  @Test
  void aHedgeThatFailsChangesNothing() {
    FakeTask task = slow();
    FakeTask hedge = engine.hedge(task);
    engine.fail(hedge, CallClass.UNAVAILABLE, 0, false);
    assertThat(task.ending).isNull();
    assertThat(task.stops).isZero();
    engine.finish(task);
    assertThat(task.ending).isEqualTo(Ending.COMPLETED);
    engine.assertAtRest();
  }

  @Test
  void aFirstThatFailsLeavesItsTaskToTheSecond() {
    FakeTask task = slow();
    FakeTask hedge = engine.hedge(task);
    engine.fail(task, CallClass.UNAVAILABLE, 0, false);
    assertThat(task.ending).isNull();
    assertThat(engine.engine.ledger().running()).isEqualTo(1);
    engine.finish(hedge);
    assertThat(task.ending).isEqualTo(Ending.COMPLETED);
    assertThat(task.stops).isZero();
    engine.assertAtRest();
  }

  @Test
  void bothFail() {
    FakeTask task = slow();
    FakeTask hedge = engine.hedge(task);
    engine.fail(task, CallClass.UNAVAILABLE, 0, false);
    engine.fail(hedge, CallClass.UNAVAILABLE, 0, false);
    assertThat(task.ending).isEqualTo(Ending.FAILED);
    engine.assertAtRest();
  }

  @Test
  void whatIsLeftToItsHedgeCanBeCancelled() {
    FakeTask task = slow();
    FakeTask hedge = engine.hedge(task);
    engine.fail(task, CallClass.UNAVAILABLE, 0, false);
    engine.cancel(task);
    assertThat(task.ending).isEqualTo(Ending.CANCELLED_CALLER);
    assertThat(hedge.stops).isEqualTo(1);
    engine.finish(hedge);
    engine.assertAtRest();
  }

  @Test
  void whatTheCallerDidWrongIsNotLeftToTheHedge() {
    FakeTask task = slow();
    FakeTask hedge = engine.hedge(task);
    engine.fail(task, CallClass.CALLER_FAULT, 0, false);
    assertThat(task.ending).isEqualTo(Ending.FAILED);
    engine.finish(hedge);
    engine.assertAtRest();
  }

  @Test
  void aRetryGoesOnBesideTheHedge() {
    target =
        target(
            t ->
                t.retry(
                    RetryPolicy.DEFAULT
                        .budget(10, 60)
                        .backoff(Duration.ofSeconds(1), Duration.ofSeconds(1))));
    learn(20);
    FakeTask task = slow();
    FakeTask hedge = engine.hedge(task);
    engine.fail(task, CallClass.UNAVAILABLE);
    assertThat(engine.engine.ledger().waiting()).isEqualTo(1);
    engine.finish(hedge);
    assertThat(task.ending).isEqualTo(Ending.COMPLETED);
    assertThat(task.endedWaiting).isTrue();
    engine.assertAtRest();
  }

  @Test
  void bothEndAtTheDeadlineOfTheFirst() {
    FakeTask task = slow();
    FakeTask hedge = engine.hedge(task);
    engine.advance(task.deadlineNs + 1);
    assertThat(task.ending).isEqualTo(Ending.TIMED_OUT_TIMEOUT);
    assertThat(hedge.stops).isEqualTo(1);
    engine.finish(task);
    engine.finish(hedge);
    engine.assertAtRest();
  }

  @Test
  void aHedgeThatTimesOutCountsAsTimedOut() {
    target =
        target(
            t ->
                t.breaker(
                    BreakerPolicy.DEFAULT
                        .failures(100, 1)
                        .counted(Set.of(CallClass.TIMED_OUT))
                        .slow(Duration.ofHours(1), 1)
                        .window(Duration.ofHours(1), 1)));
    learn(20);
    FakeTask task = slow();
    FakeTask hedge = engine.hedge(task);
    engine.fail(task, CallClass.BAD_ANSWER, 0, false);
    assertThat(task.ending).isNull();
    assertThat(engine.engine.breakerOf(target)).isEqualTo("CLOSED");
    engine.advance(hedge.deadlineNs + 1);
    assertThat(task.ending).isEqualTo(Ending.FAILED);
    assertThat(engine.engine.breakerOf(target)).as("a timed out call is slow").isEqualTo("OPEN");
  }

  @Test
  void aClosedJobEndsBoth() {
    FakeTask running = slow();
    FakeTask hedge = engine.hedge(running);
    FakeTask left = slow();
    FakeTask second = engine.hedge(left);
    engine.fail(left, CallClass.UNAVAILABLE, 0, false);
    engine.engine.jobClosed(engine.now, job);
    assertThat(running.ending).isEqualTo(Ending.CANCELLED_JOB_CLOSED);
    assertThat(left.ending).isEqualTo(Ending.CANCELLED_JOB_CLOSED);
    engine.finish(running);
    engine.finish(hedge);
    assertThat(job.retired).isZero();
    engine.finish(second);
    assertThat(job.retired).isEqualTo(1);
    engine.assertAtRest();
  }

  @Test
  void oneThatNeverStartedGivesAllBack() {
    FakeTask task = slow();
    FakeTask[] others = new FakeTask[3];
    for (int i = 0; i < others.length; i++) {
      others[i] = engine.submit(job, agent, target);
    }
    FakeTask hedge = engine.hedge(task);
    assertThat(engine.engine.ledger().waiting()).isEqualTo(1);
    engine.finish(task);
    assertThat(engine.log).contains("hedge " + hedge.taskId() + " over true");
    for (FakeTask other : others) {
      engine.finish(other);
    }
    assertThat(hedge.startedNs).isNegative();
    engine.assertAtRest();
  }

  @Test
  void oneThatComesTooLateIsGivenBack() {
    FakeTask task = slow();
    engine.finish(task);
    FakeTask hedge = engine.hedge(task);
    assertThat(engine.log).contains("hedge " + hedge.taskId() + " over true");
    engine.assertAtRest();
  }

  // Admission was so slow that the attempt beside which it was to run has failed, and the next
  // runs.
  @Test
  void oneOfAnAttemptBeforeIsGivenBackWhenItsTimeIsOver() {
    target = target(t -> t.retry(RetryPolicy.DEFAULT.budget(100, 60)));
    learn(20);
    FakeTask task = slow();
    var hedge = new FakeTask(task, engine.now, task.deadlineNs, 1_000_000);
    long first = task.startedNs;
    engine.at(task.deadlineNs - 1);
    engine.fail(task, CallClass.UNAVAILABLE);
    engine.advance(engine.now + SECOND);
    assertThat(task.startedNs).as("the second attempt's").isGreaterThan(first);
    engine.engine.hedgeAdmitted(engine.now, hedge, task);
    assertThat(engine.log).contains("hedge " + hedge.taskId() + " over true");
  }

  @Test
  void spendsOfTheRetryBudget() {
    target = target(t -> t.retry(RetryPolicy.OFF.budget(0, 1)));
    learn(20);
    FakeTask task = slow();
    FakeTask hedge = engine.hedge(task);
    engine.finish(hedge);
    engine.finish(task);
    FakeTask next = submit();
    engine.advance(engine.now + SLOW_NS);
    assertThat(isAsked(next)).isFalse();
    // A minute later there is one again.
    engine.advance(next.startedNs + 59 * SECOND);
    engine.finish(next);
    next = submit();
    engine.advance(engine.now + 4 * SECOND);
    assertThat(isAsked(next)).isTrue();
  }

  @Test
  void isNotAskedForWhereOthersWait() {
    FakeTask task = submit();
    for (int i = 0; i < 53; i++) {
      engine.submit(job, agent, target);
    }
    engine.advance(engine.now + SLOW_NS);
    assertThat(isAsked(task)).isFalse();
  }

  @Test
  void isNotAskedForWhereItsTargetIsHeld() {
    FakeTask task = submit();
    assertThat(engine.engine.holdTarget(engine.now, target, engine.now + 60 * SECOND)).isTrue();
    engine.advance(engine.now + SLOW_NS);
    assertThat(isAsked(task)).isFalse();
  }

  @Test
  void aCircleThroughTheHedgeIsBroken() {
    FakeTask task = slow();
    FakeTask hedge = engine.hedge(task);
    FakeTask child = engine.submit(job, agent, target, o -> o.child());
    engine.join(hedge, 1, child);
    engine.join(child, 1, task);
    assertThat(engine.engine.suspended()).isEqualTo(2);
    engine.fail(task, CallClass.UNAVAILABLE, 0, false);
    assertThat(task.ending).isEqualTo(Ending.FAILED);
    assertThat(child.resumedJoin).isEqualTo(1);
    engine.finish(child);
    assertThat(hedge.resumedJoin).isEqualTo(1);
    assertThat(hedge.stops).isEqualTo(1);
    engine.finish(hedge);
    engine.assertAtRest();
  }

  @Test
  void aLostCallCountsAsLongAsItRanAndTheDelayDoesNotShrink() {
    target = target(t -> t.hedge(HedgePolicy.DEFAULT.percentile(50)));
    for (int i = 0; i < 20; i++) {
      FakeTask task = submit();
      engine.at(engine.now + (i < 10 ? SECOND : 3 * SECOND));
      engine.finish(task);
    }
    for (int i = 0; i < 20; i++) {
      FakeTask task = slow();
      FakeTask hedge = engine.hedge(task);
      engine.at(engine.now + SECOND / 2);
      engine.finish(hedge);
      engine.finish(task);
    }
    FakeTask task = submit();
    engine.advance(engine.now + SECOND / 2 + SECOND / 8);
    assertThat(isAsked(task)).as("hedges drag the delay down to their own time").isFalse();
  }
}
