package io.headgate;

import org.jspecify.annotations.Nullable;

/**
 * How an admitted task ended. Exactly one for each task. More kinds may come with a new major
 * version.
 *
 * @param <T> what the task's call answers
 */
public sealed interface Outcome<T extends @Nullable Object> {
  /**
   * The call returned in time and within its budget.
   *
   * @param value what it returned
   * @param rung of the target's ladder that answered, from 0 for the model itself
   */
  record Completed<T extends @Nullable Object>(T value, int rung) implements Outcome<T> {
    /** Answered by the model itself. */
    public Completed(T value) {
      this(value, 0);
    }
  }

  /**
   * The call threw.
   *
   * @param cause what it threw
   */
  record Failed<T extends @Nullable Object>(Throwable cause) implements Outcome<T> {}

  /**
   * The attempt had started and reached its deadline: its target's timeout or its job's deadline.
   *
   * @param bound which of them
   */
  record TimedOut<T extends @Nullable Object>(Bound bound) implements Outcome<T> {}

  /**
   * The call never started: it would have begun after its TTL or its job's deadline.
   *
   * @param bound which of them
   */
  record Expired<T extends @Nullable Object>(Bound bound) implements Outcome<T> {}

  /**
   * Somebody ended it.
   *
   * @param cause who or what
   */
  record Cancelled<T extends @Nullable Object>(Cancellation cause) implements Outcome<T> {}

  /**
   * The job's budget was spent while the call ran.
   *
   * @param partial what the call returned after {@link Attempt#charge} had said no, if anything
   * @param rung of the target's ladder that had begun to answer, from 0 for the model itself
   */
  record CutOff<T extends @Nullable Object>(@Nullable T partial, int rung) implements Outcome<T> {
    /** Of the model itself. */
    public CutOff(@Nullable T partial) {
      this(partial, 0);
    }
  }

  /** Which bound in time ended a task. */
  enum Bound {
    /** The task's own TTL. */
    TTL,
    /** The target's timeout. */
    TIMEOUT,
    /** The job's deadline. */
    JOB_DEADLINE,
    /**
     * What jobs take at its target: the queue of new jobs stands ({@link QueuePolicy}), and this
     * one, which had not begun, would not have been done before its deadline.
     */
    JOB_TIME
  }

  /** Who or what cancelled a task. */
  enum Cancellation {
    /** {@link Admitted#cancel()} or its future. */
    CALLER,
    /** The job was closed, by its owner or by overspending. */
    JOB_CLOSED,
    /** The Headgate was shut down. */
    SHUTDOWN,
    /** Its agent or target was removed. */
    REMOVED,
    /** It was held for a human who refused it, or who did not come; see {@link ParkPolicy}. */
    DECLINED,
    /** Its end was waited for in a circle, or by more parents than may be suspended. */
    WOULD_DEADLOCK,
    /**
     * Its job's budget did not cover it, and nobody raised that in time; see {@link
     * JobSettings#parkAtBudget}. {@link Job#explainCancelled} says what is left.
     */
    BUDGET
  }

  /** The value of a completed task. */
  default @Nullable T valueOrNull() {
    return this instanceof Completed<T>(var value, var _) ? value : null;
  }
}
