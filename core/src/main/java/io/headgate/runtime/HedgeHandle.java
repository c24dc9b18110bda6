package io.headgate.runtime;

import org.jspecify.annotations.Nullable;

/**
 * What is held for a second attempt of a task beside its first, which is slow or, if this one may
 * be degraded, does not end. Nobody waits for it: its answer, if it comes first, is the task's.
 */
final class HedgeHandle<T extends @Nullable Object> extends TaskHandle<T> {
  private final TaskHandle<T> of;

  HedgeHandle(TaskHandle<T> of, long admittedNs, long startByNs) {
    super(of, admittedNs, startByNs);
    this.of = of;
  }

  @Override
  TaskHandle<T> original() {
    return of;
  }

  @Override
  boolean isCancelled() {
    return of.isCancelled();
  }
}
