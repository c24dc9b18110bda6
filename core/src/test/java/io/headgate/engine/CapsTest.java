package io.headgate.engine;

import static io.headgate.engine.EngineHarness.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.AgentSettings;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineHarness.FakeJob;
import io.headgate.engine.EngineHarness.FakeTask;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Caps per agent, per target and overall; who is held up by them, and who is not. */
@Timeout(30)
class CapsTest {
  private final EngineHarness h = new EngineHarness(s -> s.maxInFlight(3));
  private final FakeJob job = h.job();

  private List<FakeTask> submit(int count, AgentGate agent, TargetGate target) {
    List<FakeTask> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tasks.add(h.submit(job, agent, target));
    }
    return tasks;
  }

  @Test
  void overall() {
    AgentGate agent = h.agent();
    TargetGate target = h.target();
    List<FakeTask> tasks = submit(5, agent, target);
    assertThat(h.started).containsExactlyElementsOf(tasks.subList(0, 3));
    h.finish(tasks.get(1));
    assertThat(h.started).containsExactlyElementsOf(tasks.subList(0, 4));
    assertThat(h.engine.ledger().maxRunningSeen()).isEqualTo(3);
    assertThat(h.engine.ledger().waiting()).isEqualTo(1);
  }

  @Test
  void anAgentAtItsCapHoldsUpNoOther() {
    AgentGate capped = h.agent(a -> a.maxInFlight(1));
    AgentGate free = h.agent();
    TargetGate target = h.target();
    FakeTask running = h.submit(job, capped, target);
    FakeTask held = h.submit(job, capped, target, o -> o.ttl(SECOND));
    FakeTask passes = h.submit(job, free, target);
    assertThat(h.started).containsExactly(running, passes);
    h.finish(running);
    assertThat(h.started).containsExactly(running, passes, held);
    assertThat(h.engine.ledgerOf(capped).maxRunningSeen()).isEqualTo(1);
  }

  @Test
  void aTargetAtItsCapHoldsUpNoOther() {
    AgentGate agent = h.agent();
    TargetGate capped = h.target(t -> t.maxInFlight(1));
    TargetGate free = h.target();
    FakeTask running = h.submit(job, agent, capped);
    FakeTask held = h.submit(job, agent, capped, o -> o.ttl(SECOND));
    FakeTask passes = h.submit(job, agent, free);
    assertThat(h.started).containsExactly(running, passes);
    h.finish(running);
    assertThat(h.started).containsExactly(running, passes, held);
    assertThat(h.engine.ledgerOf(capped).maxRunningSeen()).isEqualTo(1);
  }

  @Test
  void aClaimedPermitIsKeptForTheParentThatWantsItBack() {
    EngineHarness one = new EngineHarness(s -> s.maxInFlight(2));
    AgentGate agent = one.agent();
    TargetGate parents = one.target(t -> t.maxInFlight(1));
    TargetGate children = one.target();
    FakeJob job = one.job();
    FakeTask parent = one.submit(job, agent, parents);
    FakeTask child = one.submit(job, agent, children, o -> o.child());
    one.join(parent, 1, child);
    FakeTask guest = one.submit(job, agent, parents);
    assertThat(guest.runs()).as("runs on the permit that was lent").isTrue();
    FakeTask next = one.submit(job, agent, parents);
    one.finish(child);
    assertThat(parent.resumedJoin).as("the guest still has the permit").isZero();
    FakeTask newcomer = one.submit(job, agent, children, o -> o.ttl(SECOND));
    assertThat(newcomer.runs()).as("the other permit overall is claimed").isFalse();
    one.finish(guest);
    assertThat(parent.resumedJoin).as("ahead of everyone").isEqualTo(1);
    assertThat(next.runs()).isFalse();
    assertThat(newcomer.runs()).as("the guest's permit is free").isTrue();
    one.finish(parent);
    assertThat(next.runs()).isTrue();
    one.finish(next);
    one.finish(newcomer);
    assertThat(one.engine.ledgerOf(parents).maxRunningSeen()).isEqualTo(1);
    one.assertAtRest();
  }

  @Test
  void aClaimOverallKeepsNewcomersOut() {
    EngineHarness one = new EngineHarness(s -> s.maxInFlight(1));
    AgentGate agent = one.agent();
    TargetGate target = one.target();
    FakeJob job = one.job();
    FakeTask parent = one.submit(job, agent, target);
    FakeTask child = one.submit(job, agent, target, o -> o.child());
    FakeTask second = one.submit(job, agent, target, o -> o.child());
    one.join(parent, 1, child);
    assertThat(child.runs()).isTrue();
    one.finish(child);
    assertThat(one.log.getLast()).isEqualTo("resume 0 from join 1");
    assertThat(second.runs()).isFalse();
    assertThat(one.engine.ledger().running()).isEqualTo(1);
  }

  @Test
  void aLoweredCapStopsNothingAndARaisedOneStartsAtOnce() {
    AgentGate agent = h.agent();
    TargetGate target = h.target();
    List<FakeTask> tasks = submit(4, agent, target);
    h.engine.agentReconfigured(h.now, agent, AgentSettings.DEFAULT.maxInFlight(1));
    assertThat(tasks).noneMatch(task -> task.stops > 0);
    assertThat(h.engine.ledgerOf(agent).running()).isEqualTo(3);
    h.finish(tasks.get(0));
    h.finish(tasks.get(1));
    assertThat(tasks.get(3).runs()).isFalse();
    h.engine.agentReconfigured(h.now, agent, AgentSettings.DEFAULT.maxInFlight(2));
    assertThat(tasks.get(3).runs()).isTrue();
  }

  @Test
  void aTargetsCapMayBeChangedLikewise() {
    AgentGate agent = h.agent();
    TargetGate target = h.target();
    List<FakeTask> tasks = submit(4, agent, target);
    h.engine.targetReconfigured(h.now, target, TargetSettings.DEFAULT.maxInFlight(2));
    assertThat(tasks).noneMatch(task -> task.stops > 0);
    h.finish(tasks.get(0));
    assertThat(tasks.get(3).runs()).isFalse();
    h.engine.targetReconfigured(h.now, target, TargetSettings.DEFAULT.maxInFlight(3));
    assertThat(tasks.get(3).runs()).isTrue();
  }
}
