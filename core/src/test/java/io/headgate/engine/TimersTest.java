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

/** TTLs, timeouts and job deadlines, to the nanosecond and in their order. */
@Timeout(30)
class TimersTest {
  private final EngineHarness h = new EngineHarness(s -> s.maxInFlight(1));
  private final AgentGate agent = h.agent();
  private final TargetGate target = h.target(t -> t.timeout(ofSeconds(5)));

  @Test
  void aTtlExpiresOneNanosecondAfterItWithItsOwnTimeAsTheTime() {
    h.submit(h.job(), agent, target);
    FakeTask waiting = h.submit(h.job(), agent, target, o -> o.ttl(SECOND));
    h.advance(SECOND);
    assertThat(waiting.ending).isNull();
    h.advance(SECOND + 1);
    assertThat(waiting.ending).isEqualTo(Ending.EXPIRED_TTL);
    assertThat(waiting.endedNs).isEqualTo(SECOND);
    assertThat(waiting.endedWaiting).isTrue();
    assertThat(waiting.ranNs).isZero();
  }

  @Test
  void aTaskMayStartAtItsTtlAndNotLater() {
    FakeTask blocker = h.submit(h.job(), agent, target);
    FakeTask inTime = h.submit(h.job(), agent, target, o -> o.ttl(SECOND));
    h.at(SECOND).finish(blocker);
    assertThat(inTime.startedNs).isEqualTo(SECOND);
    FakeTask late = h.submit(h.job(), agent, target, o -> o.ttl(SECOND));
    h.at(2 * SECOND + 1).finish(inTime);
    assertThat(late.ending).isEqualTo(Ending.EXPIRED_TTL);
    assertThat(late.startedNs).as("never started").isEqualTo(-1);
    h.assertAtRest();
  }

  @Test
  void aTaskThatComesAfterItsTtlOrItsJobsDeadlineNeverStarts() {
    FakeJob job = h.jobUntil(10 * SECOND);
    h.at(9 * SECOND);
    FakeTask byTtl =
        new FakeTask(agent, target, job, new EngineHarness.Options().ttl(1), h.now, 90);
    h.engine.taskAdmitted(h.now + 2, byTtl);
    assertThat(byTtl.ending).isEqualTo(Ending.EXPIRED_TTL);
    assertThat(byTtl.startedNs).isEqualTo(-1);
    FakeTask byJob = new FakeTask(agent, target, job, new EngineHarness.Options(), h.now, 91);
    h.engine.taskAdmitted(10 * SECOND + 1, byJob);
    assertThat(byJob.ending).isEqualTo(Ending.CANCELLED_JOB_CLOSED);
    assertThat(byJob.startedNs).isEqualTo(-1);
    h.assertAtRest();
  }

  @Test
  void anInputThatIsStampedBeforeTheTimeThatHasComeIsTakenAsIfItCameNow() {
    // As it is replayed: the journal has the time at which it was taken.
    var replayed = new EngineHarness(s -> s.maxInFlight(1));
    AgentGate sameAgent = replayed.agent();
    TargetGate sameTarget = replayed.target(t -> t.timeout(ofSeconds(5)));
    h.advance(10 * SECOND);
    replayed.advance(10 * SECOND);
    // Its deadline is armed in the past, and comes before whatever follows.
    FakeJob late = h.at(5 * SECOND).jobUntil(6 * SECOND);
    FakeJob sameLate = replayed.jobUntil(6 * SECOND);
    FakeTask task = h.at(5 * SECOND + 1).submit(late, agent, target);
    FakeTask sameTask = replayed.submit(sameLate, sameAgent, sameTarget);
    assertThat(late.closed).isEqualTo(1);
    assertThat(task.startedNs).as("never started").isEqualTo(-1);
    assertThat(task.ending).isEqualTo(sameTask.ending).isEqualTo(Ending.CANCELLED_JOB_CLOSED);
    assertThat(h.log).isEqualTo(replayed.log);
    assertThat(h.engine.nowNs()).isEqualTo(10 * SECOND);
    assertThat(h.engine.digest()).isEqualTo(replayed.engine.digest());
  }

  @Test
  void theTimeoutEndsAndStopsAnAttempt() {
    FakeTask running = h.at(100).submit(h.job(), agent, target);
    assertThat(running.deadlineNs).isEqualTo(100 + 5 * SECOND);
    h.advance(100 + 5 * SECOND);
    assertThat(running.ending).isNull();
    h.advance(100 + 5 * SECOND + 1);
    assertThat(running.ending).isEqualTo(Ending.TIMED_OUT_TIMEOUT);
    assertThat(running.endedNs).isEqualTo(100 + 5 * SECOND);
    assertThat(running.ranNs).isEqualTo(5 * SECOND);
    assertThat(running.stops).isEqualTo(1);
    assertThat(running.endedWaiting).isFalse();
  }

  @Test
  void anAnswerAtTheVeryDeadlineIsInTime() {
    FakeTask running = h.submit(h.job(), agent, target);
    h.at(5 * SECOND).finish(running);
    assertThat(running.ending).isEqualTo(Ending.COMPLETED);
    FakeTask late = h.submit(h.job(), agent, target);
    h.at(10 * SECOND + 1).finish(late);
    assertThat(late.ending).isEqualTo(Ending.TIMED_OUT_TIMEOUT);
    assertThat(late.endedNs).isEqualTo(10 * SECOND);
    h.assertAtRest();
  }

  @Test
  void aJobsDeadlineExpiresWhatWaitsStopsWhatRunsAndClosesTheJob() {
    FakeJob job = h.jobUntil(3 * SECOND);
    FakeTask running = h.submit(job, agent, target);
    FakeTask waiting = h.submit(job, agent, target, o -> o.ttl(4 * SECOND));
    assertThat(running.deadlineNs).as("before the timeout").isEqualTo(3 * SECOND);
    h.advance(3 * SECOND);
    assertThat(h.ended).isEmpty();
    h.advance(3 * SECOND + 1);
    assertThat(running.ending).isEqualTo(Ending.TIMED_OUT_JOB);
    assertThat(waiting.ending).isEqualTo(Ending.EXPIRED_JOB);
    assertThat(running.endedNs).isEqualTo(3 * SECOND);
    assertThat(waiting.endedNs).isEqualTo(3 * SECOND);
    assertThat(running.stops).isEqualTo(1);
    assertThat(job.closed).isEqualTo(1);
    assertThat(job.retired).as("while the thread is there").isZero();
    h.finish(running);
    assertThat(job.retired).isEqualTo(1);
    h.assertAtRest();
  }

  @Test
  void timersFireByTimeThenByNumberWhateverTheOrderOfAdmission() {
    h.submit(h.jobUntil(20 * SECOND), agent, target);
    FakeTask third = h.submit(h.job(), agent, target, o -> o.ttl(2 * SECOND));
    FakeTask second = h.submit(h.job(), agent, target, o -> o.ttl(SECOND));
    FakeTask alsoThird = h.submit(h.job(), agent, target, o -> o.ttl(2 * SECOND));
    h.at(1);
    FakeTask first = h.submit(h.job(), agent, target, o -> o.ttl(SECOND - 2));
    h.advance(3 * SECOND);
    assertThat(h.ended).containsExactly(first, second, third, alsoThird);
    assertThat(h.ended)
        .extracting(task -> task.endedNs)
        .containsExactly(SECOND - 1, SECOND, 2 * SECOND, 2 * SECOND);
  }

  @Test
  void aTimerThatFreesAPermitStartsTheNextAtItsOwnTime() {
    FakeTask first = h.submit(h.job(), agent, target);
    FakeTask never = h.submit(h.job(), agent, target, o -> o.ttl(6 * SECOND));
    h.advance(5 * SECOND + 1);
    assertThat(first.ending).isEqualTo(Ending.TIMED_OUT_TIMEOUT);
    assertThat(never.runs()).as("the overrun keeps its permit").isFalse();
    h.at(6 * SECOND).finish(first);
    assertThat(never.startedNs).isEqualTo(6 * SECOND);
    assertThat(h.engine.nextTimerNs()).as("a look at the queue").isEqualTo(10 * SECOND);
    h.advance(10 * SECOND + 1);
    assertThat(h.engine.nextTimerNs()).isEqualTo(11 * SECOND);
  }

  @Test
  void timeNeverGoesBack() {
    h.advance(SECOND);
    h.engine.advance(5);
    assertThat(h.engine.nowNs()).isEqualTo(SECOND);
  }

  @Test
  void anAttemptThatDidNotStartSaysWhy() {
    FakeJob job = h.jobUntil(3 * SECOND);
    FakeTask ttl = h.submit(job, agent, target);
    h.finish(ttl, AttemptEnd.NOT_STARTED_TTL, 0, false);
    FakeTask deadline = h.submit(job, agent, target);
    h.finish(deadline, AttemptEnd.NOT_STARTED_DEADLINE, 0, false);
    FakeTask timeout = h.submit(h.job(), agent, target);
    h.finish(timeout, AttemptEnd.NOT_STARTED_DEADLINE, 0, false);
    FakeTask cancelled = h.submit(job, agent, target);
    h.finish(cancelled, AttemptEnd.NOT_STARTED_CANCELLED, 0, false);
    FakeTask threw = h.submit(job, agent, target);
    h.finish(threw, AttemptEnd.THREW, 7, false);
    FakeTask cut = h.submit(job, agent, target);
    h.finish(cut, AttemptEnd.CUT_OFF, 8, false);
    assertThat(h.ended)
        .extracting(task -> task.ending)
        .containsExactly(
            Ending.EXPIRED_TTL,
            Ending.EXPIRED_JOB,
            Ending.TIMED_OUT_TIMEOUT,
            Ending.CANCELLED_CALLER,
            Ending.FAILED,
            Ending.CUT_OFF);
    assertThat(h.engine.ledger().spentTokens()).isEqualTo(15);
    h.assertAtRest();
  }
}
