package io.headgate.runtime;

import io.headgate.Admission;
import io.headgate.Agent;
import io.headgate.Job;
import io.headgate.JobSettings;
import io.headgate.Outcome;
import io.headgate.Refused;
import io.headgate.Remaining;
import io.headgate.Spending;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.admission.Changes;
import io.headgate.admission.Ids;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A job that found no place: it refuses every task with the reason. */
record RefusingJob(
    LiveHeadgate runtime, String id, JobSettings settings, Refused<?> refused, String facts)
    implements Job {
  @Override
  public void reconfigure(UnaryOperator<JobSettings> change) {
    throw new IllegalStateException("job " + id + " was refused: " + facts);
  }

  @Override
  public boolean isOpen() {
    return false;
  }

  @Override
  public long remainingTokens() {
    return 0;
  }

  @Override
  public long remainingMoneyNanos() {
    return 0;
  }

  @Override
  public Remaining left() {
    return new Remaining(0, 0, 0, 0, Duration.ZERO);
  }

  @Override
  public Spending spending() {
    return Spending.NONE;
  }

  @Override
  public Duration remaining() {
    return Duration.ZERO;
  }

  @Override
  @SuppressWarnings("unchecked") // a refusal carries no value
  public <T extends @Nullable Object> Admission<T> submit(Task<T> task) {
    runtime.refuse(this, task);
    return (Refused<T>) refused;
  }

  @Override
  public <T extends @Nullable Object> Admission<T> submit(Task<T> task, Duration maxWait) {
    Objects.requireNonNull(maxWait, "maxWait is null; use Duration.ZERO not to wait");
    return submit(task);
  }

  @Override
  public String explain(Task<?> task, Refused<?> refused) {
    return Explainer.text(refused, facts + ". ");
  }

  @Override
  public String explainCancelled(Task<?> task, Outcome.Cancellation cause) {
    return cause + ": " + facts;
  }

  @Override
  public Job split(String id, UnaryOperator<JobSettings> settings) {
    Ids.check("sub-job", id);
    return new RefusingJob(
        runtime, id, Changes.apply("sub-job", settings, JobSettings.DEFAULT), refused, facts);
  }

  @Override
  public ExecutorService executor(Agent agent, Target target) {
    return runtime.executor(this, agent, target);
  }

  @Override
  public void close() {}
}
