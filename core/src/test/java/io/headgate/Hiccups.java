package io.headgate;

import java.util.concurrent.locks.LockSupport;

/**
 * Times in which this machine ran nobody: a platform thread that does nothing but look at the clock
 * each millisecond was late itself. What is late by them is the machine's fault.
 */
final class Hiccups {
  private static final int MAX = 100_000;
  private static final long LOOK_NS = 1_000_000;

  private final long[] from = new long[MAX];
  private final long[] to = new long[MAX];
  private final Thread thread = Thread.ofPlatform().daemon().start(this::watch);
  private volatile int count;
  private volatile boolean stopped;

  private void watch() {
    long last = System.nanoTime();
    int seen = 0;
    while (!stopped && seen < MAX) {
      LockSupport.parkNanos(LOOK_NS);
      long now = System.nanoTime();
      if (now - last > 2 * LOOK_NS) {
        from[seen] = last + LOOK_NS;
        to[seen] = now;
        seen++;
        count = seen;
      }
      last = now;
    }
  }

  /** How much of this time they took. */
  long within(long fromNs, long toNs) {
    long sum = 0;
    for (int i = count - 1; i >= 0 && to[i] > fromNs; i--) {
      sum += Math.max(0, Math.min(to[i], toNs) - Math.max(from[i], fromNs));
    }
    return sum;
  }

  void stop() throws InterruptedException {
    stopped = true;
    thread.join();
  }
}
