package io.headgate.engine;

import static io.headgate.engine.EngineHarness.SECOND;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineHarness.FakeJob;
import io.headgate.engine.EngineHarness.FakeTask;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Cancelling wherever a task may be; overruns; a halt. */
@Timeout(30)
class CancelTest {
  private final EngineHarness h = new EngineHarness(s -> s.maxInFlight(8));
  private final AgentGate agent = h.agent();
  private final TargetGate target =
      h.target(t -> t.maxInFlight(4).maxOverruns(2).timeout(ofSeconds(5)));
  private final FakeJob job = h.job();

  @Test
  void aWaitingTaskEndsAtOnceAndLeavesNothing() {
    List<FakeTask> running = four();
    FakeTask waiting = h.submit(job, agent, target);
    h.at(7).cancel(waiting);
    assertThat(waiting.ending).isEqualTo(Ending.CANCELLED_CALLER);
    assertThat(waiting.endedWaiting).isTrue();
    assertThat(waiting.endedNs).isEqualTo(7);
    running.forEach(h::finish);
    assertThat(waiting.startedNs).isEqualTo(-1);
    h.assertAtRest();
  }

  @Test
  void aRunningTaskEndsAtOnceAndIsAnOverrunUntilItsThreadEnds() {
    FakeTask running = h.submit(job, agent, target);
    h.at(7).cancel(running);
    assertThat(running.ending).isEqualTo(Ending.CANCELLED_CALLER);
    assertThat(running.endedWaiting).isFalse();
    assertThat(running.stops).isEqualTo(1);
    assertThat(h.engine.ledger().running()).isEqualTo(1);
    assertThat(h.engine.ledgerOf(target).overruns()).isEqualTo(1);
    assertThat(h.engine.ledger().reservedTokens()).isEqualTo(100);
    h.finish(running, AttemptEnd.RETURNED, 60, false);
    assertThat(h.engine.ledger().spentTokens()).isEqualTo(60);
    h.assertAtRest();
  }

  @Test
  void aSecondCancelOrOneOfAnEndedTaskDoesNothing() {
    FakeTask running = h.submit(job, agent, target);
    h.cancel(running);
    long digest = h.engine.digest();
    h.cancel(running);
    h.finish(running);
    h.cancel(running);
    assertThat(running.stops).isEqualTo(1);
    assertThat(h.ended).containsExactly(running);
    assertThat(h.engine.digest()).isNotEqualTo(digest);
  }

  @Test
  void aSuspendedTaskEndsAtOnceAndIsStoppedWhenItHasItsPermitsBack() {
    FakeTask parent = h.submit(job, agent, target);
    FakeTask child = h.submit(job, agent, target, o -> o.child());
    h.join(parent, 1, child);
    h.log.clear();
    h.cancel(parent);
    assertThat(h.log)
        .containsExactly("end 0 CANCELLED_CALLER at 0", "resume 0 from join 1", "stop 0");
    assertThat(h.engine.ledger().overruns()).isEqualTo(1);
    h.finish(child);
    h.finish(parent);
    h.assertAtRest();
  }

  @Test
  void aResumingTaskEndsAtOnceAndIsStoppedWhenItHasItsPermitsBack() {
    FakeTask parent = h.submit(job, agent, target);
    FakeTask child = h.submit(job, agent, h.target(), o -> o.child());
    h.join(parent, 1, child);
    List<FakeTask> guests = four();
    h.finish(child);
    assertThat(parent.resumedJoin).as("the guests have its permit").isZero();
    h.cancel(parent);
    assertThat(parent.ending).isEqualTo(Ending.CANCELLED_CALLER);
    assertThat(parent.stops).isZero();
    assertThat(h.engine.ledgerOf(target).overruns()).isZero();
    h.finish(guests.get(0));
    assertThat(parent.resumedJoin).isEqualTo(1);
    assertThat(parent.stops).isEqualTo(1);
    assertThat(h.engine.ledgerOf(target).overruns()).isEqualTo(1);
    h.finish(parent);
    guests.subList(1, 4).forEach(h::finish);
    h.assertAtRest();
  }

  @Test
  void overrunsKeepTheirPermitsAndShutTheTargetAtTheLimitUntilOneEnds() {
    List<FakeTask> running = four();
    FakeTask waiting = h.submit(job, agent, target, o -> o.ttl(30 * SECOND));
    h.at(SECOND).cancel(running.get(0));
    assertThat(h.log).noneMatch(line -> line.startsWith("shut"));
    h.cancel(running.get(1));
    assertThat(h.log).contains("shut target-0 TARGET_OVERRUN");
    h.finish(running.get(2));
    assertThat(waiting.runs()).as("a permit is free, but the target is shut").isFalse();
    FakeTask elsewhere = h.submit(job, agent, h.target());
    assertThat(elsewhere.runs()).isTrue();
    h.finish(running.get(0));
    assertThat(h.log).contains("open target-0");
    assertThat(waiting.runs()).isTrue();
    assertThat(h.engine.ledgerOf(target).overruns()).isEqualTo(1);
  }

  @Test
  void aRaisedLimitOpensTheTargetAndALoweredOneShutsIt() {
    List<FakeTask> running = four();
    h.cancel(running.get(0));
    TargetSettings settings = TargetSettings.DEFAULT.maxInFlight(5);
    FakeTask waiting = h.submit(job, agent, target);
    h.engine.targetReconfigured(h.now, target, settings.maxOverruns(1));
    assertThat(h.log).endsWith("shut target-0 TARGET_OVERRUN", "alert target-0 OVERRUNS true");
    assertThat(waiting.runs()).isFalse();
    h.engine.targetReconfigured(h.now, target, settings.maxOverruns(2));
    assertThat(h.log).contains("open target-0");
    assertThat(waiting.runs()).isTrue();
  }

  @Test
  void aHaltEndsEverythingAndStartsNothingMore() {
    List<FakeTask> running = four();
    FakeTask waiting = h.submit(job, agent, target);
    FakeTask child = h.submit(job, agent, target, o -> o.child());
    h.join(running.get(0), 1, child);
    assertThat(child.runs()).isTrue();
    FakeJob sub = h.split(job);
    h.engine.halt(h.now);
    assertThat(h.ended).hasSize(6);
    assertThat(h.ended).extracting(t -> t.ending).containsOnly(Ending.CANCELLED_SHUTDOWN);
    assertThat(waiting.startedNs).isEqualTo(-1);
    assertThat(job.closed + sub.closed).isEqualTo(2);
    FakeTask late = h.submit(job, agent, target);
    assertThat(late.ending).isEqualTo(Ending.CANCELLED_SHUTDOWN);
    FakeJob lateJob = h.job();
    assertThat(lateJob.retired).isEqualTo(1);
    h.finish(child);
    assertThat(running.get(0).stops).isEqualTo(1);
    new ArrayList<>(running).forEach(h::finish);
    assertThat(job.retired).isEqualTo(1);
    assertThat(h.engine.openJobs()).isZero();
    h.advance(h.now + 10 * SECOND + 1); // until what was amiss has been over for so long
    assertThat(h.engine.nextTimerNs()).isEqualTo(Long.MAX_VALUE);
    h.assertAtRest();
  }

  private List<FakeTask> four() {
    List<FakeTask> tasks = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      FakeTask task = h.submit(job, agent, target);
      assertThat(task.runs()).isTrue();
      tasks.add(task);
    }
    return tasks;
  }
}
