package io.headgate;

import java.util.List;
import java.util.Optional;

/**
 * What {@link Headgate#recover()} found of the time before, and what became of it. Immutable.
 *
 * @param jobs jobs and sub-jobs that are open again, with what they had spent
 * @param tasks the tasks that had not ended, in the order of their admission
 */
public record Recovery(int jobs, List<RecoveredTask> tasks) {
  /** What became of a task. */
  public enum Fate {
    /** It had not been started, or waited for another try: it waits again. */
    WAITS,
    /** Its call may have been made, and is made again, since its handler says that it may be. */
    RUNS_AGAIN,
    /** Its call may have been made: a human is asked. */
    PARKED,
    /** Its call may have been made, and is not made again. */
    IN_DOUBT,
    /** Its TTL or its job's deadline passed meanwhile. */
    EXPIRED,
    /**
     * It cannot come back: it was a bare call, or its handler is not registered here, or its
     * argument was not kept or cannot be read, or a call that is gone had submitted it, or it was
     * refused for good.
     */
    LOST,
    /**
     * Not now: its agent or its target is not registered yet, or it was refused for half a minute
     * for want of room. It stays in the journal, and the next Headgate there finds it again.
     */
    POSTPONED
  }

  /**
   * A task of the time before.
   *
   * @param jobId of its job
   * @param agentId who asked
   * @param targetId what was to be called
   * @param handler its handler's name, if it had one
   * @param fate what became of it
   * @param handle of the task that takes its place, if one does
   */
  public record RecoveredTask(
      String jobId,
      String agentId,
      String targetId,
      Optional<String> handler,
      Fate fate,
      Optional<Admitted<?>> handle) {}

  /** Nothing was found. */
  public static final Recovery NOTHING = new Recovery(0, List.of());

  /** Copies the list. */
  public Recovery {
    tasks = List.copyOf(tasks);
  }

  /** How many tasks met that fate. */
  public long count(Fate fate) {
    return tasks.stream().filter(task -> task.fate() == fate).count();
  }
}
