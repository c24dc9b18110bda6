package io.headgate.examples.storm.measure;

import io.headgate.examples.storm.workload.JobPlan;

/**
 * A job that has ended; times count from the start of the arm.
 *
 * @param answered whether its last call was answered
 */
public record JobRecord(JobPlan plan, long endedNanos, boolean answered) {
  /**
   * Answered within the deadline, which counts from the planned arrival: the only jobs that count.
   * One that loops has no answer.
   */
  public boolean finished() {
    return answered
        && !plan.loops()
        && endedNanos - plan.arrivalNanos() <= plan.deadline().toNanos();
  }
}
