package io.headgate;

import org.jspecify.annotations.Nullable;

/** A call of a task that need not survive a crash; see {@link Task#ephemeral}. */
record EphemeralCall<T extends @Nullable Object>(Call<? extends T> call) implements Call<T> {
  @Override
  public T run(Attempt attempt) throws Exception {
    return call.run(attempt);
  }
}
