package io.headgate.engine;

import io.headgate.ParkReason;
import io.headgate.admission.AgentGate;
import io.headgate.admission.JobAccount;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;
import org.jspecify.annotations.Nullable;

/**
 * Writes down the engine's inputs, and what it decided: of that, each attempt's start, each task's
 * end and each breaker's turn, since who recovers takes those as facts. On the engine's thread.
 */
public interface EngineRecorder extends EngineInputs {
  /** An attempt was started. */
  void started(Reservation task, int attempt, long nowNs, long deadlineNs);

  /** A breaker has turned, and is to go on like that in another engine. */
  void breakerTurned(
      TargetGate target, @Nullable AgentGate agent, BreakerMemory memory, long nowNs);

  /** Something was learned of a target, and is to go on in another engine. */
  void targetLearned(TargetGate target, TargetMemory what, long value, long nowNs);

  /** A task is held for a human since then. */
  void parked(Reservation task, ParkReason reason, long sinceNs);

  /** A task that was held goes on. */
  void unparked(Reservation task);

  /** A task ended. */
  void ended(Reservation task, Ending ending, long nowNs, long ranNs);

  /** Of a job nothing is left: it may be named again by who is late, and is another one then. */
  void retired(JobAccount job);
}
