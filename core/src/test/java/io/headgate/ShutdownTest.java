package io.headgate;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.HotSpotDiagnosticMXBean;
import io.headgate.Outcome.Cancellation;
import io.headgate.Outcome.Cancelled;
import io.headgate.Outcome.Completed;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Shutting down drains, then interrupts; every handle ends, and nobody waits for ever. */
@Timeout(60)
class ShutdownTest {
  private final Headgate headgate =
      Headgate.builder().maxInFlight(2).maxWaiting(8).patience(ofSeconds(20)).build();
  private final Target target = headgate.target("tool", t -> t.tool().loopGuard(LoopPolicy.OFF));
  private final Agent agent = headgate.agent("agent");
  private final Job job = headgate.job(j -> j);
  private final CountDownLatch release = new CountDownLatch(1);
  private final CountDownLatch begun = new CountDownLatch(1);

  @TempDir Path directory;

  private final Task<String> held =
      Task.<String>of(
          agent,
          target,
          attempt -> {
            begun.countDown();
            release.await();
            return "held";
          });

  private final Task<String> deaf =
      Task.<String>of(
          agent,
          target,
          attempt -> {
            begun.countDown();
            while (release.getCount() > 0) {
              try {
                release.await();
              } catch (InterruptedException ignoredByDeafCall) {
                // and on
              }
            }
            return "deaf";
          });

  @AfterEach
  void nothingIsLeft() {
    release.countDown();
    assertThat(headgate.shutdown(ofSeconds(20))).as("nothing left behind").isTrue();
    Until.conserved(headgate);
    assertThat(headgate.counters().asMap()).containsEntry("ownErrors", 0L);
  }

  private static <T> FutureTask<T> start(Callable<T> work) {
    var task = new FutureTask<>(work);
    Thread.ofPlatform().daemon().name("shutdown-test").start(task);
    return task;
  }

  @Test
  void drainsWhatWasAdmitted() throws Exception {
    List<Admitted<String>> handles =
        IntStream.range(0, 6).mapToObj(i -> job.submitOrThrow(held)).toList();
    begun.await();
    FutureTask<Boolean> shutdown = start(() -> headgate.shutdown(ofSeconds(30)));
    Until.isTrue("closed", () -> isRefused(job.submit(held), Refusal.CLOSED));
    assertThat(handles).allSatisfy(handle -> assertThat(handle.outcome()).isEmpty());
    release.countDown();
    assertThat(shutdown.get()).isTrue();
    for (Admitted<String> handle : handles) {
      assertThat(handle.outcome()).contains(new Completed<>("held"));
    }
    assertThat(job.isOpen()).isFalse();
  }

  @Test
  void interruptsWhatOutlastsTheDrain() throws Exception {
    List<Admitted<String>> handles =
        IntStream.range(0, 6).mapToObj(i -> job.submitOrThrow(held)).toList();
    begun.await();
    long start = System.nanoTime();
    assertThat(headgate.shutdown(ofMillis(50))).isTrue();
    assertThat(System.nanoTime() - start).isBetween(50_000_000L, 10_000_000_000L);
    for (Admitted<String> handle : handles) {
      assertThat(handle.outcome()).contains(new Cancelled<>(Cancellation.SHUTDOWN));
    }
  }

  @Test
  void refusesEverythingMeanwhile() throws Exception {
    Admitted<Admission<String>> parent =
        job.submitOrThrow(
            Task.<Admission<String>>of(
                agent,
                target,
                attempt -> {
                  begun.countDown();
                  release.await();
                  return attempt.submit(held);
                }));
    begun.await();
    FutureTask<Boolean> shutdown = start(() -> headgate.shutdown(ofSeconds(30)));
    Until.isTrue("closed", () -> isRefused(job.submit(held), Refusal.CLOSED));
    assertThat(isRefused(job.submit(held, ofHours(1)), Refusal.CLOSED)).isTrue();
    assertThat(isRefused(headgate.job("late", j -> j).submit(held), Refusal.CLOSED)).isTrue();
    assertThat(isRefused(job.split("part", j -> j).submit(held), Refusal.CLOSED)).isTrue();
    assertThatThrownBy(() -> headgate.agent("late")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> headgate.target("late")).isInstanceOf(IllegalStateException.class);
    assertThat(shutdown.isDone()).isFalse();
    release.countDown();
    assertThat(shutdown.get()).isTrue();
    assertThat(parent.join().valueOrNull()).matches(a -> isRefused(a, Refusal.CLOSED));
  }

  private static boolean isRefused(Admission<?> admission, Refusal reason) {
    return admission instanceof Refused<?> refused && refused.reason() == reason;
  }

  @Test
  void manyMayAskAtOnceAndAgain() throws Exception {
    Admitted<String> handle = job.submitOrThrow(held);
    begun.await();
    List<FutureTask<Boolean>> shutdowns =
        IntStream.range(0, 8).mapToObj(i -> start(() -> headgate.shutdown(ofSeconds(30)))).toList();
    Until.isTrue("closed", () -> isRefused(job.submit(held), Refusal.CLOSED));
    release.countDown();
    for (FutureTask<Boolean> shutdown : shutdowns) {
      assertThat(shutdown.get()).isTrue();
    }
    assertThat(headgate.shutdown(ZERO)).isTrue();
    assertThat(headgate.shutdown(ofSeconds(-1))).isTrue();
    assertThat(headgate.shutdown(ofSeconds(Long.MAX_VALUE))).isTrue();
    headgate.close();
    assertThat(handle.outcome()).contains(new Completed<>("held"));
  }

  @Test
  void hastyOneCutsAPatientOneShort() throws Exception {
    Admitted<String> handle = job.submitOrThrow(held);
    begun.await();
    FutureTask<Boolean> patient = start(() -> headgate.shutdown(ofHours(1)));
    Until.isTrue("closed", () -> isRefused(job.submit(held), Refusal.CLOSED));
    assertThat(headgate.shutdown(ZERO)).isTrue();
    assertThat(patient.get()).isTrue();
    assertThat(handle.outcome()).contains(new Cancelled<>(Cancellation.SHUTDOWN));
  }

  @Test
  void fromInsideACallEndsThatCallToo() throws Exception {
    var answer = new FutureTask<>(() -> headgate.shutdown(ofMillis(20)));
    Admitted<String> handle =
        job.submitOrThrow(
            Task.<String>of(
                agent,
                target,
                attempt -> {
                  answer.run();
                  return "after the end";
                }));
    assertThat(answer.get()).as("its own thread was left behind").isFalse();
    assertThat(handle.join()).isEqualTo(new Cancelled<>(Cancellation.SHUTDOWN));
  }

  @Test
  void deafCallIsLeftBehindAndSaidSo() throws Exception {
    Admitted<String> handle = job.submitOrThrow(deaf);
    Admitted<String> other = job.submitOrThrow(held);
    begun.await();
    assertThat(headgate.shutdown(ZERO)).isFalse();
    assertThat(handle.outcome()).contains(new Cancelled<>(Cancellation.SHUTDOWN));
    assertThat(other.outcome()).contains(new Cancelled<>(Cancellation.SHUTDOWN));
    Snapshot snapshot = headgate.snapshot();
    assertThat(snapshot.inFlight()).isEqualTo(1);
    assertThat(snapshot.overruns()).isEqualTo(1);
    assertThat(headgate.audit().atRest()).isFalse();
    assertThat(headgate.shutdown(ZERO)).isFalse();
    release.countDown();
    assertThat(headgate.shutdown(ofSeconds(20))).isTrue();
    assertThat(headgate.snapshot().inFlight()).isZero();
  }

  @Test
  void interruptOfTheCallerMeansHurry() throws Exception {
    Admitted<String> handle = job.submitOrThrow(held);
    begun.await();
    var stillInterrupted = new AtomicBoolean();
    Thread caller =
        Thread.ofPlatform()
            .start(
                () -> {
                  headgate.shutdown(ofHours(1));
                  stillInterrupted.set(Thread.currentThread().isInterrupted());
                });
    Until.isTrue("closed", () -> isRefused(job.submit(held), Refusal.CLOSED));
    caller.interrupt();
    caller.join();
    assertThat(handle.outcome()).contains(new Cancelled<>(Cancellation.SHUTDOWN));
    assertThat(stillInterrupted).isTrue();
  }

  @Test
  void closeHasTheConfiguredPatience() throws Exception {
    var impatient = Headgate.builder().patience(ofMillis(30)).build();
    Task<String> forEver =
        Task.<String>of(
            impatient.agent("agent"),
            impatient.target("tool"),
            attempt -> {
              begun.countDown();
              new CountDownLatch(1).await();
              return "";
            });
    Admitted<String> cut = impatient.job(j -> j).submitOrThrow(forEver);
    begun.await();
    long start = System.nanoTime();
    impatient.close();
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(30_000_000);
    assertThat(cut.outcome()).contains(new Cancelled<>(Cancellation.SHUTDOWN));

    Admitted<String> awaited = job.submitOrThrow(held);
    FutureTask<Boolean> close =
        start(
            () -> {
              headgate.close();
              return true;
            });
    Until.isTrue("closed", () -> isRefused(job.submit(held), Refusal.CLOSED));
    release.countDown();
    assertThat(close.get()).isTrue();
    assertThat(awaited.outcome()).contains(new Completed<>("held"));
  }

  @Test
  void parentsThatWaitForTheirChildrenEndToo() throws Exception {
    Admitted<String> parent =
        job.submitOrThrow(
            Task.<String>of(
                agent,
                target,
                attempt ->
                    switch (attempt.submit(held)) {
                      case Admitted<String> child -> child.join().toString();
                      case Refused<String> refused -> refused.toString();
                    }));
    begun.await();
    Until.isTrue("suspended", () -> headgate.snapshot().suspended() == 1);
    assertThat(headgate.shutdown(ZERO)).isTrue();
    assertThat(parent.outcome()).contains(new Cancelled<>(Cancellation.SHUTDOWN));
  }

  @Test
  void answersAfterTheEnd() throws Exception {
    Admitted<String> handle = job.submitOrThrow(Task.<String>of(agent, target, attempt -> "done"));
    assertThat(handle.join()).isEqualTo(new Completed<>("done"));
    assertThat(headgate.shutdown(ofSeconds(20))).isTrue();
    assertThat(job.submit(held)).isInstanceOf(Refused.class);
    Snapshot snapshot = headgate.snapshot();
    assertThat(snapshot.admitted()).isEqualTo(1);
    assertThat(snapshot.outcomes()).isEqualTo(Map.of("Completed", 1L));
    assertThat(snapshot.refusals()).isEqualTo(Map.of(Refusal.CLOSED, 1L));
    assertThat(snapshot.waiting() + snapshot.inFlight() + snapshot.openJobs()).isZero();
    assertThat(snapshot.toString()).contains("agent", "tool");
    assertThat(headgate.audit()).isEqualTo(new Audit(true, List.of()));
    assertThat(headgate.counters().asMap())
        .containsEntry("admitted", 1L)
        .containsEntry("completed", 1L)
        .containsEntry("openJobs", 0L);
    assertThat(handle.cancel()).isFalse();
    assertThat(handle.toCompletableFuture().get()).isEqualTo(new Completed<>("done"));
    assertThat(job.isOpen()).isFalse();
    job.close();
    agent.reconfigure(a -> a.maxInFlight(1));
    agent.remove();
    target.remove();
    assertThat(headgate.audit()).isEqualTo(new Audit(true, List.of()));
  }

  @Test
  void whoAsksInTheLastMomentIsAnswered() throws Exception {
    var hears = new CountDownLatch(1);
    var mayGoOn = new CountDownLatch(1);
    // A listener that will not end holds the dispatcher up after its last look at the ring.
    HeadgateListener stubborn =
        (event, lost) -> {
          hears.countDown();
          try {
            mayGoOn.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        };
    try (var ending = Headgate.builder().listener(stubborn).build()) {
      Job left = ending.job(j -> j);
      hears.await();
      FutureTask<Boolean> shutdown = start(() -> ending.shutdown(ofSeconds(30)));
      Until.isTrue("past its last look", () -> !left.isOpen());
      assertThat(ending.snapshot().openJobs()).isZero();
      assertThat(ending.audit()).isEqualTo(new Audit(true, List.of()));
      mayGoOn.countDown();
      assertThat(shutdown.get(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void raceOfShutdownAndQuestionsLeavesNobodyWaiting() throws Exception {
    for (int round = 0; round < 100; round++) {
      try (var brief =
          Headgate.builder().maxInFlight(1).maxWaiting(1).maxSuspended(1).maxJobs(2).build()) {
        Agent someone = brief.agent("agent");
        FutureTask<Boolean> asker =
            start(
                () -> {
                  while (brief.snapshot().openJobs() == 0) {
                    someone.reconfigure(a -> a.weight(a.weight() % 10 + 1));
                    if (!brief.job(j -> j).isOpen()) {
                      return brief.audit().isSound();
                    }
                  }
                  return brief.audit().isSound();
                });
        assertThat(brief.shutdown(ZERO)).isTrue();
        assertThat(asker.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(brief.audit()).isEqualTo(new Audit(true, List.of()));
      }
    }
  }

  @Test
  void leavesNoThread() throws Exception {
    Set<Long> before = headgateThreads("before");
    var ending = Headgate.builder().listener((event, lost) -> {}).build();
    Agent someone = ending.agent("agent");
    Target something = ending.target("tool");
    Job work = ending.job(j -> j);
    var closed = new CountDownLatch(1);
    Admitted<String> running =
        work.submitOrThrow(
            Task.<String>of(
                someone,
                something,
                attempt -> {
                  attempt.onCancel(closed::countDown);
                  begun.countDown();
                  new CountDownLatch(1).await();
                  return "";
                }));
    var dependent = running.toCompletableFuture().thenApply(Object::toString);
    begun.await();
    assertThat(headgateThreads("during")).hasSizeGreaterThan(before.size() + 3);
    assertThat(ending.shutdown(ZERO)).isTrue();
    closed.await();
    assertThat(dependent.get()).contains("SHUTDOWN");
    for (int i = 0; ; i++) {
      Set<Long> after = headgateThreads("after-" + i);
      after.removeAll(before);
      if (after.isEmpty()) {
        break;
      }
      assertThat(i).as("threads %s are left", after).isLessThan(100);
    }
  }

  // Virtual ones too, hence a thread dump.
  private Set<Long> headgateThreads(String name) throws IOException {
    Path file = directory.resolve(name + ".json");
    ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
        .dumpThreads(file.toString(), HotSpotDiagnosticMXBean.ThreadDumpFormat.JSON);
    Set<Long> threads = new HashSet<>();
    JsonNode dump = new ObjectMapper().readTree(file.toFile());
    for (JsonNode thread : dump.findParents("tid")) {
      if (thread.get("name").asText().startsWith("headgate-")) {
        threads.add(thread.get("tid").asLong());
      }
    }
    return threads;
  }
}
