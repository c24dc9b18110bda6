package io.headgate;

import java.time.Duration;

/**
 * In which order new jobs begin at a target whose queue of them stands: it has not been empty for
 * as long as {@code newestFirstAfter}, and not for as long as a call takes in the mean. Then, of
 * one agent's, the newest begins first ("adaptive LIFO", Maurer, <i>Fail at Scale</i>, ACM Queue
 * 2015; the interval is CoDel's idea): who comes now has all its time, while those that have waited
 * longest would not be done in time anyway, and would take it from those that could. They expire
 * where they wait; and one whose turn comes after that same wait, with less time left than jobs
 * take there in the mean, ends as {@link Outcome.Expired} ({@link Outcome.Bound#JOB_TIME}) and
 * spends nothing, if it came with more. As soon as the queue has been empty, the earliest deadline
 * begins first again.
 *
 * <p>Holds for the first calls of new jobs alone, inside their priority and after fair share: what
 * a job that has begun submits starts before all of them, the earliest deadline first.
 *
 * <p>Immutable, changed by copies as {@link AgentSettings}.
 *
 * @param newestFirstAfter 1 ms to 1 day, or {@link #NEVER}
 */
public record QueuePolicy(Duration newestFirstAfter) {
  /** As {@code newestFirstAfter}: the earliest deadline always begins first. */
  public static final Duration NEVER = Duration.ofNanos(Long.MAX_VALUE);

  /** The earliest deadline always begins first. */
  public static final QueuePolicy OFF = new QueuePolicy(NEVER);

  /** The newest begins first when the queue has stood for a second. */
  public static final QueuePolicy DEFAULT = new QueuePolicy(Duration.ofSeconds(1));

  /** Checks the bound. */
  public QueuePolicy {
    if (!NEVER.equals(newestFirstAfter)) {
      var _ =
          Bounds.checkNanos(
              "queue policy's newestFirstAfter",
              newestFirstAfter,
              Duration.ofMillis(1),
              Duration.ofDays(1));
    }
  }

  /** Whether the order ever changes. */
  public boolean isOn() {
    return !NEVER.equals(newestFirstAfter);
  }

  /** How long the queue must have stood, in nanoseconds. */
  public long newestFirstAfterNanos() {
    return newestFirstAfter.toNanos();
  }
}
