package io.headgate.bench.peers;

import dev.failsafe.Bulkhead;
import dev.failsafe.CircuitBreaker;
import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.RateLimiter;
import java.io.IOException;
import java.time.Duration;

/** Failsafe's three, the circuit breaker outside. */
record FailsafeGates(
    CircuitBreaker<Object> circuit, RateLimiter<Object> rate, Bulkhead<Object> bulkhead) {
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
    return circuit.tryAcquirePermit() && rate.tryAcquirePermit() && bulkhead.tryAcquirePermit();
  }

  /** A call that was let in has come to a good end. */
  void succeed() {
    bulkhead.releasePermit();
    circuit.recordSuccess();
  }

  /** What runs a call behind all three, and throws where one refuses. */
  FailsafeExecutor<Object> executor() {
    return Failsafe.with(circuit, rate, bulkhead);
  }
}
