package io.headgate.engine;

import static io.headgate.engine.EngineHarness.SECOND;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineHarness.FakeJob;
import io.headgate.engine.EngineHarness.FakeTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Parents that wait for their children: they lend their permits, and nothing ever stalls. */
@Timeout(30)
class JoinTest {
  private final EngineHarness h = new EngineHarness(s -> s.maxInFlight(16).maxSuspended(4));
  private final FakeJob job = h.job();

  @Test
  void aParentLendsItsPermitsWithEveryCapAtOne() {
    EngineHarness one = new EngineHarness(s -> s.maxInFlight(1).maxSuspended(8));
    AgentGate agent = one.agent(a -> a.maxInFlight(1));
    TargetGate target = one.target(t -> t.maxInFlight(1));
    FakeJob job = one.job();
    FakeTask[] chain = new FakeTask[8];
    chain[0] = one.submit(job, agent, target);
    for (int i = 1; i < chain.length; i++) {
      chain[i] = one.submit(job, agent, target, o -> o.child());
      one.join(chain[i - 1], 1, chain[i]);
      assertThat(chain[i].runs()).isTrue();
      assertThat(one.engine.ledger().running()).isEqualTo(1);
      assertThat(one.engine.suspended()).isEqualTo(i);
    }
    for (int i = chain.length - 1; i > 0; i--) {
      one.finish(chain[i]);
      assertThat(chain[i - 1].resumedJoin).isEqualTo(1);
      assertThat(one.engine.ledger().running()).isEqualTo(1);
    }
    one.finish(chain[0]);
    assertThat(one.ended).extracting(task -> task.ending).containsOnly(Ending.COMPLETED);
    assertThat(one.engine.ledger().maxRunningSeen()).isEqualTo(1);
    one.assertAtRest();
  }

  @Test
  void twoJobsThatNeedEachOthersTargetsBothFinish() {
    AgentGate agent = h.agent();
    TargetGate left = h.target(t -> t.maxInFlight(1));
    TargetGate right = h.target(t -> t.maxInFlight(1));
    FakeTask leftParent = h.submit(h.job(), agent, left);
    FakeTask rightParent = h.submit(h.job(), agent, right);
    FakeTask leftsChild = h.submit((FakeJob) leftParent.account(), agent, right, o -> o.child());
    FakeTask rightsChild = h.submit((FakeJob) rightParent.account(), agent, left, o -> o.child());
    h.join(leftParent, 1, leftsChild);
    assertThat(rightsChild.runs()).as("on the left parent's permit").isTrue();
    h.join(rightParent, 1, rightsChild);
    assertThat(leftsChild.runs()).as("on the right parent's permit").isTrue();
    h.finish(leftsChild);
    assertThat(leftParent.resumedJoin).as("the right's child has its permit").isZero();
    h.finish(rightsChild);
    assertThat(leftParent.resumedJoin).isEqualTo(1);
    assertThat(rightParent.resumedJoin).isEqualTo(1);
    h.finish(leftParent);
    h.finish(rightParent);
    assertThat(h.ended).extracting(task -> task.ending).containsOnly(Ending.COMPLETED);
    assertThat(h.engine.ledgerOf(left).maxRunningSeen()).isEqualTo(1);
    h.assertAtRest();
  }

  @Test
  void aJoinOfWhatHasEndedReturnsAtOnceAndLendsNothing() {
    FakeTask parent = h.submit(job, h.agent(), h.target());
    FakeTask child = h.submit(job, parent.agentGate(), parent.targetGate());
    h.finish(child);
    h.join(parent, 3, child);
    assertThat(parent.resumedJoin).isEqualTo(3);
    assertThat(h.engine.suspended()).isZero();
    FakeTask overrun = h.submit(job, parent.agentGate(), parent.targetGate());
    h.cancel(overrun);
    h.join(parent, 4, overrun);
    assertThat(parent.resumedJoin).as("its outcome is there").isEqualTo(4);
  }

  @Test
  void severalMayWaitForTheSameAndTakeTheirPermitsInOrder() {
    EngineHarness one = new EngineHarness(s -> s.maxInFlight(3));
    AgentGate agent = one.agent();
    TargetGate parents = one.target(t -> t.maxInFlight(1));
    TargetGate children = one.target();
    FakeJob job = one.job();
    FakeTask child = one.submit(job, agent, children);
    FakeTask first = one.submit(job, agent, parents);
    one.join(first, 1, child);
    FakeTask second = one.submit(job, agent, parents);
    one.join(second, 1, child);
    assertThat(one.engine.suspended()).isEqualTo(2);
    one.finish(child);
    assertThat(first.resumedJoin).isEqualTo(1);
    assertThat(second.resumedJoin).isZero();
    one.finish(first);
    assertThat(second.resumedJoin).isEqualTo(1);
    one.finish(second);
    one.assertAtRest();
  }

  @Test
  void aTaskThatWaitsForItselfIsACircle() {
    FakeTask task = h.submit(job, h.agent(), h.target());
    h.join(task, 1, task);
    assertThat(task.ending).isEqualTo(Ending.CANCELLED_WOULD_DEADLOCK);
    assertThat(task.resumedJoin).isEqualTo(1);
    h.finish(task);
    h.assertAtRest();
  }

  @Test
  void aCircleOfTwoEndsTheAwaited() {
    FakeTask a = h.submit(job, h.agent(), h.target());
    FakeTask b = h.submit(job, a.agentGate(), a.targetGate());
    h.join(a, 1, b);
    h.join(b, 1, a);
    assertThat(a.ending).isEqualTo(Ending.CANCELLED_WOULD_DEADLOCK);
    assertThat(b.resumedJoin).isEqualTo(1);
    assertThat(b.ending).isNull();
    assertThat(a.resumedJoin).as("its thread goes on, stopped").isEqualTo(1);
    assertThat(a.stops).isEqualTo(1);
    h.finish(b);
    h.finish(a);
    h.assertAtRest();
  }

  @Test
  void aCircleOfThreeEndsTheAwaited() {
    FakeTask a = h.submit(job, h.agent(), h.target());
    FakeTask b = h.submit(job, a.agentGate(), a.targetGate());
    FakeTask c = h.submit(job, a.agentGate(), a.targetGate());
    h.join(a, 1, b);
    h.join(b, 1, c);
    assertThat(h.ended).isEmpty();
    h.join(c, 1, a);
    assertThat(a.ending).isEqualTo(Ending.CANCELLED_WOULD_DEADLOCK);
    assertThat(c.resumedJoin).isEqualTo(1);
    h.finish(c);
    assertThat(b.resumedJoin).isEqualTo(1);
    h.finish(b);
    h.finish(a);
    assertThat(b.ending).isEqualTo(Ending.COMPLETED);
    h.assertAtRest();
  }

  @Test
  void atMostMaxSuspendedMayWait() {
    AgentGate agent = h.agent();
    TargetGate target = h.target();
    FakeTask[] parents = new FakeTask[5];
    FakeTask[] children = new FakeTask[5];
    for (int i = 0; i < 5; i++) {
      parents[i] = h.submit(job, agent, target);
      children[i] = h.submit(job, agent, target, o -> o.child());
      h.join(parents[i], 1, children[i]);
    }
    assertThat(h.engine.suspended()).isEqualTo(4);
    assertThat(children[4].ending).isEqualTo(Ending.CANCELLED_WOULD_DEADLOCK);
    assertThat(parents[4].resumedJoin).isEqualTo(1);
    for (int i = 0; i < 4; i++) {
      assertThat(children[i].ending).isNull();
    }
    for (int i = 0; i < 5; i++) {
      h.finish(children[i]);
      h.finish(parents[i]);
    }
    h.assertAtRest();
  }

  @Test
  void anAbandonedJoinTakesThePermitsBackAndOnlyItsOwn() {
    FakeTask parent = h.submit(job, h.agent(), h.target());
    FakeTask child = h.submit(job, parent.agentGate(), parent.targetGate(), o -> o.child());
    h.join(parent, 1, child);
    h.engine.joinAbandoned(h.now, parent, 1);
    assertThat(parent.resumedJoin).isEqualTo(1);
    assertThat(child.ending).as("the child goes on").isNull();
    h.join(parent, 2, child);
    h.engine.joinAbandoned(h.now, parent, 1);
    assertThat(parent.resumedJoin).as("a late word of join 1").isEqualTo(1);
    assertThat(h.engine.suspended()).isEqualTo(1);
    h.finish(child);
    assertThat(parent.resumedJoin).isEqualTo(2);
    h.finish(parent);
    h.assertAtRest();
  }

  @Test
  void anAbandonedJoinLeavesTheLineOfThoseThatWait() {
    AgentGate agent = h.agent();
    TargetGate target = h.target();
    FakeTask child = h.submit(job, agent, target);
    FakeTask[] waiters = new FakeTask[3];
    for (int i = 0; i < 3; i++) {
      waiters[i] = h.submit(job, agent, target);
      h.join(waiters[i], 1, child);
    }
    h.engine.joinAbandoned(h.now, waiters[1], 1);
    h.finish(waiters[1]);
    h.log.clear();
    h.finish(child);
    assertThat(h.log).contains("resume 1 from join 1", "resume 3 from join 1");
    h.finish(waiters[0]);
    h.finish(waiters[2]);
    h.assertAtRest();
  }

  @Test
  void theDeadlineHoldsWhileAParentIsSuspended() {
    TargetGate target = h.target(t -> t.timeout(ofSeconds(5)).maxInFlight(1));
    FakeTask parent = h.submit(job, h.agent(), target);
    FakeTask child = h.submit(job, parent.agentGate(), target, o -> o.child());
    h.at(SECOND).join(parent, 1, child);
    assertThat(child.startedNs).isEqualTo(SECOND);
    h.advance(5 * SECOND + 1);
    assertThat(parent.ending).isEqualTo(Ending.TIMED_OUT_TIMEOUT);
    assertThat(parent.endedNs).isEqualTo(5 * SECOND);
    assertThat(parent.resumedJoin).as("the child has its permit").isZero();
    h.finish(child);
    assertThat(parent.resumedJoin).isEqualTo(1);
    assertThat(parent.stops).isEqualTo(1);
    h.finish(parent);
    h.assertAtRest();
  }

  @Test
  void aJobsDeadlineWakesAndEndsAParentAndItsChild() {
    FakeJob brief = h.jobUntil(2 * SECOND);
    TargetGate target = h.target(t -> t.maxInFlight(1));
    FakeTask parent = h.submit(brief, h.agent(), target);
    FakeTask child = h.submit(brief, parent.agentGate(), target, o -> o.child());
    FakeTask waiting = h.submit(brief, parent.agentGate(), target, o -> o.child());
    h.join(parent, 1, child);
    h.advance(2 * SECOND + 1);
    assertThat(parent.ending).isEqualTo(Ending.TIMED_OUT_JOB);
    assertThat(child.ending).isEqualTo(Ending.TIMED_OUT_JOB);
    assertThat(waiting.ending).isEqualTo(Ending.EXPIRED_JOB);
    assertThat(waiting.startedNs).isEqualTo(-1);
    h.finish(child);
    h.finish(parent);
    assertThat(brief.retired).isEqualTo(1);
    h.assertAtRest();
  }

  @Test
  void anAttemptThatEndsInsideItsJoinLeavesTheBooksRight() {
    FakeTask parent = h.submit(job, h.agent(), h.target());
    FakeTask child = h.submit(job, parent.agentGate(), parent.targetGate(), o -> o.child());
    h.join(parent, 1, child);
    h.finish(parent, AttemptEnd.THREW, 0, false);
    assertThat(parent.ending).isEqualTo(Ending.FAILED);
    h.finish(child);
    h.assertAtRest();
  }
}
