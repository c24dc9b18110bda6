package io.headgate.engine;

import static io.headgate.engine.EngineHarness.HOUR;
import static io.headgate.engine.EngineHarness.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.JobSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineHarness.FakeJob;
import io.headgate.engine.EngineHarness.FakeTask;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Jobs and sub-jobs: closing goes down, spending goes up, and each retires exactly once. */
@Timeout(30)
class JobsTest {
  private static final int DEPTH = 2_000;
  // So small that a frame or two for each level do not fit.
  private static final long STACK_BYTES = 128 * 1024;

  private final EngineHarness h = new EngineHarness(s -> s.maxInFlight(4));
  private final AgentGate agent = h.agent();
  private final TargetGate target = h.target();

  @Test
  void closingCancelsWhatWaitsAndWhatRunsInTheWholeTree() {
    FakeJob job = h.job();
    FakeJob sub = h.split(job);
    FakeTask running = h.submit(sub, agent, target);
    for (int i = 0; i < 3; i++) {
      h.submit(h.job(), agent, target);
    }
    FakeTask waiting = h.submit(job, agent, target);
    FakeTask subs = h.submit(sub, agent, target);
    h.engine.jobClosed(h.now, job);
    assertThat(List.of(running, waiting, subs))
        .extracting(task -> task.ending)
        .containsOnly(Ending.CANCELLED_JOB_CLOSED);
    assertThat(running.stops).isEqualTo(1);
    assertThat(h.closed).containsExactly(job, sub);
    assertThat(h.retired).isEmpty();
    h.finish(running, AttemptEnd.RETURNED, 40, false);
    assertThat(h.retired).containsExactly(sub, job);
    assertThat(sub.spentTokens).isEqualTo(40);
    assertThat(job.spentTokens).isEqualTo(40);
    h.engine.jobClosed(h.now, job);
    assertThat(job.closed).as("told once").isEqualTo(1);
  }

  @Test
  void aJobRetiresOnceAfterItsLastTask() {
    FakeJob job = h.job();
    FakeTask first = h.submit(job, agent, target, o -> o.tokens(500).money(50));
    FakeTask second = h.submit(job, agent, target, o -> o.tokens(500).money(50));
    h.finish(first, AttemptEnd.RETURNED, 30, false);
    assertThat(job.retired).as("still open").isZero();
    h.engine.jobClosed(h.now, job);
    assertThat(job.retired).as("a thread is left").isZero();
    h.finish(second, AttemptEnd.THREW, 12, false);
    assertThat(job.retired).isEqualTo(1);
    assertThat(job.spentTokens).isEqualTo(42);
    assertThat(job.spentMoney).isEqualTo(100);
    assertThat(h.engine.openJobs()).isZero();
    h.assertAtRest();
  }

  @Test
  void aTaskThatWasOnTheWayWhenItsJobRetiredIsCancelledAndNothingRetiresTwice() {
    FakeJob job = h.job();
    h.engine.jobClosed(h.now, job);
    assertThat(job.retired).isEqualTo(1);
    FakeJob successor = h.job();
    assertThat(successor.index()).isEqualTo(job.index());
    FakeTask late = h.submit(job, agent, target);
    assertThat(late.ending).isEqualTo(Ending.CANCELLED_JOB_CLOSED);
    assertThat(job.retired).isEqualTo(1);
    assertThat(successor.retired).isZero();
    assertThat(h.submit(successor, agent, target).runs()).isTrue();
  }

  @Test
  void aSubJobWhoseParentIsGoneClosesAtOnce() {
    FakeJob job = h.job();
    FakeJob sub = h.unopened(job, HOUR, 1_000);
    h.engine.jobClosed(h.now, job);
    h.engine.jobOpened(h.now, sub);
    assertThat(sub.closed).isEqualTo(1);
    assertThat(sub.retired).isEqualTo(1);
    assertThat(job.retired).isEqualTo(1);
    assertThat(h.engine.openJobs()).isZero();
  }

  @Test
  void aSubJobOfAClosedParentThatStillRunsClosesAtOnce() {
    FakeJob job = h.job();
    FakeTask running = h.submit(job, agent, target);
    h.engine.jobClosed(h.now, job);
    FakeJob sub = h.open(job, HOUR, 1_000);
    assertThat(sub.retired).isEqualTo(1);
    assertThat(job.retired).isZero();
    h.finish(running);
    assertThat(job.retired).isEqualTo(1);
    h.assertAtRest();
  }

  @Test
  void overspendClosesTheJob() {
    FakeJob job = h.open(null, HOUR, 1_000);
    FakeTask one = h.submit(job, agent, target, o -> o.tokens(600));
    FakeTask two = h.submit(job, agent, target, o -> o.tokens(400));
    h.finish(one, AttemptEnd.RETURNED, 700, true);
    assertThat(one.ending).isEqualTo(Ending.COMPLETED);
    assertThat(two.ending).isEqualTo(Ending.CANCELLED_JOB_CLOSED);
    assertThat(job.closed).isEqualTo(1);
    h.finish(two, AttemptEnd.THREW, 10, false);
    assertThat(job.spentTokens).isEqualTo(710);
    assertThat(job.retired).isEqualTo(1);
  }

  @Test
  void aBudgetThatIsMovedWhileTheOpeningIsOnItsWayIsHeeded() {
    FakeJob job = h.unopened(null, HOUR, 100);
    h.engine.budgetChanged(h.now, job, 1_000, JobSettings.UNLIMITED);
    h.engine.jobOpened(h.now, job);
    FakeJob sub = h.open(job, HOUR, 400);
    h.finish(h.submit(sub, agent, target, o -> o.tokens(400)), AttemptEnd.RETURNED, 400, true);
    h.engine.jobClosed(h.now, sub);
    assertThat(sub.retired).isEqualTo(1);
    assertThat(job.closed).as("400 of 1,000 are spent").isZero();
  }

  @Test
  void aSubJobsOverspendThatItsParentCannotCoverClosesTheParent() {
    FakeJob job = h.open(null, HOUR, 1_000);
    FakeJob sub = h.open(job, HOUR, 400);
    FakeTask subs = h.submit(sub, agent, target, o -> o.tokens(400));
    FakeTask parents = h.submit(job, agent, target, o -> o.tokens(600));
    h.finish(subs, AttemptEnd.RETURNED, 1_001, true);
    assertThat(sub.retired).isEqualTo(1);
    assertThat(job.closed).isEqualTo(1);
    assertThat(parents.ending).isEqualTo(Ending.CANCELLED_JOB_CLOSED);
    h.finish(parents, AttemptEnd.RETURNED, 0, false);
    assertThat(job.spentTokens).isEqualTo(1_001);
    assertThat(job.retired).isEqualTo(1);
    h.assertAtRest();
  }

  @Test
  void aSubJobWithinItsBudgetLeavesItsParentOpen() {
    FakeJob job = h.open(null, HOUR, 1_000);
    FakeJob sub = h.open(job, HOUR, 400);
    FakeTask subs = h.submit(sub, agent, target, o -> o.tokens(400));
    h.submit(job, agent, target, o -> o.tokens(600));
    h.finish(subs, AttemptEnd.RETURNED, 300, false);
    h.engine.jobClosed(h.now, sub);
    assertThat(job.closed).as("within its budget").isZero();
  }

  @Test
  void closesTwoThousandDeepWithoutRecursion() throws InterruptedException {
    onASmallStack(
        () -> {
          List<FakeJob> chain = chain();
          FakeTask deepest = h.submit(chain.getLast(), agent, target);
          h.engine.jobClosed(h.now, chain.getFirst());
          assertThat(deepest.ending).isEqualTo(Ending.CANCELLED_JOB_CLOSED);
          assertThat(h.closed).containsExactlyElementsOf(chain);
          assertThat(h.retired).isEmpty();
          h.finish(deepest, AttemptEnd.RETURNED, 77, false);
          assertThat(h.retired).containsExactlyElementsOf(chain.reversed());
          assertThat(chain.getFirst().spentTokens).isEqualTo(77);
        });
  }

  @Test
  void expiresTwoThousandDeepWithoutRecursion() throws InterruptedException {
    onASmallStack(
        () -> {
          List<FakeJob> chain = chain();
          h.advance(HOUR + 1);
          assertThat(h.retired).containsExactlyInAnyOrderElementsOf(chain);
          assertThat(chain).allMatch(job -> job.closed == 1 && job.retired == 1);
        });
  }

  @Test
  void overspendClosesTwoThousandAncestorsWithoutRecursion() throws InterruptedException {
    onASmallStack(
        () -> {
          List<FakeJob> chain = chain();
          FakeJob sibling = h.open(chain.get(DEPTH - 2), HOUR, 10);
          FakeTask deepest = h.submit(chain.getLast(), agent, target, o -> o.tokens(1_000));
          h.finish(deepest, AttemptEnd.RETURNED, 5_000, true);
          assertThat(chain).allMatch(job -> job.closed == 1 && job.retired == 1);
          assertThat(sibling.retired).isEqualTo(1);
          assertThat(chain.getFirst().spentTokens).isEqualTo(5_000);
          assertThat(h.engine.openJobs()).isZero();
        });
  }

  private List<FakeJob> chain() {
    List<FakeJob> chain = new ArrayList<>();
    FakeJob job = null;
    for (int i = 0; i < DEPTH; i++) {
      job = h.open(job, HOUR, 1_000);
      chain.add(job);
    }
    return chain;
  }

  private static void onASmallStack(Runnable body) throws InterruptedException {
    Throwable[] failure = {null};
    Thread thread =
        new Thread(
            null,
            () -> {
              try {
                body.run();
              } catch (Throwable t) {
                failure[0] = t;
              }
            },
            "small-stack",
            STACK_BYTES);
    thread.start();
    thread.join();
    assertThat(failure[0]).isNull();
  }

  @Test
  void aSubJobsEarlierDeadlineClosesItAlone() {
    FakeJob job = h.job();
    FakeJob sub = h.open(job, SECOND, 1_000);
    FakeTask subs = h.submit(sub, agent, target);
    FakeTask parents = h.submit(job, agent, target);
    h.advance(SECOND + 1);
    assertThat(subs.ending).isEqualTo(Ending.TIMED_OUT_JOB);
    assertThat(parents.ending).isNull();
    assertThat(job.closed).isZero();
  }
}
