package io.headgate.bench.peers;

import dev.failsafe.Bulkhead;
import dev.failsafe.CircuitBreaker;
import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.RateLimiter;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Failsafe's three, the circuit breaker outside. */
public record FailsafeGates(
    CircuitBreaker<Object> circuit, RateLimiter<Object> rate, Bulkhead<Object> bulkhead) {
  private static final int WINDOW = 100;

  private static FailsafeGates of(long calls, Duration period, int maxConcurrentCalls) {
    return new FailsafeGates(
        // Else a refusal by one of the others would count as a failure.
        CircuitBreaker.builder().handle(IOException.class).withDelay(Duration.ofDays(1)).build(),
        RateLimiter.burstyBuilder(calls, period).build(),
        Bulkhead.of(maxConcurrentCalls));
  }

  /** Those that refuse nothing that a benchmark can offer. */
  static FailsafeGates open() {
    return of(1_000_000_000, Duration.ofSeconds(1), 1_000_000);
  }

  /**
   * Those for a provider some of whose calls fail: so many at once, any rate, and a circuit that
   * opens when half of the last {@value #WINDOW} failed, as Resilience4j's does by default.
   */
  public static FailsafeGates tolerant(int maxConcurrentCalls) {
    return new FailsafeGates(
        CircuitBreaker.builder()
            .withFailureThreshold(WINDOW / 2, WINDOW)
            .withDelay(Duration.ofDays(1))
            .build(),
        RateLimiter.burstyBuilder(1_000_000_000, Duration.ofSeconds(1)).build(),
        Bulkhead.of(maxConcurrentCalls));
  }

  /** Those of which one refuses for a day. */
  static FailsafeGates closedBy(Gate gate) {
    FailsafeGates gates =
        switch (gate) {
          case CIRCUIT -> open();
          case RATE -> of(1, Duration.ofDays(1), 1_000_000);
          case CONCURRENCY -> of(1_000_000_000, Duration.ofSeconds(1), 1);
        };
    if (gate == Gate.CIRCUIT) {
      gates.circuit.open();
    } else if (!gates.tryEnter()) {
      throw new IllegalStateException("the first was refused");
    }
    return gates;
  }

  /** Asks all three. */
  boolean tryEnter() {
    return ask() == null;
  }

  /** The same; answers the one that refuses, or null. */
  public @Nullable Gate ask() {
    if (!circuit.tryAcquirePermit()) {
      return Gate.CIRCUIT;
    }
    if (!rate.tryAcquirePermit()) {
      return Gate.RATE;
    }
    return bulkhead.tryAcquirePermit() ? null : Gate.CONCURRENCY;
  }

  /** A call that was let in has come to a good end. */
  public void succeed() {
    bulkhead.releasePermit();
    circuit.recordSuccess();
  }

  /** A call that was let in has failed. */
  public void fail(Throwable cause) {
    bulkhead.releasePermit();
    circuit.recordException(cause);
  }

  /** What runs a call behind all three, and throws where one refuses. */
  FailsafeExecutor<Object> executor() {
    return Failsafe.with(circuit, rate, bulkhead);
  }
}
