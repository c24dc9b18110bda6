package io.headgate.examples.storm.measure;

import io.headgate.examples.storm.workload.JobPlan;

/**
 * A job that has ended; times count from the start of the arm.
 *
 * @param answered whether its last call was answered
 * @param lowest who answered those of its calls that fared worst
 */
public record JobRecord(JobPlan plan, long endedNanos, boolean answered, AnswerRung lowest) {
  /**
   * Answered within the deadline, which counts from the planned arrival, by models alone: the only
   * jobs that count. One that loops has no answer.
   */
  public boolean finished() {
    return inTime() && lowest != AnswerRung.STATIC;
  }

  /** The same, if a text that was written before counts as an answer. */
  boolean inTime() {
    return answered
        && !plan.loops()
        && endedNanos - plan.arrivalNanos() <= plan.deadline().toNanos();
  }
}
