package io.headgate;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by a call that knows what its failure means, whatever client it used. {@link
 * Classifier#DEFAULT} takes its word.
 */
public class CallException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient CallEnd end;

  /** A failure that means this. */
  public CallException(CallClass callClass, String message) {
    this(CallEnd.of(callClass), message, null);
  }

  /** A failure that means this; the target asks to be left alone for so long. */
  public CallException(CallClass callClass, Duration retryAfter, String message) {
    this(new CallEnd(callClass, retryAfter), message, null);
  }

  /** A failure that means this, with what it came from. */
  public CallException(CallEnd end, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.end = Bounds.notNull("call exception's end", end, "use CallEnd.of(class)");
  }

  /** What it means. */
  public CallEnd end() {
    // Deserialized, it has lost that.
    return end == null ? CallEnd.of(CallClass.FATAL) : end;
  }
}
