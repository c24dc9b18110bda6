package io.headgate.bench.storm;

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
    REFUSED_EARLIER
  }

  /**
   * Submits one call, and does not wait for it.
   *
   * @param producer who asks, from 0
   * @param call its how manieth, from 0
   */
  Answer submit(int producer, long call);

  @Override
  void close();
}
