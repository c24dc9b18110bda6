package io.headgate;

import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/**
 * What a human may say to a running Headgate. Each word goes through the ring as every input does,
 * and is answered when it has taken effect; the call blocks for one turn of the dispatcher. Who
 * said it and why is kept. Usable from any thread.
 *
 * <p>Nothing waits for a human: what is parked goes on by itself, and every pause, level and forced
 * breaker ends by itself after the time that is given with it, 1 ms to 7 days; that is told as
 * {@link HeadgateEvent.Operated} by {@code headgate}.
 *
 * <p>Words are idempotent. Of two operators who disagree about a parked task the first is heard,
 * and the second is told by whom and when; of two who pause and resume, force a breaker both ways
 * or move a budget the last is heard, and told whom it overruled ({@link OperatorAnswer.Done}).
 *
 * <p>While a closing Headgate still works off what is left, words are heard as ever. Once it has
 * stopped for good, each is {@link OperatorAnswer.Impossible} and kept nowhere; the lists can still
 * be read.
 *
 * <p>All methods throw {@link NullPointerException} for null, {@link IllegalArgumentException} for
 * a time out of bounds or an agent or target of another Headgate, and {@link IllegalStateException}
 * if the dispatcher does not answer in time.
 */
public interface Operator {
  /**
   * The tasks that are parked, those that were parked first first. Of many it is told in slices of
   * 1,024, each in a turn of the dispatcher: who is parked all the while is among them, once; who
   * comes or goes meanwhile may be.
   */
  List<ParkedTask> parked();

  /** Those of them that match. */
  default List<ParkedTask> parked(Predicate<ParkedTask> filter) {
    Bounds.notNull("filter", filter, "use parked() for all");
    return parked().stream().filter(filter).toList();
  }

  /** A parked task runs, as if it had not been parked. */
  OperatorAnswer approve(long taskId, By by);

  /** A parked task ends as {@link Outcome.Cancellation#DECLINED}. */
  OperatorAnswer refuse(long taskId, By by);

  /** A parked task runs at the lowest rung of its target's ladder; without one it is refused. */
  OperatorAnswer degrade(long taskId, By by);

  /**
   * A job may spend so many tokens in all: more than before, or fewer, but no fewer than it has
   * spent and reserved. Not for sub-jobs, which live on what their parent gave them, nor for a job
   * that was opened without a token budget.
   *
   * @param tokens 1 to 10^12
   */
  OperatorAnswer tokenBudget(String job, long tokens, By by);

  /**
   * A job may spend so much money in all; otherwise as {@link #tokenBudget}.
   *
   * @param dollars 10^-9 to 4 * 10^9
   */
  OperatorAnswer moneyBudget(String job, double dollars, By by);

  /**
   * A job may spend so many tokens in a minute, and its bucket holds that many; what is missing in
   * it stays missing. Not for a job that was opened without {@link JobSettings#tokensPerMinute}.
   * Nobody is parked for a minute's tokens, so this wakes nobody.
   *
   * @param job of a sub-job too: its own limit
   * @param tokens 1 to 10^9
   */
  OperatorAnswer tokensPerMinute(String job, long tokens, By by);

  /**
   * A job may spend so much money in a minute; otherwise as {@link #tokensPerMinute}.
   *
   * @param dollars 10^-6 to 1,000
   */
  OperatorAnswer moneyPerMinute(String job, double dollars, By by);

  /**
   * Nothing of the agent starts, nor is let in ({@link Refusal#AGENT_PAUSED}); what runs goes on.
   */
  OperatorAnswer pause(Agent agent, Duration atMost, By by);

  /** Ends that; and forgets how often the agent was cut off, so that its new work is not parked. */
  OperatorAnswer resume(Agent agent, By by);

  /** Nothing of the target starts, nor is let in ({@link Refusal#TARGET_UNAVAILABLE}). */
  OperatorAnswer pause(Target target, Duration atMost, By by);

  /** Ends that. */
  OperatorAnswer resume(Target target, By by);

  /** Nothing starts, nor is let in ({@link Refusal#PAUSED}); what runs goes on. */
  OperatorAnswer pauseAll(Duration atMost, By by);

  /** Only jobs that have begun are let in: they run to their end, and what waits still starts. */
  OperatorAnswer drain(Duration atMost, By by);

  /** Only tasks of this band and of more urgent ones are let in ({@link Refusal#LEVEL}). */
  OperatorAnswer admit(Priority lowest, Duration atMost, By by);

  /** Ends {@link #pauseAll}, {@link #drain} or {@link #admit}, of which the last holds. */
  OperatorAnswer resumeAll(By by);

  /** Opens a target's breaker for everybody; after that time it lets probes through. */
  OperatorAnswer openBreaker(Target target, Duration atMost, By by);

  /** Closes a target's breaker, and nothing opens it for that time. */
  OperatorAnswer closeBreaker(Target target, Duration atMost, By by);

  /** Cuts one agent off from a target; after that time probes are let through. */
  OperatorAnswer openBreaker(Agent agent, Target target, Duration atMost, By by);

  /** Lets an agent call a target again, and nothing cuts it off from it for that time. */
  OperatorAnswer closeBreaker(Agent agent, Target target, Duration atMost, By by);

  /**
   * The last 1,024 words that changed something, as many that did not, and as many of what happened
   * to parked tasks by itself, newest last: what was decided is pushed out by other decisions
   * alone.
   */
  List<OperatorWord> history();
}
