package io.headgate.engine;

import io.headgate.Refusal;
import io.headgate.admission.JobAccount;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;

/**
 * What the engine asks for. Called on the engine's thread, in the order of its decisions; must not
 * call back into the engine. The live runtime carries the effects out, the simulator models them,
 * the replayer compares them.
 */
public interface Effects {
  /** Give the waiting place back and start an attempt. */
  void start(Reservation task, int attempt, long nowNs, long deadlineNs);

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

  /** An attempt's thread has ended. */
  void attemptOver(Reservation task, long nowNs, long ranNs);

  /** A task of the job has started for the first time. */
  void jobBegun(JobAccount job);

  /** The job takes no more tasks. */
  void jobClosed(JobAccount job);

  /**
   * The job is closed and nothing of it is left.
   *
   * @param spentTokens by the engine's ledger
   * @param spentMoneyNanos by the engine's ledger
   */
  void jobRetired(JobAccount job, long spentTokens, long spentMoneyNanos);

  /** An attempt outlived its task's end. */
  void overrun(Reservation task, int overrunsOfTarget);

  /** Refuse this target's tasks at admission. */
  void shut(TargetGate target, Refusal reason);

  /** Admit this target's tasks again. */
  void open(TargetGate target);

  /** Tell admission the mean time between starts while something waited. */
  void publishStartInterval(long startIntervalNs);

  /** Tell admission how long a task would wait. */
  void publishEstimates(TargetGate target, long waitOfNewNs, long waitOfBegunNs);
}
