package io.headgate.bench.storm;

import io.headgate.bench.peers.Gate;
import org.jspecify.annotations.Nullable;

/**
 * What the storm blows at. One class each; {@link SubmitStorm} knows them by name. Calls that are
 * admitted run {@link Provider#call()}, at most {@link Provider#CAPACITY} at once.
 */
interface StormSubject extends AutoCloseable {
  /** What became of a submission. */
  enum Answer {
    /** Let in: it passed all gates. */
    ADMITTED,
    /** Refused by the last gate in the order, after a look at all others. */
    REFUSED_LAST,
    /** Refused by one before. */
    REFUSED_EARLIER;

    /** What a peer's gate that refuses means, or none that does, where concurrency comes last. */
    static Answer of(@Nullable Gate refusing) {
      if (refusing == null) {
        return ADMITTED;
      }
      return refusing == Gate.CONCURRENCY ? REFUSED_LAST : REFUSED_EARLIER;
    }
  }

  /**
   * Submits one call, and does not wait for it.
   *
   * @param producer who asks, from 0
   * @param call its how manieth, from 0
   */
  Answer submit(int producer, long call);

  /** Waits until all that was taken is back. */
  @Override
  void close();
}
