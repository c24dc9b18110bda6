package io.headgate.engine;

import static io.headgate.engine.EngineHarness.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.BreakerPolicy;
import io.headgate.CallClass;
import io.headgate.DegradationPolicy;
import io.headgate.DegradationPolicy.Rung;
import io.headgate.JobSettings;
import io.headgate.ParkPolicy;
import io.headgate.ParkPolicy.Action;
import io.headgate.RetryPolicy;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineHarness.FakeJob;
import io.headgate.engine.EngineHarness.FakeTask;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What its job's budget does not cover is parked, and goes on when somebody pays. */
final class BudgetReachedTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final ParkPolicy RULE = ParkPolicy.atBudget().then(Action.REFUSE, MINUTE);

  private EngineHarness engine = new EngineHarness(s -> s.maxInFlight(2).maxWaiting(100));
  private AgentGate agent = engine.agent();

  private FakeJob job(ParkPolicy rule) {
    return engine.job(JobSettings.DEFAULT.tokenBudget(1_000).parkAtBudget(rule));
  }

  private FakeTask lacking(FakeJob job, TargetGate target) {
    return engine.submit(job, agent, target, o -> o.unfunded());
  }

  private void fund(FakeTask task) {
    engine.engine.funded(engine.now, task);
  }

  @Test
  void itHoldsAPlaceAndNoTokensUntilSomebodyPays() {
    FakeJob job = job(RULE);
    FakeTask task = lacking(job, engine.target());
    assertThat(engine.log).contains("parked 0 BUDGET " + 60 * SECOND);
    assertThat(task.runs()).isFalse();
    assertThat(engine.engine.ledger().waiting()).isEqualTo(1);
    assertThat(engine.engine.ledger().parked()).isEqualTo(1);
    assertThat(engine.engine.ledger().reservedTokens()).isZero();
    assertThat(task.wantedTokens()).isEqualTo(100);
    assertThat(engine.engine.unfunded(job)).containsExactly(task);
    engine.at(SECOND);
    fund(task);
    assertThat(engine.log).contains("unparked 0 RUN FUNDED");
    assertThat(task.startedNs).isEqualTo(SECOND);
    assertThat(engine.engine.unfunded(job)).isEmpty();
    assertThat(engine.engine.ledger().reservedTokens()).isEqualTo(100);
    assertThat(engine.engine.spendingOf(job).tokensReserved()).isEqualTo(100);
    engine.finish(task);
    assertThat(engine.engine.spendingOf(job).tokensSpent()).isEqualTo(100);
    engine.assertAtRest();
  }

  // A submitter saw the rule of before, and came behind the change.
  @Test
  void whoWasLetInByARuleThatIsOffIsParkedByTheLastThatWasOn() {
    JobSettings first = JobSettings.DEFAULT.tokenBudget(1_000);
    FakeJob job = engine.job(first);
    ParkPolicy later = ParkPolicy.atBudget().then(Action.REFUSE, Duration.ofSeconds(7));
    engine.engine.jobReconfigured(engine.now, job, first.parkAtBudget(later));
    engine.engine.jobReconfigured(engine.now, job, first.parkAtBudget(ParkPolicy.OFF));
    FakeTask task = lacking(job, engine.target());
    assertThat(engine.log).contains("parked 0 BUDGET " + 7 * SECOND);
    engine.advance(7 * SECOND + 1);
    assertThat(task.ending).isEqualTo(Ending.CANCELLED_BUDGET);
    engine.assertAtRest();
  }

  @Test
  void ifNobodyPaysItsActionFollowsAtItsTime() {
    FakeTask task = lacking(job(RULE), engine.target());
    engine.advance(60 * SECOND + 1);
    assertThat(task.ending).isEqualTo(Ending.CANCELLED_BUDGET);
    assertThat(task.endedNs).isEqualTo(60 * SECOND);
    engine.assertAtRest();
  }

  @Test
  void whoseTaskIsOverPaysForNothing() {
    FakeTask task = lacking(job(RULE), engine.target());
    engine.cancel(task);
    assertThat(task.ending).isEqualTo(Ending.CANCELLED_CALLER);
    assertThatThrownBy(() -> fund(task)).isInstanceOf(IllegalStateException.class);
    engine.assertAtRest();
  }

  @Test
  void anOperatorMayRefuseItAndNotLetItRunForNothing() {
    FakeJob job = job(RULE);
    FakeTask refused = lacking(job, engine.target());
    FakeTask waits = lacking(job, engine.target());
    assertThat(engine.engine.decide(SECOND, refused.taskId(), Action.RUN)).isFalse();
    assertThat(engine.engine.decide(SECOND, refused.taskId(), Action.REFUSE)).isTrue();
    assertThat(refused.ending).isEqualTo(Ending.CANCELLED_DECLINED);
    assertThat(engine.engine.unfunded(job)).containsExactly(waits);
  }

  @Test
  void theClocksOfItsJobStandStillIfTheRuleSaysSo() {
    FakeJob job = job(RULE.clockStands(true));
    long dueNs = job.deadlineNs();
    FakeTask task = lacking(job, engine.target());
    assertThat(job.deadlineNs()).isEqualTo(Long.MAX_VALUE);
    assertThat(job.remainingNs(7 * SECOND)).isEqualTo(dueNs);
    engine.at(7 * SECOND);
    fund(task);
    assertThat(job.deadlineNs()).isEqualTo(dueNs + 7 * SECOND);
    assertThat(job.remainingNs(8 * SECOND)).isEqualTo(dueNs - SECOND);
    assertThat(job.remainingNs(Long.MAX_VALUE)).isZero();
  }

  private TargetGate ladder(Rung last) {
    return engine.target(t -> t.degradation(DegradationPolicy.of(Rung.of("large", 100), last)));
  }

  @Test
  void itIsDegradedToARungThatCostsNothingAndToNoOther() {
    FakeJob job = job(RULE.then(Action.DEGRADE, MINUTE));
    FakeTask toStatic = lacking(job, ladder(Rung.ofStatic("static")));
    FakeTask toModel = lacking(job, ladder(Rung.of("small", 20)));
    engine.advance(60 * SECOND + 1);
    assertThat(toStatic.startedNs).isEqualTo(60 * SECOND);
    assertThat(toStatic.rung()).isEqualTo(1);
    assertThat(toModel.ending).isEqualTo(Ending.CANCELLED_BUDGET);
    assertThat(engine.engine.ledger().reservedTokens()).isZero();
    engine.finish(toStatic);
    engine.assertAtRest();
  }

  @Test
  void whoIsPaidForIsStillAskedForAtAToolThatAsksFirst() {
    TargetGate tool = engine.target(t -> t.park(ParkPolicy.always().then(Action.RUN, MINUTE)));
    FakeTask task = lacking(job(RULE), tool);
    engine.at(SECOND);
    fund(task);
    assertThat(task.runs()).isFalse();
    assertThat(engine.log).contains("parked 0 ASK_FIRST " + 61 * SECOND);
    engine.advance(61 * SECOND + 1);
    assertThat(task.runs()).isTrue();
  }

  private TargetGate retrying() {
    return engine.target(
        t ->
            t.retry(RetryPolicy.DEFAULT.backoff(Duration.ofSeconds(4), Duration.ofSeconds(4)))
                .breaker(BreakerPolicy.OFF)
                .agentBreaker(BreakerPolicy.OFF));
  }

  private FakeTask failed(FakeJob job) {
    FakeTask task = engine.submit(job, agent, retrying());
    engine.at(SECOND).failUnfunded(task, CallClass.REJECTED);
    assertThat(task.ending).isNull();
    assertThat(engine.log).contains("parked 0 BUDGET " + 61 * SECOND);
    assertThat(engine.engine.ledger().reservedTokens()).isZero();
    return task;
  }

  private long againNs() {
    String retry = engine.log.stream().filter(l -> l.startsWith("retry")).findFirst().orElseThrow();
    return Long.parseLong(retry.substring(retry.lastIndexOf(' ') + 1));
  }

  @Test
  void whatWaitsForItsTimeGoesOnWhereItsChangedLadderIsFreeAndNotBefore() {
    Rung large = Rung.of("large", 100);
    Rung small = Rung.of("small", 20);
    Rung sorry = Rung.ofStatic("sorry");
    RetryPolicy retry = RetryPolicy.DEFAULT.backoff(Duration.ofSeconds(4), Duration.ofSeconds(4));
    TargetGate target =
        engine.target(t -> t.retry(retry).degradation(DegradationPolicy.of(large, sorry)));
    FakeTask task = engine.submit(job(RULE), agent, target);
    engine.at(SECOND).failUnfunded(task, CallClass.REJECTED);
    assertThat(engine.engine.decide(engine.now, task.taskId(), Action.DEGRADE)).isTrue();
    engine.engine.targetReconfigured(
        engine.now,
        target,
        target.settings().degradation(DegradationPolicy.of(large, small, sorry)));
    FakeTask other = engine.submit(engine.job(), agent, target);
    assertThat(other.runs()).as("nothing is held up by what has no turn yet").isTrue();
    engine.finish(other);
    engine.advance(againNs());
    assertThat(task.attempts).isEqualTo(1);
    engine.advance(againNs() + 1);
    assertThat(task.attempts).isEqualTo(2);
    assertThat(task.rung()).as("static, as before").isEqualTo(2);
    engine.finish(task, AttemptEnd.RETURNED, 0, false);
    engine.assertAtRest();
  }

  @Test
  void aRetryGoesOnWhenItIsPaidForAndItsTimeHasCome() {
    FakeTask task = failed(job(RULE));
    fund(task);
    long againNs = againNs();
    assertThat(againNs).isGreaterThan(SECOND);
    assertThat(task.attempts).isEqualTo(1);
    engine.advance(againNs + 1);
    assertThat(task.attempts).isEqualTo(2);
    assertThat(task.startedNs).isEqualTo(againNs);
    engine.finish(task);
    assertThat(task.ending).isEqualTo(Ending.COMPLETED);
    engine.assertAtRest();
  }

  @Test
  void aRetryForWhichNobodyPaysEndsAsItsLastAttempt() {
    FakeTask task = failed(job(RULE));
    engine.advance(61 * SECOND + 1);
    assertThat(task.ending).isEqualTo(Ending.FAILED);
    assertThat(task.endedNs).isEqualTo(61 * SECOND);
    engine.assertAtRest();
  }

  @Test
  void admissionIsToldWhenNoMoreMayBeParkedAndARetryEndsThen() {
    engine = new EngineHarness(s -> s.maxInFlight(2).maxParked(1));
    agent = engine.agent();
    FakeJob job = job(RULE);
    FakeTask running = engine.submit(job, agent, retrying());
    FakeTask first = lacking(job, engine.target());
    assertThat(engine.log).contains("parking full true");
    FakeTask second = lacking(job, engine.target());
    assertThat(second.ending).isEqualTo(Ending.CANCELLED_BUDGET);
    engine.failUnfunded(running, CallClass.REJECTED);
    assertThat(running.ending).isEqualTo(Ending.FAILED);
    assertThat(engine.log).contains("unused 0");
    fund(first);
    assertThat(engine.log).contains("parking full false");
    engine.finish(first);
    engine.assertAtRest();
  }
}
