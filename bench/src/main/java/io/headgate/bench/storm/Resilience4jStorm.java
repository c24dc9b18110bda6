package io.headgate.bench.storm;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.headgate.bench.peers.Gate;
import io.headgate.bench.peers.Resilience4jGates;
import java.time.Duration;

/**
 * Resilience4j's circuit breaker, rate limiter and bulkhead, and a virtual thread for each call
 * that they let in. The bulkhead is the last. By default the circuit opens when half of the last
 * hundred calls failed; here a quarter do.
 */
final class Resilience4jStorm implements StormSubject {
  private final Resilience4jGates gates =
      Resilience4jGates.of(1_000_000_000, Duration.ofSeconds(1), Provider.CAPACITY, Duration.ZERO);
  private final Provider provider;

  Resilience4jStorm(Provider provider) {
    this.provider = provider;
  }

  @Override
  public Answer submit(int producer, long call) {
    Gate refusing = gates.ask();
    if (refusing == null) {
      var _ = Thread.startVirtualThread(this::call);
    }
    return Answer.of(refusing);
  }

  private void call() {
    CircuitBreaker circuit = gates.circuit();
    long start = circuit.getCurrentTimestamp();
    try {
      provider.call();
    } catch (Throwable failure) { // whatever it is, the permit returns
      gates.fail(circuit.getCurrentTimestamp() - start, failure);
      return;
    }
    gates.succeed(circuit.getCurrentTimestamp() - start, "");
  }

  @Override
  public void close() {
    Rest.awaitPermits(gates.bulkhead()::tryAcquirePermission);
    if (gates.circuit().getState() != CircuitBreaker.State.CLOSED) {
      throw new IllegalStateException("the circuit opened: this measures it");
    }
  }
}
