package io.headgate.engine;

import io.headgate.AlertKind;
import io.headgate.CallClass;
import io.headgate.ParkPolicy;
import io.headgate.ParkReason;
import io.headgate.Refusal;
import io.headgate.Spending;
import io.headgate.admission.AgentGate;
import io.headgate.admission.JobAccount;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;
import io.headgate.admission.Trial;
import org.jspecify.annotations.Nullable;

/**
 * What the engine asks for. Called on the engine's thread, in the order of its decisions; must not
 * call back into the engine. The live runtime carries the effects out, the simulator models them,
 * the replayer compares them.
 */
public interface Effects {
  /**
   * Give the waiting place back and start an attempt.
   *
   * @param trial of which breakers it is a probe, or part of one, and so what it submits; or null
   */
  void start(Reservation task, int attempt, long nowNs, long deadlineNs, @Nullable Trial trial);

  /**
   * The attempt that is about to start costs less than is held: give the rest back.
   *
   * @param leftNanos nano-dollars that it goes on holding; its reservation says so afterwards
   */
  void startsCheaper(Reservation task, long leftNanos, long nowNs);

  /**
   * A task has waited for the pace of its target's first rung for as long as it is to: from now on
   * one below may answer it.
   */
  void patienceOver(Reservation task);

  /** Interrupt the attempt's thread and close its closeables. */
  void stop(Reservation task);

  /** Let the attempt's thread return from its {@code join} number {@code join}. */
  void resume(Reservation task, int join);

  /**
   * The task has ended: complete its handle.
   *
   * @param waiting whether it never started: then give its waiting place and its tokens back
   * @param ranNs how long its attempt ran; 0 if none started
   */
  void end(Reservation task, Ending ending, boolean waiting, long nowNs, long ranNs);

  /** An attempt's thread has ended. If {@link #retry} came just before, another one will start. */
  void attemptOver(Reservation task, long nowNs, long ranNs);

  /** The attempt failed, and another one will start at that time or later. */
  void retry(Reservation task, CallClass end, long atNs);

  /**
   * The attempt is slow: if its reservation can be taken once more, tell the engine so, as {@link
   * Engine#hedgeAdmitted}; else nothing follows.
   *
   * @param startByNs until when a second attempt may start
   */
  void hedge(Reservation task, long startByNs);

  /**
   * The attempt was told to stop and goes on: if what its task needs at a rung below can be taken
   * beside what this one holds, tell the engine so, as {@link Engine#hedgeAdmitted}; else nothing
   * follows.
   *
   * @param failed the rung at which the attempt runs
   */
  void fallBeside(Reservation task, int failed);

  /** The second attempt answered first: its answer is the task's, whose end follows. */
  void hedgeWon(Reservation task, Reservation hedge);

  /**
   * The second attempt's answer is not wanted, or was given: nothing is to be completed.
   *
   * @param waiting whether it never started: then give its waiting place and its tokens back
   */
  void hedgeOver(Reservation hedge, boolean waiting, long nowNs);

  /** The attempt took once more what a further one needs, and there will be none: give it back. */
  void giveBackUnused(Reservation task, long nowNs);

  /** A task of the job has started for the first time. */
  void jobBegun(JobAccount job);

  /** The job takes no more tasks. */
  void jobClosed(JobAccount job);

  /**
   * The job is closed and nothing of it is left.
   *
   * @param spent by the engine's ledger
   */
  void jobRetired(JobAccount job, Spending spent);

  /** An attempt outlived its end, by its own time or with its task's. */
  void overrun(Reservation task, int overrunsOfTarget);

  /** Refuse this target's tasks at admission. */
  void shut(TargetGate target, Refusal reason);

  /** Admit this target's tasks again. */
  void open(TargetGate target);

  /**
   * A breaker changed its state.
   *
   * @param agent whom it cuts off; null for everybody
   * @param untilNs when it will be half open, if it is open
   */
  void breaker(TargetGate target, @Nullable AgentGate agent, BreakerState state, long untilNs);

  /** A breaker of a rung below the first changed its state; as {@link #breaker}. */
  void rungBreaker(TargetGate target, int rung, BreakerState state, long untilNs);

  /**
   * A breaker changed its state, as {@link #breaker} or {@link #rungBreaker} has said: for who
   * writes down what another engine is to know of it.
   */
  default void breakerTurned(
      TargetGate target, @Nullable AgentGate agent, BreakerMemory memory, long nowNs) {}

  /**
   * Something was learned of a target: for who writes down what another engine is to know of it. Of
   * a limit that moves again and again at most once a second, but for large moves.
   */
  default void targetLearned(TargetGate target, TargetMemory what, long value, long nowNs) {}

  /**
   * Tell admission which rung of the target's ladder serves: the first, as many as there are if
   * none.
   *
   * @param below the first of those below the first of all, for whom that keeps out
   */
  void publishRung(TargetGate target, int rung, int below);

  /**
   * The attempt failed, and another one starts at the next rung, as soon as it may.
   *
   * @param beside whether the first one goes on meanwhile: it was told to stop, and did not
   */
  void fall(Reservation task, CallClass end, int toRung, boolean beside);

  /** The target asked to be left alone until then; 0 when that is over. */
  void paused(TargetGate target, long untilNs);

  /**
   * What a target's provider takes was learned, or has changed by an eighth.
   *
   * @param perMinute of its calls, or of their tokens
   */
  void limitLearned(TargetGate target, long perMinute, boolean ofTokens);

  /**
   * As many attempts may run at the target's first rung now; {@link Integer#MAX_VALUE} if that is
   * no longer sought.
   */
  void permits(TargetGate target, int permits);

  /**
   * Let in the new jobs of so many keys at a target: all of the priorities above the lowest, and of
   * that a share; see {@link io.headgate.admission.LevelWord}.
   *
   * @param passNs those of an agent whose own wait is no longer are let in all the same
   */
  void level(TargetGate target, int level, long passNs);

  /**
   * The task is held for a human.
   *
   * @param actionNs when the rule's action follows by itself
   */
  void parked(Reservation task, ParkReason reason, ParkPolicy policy, long actionNs);

  /** What was parked, or would have been, goes on: by an operator, by time, or for want of room. */
  void unparked(Reservation task, ParkPolicy.Action action, Unparked by);

  /** Tell admission whether another task may be parked. */
  void publishParking(boolean full);

  /**
   * The job's deadline was moved.
   *
   * @param deadlineNs {@link Long#MAX_VALUE} while its clock stands still
   * @param leftNs the time until then; while it stands still, what will be left when it goes on
   */
  void jobDeadline(JobAccount job, long deadlineNs, long leftNs);

  /**
   * An operator holds up an agent's work, or a target's, until then; 0: no longer. An agent's tasks
   * are to be refused meanwhile; a target's {@link #cutOff} comes by itself.
   */
  void held(@Nullable AgentGate agent, @Nullable TargetGate target, long untilNs);

  /**
   * An operator's word on all admissions.
   *
   * @param lowest the lowest priority that is let in, by ordinal; {@link
   *     io.headgate.admission.Gates#NOBODY}, {@link io.headgate.admission.Gates#NO_NEW_JOBS}
   * @param starts whether what waits goes on starting
   * @param untilNs when that is over by itself; 0 if it is over
   */
  void admissions(int lowest, boolean starts, long untilNs);

  /**
   * An operator's word is over by itself: that on an agent, a target or, if there is neither, all;
   * or that on a breaker. What follows from it comes by itself, as when somebody took it back.
   *
   * @param ofBreaker whether a breaker was forced: that of everybody if there is no agent
   */
  void wordOver(@Nullable TargetGate target, @Nullable AgentGate agent, boolean ofBreaker);

  /**
   * Keep submissions out, in place of what kept them out before.
   *
   * @param agent whose; null for everybody's
   * @param untilNs when that may be over
   * @param probes how many are let in all the same
   * @param pause whether the target itself said until when: jobs that have begun may wait for it
   * @param trial by which the probes that are let in are known, with what is part of them; else 0
   */
  void cutOff(
      TargetGate target,
      @Nullable AgentGate agent,
      long untilNs,
      int probes,
      boolean pause,
      int trial);

  /** Let them in again. */
  void restore(TargetGate target, @Nullable AgentGate agent);

  /**
   * An agent's spending became an alert, or is none any more.
   *
   * @param tokens that it spent in the last short window
   * @param usual what it spends in one
   */
  void burn(AgentGate agent, boolean burning, long tokens, long usual);

  /** Something is amiss with a target, or no longer: told after what was done about it. */
  void alert(TargetGate target, AlertKind kind, boolean on);

  /** Of a row of a target's calls nobody said what they used; or of the last one somebody did. */
  void usageMissing(TargetGate target, boolean missing);

  /** Tell admission the mean time between starts while something waited. */
  void publishStartInterval(long startIntervalNs);

  /**
   * Tell admission how many output tokens to reserve, in place of an estimate's maximum.
   *
   * @param agent for whose calls; null for everybody's who has not enough of its own
   * @param tokens 0 for what the estimates say
   */
  void publishOutput(TargetGate target, @Nullable AgentGate agent, long tokens);

  /**
   * How many output tokens to reserve was learned, or has changed by more than a quarter since this
   * was last said.
   *
   * @param agent of whose calls; null for everybody's
   * @param tokens 0 if nothing is known any more
   * @param calls from which it was learned
   */
  void outputLearned(TargetGate target, @Nullable AgentGate agent, long tokens, long calls);

  /** Tell admission how many tasks of this agent's new jobs wait for a permit. */
  void publishQueued(AgentGate agent, int queuedNew);

  /** Tell admission how long it takes, in this priority, until each agent has had its turn. */
  void publishRound(TargetGate target, int priority, long roundNs);

  /** Tell admission how long a task of this priority would wait. */
  void publishEstimates(
      TargetGate target, int priority, long waitOfNewNs, long waitOfBegunNs, long jobNs);
}
