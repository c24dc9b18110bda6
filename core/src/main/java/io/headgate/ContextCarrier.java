package io.headgate;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Carries the submitter's context (a trace, an MDC, scoped values) over to the attempt's thread.
 *
 * <p>With OpenTelemetry: {@code new ContextCarrier() { public <T> Call<T> carry(Call<T> call) { var
 * context = Context.current(); return attempt -> { try (var scope = context.makeCurrent()) { return
 * call.run(attempt); } }; } }}.
 */
public interface ContextCarrier {
  /** Carries nothing and allocates nothing. */
  ContextCarrier NONE =
      new ContextCarrier() {
        @Override
        public <T extends @Nullable Object> Call<T> carry(Call<T> call) {
          return call;
        }
      };

  /**
   * Runs on the submitter's thread, once for each admitted task: captures the context and answers a
   * call that restores it, runs {@code call} and clears it again. What it throws is thrown to the
   * submitter, and the task is not admitted.
   */
  <T extends @Nullable Object> Call<T> carry(Call<T> call);

  /** Carries the given scoped values, where they are bound. */
  static ContextCarrier of(ScopedValue<?>... keys) {
    return new ScopedValueCarrier(List.of(keys));
  }
}
