package io.headgate;

import org.jspecify.annotations.Nullable;

/**
 * The user's code: a model call, a tool call. Runs on a virtual thread; is interrupted at its
 * deadline.
 *
 * @param <T> what it answers
 */
@FunctionalInterface
public interface Call<T extends @Nullable Object> {
  /**
   * Does the work. A value returned ends the task as {@link Outcome.Completed}, an exception as
   * {@link Outcome.Failed}, unless its deadline, a cancel or the budget ended it before.
   *
   * @param attempt this run: its deadline, its budget, its children
   * @throws Exception whatever the work throws
   */
  T run(Attempt attempt) throws Exception;
}
