package io.headgate.engine;

import static io.headgate.engine.EngineHarness.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Priority;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineHarness.FakeTask;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How long an agent's new job is thought to wait, beside one that has much waiting. */
final class OwnWaitTest {
  private final EngineHarness h = new EngineHarness(s -> s.maxInFlight(1));
  private final AgentGate loud = h.agent();
  private final AgentGate quiet = h.agent();
  private final TargetGate target = h.target(t -> t.timeout(Duration.ofMinutes(10)));

  private FakeTask come(AgentGate agent) {
    return h.submit(h.job(), agent, target);
  }

  private void next() {
    h.advance(h.now + SECOND);
    h.finish(h.started.getLast());
  }

  private double seconds(AgentGate agent) {
    return target.estimatedWaitNs(agent, Priority.NORMAL, false) / (double) SECOND;
  }

  @Test
  void itIsItsOwnQueueAndOneTurnOfEachThatWaits() {
    for (int i = 0; i < 60; i++) {
      var _ = come(loud);
    }
    for (int i = 0; i < 20; i++) {
      next(); // a second each
    }
    assertThat(seconds(loud)).as("39 wait").isBetween(33.0, 46.0);
    assertThat(seconds(quiet)).as("one turn of the loud one").isBetween(0.8, 1.3);
    FakeTask first = come(quiet);
    next();
    next();
    assertThat(first.startedNs).as("fair share: after one turn of the loud one").isPositive();
    for (int i = 0; i < 39; i++) {
      next();
    }
    assertThat(seconds(loud)).as("nothing waits").isZero();
    assertThat(loud.queuedNew()).isZero();
    assertThat(quiet.queuedNew()).isZero();
  }

  @Test
  void aCrowdOfAgentsWithOneJobEachWaitsForAllTurns() {
    for (int i = 0; i < 50; i++) {
      var _ = come(h.agent());
      if (i % 5 == 4) {
        next();
      }
    }
    assertThat(seconds(quiet)).as("39 agents wait, a second each").isBetween(33.0, 46.0);
  }
}
