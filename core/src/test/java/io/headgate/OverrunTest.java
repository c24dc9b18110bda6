package io.headgate;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Outcome.Bound;
import io.headgate.Outcome.Cancellation;
import io.headgate.Snapshot.Party;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A call that ignores its interrupt: its outcome is on time, its permits stay taken. */
@Timeout(60)
class OverrunTest {
  private final Headgate headgate =
      Headgate.builder().maxInFlight(8).patience(ofSeconds(5)).build();
  private final Agent agent = headgate.agent("agent");
  private final Job job = headgate.job(j -> j.tokenBudget(1_000_000));
  private final CountDownLatch release = new CountDownLatch(1);

  /** Calls that have begun: an attempt is in flight before its thread comes to its call. */
  private final Semaphore begun = new Semaphore(0);

  @AfterEach
  void allIsBack() {
    release.countDown();
    job.close();
    await("rest", s -> s.inFlight() + s.waiting() + s.openJobs() == 0);
    assertThat(headgate.shutdown(ofSeconds(5))).as("nothing is left behind").isTrue();
    assertThat(headgate.audit()).isEqualTo(new Audit(true, List.of()));
  }

  private Admitted<String> deaf(Target target) {
    return job.submitOrThrow(
        Task.<String>of(
            agent,
            target,
            Estimate.of(3, 4),
            attempt -> {
              begun.release();
              return Deaf.until(release);
            }));
  }

  private Snapshot await(String what, Predicate<Snapshot> condition) {
    long end = System.nanoTime() + ofSeconds(20).toNanos();
    while (true) {
      Snapshot snapshot = headgate.snapshot();
      if (condition.test(snapshot)) {
        return snapshot;
      }
      assertThat(System.nanoTime()).as("not yet %s: %s", what, snapshot).isLessThan(end);
      LockSupport.parkNanos(100_000);
    }
  }

  private static Party of(Snapshot snapshot, Target target) {
    return snapshot.targets().stream()
        .filter(party -> party.id().equals(target.id()))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aTargetThatIsShutStaysSoWhenItIsRemovedAndComesBack() throws Exception {
    Target tool = headgate.target("tool", t -> t.maxOverruns(1).timeout(ofMillis(100)));
    Admitted<String> deaf = deaf(tool);
    assertThat(deaf.join()).isEqualTo(new Outcome.TimedOut<>(Bound.TIMEOUT));
    assertThat(headgate.snapshot().overruns()).isEqualTo(1);
    tool.remove();
    Target back = headgate.target("tool", t -> t.maxOverruns(1).timeout(ofMillis(100)));
    assertThat(headgate.snapshot().overruns()).isEqualTo(1);
    Task<String> task = Task.<String>of(agent, back, Estimate.of(1, 1), attempt -> "next");
    assertThat(job.submit(task))
        .isInstanceOfSatisfying(
            Refused.class, r -> assertThat(r.reason()).isEqualTo(Refusal.TARGET_OVERRUN));
    release.countDown();
    await("open", s -> s.overruns() == 0);
    assertThat(job.submitOrThrow(task).join()).isEqualTo(new Outcome.Completed<>("next"));
  }

  @Test
  void keepsItsPermitsAndItsTokensUntilItsThreadEnds() throws Exception {
    Target tool =
        headgate.target("tool", t -> t.maxInFlight(1).maxOverruns(2).timeout(ofMillis(300)));
    Admitted<String> deaf = deaf(tool);
    assertThat(deaf.join()).isEqualTo(new Outcome.TimedOut<>(Bound.TIMEOUT));
    Admitted<String> next =
        job.submitOrThrow(Task.<String>of(agent, tool, Estimate.of(1, 1), attempt -> "next"));
    for (int i = 0; i < 100; i++) {
      Snapshot snapshot = headgate.snapshot();
      assertThat(snapshot.inFlight()).isEqualTo(1);
      assertThat(snapshot.overruns()).isEqualTo(1);
      assertThat(snapshot.waiting()).as("the next one waits for the permit").isEqualTo(1);
      assertThat(snapshot.tokensReserved()).isEqualTo(7 + 2);
      assertThat(of(snapshot, tool).overruns()).isEqualTo(1);
      assertThat(of(snapshot, tool).inFlight()).isEqualTo(1);
    }
    assertThat(next.outcome()).isEmpty();
    release.countDown();
    assertThat(next.join()).isEqualTo(new Outcome.Completed<>("next"));
    assertThat(deaf.outcome()).as("one for good").contains(new Outcome.TimedOut<>(Bound.TIMEOUT));
    Snapshot after = await("over", s -> s.inFlight() == 0);
    assertThat(after.overruns()).isZero();
    assertThat(after.tokensReserved()).isZero();
    assertThat(after.tokensSpent()).as("the deaf one's reservation counts").isEqualTo(7 + 2);
    assertThat(after.outcomes()).containsEntry("TimedOut", 1L).containsEntry("Completed", 1L);
  }

  @Test
  void aCancelledCallThatGoesOnIsAnOverrunToo() throws Exception {
    Target tool = headgate.target("tool", t -> t.maxOverruns(2));
    Admitted<String> deaf = deaf(tool);
    await("in flight", s -> s.inFlight() == 1);
    begun.acquire();
    assertThat(deaf.cancel()).isTrue();
    assertThat(deaf.join()).isEqualTo(new Outcome.Cancelled<>(Cancellation.CALLER));
    Snapshot snapshot = headgate.snapshot();
    assertThat(snapshot.inFlight()).isEqualTo(1);
    assertThat(snapshot.overruns()).isEqualTo(1);
    assertThat(deaf.cancel()).as("a second time").isFalse();
  }

  @Test
  void theLimitShutsTheTargetAndNoOtherAndOpensByItself() throws Exception {
    Target tool = headgate.target("deaf", t -> t.maxOverruns(2).timeout(ofMillis(300)));
    Target other = headgate.target("other", t -> t.maxOverruns(2).timeout(ofSeconds(60)));
    Admitted<String> first = deaf(tool);
    assertThat(first.join()).isEqualTo(new Outcome.TimedOut<>(Bound.TIMEOUT));
    Task<String> good = Task.<String>of(agent, tool, attempt -> "good");
    assertThat(job.submitOrThrow(good).join()).as("below").isInstanceOf(Outcome.Completed.class);
    Admitted<String> second = deaf(tool);
    assertThat(second.join()).isEqualTo(new Outcome.TimedOut<>(Bound.TIMEOUT));
    await("both", s -> s.overruns() == 2);
    assertThat(job.submit(good)).isInstanceOf(Refused.class);
    var refused = (Refused<String>) job.submit(good);
    assertThat(refused.reason()).isEqualTo(Refusal.TARGET_OVERRUN);
    assertThat(refused.retryAfter()).isPositive(); // it may open at any moment
    assertThat(refused.reason().retryable()).isTrue();
    assertThat(headgate.snapshot().refusals()).containsEntry(Refusal.TARGET_OVERRUN, 2L);
    Task<String> elsewhere = Task.<String>of(agent, other, attempt -> "elsewhere");
    for (int i = 0; i < 20; i++) {
      assertThat(job.submitOrThrow(elsewhere).join())
          .isEqualTo(new Outcome.Completed<>("elsewhere"));
    }
    release.countDown();
    await("both over", s -> s.overruns() == 0);
    assertThat(job.submitOrThrow(good).join()).isEqualTo(new Outcome.Completed<>("good"));
  }

  @Test
  void whatWaitedWhenTheLimitWasMetStartsOnceItOpens() throws Exception {
    Target tool =
        headgate.target("deaf", t -> t.maxInFlight(2).maxOverruns(1).timeout(ofMillis(300)));
    var running = new AtomicInteger();
    var hold = new CountDownLatch(1);
    Admitted<String> deaf = deaf(tool);
    Admitted<String> listens =
        job.submitOrThrow(
            Task.<String>of(
                agent,
                tool,
                attempt -> {
                  running.incrementAndGet();
                  hold.await();
                  return "";
                }));
    List<Admitted<String>> waiting = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      waiting.add(job.submitOrThrow(Task.<String>of(agent, tool, attempt -> "started")));
    }
    assertThat(deaf.join()).isEqualTo(new Outcome.TimedOut<>(Bound.TIMEOUT));
    assertThat(listens.join()).isEqualTo(new Outcome.TimedOut<>(Bound.TIMEOUT));
    await("the one that listens is over", s -> s.inFlight() == 1);
    Snapshot shut = headgate.snapshot();
    assertThat(shut.waiting()).as("a free permit, and nothing started").isEqualTo(4);
    assertThat(of(shut, tool).started()).isEqualTo(2);
    release.countDown();
    for (Admitted<String> handle : waiting) {
      assertThat(handle.join()).isEqualTo(new Outcome.Completed<>("started"));
    }
    assertThat(running.get()).isLessThanOrEqualTo(1);
  }

  @Test
  void aRaisedLimitOpensItAtOnce() throws Exception {
    Target tool = headgate.target("deaf", t -> t.maxOverruns(1).timeout(ofMillis(300)));
    assertThat(deaf(tool).join()).isInstanceOf(Outcome.TimedOut.class);
    await("the overrun", s -> s.overruns() == 1);
    Task<String> good = Task.<String>of(agent, tool, attempt -> "good");
    assertThat(job.submit(good)).isInstanceOf(Refused.class);
    tool.reconfigure(t -> t.maxOverruns(2));
    await("the change", s -> true);
    assertThat(job.submitOrThrow(good).join()).isEqualTo(new Outcome.Completed<>("good"));
    tool.reconfigure(t -> t.maxOverruns(1));
    await("the change", s -> true);
    assertThat(job.submit(good)).isInstanceOf(Refused.class);
  }

  @Test
  void shutdownTellsOfADeafThreadAndEndsEveryHandle() throws Exception {
    var stubborn = new CountDownLatch(1);
    Counters counters;
    var host = Headgate.builder().build();
    counters = host.counters();
    Job last = host.job(j -> j);
    Admitted<String> deaf =
        last.submitOrThrow(
            Task.<String>of(
                host.agent("agent"), host.target("tool"), attempt -> Deaf.until(stubborn)));
    while (host.snapshot().inFlight() == 0) {
      Thread.onSpinWait();
    }
    assertThat(host.shutdown(ofMillis(50))).as("a deaf thread is left behind").isFalse();
    assertThat(deaf.outcome()).contains(new Outcome.Cancelled<>(Cancellation.SHUTDOWN));
    assertThat(host.snapshot().overruns()).isEqualTo(1);
    stubborn.countDown();
    assertThat(host.shutdown(ofSeconds(20))).as("it ended at last").isTrue();
    assertThat(host.audit()).isEqualTo(new Audit(true, List.of()));
    assertThat(counters.asMap()).containsEntry("ownErrors", 0L);
  }
}
