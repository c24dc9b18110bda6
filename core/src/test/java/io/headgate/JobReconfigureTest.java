package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.ParkPolicy.Action;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a job may call is changed while it runs. */
@Timeout(60)
final class JobReconfigureTest {
  private final Headgate headgate =
      Headgate.builder().maxInFlight(8).maxWaiting(10_000).maxParked(8).build();
  private final Agent agent = headgate.agent("agent");
  private final Target tool =
      headgate.target("tool", t -> t.tool().loopGuard(LoopPolicy.DEFAULT.sameCalls(1)));

  @AfterEach
  void close() {
    headgate.close();
    Rest.assertConserved(headgate);
  }

  private Task<String> task(int arguments) {
    return Task.of(agent, tool, attempt -> "done").arguments("call " + arguments);
  }

  private static Refusal refusal(Admission<?> admission) {
    assertThat(admission).isInstanceOf(Refused.class);
    return ((Refused<?>) admission).reason();
  }

  private static <T> T answer(Admitted<T> handle) throws InterruptedException {
    return switch (handle.join()) {
      case Outcome.Completed<T> completed -> completed.value();
      case Outcome<T> other -> throw new AssertionError(other);
    };
  }

  @Test
  void callsAreLimitedLowerAndHigherAndWhatWasCountedCounts() throws Exception {
    try (Job job = headgate.job(j -> j.maxCalls(10))) {
      for (int i = 0; i < 5; i++) {
        job.submitOrThrow(task(i)).join();
      }
      job.reconfigure(j -> j.maxCalls(3));
      assertThat(job.settings().maxCalls()).isEqualTo(3);
      assertThat(refusal(job.submit(task(5)))).isEqualTo(Refusal.JOB_CALLS);
      job.reconfigure(j -> j.maxCalls(6));
      job.submitOrThrow(task(6)).join();
      assertThat(refusal(job.submit(task(7)))).isEqualTo(Refusal.JOB_CALLS);
    }
  }

  @Test
  void depthAndFanOutAreLimitedFromTheNextSubmissionOn() throws Exception {
    try (Job job = headgate.job(j -> j)) {
      var inside = new CountDownLatch(1);
      var changed = new CountDownLatch(1);
      Task<List<Admission<String>>> parent =
          Task.of(
                  agent,
                  tool,
                  attempt -> {
                    List<Admission<String>> children = new ArrayList<>();
                    children.add(attempt.submit(task(1)));
                    inside.countDown();
                    changed.await();
                    children.add(attempt.submit(task(2)));
                    return children;
                  })
              .arguments("parent");
      Admitted<List<Admission<String>>> handle = job.submitOrThrow(parent);
      inside.await();
      job.reconfigure(j -> j.maxFanOut(1));
      changed.countDown();
      List<Admission<String>> children = answer(handle);
      assertThat(children.get(0)).isInstanceOf(Admitted.class);
      assertThat(refusal(children.get(1))).isEqualTo(Refusal.FAN_OUT);
      job.reconfigure(j -> j.maxDepth(0));
      Task<Admission<String>> nesting =
          Task.<Admission<String>>of(agent, tool, attempt -> attempt.submit(task(3)))
              .arguments("nesting");
      assertThat(refusal(answer(job.submitOrThrow(nesting)))).isEqualTo(Refusal.DEPTH);
    }
  }

  @Test
  void aLimitOfLoopsThatHasBeenReachedClosesIt() throws Exception {
    try (Job job = headgate.job(j -> j)) {
      job.submitOrThrow(task(1)).join();
      assertThat(refusal(job.submit(task(1)))).isEqualTo(Refusal.LOOP);
      assertThat(refusal(job.submit(task(1)))).isEqualTo(Refusal.LOOP);
      job.reconfigure(j -> j.maxLoops(3));
      assertThat(job.isOpen()).isTrue();
      job.reconfigure(j -> j.maxLoops(2));
      assertThat(job.isOpen()).isFalse();
      assertThatThrownBy(() -> job.reconfigure(j -> j.maxLoops(20)))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void whatIsSubmittedIsHeldForAHumanByARuleThatCameLater() throws Exception {
    try (Job job = headgate.job(j -> j)) {
      job.submitOrThrow(task(1)).join();
      assertThat(refusal(job.submit(task(1)))).isEqualTo(Refusal.LOOP);
      ParkPolicy rule = ParkPolicy.atLoop(1).then(Action.REFUSE, Duration.ofHours(1));
      job.reconfigure(j -> j.park(rule));
      Admitted<String> held = job.submitOrThrow(task(2));
      assertThat(headgate.operator().parked()).hasSize(1);
      job.reconfigure(j -> j.park(ParkPolicy.OFF));
      job.submitOrThrow(task(3)).join();
      assertThat(headgate.operator().parked()).as("who is parked stays so").hasSize(1);
      assertThat(headgate.operator().approve(held.id(), new By("kim", "fine")))
          .isInstanceOf(OperatorAnswer.Done.class);
      assertThat(held.join()).isInstanceOf(Outcome.Completed.class);
    }
  }

  @Test
  void nothingElseIsChangedByIt() {
    try (Job job = headgate.job(j -> j)) {
      assertThatThrownBy(() -> job.reconfigure(j -> j.tokenBudget(1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageEndingWith(
              "'s tokenBudget is unlimited, and reconfigure cannot make it 1; use"
                  + " operator().tokenBudget");
      assertThatThrownBy(() -> job.reconfigure(j -> j.deadline(Duration.ofHours(2))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageEndingWith(
              "'s deadline is PT1H, and reconfigure cannot make it PT2H; choose it when the job is"
                  + " opened");
      assertThatThrownBy(() -> job.reconfigure(j -> j.maxTasks(7)))
          .hasMessageContaining("maxTasks is 100000");
      assertThatThrownBy(() -> job.reconfigure(j -> j.moneyBudget(1)))
          .hasMessageContaining("use operator().moneyBudget");
      assertThatThrownBy(() -> job.reconfigure(j -> j.tokensPerMinute(5)))
          .hasMessageContaining("use operator().tokensPerMinute");
      assertThatThrownBy(() -> job.reconfigure(j -> j.moneyPerMinute(5)))
          .hasMessageContaining("use operator().moneyPerMinute");
      assertThat(job.settings()).isEqualTo(JobSettings.DEFAULT);
    }
  }

  @Test
  void aFirstLimitOfCallsCountsAllThatWereLetInBefore() throws Exception {
    try (Job job = headgate.job(j -> j);
        Job sub = job.split("part", j -> j)) {
      for (int i = 0; i < 3; i++) {
        job.submitOrThrow(task(i)).join();
      }
      sub.submitOrThrow(task(3)).join();
      job.reconfigure(j -> j.maxCalls(5));
      sub.submitOrThrow(task(4)).join();
      Task<String> sixth = task(5);
      Admission<String> refused = job.submit(sixth);
      assertThat(refusal(refused)).isEqualTo(Refusal.JOB_CALLS);
      assertThat(refusal(sub.submit(sixth))).isEqualTo(Refusal.JOB_CALLS);
      assertThat(job.explain(sixth, (Refused<?>) refused))
          .contains("has made 5 calls, and its maxCalls is 5");
      job.reconfigure(j -> j.maxCalls(JobSettings.NO_LIMIT));
      for (int i = 6; i < 10; i++) {
        job.submitOrThrow(task(i)).join();
      }
      job.reconfigure(j -> j.maxCalls(10));
      job.submitOrThrow(task(10)).join();
      assertThat(refusal(job.submit(task(11)))).isEqualTo(Refusal.JOB_CALLS);
    }
  }

  @Test
  void aLimitOfASubJobCountsItsOwnFromBefore() throws Exception {
    try (Job job = headgate.job(j -> j);
        Job sub = job.split("part", j -> j)) {
      job.submitOrThrow(task(0)).join();
      sub.submitOrThrow(task(1)).join();
      sub.reconfigure(j -> j.maxCalls(2));
      sub.submitOrThrow(task(2)).join();
      assertThat(refusal(sub.submit(task(3)))).isEqualTo(Refusal.JOB_CALLS);
      job.submitOrThrow(task(4)).join();
      job.reconfigure(j -> j.maxCalls(4));
      assertThat(refusal(job.submit(task(5)))).isEqualTo(Refusal.JOB_CALLS);
    }
  }

  private void submitUntil(
      CountDownLatch over, Job job, AtomicInteger number, AtomicInteger admitted) {
    while (over.getCount() > 0) {
      if (job.submit(task(number.incrementAndGet())) instanceof Admitted<?>) {
        admitted.incrementAndGet();
      } else {
        Thread.yield();
      }
    }
  }

  // What is on its way as the first limit is set may come on top; whoever comes later may not.
  @Test
  void noCallIsLostFromTheCountHoweverManyRaceWithAFirstLimit() throws Exception {
    for (int round = 0; round < 20; round++) {
      try (Job job = headgate.job(j -> j);
          var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        var admitted = new AtomicInteger();
        var number = new AtomicInteger();
        var over = new CountDownLatch(1);
        List<Future<?>> racers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          racers.add(threads.submit(() -> submitUntil(over, job, number, admitted)));
        }
        Until.isTrue("some are let in", () -> admitted.get() > 20);
        job.reconfigure(j -> j.maxCalls(1));
        over.countDown();
        for (Future<?> racer : racers) {
          racer.get();
        }
        int before = admitted.get();
        var last = headgate.snapshot(); // by then all that were on their way are counted
        assertThat(last.admitted()).isPositive();
        job.reconfigure(j -> j.maxCalls(before + 3));
        int more = 0;
        while (more < 10 && job.submit(task(number.incrementAndGet())) instanceof Admitted<?>) {
          more++;
        }
        assertThat(more).isEqualTo(3);
      }
    }
  }

  @Test
  void whatIsKeptForWrappingUpIsMoreAndLess() throws Exception {
    ParkPolicy rule = ParkPolicy.atBudget().then(Action.REFUSE, Duration.ofHours(1));
    try (Job job = headgate.job(j -> j.tokenBudget(1_000).parkAtBudget(rule))) {
      job.reconfigure(j -> j.wrapUpPercent(30));
      assertThat(job.settings().wrapUpPercent()).isEqualTo(30);
      assertThat(job.left().tokensKept()).isEqualTo(300);
      Admitted<String> held = job.submitOrThrow(tokens(1, 800));
      assertThat(headgate.operator().parked()).hasSize(1);
      job.reconfigure(j -> j.wrapUpPercent(21));
      assertThat(headgate.operator().parked()).as("a share too large still").hasSize(1);
      job.reconfigure(j -> j.wrapUpPercent(20));
      assertThat(held.join()).isInstanceOf(Outcome.Completed.class);
      assertThat(headgate.operator().parked()).isEmpty();
      job.submitOrThrow(tokens(2, 150).wrapUp()).join();
      assertThat(job.remainingTokens()).isEqualTo(50);
    }
  }

  @Test
  void whatItsBudgetDoesNotCoverIsHeldByARuleThatCameLaterAndGoesOnWhenThatIsGone()
      throws Exception {
    ParkPolicy rule = ParkPolicy.atBudget().then(Action.REFUSE, Duration.ofHours(1));
    try (Job job = headgate.job("short", j -> j.tokenBudget(100))) {
      assertThat(refusal(job.submit(tokens(1, 101)))).isEqualTo(Refusal.TOKEN_BUDGET);
      job.reconfigure(j -> j.parkAtBudget(rule));
      Admitted<String> held = job.submitOrThrow(tokens(2, 101));
      assertThat(headgate.operator().parked())
          .extracting(ParkedTask::reason)
          .containsExactly(ParkReason.BUDGET);
      job.reconfigure(j -> j.parkAtBudget(ParkPolicy.OFF));
      assertThat(refusal(job.submit(tokens(3, 101)))).isEqualTo(Refusal.TOKEN_BUDGET);
      assertThat(headgate.operator().parked()).as("who is parked stays so").hasSize(1);
      assertThat(headgate.operator().tokenBudget("short", 101, new By("kim", "fine")))
          .isInstanceOf(OperatorAnswer.Done.class);
      assertThat(held.join()).as("also under the rule of before").isEqualTo(done());
    }
  }

  @Test
  void whatOthersGiveBackGoesToWhoWasParkedByARuleThatIsGone() throws Exception {
    ParkPolicy rule = ParkPolicy.atBudget().then(Action.REFUSE, Duration.ofHours(1));
    var release = new CountDownLatch(1);
    try (Job job = headgate.job(j -> j.tokenBudget(100).parkAtBudget(rule))) {
      Task<String> large =
          Task.of(
              agent,
              tool,
              Estimate.of(60, 0),
              attempt -> {
                release.await();
                attempt.usage(1, 0);
                return "done";
              });
      Admitted<String> first = job.submitOrThrow(large.arguments("large"));
      Admitted<String> held = job.submitOrThrow(tokens(2, 60));
      job.reconfigure(j -> j.parkAtBudget(ParkPolicy.OFF));
      release.countDown();
      assertThat(first.join()).isEqualTo(done());
      assertThat(held.join()).isEqualTo(done());
    } finally {
      release.countDown();
    }
  }

  @Test
  void aSubJobIsNotParkedAtItsBudget() {
    ParkPolicy rule = ParkPolicy.atBudget().then(Action.REFUSE, Duration.ofHours(1));
    try (Job job = headgate.job(j -> j.tokenBudget(100));
        Job sub = job.split("part", j -> j.tokenBudget(50))) {
      assertThatThrownBy(() -> sub.reconfigure(j -> j.parkAtBudget(rule)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("outermost");
      sub.reconfigure(j -> j.wrapUpPercent(50));
      assertThat(sub.left().tokensKept()).isEqualTo(25);
    }
  }

  private static Outcome<String> done() {
    return new Outcome.Completed<>("done");
  }

  private Task<String> tokens(int arguments, long tokens) {
    return Task.<String>of(
            agent,
            tool,
            Estimate.of(tokens, 0),
            attempt -> {
              attempt.usage(tokens, 0);
              return "done";
            })
        .arguments("call " + arguments);
  }

  @Test
  void aSubJobIsLimitedByWhatItIsAPartOf() throws Exception {
    try (Job job = headgate.job(j -> j.maxCalls(10).maxDepth(5));
        Job sub = job.split("sub", j -> j.maxCalls(10))) {
      sub.reconfigure(j -> j.maxDepth(64).maxCalls(100));
      assertThat(sub.settings().maxDepth()).isEqualTo(5);
      assertThat(sub.settings().maxCalls()).isEqualTo(10);
      job.reconfigure(j -> j.maxCalls(1));
      sub.submitOrThrow(task(1)).join();
      assertThat(refusal(sub.submit(task(2)))).isEqualTo(Refusal.JOB_CALLS);
    }
  }

  // Many submit while the limit goes up and down: no more are let in than the highest limit allows,
  // and once a lower one is in force nobody at all.
  @Test
  void noCallIsLetInBeyondWhatWasAllowedHoweverManyRace() throws Exception {
    int most = 2_000;
    try (Job job = headgate.job(j -> j.maxCalls(1));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var admitted = new AtomicInteger();
      var number = new AtomicInteger();
      var over = new CountDownLatch(1);
      List<Future<?>> racers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        racers.add(threads.submit(() -> submitUntil(over, job, number, admitted)));
      }
      for (int limit = 1; limit <= most; limit += 37) {
        int now = limit;
        job.reconfigure(j -> j.maxCalls(now));
        job.reconfigure(j -> j.maxCalls(Math.max(1, now / 2)));
        assertThat(admitted.get()).as("with %d allowed", now).isLessThanOrEqualTo(now);
      }
      job.reconfigure(j -> j.maxCalls(most));
      Until.isTrue("all that is allowed is let in", () -> admitted.get() == most);
      over.countDown();
      for (Future<?> racer : racers) {
        racer.get();
      }
      assertThat(admitted.get()).isEqualTo(most);
    }
  }
}
