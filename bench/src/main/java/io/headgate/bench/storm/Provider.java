package io.headgate.bench.storm;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A model provider that is half out: of four calls two take their 2 ms, one takes five times that,
 * and one fails at once. So a call takes 3.5 ms in the mean, and {@value #CAPACITY} places run
 * about 9,100 a second: a tenth of what the storm offers, or less.
 */
final class Provider {
  /** Calls at once. */
  static final int CAPACITY = 32;

  private static final Duration HEALTHY = Duration.ofMillis(2);
  private static final Duration SLOW = HEALTHY.multipliedBy(5);

  /** A call failed at once. */
  static final class OutException extends Exception {
    private static final long serialVersionUID = 1;

    OutException() {
      super("the provider is out", null, false, false);
    }
  }

  private final AtomicInteger calls = new AtomicInteger();

  /** One call, on the thread that is to make it. */
  void call() throws OutException, InterruptedException {
    switch (calls.getAndIncrement() & 3) {
      case 1 -> Thread.sleep(SLOW);
      case 3 -> throw new OutException();
      default -> Thread.sleep(HEALTHY);
    }
  }

  /** The same for who does not look at what comes of it. */
  void callAndForget() {
    try {
      call();
    } catch (OutException _) {
      // half of the storm
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** Calls begun so far. */
  int calls() {
    return calls.get();
  }
}
