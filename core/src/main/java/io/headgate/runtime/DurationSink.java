package io.headgate.runtime;

import io.headgate.Snapshot.Quantiles;

/**
 * Keeps the durations of one agent, of one target, or of all: how long tasks waited, ran, and took
 * in total. One writer, the dispatcher.
 */
interface DurationSink {
  /** From admission to start. */
  int WAIT = 0;

  /** From start to the end of the attempt's thread. */
  int RUN = 1;

  /** From admission to the task's end. */
  int TOTAL = 2;

  /** How many kinds there are. */
  int KINDS = 3;

  /** What was lent to a snapshot: constant, to be read by any thread. */
  interface Lent {
    /** Of one kind. */
    Quantiles quantiles(int kind);
  }

  /** Of nothing. */
  Lent NOTHING = kind -> Quantiles.NONE;

  /**
   * Records so many of one duration.
   *
   * @param half number of the half-interval, never smaller than the one before
   */
  void record(int kind, long ns, long count, long half);

  /** Lends what is there; what is recorded later does not change it. */
  Lent lend(long half);
}
