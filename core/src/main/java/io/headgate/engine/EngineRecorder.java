package io.headgate.engine;

import io.headgate.admission.JobAccount;
import io.headgate.admission.Reservation;

/**
 * Writes down the engine's inputs, and what it decided: of that, each attempt's start and each
 * task's end, since who recovers takes those as facts. On the engine's thread.
 */
public interface EngineRecorder extends EngineInputs {
  /** An attempt was started. */
  void started(Reservation task, int attempt, long nowNs, long deadlineNs);

  /** A task ended. */
  void ended(Reservation task, Ending ending, long nowNs, long ranNs);

  /** Of a job nothing is left: it may be named again by who is late, and is another one then. */
  void retired(JobAccount job);
}
