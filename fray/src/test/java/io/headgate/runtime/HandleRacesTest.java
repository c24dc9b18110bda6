package io.headgate.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headgate.Outcome;
import io.headgate.Racers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * One outcome, seen by all; who waits is woken; one cancel counts. A lost wake-up is a deadlock.
 */
class HandleRacesTest {
  private static final Outcome<String> DONE = new Outcome.Completed<>("done");

  @BeforeEach
  void partsAreMadeAndNothingIsLeftOfAnotherTest() {
    Parts.published();
  }

  // As LiveEffects does.
  private static void complete(TaskHandle<String> handle) {
    TaskHandle.Waiter waiter = handle.complete(DONE);
    while (waiter != null) {
      Thread thread = waiter.thread;
      if (thread != null) {
        LockSupport.unpark(thread);
      } else if (waiter.action != null) {
        waiter.action.run();
      }
      waiter = waiter.next;
    }
  }

  private static void join(TaskHandle<String> handle) {
    try {
      assertEquals(DONE, handle.join());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void cancelAgainstCompletion() {
    Racers.explore(
        () -> {
          TaskHandle<String> handle = Parts.handle(Parts.job(10), 1, attempt -> "done");
          var accepted = new AtomicInteger();
          Runnable canceller =
              () -> {
                if (handle.cancel()) {
                  accepted.incrementAndGet();
                }
              };
          Racers.race(canceller, canceller, () -> join(handle), () -> complete(handle));
          assertTrue(accepted.get() <= 1, "cancels that answered true");
          assertEquals(
              accepted.get() == 0 ? Map.of() : Map.of(Input.Kind.TASK_CANCELLED, 1),
              Parts.published());
          assertFalse(handle.cancel(), "cancelled when it was over");
          assertEquals(DONE, handle.outcome().orElseThrow());
        });
  }

  @Test
  void givingUpHidesNobodyWhoStays() {
    Racers.explore(
        () -> {
          TaskHandle<String> handle = Parts.handle(Parts.job(10), 1, attempt -> "done");
          var ran = new AtomicInteger();
          Runnable quitter = () -> giveUp(handle);
          Racers.race(
              quitter,
              quitter,
              () -> handle.whenDone(ran::incrementAndGet),
              () -> handle.whenDone(ran::incrementAndGet));
          complete(handle);
          assertEquals(2, ran.get(), "actions that ran");
        });
  }

  @Test
  void givingUpAgainstCompletion() {
    Racers.explore(
        () -> {
          TaskHandle<String> handle = Parts.handle(Parts.job(10), 1, attempt -> "done");
          var ran = new AtomicInteger();
          Racers.race(
              () -> giveUp(handle),
              () -> join(handle),
              () -> handle.whenDone(ran::incrementAndGet),
              () -> complete(handle));
          assertEquals(1, ran.get(), "actions that ran");
        });
  }

  private static void giveUp(TaskHandle<String> handle) {
    try {
      handle.join(Duration.ofNanos(1));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
