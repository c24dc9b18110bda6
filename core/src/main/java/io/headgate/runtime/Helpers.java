package io.headgate.runtime;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Small pools of platform threads for what may block or is the user's: interrupts (closing an
 * interrupted channel may block), closeables, and dependents of handles. Platform threads, since
 * the carriers of virtual ones may all be busy when a deadline comes. When a pool is saturated by
 * code that blocks, the work goes to a virtual thread of its own: nothing queues behind it, nothing
 * is lost, and the dispatcher never waits.
 */
final class Helpers implements AutoCloseable {
  private static final int INTERRUPTERS = 2;
  private static final int CALLERS = 8;
  private static final long KEEP_ALIVE_S = 10;

  private final Threads threads = new Threads();
  private final ErrorLog errors;
  private final ThreadPoolExecutor interrupters;
  private final ThreadPoolExecutor callers;

  /**
   * @param maxInterrupts that may be due at once
   */
  Helpers(int maxInterrupts, ErrorLog errors) {
    this.errors = errors;
    // An interrupt is short, so those that are due at once stand in line for two threads.
    interrupters =
        pool("headgate-interrupter", INTERRUPTERS, new LinkedBlockingQueue<>(maxInterrupts));
    interrupters.setCorePoolSize(INTERRUPTERS);
    interrupters.allowCoreThreadTimeOut(true);
    callers = pool("headgate-helper", CALLERS, new SynchronousQueue<>());
  }

  private ThreadPoolExecutor pool(String name, int max, BlockingQueue<Runnable> queue) {
    var number = new AtomicInteger();
    ThreadFactory factory = work -> threads.platform(name + "-" + number.getAndIncrement(), work);
    return new ThreadPoolExecutor(
        0,
        max,
        KEEP_ALIVE_S,
        TimeUnit.SECONDS,
        queue,
        factory,
        (work, pool) -> threads.virtual(name + "-spare", work).start());
  }

  /** Interrupts the attempt's thread and closes its closeables. */
  void stop(LiveAttempt<?> attempt) {
    interrupters.execute(
        () -> {
          try {
            attempt.interrupt();
          } catch (Throwable t) { // a channel of the user's own may throw when closed
            errors.ofUser("an interrupt", t);
          }
        });
    for (AutoCloseable closeable : attempt.toClose()) {
      callers.execute(() -> close(closeable));
    }
  }

  /** Closes it on this thread; what it throws is noted. */
  void close(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Throwable t) { // user code: an Error must not end a helper
      errors.ofUser("a closeable", t);
    }
  }

  /** Runs the user's action. */
  void call(Runnable action) {
    callers.execute(
        () -> {
          try {
            action.run();
          } catch (Throwable t) { // user code: an Error must not end a helper
            errors.ofUser("a dependent of a handle", t);
          }
        });
  }

  @Override
  public void close() {
    interrupters.shutdown();
    callers.shutdown();
  }
}
