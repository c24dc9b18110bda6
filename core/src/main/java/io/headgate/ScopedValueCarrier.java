package io.headgate;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Binds the submitter's scoped values again around the call. */
record ScopedValueCarrier(List<ScopedValue<?>> keys) implements ContextCarrier {
  @Override
  public <T extends @Nullable Object> Call<T> carry(Call<T> call) {
    ScopedValue.Carrier carrier = null;
    for (ScopedValue<?> key : keys) {
      if (key.isBound()) {
        carrier = bind(carrier, key);
      }
    }
    if (carrier == null) {
      return call;
    }
    ScopedValue.Carrier bound = carrier;
    return attempt -> bound.call(() -> call.run(attempt));
  }

  private static <V> ScopedValue.Carrier bind(
      ScopedValue.@Nullable Carrier carrier, ScopedValue<V> key) {
    return carrier == null ? ScopedValue.where(key, key.get()) : carrier.where(key, key.get());
  }
}
