package io.headgate.replay;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What picocli fills in before a command is called. */
final class Given {
  private Given() {}

  static <T> T of(@Nullable T value) {
    return Objects.requireNonNull(value);
  }
}
