package io.headgate.bench.peers;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/**
 * A call on a virtual thread of its own behind Resilience4j's circuit breaker, rate limiter and
 * bulkhead. The caller's thread asks the gates, as with Headgate.
 *
 * @param <T> what it answers
 */
public final class GuardedCall<T> implements Callable<T> {
  private final Gates gates;
  private final Callable<T> call;

  private GuardedCall(Gates gates, Callable<T> call) {
    this.gates = gates;
    this.call = call;
  }

  /** The three gates. */
  public static final class Gates {
    private final Resilience4jGates gates;

    /**
     * Those that let so many run at once, and let the caller wait so long for one of them to end.
     */
    public Gates(int maxConcurrentCalls, Duration maxWait) {
      gates =
          Resilience4jGates.of(1_000_000_000, Duration.ofSeconds(1), maxConcurrentCalls, maxWait);
    }
  }

  /**
   * Starts it, or throws Resilience4j's {@code CallNotPermittedException}, {@code
   * RequestNotPermitted} or {@code BulkheadFullException}.
   */
  public static <T> Future<T> submit(Gates gates, Callable<T> call) {
    gates.gates.enter();
    var future = new FutureTask<>(new GuardedCall<>(gates, call));
    Thread.ofVirtual().start(future);
    return future;
  }

  /** Runs it and tells the gates how it ended. */
  @Override
  public T call() throws Exception {
    Resilience4jGates gates = this.gates.gates;
    long start = gates.circuit().getCurrentTimestamp();
    try {
      T result = call.call();
      gates.succeed(gates.circuit().getCurrentTimestamp() - start, result);
      return result;
    } catch (Throwable e) {
      gates.fail(gates.circuit().getCurrentTimestamp() - start, e);
      throw e;
    }
  }
}
