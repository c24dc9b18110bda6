package io.headgate;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Outcome.Bound;
import io.headgate.Outcome.Cancellation;
import io.headgate.Outcome.Cancelled;
import io.headgate.Outcome.Completed;
import io.headgate.Outcome.TimedOut;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A parent that joins its child lends its permits: no cap, circle or deadline makes it stall. */
@Timeout(60)
class JoinTest {
  private Headgate headgate = Headgate.builder().maxInFlight(1).build();
  private final CountDownLatch release = new CountDownLatch(1);
  private final CountDownLatch begun = new CountDownLatch(1);

  @AfterEach
  void conserved() {
    release.countDown();
    assertThat(headgate.shutdown(ofSeconds(20))).isTrue();
    Until.conserved(headgate);
    assertThat(headgate.counters().asMap()).containsEntry("ownErrors", 0L);
    assertThat(headgate.snapshot().suspended()).isZero();
  }

  // Each test's own bounds.
  private void use(Headgate other) {
    headgate.close();
    headgate = other;
  }

  private <T> Task<T> task(Call<T> call) {
    return Task.of(headgate.agent("agent"), headgate.target("tool"), call);
  }

  private Task<String> held() {
    return task(
        attempt -> {
          begun.countDown();
          release.await();
          return "held";
        });
  }

  private static <T> Admitted<T> child(Attempt attempt, Task<T> task) {
    return switch (attempt.submit(task)) {
      case Admitted<T> handle -> handle;
      case Refused<T> refused -> throw new RefusedException(refused);
    };
  }

  @Test
  void nestsFiftyDeepWithCapsOfOne() throws Exception {
    Agent agent = headgate.agent("one", a -> a.maxInFlight(1));
    Target target = headgate.target("one", t -> t.maxInFlight(1).tool().loopGuard(LoopPolicy.OFF));
    Job job = headgate.job(j -> j);
    Admitted<Integer> top = job.submitOrThrow(nested(agent, target, 50));
    assertThat(top.join()).isEqualTo(new Completed<>(50));
    assertThat(headgate.snapshot().outcomes()).containsEntry("Completed", 51L);
  }

  private static Task<Integer> nested(Agent agent, Target target, int depth) {
    return Task.<Integer>of(
        agent,
        target,
        attempt ->
            depth == 0
                ? 0
                : switch (child(attempt, nested(agent, target, depth - 1)).join()) {
                  case Completed<Integer>(var below, var _) -> below + 1;
                  case Outcome<Integer> other -> throw new IllegalStateException(other.toString());
                });
  }

  @Test
  void twoJobsThatNeedEachOthersTargetsBothEnd() throws Exception {
    use(Headgate.builder().maxInFlight(2).build());
    Agent agent = headgate.agent("agent");
    Target left = headgate.target("left", t -> t.maxInFlight(1));
    Target right = headgate.target("right", t -> t.maxInFlight(1));
    for (int round = 0; round < 50; round++) {
      var both = new CyclicBarrier(2);
      try (Job one = headgate.job(j -> j);
          Job two = headgate.job(j -> j)) {
        Admitted<String> first = one.submitOrThrow(through(agent, left, right, both));
        Admitted<String> second = two.submitOrThrow(through(agent, right, left, both));
        assertThat(first.join()).isEqualTo(new Completed<>("left-right"));
        assertThat(second.join()).isEqualTo(new Completed<>("right-left"));
      }
    }
  }

  private static Task<String> through(Agent agent, Target here, Target there, CyclicBarrier both) {
    return Task.<String>of(
        agent,
        here,
        attempt -> {
          both.await();
          var inner = Task.<String>of(agent, there, a -> here.id() + "-" + there.id());
          return child(attempt, inner).join().valueOrNull();
        });
  }

  @Test
  void circleOfWaitsEndsInsteadOfStalling() throws Exception {
    use(Headgate.builder().maxInFlight(3).build());
    Job job = headgate.job(j -> j);
    for (int length = 1; length <= 3; length++) {
      List<CompletableFuture<Admitted<String>>> handles =
          IntStream.range(0, length)
              .mapToObj(i -> new CompletableFuture<Admitted<String>>())
              .toList();
      var left = new CountDownLatch(length);
      for (int i = 0; i < length; i++) {
        CompletableFuture<Admitted<String>> next = handles.get((i + 1) % length);
        handles
            .get(i)
            .complete(
                job.submitOrThrow(
                    task(
                        attempt -> {
                          try {
                            return "saw " + next.get().join();
                          } finally {
                            left.countDown();
                          }
                        })));
      }
      int deadlocked = 0;
      for (var handle : handles) {
        Outcome<String> outcome = handle.get().join();
        if (outcome instanceof Cancelled<String>(var cause)) {
          assertThat(cause).isEqualTo(Cancellation.WOULD_DEADLOCK);
          deadlocked++;
        } else {
          assertThat(outcome.valueOrNull()).startsWith("saw ");
        }
      }
      assertThat(deadlocked).as("ended of a circle of %s", length).isEqualTo(1);
      left.await();
    }
  }

  @Test
  void whoEndsInTheMiddleOfItsJoinIsInterruptedThere() throws Exception {
    use(Headgate.builder().maxInFlight(4).build());
    Job job = headgate.job(j -> j);
    var suspended = new CompletableFuture<Admitted<String>>();
    var thrown = new CompletableFuture<Throwable>();
    Admitted<String> other =
        job.submitOrThrow(
            task(
                attempt -> {
                  Until.isTrue("suspended", () -> headgate.snapshot().suspended() == 1);
                  String answer = suspended.get().join().toString();
                  // Not over before the other is: else its join would have an answer to give.
                  var _ = thrown.get();
                  return answer;
                }));
    suspended.complete(job.submitOrThrow(task(attempt -> catching(other, thrown))));
    assertThat(other.join())
        .isEqualTo(new Completed<>(new Cancelled<>(Cancellation.WOULD_DEADLOCK).toString()));
    assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
  }

  private static String catching(Admitted<?> awaited, CompletableFuture<Throwable> thrown) {
    try {
      String answer = awaited.join().toString();
      thrown.complete(new AssertionError("join answered " + answer));
      return answer;
    } catch (Throwable t) {
      boolean left = Thread.currentThread().isInterrupted();
      thrown.complete(left ? new AssertionError("still interrupted", t) : t);
      return "";
    }
  }

  @Test
  void parentsDeadlineInterruptsItsJoinAndTheChildGoesOn() throws Exception {
    use(Headgate.builder().maxInFlight(2).maxSuspended(200).build());
    Target hasty =
        headgate.target(
            "hasty",
            t ->
                t.timeout(ofMillis(1))
                    .maxOverruns(200)
                    .breaker(BreakerPolicy.OFF)
                    .agentBreaker(BreakerPolicy.OFF));
    Job job = headgate.job(j -> j);
    Admitted<String> child = job.submitOrThrow(held());
    begun.await();
    for (int round = 0; round < 200; round++) {
      var thrown = new CompletableFuture<Throwable>();
      Admitted<String> parent =
          job.submitOrThrow(
              Task.<String>of(headgate.agent("agent"), hasty, a -> catching(child, thrown)));
      Outcome<String> outcome = parent.join();
      // On a busy machine it may have had no time to begin.
      if (outcome instanceof TimedOut<String>(var bound) && bound == Bound.TIMEOUT) {
        Until.isTrue(
            "its thread ended", () -> thrown.isDone() || headgate.snapshot().inFlight() == 1);
        if (thrown.isDone()) {
          assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        }
      }
    }
    assertThat(child.outcome()).isEmpty();
    release.countDown();
    assertThat(child.join()).isEqualTo(new Completed<>("held"));
  }

  @Test
  void whoIsOverAlreadyIsTurnedAwayAtOnce() throws Exception {
    use(Headgate.builder().maxInFlight(2).build());
    Job job = headgate.job(j -> j);
    Admitted<String> child = job.submitOrThrow(held());
    begun.await();
    var thrown = new CompletableFuture<Throwable>();
    var running = new CountDownLatch(1);
    Admitted<String> parent =
        job.submitOrThrow(
            task(
                attempt -> {
                  try {
                    running.countDown();
                    new CountDownLatch(1).await();
                  } catch (InterruptedException e) {
                    return catching(child, thrown); // deaf: the interrupt is swallowed
                  }
                  return "";
                }));
    running.await();
    assertThat(parent.cancel()).isTrue();
    assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
    assertThat(child.outcome()).isEmpty();
  }

  @Test
  void cancelOfAParentLeavesTheChildAlone() throws Exception {
    use(Headgate.builder().maxInFlight(2).build());
    Job job = headgate.job(j -> j);
    var child = new CompletableFuture<Admitted<String>>();
    var thrown = new CompletableFuture<Throwable>();
    Admitted<String> parent =
        job.submitOrThrow(
            task(
                attempt -> {
                  child.complete(child(attempt, held()));
                  return catching(child.get(), thrown);
                }));
    begun.await();
    assertThat(headgate.snapshot().suspended()).isEqualTo(1);
    assertThat(parent.cancel()).isTrue();
    assertThat(parent.join()).isEqualTo(new Cancelled<>(Cancellation.CALLER));
    assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
    assertThat(child.get().outcome()).isEmpty();
    release.countDown();
    assertThat(child.get().join()).isEqualTo(new Completed<>("held"));
  }

  @Test
  void moreThanMaxSuspendedEndsTheAwaitedTask() throws Exception {
    use(Headgate.builder().maxInFlight(1).maxSuspended(1).build());
    Job job = headgate.job(j -> j);
    Admitted<String> top =
        job.submitOrThrow(
            task(
                attempt -> {
                  Admitted<String> middle =
                      child(
                          attempt,
                          task(
                              a -> {
                                Admitted<String> inner = child(a, task(b -> "inner"));
                                return "saw " + inner.join();
                              }));
                  return middle.join().valueOrNull();
                }));
    assertThat(top.join())
        .isEqualTo(new Completed<>("saw " + new Cancelled<>(Cancellation.WOULD_DEADLOCK)));
  }

  @Test
  void threadThatTheCallForkedDoesNotLend() throws Exception {
    Job job = headgate.job(j -> j);
    Admitted<String> parent =
        job.submitOrThrow(
            task(
                attempt -> {
                  Admitted<String> child = child(attempt, task(a -> "child"));
                  var seen = new CompletableFuture<Optional<Outcome<String>>>();
                  Thread.ofVirtual().start(() -> joinBriefly(child, seen));
                  String fork = seen.get() + ", " + headgate.snapshot().suspended();
                  return fork + ", " + child.join();
                }));
    assertThat(parent.join())
        .isEqualTo(new Completed<>("Optional.empty, 0, " + new Completed<>("child")));
  }

  private static void joinBriefly(
      Admitted<String> child, CompletableFuture<Optional<Outcome<String>>> seen) {
    try {
      seen.complete(child.join(ofMillis(50)));
    } catch (InterruptedException e) {
      seen.completeExceptionally(e);
    }
  }

  @Test
  void handleOfAnotherHeadgateIsAwaitedWithoutLending() throws Exception {
    try (var other = Headgate.builder().build()) {
      Admitted<String> foreign =
          other
              .job(j -> j)
              .submitOrThrow(
                  Task.<String>of(
                      other.agent("agent"),
                      other.target("tool"),
                      attempt -> {
                        release.await();
                        return "foreign";
                      }));
      Admitted<String> parent =
          headgate
              .job(j -> j)
              .submitOrThrow(
                  task(
                      attempt -> {
                        String early = foreign.join(ofMillis(20)).toString();
                        begun.countDown();
                        return early + ", " + foreign.join();
                      }));
      begun.await();
      for (int i = 0; i < 20; i++) {
        Snapshot snapshot = headgate.snapshot();
        assertThat(snapshot.suspended()).isZero();
        assertThat(snapshot.inFlight()).isEqualTo(1);
      }
      release.countDown();
      assertThat(parent.join())
          .isEqualTo(new Completed<>("Optional.empty, " + new Completed<>("foreign")));
    }
  }

  @Test
  void joinWithATimeoutTakesThePermitsBack() throws Exception {
    use(Headgate.builder().maxInFlight(2).build());
    Job job = headgate.job(j -> j);
    Admitted<List<Object>> parent =
        job.submitOrThrow(
            task(
                attempt -> {
                  Admitted<String> child = child(attempt, held());
                  Object early = child.join(ofMillis(10));
                  Snapshot snapshot = headgate.snapshot();
                  release.countDown();
                  return List.of(
                      early, snapshot.suspended(), snapshot.inFlight(), child.join(ofSeconds(60)));
                }));
    assertThat(parent.join())
        .isEqualTo(
            new Completed<>(List.of(Optional.empty(), 0, 2, Optional.of(new Completed<>("held")))));
  }

  @Test
  void manyParentsMayWaitForOneTask() throws Exception {
    Job job = headgate.job(j -> j);
    Admitted<String> awaited = job.submitOrThrow(held());
    begun.await();
    List<Admitted<Outcome<String>>> parents =
        IntStream.range(0, 50)
            .mapToObj(i -> job.submitOrThrow(task(attempt -> awaited.join())))
            .toList();
    release.countDown();
    for (Admitted<Outcome<String>> parent : parents) {
      assertThat(parent.join()).isEqualTo(new Completed<>(new Completed<>("held")));
    }
  }
}
