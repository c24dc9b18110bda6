package io.headgate;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many threads do everything at once, then comes the end at a random moment; all is conserved. */
@Timeout(300)
class ChaosTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void endsConserved(long seed) throws InterruptedException {
    new Round(seed, 16 + 4 * (int) seed, 60).run();
  }

  @Test
  void twoHundredProducersEndConserved() throws InterruptedException {
    new Round(200, 200, 30).run();
  }

  @Test
  @Tag("slow")
  void endsConservedFromManySeeds() throws InterruptedException {
    for (int seed = 1_000; seed < 1_300; seed++) {
      new Round(seed, 16 + seed % 49, 200).run();
    }
  }

  /** One headgate and its end. */
  private static final class Round {
    final SplittableRandom seeds;
    final int threads;
    final int deeds;
    final AtomicReferenceArray<Thread> workers;
    final Queue<Admitted<String>> handles = new ConcurrentLinkedQueue<>();
    final Queue<Throwable> unexpected = new ConcurrentLinkedQueue<>();
    final AtomicInteger done = new AtomicInteger();
    final Mischief mischief;

    Round(long seed, int threads, int deeds) {
      seeds = new SplittableRandom(seed);
      this.threads = threads;
      this.deeds = deeds;
      workers = new AtomicReferenceArray<>(threads);
      mischief = new Mischief(seeds, 16, true, workers, handles::add);
    }

    void run() throws InterruptedException {
      for (int i = 0; i < threads; i++) {
        SplittableRandom random = seeds.split();
        workers.set(i, Thread.ofPlatform().name("chaos-" + i).unstarted(() -> work(random)));
      }
      for (int i = 0; i < threads; i++) {
        workers.get(i).start();
      }
      int end = seeds.nextInt(threads * deeds);
      Until.isTrue("the moment of the end", () -> done.get() >= end);
      boolean gone = mischief.headgate.shutdown(ofMillis(seeds.nextInt(20)));
      List<Admitted<String>> open =
          handles.stream().filter(handle -> handle.outcome().isEmpty()).toList();
      for (int i = 0; i < threads; i++) {
        workers.get(i).join();
      }
      assertThat(unexpected).isEmpty();
      assertThat(open).as("not ended when shutdown returned").isEmpty();
      assertThat(mischief.headgate.shutdown(ofSeconds(30))).as("after %s", gone).isTrue();
      mischief.assertConserved(handles.size());
      assertThat(handles).allSatisfy(handle -> assertThat(handle.outcome()).isPresent());
    }

    private void work(SplittableRandom random) {
      for (int i = 0; i < deeds; i++) {
        try {
          mischief.deed(random);
        } catch (InterruptedException byAnotherWorker) {
          // and on
        } catch (Throwable t) {
          unexpected.add(t);
        } finally {
          done.incrementAndGet();
        }
      }
    }
  }
}
