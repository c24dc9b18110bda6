package io.headgate;

/**
 * What is amiss with a target, as {@link HeadgateEvent.Alert} tells it. Each is told after Headgate
 * has done something about it: nobody needs to do anything for it to stay so.
 */
public enum AlertKind {
  /** Its queue of new jobs has not been empty for as long as its {@link QueuePolicy} says. */
  QUEUE_STANDS("the newest jobs begin first"),
  /** Its admission level is lowered; see {@link LevelPolicy}. */
  LEVEL_LOWERED("less urgent new jobs are refused, and those that were let in go on"),
  /** Its breaker is not closed. */
  BREAKER_OPEN("its calls are refused, or a lower rung answers them, until its probes are well"),
  /** As many of its calls ignore their deadlines as its {@code maxOverruns}. */
  OVERRUNS(
      "no further call of it is started, or of that rung of its ladder, until one of those ends"),
  /** Work for it is held for a human. */
  WORK_PARKED("each goes on by its default action when its time is over"),
  /**
   * Its queue grows faster than it is served: for three times ten seconds, or three times as long
   * as a call takes, by a tenth of what begins in each.
   */
  QUEUE_GROWS("what could not begin in time is refused at once, with a time to come back"),
  /**
   * Of the last minute's calls, 100 or more, more than one in a hundred took longer than its {@code
   * p99Budget}.
   */
  P99_ABOVE_BUDGET("what cannot begin in time is refused; no call runs on beyond its deadline");

  private final String did;

  AlertKind(String did) {
    this.did = did;
  }

  /** What Headgate has done about it already, in one line. */
  public String did() {
    return did;
  }
}
