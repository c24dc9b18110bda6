package io.headgate.runtime;

import io.headgate.HeadgateSettings;
import io.headgate.Journal;

/** A journal as the runtime needs it: all of them are. */
public interface JournalSource extends Journal {
  /**
   * Begins to write for one Headgate, before anything happens to it.
   *
   * @param seed of its engine
   * @param nowNs its time
   * @param epochNs the same moment's time of day, since 1970
   * @param progress to be run when {@link JournalSink#durable} has grown; any thread, costs little
   * @throws IllegalStateException if it cannot be written: who else writes there, or what is wrong
   *     with its folder
   */
  JournalSink open(
      HeadgateSettings settings, long seed, long nowNs, long epochNs, Runnable progress);
}
