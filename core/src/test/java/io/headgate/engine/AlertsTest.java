package io.headgate.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.BreakerPolicy;
import io.headgate.BurnPolicy;
import io.headgate.CallClass;
import io.headgate.JobSettings;
import io.headgate.TargetSettings;
import io.headgate.UsagePolicy;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TakenAgain;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineHarness.FakeJob;
import io.headgate.engine.EngineHarness.FakeTask;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Alerts: an agent that spends many times its usual, a target that reports no usage. */
class AlertsTest {
  private static final long MINUTE = 60 * EngineHarness.SECOND;

  private final EngineHarness h = new EngineHarness(s -> s);
  private final BurnPolicy policy =
      new BurnPolicy(5, Duration.ofMinutes(1), Duration.ofMinutes(20), 1_000);
  private final AgentGate agent = h.agent(a -> a.burn(policy));
  private final TargetGate target =
      h.target(t -> t.breaker(BreakerPolicy.OFF).agentBreaker(BreakerPolicy.OFF));
  private final FakeJob job = h.open(null, 100 * EngineHarness.HOUR, JobSettings.UNLIMITED);

  private void spend(long atNs, long tokens) {
    h.at(atNs);
    FakeTask task = h.submit(job, agent, target, o -> o.tokens(tokens));
    h.finish(task);
  }

  private void spendAMinute(int minutes, long tokens) {
    long from = h.now - h.now % MINUTE + MINUTE;
    for (int i = 0; i < minutes; i++) {
      spend(from + i * MINUTE, tokens);
    }
  }

  private List<String> alerts() {
    return h.log.stream()
        .filter(line -> line.startsWith("burn") || line.startsWith("usage"))
        .toList();
  }

  @Test
  void spendingFiveTimesTheUsualIsAnAlertThatEndsBySilence() {
    spendAMinute(30, 400);
    assertThat(alerts()).isEmpty();
    long from = h.now + 10 * EngineHarness.SECOND;
    spend(from, 1_500);
    assertThat(alerts()).as("1,900 within a minute").isEmpty();
    spend(from + EngineHarness.SECOND, 500);
    assertThat(alerts()).hasSize(1).first().asString().startsWith("burn agent-0 true 2400 usual 3");
    assertThat(h.engine.alertsOf(agent)).containsExactly("BURN_RATE");
    h.advance(from + 2 * MINUTE);
    assertThat(alerts()).hasSize(2).last().asString().startsWith("burn agent-0 false 0");
    assertThat(h.engine.alertsOf(agent)).isEmpty();
    assertThat(h.engine.nextTimerNs())
        .as("only the job's deadline is left")
        .isEqualTo(job.deadlineNs());
  }

  @Test
  void whoIsNewHasNoUsualYet() {
    for (int i = 0; i < 50; i++) {
      spend(i * EngineHarness.SECOND, 10_000);
    }
    assertThat(alerts()).isEmpty();
  }

  @Test
  void fiveTimesALittleIsNoAlert() {
    spendAMinute(10, 10);
    spend(h.now + EngineHarness.SECOND, 900);
    assertThat(alerts()).isEmpty();
    spend(h.now + EngineHarness.SECOND, 200);
    assertThat(alerts()).hasSize(1);
  }

  @Test
  void whatIsSpentEveryMinuteBecomesTheUsual() {
    spendAMinute(30, 400);
    spendAMinute(60, 4_000);
    assertThat(alerts()).hasSize(2).last().asString().startsWith("burn agent-0 false");
  }

  @Test
  void aPolicyThatIsSwitchedOffEndsTheAlert() {
    spendAMinute(30, 400);
    spend(h.now + EngineHarness.SECOND, 4_000);
    h.engine.agentReconfigured(h.now, agent, agent.settings().burn(BurnPolicy.OFF));
    assertThat(alerts()).hasSize(2);
    assertThat(h.engine.nextTimerNs()).isEqualTo(job.deadlineNs());
  }

  @Test
  void anHourOfSilenceIsWorthAsMuchAsSixtyEmptyMinutes() {
    BurnMeter at = new BurnMeter(new AgentEntry(agent, agent.settings()), policy, 0);
    BurnMeter once = new BurnMeter(new AgentEntry(agent, agent.settings()), policy, 0);
    for (int i = 0; i < 30; i++) {
      at.spend(400, i * MINUTE);
      once.spend(400, i * MINUTE);
    }
    for (int i = 30; i <= 90; i++) {
      at.spend(0, i * MINUTE);
    }
    once.spend(0, 90 * MINUTE);
    assertThat(once.usual()).isCloseTo(at.usual(), org.assertj.core.api.Assertions.within(5L));
    assertThat(at.usual()).isBetween(10L, 40L);
  }

  // Of its first minute only two seconds are left: they are no minute's spending.
  @Test
  void whoSpendsEvenlyFromTheEndOfAMinuteOnIsNoAlert() {
    for (int at = 58; at < 400; at++) {
      spend(at * EngineHarness.SECOND, 3_000);
    }
    assertThat(alerts()).isEmpty();
    for (int i = 0; i < 60; i++) {
      spend(h.now + EngineHarness.SECOND / 2, 30_000);
    }
    assertThat(alerts()).as("five times as much").hasSize(1);
  }

  private void call(CallUse.Source source) {
    call(source, CallClass.OK);
  }

  private void call(CallUse.Source source, CallClass end) {
    FakeTask task = h.submit(job, agent, target);
    h.engine.attemptEnded(
        h.now,
        task,
        new AttemptReport(
            end == CallClass.OK ? AttemptEnd.RETURNED : AttemptEnd.THREW,
            end,
            0,
            TakenAgain.NOTHING,
            100,
            0,
            false,
            new CallUse(source, 100, 0)));
  }

  @Test
  void threeCallsInARowWithoutUsageAreAnAlertUntilOneReportsIt() {
    call(CallUse.Source.ASSUMED);
    call(CallUse.Source.ASSUMED);
    call(CallUse.Source.REPORTED);
    call(CallUse.Source.ASSUMED);
    call(CallUse.Source.ASSUMED);
    assertThat(alerts()).isEmpty();
    call(CallUse.Source.ASSUMED);
    call(CallUse.Source.ASSUMED);
    assertThat(alerts()).containsExactly("usage of target-0 missing true");
    assertThat(h.engine.alertsOf(target)).containsExactly("USAGE_MISSING");
    call(CallUse.Source.CHARGED);
    assertThat(alerts()).hasSize(2).last().isEqualTo("usage of target-0 missing false");
    assertThat(h.engine.alertsOf(target)).isEmpty();
  }

  @Test
  void norDoesWhatIsKnownOfOneThatFailsEndTheRow() {
    call(CallUse.Source.ASSUMED);
    call(CallUse.Source.REPORTED, CallClass.REJECTED);
    call(CallUse.Source.ASSUMED);
    call(CallUse.Source.ASSUMED);
    assertThat(alerts()).containsExactly("usage of target-0 missing true");
    call(CallUse.Source.REPORTED, CallClass.REJECTED);
    assertThat(alerts()).hasSize(1);
  }

  @Test
  void whatIsForgottenHasNoAlert() {
    for (int i = 0; i < 3; i++) {
      call(CallUse.Source.ASSUMED);
    }
    spendAMinute(5, 400);
    spendAMinute(1, 4_000);
    assertThat(alerts()).anyMatch(line -> line.startsWith("burn agent-0 true"));
    assertThat(alerts()).contains("usage of target-0 missing true");
    h.engine.targetRemoved(h.now, target);
    h.engine.targetEvicted(h.now, target);
    h.engine.agentRemoved(h.now, agent);
    h.engine.agentEvicted(h.now, agent);
    assertThat(alerts()).contains("usage of target-0 missing false");
    assertThat(alerts()).last().asString().startsWith("burn agent-0 false");
  }

  @Test
  void howManyInARowIsSaidByThePolicyAndJudgedAnewWhenItChanges() {
    call(CallUse.Source.ASSUMED);
    call(CallUse.Source.ASSUMED);
    call(CallUse.Source.ASSUMED);
    change(new UsagePolicy(4));
    assertThat(alerts()).last().isEqualTo("usage of target-0 missing false");
    call(CallUse.Source.ASSUMED);
    assertThat(alerts()).last().isEqualTo("usage of target-0 missing true");
    change(UsagePolicy.OFF);
    call(CallUse.Source.ASSUMED);
    assertThat(alerts()).hasSize(4).last().isEqualTo("usage of target-0 missing false");
    assertThat(h.engine.alertsOf(target)).isEmpty();
    change(new UsagePolicy(1));
    assertThat(alerts()).hasSize(5).last().isEqualTo("usage of target-0 missing true");
  }

  private void change(UsagePolicy usage) {
    h.engine.targetReconfigured(h.now, target, TargetSettings.DEFAULT.usage(usage));
  }

  @Test
  void theBoundIsNamedWithTheMend() {
    assertThatThrownBy(() -> new UsagePolicy(0))
        .hasMessageContaining("usage policy's missingInRow is 0")
        .hasMessageContaining("1 to 1000");
    assertThatThrownBy(() -> TargetSettings.DEFAULT.usage(null))
        .hasMessage("target's usage is null; use UsagePolicy.OFF for no alert");
  }

  // An outage would be one else, long before the breaker has seen enough of it.
  @Test
  void callsThatFailSayNothingOfUsage() {
    call(CallUse.Source.ASSUMED);
    for (int i = 0; i < 5; i++) {
      call(CallUse.Source.ASSUMED, CallClass.UNAVAILABLE);
      call(CallUse.Source.ASSUMED, CallClass.TIMED_OUT);
    }
    assertThat(alerts()).isEmpty();
    call(CallUse.Source.ASSUMED, CallClass.BAD_ANSWER);
    call(CallUse.Source.ASSUMED);
    assertThat(alerts()).containsExactly("usage of target-0 missing true");
  }
}
