package io.headgate;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One user request: who pays. Has a hard budget and a deadline; every task belongs to one. Usable
 * from any thread. Forgotten jobs close themselves at their deadline.
 */
public interface Job extends AutoCloseable {
  /** Its id. */
  String id();

  /** Its settings now: as it was opened, with what was changed since. */
  JobSettings settings();

  /**
   * Changes its limits of depth, fan-out, calls and loops, when its calls are held for a human
   * ({@code park}, {@code parkAtBudget}), and the share of its budgets for calls that wrap up,
   * while it runs. Each submission sees all of them from before or all from after, but for that
   * share, which holds from the next look at the budget on. What was counted before counts: a limit
   * below that refuses what comes, and takes nothing back; one of loops that has been reached
   * closes the job. So does each call that was admitted before {@code maxCalls} was first set, for
   * this job or for one of which it is a part; those that were on their way just then may be let in
   * beyond the limit. A share that rises takes nothing back either; when it falls, tasks that are
   * parked at the budget and are covered now go on, oldest first. Who is parked stays so when a
   * rule is taken away. A sub-job's limits are cut to those of the job that it was split from;
   * those that are split already keep theirs, and what they call goes on counting here. Waits for a
   * turn of the dispatcher; not to be called from a listener.
   *
   * @throws IllegalArgumentException if a value is out of bounds, if anything else is changed
   *     (budgets and limits a minute are changed by {@link Operator}), or if a sub-job is to be
   *     parked at its budget, which cannot be raised
   * @throws IllegalStateException if it is closed
   */
  void reconfigure(UnaryOperator<JobSettings> change);

  /** Whether it still takes tasks. */
  boolean isOpen();

  /** Tokens neither spent nor reserved, or {@link JobSettings#UNLIMITED}. */
  long remainingTokens();

  /** Nano-dollars neither spent nor reserved, or {@link JobSettings#UNLIMITED}. */
  long remainingMoneyNanos();

  /**
   * What it has reserved and spent, and what of that on failures and on answers that came too late.
   * Waits for a turn of the dispatcher, as {@link Headgate#snapshot()} does; not to be called from
   * a listener. Stays as it was last when nothing of the job is left.
   */
  Spending spending();

  /**
   * What it has left, for the host or, as text, for the model: tokens, money and time, and how much
   * of that is kept for a call that wraps up.
   */
  Remaining left();

  /**
   * Time until its deadline; zero when it is over. While its clock stands still ({@link
   * ParkPolicy#clockStands()}), the time that will be left when it goes on.
   */
  Duration remaining();

  /**
   * Admits the task, or refuses it, on the caller's thread. Lock-free; allocates the handle alone,
   * and nothing when it refuses.
   *
   * @throws IllegalArgumentException if the task's agent or target belongs to another Headgate, or
   *     if the target is a tool whose loop guard is on and the task has no {@link Task#arguments}
   */
  <T extends @Nullable Object> Admission<T> submit(Task<T> task);

  /**
   * The same, but a refusal that time may heal is tried again until so long has passed; parks the
   * caller meanwhile.
   *
   * @throws InterruptedException if the caller was interrupted while it waited; nothing is
   *     submitted
   */
  <T extends @Nullable Object> Admission<T> submit(Task<T> task, Duration maxWait)
      throws InterruptedException;

  /**
   * The exception form of {@link #submit(Task)}.
   *
   * @throws RefusedException without a stack trace, with the refusal's data
   */
  default <T extends @Nullable Object> Admitted<T> submitOrThrow(Task<T> task) {
    return switch (submit(task)) {
      case Admitted<T> handle -> handle;
      case Refused<T> refused -> throw new RefusedException(refused);
    };
  }

  /**
   * Says of a refusal of this task which value met which bound, as they are now, and what to do
   * about it: one line for a person, or for a model that may change its mind. Made on demand; holds
   * ids and figures, never what the task is about.
   */
  String explain(Task<?> task, Refused<?> refused);

  /**
   * Says of an admitted task that was cancelled why, and what the job has left, as they are now; of
   * {@link Outcome.Cancellation#BUDGET} also what it wanted. As {@link #explain(Task, Refused)}.
   */
  String explainCancelled(Task<?> task, Outcome.Cancellation cause);

  /**
   * Carves a budget, a deadline and limits out of this job for a delegated agent. The sub-job's
   * budget is held back here until it closes, then what it did not spend returns. A deadline beyond
   * this job's is cut to it. A budget left {@link JobSettings#UNLIMITED} under a bounded job takes
   * all that is left. Limits of depth, fan-out, calls and loops are at most this job's; what the
   * sub-job calls counts here too, but for its loops.
   *
   * @return the sub-job; if there is no budget, place or time for it, one that refuses every task
   *     with the reason
   * @throws IllegalArgumentException if the id or a setting is out of bounds
   */
  Job split(String id, UnaryOperator<JobSettings> settings);

  /**
   * A view as an executor: each command becomes a task of this job for that agent and target, with
   * an unknown estimate. A refusal is a {@link java.util.concurrent.RejectedExecutionException}
   * whose cause is a {@link RefusedException}. What a command given to {@code execute} throws goes
   * to the default uncaught-exception handler, if one is set. A command that is cancelled or
   * expires before it starts never runs, and its future is cancelled. Shutting the view down leaves
   * the job open.
   *
   * @throws IllegalArgumentException if the target is a tool whose loop guard is on: commands have
   *     no arguments to look at. {@code execute} throws it when the guard comes on later
   */
  ExecutorService executor(Agent agent, Target target);

  /**
   * Closes it: no more tasks; waiting ones are cancelled and running ones interrupted. Sub-jobs are
   * closed too. Returns at once; idempotent.
   */
  @Override
  void close();
}
