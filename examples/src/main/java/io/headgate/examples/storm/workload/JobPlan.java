package io.headgate.examples.storm.workload;

import java.time.Duration;
import java.util.List;

/**
 * One user request: calls that follow on one another, worth something only if the last one is
 * answered within the deadline.
 *
 * @param id from 0, in the order of arrival
 * @param arrivalNanos when it arrives after the start of the storm, whatever the system does by
 *     then
 * @param deadline counted from the arrival
 * @param calls 1 to {@value #MAX_CALLS}
 */
public record JobPlan(int id, long arrivalNanos, Duration deadline, List<CallPlan> calls) {
  public static final int MAX_CALLS = 12;

  public JobPlan {
    calls = List.copyOf(calls);
    if (calls.isEmpty() || calls.size() > MAX_CALLS) {
      throw new IllegalArgumentException(
          "a job has 1 to %d calls, got %d".formatted(MAX_CALLS, calls.size()));
    }
    if (arrivalNanos < 0 || !deadline.isPositive()) {
      throw new IllegalArgumentException(
          "a job arrives at 0 or later with a deadline above 0, got arrival %d ns, deadline %s"
              .formatted(arrivalNanos, deadline));
    }
  }
}
