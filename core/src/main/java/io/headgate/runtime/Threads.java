package io.headgate.runtime;

import org.jspecify.annotations.Nullable;

/**
 * Makes threads that inherit nothing from the thread that happens to build the Headgate but its
 * context class loader: thread locals of whoever that was must not turn up in every call, while a
 * client in a call finds its services by the class loader.
 */
final class Threads {
  private final @Nullable ClassLoader loader = Thread.currentThread().getContextClassLoader();

  /** A virtual thread, not started. */
  Thread virtual(String name, Runnable work) {
    return withLoader(
        Thread.ofVirtual().inheritInheritableThreadLocals(false).name(name).unstarted(work));
  }

  /** A platform thread that keeps no JVM alive, not started. */
  Thread platform(String name, Runnable work) {
    return withLoader(
        Thread.ofPlatform()
            .daemon()
            .inheritInheritableThreadLocals(false)
            .name(name)
            .unstarted(work));
  }

  private Thread withLoader(Thread thread) {
    thread.setContextClassLoader(loader);
    return thread;
  }
}
