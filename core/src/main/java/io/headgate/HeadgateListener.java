package io.headgate;

/**
 * Hears of what happens, on a daemon thread of its own, in the order of events, behind a queue of
 * 4,096. A slow listener loses events, never holds anything up; what it throws is logged once and
 * counted. A shutdown waits half a second for what is in the queue, then interrupts the thread and
 * leaves it behind.
 */
@FunctionalInterface
public interface HeadgateListener {
  /**
   * One event.
   *
   * @param event what happened
   * @param lost how many events were lost since the one before
   */
  void on(HeadgateEvent event, long lost);
}
