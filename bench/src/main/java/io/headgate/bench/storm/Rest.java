package io.headgate.bench.storm;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The calm after the storm: a subject that lost a permit would refuse more and more, and one that
 * made some would admit too many; neither would have been measured.
 */
final class Rest {
  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);
  private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(1);

  private Rest() {}

  /** Waits until it is so; throws if it does not come to be. */
  static void await(BooleanSupplier rests) {
    long startNs = System.nanoTime();
    while (!rests.getAsBoolean()) {
      if (System.nanoTime() - startNs > PATIENCE_NS) {
        throw new IllegalStateException("not all, or too much, is back after the storm");
      }
      LockSupport.parkNanos(LOOK_NS);
    }
  }

  /** Waits until {@link Provider#CAPACITY} permits are there to be taken, and not one more. */
  static void awaitPermits(BooleanSupplier tryTake) {
    int[] taken = {0};
    await(
        () -> {
          while (taken[0] <= Provider.CAPACITY && tryTake.getAsBoolean()) {
            taken[0]++;
          }
          return taken[0] == Provider.CAPACITY;
        });
  }
}
