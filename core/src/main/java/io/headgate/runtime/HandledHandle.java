package io.headgate.runtime;

import io.headgate.Call;
import io.headgate.Priority;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Earlier;
import io.headgate.admission.Handled;
import io.headgate.admission.TargetGate;
import io.headgate.admission.Trial;
import org.jspecify.annotations.Nullable;

/** Of a task whose call is written down, so that it survives a crash. */
final class HandledHandle<T extends @Nullable Object> extends TaskHandle<T> {
  private final @Nullable Trial trial;
  private final HandledCalls.Kept kept;

  HandledHandle(
      Call<? extends T> call,
      AgentGate agent,
      TargetGate target,
      LiveJob job,
      Priority priority,
      int depth,
      long arguments,
      long inputTokens,
      long outputTokens,
      long moneyNanos,
      long admittedNs,
      long startByNs,
      @Nullable Trial trial,
      HandledCalls.Kept kept) {
    super(
        call,
        agent,
        target,
        job,
        priority,
        depth,
        arguments,
        inputTokens,
        outputTokens,
        moneyNanos,
        admittedNs,
        startByNs);
    this.trial = trial;
    this.kept = kept;
    if (kept.isInDoubt()) {
      setInDoubt();
    }
  }

  @Override
  public @Nullable Trial trial() {
    return trial;
  }

  @Override
  public Handled handled() {
    return kept.of(taskId());
  }

  @Override
  public Earlier earlier() {
    return kept.earlier();
  }

  @Override
  String idempotencyKey() {
    Handled handled = handled();
    return key(handled.run(), handled.task());
  }
}
