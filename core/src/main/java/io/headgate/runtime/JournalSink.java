package io.headgate.runtime;

import io.headgate.admission.JobAccount;
import io.headgate.admission.Reservation;
import io.headgate.engine.Ending;
import io.headgate.engine.EngineInputs;

/**
 * Writes down the engine's inputs, and what it decided: of that, each attempt's start and each
 * task's end, since who recovers takes those as facts. Called on the dispatcher's thread, but for
 * {@link #isBehind}; never blocks, whatever the disk does, and throws nothing.
 */
public interface JournalSink extends EngineInputs {
  /** An attempt was started. */
  void started(Reservation task, int attempt, long nowNs, long deadlineNs);

  /** A task ended. */
  void ended(Reservation task, Ending ending, long nowNs, long ranNs);

  /** Of a job nothing is left: it may be named again by who is late, and is another one then. */
  void retired(JobAccount job);

  /** A turn of the dispatcher is over. What was written may be made to go on its way. */
  void turn(long nowNs, long digest);

  /** The dispatcher has ended. What was written is on its way to the disk, in bounded time. */
  void close(long nowNs, long digest);

  /**
   * Whether so much is written and not yet on its way that nothing more is to be let in. Any
   * thread; one volatile read.
   */
  boolean isBehind();
}
