package io.headgate.runtime;

import io.headgate.Attempt;
import io.headgate.Call;
import org.jspecify.annotations.Nullable;

/** A handler's call that was found in the journal. */
record RecoveredCall<T extends @Nullable Object>(Call<? extends T> call, HandledCalls.Kept kept)
    implements Call<T> {
  @Override
  public T run(Attempt attempt) throws Exception {
    return call.run(attempt);
  }

  @Override
  public String toString() {
    return "Call[" + kept.handler() + "]";
  }
}
