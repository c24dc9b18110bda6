package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition that other threads bring about. */
final class Until {
  private static final long PATIENCE_NS =
      TimeUnit.SECONDS.toNanos(120); // a breaker may be open for a while

  private Until() {}

  static void isTrue(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE_NS;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("not yet: %s", what).isLessThan(end);
      LockSupport.parkNanos(200_000);
    }
  }

  /** Waits for the end of the last attempt and of the last job, and looks for broken invariants. */
  static void conserved(Headgate headgate) {
    isTrue("at rest", () -> headgate.audit().atRest());
    assertThat(headgate.audit().violations()).isEmpty();
  }
}
