package io.headgate;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.Outcome.Cancellation;
import io.headgate.Outcome.Cancelled;
import io.headgate.Outcome.Completed;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a handle promises: one outcome, whoever waits, cancels or interrupts. */
@Timeout(60)
class HandleTest {
  private final Headgate headgate = Headgate.builder().maxInFlight(1).build();
  private final Agent agent = headgate.agent("agent");
  private final Target target = headgate.target("tool", t -> t.tool().loopGuard(LoopPolicy.OFF));
  private final Job job = headgate.job(j -> j);
  private final CountDownLatch release = new CountDownLatch(1);
  private final CountDownLatch begun = new CountDownLatch(1);

  private final Task<String> held =
      task(
          attempt -> {
            begun.countDown();
            release.await();
            return "held";
          });

  private <T> Task<T> task(Call<T> call) {
    return Task.of(agent, target, call);
  }

  @AfterEach
  void conserved() {
    release.countDown();
    assertThat(headgate.shutdown(ofSeconds(20))).isTrue();
    Until.conserved(headgate);
    assertThat(headgate.counters().asMap()).containsEntry("ownErrors", 0L);
  }

  @Test
  void joinWithATimeout() throws Exception {
    Admitted<String> handle = job.submitOrThrow(held);
    begun.await();
    assertThat(handle.join(ZERO)).isEmpty();
    assertThat(handle.join(ofSeconds(-1))).isEmpty();
    assertThat(handle.join(ofSeconds(Long.MIN_VALUE))).isEmpty();
    long start = System.nanoTime();
    assertThat(handle.join(ofMillis(20))).isEmpty();
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(20_000_000);
    assertThat(handle.outcome()).isEmpty();
    release.countDown();
    assertThat(handle.join(ofSeconds(Long.MAX_VALUE))).contains(new Completed<>("held"));
    assertThat(handle.join(ZERO)).contains(new Completed<>("held"));
    assertThat(handle.join(ofSeconds(-1))).contains(new Completed<>("held"));
    assertThat(handle.join()).isSameAs(handle.outcome().orElseThrow());
  }

  @Test
  void interruptOfAJoinerLeavesTheTaskAlone() throws Exception {
    Admitted<String> handle = job.submitOrThrow(held);
    begun.await();
    for (boolean timed : List.of(true, false)) {
      var seen = new CompletableFuture<String>();
      Thread joiner =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      Object answer = timed ? handle.join(ofSeconds(60)) : handle.join();
                      seen.complete("answered " + answer);
                    } catch (InterruptedException e) {
                      seen.complete("interrupted, " + Thread.currentThread().isInterrupted());
                    }
                  });
      Until.isTrue("it waits", () -> joiner.getState().name().endsWith("WAITING"));
      joiner.interrupt();
      assertThat(seen.get()).isEqualTo("interrupted, false");
      joiner.join();
    }
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> handle.join(ZERO)).isInstanceOf(InterruptedException.class);
    assertThat(handle.outcome()).isEmpty();
    release.countDown();
    assertThat(handle.join()).isEqualTo(new Completed<>("held"));
    Thread.currentThread().interrupt();
    assertThat(handle.join()).as("it is there: nothing to wait for").isNotNull();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void cancelBeforeTheStart() throws Exception {
    Admitted<String> running = job.submitOrThrow(held);
    begun.await();
    var ran = new AtomicBoolean();
    Admitted<String> waiting =
        job.submitOrThrow(
            task(
                attempt -> {
                  ran.set(true);
                  return "";
                }));
    assertThat(headgate.snapshot().waiting()).isEqualTo(1);
    assertThat(waiting.cancel()).isTrue();
    assertThat(waiting.cancel()).isFalse();
    assertThat(waiting.join()).isEqualTo(new Cancelled<>(Cancellation.CALLER));
    assertThat(headgate.snapshot().waiting()).isZero();
    release.countDown();
    assertThat(running.join()).isEqualTo(new Completed<>("held"));
    assertThat(waiting.cancel()).isFalse();
    assertThat(ran).isFalse();
  }

  @Test
  void cancelWhileItRunsAndAfterItsEnd() throws Exception {
    var closed = new CountDownLatch(1);
    var interrupted = new CompletableFuture<Boolean>();
    Admitted<String> running =
        job.submitOrThrow(
            task(
                attempt -> {
                  attempt.onCancel(closed::countDown);
                  begun.countDown();
                  try {
                    release.await();
                  } catch (InterruptedException e) {
                    interrupted.complete(true);
                    throw e;
                  }
                  return "not reached";
                }));
    begun.await();
    assertThat(running.cancel()).isTrue();
    assertThat(running.cancel()).isFalse();
    assertThat(running.join()).isEqualTo(new Cancelled<>(Cancellation.CALLER));
    assertThat(interrupted.get()).isTrue();
    closed.await();
    assertThat(running.cancel()).isFalse();
    assertThat(running.join()).isEqualTo(new Cancelled<>(Cancellation.CALLER));

    Admitted<String> done = job.submitOrThrow(task(attempt -> "done"));
    assertThat(done.join()).isEqualTo(new Completed<>("done"));
    assertThat(done.cancel()).isFalse();
    assertThat(done.outcome()).contains(new Completed<>("done"));
  }

  @Test
  void callThatLocksItsAttemptHoldsNothingUp() throws Exception {
    Admitted<String> locked =
        job.submitOrThrow(
            task(
                attempt -> {
                  synchronized (attempt) {
                    begun.countDown();
                    while (release.getCount() > 0) {
                      LockSupport.parkNanos(100_000); // deaf
                      var _ = Thread.interrupted();
                    }
                  }
                  return "";
                }));
    begun.await();
    assertThat(locked.cancel()).isTrue();
    assertThat(locked.join(ofSeconds(20))).contains(new Cancelled<>(Cancellation.CALLER));
    assertThat(CompletableFuture.supplyAsync(headgate::snapshot).get(20, TimeUnit.SECONDS))
        .satisfies(snapshot -> assertThat(snapshot.overruns()).isEqualTo(1));
  }

  @Test
  void dependentsRunOnHelpersAndHoldNothingUp() throws Exception {
    Admitted<String> handle = job.submitOrThrow(held);
    begun.await();
    var unblock = new CountDownLatch(1);
    var reached = new CountDownLatch(40);
    var threads = new ArrayList<CompletableFuture<String>>();
    for (int i = 0; i < 40; i++) {
      threads.add(
          handle
              .toCompletableFuture()
              .thenApply(
                  outcome -> {
                    reached.countDown();
                    while (unblock.getCount() > 0) {
                      LockSupport.parkNanos(1_000_000);
                    }
                    return Thread.currentThread().getName();
                  }));
    }
    release.countDown();
    reached.await();
    // All forty block, and the dispatcher goes on.
    assertThat(job.submitOrThrow(task(attempt -> "next")).join())
        .isEqualTo(new Completed<>("next"));
    unblock.countDown();
    for (CompletableFuture<String> thread : threads) {
      assertThat(thread.get()).startsWith("headgate-helper-");
    }
  }

  @Test
  void futureOfATaskThatEndedIsComplete() throws Exception {
    Admitted<String> handle = job.submitOrThrow(task(attempt -> "done"));
    handle.join();
    var dependent = handle.toCompletableFuture().thenApply(o -> Thread.currentThread());
    assertThat(dependent.get()).isSameAs(Thread.currentThread());
  }

  @Test
  void cancelOfTheFutureCancelsTheTask() throws Exception {
    Admitted<String> handle = job.submitOrThrow(held);
    begun.await();
    CompletableFuture<Outcome<String>> future = handle.toCompletableFuture();
    CompletableFuture<Outcome<String>> other = handle.toCompletableFuture();
    assertThat(future.cancel(true)).isTrue();
    assertThat(future.isCancelled()).isTrue();
    assertThatThrownBy(future::get).isInstanceOf(CancellationException.class);
    assertThat(handle.join()).isEqualTo(new Cancelled<>(Cancellation.CALLER));
    assertThat(other.get()).isEqualTo(new Cancelled<>(Cancellation.CALLER));
    assertThat(other.cancel(true)).isFalse();
    assertThat(handle.cancel()).isFalse();
  }

  @Test
  void whatADependentThrowsStopsNothing() throws Exception {
    Admitted<String> handle = job.submitOrThrow(held);
    List<CompletableFuture<Object>> failing =
        IntStream.range(0, 20)
            .mapToObj(
                i ->
                    handle
                        .toCompletableFuture()
                        .thenApply(
                            outcome -> {
                              throw new LinkageError("from a test");
                            }))
            .toList();
    release.countDown();
    assertThat(handle.join()).isEqualTo(new Completed<>("held"));
    for (CompletableFuture<Object> each : failing) {
      assertThatThrownBy(each::get).hasCauseInstanceOf(LinkageError.class);
    }
    assertThat(job.submitOrThrow(task(attempt -> "next")).join())
        .isEqualTo(new Completed<>("next"));
  }

  @Test
  void isCompletedOnceHoweverManyEndIt() throws Exception {
    try (var racing = Headgate.builder().maxInFlight(4).build()) {
      Agent racer = racing.agent("agent");
      Target hasty =
          racing.target(
              "hasty",
              t ->
                  t.timeout(ofMillis(1))
                      .maxOverruns(1_000)
                      .breaker(BreakerPolicy.OFF)
                      .agentBreaker(BreakerPolicy.OFF));
      Job races = racing.job(j -> j);
      for (int round = 0; round < 1_000; round++) {
        long spinNs = ThreadLocalRandom.current().nextLong(200_000);
        Admitted<String> handle =
            races.submitOrThrow(
                Task.<String>of(
                        racer,
                        hasty,
                        attempt -> {
                          LockSupport.parkNanos(round(attempt, spinNs));
                          return "done";
                        })
                    .ttl(ofMillis(100)));
        var completions = new AtomicInteger();
        var dependent = handle.toCompletableFuture().thenAccept(o -> completions.incrementAndGet());
        var cancels = new AtomicInteger();
        List<Thread> cancellers =
            IntStream.range(0, 2)
                .mapToObj(
                    i ->
                        Thread.ofVirtual()
                            .start(
                                () -> {
                                  if (handle.cancel()) {
                                    cancels.incrementAndGet();
                                  }
                                }))
                .toList();
        Outcome<String> outcome = handle.join();
        dependent.get();
        for (Thread canceller : cancellers) {
          canceller.join();
        }
        assertThat(completions).hasValue(1);
        assertThat(cancels.get()).isLessThanOrEqualTo(1);
        assertThat(handle.outcome().orElseThrow()).isSameAs(outcome);
        if (outcome.equals(new Cancelled<>(Cancellation.CALLER))) {
          assertThat(cancels).hasValue(1);
        }
      }
      races.close();
      Until.conserved(racing);
      long ended = racing.snapshot().outcomes().values().stream().mapToLong(Long::longValue).sum();
      assertThat(ended).isEqualTo(1_000);
    }
  }

  private static long round(Attempt attempt, long spinNs) {
    return attempt.taskId() % 3 == 0 ? spinNs * 10 : spinNs;
  }

  @Test
  void passesOnWhatWasWrittenBefore() throws Exception {
    // Fields without any synchronization of their own.
    class Box {
      int in;
      int out;
    }
    for (int i = 1; i <= 2_000; i++) {
      Box box = new Box();
      box.in = i;
      Admitted<String> handle =
          job.submitOrThrow(
              task(
                  attempt -> {
                    box.out = box.in * 2;
                    return "";
                  }));
      handle.join();
      assertThat(box.out).isEqualTo(2 * i);
    }
  }
}
