package io.headgate;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A submission that was not let in. Nothing was taken, nothing is queued.
 *
 * <p>Instances are shared: one for each reason and rounded {@code retryAfter}, so that a refusal
 * allocates nothing.
 *
 * @param <T> what the task's call would have answered
 * @param reason why, and what to do about it
 * @param retryAfter when another try may go better, rounded up by at most a thirty-second; for
 *     reasons that many meet at once, later by up to {@link HeadgateSettings#retrySpreadPercent()},
 *     so that not all come back together; zero when waiting does not help
 */
public record Refused<T extends @Nullable Object>(Refusal reason, Duration retryAfter)
    implements Admission<T> {
  @Override
  public String toString() {
    return "Refused["
        + reason
        + (retryAfter.isZero() ? "" : ", retry after " + retryAfter)
        + ": "
        + reason.advice()
        + "]";
  }
}
