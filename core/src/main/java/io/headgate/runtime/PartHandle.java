package io.headgate.runtime;

import io.headgate.Call;
import io.headgate.Priority;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.admission.Trial;
import org.jspecify.annotations.Nullable;

/** What a probe's call has submitted. There are few: so it is not every handle's word. */
final class PartHandle<T extends @Nullable Object> extends TaskHandle<T> {
  private final Trial trial;

  PartHandle(
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
      Trial trial) {
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
  }

  @Override
  public Trial trial() {
    return trial;
  }
}
