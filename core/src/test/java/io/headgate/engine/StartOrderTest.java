package io.headgate.engine;

import static io.headgate.engine.EngineHarness.HOUR;
import static io.headgate.engine.EngineHarness.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Priority;
import io.headgate.QueuePolicy;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineHarness.FakeJob;
import io.headgate.engine.EngineHarness.FakeTask;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who starts next: band, then class, then the agent that was served least, then deadline. */
@Timeout(30)
class StartOrderTest {
  private final EngineHarness h = new EngineHarness(s -> s.maxInFlight(1));
  private final TargetGate target = h.target();
  private final AgentGate agent = h.agent();
  private final AgentGate other = h.agent();
  private final FakeTask blocker = h.submit(h.job(), agent, target);

  /** Ends what runs, one after the other; answers what started, in order. */
  private List<FakeTask> drain() {
    List<FakeTask> order = new ArrayList<>();
    FakeTask running = h.started.getLast();
    while (true) {
      int before = h.started.size();
      h.finish(running);
      if (h.started.size() == before) {
        h.assertAtRest();
        return order;
      }
      running = h.started.getLast();
      order.add(running);
    }
  }

  @Test
  void theBandComesFirstWhateverTheClassOrTheDeadline() {
    FakeTask background =
        h.submit(h.jobUntil(SECOND), agent, target, o -> o.priority(Priority.BACKGROUND).child());
    FakeTask normal = h.submit(h.jobUntil(HOUR), agent, target, o -> o.child());
    FakeTask critical =
        h.submit(h.jobUntil(2 * HOUR), agent, target, o -> o.priority(Priority.CRITICAL));
    assertThat(drain()).containsExactly(critical, normal, background);
  }

  @Test
  void theClassComesNextAcrossAgentsWhateverTheShareOrTheDeadline() {
    FakeJob begunJob = h.job();
    FakeTask beginner =
        h.submit(begunJob, agent, target, o -> o.priority(Priority.CRITICAL).tokens(50_000));
    h.finish(blocker);
    assertThat(beginner.runs()).isTrue();
    FakeTask urgentNew = h.submit(h.jobUntil(SECOND), other, target);
    FakeTask begun = h.submit(begunJob, agent, target);
    FakeTask awaited = h.submit(begunJob, agent, target, o -> o.child());
    assertThat(drain()).containsExactly(awaited, begun, urgentNew);
  }

  @Test
  void aJobThatBeginsTakesItsWaitingTasksAndSubJobsUpAClass() {
    FakeJob job = h.job();
    FakeJob sub = h.split(job);
    FakeTask subs = h.submit(sub, agent, target, o -> o.ttl(30 * SECOND));
    FakeTask stranger = h.submit(h.job(), agent, target, o -> o.ttl(20 * SECOND));
    FakeTask first = h.submit(job, agent, target, o -> o.ttl(10 * SECOND));
    assertThat(drain()).containsExactly(first, subs, stranger);
    assertThat(job.begun).as("told once").isEqualTo(1);
    assertThat(sub.begun).as("told once").isEqualTo(1);
  }

  @Test
  void aSubJobsStartBeginsTheWholeTree() {
    FakeJob job = h.job();
    FakeJob sub = h.split(job);
    FakeJob sibling = h.split(job);
    FakeTask late = h.submit(sibling, agent, target, o -> o.ttl(40 * SECOND));
    FakeTask parents = h.submit(job, agent, target, o -> o.ttl(30 * SECOND));
    FakeTask stranger = h.submit(h.job(), agent, target, o -> o.ttl(20 * SECOND));
    FakeTask first = h.submit(sub, agent, target, o -> o.ttl(10 * SECOND));
    assertThat(drain()).containsExactly(first, parents, late, stranger);
    assertThat(h.split(job).begun).as("a later sub-job is begun, untold").isZero();
  }

  @Test
  void theAgentServedLeastForItsWeightComesNext() {
    AgentGate heavy = h.agent(a -> a.weight(3));
    FakeTask[] agents = new FakeTask[3];
    FakeTask[] heavys = new FakeTask[7];
    for (int i = 0; i < agents.length; i++) {
      agents[i] = h.submit(h.job(), agent, target, o -> o.tokens(300));
    }
    for (int i = 0; i < heavys.length; i++) {
      heavys[i] = h.submit(h.job(), heavy, target, o -> o.tokens(300));
    }
    // Both counters: 100 (the blocker's), since heavy is lifted to the least that waits.
    assertThat(drain())
        .containsExactly(
            agents[0], heavys[0], heavys[1], heavys[2], agents[1], heavys[3], heavys[4], heavys[5],
            agents[2], heavys[6]);
  }

  @Test
  void anAgentsTasksStartByTheEarlierOfTtlAndJobDeadlineThenInOrderOfAdmission() {
    FakeTask byJob = h.submit(h.jobUntil(20 * SECOND), agent, target, o -> o.ttl(SECOND * 40));
    FakeTask second = h.submit(h.jobUntil(30 * SECOND), agent, target);
    FakeTask third = h.submit(h.jobUntil(30 * SECOND), agent, target);
    FakeTask byTtl = h.submit(h.job(), agent, target, o -> o.ttl(10 * SECOND));
    assertThat(drain()).containsExactly(byTtl, byJob, second, third);
  }

  @Test
  void ageingBringsAnOldTaskForwardInsideItsClass() {
    h.engine.targetReconfigured(h.now, target, target.settings().queue(QueuePolicy.OFF));
    FakeTask old = h.submit(h.jobUntil(20 * HOUR), agent, target);
    h.at(59 * SECOND);
    // Due at 59.5 s: before the old one, which counts as due at 60 s.
    FakeTask urgent = h.submit(h.job(), agent, target, o -> o.ttl(SECOND / 2));
    h.at(60 * SECOND - SECOND / 2);
    FakeTask lessUrgent = h.submit(h.jobUntil(61 * SECOND), agent, target);
    assertThat(drain()).containsExactly(urgent, old, lessUrgent);
  }

  @Test
  void ageingNeverMixesTheClasses() {
    FakeJob begunJob = h.job();
    h.submit(begunJob, agent, target, o -> o.priority(Priority.CRITICAL));
    h.finish(blocker);
    FakeTask ancient = h.submit(h.job(), agent, target);
    h.at(20 * HOUR);
    // The timeout of two minutes has ended the running one; its thread holds on.
    FakeTask young = h.submit(begunJob, agent, target);
    FakeTask child = h.submit(begunJob, agent, target, o -> o.child());
    assertThat(drain()).containsExactly(child, young, ancient);
  }

  @Test
  void ageingNeverMixesTheBands() {
    FakeTask ancient =
        h.submit(h.job(), agent, target, o -> o.priority(Priority.BACKGROUND).child());
    h.at(20 * HOUR);
    FakeTask young = h.submit(h.job(), agent, target);
    assertThat(drain()).containsExactly(young, ancient);
  }
}
