package io.headgate.simulation;

import io.headgate.CallClass;
import io.headgate.TargetSettings;
import io.headgate.simulation.Books.TaskBooks;

/**
 * Which ends of calls the referee allows to be an adaptive limit's matter, and no failure to a
 * breaker: what a target rejects, or is too slow for, while its limit can still go down, and what
 * is lost while other calls are well. A probe's end is always its breaker's, and with a ladder all
 * are.
 */
final class CongestionBooks {
  private CongestionBooks() {}

  static boolean mayBeLimits(TaskBooks task, CallClass end, long retryAfterNs) {
    TargetSettings settings = task.target.target;
    return settings != null
        && settings.concurrency().isOn()
        && settings.degradation().isOff()
        && task.rung == 0
        && switch (end) {
          case REJECTED, TIMED_OUT -> true;
          case UNAVAILABLE -> retryAfterNs > 0 || settings.concurrency().tellsLost();
          case OK, BAD_ANSWER, CANCELLED, CALLER_FAULT, FATAL -> false;
        };
  }
}
