package io.headgate.examples.storm.measure;

/**
 * A call that has ended; times count from the start of the arm.
 *
 * @param offeredNanos when its job asked for it
 * @param endedNanos when the job had its answer, or gave up
 * @param rung who answered it, if anybody did
 */
public record CallRecord(long offeredNanos, long endedNanos, CallEnd end, AnswerRung rung) {
  public long latencyNanos() {
    return endedNanos - offeredNanos;
  }

  boolean answeredAt(AnswerRung rung) {
    return end == CallEnd.COMPLETED && this.rung == rung;
  }
}
