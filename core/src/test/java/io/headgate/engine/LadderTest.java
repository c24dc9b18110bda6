package io.headgate.engine;

import static io.headgate.engine.EngineHarness.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headgate.CallClass;
import io.headgate.DegradationPolicy;
import io.headgate.DegradationPolicy.Rung;
import io.headgate.HedgePolicy;
import io.headgate.PacePolicy;
import io.headgate.ParkPolicy;
import io.headgate.Price;
import io.headgate.RetryPolicy;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TakenAgain;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineHarness.FakeJob;
import io.headgate.engine.EngineHarness.FakeTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Which rung a task starts at, when that changes, and what becomes of what fails. */
final class LadderTest {
  private static final long BUDGET = 10 * SECOND;
  private static final DegradationPolicy POLICY =
      DegradationPolicy.of(Rung.of("large", 100), Rung.of("small", 20), Rung.ofStatic("sorry"))
          .latencyBudget(Duration.ofNanos(BUDGET))
          .window(10, Duration.ofMinutes(1))
          .probing(Duration.ofSeconds(5), Duration.ofSeconds(20), 3);

  private static final RetryPolicy RETRIES =
      RetryPolicy.DEFAULT
          .backoff(Duration.ofMillis(100), Duration.ofMillis(100))
          .maxAttempts(4)
          .budget(100, 60);

  private final EngineHarness engine = new EngineHarness(s -> s.maxInFlight(64).maxWaiting(200));
  private final AgentGate agent = engine.agent();
  private final FakeJob job = engine.job();
  private TargetGate target = target(POLICY, t -> t);

  private TargetGate target(DegradationPolicy policy, UnaryOperator<TargetSettings> change) {
    return engine.target(t -> change.apply(t.timeout(Duration.ofSeconds(30)).degradation(policy)));
  }

  private FakeTask submit() {
    return engine.submit(job, agent, target, o -> o.rung(target.rungFor(agent, true)));
  }

  private List<FakeTask> submit(int number) {
    List<FakeTask> tasks = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      tasks.add(submit());
    }
    return tasks;
  }

  private void finishAll() {
    engine.started.stream().filter(task -> task.overs == 0).toList().forEach(engine::finish);
  }

  // Nobody waits for its pace for longer than a tenth of so little.
  private TargetGate pacedWithoutAWait() {
    return target(
        POLICY.latencyBudget(Duration.ofMillis(200)).window(10, Duration.ofMinutes(1)),
        t -> t.pace(PacePolicy.DEFAULT.burst(Duration.ZERO)));
  }

  private void hang() {
    var _ = submit(12);
    engine.advance(engine.now + BUDGET + 1);
  }

  @Test
  void servesAtTheTopWhileItIsWell() {
    for (int i = 0; i < 300; i++) {
      FakeTask task = submit();
      assertThat(task.rung()).isZero();
      engine.advance(engine.now + (i % 30 == 0 ? BUDGET + SECOND : SECOND));
      engine.finish(task);
    }
    assertThat(target.servingRung()).as("one in thirty is slow").isZero();
    assertThat(engine.engine.answersOf(target, 0)).isEqualTo(300);
    engine.assertAtRest();
  }

  @Test
  void callsThatStillRunBeyondTheBudgetCountAsSlow() {
    List<FakeTask> hung = submit(12);
    engine.advance(BUDGET);
    assertThat(submit().rung()).as("just in the budget").isZero();
    engine.advance(BUDGET + 1);
    assertThat(target.servingRung()).isEqualTo(1);
    FakeTask next = submit();
    assertThat(next.rung()).isEqualTo(1);
    assertThat(next.runs()).as("it waits for nobody").isTrue();
    assertThat(hung).allSatisfy(task -> assertThat(task.ending).isNull());
  }

  @Test
  void callsThatEndedTooLateCountAsWell() {
    for (int i = 0; i < 10; i++) {
      FakeTask task = submit();
      engine.advance(engine.now + (i < 3 ? BUDGET + SECOND : SECOND));
      engine.finish(task);
    }
    assertThat(target.servingRung()).as("3 of 10 are above one in twenty").isEqualTo(1);
  }

  @Test
  void aCallIsCountedOnce() {
    List<FakeTask> tasks = submit(2);
    engine.advance(BUDGET + 1);
    tasks.forEach(engine::finish); // slow when they were late, and not once more
    for (int i = 0; i < 8; i++) {
      engine.finish(submit());
    }
    assertThat(target.servingRung()).as("2 of 10 may be chance").isZero();
  }

  @Test
  void failuresStepDownInPlaceOfARefusal() {
    for (int i = 0; i < 40 && target.servingRung() == 0; i++) {
      engine.fail(submit(), CallClass.UNAVAILABLE, 0, false);
      engine.fail(engine.submit(job, engine.agent(), target), CallClass.UNAVAILABLE, 0, false);
    }
    assertThat(target.servingRung()).isEqualTo(1);
    FakeTask task = submit();
    engine.finish(task);
    assertThat(task.ending).isEqualTo(Ending.COMPLETED);
    assertThat(engine.engine.answersOf(target, 1)).isEqualTo(1);
    engine.assertAtRest();
  }

  @Test
  void aRungBelowHasABreakerOfItsOwnAndTheLastAlwaysServes() {
    hang();
    for (int i = 0; i < 40 && target.servingRung() == 1; i++) {
      engine.fail(submit(), CallClass.UNAVAILABLE, 0, false);
    }
    assertThat(target.servingRung()).isEqualTo(2);
    for (int i = 0; i < 40; i++) {
      engine.fail(submit(), CallClass.FATAL, 0, false);
    }
    assertThat(target.servingRung()).isEqualTo(2);
    assertThat(engine.log).contains("breaker target-0 rung 1 OPEN");
  }

  @Test
  void stepsUpByProbesAndNoMoreThanThose() {
    hang();
    engine.advance(engine.now + 5 * SECOND * 5 / 4 + 2);
    assertThat(target.servingRung()).as("on trial").isZero();
    List<FakeTask> tasks = submit(5);
    assertThat(tasks).extracting(FakeTask::rung).containsExactly(0, 0, 0, 1, 1);
    assertThat(target.servingRung()).isEqualTo(1);
    engine.advance(engine.now + SECOND);
    engine.finish(tasks.get(0));
    assertThat(target.servingRung()).isEqualTo(1);
    engine.finish(tasks.get(1));
    assertThat(target.servingRung()).as("two of three are well").isZero();
    assertThat(submit().rung()).isZero();
  }

  @Test
  void probesThatHangKeepItDownForLonger() {
    hang();
    engine.advance(engine.now + 5 * SECOND * 5 / 4 + 2);
    var _ = submit(3);
    long probedNs = engine.now;
    engine.advance(probedNs + BUDGET + 1);
    assertThat(target.servingRung()).isEqualTo(1);
    engine.advance(probedNs + BUDGET + 9 * SECOND);
    assertThat(target.servingRung()).as("ten seconds at least, this time").isEqualTo(1);
    engine.advance(probedNs + BUDGET + 13 * SECOND);
    assertThat(target.servingRung()).isZero();
  }

  @Test
  void whatFailsGoesOnAtTheNextRungAtOnce() {
    FakeTask task = submit();
    engine.fail(task, CallClass.UNAVAILABLE);
    assertThat(task.attempts).isEqualTo(2);
    assertThat(task.rung()).isEqualTo(1);
    engine.fail(task, CallClass.BAD_ANSWER);
    assertThat(task.rung()).isEqualTo(2);
    engine.finish(task);
    assertThat(task.ending).isEqualTo(Ending.COMPLETED);
    assertThat(engine.engine.answersOf(target, 2)).isEqualTo(1);
    assertThat(engine.engine.ledger().retries()).as("no retries of the same thing").isZero();
    assertThat(engine.log).contains("fall 0 UNAVAILABLE 1", "fall 0 BAD_ANSWER 2");
    engine.assertAtRest();
  }

  @Test
  void whatTheCallerDidWrongFailsOnEveryRung() {
    FakeTask task = submit();
    engine.fail(task, CallClass.CALLER_FAULT);
    assertThat(task.ending).isEqualTo(Ending.FAILED);
    assertThat(engine.log).contains("unused 0");
    engine.assertAtRest();
  }

  @Test
  void theFailureOfTheLastRungIsTheOutcome() {
    FakeTask task = submit();
    for (int i = 0; i < 3; i++) {
      engine.fail(task, CallClass.FATAL);
    }
    assertThat(task.attempts).isEqualTo(3);
    assertThat(task.ending).isEqualTo(Ending.FAILED);
    engine.assertAtRest();
  }

  @Test
  void aTimeOutGoesOnAtTheNextRungOnceItsThreadHasEnded() {
    FakeTask task = submit();
    engine.advance(30 * SECOND + 1);
    assertThat(task.stops).isEqualTo(1);
    assertThat(task.ending).isNull();
    engine.fail(task, CallClass.TIMED_OUT);
    assertThat(task.rung()).isEqualTo(1);
    engine.finish(task);
    assertThat(task.ending).isEqualTo(Ending.COMPLETED);
    engine.assertAtRest();
  }

  @Test
  void whatMustNotBeDegradedWaitsAndEndsWithItsFailure() {
    hang();
    FakeTask firm = engine.submit(job, agent, target, o -> o.firm());
    FakeTask other = submit();
    assertThat(firm.startedNs).as("waits for the top").isEqualTo(-1);
    assertThat(other.runs()).as("and holds up nobody").isTrue();
    engine.advance(engine.now + 5 * SECOND * 5 / 4 + 2);
    assertThat(firm.rung()).isZero();
    assertThat(firm.runs()).as("it is a probe").isTrue();
    engine.fail(firm, CallClass.UNAVAILABLE);
    assertThat(firm.ending).isEqualTo(Ending.FAILED);
  }

  @Test
  void neverStartsAtADearerRungThanItHasReserved() {
    FakeTask task = engine.submit(job, agent, target, o -> o.rung(1));
    assertThat(target.servingRung()).isZero();
    assertThat(task.rung()).isEqualTo(1);
    engine.finish(task);
    engine.assertAtRest();
  }

  @Test
  void aLowerStartGivesBackWhatTheTopWouldHaveCostAndStaysThere() {
    target =
        target(
            POLICY.rungs(List.of(Rung.of("large", 100).maxInFlight(1), Rung.of("small", 20))),
            t -> t.price(Price.perMillionTokens(10, 10)).retry(RetryPolicy.DEFAULT));
    long top = 2_000 * 10_000L;
    FakeTask first = engine.submit(job, agent, target, o -> o.tokens(2_000).money(top));
    FakeTask second = engine.submit(job, agent, target, o -> o.tokens(2_000).money(top));
    assertThat(second.rung()).isEqualTo(1);
    assertThat(second.moneyNanos()).isEqualTo(top / 5);
    assertThat(second.tokens()).isEqualTo(2_000);
    assertThat(engine.log).contains("cheaper 1 " + top / 5).doesNotContain("cheaper 0 " + top / 5);
    assertThat(engine.engine.ledger().reservedMoney()).isEqualTo(top + top / 5);
    assertThat(engine.engine.spendingOf(job).moneyReservedNanos()).isEqualTo(top + top / 5);
    engine.finish(first);
    engine.fail(second, CallClass.UNAVAILABLE);
    engine.advance(engine.now + 10 * SECOND);
    assertThat(second.attempts).isEqualTo(2);
    assertThat(second.rung()).as("the top is free, and dearer than what is held").isEqualTo(1);
    engine.finish(second);
    engine.assertAtRest();
  }

  @Test
  void aPauseMovesTheOthersDownUntilItIsOver() {
    engine.fail(submit(), CallClass.REJECTED, 3 * SECOND, false);
    assertThat(submit().rung()).isEqualTo(1);
    engine.advance(3 * SECOND + 1);
    assertThat(submit().rung()).isZero();
  }

  @Test
  void whatALowerRungAsksForPausesNotTheTop() {
    FakeTask task = engine.submit(job, agent, target, o -> o.rung(1));
    engine.fail(task, CallClass.REJECTED, 3 * SECOND, false);
    assertThat(submit().rung()).isZero();
  }

  @Test
  void whatHasLittleTimeLeftStartsLower() {
    for (int i = 0; i < 20; i++) {
      FakeTask task = submit();
      engine.advance(engine.now + 4 * SECOND);
      engine.finish(task);
    }
    FakeTask enough = engine.submit(engine.jobUntil(engine.now + 9 * SECOND), agent, target);
    FakeTask little = engine.submit(engine.jobUntil(engine.now + 7 * SECOND), agent, target);
    assertThat(enough.rung()).isZero();
    assertThat(little.rung()).isEqualTo(1);
  }

  @Test
  void aRungThatWasTooSlowForShortJobsIsTriedAgainByThem() {
    long shortNs = 25 * SECOND; // less than twice the time-out, which is what a hung call takes
    List<FakeTask> hung = submit(12);
    engine.advance(engine.now + 30 * SECOND + 1);
    hung.forEach(task -> engine.fail(task, CallClass.TIMED_OUT));
    int top = 0;
    for (int i = 0; i < 120; i++) { // it is well again, and nobody but short jobs ask
      engine.advance(engine.now + SECOND);
      FakeTask task = engine.submit(engine.jobUntil(engine.now + shortNs), agent, target);
      top += task.rung() == 0 ? 1 : 0;
      engine.advance(engine.now + SECOND);
      engine.finish(task);
    }
    assertThat(top).as("of 120, once the probes were well").isGreaterThan(90);
  }

  @Test
  void aMeanThatNobodyRenewsIsForgotten() {
    FakeTask slow = submit(); // slow, and its rung is not cut off for one call
    engine.advance(engine.now + 29 * SECOND);
    engine.finish(slow);
    engine.advance(engine.now + 10 * SECOND);
    assertThat(engine.submit(engine.jobUntil(engine.now + 25 * SECOND), agent, target).rung())
        .isEqualTo(1);
    engine.advance(engine.now + 11 * SECOND);
    assertThat(engine.submit(engine.jobUntil(engine.now + 25 * SECOND), agent, target).rung())
        .isZero();
  }

  @Test
  void whatARungCannotTakeStartsOnTheNext() {
    target =
        target(
            POLICY.rungs(
                List.of(Rung.of("large", 100).maxInFlight(2), Rung.of("small", 20).maxInFlight(1))),
            t -> t);
    List<FakeTask> tasks = submit(4);
    assertThat(tasks.subList(0, 3)).extracting(FakeTask::rung).containsExactly(0, 0, 1);
    assertThat(tasks.get(3).startedNs).as("both are full").isEqualTo(-1);
    engine.finish(tasks.get(0));
    assertThat(tasks.get(3).rung()).isZero();
    assertThat(tasks.get(3).runs()).isTrue();
    tasks.subList(1, 4).forEach(engine::finish);
    engine.assertAtRest();
  }

  @Test
  void anAgentsOwnNonsenseMovesItDownAloneAndRefusesNobody() {
    AgentGate other = engine.agent();
    for (int i = 0; i < 60; i++) {
      FakeTask bad = submit();
      if (bad.rung() == 0) {
        engine.fail(bad, CallClass.BAD_ANSWER, 0, false);
      } else {
        engine.finish(bad);
      }
      engine.finish(engine.submit(job, other, target));
    }
    assertThat(submit().rung()).isEqualTo(1);
    assertThat(engine.submit(job, other, target).rung()).isZero();
  }

  @Test
  void whatServesBelowIsToldToWhomTheTopKeepsOut() {
    target = target(POLICY.rungs(List.of(Rung.of("large", 100), Rung.of("small", 20))), t -> t);
    assertThat(target.servingBelow()).isEqualTo(1);
    assertThat(target.rungFor(agent, true)).isZero();
    engine.engine.forceBreaker(engine.now, target, agent, true, Long.MAX_VALUE - 1);
    assertThat(target.rungFor(agent, true)).as("of who is cut off").isEqualTo(1);
    assertThat(target.rungFor(agent, false)).isZero();
    assertThat(target.rungFor(engine.agent(), true)).isZero();
    for (int i = 0; i < 40 && target.servingBelow() == 1; i++) {
      engine.fail(submit(), CallClass.UNAVAILABLE, 0, false);
    }
    assertThat(target.servingBelow()).as("none").isEqualTo(2);
    assertThat(target.servingRung()).isZero();
  }

  @Test
  void whatFellDoesNotWaitForTheTopsPace() {
    target = target(POLICY, t -> t.pace(PacePolicy.DEFAULT.burst(Duration.ZERO)));
    FakeTask first = submit();
    FakeTask second = submit();
    assertThat(second.startedNs).as("waits for its pace").isEqualTo(-1);
    engine.fail(first, CallClass.UNAVAILABLE);
    assertThat(first.rung()).isEqualTo(1);
    assertThat(first.attempts).as("at once").isEqualTo(2);
    engine.engine.forceBreaker(engine.now, target, agent, true, Long.MAX_VALUE - 1);
    assertThat(second.runs()).as("whom the top keeps out needs no pace").isTrue();
    assertThat(second.rung()).isEqualTo(1);
    engine.finish(first);
    engine.finish(second);
    engine.assertAtRest();
  }

  @Test
  void whileALowerRungServesTheEstimatedWaitIsNotThatOfTheTopsPace() {
    DegradationPolicy ladder =
        POLICY.rungs(List.of(Rung.of("large", 100), Rung.of("small", 20).maxInFlight(4)));
    target = target(ladder, t -> t.pace(PacePolicy.DEFAULT.firstPerMinute(6)));
    FakeTask asked = submit();
    engine.advance(engine.now + SECOND);
    engine.fail(asked, CallClass.REJECTED, 60 * SECOND, false); // the top is paused
    assertThat(target.servingRung()).isEqualTo(1);
    assertThat(submit(4)).allMatch(FakeTask::runs);
    List<FakeTask> waiting = submit(8);
    assertThat(waiting).noneMatch(FakeTask::runs);
    assertThat(engine.waitOfBegunNs[target.index()])
        .as("of eight calls of a second, four at once")
        .isEqualTo(2 * SECOND);
  }

  @Test
  void aRateLimitStepsDownTooInPlaceOfALongWait() {
    target = target(POLICY, t -> t.pace(PacePolicy.DEFAULT.burst(Duration.ZERO)));
    List<FakeTask> tasks = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      tasks.add(engine.submit(job, agent, target, o -> o.ttl(5 * SECOND)));
    }
    FakeTask firm = engine.submit(job, agent, target, o -> o.firm().ttl(60 * SECOND));
    assertThat(tasks.get(0).rung()).isZero();
    assertThat(tasks.stream().filter(task -> task.startedNs < 0))
        .as("a tenth of the latency budget is worth waiting for it")
        .hasSize(19);
    engine.advance(engine.now + SECOND - 1);
    assertThat(tasks.stream().filter(task -> task.startedNs < 0)).hasSize(19);
    engine.advance(engine.now + 2);
    assertThat(tasks).allSatisfy(task -> assertThat(task.startedNs).isNotNegative());
    assertThat(tasks.stream().filter(task -> task.rung() == 1)).hasSizeGreaterThanOrEqualTo(18);
    engine.advance(4 * SECOND);
    assertThat(firm.rung()).as("which must not be degraded waits").isZero();
    assertThat(firm.startedNs).isPositive();
    tasks.forEach(engine::finish);
    engine.finish(firm);
    engine.assertAtRest();
  }

  @Test
  void aFloodAtItsPaceDegradesNobodyElse() {
    target =
        target(POLICY, t -> t.pace(PacePolicy.DEFAULT.firstPerMinute(240).burst(Duration.ZERO)));
    engine.finish(submit()); // the pace begins
    for (int i = 0; i < 100; i++) {
      var _ = engine.submit(job, agent, target, o -> o.firm());
      var _ = engine.submit(job, agent, target, o -> o);
    }
    AgentGate quiet = engine.agent();
    FakeTask asked = engine.submit(job, quiet, target, o -> o);
    assertThat(asked.startedNs).as("waits for its turn").isEqualTo(-1);
    engine.advance(engine.now + SECOND * 6 / 10);
    assertThat(asked.rung()).isZero();
    assertThat(asked.startedNs)
        .as("its turn by fair share, after one of the flood")
        .isNotNegative();
  }

  @Test
  void whoHasLittleTimeWaitsForAPaceForHalfOfIt() {
    target = target(POLICY, t -> t.pace(PacePolicy.DEFAULT.burst(Duration.ZERO)));
    engine.finish(submit());
    long fromNs = engine.now;
    FakeTask task = engine.submit(job, agent, target, o -> o.ttl(SECOND / 2));
    engine.advance(fromNs + SECOND / 4 + 1);
    assertThat(task.startedNs).isEqualTo(fromNs + SECOND / 4);
    assertThat(task.rung()).isEqualTo(1);
  }

  @Test
  void whatIsNoLongerPatientTakesThePaceIfThatIsSooner() {
    DegradationPolicy ladder =
        POLICY.rungs(List.of(Rung.of("large", 100), Rung.of("small", 20).maxInFlight(1)));
    target =
        target(ladder, t -> t.pace(PacePolicy.DEFAULT.firstPerMinute(30).burst(Duration.ZERO)));
    engine.finish(submit());
    FakeTask first = submit();
    FakeTask second = submit();
    engine.advance(engine.now + SECOND + 1);
    assertThat(first.rung()).as("the only permit below").isEqualTo(1);
    assertThat(second.startedNs).isEqualTo(-1);
    engine.advance(engine.now + SECOND);
    assertThat(second.startedNs).as("by the pace, before the permit below").isNotNegative();
    assertThat(second.rung()).isZero();
  }

  @Test
  void aRungWhoseCallsDoNotEndIsLeftAndTheNextServes() {
    target = target(POLICY, t -> t.maxOverruns(2));
    List<FakeTask> deaf = submit(2);
    engine.cancel(deaf.get(0));
    assertThat(submit().rung()).isZero();
    engine.cancel(deaf.get(1));
    engine.advance(engine.now + SECOND);
    assertThat(target.servingRung()).as("they may yet hear of it").isZero();
    engine.advance(engine.now + 1);
    assertThat(engine.log).contains("shut " + target.id() + " TARGET_OVERRUN");
    assertThat(target.servingRung()).isEqualTo(1);
    List<FakeTask> below = submit(3);
    assertThat(below).allMatch(task -> task.runs() && task.rung() == 1);
    FakeTask firm = engine.submit(job, agent, target, o -> o.firm());
    assertThat(firm.startedNs).as("not to be degraded").isEqualTo(-1);
    engine.cancel(below.get(0));
    engine.cancel(below.get(1));
    engine.advance(engine.now + SECOND + 1);
    assertThat(target.servingRung()).as("both are full of what does not end").isEqualTo(2);
    assertThat(submit().rung()).isEqualTo(2);
    engine.finish(deaf.get(0));
    assertThat(target.servingRung()).isZero();
    assertThat(engine.log).contains("open " + target.id());
    assertThat(firm.runs()).isTrue();
  }

  // Deaf, and past its time-out and the second in which it might have ended.
  private FakeTask givenUp() {
    FakeTask task = submit();
    engine.advance(task.deadlineNs + 1);
    assertThat(task.stops).isEqualTo(1);
    assertThat(engine.log).noneMatch(line -> line.startsWith("beside"));
    engine.advance(task.deadlineNs + SECOND + 1);
    return task;
  }

  @Test
  void whoseCallDoesNotEndIsAnsweredBelowBesideIt() {
    FakeTask task = givenUp();
    assertThat(engine.log).contains("beside " + task.taskId() + " 0");
    assertThat(task.ending).isNull();
    assertThat(engine.engine.ledger().overruns()).isEqualTo(1);
    FakeTask below = engine.beside(task, 1);
    assertThat(below.runs()).isTrue();
    assertThat(below.rung()).isEqualTo(1);
    assertThat(below.deadlineNs)
        .as("a time-out of its own")
        .isGreaterThan(task.deadlineNs + SECOND);
    assertThat(engine.log).contains("fall " + task.taskId() + " TIMED_OUT 1 beside");
    engine.finish(below);
    assertThat(task.ending).isEqualTo(Ending.COMPLETED);
    assertThat(engine.engine.ledger().overruns()).as("its thread runs on").isEqualTo(1);
    engine.finish(task);
    assertThat(engine.engine.ledger().overruns()).isZero();
    assertThat(engine.engine.ledger().hedges()).as("none that was for speed").isZero();
    assertThat(engine.engine.isIdle()).isTrue();
  }

  @Test
  void aCallThatEndsAtLastLeavesItsTaskToTheOneBelow() {
    FakeTask task = givenUp();
    FakeTask below = engine.beside(task, 1);
    engine.finish(task);
    assertThat(task.ending).as("what it says is too late").isNull();
    assertThat(engine.engine.ledger().overruns()).isZero();
    engine.finish(below);
    assertThat(task.ending).isEqualTo(Ending.COMPLETED);
    assertThat(engine.engine.isIdle()).isTrue();
  }

  @Test
  void withNothingToBeHadForAnotherAttemptItTimesOut() {
    FakeTask task = givenUp();
    engine.advance(engine.now + SECOND + 1);
    assertThat(task.ending).isEqualTo(Ending.TIMED_OUT_TIMEOUT);
    FakeTask late = engine.beside(task, 1);
    assertThat(late.startedNs).isEqualTo(-1);
    engine.finish(task);
    assertThat(engine.engine.isIdle()).isTrue();
  }

  @Test
  void whenTheOneBelowFailsTooItHasTimedOut() {
    FakeTask task = givenUp();
    FakeTask below = engine.beside(task, 1);
    engine.fail(below, CallClass.UNAVAILABLE, 0, false);
    assertThat(task.ending).isEqualTo(Ending.TIMED_OUT_TIMEOUT);
    engine.finish(task);
    assertThat(engine.engine.isIdle()).isTrue();
  }

  @Test
  void whoIsCancelledStopsTheOneBelowToo() {
    FakeTask task = givenUp();
    FakeTask below = engine.beside(task, 1);
    engine.cancel(task);
    assertThat(task.ending).isEqualTo(Ending.CANCELLED_CALLER);
    assertThat(below.stops).isEqualTo(1);
    assertThat(task.stops).as("it was told before").isEqualTo(1);
    assertThat(engine.engine.ledger().overruns()).isEqualTo(2);
    engine.finish(below);
    engine.finish(task);
    assertThat(engine.engine.ledger().overruns()).isZero();
    assertThat(engine.engine.isIdle()).isTrue();
  }

  // A job's deadline lies within the second; before it, something of the job is parked, and its
  // clock stands still.
  @Test
  void theSecondIsGivenInFullWhereTheJobsClockStandsStillMeanwhile() {
    EngineHarness h = new EngineHarness(s -> s.maxInFlight(64).maxWaiting(200).maxParked(10));
    AgentGate asker = h.agent();
    TargetGate model = h.target(t -> t.timeout(Duration.ofSeconds(30)).degradation(POLICY));
    TargetGate tool =
        h.target(
            t ->
                t.park(
                    ParkPolicy.always()
                        .then(ParkPolicy.Action.RUN, Duration.ofMinutes(1))
                        .clockStands(true)));
    FakeJob due = h.jobUntil(30 * SECOND + SECOND / 2);
    FakeTask deaf = h.submit(due, asker, model);
    FakeTask other = h.submit(h.job(), asker, h.target(t -> t.timeout(Duration.ofSeconds(40))));
    h.advance(30 * SECOND + SECOND / 4);
    assertThat(deaf.stops).isEqualTo(1);
    FakeTask parked = h.submit(due, asker, tool);
    h.advance(31 * SECOND);
    assertThat(h.log).noneMatch(line -> line.startsWith("beside"));
    h.advance(31 * SECOND + 1);
    assertThat(h.log).contains("beside " + deaf.taskId() + " 0");
    h.advance(41 * SECOND);
    assertThat(deaf.ending).isEqualTo(Ending.TIMED_OUT_TIMEOUT);
    assertThat(other.ending).as("timers go on").isEqualTo(Ending.TIMED_OUT_TIMEOUT);
    assertThat(parked.ending).isNull();
  }

  @Test
  void noModelIsAskedTwiceAtOnceWhenTheLadderIsShortened() {
    target =
        target(
            DegradationPolicy.of(Rung.of("large", 100), Rung.of("small", 20).maxInFlight(1)),
            t -> t);
    List<FakeTask> deaf = submit(2);
    engine.advance(deaf.getFirst().deadlineNs + 1);
    engine.advance(deaf.getFirst().deadlineNs + SECOND + 1);
    FakeTask below = engine.beside(deaf.get(0), 1);
    FakeTask waits = engine.beside(deaf.get(1), 1);
    assertThat(below.runs()).isTrue();
    assertThat(waits.startedNs).as("no permit").isEqualTo(-1);
    engine.engine.targetReconfigured(
        engine.now, target, target.settings().degradation(DegradationPolicy.OFF));
    assertThat(waits.startedNs).isEqualTo(-1);
    assertThat(deaf.get(1).ending).isEqualTo(Ending.TIMED_OUT_TIMEOUT);
    engine.finish(below);
    assertThat(deaf.get(0).ending).isEqualTo(Ending.COMPLETED);
    deaf.forEach(engine::finish);
    assertThat(engine.engine.isIdle()).isTrue();
  }

  @Test
  void aCallGivenUpIsAnOverrunOfItsRungAtOnce() {
    target = target(POLICY, t -> t.maxOverruns(1));
    FakeTask task = givenUp();
    assertThat(target.servingRung()).isEqualTo(1);
    engine.finish(task);
    assertThat(target.servingRung()).isZero();
  }

  @Test
  void whatFailsOnARungWhoseCallsDoNotEndIsNotTriedAgainThere() {
    target = target(POLICY, t -> t.maxOverruns(2).retry(RETRIES));
    List<FakeTask> deaf = submit(2);
    FakeTask task = submit();
    FakeTask firm = engine.submit(job, agent, target, o -> o.firm());
    deaf.forEach(engine::cancel);
    engine.advance(engine.now + SECOND + 1);
    assertThat(engine.log).contains("shut " + target.id() + " TARGET_OVERRUN");
    engine.fail(task, CallClass.UNAVAILABLE);
    assertThat(task.rung()).as("below, at once").isEqualTo(1);
    engine.fail(firm, CallClass.UNAVAILABLE);
    assertThat(firm.ending).as("there is no other rung for it").isEqualTo(Ending.FAILED);
    assertThat(engine.engine.ledger().retries()).isZero();
  }

  @Test
  void whatFailsIsTriedAgainIfItsOwnRungIsQuickEnough() {
    target = target(POLICY, t -> t.retry(RETRIES));
    run(1, SECOND);
    run(0, 8 * SECOND);
    FakeJob hurried = engine.jobUntil(engine.now + 5 * SECOND);
    FakeTask quick = engine.submit(hurried, agent, target, o -> o.rung(1));
    engine.fail(quick, CallClass.UNAVAILABLE);
    assertThat(engine.engine.ledger().retries()).as("a second is left").isEqualTo(1);
    assertThat(quick.ending).isNull();
    engine.advance(engine.now + SECOND);
    assertThat(quick.attempts).isEqualTo(2);
    assertThat(quick.rung()).isEqualTo(1);
    engine.fail(quick, CallClass.UNAVAILABLE);
    engine.advance(hurried.deadlineNs() - SECOND / 2);
    assertThat(quick.attempts).isGreaterThan(2);
  }

  @Test
  void whatFailsFallsIfItsOwnRungIsTooSlow() {
    target = target(POLICY, t -> t.retry(RETRIES));
    run(0, SECOND);
    run(1, 8 * SECOND);
    FakeJob hurried = engine.jobUntil(engine.now + 17 * SECOND);
    FakeTask slow = engine.submit(hurried, agent, target, o -> o.rung(1));
    assertThat(slow.rung()).isEqualTo(1);
    engine.advance(engine.now + 10 * SECOND);
    engine.fail(slow, CallClass.UNAVAILABLE);
    assertThat(engine.engine.ledger().retries()).as("7 s are left, and it takes 8").isZero();
    assertThat(slow.rung()).isEqualTo(2);
  }

  @Test
  void aHedgeLooksAtTheFirstRungsOwnCap() {
    for (int cap = 1; cap <= 2; cap++) {
      DegradationPolicy capped =
          POLICY.rungs(List.of(Rung.of("large", 100).maxInFlight(cap), Rung.of("small", 20)));
      target = target(capped, t -> t.hedge(HedgePolicy.DEFAULT).retry(RETRIES));
      run(0, SECOND);
      FakeTask task = engine.submit(job, agent, target, o -> o.idempotent());
      assertThat(task.rung()).isZero();
      engine.advance(engine.now + 2 * SECOND);
      assertThat(engine.log.contains("hedge " + task.taskId() + " " + task.deadlineNs))
          .as("with %d at once", cap)
          .isEqualTo(cap == 2);
      engine.finish(task);
    }
  }

  /** Thirty calls at the rung, one after the other, each so long. */
  private void run(int rung, long ns) {
    for (int i = 0; i < 30; i++) {
      FakeTask task = engine.submit(job, agent, target, o -> o.rung(rung));
      assertThat(task.rung()).isEqualTo(rung);
      engine.advance(engine.now + ns);
      engine.finish(task);
    }
  }

  @Test
  void aBurstOfCancellationsDegradesNobody() {
    target = target(POLICY, t -> t.maxOverruns(2).pace(PacePolicy.DEFAULT.burst(Duration.ZERO)));
    List<FakeTask> running = submit(2);
    engine.advance(engine.now + SECOND);
    engine.advance(engine.now + 1);
    assertThat(running).allMatch(FakeTask::runs);
    FakeTask waiting = submit();
    running.forEach(engine::cancel);
    assertThat(waiting.startedNs).as("waits for its pace, as before").isEqualTo(-1);
    running.forEach(engine::finish);
    engine.advance(engine.now + SECOND);
    engine.advance(engine.now + 1);
    assertThat(waiting.runs()).isTrue();
    assertThat(waiting.rung()).isZero();
    engine.finish(waiting);
    engine.assertAtRest();
  }

  @Test
  void callsThatDoNotEndAndHaveAllPermitsShutTheTarget() {
    target = target(POLICY, t -> t.maxInFlight(2).maxOverruns(10));
    List<FakeTask> deaf = submit(2);
    deaf.forEach(engine::cancel);
    assertThat(target.servingRung()).as("they may yet hear of it").isZero();
    engine.advance(engine.now + SECOND + 1);
    assertThat(engine.log).contains("shut " + target.id() + " TARGET_OVERRUN");
    assertThat(target.servingRung()).as("nothing serves").isEqualTo(3);
    engine.finish(deaf.get(0));
    assertThat(engine.log).contains("open " + target.id());
    assertThat(target.servingRung()).isZero();
  }

  @Test
  void whatIsHeldUpByAnotherThingDoesNotWaitForThePace() {
    target = target(POLICY, t -> t.pace(PacePolicy.DEFAULT.firstPerMinute(240)));
    var _ = engine.engine.holdAgent(engine.now, agent, Long.MAX_VALUE - 1);
    List<FakeTask> tasks = submit(6);
    engine.advance(engine.now + 60 * SECOND);
    var _ = engine.engine.holdAgent(engine.now, agent, 0);
    engine.advance(engine.now + SECOND - 1);
    assertThat(tasks.stream().filter(task -> task.startedNs >= 0)).hasSizeGreaterThan(3);
    assertThat(tasks).extracting(FakeTask::rung).as("in a second of the pace").containsOnly(0);
  }

  @Test
  void patienceBeginsAnewWithANewPaceOrLadder() {
    TargetSettings paced =
        TargetSettings.DEFAULT.degradation(POLICY).pace(PacePolicy.DEFAULT.burst(Duration.ZERO));
    target = engine.target(t -> t.maxInFlight(1));
    FakeTask running = submit();
    List<FakeTask> tasks = submit(2);
    engine.advance(engine.now + 5 * SECOND);
    engine.engine.targetReconfigured(engine.now, target, paced);
    assertThat(tasks.get(0).rung()).isZero();
    assertThat(tasks.get(1).startedNs).as("has its time for the pace").isEqualTo(-1);
    engine.advance(engine.now + SECOND + 1);
    assertThat(tasks.get(1).startedNs).isNotNegative();
    engine.finish(running);
  }

  @Test
  void aShortenedLadderIsNotLeftBelow() {
    DegradationPolicy two =
        POLICY.rungs(List.of(Rung.of("large", 100), Rung.of("small", 20).maxInFlight(1)));
    var _ = engine.engine.holdAgent(engine.now, agent, Long.MAX_VALUE - 1);
    List<FakeTask> tasks = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      tasks.add(engine.submit(job, agent, target, o -> o.rung(2)));
    }
    engine.engine.targetReconfigured(engine.now, target, target.settings().degradation(two));
    var _ = engine.engine.holdAgent(engine.now, agent, 0);
    assertThat(tasks.stream().filter(FakeTask::runs)).as("its cap holds").hasSize(1);
    assertThat(tasks.get(0).rung()).isEqualTo(1);
  }

  @Test
  void withoutItsLadderATargetIsShutByAllOverrunsTogether() {
    target = target(POLICY, t -> t.maxOverruns(2));
    FakeTask top = submit();
    engine.cancel(top);
    engine.engine.forceBreaker(engine.now, target, null, true, Long.MAX_VALUE - 1);
    FakeTask below = submit();
    assertThat(below.rung()).isEqualTo(1);
    engine.cancel(below);
    assertThat(engine.log).noneMatch(line -> line.startsWith("shut"));
    engine.engine.targetReconfigured(
        engine.now, target, target.settings().degradation(DegradationPolicy.OFF));
    assertThat(engine.log).contains("shut " + target.id() + " TARGET_OVERRUN");
    engine.finish(below);
    assertThat(engine.log).contains("open " + target.id());
    engine.finish(top);
  }

  @Test
  void whatFellDoesNotPressForThePace() {
    target = pacedWithoutAWait();
    for (int i = 0; i < 600; i++) {
      var _ = engine.submit(job, agent, target, o -> o.rung(1));
      engine.advance(engine.now + SECOND * 13 / 100);
      if (i % 10 == 0) {
        var _ = submit(); // one in 1.3 seconds, of one a second
      }
      finishAll();
    }
    assertThat(engine.engine.paceOf(target).perMinute()).isCloseTo(60, within(1.0));
  }

  @Test
  void aPaceThatIsPassedOverGrowsAsOneThatIsWaitedFor() {
    target = pacedWithoutAWait();
    for (int i = 0; i < 600; i++) { // seven a second, and the pace is one a second at first
      var _ = submit();
      engine.advance(engine.now + SECOND * 13 / 100);
      finishAll();
    }
    assertThat(engine.engine.paceOf(target).perMinute())
        .as("doubled again and again")
        .isGreaterThan(300);
  }

  @Test
  void theLadderMayBeTakenAwayAndPutUpAgain() {
    hang();
    engine.engine.targetReconfigured(
        engine.now, target, TargetSettings.DEFAULT.degradation(DegradationPolicy.OFF));
    assertThat(target.servingRung()).isZero();
    FakeTask reserved = engine.submit(job, agent, target, o -> o.rung(1));
    engine.engine.targetReconfigured(
        engine.now, target, TargetSettings.DEFAULT.degradation(POLICY));
    assertThat(target.servingRung()).isEqualTo(1);
    engine.advance(engine.now + 60 * SECOND);
    assertThat(reserved.rung()).isEqualTo(1);
  }

  @Test
  void whatHoldsNothingEndsWithItsAnswerIfNoRungIsFreeAnyMore() {
    FakeTask task = submit();
    var _ = engine.engine.holdAgent(engine.now, agent, Long.MAX_VALUE - 1);
    engine.fail(task, CallClass.UNAVAILABLE, new TakenAgain(TakenAgain.What.FREE, 2, 0));
    assertThat(task.ending).as("waits for the static answer").isNull();
    engine.engine.targetReconfigured(
        engine.now, target, target.settings().degradation(DegradationPolicy.OFF));
    var _ = engine.engine.holdAgent(engine.now, agent, 0);
    assertThat(task.attempts).as("no model is called for nothing").isEqualTo(1);
    assertThat(task.ending).isEqualTo(Ending.FAILED);
    engine.assertAtRest();
  }

  @Test
  void aPaceIsPressedForOneTurnByWhatPassedItOverAndNotForAnHour() {
    target = pacedWithoutAWait();
    for (int i = 0; i < 10; i++) {
      var _ = submit(2); // the second starts below
      finishAll();
      engine.advance(engine.now + 3_600 * SECOND);
    }
    assertThat(engine.engine.paceOf(target).perMinute())
        .as("ten seconds of pressing")
        .isLessThan(200);
  }

  @Test
  void whatHoldsNothingGoesOnWhereItsChangedLadderIsFree() {
    DegradationPolicy two = POLICY.rungs(List.of(Rung.of("large", 100), Rung.ofStatic("sorry")));
    target = target(two, t -> t);
    FakeTask task = submit();
    var _ = engine.engine.holdAgent(engine.now, agent, Long.MAX_VALUE - 1);
    engine.fail(task, CallClass.UNAVAILABLE, new TakenAgain(TakenAgain.What.FREE, 1, 0));
    engine.engine.targetReconfigured(engine.now, target, target.settings().degradation(POLICY));
    var _ = engine.engine.holdAgent(engine.now, agent, 0);
    assertThat(task.attempts).isEqualTo(2);
    assertThat(task.rung()).as("static, as before").isEqualTo(2);
    engine.finish(task);
    engine.assertAtRest();
  }

  @Test
  void aProbeBelowIsHeardAlsoIfTheLadderWasTakenAwayMeanwhile() {
    hang();
    for (int i = 0; i < 40 && target.servingRung() == 1; i++) {
      engine.fail(submit(), CallClass.UNAVAILABLE, 0, false);
    }
    engine.advance(engine.now + 5 * SECOND * 5 / 4 + 2);
    assertThat(submit(3)).extracting(FakeTask::rung).containsOnly(0);
    List<FakeTask> probes = submit(3);
    assertThat(probes).extracting(FakeTask::rung).containsOnly(1);
    assertThat(target.servingRung()).as("both on trial").isEqualTo(2);
    engine.engine.targetReconfigured(
        engine.now, target, target.settings().degradation(DegradationPolicy.OFF));
    probes.forEach(engine::finish);
    engine.engine.targetReconfigured(engine.now, target, target.settings());
    assertThat(target.servingRung()).isEqualTo(1);
    assertThat(engine.log).contains("breaker target-0 rung 1 CLOSED");
  }

  @Test
  void theTestOfLatencyKeepsItsTable() {
    int[][] leastOf = {{10, 3}, {20, 4}, {100, 12}, {200, 20}};
    for (int[] each : leastOf) {
      assertThat(LatencyTest.isAbove(each[1], each[0])).isTrue();
      assertThat(LatencyTest.isAbove(each[1] - 1, each[0])).isFalse();
    }
  }
}
