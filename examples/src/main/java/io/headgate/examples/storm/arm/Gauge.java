package io.headgate.examples.storm.arm;

import java.util.concurrent.atomic.AtomicInteger;

/** A number that goes up and down, and the highest that it has been. */
final class Gauge {
  private final AtomicInteger now = new AtomicInteger();
  private final AtomicInteger max = new AtomicInteger();

  void up() {
    max.accumulateAndGet(now.incrementAndGet(), Math::max);
  }

  void down() {
    now.decrementAndGet();
  }

  int now() {
    return now.get();
  }

  int max() {
    return max.get();
  }
}
