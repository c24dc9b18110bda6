package io.headgate;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * 64 producers at full speed, between their submissions anything else that users do, for five
 * seconds or, with {@code -Pfull}, a minute. Then the end, and all is conserved.
 */
@Timeout(300)
class FullSpeedStormTest {
  private static final int PRODUCERS = 64;
  private static final int SUBMISSIONS_PER_DEED = 256;
  private static final String[] OF_A_MINUTE = {
    "Completed", "Failed", "TimedOut", "Expired", "Cancelled"
  };

  // In seconds, on a machine that has others to serve, a call may find no CPU to end on.
  private static final String[] OF_SECONDS = {"Expired", "Cancelled"};
  private static final int MAX_JOBS = 256;
  private static final long DURATION_NS =
      TimeUnit.SECONDS.toNanos(Integer.getInteger("headgate.storm.seconds", 5));

  private final AtomicReferenceArray<Thread> producers = new AtomicReferenceArray<>(PRODUCERS);
  // Those whose outcome nobody has looked for: as many as may be live, and a few more.
  private final Queue<Admitted<String>> open = new ConcurrentLinkedQueue<>();
  private final LongAdder told = new LongAdder();
  private final Map<String, LongAdder> outcomes = new ConcurrentHashMap<>();
  private final Queue<Throwable> unexpected = new ConcurrentLinkedQueue<>();
  private final Mischief mischief =
      new Mischief(
          new SplittableRandom(64),
          MAX_JOBS,
          false,
          producers,
          handle -> {
            told.increment();
            open.add(handle);
          });

  @Test
  void endsConserved() throws InterruptedException {
    long end = System.nanoTime() + DURATION_NS;
    for (int i = 0; i < PRODUCERS; i++) {
      var random = new SplittableRandom(i);
      producers.set(
          i, Thread.ofPlatform().name("producer-" + i).unstarted(() -> produce(random, end)));
    }
    for (int i = 0; i < PRODUCERS; i++) {
      producers.get(i).start();
    }
    for (int i = 0; i < PRODUCERS; i++) {
      producers.get(i).join();
    }
    assertThat(unexpected).isEmpty();
    assertThat(mischief.headgate.shutdown(ofSeconds(30))).isTrue();
    long ended = outcomes.values().stream().mapToLong(LongAdder::sum).sum();
    for (Admitted<String> handle : open) {
      count(handle);
      ended++;
    }
    assertThat(ended).as("handles with an outcome, each looked at once").isEqualTo(told.sum());
    Snapshot snapshot = mischief.assertConserved(told.sum());
    long refused = snapshot.refusals().values().stream().mapToLong(Long::longValue).sum();
    assertThat(snapshot.outcomes().keySet()).containsAll(outcomes.keySet());
    System.out.println(
        "submissions "
            + (snapshot.admitted() + refused)
            + ", admitted "
            + snapshot.admitted()
            + ", outcomes "
            + snapshot.outcomes()
            + ", refusals "
            + snapshot.refusals());
    assertThat(snapshot.outcomes())
        .as("a storm, not a closed door")
        .containsKeys(DURATION_NS >= TimeUnit.MINUTES.toNanos(1) ? OF_A_MINUTE : OF_SECONDS);
  }

  private void produce(SplittableRandom random, long end) {
    while (System.nanoTime() < end) {
      try {
        for (int i = 0; i < SUBMISSIONS_PER_DEED; i++) {
          mischief.submit(random);
        }
        mischief.deed(random);
        lookForOutcomes();
      } catch (InterruptedException byAnotherProducer) {
        // and on
      } catch (Throwable t) {
        unexpected.add(t);
        return;
      }
    }
  }

  private void lookForOutcomes() {
    for (int i = open.size(); i > 0; i--) {
      Admitted<String> handle = open.poll();
      if (handle == null || handle.outcome().isEmpty()) {
        if (handle != null) {
          open.add(handle);
        }
        return;
      }
      count(handle);
    }
  }

  private void count(Admitted<String> handle) {
    String name = handle.outcome().orElseThrow().getClass().getSimpleName();
    outcomes.computeIfAbsent(name, n -> new LongAdder()).increment();
  }
}
