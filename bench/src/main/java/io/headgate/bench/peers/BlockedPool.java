package io.headgate.bench.peers;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionHandler;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A thread pool with a bounded queue, whose one worker is blocked: what is let in waits. */
final class BlockedPool {
  private BlockedPool() {}

  /** One whose queue holds so many. {@code shutdownNow} ends its worker. */
  static ThreadPoolExecutor of(int queue, RejectedExecutionHandler whenFull) {
    var pool =
        new ThreadPoolExecutor(
            1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(queue), whenFull);
    var never = new CountDownLatch(1);
    pool.execute(
        () -> {
          try {
            never.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    return pool;
  }
}
