package tools.jackson.core;

import org.jspecify.annotations.Nullable;

/** Stands for Jackson 3's own, which is no dependency. */
@SuppressWarnings("serial") // nobody writes it
public class JacksonException extends RuntimeException {
  /** With its cause, or none. */
  public JacksonException(@Nullable Throwable cause) {
    super("malformed", cause);
  }
}
