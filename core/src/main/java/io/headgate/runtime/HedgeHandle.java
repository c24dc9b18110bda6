package io.headgate.runtime;

import org.jspecify.annotations.Nullable;

/**
 * What is held for a second attempt of a task beside its first. Nobody waits for it: its answer, if
 * it comes first, is the task's.
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
