package io.headgate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.BreakerPolicy;
import io.headgate.CallClass;
import io.headgate.JobSettings;
import io.headgate.RetryPolicy;
import io.headgate.Spending;
import io.headgate.Waste;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TakenAgain;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineHarness.FakeJob;
import io.headgate.engine.EngineHarness.FakeTask;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What is spent in vain: on failures, and on answers that come too late. */
class SpendTallyTest {
  private final EngineHarness h = new EngineHarness(s -> s);
  private final AgentGate agent = h.agent();
  private final TargetGate target =
      h.target(
          t ->
              t.timeout(Duration.ofSeconds(10))
                  .breaker(BreakerPolicy.OFF)
                  .agentBreaker(BreakerPolicy.OFF));
  private final FakeJob job = h.open(null, EngineHarness.HOUR, JobSettings.UNLIMITED);

  private FakeTask submit() {
    return h.submit(job, agent, target, o -> o.tokens(100).money(7));
  }

  private void assertWaste(Waste expected) {
    assertThat(h.engine.ledger().tally().waste()).isEqualTo(expected);
    assertThat(ledgerOf(agent).tally().waste()).isEqualTo(expected);
    assertThat(ledgerOf(target).tally().waste()).isEqualTo(expected);
    h.engine.jobClosed(h.now, job);
    assertThat(job.spending.waste()).isEqualTo(expected);
    h.assertAtRest();
  }

  private Ledger ledgerOf(AgentGate gate) {
    Ledger ledger = h.engine.ledgerOf(gate);
    assertThat(ledger).isNotNull();
    return ledger;
  }

  private Ledger ledgerOf(TargetGate gate) {
    Ledger ledger = h.engine.ledgerOf(gate);
    assertThat(ledger).isNotNull();
    return ledger;
  }

  @Test
  void moneyBeyondWhatALongHoldsIsTheMostThatOneSays() {
    FakeTask[] tasks = new FakeTask[7];
    for (int i = 0; i < tasks.length; i++) {
      tasks[i] = h.submit(job, agent, target, o -> o.money(2_000_000_000_000_000_000L));
    }
    Ledger all = h.engine.ledger();
    assertThat(all.reservedMoney()).isEqualTo(Long.MAX_VALUE);
    for (FakeTask task : tasks) {
      h.finish(task);
    }
    assertThat(all.reservedMoney()).isZero();
    assertThat(all.spentMoney()).isEqualTo(Long.MAX_VALUE);
    h.engine.jobClosed(h.now, job);
    assertThat(job.spentMoney).isEqualTo(Long.MAX_VALUE);
    h.assertAtRest();
  }

  @Test
  void anAnswerInTimeIsNoWaste() {
    h.finish(submit());
    assertWaste(Waste.NONE);
    assertThat(job.spentTokens).isEqualTo(100);
  }

  @Test
  void whatAFailedCallUsedIsSpentOnFailures() {
    h.finish(submit(), AttemptEnd.THREW, 60, false);
    h.finish(submit());
    assertWaste(new Waste(60, 0, 7, 0));
  }

  @Test
  void aCutOffAnswerIsAFailure() {
    h.finish(submit(), AttemptEnd.CUT_OFF, 60, false);
    assertWaste(new Waste(60, 0, 7, 0));
  }

  @Test
  void whatEndsAfterItsTimeoutIsTooLateAndNoFailure() {
    FakeTask task = submit();
    h.advance(11 * EngineHarness.SECOND);
    assertThat(task.ending).isEqualTo(Ending.TIMED_OUT_TIMEOUT);
    assertThat(h.engine.ledger().tally().waste()).isEqualTo(Waste.NONE);
    h.finish(task, AttemptEnd.RETURNED, 80, false);
    assertWaste(new Waste(0, 80, 0, 7));
  }

  @Test
  void whatEndsAfterItWasCancelledIsTooLate() {
    FakeTask task = submit();
    h.cancel(task);
    h.finish(task, AttemptEnd.THREW, 80, false);
    assertWaste(new Waste(0, 80, 0, 7));
  }

  @Test
  void aFailureThatIsTriedAgainIsCountedByItself() {
    h.engine.targetReconfigured(
        h.now, target, target.settings().retry(RetryPolicy.DEFAULT.budget(100, 20)));
    FakeTask task = submit();
    h.fail(task, CallClass.UNAVAILABLE);
    h.advance(9 * EngineHarness.SECOND);
    assertThat(task.attempts).isEqualTo(2);
    h.finish(task);
    assertWaste(new Waste(100, 0, 0, 0));
    assertThat(job.spentTokens).isEqualTo(200);
  }

  @Test
  void aSubJobsWasteIsItsParentsToo() {
    FakeJob child = h.split(job);
    FakeTask task = h.submit(child, agent, target, o -> o.tokens(100).money(7));
    h.finish(task, AttemptEnd.THREW, 60, false);
    h.engine.jobClosed(h.now, child);
    assertThat(child.spending.waste()).isEqualTo(new Waste(60, 0, 7, 0));
    assertWaste(new Waste(60, 0, 7, 0));
  }

  @Test
  void whatIsSpentInAMinuteFallsToZeroAsTimeGoesOn() {
    FakeJob other = h.open(null, EngineHarness.HOUR, JobSettings.UNLIMITED);
    h.advance(30 * EngineHarness.SECOND);
    h.finish(submit());
    h.finish(submit());
    long digest = h.engine.digest();
    assertThat(lastMinute(job)).isEqualTo(200);
    assertThat(lastMinute(other)).isZero();
    h.advance(90 * EngineHarness.SECOND);
    assertThat(lastMinute(job)).isEqualTo(100);
    assertThat(h.engine.spendingOf(job).moneyLastMinuteNanos()).isEqualTo(7);
    for (Ledger ledger : new Ledger[] {h.engine.ledger(), ledgerOf(agent), ledgerOf(target)}) {
      assertThat(ledger.tokensLastMinute(h.now)).isEqualTo(100);
      assertThat(ledger.moneyLastMinute(h.now)).isEqualTo(7);
    }
    h.advance(120 * EngineHarness.SECOND);
    assertThat(lastMinute(job)).isZero();
    assertThat(h.engine.ledger().tokensLastMinute(h.now)).isZero();
    assertThat(h.engine.digest()).as("looks and time are no inputs").isEqualTo(digest);
    h.engine.jobClosed(h.now, job);
    h.engine.jobClosed(h.now, other);
    h.assertAtRest();
  }

  @Test
  void aSubJobsMinuteIsItsParentsToo() {
    FakeJob child = h.split(job);
    h.finish(h.submit(child, agent, target, o -> o.tokens(100).money(7)));
    assertThat(lastMinute(child)).isEqualTo(100);
    assertThat(lastMinute(job)).as("while its part is open").isZero();
    h.engine.jobClosed(h.now, child);
    assertThat(lastMinute(job)).isEqualTo(100);
    assertThat(child.spending.tokensLastMinute()).as("of one that is over").isEqualTo(100);
    h.engine.jobClosed(h.now, job);
    h.assertAtRest();
  }

  private long lastMinute(FakeJob of) {
    Spending spending = h.engine.spendingOf(of);
    assertThat(spending).isNotNull();
    return spending.tokensLastMinute();
  }

  @Test
  void reservedOverUsedLooksAtCallsWhoseUseIsKnown() {
    SpendTally tally = new SpendTally();
    assertThat(tally.reservedOverUsed()).isZero();
    tally.ended(report(100, new CallUse(CallUse.Source.REPORTED, 500, 60)), false);
    tally.ended(report(300, new CallUse(CallUse.Source.CHARGED, 500, 60)), true);
    tally.ended(report(900, new CallUse(CallUse.Source.ASSUMED, 900, 0)), false);
    assertThat(tally.reservedOverUsed()).isEqualTo(2.5);
  }

  private static AttemptReport report(long tokens, CallUse use) {
    return new AttemptReport(
        AttemptEnd.RETURNED, CallClass.OK, 0, TakenAgain.NOTHING, tokens, 0, false, use);
  }
}
