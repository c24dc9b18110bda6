package io.headgate.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Never more places than the bound, none lost, and a closed room lets nobody in. */
@Timeout(30)
class WaitingRoomTest {
  private static final int THREADS = 4;
  private static final int MAX = 3;
  private final WaitingRoom room = new WaitingRoom();

  @Test
  void holdsAsManyAsTheBoundOfTheMoment() {
    assertThat(room.tryTake(2)).isTrue();
    assertThat(room.isFull(2)).isFalse();
    assertThat(room.tryTake(2)).isTrue();
    assertThat(room.isFull(2)).isTrue();
    assertThat(room.tryTake(2)).isFalse();
    assertThat(room.taken()).isEqualTo(2);
    assertThat(room.tryTake(3)).as("with a larger bound").isTrue();
    assertThat(room.tryTake(1)).as("with a smaller bound").isFalse();
    room.giveBack(3);
    assertThat(room.taken()).isZero();
    assertThat(room.tryTake(1)).isTrue();
  }

  @Test
  void closedItRefusesAndKeepsCounting() {
    assertThat(room.tryTake(Integer.MAX_VALUE)).isTrue();
    assertThat(room.closeIfEmpty()).isFalse();
    assertThat(room.isClosed()).isFalse();
    room.close();
    room.close();
    assertThat(room.isClosed()).isTrue();
    assertThat(room.isFull(Integer.MAX_VALUE)).isTrue();
    assertThat(room.tryTake(Integer.MAX_VALUE)).isFalse();
    assertThat(room.taken()).isEqualTo(1);
    room.giveBack(1);
    assertThat(room.taken()).isZero();
    assertThat(room.isClosed()).isTrue();
    assertThat(room.tryTake(Integer.MAX_VALUE)).isFalse();
  }

  @Test
  void closesIfEmptyOnce() {
    assertThat(room.closeIfEmpty()).isTrue();
    assertThat(room.closeIfEmpty()).isFalse();
    assertThat(room.isClosed()).isTrue();
    assertThat(room.taken()).isZero();
    assertThat(room.tryTake(1)).isFalse();
  }

  @Test
  void racersNeverPassTheBoundAndLoseNoPlace() throws Exception {
    var inside = new AtomicInteger();
    var most = new AtomicInteger();
    var entries = new AtomicLong();
    race(
        () -> {
          for (int i = 0; i < 100_000; i++) {
            if (room.tryTake(MAX)) {
              most.accumulateAndGet(inside.incrementAndGet(), Math::max);
              entries.incrementAndGet();
              inside.decrementAndGet();
              room.giveBack(1);
            }
          }
        });
    assertThat(most.get()).isBetween(1, MAX);
    assertThat(entries.get()).isPositive();
    assertThat(room.taken()).isZero();
    for (int i = 0; i < MAX; i++) {
      assertThat(room.tryTake(MAX)).isTrue();
    }
    assertThat(room.tryTake(MAX)).isFalse();
  }

  @Test
  void nobodyIsInsideARoomThatClosedEmpty() throws Exception {
    for (int round = 0; round < 500; round++) {
      var fresh = new WaitingRoom();
      var inside = new AtomicInteger();
      var closed = new AtomicInteger();
      race(
          () -> {
            for (int i = 0; i < 20; i++) {
              if (fresh.tryTake(MAX)) {
                inside.incrementAndGet();
                assertThat(fresh.isClosed()).as("closed as empty with a place taken").isFalse();
                inside.decrementAndGet();
                fresh.giveBack(1);
              } else if (fresh.closeIfEmpty()) {
                closed.incrementAndGet();
              }
            }
            if (fresh.closeIfEmpty()) {
              closed.incrementAndGet();
            }
          });
      assertThat(closed.get()).as("closed").isEqualTo(1);
      assertThat(fresh.taken()).isZero();
    }
  }

  private static void race(Runnable racer) throws InterruptedException {
    var start = new CountDownLatch(1);
    List<Throwable> failures = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      start.await();
                      racer.run();
                    } catch (Throwable t) { // told to the test's own thread
                      synchronized (failures) {
                        failures.add(t);
                      }
                    }
                  }));
    }
    start.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failures).isEmpty();
  }
}
