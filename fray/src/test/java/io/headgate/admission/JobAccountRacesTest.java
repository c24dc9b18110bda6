package io.headgate.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headgate.Racers;
import io.headgate.admission.JobAccount.Reserve;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A job that is closed while it is used: it finishes once, and its budget adds up. */
class JobAccountRacesTest {
  /** An account without a runtime around it; its money is as its tokens. */
  private static final class Account extends JobAccount {
    Account(JobAccount parent, long budget) {
      super(0, parent, Long.MAX_VALUE, budget, budget, 8);
    }

    Account carve(long budget) {
      assertEquals(Reserve.DONE, tryReserve(budget, budget));
      return new Account(this, budget);
    }

    void assertAtRestWith(long left) {
      assertEquals(0, liveReservations());
      assertEquals(left, tokensLeft());
      assertEquals(left, moneyLeft());
    }
  }

  private final AtomicLong spent = new AtomicLong();

  private Runnable task(JobAccount job, long reserved, long used) {
    return () -> {
      if (job.tryReserve(reserved, reserved) == Reserve.DONE) {
        job.settle(reserved, used, reserved, used);
        spent.addAndGet(used);
      }
    };
  }

  @Test
  void closingASubJobAgainstItsTasksReturnsItsRestOnce() {
    Racers.explore(
        () -> {
          spent.set(0);
          var parent = new Account(null, 100);
          var child = parent.carve(40);
          assertEquals(Reserve.DONE, child.tryReserve(10, 10));
          Racers.race(
              task(child, 20, 7),
              () -> {
                child.settle(10, 3, 10, 3);
                spent.addAndGet(3);
              },
              child::closeAccount,
              child::closeAccount);
          parent.assertAtRestWith(100 - spent.get());
          assertTrue(child.isClosed());
        });
  }

  @Test
  void closingAllGenerationsAtOnceReturnsEachRestOnce() {
    Racers.explore(
        () -> {
          spent.set(0);
          var root = new Account(null, 100);
          var parent = root.carve(50);
          var child = parent.carve(20);
          Racers.race(
              task(child, 5, 4), child::closeAccount, parent::closeAccount, task(parent, 6, 2));
          root.assertAtRestWith(100 - spent.get());
        });
  }

  @Test
  void overspendingAgainstClosingIsPaidByTheParent() {
    Racers.explore(
        () -> {
          spent.set(0);
          var parent = new Account(null, 100);
          var child = parent.carve(10);
          Racers.race(task(child, 5, 9), task(child, 5, 8), child::closeAccount);
          parent.assertAtRestWith(100 - spent.get());
        });
  }
}
