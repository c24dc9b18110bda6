package io.headgate.recovery;

import io.headgate.Recovery;
import io.headgate.admission.JobAccount;
import io.headgate.engine.EngineRecorder;

/**
 * A journal to which a Headgate writes, and from which it recovers. Called on the dispatcher's
 * thread, but for {@link #durable} and {@link #isBehind}; never blocks, whatever the disk does, and
 * throws nothing.
 */
public interface RecoveryRecorder extends EngineRecorder {
  /** Whether an attempt starts when its start is written down, and not before. */
  boolean isWriteAhead();

  /** What stood there when it was opened, of Headgates before. */
  Past past();

  /** A task of the past ended, without another one in its place. */
  void recovered(long stampNs, Past.PastTask task, Recovery.Fate fate);

  /** Nothing of the past is left to recover. */
  void recoveryEnded(long stampNs);

  /** So many calls of a job were refused as repetitions by now. The engine does not know. */
  void looped(JobAccount job, int loops);

  /** How many records there were so far. */
  long written();

  /**
   * How many of them are where the journal's durability wants them: what survives then is its to
   * say. Any thread.
   */
  long durable();

  /** Somebody waits until that record is durable; what nobody waits for may be so later. */
  default void want(long record) {}

  /**
   * Whether that record is none that survives anything, since the journal could not be written and
   * its user wanted to go on. Any thread.
   */
  default boolean hasLost(long record) {
    return false;
  }

  /** A turn of the dispatcher is over. What was written may be made to go on its way. */
  void turn(long nowNs, long digest);

  /**
   * Whether so much is written and not yet on its way that nothing more is to be let in. Any
   * thread; one volatile read.
   */
  boolean isBehind();
}
