package io.headgate.runtime;

import io.headgate.HeadgateSettings;
import io.headgate.Journal;
import org.agrona.concurrent.EpochNanoClock;
import org.agrona.concurrent.NanoClock;

/** A journal as the runtime needs it: all of them are. */
public interface JournalSource extends Journal {
  /**
   * Begins to write for one Headgate, before anything happens to it.
   *
   * @param seed of its engine
   * @throws IllegalStateException if it cannot be written: who else writes there, or what is wrong
   *     with its folder
   */
  JournalSink open(
      HeadgateSettings settings, long seed, NanoClock nanoClock, EpochNanoClock epochClock);
}
