package io.headgate.engine;

/** How a task ended: an {@link io.headgate.Outcome} without its value. */
public enum Ending {
  /** Its call returned in time. */
  COMPLETED,
  /** Its call threw. */
  FAILED,
  /** Its call was refused a charge. */
  CUT_OFF,
  /** It ran into its target's timeout. */
  TIMED_OUT_TIMEOUT,
  /** It ran into its job's deadline. */
  TIMED_OUT_JOB,
  /** It did not start within its TTL. */
  EXPIRED_TTL,
  /** It did not start before its job's deadline. */
  EXPIRED_JOB,
  /** Its handle was cancelled. */
  CANCELLED_CALLER,
  /** Its job was closed. */
  CANCELLED_JOB_CLOSED,
  /** Its Headgate was shut down. */
  CANCELLED_SHUTDOWN,
  /** Its agent or target was removed. */
  CANCELLED_REMOVED,
  /** It was parked, and refused. */
  CANCELLED_DECLINED,
  /** Waiting for it would never have ended. */
  CANCELLED_WOULD_DEADLOCK,
  /** It was parked at its job's budget, and nobody raised that. */
  CANCELLED_BUDGET,
  /** Its new job would not be done in time any more. */
  EXPIRED_TOO_LATE;

  /** Whether it is what came of a call, and not of waiting for one or of a word. */
  public boolean isOfCall() {
    return switch (this) {
      case COMPLETED, FAILED, CUT_OFF, TIMED_OUT_TIMEOUT, TIMED_OUT_JOB -> true;
      default -> false;
    };
  }
}
