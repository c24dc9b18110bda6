package io.headgate.runtime;

import io.headgate.Outcome;
import io.headgate.engine.Ending;

/** The simple names of the {@link Outcome}s that the engine's endings lead to. */
final class OutcomeNames {
  private OutcomeNames() {}

  static String of(Ending ending) {
    return switch (ending) {
      case COMPLETED -> "Completed";
      case FAILED -> "Failed";
      case CUT_OFF -> "CutOff";
      case TIMED_OUT_TIMEOUT, TIMED_OUT_JOB -> "TimedOut";
      case EXPIRED_TTL, EXPIRED_JOB, EXPIRED_TOO_LATE -> "Expired";
      case CANCELLED_CALLER,
          CANCELLED_JOB_CLOSED,
          CANCELLED_SHUTDOWN,
          CANCELLED_REMOVED,
          CANCELLED_DECLINED,
          CANCELLED_WOULD_DEADLOCK,
          CANCELLED_BUDGET ->
          "Cancelled";
    };
  }
}
