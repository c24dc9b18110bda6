package io.headgate;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One run of a task's call. Valid while the call runs; its methods may be called from any thread
 * that the call started, but only {@link Admitted#join()} on the call's own thread lends permits.
 */
public interface Attempt {
  /** Which attempt of its task this is, from 1. */
  int number();

  /**
   * The rung of the target's ladder on which this attempt runs, from 0 for the model itself: choose
   * by it what to call.
   *
   * @see DegradationPolicy
   */
  int rung();

  /** The task's number, as {@link Admitted#id()}. */
  long taskId();

  /**
   * What to give a provider so that a call which is made twice counts once: the same for all
   * attempts of a task, and for the task that takes its place after a crash. Of no other task;
   * letters, digits and {@code -}, at most 40 characters.
   */
  String idempotencyKey();

  /** The job that pays. */
  Job job();

  /** When the call is interrupted: the target's timeout or the job's deadline, what comes first. */
  Instant deadline();

  /** The time left until {@link #deadline()}; zero when it is over. */
  Duration remaining();

  /**
   * The output cap to send to the provider: what was reserved for the answer, shrunk to what the
   * job's budget had left. Zero for a tool.
   */
  long maxOutputTokens();

  /**
   * Charges output tokens as they stream: first to the reservation, then to what the job's budget
   * has left.
   *
   * @param tokens since the last charge, 0 to 10^9
   * @return false if the budget does not cover them: stop the stream; the task ends as {@link
   *     Outcome.CutOff}
   */
  boolean charge(long tokens);

  /**
   * What the provider says that the whole call used; the last word counts. A call that ends without
   * it settles at what it charged, or else at its whole reservation; say {@code usage(0, 0)} for a
   * call that failed at no cost.
   *
   * @param inputTokens 0 to 10^9
   * @param outputTokens 0 to 10^9
   */
  void usage(long inputTokens, long outputTokens);

  /**
   * What the provider says that it lets through a minute, for a call that does not return its
   * answer's headers; the last word counts, and goes before that of the target's {@link
   * Classifier}. Without a {@link PacePolicy} nobody asks.
   *
   * @see ProviderQuota#of
   */
  void quota(ProviderQuota quota);

  /**
   * Registers what to close when the attempt is cancelled or reaches its deadline, for what an
   * interrupt does not reach. Closed at most once, on a helper thread, or at once on this thread
   * when it is already too late, be it after the call has returned. Forgotten when the attempt ends
   * before that.
   */
  void onCancel(AutoCloseable closeable);

  /**
   * Submits a child: a task of the same job that is started ahead of work nobody waits for.
   *
   * @see Job#submit(Task)
   */
  <T extends @Nullable Object> Admission<T> submit(Task<T> task);
}
