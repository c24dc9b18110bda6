package io.headgate.engine;

import static io.headgate.engine.EngineHarness.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.BreakerPolicy;
import io.headgate.CallClass;
import io.headgate.DegradationPolicy;
import io.headgate.DegradationPolicy.Rung;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineHarness.FakeJob;
import io.headgate.engine.EngineHarness.FakeTask;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a probe's call submits starts with it, of however many probes it is part. */
final class TrialTest {
  private static final BreakerPolicy ONE = BreakerPolicy.DEFAULT.probes(1);

  private final EngineHarness e = new EngineHarness(s -> s.maxInFlight(64).maxWaiting(2_000));
  private final AgentGate a1 = e.agent();
  private final AgentGate a2 = e.agent();
  private final FakeJob job = e.job();

  private TargetGate target() {
    return e.target(t -> t.breaker(ONE).agentBreaker(ONE));
  }

  private void halfOpen(TargetGate target, @Nullable AgentGate agent) {
    e.engine.forceBreaker(e.now, target, agent, true, e.now + 1);
    e.advance(e.now + 2);
  }

  /** Of a call of a1's at the target, another between, and one like the first: each runs. */
  private void assertLetThrough(TargetGate target, AgentGate between, TargetGate through) {
    FakeTask probe = e.submit(job, a1, target);
    assertThat(probe.runs()).isTrue();
    FakeTask below = e.child(probe, job, between, through, o -> o);
    assertThat(below.runs()).isTrue();
    FakeTask part = e.child(below, job, a1, target, o -> o);
    assertThat(part.runs()).as("what is part of the first below the second").isTrue();
  }

  @Test
  void throughAnotherTargetThatIsOnTrialToo() {
    TargetGate a = target();
    TargetGate b = target();
    halfOpen(a, null);
    halfOpen(b, null);
    assertLetThrough(a, a1, b);
  }

  @Test
  void throughAnotherAgentWhileTheTargetIsOnTrialToo() {
    TargetGate a = target();
    halfOpen(a, null);
    halfOpen(a, a1);
    assertLetThrough(a, a2, a);
  }

  @Test
  void throughAnotherAgentBothOnTrial() {
    TargetGate a = target();
    halfOpen(a, a1);
    halfOpen(a, a2);
    assertLetThrough(a, a2, a);
  }

  @Test
  void throughAnotherAgentThatIsWell() {
    TargetGate a = target();
    halfOpen(a, a1);
    assertLetThrough(a, a2, a);
  }

  @Test
  void onARungBelowTheFirst() {
    DegradationPolicy two =
        DegradationPolicy.of(Rung.of("large", 100), Rung.of("small", 20))
            .probing(Duration.ofSeconds(5), Duration.ofSeconds(20), 1);
    TargetGate a = e.target(t -> t.breaker(ONE).agentBreaker(BreakerPolicy.OFF).degradation(two));
    e.engine.forceBreaker(e.now, a, null, true, e.now + 3600 * SECOND);
    for (int i = 0; i < 40; i++) {
      FakeTask t = e.submit(job, i % 2 == 0 ? a1 : a2, a, o -> o.rung(1));
      if (t.runs()) {
        e.advance(e.now + SECOND / 10);
        e.fail(t, CallClass.UNAVAILABLE, 0, false);
      } else {
        e.cancel(t);
        break;
      }
    }
    assertThat(e.log).anyMatch(l -> l.contains("rung 1 OPEN"));
    e.advance(e.now + 10 * SECOND);
    assertThat(e.log).anyMatch(l -> l.contains("rung 1 HALF_OPEN"));
    FakeTask probe = e.submit(job, a1, a, o -> o.rung(1));
    assertThat(probe.runs()).isTrue();
    assertThat(e.submit(job, a1, a, o -> o.rung(1)).runs()).as("no part").isFalse();
    assertThat(e.child(probe, job, a1, a, o -> o.rung(1)).runs()).as("its part").isTrue();
  }

  // Forced open, closed and so on while they wait: none is left behind.
  @Test
  void partsThatWaitAreMovedWhenTheTimeHalfOpenIsOver() {
    AgentGate one = e.agent(s -> s.maxInFlight(1));
    TargetGate target = target();
    halfOpen(target, null);
    FakeTask probe = e.submit(job, one, target);
    FakeTask part = e.child(probe, job, one, target, o -> o);
    assertThat(part.runs()).as("its agent's cap is full").isFalse();
    e.engine.forceBreaker(e.now, target, null, true, e.now + 10 * SECOND);
    e.finish(probe);
    assertThat(part.runs()).as("open").isFalse();
    e.advance(e.now + 11 * SECOND);
    assertThat(part.runs()).as("as the next probe").isTrue();
    FakeTask other = e.submit(job, a1, target);
    assertThat(other.runs()).as("it took a place").isFalse();
    e.finish(part);
    assertThat(other.runs()).isTrue();
    e.finish(other);
    e.assertAtRest();
  }
}
