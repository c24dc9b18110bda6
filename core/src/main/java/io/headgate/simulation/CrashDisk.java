package io.headgate.simulation;

import io.headgate.HeadgateSettings;
import io.headgate.recovery.RecoveryRecorder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A journal on a disk that may fail, in virtual time: what is written is bytes, and survives a
 * crash as far as its durability promises. On the agenda's thread.
 */
@SuppressWarnings("exports") // for the journal, which makes it
public interface CrashDisk extends AutoCloseable {
  /** Makes an empty one. */
  @FunctionalInterface
  interface Maker {
    /** It is closed when all lives are over. */
    CrashDisk make(Faults faults);
  }

  /**
   * What goes wrong with it.
   *
   * @param isWriteAhead whether no attempt starts before its start is written
   * @param isSynced whether that is on the disk itself then, and not only with the system
   * @param maxWriteNs how long a write takes at most
   * @param maxSyncNs how long it takes at most until it is on the disk
   * @param stallShare of the writes, in thousandths, that take a hundred times as long
   * @param fullShare of the writes, in thousandths, from which on the disk is full for a while
   * @param maxFullNs for how long at most
   * @param pipeRecords how many may be on their way before nothing more is let in
   */
  record Faults(
      boolean isWriteAhead,
      boolean isSynced,
      long maxWriteNs,
      long maxSyncNs,
      int stallShare,
      int fullShare,
      long maxFullNs,
      int pipeRecords) {}

  /** The world in which it is. */
  interface Surroundings {
    /** Has something done after so long. */
    void in(long ns, Runnable action);

    /** Draws from 0 to the bound. */
    long upTo(long bound);

    /** What is durable has grown. */
    void progress();

    /**
     * A record was made.
     *
     * @param of which task, or job
     * @param with what {@link What} says
     * @param number over all lives
     */
    void recorded(What what, long of, long with, long number);

    /** Something came to pass that is worth counting. */
    void hit(String what);
  }

  /** Of what a record tells, as far as the books need it. */
  enum What {
    /** A task was admitted. */
    ADMITTED,
    /** An attempt of it was started. */
    STARTED,
    /**
     * An attempt of it has ended; -1 if it answered in time, 0 if nothing was taken for another.
     */
    ATTEMPT_ENDED,
    /** It is held for a human no more. */
    LET_GO,
    /** It has ended. */
    ENDED,
    /** One of that run ended without another one in its place. */
    RECOVERED,
    /** A job was opened; the number is the journal's. */
    JOB_OPENED,
    /** Likewise closed. */
    JOB_CLOSED
  }

  /**
   * Reads what survived, and writes on.
   *
   * @param seed of its engine
   * @param nowNs its time
   * @param epochNs the same moment's time of day
   */
  RecoveryRecorder open(
      HeadgateSettings settings,
      long seed,
      LongSupplier nowNs,
      long epochNs,
      Surroundings surroundings);

  /**
   * The process dies.
   *
   * @param isPower whether the machine loses its power, so that what is not on the disk is lost
   * @return the number of the last record that survives
   */
  long crash(boolean isPower);

  /**
   * Looks at what survived: every run's decisions again, and the facts against the engine.
   *
   * @return what is wrong; null if nothing is
   */
  @Nullable String verify();

  /** A digest of what survived. */
  long digest();

  @Override
  void close();
}
