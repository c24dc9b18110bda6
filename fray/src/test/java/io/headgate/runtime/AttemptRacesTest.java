package io.headgate.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headgate.Attempt;
import io.headgate.Call;
import io.headgate.Racers;
import io.headgate.admission.JobAccount.Reserve;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An attempt that is stopped, by a deadline or a cancel, while it runs, charges and ends. */
class AttemptRacesTest {
  private static final long BUDGET = 20;
  private static final long RESERVED = 10;

  private final AtomicInteger closed = new AtomicInteger();

  @BeforeEach
  void partsAreMadeAndNothingIsLeftOfAnotherTest() {
    Parts.published();
  }

  // As the launcher's thread, LiveEffects and Helpers do; a deadline stops as a cancel does.
  private static void stop(LiveAttempt<?> attempt) {
    if (attempt.stop()) {
      attempt.interrupt();
      for (AutoCloseable each : attempt.toClose()) {
        Parts.HEADGATE.helpers().close(each);
      }
    }
  }

  private static LiveAttempt<String> attempt(LiveJob job, Call<String> call) {
    TaskHandle<String> task = Parts.handle(job, RESERVED, call);
    assertEquals(Reserve.DONE, job.tryReserve(RESERVED, 0));
    return new LiveAttempt<>(task, Parts.HEADGATE, 1, 0, Long.MAX_VALUE, null);
  }

  @Test
  void stopAgainstReturnClosesAtMostOnceAndEndsOnce() {
    Racers.explore(
        () -> {
          closed.set(0);
          LiveJob job = Parts.job(BUDGET);
          LiveAttempt<String> attempt =
              attempt(
                  job,
                  running -> {
                    running.onCancel(closed::incrementAndGet);
                    running.usage(3, 4);
                    return "done";
                  });
          Racers.race(attempt, () -> stop(attempt), () -> attempt.task().cancel());
          assertTrue(closed.get() <= 1, "closed " + closed.get() + " times");
          Map<Input.Kind, Integer> published = Parts.published();
          assertEquals(1, published.get(Input.Kind.ATTEMPT_ENDED));
          assertEquals(1, published.get(Input.Kind.TASK_CANCELLED));
          long left = job.tokensLeft();
          assertTrue(left == BUDGET - 7 || left == BUDGET, "left: " + left);
          assertEquals(0, job.liveReservations());
        });
  }

  @Test
  void whatIsRegisteredWhileItIsStoppedIsClosedExactlyOnce() {
    Racers.explore(
        () -> {
          closed.set(0);
          LiveJob job = Parts.job(BUDGET);
          var begun = new CountDownLatch(1);
          var stopped = new CountDownLatch(1);
          var registered = new AtomicInteger();
          LiveAttempt<String> attempt =
              attempt(
                  job,
                  running -> {
                    Thread forked = Thread.ofPlatform().start(() -> register(running, registered));
                    begun.countDown();
                    register(running, registered);
                    uninterruptibly(stopped::await);
                    uninterruptibly(forked::join);
                    return "deaf";
                  });
          Racers.race(
              attempt,
              () -> {
                uninterruptibly(begun::await);
                stop(attempt);
                stopped.countDown();
              });
          assertEquals(registered.get(), closed.get(), "closed of those registered");
          assertEquals(0, job.liveReservations());
        });
  }

  private void register(Attempt running, AtomicInteger registered) {
    registered.incrementAndGet();
    running.onCancel(closed::incrementAndGet);
  }

  private interface Waiting {
    void await() throws InterruptedException;
  }

  private static void uninterruptibly(Waiting waiting) {
    while (true) {
      try {
        waiting.await();
        return;
      } catch (InterruptedException e) {
        // the stop's interrupt
      }
    }
  }

  @Test
  void chargesOfForkedThreadsAgainstTheEndAddUp() {
    Racers.explore(
        () -> {
          LiveJob job = Parts.job(BUDGET);
          LiveAttempt<String> attempt = attempt(job, running -> "done");
          // Streams past the end of its call, as a careless call may.
          Runnable charger = () -> attempt.charge(8);
          Racers.race(charger, charger, attempt);
          assertEquals(0, job.liveReservations());
          long used = BUDGET - job.tokensLeft();
          // Not known: all that was reserved. Else what was charged before the end: 8 or twice
          // that.
          assertTrue(used == RESERVED || used == 8 || used == 16, "used: " + used);
          assertEquals(1, Parts.published().get(Input.Kind.ATTEMPT_ENDED));
        });
  }

  @Test
  void closingItsJobAgainstItsEndTellsTheEngineOnce() {
    Racers.explore(
        () -> {
          LiveJob job = Parts.job(BUDGET);
          LiveAttempt<String> attempt =
              attempt(
                  job,
                  running -> {
                    running.usage(5, 0);
                    return "done";
                  });
          Racers.race(attempt, job::close, job::close);
          assertEquals(
              Map.of(Input.Kind.ATTEMPT_ENDED, 1, Input.Kind.JOB_CLOSED, 1), Parts.published());
          assertEquals(BUDGET - 5, job.tokensLeft());
          assertEquals(0, job.liveReservations());
        });
  }
}
