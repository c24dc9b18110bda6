package io.headgate;

/**
 * Hears of what happens, on a thread of its own, behind a bounded queue. A slow listener loses
 * events, never holds anything up; what it throws is logged once and counted.
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
