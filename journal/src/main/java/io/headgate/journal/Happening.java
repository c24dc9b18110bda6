package io.headgate.journal;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened to a Headgate, as its journal has it or as follows from that. Immutable.
 *
 * @param record the number of the journal's record to which it belongs
 * @param at when
 * @param kind what it is, such as {@code attempt started}
 * @param job whose it is, if it is one's
 * @param agent who asked, if somebody did
 * @param target what was asked, if something was
 * @param task its number; -1 if it is of none
 * @param more in the order in which a person wants to read it; times are in nanoseconds, and money
 *     in nano-dollars
 */
public record Happening(
    long record,
    Instant at,
    Kind kind,
    @Nullable String job,
    @Nullable String agent,
    @Nullable String target,
    long task,
    Map<String, Object> more) {

  /** What it is. */
  public enum Kind {
    /** A Headgate began to write. */
    RUN_STARTED,
    /** It was closed. */
    RUN_ENDED,
    /** Nothing starts any more: it is being closed. */
    HALTED,
    /** An agent was registered, changed, removed or forgotten. */
    AGENT,
    /** A target likewise. */
    TARGET,
    /** A job was opened. */
    JOB_OPENED,
    /** A job was closed, by its owner or by the engine. */
    JOB_CLOSED,
    /** Nothing of a job is left. */
    JOB_RETIRED,
    /** A job's budget, limits or rates were changed, or its deadline moved. */
    JOB_CHANGED,
    /** A task was let in. */
    TASK_ADMITTED,
    /** A second attempt was let in beside a task's first. */
    HEDGE_ADMITTED,
    /** A task's handle was cancelled. */
    TASK_CANCELLED,
    /** An attempt was started. */
    ATTEMPT_STARTED,
    /** An attempt's thread ended. */
    ATTEMPT_ENDED,
    /** An attempt that failed is to be made again. */
    RETRY,
    /** A task goes on at a lower rung. */
    FALL,
    /** An attempt is told to stop. */
    STOP,
    /** An attempt outlived its end. */
    OVERRUN,
    /** A task waits for another in its call. */
    JOIN,
    /** A task is held for a human. */
    PARKED,
    /** A task goes on that was, or an answer was given for it. */
    UNPARKED,
    /** Tokens and money were found for a task that was parked for want of them. */
    FUNDED,
    /** A task ended. */
    TASK_ENDED,
    /** A breaker changed its state. */
    BREAKER,
    /** Another rung of a target's ladder serves. */
    RUNG,
    /** A target asked to be left alone, or that is over. */
    PAUSED,
    /** As many attempts may run at a target as its adaptive limit says. */
    LIMIT,
    /** What a target's provider lets through was learned. */
    QUOTA,
    /** New jobs are kept out at a target, or let in again. */
    LEVEL,
    /** Something is amiss, or no longer. */
    ALERT,
    /** An operator held something up, forced a breaker, or changed a bound of all. */
    OPERATOR,
    /** What an operator said, who it was and why: what came of it, if anything, stands beside. */
    SAID,
    /** So much was refused in a while: of one agent, at one target, or in all. */
    REFUSALS,
    /** A task was refused; only of a journal that was asked for each. */
    REFUSED,
    /**
     * Records are missing, since the journal could not be written: nothing of what follows can be
     * told, until the next Headgate begins.
     */
    GAP,
    /** Something goes on as it was in the Headgate before. */
    CARRIED
  }
}
