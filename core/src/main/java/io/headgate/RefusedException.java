package io.headgate;

import java.time.Duration;

/**
 * The exception form of {@link Refused}, for callers who ask for it. It has no stack trace, so it
 * costs one small object.
 */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Refusal reason;
  private final Duration retryAfter;

  /** Carries what the refusal says. */
  public RefusedException(Refused<?> refused) {
    super(null, null, false, false);
    this.reason = refused.reason();
    this.retryAfter = refused.retryAfter();
  }

  /** Why. */
  public Refusal reason() {
    return reason;
  }

  /** When another try may go better; zero when waiting does not help. */
  public Duration retryAfter() {
    return retryAfter;
  }

  @Override
  public String getMessage() {
    return "refused: "
        + reason
        + ": "
        + reason.advice()
        + (retryAfter.isZero() ? "" : "; retry after " + retryAfter);
  }
}
