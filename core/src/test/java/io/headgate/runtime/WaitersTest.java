package io.headgate.runtime;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Admitted;
import io.headgate.Headgate;
import io.headgate.Outcome.Completed;
import io.headgate.Task;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Who gave up waiting for a handle leaves nothing behind in it, and hides nobody who still waits.
 */
@Timeout(60)
class WaitersTest {
  private static final int THREADS = 8;
  private static final int JOINS = 500;

  @Test
  void whoGivesUpLeavesNoGarbage() throws Exception {
    var release = new CountDownLatch(1);
    try (var headgate = Headgate.builder().build()) {
      Admitted<String> handle =
          headgate
              .job(j -> j)
              .submitOrThrow(
                  Task.<String>of(
                      headgate.agent("agent"),
                      headgate.target("tool"),
                      attempt -> {
                        release.await();
                        return "done";
                      }));
      var stays = new ArrayList<CompletableFuture<?>>();
      stays.add(handle.toCompletableFuture());
      List<Thread> quitters =
          IntStream.range(0, THREADS)
              .mapToObj(i -> Thread.ofPlatform().start(() -> giveUpOften(handle, i)))
              .toList();
      for (int i = 0; i < 20; i++) {
        stays.add(handle.toCompletableFuture());
        var joiner = new CompletableFuture<Object>();
        stays.add(joiner);
        Thread.ofVirtual().start(() -> join(handle, joiner));
      }
      for (Thread quitter : quitters) {
        quitter.join();
      }
      int left = count(handle);
      while (left < 41) {
        left = count(handle); // the last joiners may be on their way
      }
      assertThat(left).as("in the list: who still waits").isEqualTo(41);
      release.countDown();
      for (CompletableFuture<?> each : stays) {
        assertThat(each.get()).isEqualTo(new Completed<>("done"));
      }
    }
  }

  private static void giveUpOften(Admitted<?> handle, int seed) {
    for (int i = 0; i < JOINS; i++) {
      try {
        if ((i + seed) % 7 == 0) {
          Thread.currentThread().interrupt();
        }
        assertThat(handle.join(i % 3 == 0 ? ofMillis(1) : ofSeconds(0).plusNanos(1_000))).isEmpty();
      } catch (InterruptedException another) {
        // and on
      }
    }
  }

  private static void join(Admitted<?> handle, CompletableFuture<Object> joiner) {
    try {
      joiner.complete(handle.join());
    } catch (InterruptedException e) {
      joiner.completeExceptionally(e);
    }
  }

  private static int count(Admitted<?> handle) throws ReflectiveOperationException {
    Field waiters = TaskHandle.class.getDeclaredField("waiters");
    waiters.setAccessible(true);
    int count = 0;
    for (var at = (TaskHandle.Waiter) waiters.get(handle); at != null; at = at.next) {
      count++;
    }
    return count;
  }
}
