package io.headgate.bench.peers;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Resilience4j's three in the order of its docs: the circuit breaker outside, the bulkhead inside.
 */
public record Resilience4jGates(CircuitBreaker circuit, RateLimiter rate, Bulkhead bulkhead) {
  /** Those that let so many in a period, and so many at once. */
  public static Resilience4jGates of(
      int calls, Duration period, int maxConcurrentCalls, Duration maxWait) {
    return new Resilience4jGates(
        CircuitBreaker.of(
            "circuit",
            CircuitBreakerConfig.custom().waitDurationInOpenState(Duration.ofDays(1)).build()),
        RateLimiter.of(
            "rate",
            RateLimiterConfig.custom()
                .limitForPeriod(calls)
                .limitRefreshPeriod(period)
                .timeoutDuration(Duration.ZERO)
                .build()),
        Bulkhead.of(
            "bulkhead",
            BulkheadConfig.custom()
                .maxConcurrentCalls(maxConcurrentCalls)
                .maxWaitDuration(maxWait)
                .build()));
  }

  /** Those that refuse nothing that a benchmark can offer without waiting for an end. */
  static Resilience4jGates open() {
    return of(1_000_000_000, Duration.ofSeconds(1), 1_000_000, Duration.ZERO);
  }

  /** Those of which one refuses for a day. */
  static Resilience4jGates closedBy(Gate gate) {
    Resilience4jGates gates =
        switch (gate) {
          case CIRCUIT -> open();
          case RATE -> of(1, Duration.ofDays(1), 1_000_000, Duration.ZERO);
          case CONCURRENCY -> of(1_000_000_000, Duration.ofSeconds(1), 1, Duration.ZERO);
        };
    if (gate == Gate.CIRCUIT) {
      gates.circuit.transitionToOpenState();
    } else {
      gates.enter();
    }
    return gates;
  }

  /** Asks all three, without an exception where one refuses. */
  boolean tryEnter() {
    return ask() == null;
  }

  /** The same; answers the one that refuses, or null. */
  public @Nullable Gate ask() {
    if (!circuit.tryAcquirePermission()) {
      return Gate.CIRCUIT;
    }
    if (!rate.acquirePermission()) {
      circuit.releasePermission();
      return Gate.RATE;
    }
    if (!bulkhead.tryAcquirePermission()) {
      circuit.releasePermission();
      return Gate.CONCURRENCY;
    }
    return null;
  }

  /** Asks all three; throws what the one that refuses throws. */
  void enter() {
    circuit.acquirePermission();
    try {
      RateLimiter.waitForPermission(rate);
      bulkhead.acquirePermission();
    } catch (RuntimeException refused) {
      circuit.releasePermission();
      throw refused;
    }
  }

  /** A call that was let in has come to a good end. */
  public void succeed(long duration, Object result) {
    bulkhead.onComplete();
    circuit.onResult(duration, circuit.getTimestampUnit(), result);
  }

  /** A call that was let in has failed. */
  public void fail(long duration, Throwable cause) {
    bulkhead.onComplete();
    circuit.onError(duration, circuit.getTimestampUnit(), cause);
  }
}
