package io.headgate;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The handle of an admitted task. It is completed exactly once, whatever happens. All methods may
 * be called from any thread; actions before {@code submit} happen-before the call runs, and the
 * call's actions happen-before {@link #join()} returns its outcome.
 *
 * <p>Answer and handle are one object, so that a submission allocates once.
 *
 * @param <T> what the task's call answers
 */
public non-sealed interface Admitted<T extends @Nullable Object> extends Admission<T> {
  /** The task's number: unique in this Headgate, in the order of admission, from 0. */
  long id();

  /**
   * Waits for the outcome. Called from inside a call, on the call's own thread, it lends the
   * attempt's permits to others meanwhile, and takes them again, ahead of everyone, before it
   * returns: so a parent never starves its child, even with caps of one.
   *
   * @throws InterruptedException if the waiting thread was interrupted (an attempt is, at its
   *     deadline); the task itself goes on
   */
  Outcome<T> join() throws InterruptedException;

  /**
   * Waits at most so long for the outcome, as {@link #join()} does.
   *
   * @return the outcome, or empty when the time is over; the task itself goes on
   * @throws InterruptedException if the waiting thread was interrupted
   */
  Optional<Outcome<T>> join(Duration timeout) throws InterruptedException;

  /**
   * Asks to end the task. A waiting task ends at once; a running attempt is interrupted and its
   * closeables are closed. The outcome is {@link Outcome.Cancelled} unless another came first.
   *
   * @return true if this call was the first to ask and the task had not ended yet
   */
  boolean cancel();

  /** The outcome, if it is there. Never blocks. */
  Optional<Outcome<T>> outcome();

  /**
   * When the task's admission is in the journal, as safe as the journal's durability makes it: that
   * alone is an acknowledgement, since the submission itself never waits for a disk. Completed on a
   * helper's thread; exceptionally if there is no journal, the Headgate was closed before, or its
   * journal could not be written and was told to go on. Each call makes a future of its own;
   * cancelling it changes nothing.
   */
  CompletableFuture<Void> durable();

  /**
   * A future of the outcome, completed normally with whatever outcome there is. Its dependents run
   * on a helper thread of this Headgate, never on its dispatcher. Cancelling the future cancels the
   * task. Waiting on it inside a call does not lend permits; {@link #join()} does.
   */
  CompletableFuture<Outcome<T>> toCompletableFuture();
}
