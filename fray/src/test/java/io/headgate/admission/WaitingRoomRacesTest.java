package io.headgate.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.headgate.Racers;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The word that shuts submitters out is the one that lets the dispatcher end. */
class WaitingRoomRacesTest {
  @Test
  void nobodyComesInAfterItWasFoundClosedAndEmpty() {
    Racers.explore(
        () -> {
          var room = new WaitingRoom();
          var ended = new AtomicBoolean();
          Runnable submitter =
              () -> {
                if (room.tryTake(2)) {
                  assertFalse(ended.get(), "let in where nobody looks any more");
                  room.giveBack(1);
                }
              };
          Racers.race(
              submitter,
              submitter,
              room::close,
              () -> {
                for (int look = 0; look < 3; look++) {
                  if (room.isClosed() && room.taken() == 0) {
                    ended.set(true);
                  }
                }
              });
          assertEquals(0, room.taken());
          assertFalse(room.tryTake(2));
          assertEquals(0, room.taken());
        });
  }

  @Test
  void closesEmptyOrNotAtAllAndNeverHoldsOneTooMany() {
    Racers.explore(
        () -> {
          var room = new WaitingRoom();
          var inside = new AtomicInteger();
          Runnable submitter =
              () -> {
                if (room.tryTake(1)) {
                  assertEquals(1, inside.incrementAndGet());
                  assertFalse(room.isClosed(), "closed as empty with somebody inside");
                  inside.decrementAndGet();
                  room.giveBack(1);
                }
              };
          Racers.race(submitter, submitter, room::closeIfEmpty);
          assertEquals(0, room.taken());
        });
  }
}
