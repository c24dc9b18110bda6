package io.headgate.simulation;

import static io.headgate.simulation.Violation.check;

import io.headgate.CallClass;
import io.headgate.DegradationPolicy;
import io.headgate.TargetSettings;
import io.headgate.simulation.Books.Party;
import io.headgate.simulation.Books.TaskBooks;
import java.util.HashMap;
import java.util.Map;

/**
 * What the referee keeps of the time that a retry needs, from the design alone: none starts that
 * cannot be done by its job's deadline, by what good calls of its target typically take; and none
 * is left out for want of time that it has.
 */
final class RetryBooks {
  /** What the newest call counts for in what is typical. */
  private static final double NEWEST = 1 / 8.0;

  /** The engine counts whole nanoseconds. */
  private static final long ROUNDING_NS = 16;

  /** Of all rungs together, as of a target without a ladder. */
  private static final int ALL_RUNGS = -1;

  private record Key(Party target, int rung) {}

  private final Map<Key, Double> typicalNs = new HashMap<>();

  private static DegradationPolicy policy(Party target) {
    TargetSettings settings = target.target;
    return settings == null ? DegradationPolicy.OFF : settings.degradation();
  }

  private double typicalNs(Party target, int rung) {
    Key key = new Key(target, policy(target).isOff() ? ALL_RUNGS : rung);
    return typicalNs.getOrDefault(key, 0.0);
  }

  /** A call has ended. */
  void ran(TaskBooks task, CallClass end, long ranNs) {
    if (end == CallClass.OK) {
      typicalNs.merge(new Key(task.target, ALL_RUNGS), (double) ranNs, RetryBooks::mean);
      if (!policy(task.target).isOff()) {
        typicalNs.merge(new Key(task.target, task.rung), (double) ranNs, RetryBooks::mean);
      }
    }
  }

  private static double mean(double before, double ranNs) {
    return before == 0 ? ranNs : before + (ranNs - before) * NEWEST;
  }

  /** Whether it is the same thing once more: neither a second attempt nor a rung below. */
  private static boolean isRetry(TaskBooks task) {
    return task.attempts > 0 && task.hedgeOf == null && task.leastRung <= task.rung;
  }

  /** A task is about to start at the rung that its reservation names; it is none yet that runs. */
  void starts(TaskBooks task, long nowNs) {
    long leftNs = task.job.job.deadlineNs() - nowNs;
    double needsNs = typicalNs(task.target, task.task.rung());
    check(
        !isRetry(task) || leftNs >= needsNs - ROUNDING_NS,
        "{} is tried again with {} ns left, and takes {}",
        task,
        leftNs,
        needsNs);
  }

  /** Whether a task that waits is a retry that cannot be done in time, where it may start. */
  boolean isPastTime(TaskBooks task, long nowNs) {
    if (!isRetry(task)) {
      return false;
    }
    long leftNs = task.job.job.deadlineNs() - nowNs;
    int rungs = task.task.isDegradable() ? policy(task.target).size() : 1;
    for (int rung = Math.min(task.leastRung, rungs - 1); rung < rungs; rung++) {
      if (leftNs < typicalNs(task.target, rung) + ROUNDING_NS) {
        return true;
      }
    }
    return false;
  }
}
