package io.headgate.engine;

import static io.headgate.engine.EngineHarness.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.AlertKind;
import io.headgate.BreakerPolicy;
import io.headgate.CallClass;
import io.headgate.LevelPolicy;
import io.headgate.ParkPolicy;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineHarness.FakeTask;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Alerts of targets: what is done comes first, they are told second, and they do not flap. */
final class TargetAlertsTest {
  private final EngineHarness h = new EngineHarness(s -> s);
  private final AgentGate agent = h.agent();

  private TargetGate target(UnaryOperator<TargetSettings> change) {
    return h.target(
        t ->
            change.apply(
                t.maxInFlight(1)
                    .breaker(BreakerPolicy.OFF)
                    .agentBreaker(BreakerPolicy.OFF)
                    .timeout(Duration.ofSeconds(10))));
  }

  private FakeTask come(TargetGate target) {
    return h.submit(h.jobUntil(h.now + 3_600 * SECOND), agent, target);
  }

  private void isToldBehind(String did, AlertKind kind) {
    String alert = "alert target-0 " + kind + " true";
    List<String> log = h.log;
    assertThat(log).contains(alert);
    int at = log.indexOf(alert);
    assertThat(log.subList(0, at)).as("done before %s", alert).anyMatch(l -> l.startsWith(did));
    assertThat(log.subList(at, log.size()))
        .filteredOn(line -> line.equals(alert))
        .as("told once")
        .hasSize(1);
  }

  @Test
  void aLoweredLevel() {
    TargetGate target = target(t -> t.level(LevelPolicy.DEFAULT).timeout(Duration.ofMinutes(10)));
    for (int i = 0; i < 4; i++) {
      come(target);
      h.advance(h.now + SECOND);
      h.finish(h.started.getLast());
    }
    for (int i = 0; i < 40; i++) {
      come(target);
    }
    h.advance(h.now + SECOND);
    come(target);
    isToldBehind("level of target-0", AlertKind.LEVEL_LOWERED);
  }

  @Test
  void anOpenBreaker() {
    TargetGate target = target(t -> t.maxInFlight(100).breaker(BreakerPolicy.DEFAULT));
    AgentGate other = h.agent();
    for (int i = 0; i < 100; i++) {
      FakeTask task = h.submit(h.jobUntil(3_600 * SECOND), i % 2 == 0 ? agent : other, target);
      if (task.runs()) {
        h.fail(task, CallClass.UNAVAILABLE, 0, false);
      }
    }
    isToldBehind("breaker target-0 OPEN", AlertKind.BREAKER_OPEN);
    assertThat(h.engine.alertsOf(target)).contains("BREAKER_OPEN");
  }

  @Test
  void overrunsEndTheirAlertTenSecondsAfterTheLast() {
    TargetGate target = target(t -> t.timeout(Duration.ofSeconds(3)));
    FakeTask first = come(target);
    h.advance(4 * SECOND);
    isToldBehind("shut target-0", AlertKind.OVERRUNS);
    h.finish(first);
    h.advance(10 * SECOND);
    FakeTask second = come(target); // and overruns, too: still the same alert
    h.advance(26 * SECOND);
    assertThat(h.log).doesNotContain("alert target-0 OVERRUNS false");
    h.finish(second);
    isToldBehind("shut target-0", AlertKind.OVERRUNS);
    h.advance(36 * SECOND);
    assertThat(h.log).doesNotContain("alert target-0 OVERRUNS false");
    h.advance(37 * SECOND);
    assertThat(h.log).contains("alert target-0 OVERRUNS false");
    assertThat(h.engine.alertsOf(target)).isEmpty();
    h.advance(4_000 * SECOND);
    assertThat(h.engine.nextTimerNs()).as("no timer is left").isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void parkedWork() {
    TargetGate target =
        target(
            t -> t.park(ParkPolicy.always().then(ParkPolicy.Action.REFUSE, Duration.ofSeconds(5))));
    come(target);
    isToldBehind("parked 0", AlertKind.WORK_PARKED);
    h.advance(16 * SECOND);
    assertThat(h.log).contains("alert target-0 WORK_PARKED false");
  }

  @Test
  void aQueueThatIsOverEndsItsAlertThoughNothingStarts() {
    TargetGate target = target(t -> t.timeout(Duration.ofMinutes(10)));
    come(target);
    for (int i = 0; i < 3; i++) {
      var _ = h.submit(h.jobUntil(h.now + 3_600 * SECOND), agent, target, o -> o.ttl(5 * SECOND));
      h.advance(h.now + SECOND);
    }
    h.finish(h.started.getLast());
    assertThat(h.log).contains("alert target-0 QUEUE_STANDS true");
    h.advance(h.now + 60 * SECOND);
    assertThat(h.log).contains("alert target-0 QUEUE_STANDS false");
  }

  @Test
  void aQueueThatStands() {
    TargetGate target = target(t -> t.timeout(Duration.ofMinutes(10)));
    come(target);
    come(target);
    come(target);
    h.advance(3 * SECOND);
    h.finish(h.started.getLast());
    assertThat(h.log).contains("alert target-0 QUEUE_STANDS true");
    assertThat(h.started.getLast().taskId()).as("the newest began first").isEqualTo(2);
  }

  // So many come in each second, and one is done in it.
  private void aMinute(TargetGate target, int comeEachSecond) {
    for (int second = 0; second < 60; second++) {
      for (int i = 0; i < comeEachSecond; i++) {
        var _ = h.submit(h.jobUntil(h.now + 3_600 * SECOND), agent, target);
      }
      h.advance(h.now + SECOND);
      if (!h.started.isEmpty() && h.started.getLast().runs()) {
        h.finish(h.started.getLast());
      }
    }
  }

  @Test
  void aQueueThatGrowsFasterThanItIsServed() {
    TargetGate target = target(t -> t);
    String begins = "alert target-0 QUEUE_GROWS true";
    String ends = "alert target-0 QUEUE_GROWS false";
    aMinute(target, 1);
    assertThat(h.log).as("as many come as are served").doesNotContain(begins);
    aMinute(target, 2);
    assertThat(h.log).contains(begins).doesNotContain(ends);
    assertThat(h.log.indexOf("alert target-0 QUEUE_STANDS true"))
        .as("what is done about it comes first: the newest begins first")
        .isBetween(0, h.log.indexOf(begins));
    aMinute(target, 1);
    assertThat(h.log).as("it is long, and grows no more").contains(ends);
  }

  @Test
  void aQueueThatGrowsEndsItsAlertThoughNothingHappens() {
    TargetGate target = target(t -> t);
    for (int second = 0; second < 60; second++) {
      for (int i = 0; i < 2; i++) {
        var _ = h.submit(h.jobUntil(h.now + 60 * SECOND), agent, target, o -> o.ttl(50 * SECOND));
      }
      h.advance(h.now + SECOND);
      h.finish(h.started.getLast());
    }
    assertThat(h.log).contains("alert target-0 QUEUE_GROWS true");
    h.advance(h.now + 300 * SECOND);
    assertThat(h.log).contains("alert target-0 QUEUE_GROWS false");
    assertThat(h.engine.nextTimerNs()).as("no timer is left").isEqualTo(Long.MAX_VALUE);
  }

  private void calls(TargetGate target, int count, long eachNs) {
    for (int i = 0; i < count; i++) {
      FakeTask task = come(target);
      h.advance(h.now + eachNs);
      h.finish(task);
    }
  }

  @Test
  void aP99AboveItsBudget() {
    TargetGate target = target(t -> t.p99Budget(Duration.ofSeconds(2)));
    String begins = "alert target-0 P99_ABOVE_BUDGET true";
    String ends = "alert target-0 P99_ABOVE_BUDGET false";
    calls(target, 99, SECOND / 10);
    calls(target, 1, 3 * SECOND);
    assertThat(h.log).as("one of a hundred").doesNotContain(begins);
    calls(target, 1, 3 * SECOND);
    assertThat(h.log).as("two of a hundred and one").contains(begins);
    assertThat(h.engine.alertsOf(target)).contains("P99_ABOVE_BUDGET");
    h.advance(h.now + 120 * SECOND);
    assertThat(h.log).contains(ends);
    assertThat(h.engine.nextTimerNs()).as("only jobs' timers").isEqualTo(3_600 * SECOND);
  }

  // All that were late leave the minute at once, and many that were not are still in it.
  @Test
  void oneBurstOfLateCallsIsOverWithItsMinute() {
    TargetGate target = target(t -> t.maxInFlight(100).p99Budget(Duration.ofSeconds(1)));
    calls(target, 33, SECOND / 33);
    List<FakeTask> late = Stream.generate(() -> come(target)).limit(10).toList();
    h.advance(h.now + 2 * SECOND);
    late.forEach(h::finish);
    for (int i = 0; i < 1_500; i++) {
      calls(target, 1, SECOND / 17);
    }
    assertThat(h.log)
        .containsSubsequence(
            "alert target-0 P99_ABOVE_BUDGET true", "alert target-0 P99_ABOVE_BUDGET false");
  }

  @Test
  void whatAP99IsAboveByDefaultIsTheTimeoutAndWaitingCounts() {
    TargetGate target = target(t -> t.timeout(Duration.ofSeconds(1)));
    for (int i = 0; i < 200; i++) {
      come(target);
    }
    for (int i = 0; i < 200; i++) {
      h.advance(h.now + SECOND / 50);
      h.finish(h.started.getLast());
    }
    assertThat(h.log).contains("alert target-0 P99_ABOVE_BUDGET true");
  }

  @Test
  void fewCallsHaveNoP99() {
    TargetGate target = target(t -> t.p99Budget(Duration.ofMillis(1)));
    calls(target, 99, SECOND / 2);
    assertThat(h.log).noneMatch(line -> line.contains("P99_ABOVE_BUDGET"));
  }

  @Test
  void aTargetThatIsForgottenTakesItsAlertsWithIt() {
    TargetGate target = target(t -> t.timeout(Duration.ofSeconds(3)));
    FakeTask overran = come(target);
    h.advance(4 * SECOND);
    assertThat(h.log).contains("alert target-0 OVERRUNS true");
    h.finish(overran);
    h.engine.targetRemoved(h.now, target);
    h.engine.targetEvicted(h.now, target);
    assertThat(h.log).contains("alert target-0 OVERRUNS false");
    assertThat(h.engine.nextTimerNs()).as("only jobs' timers").isEqualTo(3_600 * SECOND);
  }
}
