package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits until a Headgate is at rest, and finds it conserved. */
final class Rest {
  private static final long PATIENCE_NS = 20_000_000_000L;

  private Rest() {}

  static void assertConserved(Headgate headgate) {
    until(() -> headgate.audit().atRest());
    assertThat(headgate.audit().violations()).isEmpty();
  }

  static void until(BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - start).as("nanoseconds waited").isLessThan(PATIENCE_NS);
      LockSupport.parkNanos(200_000);
    }
  }

  static Refused<?> refused(Admission<?> admission) {
    assertThat(admission).isInstanceOf(Refused.class);
    return (Refused<?>) admission;
  }
}
