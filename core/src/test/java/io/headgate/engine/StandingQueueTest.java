package io.headgate.engine;

import static io.headgate.engine.EngineHarness.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.QueuePolicy;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineHarness.FakeJob;
import io.headgate.engine.EngineHarness.FakeTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** In which order new jobs begin while more come than begin, and which do no more. */
final class StandingQueueTest {
  private static final long RUN = 2 * SECOND;
  private final EngineHarness h = new EngineHarness(s -> s.maxInFlight(1));
  private final AgentGate agent = h.agent();
  private TargetGate target = h.target(t -> t.timeout(Duration.ofMinutes(10)));

  private FakeTask come(long deadlineNs) {
    return h.submit(h.jobUntil(h.now + deadlineNs), agent, target);
  }

  private FakeTask last() {
    return h.started.getLast();
  }

  private void next() {
    h.advance(h.now + RUN);
    h.finish(last());
  }

  @Test
  void theEarliestDeadlineBeginsFirstUntilTheQueueHasStoodForTheIntervalAndACall() {
    var _ = come(600 * SECOND);
    h.advance(RUN);
    h.finish(last()); // a call takes two seconds in the mean
    var _ = come(600 * SECOND);
    FakeTask first = come(300 * SECOND);
    FakeTask second = come(400 * SECOND);
    FakeTask third = come(500 * SECOND);
    h.advance(h.now + RUN - 10);
    h.finish(last());
    assertThat(last()).as("a little less than a call").isEqualTo(first);
    h.advance(h.now + 10);
    h.finish(last());
    assertThat(last()).as("it stands").isEqualTo(third);
    assertThat(h.engine.alertsOf(target)).containsExactly("QUEUE_STANDS");
    next();
    assertThat(last()).isEqualTo(second);
    assertThat(h.engine.ledger().newestFirst()).as("the third").isEqualTo(1);
  }

  @Test
  void itIsTheNewestOfThoseThatWaitWhoeverLeavesMeanwhile() {
    var _ = come(600 * SECOND);
    List<FakeTask> tasks = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      tasks.add(come((900 - i) * SECOND));
    }
    h.advance(3 * SECOND);
    h.cancel(tasks.get(5));
    h.cancel(tasks.get(3));
    h.finish(last());
    assertThat(last()).isEqualTo(tasks.get(4));
    FakeTask newer = come(600 * SECOND);
    next();
    assertThat(last()).isEqualTo(newer);
    for (int i : new int[] {2, 1, 0}) {
      next();
      assertThat(last()).isEqualTo(tasks.get(i));
    }
    next();
    h.assertAtRest();
  }

  @Test
  void onceItHasBeenEmptyTheEarliestDeadlineBeginsFirstAgain() {
    var _ = come(600 * SECOND);
    var _ = come(600 * SECOND);
    h.advance(3 * SECOND);
    h.finish(last()); // the queue is empty
    FakeTask early = come(300 * SECOND);
    var _ = come(400 * SECOND);
    h.finish(last());
    assertThat(last()).isEqualTo(early);
  }

  @Test
  void whatAJobThatHasBegunSubmitsKeepsItsOrder() {
    FakeJob begun = h.jobUntil(600 * SECOND);
    var _ = h.submit(begun, agent, target);
    FakeTask first = h.submit(begun, agent, target);
    var _ = h.submit(begun, agent, target);
    h.advance(5 * SECOND);
    h.finish(last());
    assertThat(last()).isEqualTo(first);
  }

  @Test
  void withoutAPolicyTheOrderNeverChanges() {
    target = h.target(t -> t.queue(QueuePolicy.OFF));
    var _ = come(600 * SECOND);
    FakeTask first = come(300 * SECOND);
    var _ = come(400 * SECOND);
    h.advance(100 * SECOND);
    h.finish(last());
    assertThat(last()).isEqualTo(first);
  }

  // Each takes a call of two seconds and is closed then.
  private void learnThatJobsTake(long ns) {
    for (int i = 0; i < 8; i++) {
      FakeJob job = h.jobUntil(h.now + 600 * SECOND);
      FakeTask task = h.submit(job, agent, target);
      h.advance(h.now + RUN);
      h.finish(task);
      h.advance(h.now + ns - RUN);
      h.engine.jobClosed(h.now, job);
    }
  }

  @Test
  void whoseJobHasTooLittleTimeLeftEndsAtItsTurnAndSpendsNothing() {
    learnThatJobsTake(20 * SECOND);
    var _ = come(600 * SECOND);
    FakeTask late = come(40 * SECOND);
    FakeTask inTime = come(45 * SECOND);
    h.advance(h.now + 24 * SECOND);
    h.finish(last());
    assertThat(last()).as("21 seconds are left to it").isEqualTo(inTime);
    assertThat(late.ending).isNull();
    h.finish(inTime);
    assertThat(late.ending).as("16 seconds were").isEqualTo(Ending.EXPIRED_TOO_LATE);
    assertThat(late.attempts).isZero();
    h.assertAtRest();
  }

  @Test
  void whoHasJustComeBeginsHoweverLongJobsTake() {
    learnThatJobsTake(20 * SECOND);
    var _ = come(600 * SECOND);
    FakeTask old = come(30 * SECOND);
    h.advance(h.now + 15 * SECOND);
    FakeTask fresh = come(10 * SECOND);
    h.finish(last());
    assertThat(last()).as("else nobody would ever see that jobs are quicker").isEqualTo(fresh);
    h.finish(fresh);
    assertThat(old.ending).isEqualTo(Ending.EXPIRED_TOO_LATE);
  }

  @Test
  void shortJobsAreNotJudgedByLongOnes() {
    learnThatJobsTake(300 * SECOND);
    List<FakeTask> chats = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      chats.add(come(60 * SECOND));
    }
    for (int i = 0; i < 10; i++) {
      next();
    }
    assertThat(chats).extracting(chat -> chat.ending).containsOnly(Ending.COMPLETED);
    h.assertAtRest();
  }
}
