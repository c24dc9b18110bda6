package io.headgate.bench.storm;

import io.headgate.bench.peers.FailsafeGates;
import io.headgate.bench.peers.Gate;

/**
 * Failsafe's circuit breaker, rate limiter and bulkhead, asked by themselves as its docs show for
 * work that ends on another thread, and a virtual thread for each call that they let in. The
 * bulkhead is the last.
 */
final class FailsafeStorm implements StormSubject {
  private final FailsafeGates gates = FailsafeGates.tolerant(Provider.CAPACITY);
  private final Provider provider;

  FailsafeStorm(Provider provider) {
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
    try {
      provider.call();
    } catch (Throwable failure) { // whatever it is, the permit returns
      gates.fail(failure);
      return;
    }
    gates.succeed();
  }

  @Override
  public void close() {
    Rest.awaitPermits(gates.bulkhead()::tryAcquirePermit);
    if (!gates.circuit().isClosed()) {
      throw new IllegalStateException("the circuit opened: this measures it");
    }
  }
}
