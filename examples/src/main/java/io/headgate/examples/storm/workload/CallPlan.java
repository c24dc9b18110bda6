package io.headgate.examples.storm.workload;

/**
 * One model call of a job.
 *
 * @param job the number of its job
 * @param step its place in the job, from 0
 * @param promptTokens what the prompt counts
 * @param completionTokens what the model will answer with, which nobody but the provider knows
 *     ahead
 * @param question what it is about: the same number within a job, the same question
 */
public record CallPlan(int job, int step, int promptTokens, int completionTokens, int question) {
  /** One that is about something else than all the others of its job. */
  public CallPlan(int job, int step, int promptTokens, int completionTokens) {
    this(job, step, promptTokens, completionTokens, step);
  }

  public CallPlan {
    if (job < 0 || step < 0 || promptTokens < 1 || completionTokens < 1) {
      throw new IllegalArgumentException(
          "a call has a job and a step from 0 and tokens from 1, got job=%d, step=%d, prompt=%d, completion=%d"
              .formatted(job, step, promptTokens, completionTokens));
    }
  }

  /** The name of one of its attempts, to keep books by. */
  public String attempt(int number) {
    return job + "." + step + "." + number;
  }
}
