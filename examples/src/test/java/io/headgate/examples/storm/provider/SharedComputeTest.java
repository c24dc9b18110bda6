package io.headgate.examples.storm.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.examples.storm.Await;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SharedComputeTest {
  private static final double MILLISECOND = 1e6;

  private final SharedCompute compute = new SharedCompute(2);

  @AfterEach
  void close() {
    compute.close();
  }

  @Test
  void workTakesItsTimeWhenThereIsRoom() {
    long start = System.nanoTime();

    assertThat(compute.work(50 * MILLISECOND)).isEqualTo(1);

    assertThat(System.nanoTime() - start).isBetween(50_000_000L, 500_000_000L);
  }

  @Test
  void noWorkTakesNoTime() {
    assertThat(compute.work(0)).isEqualTo(1);
  }

  @Test
  void anInterruptSaysHowMuchWasDone() {
    var done = new AtomicReference<Double>();
    var worker = Thread.ofVirtual().start(() -> done.set(compute.work(100_000 * MILLISECOND)));
    compute.work(100 * MILLISECOND);

    worker.interrupt();

    Await.until("the interrupt is heeded", () -> done.get() != null);
    assertThat(done.get()).isBetween(0.000_5, 0.5);
  }

  @Test
  void whatGivesUpLeavesItsShareToTheRest() {
    var hog = Thread.ofVirtual().start(() -> compute.work(1e15));
    Thread.ofVirtual().start(() -> compute.work(1e15));
    Thread.ofVirtual().start(() -> compute.work(1e15));
    Await.until("it waits", () -> hog.getState() == Thread.State.WAITING);

    hog.interrupt();

    Await.until("it has ended", () -> !hog.isAlive());
    assertThat(compute.work(MILLISECOND)).isEqualTo(1);
  }

  @Test
  void moreCapacityIsFeltAtOnce() {
    compute.knee(1e-9);
    var work = CompletableFuture.supplyAsync(() -> compute.work(MILLISECOND));
    assertThat(work).isNotDone();

    compute.knee(2);

    Await.until("the work is done", work::isDone);
    assertThat(work.join()).isEqualTo(1);
  }
}
