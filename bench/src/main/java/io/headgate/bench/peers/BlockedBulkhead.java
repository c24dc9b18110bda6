package io.headgate.bench.peers;

import io.github.resilience4j.bulkhead.ThreadPoolBulkhead;
import io.github.resilience4j.bulkhead.ThreadPoolBulkheadConfig;
import java.util.concurrent.CountDownLatch;

/** Resilience4j's thread pool bulkhead with its one thread blocked: what is let in waits. */
final class BlockedBulkhead {
  private final ThreadPoolBulkhead bulkhead;
  private CountDownLatch free = new CountDownLatch(1);

  /** One whose queue holds so many, and whose refusals have a stack trace or not. */
  BlockedBulkhead(int queue, boolean stackTrace) {
    bulkhead =
        ThreadPoolBulkhead.of(
            "bulkhead",
            ThreadPoolBulkheadConfig.custom()
                .coreThreadPoolSize(1)
                .maxThreadPoolSize(1)
                .queueCapacity(queue)
                .writableStackTraceEnabled(stackTrace)
                .build());
    block();
  }

  ThreadPoolBulkhead bulkhead() {
    return bulkhead;
  }

  private void block() {
    CountDownLatch free = this.free;
    var blocked = new CountDownLatch(1);
    var _ =
        bulkhead.submit(
            () -> {
              blocked.countDown();
              free.await();
              return null;
            });
    try {
      blocked.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Lets all that waits run, and blocks the thread again behind it. */
  void drain() {
    CountDownLatch before = free;
    free = new CountDownLatch(1);
    before.countDown();
    block();
  }

  /** Ends its thread. */
  void close() throws Exception {
    free.countDown();
    bulkhead.close();
  }
}
