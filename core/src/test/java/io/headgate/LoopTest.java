package io.headgate;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.Outcome.Completed;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Limits on what a job calls, through the whole of Headgate. */
@Timeout(60)
class LoopTest {
  private final Headgate headgate = Headgate.builder().build();
  private final Agent agent = headgate.agent("agent");
  private final Target tool = headgate.target("search", t -> t.tool());
  private final Target writer = headgate.target("edit", t -> t.tool().writer(true));
  private final Job job = headgate.job("job", j -> j);

  @AfterEach
  void conserved() {
    assertThat(headgate.shutdown(ofSeconds(20))).isTrue();
    Until.conserved(headgate);
  }

  private Task<String> task(Target target, String arguments) {
    return Task.<String>of(agent, target, attempt -> "answer").arguments(arguments);
  }

  private void passes(Job job, Task<String> task) throws InterruptedException {
    assertThat(job.submitOrThrow(task).join()).isEqualTo(new Completed<>("answer"));
  }

  private static Refused<?> refused(Job job, Task<?> task, Refusal reason) {
    Admission<?> admission = job.submit(task);
    assertThat(admission).isInstanceOf(Refused.class);
    var refused = (Refused<?>) admission;
    assertThat(refused.reason()).isEqualTo(reason);
    assertThat(refused.retryAfter()).isZero();
    return refused;
  }

  @Test
  void theFourthSameCallIsRefusedWithWordsForTheModel() throws Exception {
    Task<String> task = task(tool, "{\"q\": \"headgate\"}");
    for (int i = 0; i < 3; i++) {
      passes(job, task);
    }
    Refused<?> refused = refused(job, task, Refusal.LOOP);
    assertThat(job.explain(task, refused))
        .isEqualTo(
            "LOOP: target search was called 3 times with the same arguments: it leads nowhere new: "
                + "change the arguments, try something else, or wrap up");
    passes(job, task(tool, "{\"q\": \"headgate library\"}"));
    passes(headgate.job("another", j -> j), task);
    assertThat(headgate.snapshot().refusals())
        .containsExactly(java.util.Map.entry(Refusal.LOOP, 1L));
    assertThat(headgate.snapshot().targets())
        .filteredOn(t -> t.id().equals("search"))
        .allMatch(t -> t.refusals().get(Refusal.LOOP) == 1);
  }

  @Test
  void aCycleIsRefusedWithWordsForTheModel() throws Exception {
    for (int i = 0; i < 2; i++) {
      passes(job, task(tool, "A"));
      passes(job, task(tool, "B"));
      passes(job, task(tool, "C"));
    }
    Refused<?> refused = refused(job, task(tool, "A"), Refusal.LOOP);
    assertThat(job.explain(task(tool, "A"), refused))
        .contains("LOOP: the last 6 calls went 2 times through the same 3 calls")
        .endsWith("or wrap up");
    refused(job, task(tool, "B"), Refusal.LOOP);
    passes(job, task(tool, "D"));
  }

  @Test
  void aWriterLetsOthersBeRepeatedUnlessItFailed() throws Exception {
    for (int i = 0; i < 3; i++) {
      passes(job, task(tool, "A"));
    }
    Task<String> fails =
        Task.<String>of(
                agent,
                writer,
                attempt -> {
                  throw new IllegalStateException("disk full");
                })
            .arguments("x");
    assertThat(job.submitOrThrow(fails).join()).isInstanceOf(Outcome.Failed.class);
    refused(job, task(tool, "A"), Refusal.LOOP);
    passes(job, task(writer, "y"));
    for (int i = 0; i < 3; i++) {
      passes(job, task(tool, "A"));
    }
    refused(job, task(tool, "A"), Refusal.LOOP);
  }

  @Test
  void aWriterWithoutArgumentsCountsToo() throws Exception {
    Target bare = headgate.target("bare", t -> t.tool().loopGuard(LoopPolicy.OFF).writer(true));
    for (int i = 0; i < 3; i++) {
      passes(job, task(tool, "A"));
    }
    assertThat(job.submitOrThrow(Task.<String>of(agent, bare, a -> "written")).join())
        .isEqualTo(new Completed<>("written"));
    passes(job, task(tool, "A"));
  }

  @Test
  void aToolsTaskNeedsArguments() {
    Task<String> bare = Task.<String>of(agent, tool, attempt -> "answer");
    assertThatThrownBy(() -> job.submit(bare))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "search has no arguments", "task.arguments(text)", "LoopPolicy.OFF");
    assertThatThrownBy(() -> job.executor(agent, tool))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("commands for search", "LoopPolicy.OFF");
    tool.reconfigure(t -> t.loopGuard(LoopPolicy.OFF));
    for (int i = 0; i < 10; i++) {
      job.submitOrThrow(bare);
    }
    job.executor(agent, tool).execute(() -> {});
    tool.reconfigure(t -> t.loopGuard(LoopPolicy.DEFAULT.sameCalls(1)));
    assertThatThrownBy(() -> job.submit(bare)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aModelsTaskNeedsNoneAndIsGuardedIfItHasSome() throws Exception {
    Target model = headgate.target("model");
    Task<String> bare = Task.<String>of(agent, model, attempt -> "answer");
    for (int i = 0; i < 10; i++) {
      passes(job, bare);
    }
    for (int i = 0; i < 3; i++) {
      passes(job, bare.arguments("the same prompt"));
    }
    refused(job, bare.arguments("the same prompt"), Refusal.LOOP);
  }

  @Test
  void aNormaliserMakesNearEqualCallsTheSame() throws Exception {
    tool.reconfigure(
        t ->
            t.loopGuard(
                LoopPolicy.DEFAULT.sameCalls(2).normaliser(ArgumentsNormaliser.CASE_AND_SPACE)));
    passes(job, task(tool, "find  Foo"));
    passes(job, task(tool, "Find foo"));
    refused(job, task(tool, " find foo\n"), Refusal.LOOP);
    passes(job, task(tool, "find food"));
  }

  @Test
  void whatANormaliserThrowsGoesToWhoMakesTheTask() {
    tool.reconfigure(
        t ->
            t.loopGuard(
                LoopPolicy.DEFAULT.normaliser(
                    text -> {
                      throw new IllegalStateException("no JSON");
                    })));
    assertThatThrownBy(() -> task(tool, "x")).hasMessage("no JSON");
  }

  @Test
  void aDigestOfZeroIsADigest() {
    assertThat(Task.of(agent, tool, a -> "").arguments(0L).arguments()).isEqualTo(1);
    assertThat(Task.of(agent, tool, a -> "").arguments()).isEqualTo(Task.NO_ARGUMENTS);
    assertThat(task(tool, "a").priority(Priority.CRITICAL).ttl(ofSeconds(1)).arguments())
        .isEqualTo(ArgumentsDigest.of("a"));
  }

  @Test
  void aWindowIsCountedInTime() throws Exception {
    tool.reconfigure(t -> t.loopGuard(LoopPolicy.DEFAULT.sameCalls(1).window(ofMillis(50))));
    Job patient = headgate.job("patient", j -> j.maxLoops(JobSettings.NO_LIMIT));
    passes(patient, task(tool, "A"));
    Until.isTrue(
        "it may be called again", () -> patient.submit(task(tool, "A")) instanceof Admitted);
  }

  @Test
  void whoLoopsTooOftenIsCutOff() throws Exception {
    Job looping = headgate.job("looping", j -> j.maxLoops(3));
    var begun = new CountDownLatch(1);
    Admitted<String> runs =
        looping.submitOrThrow(
            Task.<String>of(
                    agent,
                    tool,
                    attempt -> {
                      begun.countDown();
                      new CountDownLatch(1).await(); // until it is interrupted
                      return "late";
                    })
                .arguments("long"));
    begun.await();
    Task<String> task = task(tool, "A");
    for (int i = 0; i < 3; i++) {
      passes(looping, task);
    }
    refused(looping, task, Refusal.LOOP);
    refused(looping, task, Refusal.LOOP);
    assertThat(looping.isOpen()).isTrue();
    refused(looping, task, Refusal.LOOP);
    assertThat(looping.isOpen()).isFalse();
    Refused<?> refused = refused(looping, task(tool, "B"), Refusal.JOB_CLOSED);
    assertThat(looping.explain(task, refused)).contains("job looping was cut off after 3 loops");
    assertThat(runs.join()).isInstanceOf(Outcome.Cancelled.class);
  }

  @Test
  void depthIsBounded() throws Exception {
    Target any = headgate.target("any");
    Job deep = headgate.job("deep", j -> j.maxDepth(3));
    assertThat(deep.submitOrThrow(nest(any)).join()).isEqualTo(new Completed<>("DEPTH at 3"));
    Job flat = headgate.job("flat", j -> j.maxDepth(0));
    assertThat(flat.submitOrThrow(nest(any)).join()).isEqualTo(new Completed<>("DEPTH at 0"));
  }

  private Task<String> nest(Target target) {
    return nest(target, 0);
  }

  private Task<String> nest(Target target, int depth) {
    return Task.<String>of(
        agent,
        target,
        attempt ->
            switch (attempt.submit(nest(target, depth + 1))) {
              case Admitted<String> child ->
                  child.join() instanceof Completed<String>(String answer, var _) ? answer : "?";
              case Refused<String> refused -> refused.reason() + " at " + depth;
            });
  }

  @Test
  void fanOutIsBoundedForEachAttempt() throws Exception {
    Target any = headgate.target("any");
    Job wide = headgate.job("wide", j -> j.maxFanOut(5));
    Task<String> leaf = Task.<String>of(agent, any, attempt -> "leaf");
    Task<String> parent =
        Task.<String>of(
            agent,
            any,
            attempt -> {
              for (int i = 0; i < 5; i++) {
                if (!(attempt.submit(leaf) instanceof Admitted)) {
                  return "too few";
                }
              }
              return attempt.submit(leaf) instanceof Refused<String> refused
                  ? wide.explain(leaf, refused)
                  : "too many";
            });
    for (int i = 0; i < 2; i++) {
      assertThat(wide.submitOrThrow(parent).join())
          .isEqualTo(
              new Completed<>(
                  "FAN_OUT: one call of job wide may submit 5 others. "
                      + Refusal.FAN_OUT.advice()));
    }
  }

  @Test
  void callsOfAJobAreBoundedSubJobsIncluded() throws Exception {
    Target any = headgate.target("any");
    Task<String> task = Task.<String>of(agent, any, attempt -> "answer");
    Job whole = headgate.job("whole", j -> j.maxCalls(5));
    Job part = whole.split("part", j -> j);
    assertThat(part.settings().maxCalls()).isEqualTo(5);
    Job small = whole.split("small", j -> j.maxCalls(1));
    passes(small, task);
    refused(small, task, Refusal.JOB_CALLS);
    passes(part, task);
    passes(part, task);
    passes(whole, task);
    passes(whole, task);
    String why = "JOB_CALLS: job whole has made 5 calls, and its maxCalls is 5. ";
    assertThat(part.explain(task, refused(part, task, Refusal.JOB_CALLS))).startsWith(why);
    assertThat(whole.explain(task, refused(whole, task, Refusal.JOB_CALLS))).startsWith(why);
  }

  @Test
  void callsOfATargetAreBoundedForEachJob() throws Exception {
    Target any = headgate.target("any", t -> t.maxCallsPerJob(2));
    Task<String> task = Task.<String>of(agent, any, attempt -> "answer");
    passes(job, task);
    passes(job.split("part", j -> j), task);
    Refused<?> refused = refused(job, task, Refusal.TARGET_CALLS);
    assertThat(job.explain(task, refused))
        .startsWith("TARGET_CALLS: job job has called target any 2 times, and its maxCallsPerJob");
    passes(headgate.job("another", j -> j), task);
    any.reconfigure(t -> t.maxCallsPerJob(3));
    passes(job, task);
    refused(job, task, Refusal.TARGET_CALLS);
  }

  @Test
  void aTargetInThePlaceOfARemovedOneCountsForItself() throws Exception {
    Target first = headgate.target("first", t -> t.tool().maxCallsPerJob(1));
    Job sameJob = headgate.job("same", j -> j);
    passes(sameJob, task(first, "A"));
    refused(sameJob, task(first, "A"), Refusal.TARGET_CALLS);
    first.remove();
    Target second = headgate.target("second", t -> t.tool().maxCallsPerJob(3));
    for (int i = 0; i < 3; i++) {
      passes(sameJob, task(second, "A"));
    }
    refused(sameJob, task(second, "A"), Refusal.TARGET_CALLS);
  }

  @Test
  void whatALaterGateRefusesDoesNotCount() throws Exception {
    Target any = headgate.target("any", t -> t.tool().maxCallsPerJob(2));
    Agent poor = headgate.agent("poor", a -> a.tokensPerMinute(1_000));
    Task<String> dear =
        Task.<String>of(poor, any, Estimate.of(2_000, 0), attempt -> "answer").arguments("A");
    Job counted = headgate.job("counted", j -> j.maxCalls(2));
    for (int i = 0; i < 10; i++) {
      refused(counted, dear, Refusal.EXCEEDS_BURST);
    }
    passes(counted, task(any, "A"));
    passes(counted, task(any, "A"));
    refused(counted, task(any, "A"), Refusal.JOB_CALLS);
  }

  @Test
  void threadsThatRaceAreLetInExactlyThreeTimes() throws Exception {
    for (int round = 0; round < 50; round++) {
      Job raced = headgate.job("raced-" + round, j -> j.maxLoops(JobSettings.NO_LIMIT));
      Task<String> task = task(tool, "A");
      var admitted = new AtomicInteger();
      var go = new CountDownLatch(1);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        threads.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      try {
                        go.await();
                      } catch (InterruptedException e) {
                        throw new AssertionError(e);
                      }
                      for (int call = 0; call < 10; call++) {
                        if (raced.submit(task) instanceof Admitted) {
                          admitted.incrementAndGet();
                        }
                      }
                    }));
      }
      go.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(admitted).hasValue(3);
      raced.close();
    }
  }
}
