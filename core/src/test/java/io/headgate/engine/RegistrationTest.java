package io.headgate.engine;

import static io.headgate.engine.EngineHarness.HOUR;
import static io.headgate.engine.EngineHarness.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.AgentSettings;
import io.headgate.BreakerPolicy;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineHarness.FakeJob;
import io.headgate.engine.EngineHarness.FakeTask;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Agents and targets that are removed, come back or are forgotten; what admission is told. */
@Timeout(30)
class RegistrationTest {
  private final EngineHarness h = new EngineHarness(s -> s.maxInFlight(2));
  private final AgentGate agent = h.agent();
  private final TargetGate target = h.target();
  private final FakeJob job = h.job();

  @Test
  void removingAnAgentCancelsWhatWaitsAndStopsNothing() {
    AgentGate other = h.agent();
    TargetGate second = h.target();
    FakeTask running = h.submit(job, agent, target);
    FakeTask others = h.submit(job, other, target);
    FakeTask waiting = h.submit(job, agent, target);
    FakeTask elsewhere = h.submit(job, agent, second);
    FakeTask othersWaiting = h.submit(job, other, target);
    h.engine.agentRemoved(h.now, agent);
    assertThat(List.of(waiting, elsewhere))
        .extracting(task -> task.ending)
        .containsOnly(Ending.CANCELLED_REMOVED);
    assertThat(running.stops).isZero();
    assertThat(h.submit(job, agent, target).ending).isEqualTo(Ending.CANCELLED_REMOVED);
    assertThat(othersWaiting.ending).isNull();
    h.finish(running);
    h.finish(others);
    h.finish(othersWaiting);
    assertThat(running.ending).isEqualTo(Ending.COMPLETED);
    h.assertAtRest();
  }

  @Test
  void removingATargetCancelsWhatWaitsAndStopsNothing() {
    TargetGate second = h.target();
    FakeTask running = h.submit(job, agent, target);
    FakeTask others = h.submit(job, agent, second);
    FakeTask waiting = h.submit(job, agent, target);
    FakeTask othersWaiting = h.submit(job, agent, second);
    h.engine.targetRemoved(h.now, target);
    assertThat(waiting.ending).isEqualTo(Ending.CANCELLED_REMOVED);
    assertThat(othersWaiting.ending).isNull();
    assertThat(running.stops).isZero();
    assertThat(h.submit(job, agent, target).ending).isEqualTo(Ending.CANCELLED_REMOVED);
    h.finish(running);
    h.finish(others);
    h.finish(othersWaiting);
    h.assertAtRest();
  }

  @Test
  void whatComesBackIsTheSameEntry() {
    FakeTask running = h.submit(job, agent, target);
    h.engine.agentRemoved(h.now, agent);
    h.engine.targetRemoved(h.now, target);
    h.engine.agentRegistered(h.now, agent, AgentSettings.DEFAULT.maxInFlight(1));
    h.engine.targetRegistered(h.now, target, TargetSettings.DEFAULT);
    assertThat(h.engine.ledgerOf(agent).running()).isEqualTo(1);
    FakeTask next = h.submit(job, agent, target);
    assertThat(next.runs()).as("the one that runs still counts").isFalse();
    h.finish(running);
    assertThat(next.runs()).isTrue();
  }

  @Test
  void aSubmitterOnTheWayWhileItsAgentWasEvictedIsCancelledAndHarmsNoSuccessor() {
    h.engine.agentRemoved(h.now, agent);
    h.engine.agentEvicted(h.now, agent);
    FakeTask nobody = h.submit(job, agent, target);
    assertThat(nobody.ending).isEqualTo(Ending.CANCELLED_REMOVED);
    AgentGate successor = h.agentAt(agent.index(), a -> a.maxInFlight(1));
    FakeTask running = h.submit(job, successor, target);
    FakeTask waiting = h.submit(job, successor, target);
    FakeTask late = h.submit(job, agent, target);
    assertThat(late.ending).isEqualTo(Ending.CANCELLED_REMOVED);
    assertThat(h.engine.ledgerOf(successor).waiting()).isEqualTo(1);
    assertThat(h.engine.ledgerOf(agent)).isNull();
    h.engine.agentReconfigured(h.now, agent, AgentSettings.DEFAULT);
    h.engine.agentRemoved(h.now, agent);
    assertThat(waiting.ending).as("a late word of the one that is gone").isNull();
    h.finish(running);
    assertThat(waiting.runs()).isTrue();
    h.finish(waiting);
    h.assertAtRest();
  }

  @Test
  void aSubmitterOnTheWayWhileItsTargetWasEvictedIsCancelledAndHarmsNoSuccessor() {
    h.engine.targetRemoved(h.now, target);
    h.engine.targetEvicted(h.now, target);
    FakeTask nobody = h.submit(job, agent, target);
    assertThat(nobody.ending).isEqualTo(Ending.CANCELLED_REMOVED);
    TargetGate successor = h.targetAt(target.index(), t -> t.maxInFlight(1));
    FakeTask running = h.submit(job, agent, successor);
    FakeTask waiting = h.submit(job, agent, successor);
    FakeTask late = h.submit(job, agent, target);
    assertThat(late.ending).isEqualTo(Ending.CANCELLED_REMOVED);
    assertThat(late.startedNs).isEqualTo(-1);
    h.engine.targetReconfigured(h.now, target, TargetSettings.DEFAULT);
    h.engine.targetRemoved(h.now, target);
    assertThat(waiting.ending).isNull();
    h.finish(running);
    assertThat(waiting.runs()).isTrue();
    h.finish(waiting);
    h.assertAtRest();
  }

  @Test
  void estimatesFollowDepthOverServiceRate() {
    for (int i = 0; i < 2; i++) {
      h.submit(job, agent, target);
    }
    h.at(SECOND).finish(h.started.get(0));
    assertThat(h.waitOfNewNs[0]).as("nothing waits").isZero();
    // One runs, so one more starts; then six wait behind two, at a second each. The job has begun.
    for (int i = 0; i < 7; i++) {
      h.submit(job, agent, target);
    }
    assertThat(h.waitOfNewNs[0]).isEqualTo(3 * SECOND);
    assertThat(h.waitOfBegunNs[0]).isEqualTo(3 * SECOND);
    FakeJob fresh = h.job();
    for (int i = 0; i < 2; i++) {
      h.submit(fresh, agent, target);
    }
    assertThat(h.waitOfNewNs[0]).isEqualTo(4 * SECOND);
    assertThat(h.waitOfBegunNs[0]).as("new jobs do not hold up begun ones").isEqualTo(3 * SECOND);
    List<FakeTask> waiting = new ArrayList<>(h.started);
    h.engine.jobClosed(h.now, fresh);
    h.engine.jobClosed(h.now, job);
    assertThat(waiting).isNotEmpty();
    assertThat(h.waitOfNewNs[0]).as("nothing waits any more").isZero();
    assertThat(h.waitOfBegunNs[0]).isZero();
  }

  @Test
  void aTargetThatComesBackWithFewerProbesIsNotCutOffForGood() {
    TargetGate tool = h.target(t -> t.breaker(BreakerPolicy.DEFAULT.probes(5)));
    assertThat(h.engine.forceBreaker(h.now, tool, null, true, SECOND))
        .isEqualTo(Engine.Forced.DONE);
    h.advance(2 * SECOND);
    h.finish(h.submit(job, agent, tool));
    h.finish(h.submit(job, agent, tool));
    assertThat(h.engine.breakerOf(tool)).as("two of five were well").isEqualTo("HALF_OPEN");
    h.engine.targetRemoved(h.now, tool);
    h.engine.targetRegistered(
        h.now, tool, tool.settings().breaker(BreakerPolicy.DEFAULT.probes(2)));
    assertThat(h.engine.breakerOf(tool)).as("two of two were well").isEqualTo("CLOSED");
    assertThat(h.submit(job, agent, tool).runs()).isTrue();
  }

  @Test
  void estimatesArePublishedSeldom() {
    h.submit(job, agent, target);
    h.submit(job, agent, target);
    h.at(SECOND).finish(h.started.getFirst());
    for (int i = 0; i < 2_000; i++) {
      h.submit(job, agent, target);
    }
    // Each by a sixteenth more: ln 2000 / ln 17/16 is 125.
    assertThat(h.estimatesPublished).isBetween(40, 125);
    assertThat(h.waitOfNewNs[0]).isBetween(880 * SECOND, 1_000 * SECOND);
  }

  @Test
  void theStartIntervalIsTheMeanTimeBetweenStartsWhileSomethingWaits() {
    h.submit(job, agent, target);
    h.at(HOUR / 2).submit(job, agent, target);
    assertThat(h.startIntervalNs).as("an idle half hour").isZero();
    for (int i = 0; i < 40; i++) {
      h.submit(job, agent, target);
    }
    // The caps let two run; each end starts another.
    for (int i = 0; i < 30; i++) {
      h.at(h.now + 2 * SECOND).finish(h.started.get(i));
    }
    assertThat(h.startIntervalNs).isEqualTo(2 * SECOND);
  }

  @Test
  void theOldestWaitIsThatOfTheOldest() {
    h.submit(job, agent, target);
    h.submit(job, agent, target);
    h.at(SECOND).submit(job, agent, target);
    h.at(2 * SECOND).submit(job, agent, target);
    h.advance(5 * SECOND);
    assertThat(h.engine.oldestWaitNs()).isEqualTo(4 * SECOND);
    assertThat(h.engine.ledgerOf(agent).oldestAdmittedNs()).isEqualTo(SECOND);
    h.engine.taskCancelled(h.now, h.started.getFirst());
    h.finish(h.started.getFirst());
    assertThat(h.engine.oldestWaitNs()).as("the next has left the row").isEqualTo(3 * SECOND);
  }

  @Test
  void ratesOfAnAgentAndATargetCountTheLastTenSeconds() {
    for (int i = 0; i < 40; i++) {
      h.at(i * SECOND / 2).submit(job, agent, target);
      h.finish(h.started.get(i));
    }
    // Twenty whole seconds: two of each in each of them.
    h.advance(20 * SECOND);
    assertThat(h.engine.ledgerOf(agent).admissionsPerSecond(h.now)).isEqualTo(2);
    assertThat(h.engine.ledgerOf(target).endsPerSecond(h.now)).isEqualTo(2);
    h.advance(25 * SECOND);
    assertThat(h.engine.ledgerOf(agent).admissionsPerSecond(h.now)).isEqualTo(1);
    h.advance(60 * SECOND);
    assertThat(h.engine.ledgerOf(agent).admissionsPerSecond(h.now)).isZero();
  }
}
