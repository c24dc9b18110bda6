package io.headgate.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headgate.Outcome;
import io.headgate.Racers;
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
  void givingUpAgainstCompletionHidesNobodyWhoStays() {
    Racers.explore(
        () -> {
          TaskHandle<String> handle = Parts.handle(Parts.job(10), 1, attempt -> "done");
          var ran = new AtomicInteger();
          Thread givesUp =
              Thread.ofPlatform()
                  .start(
                      () -> {
                        try {
                          assertEquals(DONE, handle.join());
                        } catch (InterruptedException e) {
                          ran.addAndGet(10);
                        }
                      });
          Racers.race(
              () -> join(handle),
              () -> handle.whenDone(ran::incrementAndGet),
              givesUp::interrupt,
              () -> complete(handle));
          givesUp.join();
          assertTrue(ran.get() == 1 || ran.get() == 11, "the action ran once");
        });
  }
}
