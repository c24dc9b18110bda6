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
 * @param calls 1 to {@value #MAX_CALLS}, or up to {@value #MAX_ROUNDS} if it loops
 * @param loops whether its agent goes round in a circle: it asks the same questions again and
 *     again, and whatever is answered, its user is no wiser
 */
public record JobPlan(
    int id, long arrivalNanos, Duration deadline, List<CallPlan> calls, boolean loops) {
  public static final int MAX_CALLS = 12;

  /** Where a framework's own limit ends a loop at the latest. */
  public static final int MAX_ROUNDS = 25;

  /** One that gets on. */
  public JobPlan(int id, long arrivalNanos, Duration deadline, List<CallPlan> calls) {
    this(id, arrivalNanos, deadline, calls, false);
  }

  public JobPlan {
    calls = List.copyOf(calls);
    int max = loops ? MAX_ROUNDS : MAX_CALLS;
    if (calls.isEmpty() || calls.size() > max) {
      throw new IllegalArgumentException(
          "a job has 1 to %d calls, got %d".formatted(max, calls.size()));
    }
    if (arrivalNanos < 0 || !deadline.isPositive()) {
      throw new IllegalArgumentException(
          "a job arrives at 0 or later with a deadline above 0, got arrival %d ns, deadline %s"
              .formatted(arrivalNanos, deadline));
    }
  }
}
