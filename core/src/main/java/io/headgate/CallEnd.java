package io.headgate;

import java.time.Duration;

/**
 * What a {@link Classifier} makes of a call's end.
 *
 * @param callClass what it means
 * @param retryAfter how long the target asks to be left alone, 0 to 1 day; zero if it did not say
 * @param sent whether the target may have got the call; one that never left is charged nothing,
 *     unless it says what it used
 * @param quota what the target said that it lets through
 */
public record CallEnd(CallClass callClass, Duration retryAfter, boolean sent, ProviderQuota quota) {
  /** The longest that a target is left alone because it asked for it. */
  public static final Duration MAX_RETRY_AFTER = Duration.ofDays(1);

  /** It did its work. */
  public static final CallEnd OK = new CallEnd(CallClass.OK, Duration.ZERO);

  /** Checks the bounds. */
  public CallEnd {
    Bounds.notNull("call end's class", callClass, "use CallClass.FATAL when nothing is known");
    var _ = Bounds.checkNanos("call end's retryAfter", retryAfter, Duration.ZERO, MAX_RETRY_AFTER);
    Bounds.notNull("call end's quota", quota, "use ProviderQuota.NONE when nothing was said");
  }

  /** Of a call that was sent. */
  public CallEnd(CallClass callClass, Duration retryAfter) {
    this(callClass, retryAfter, true);
  }

  /** Of a target that said nothing of what it lets through. */
  public CallEnd(CallClass callClass, Duration retryAfter, boolean sent) {
    this(callClass, retryAfter, sent, ProviderQuota.NONE);
  }

  /** The same, with what the target said that it lets through. */
  public CallEnd quota(ProviderQuota quota) {
    return new CallEnd(callClass, retryAfter, sent, quota);
  }

  /** Of one that never left, since nobody was there to take it. */
  static CallEnd unsent(CallClass callClass) {
    return new CallEnd(callClass, Duration.ZERO, false);
  }

  /** Of this class, without a time to come back. */
  public static CallEnd of(CallClass callClass) {
    return callClass == CallClass.OK ? OK : new CallEnd(callClass, Duration.ZERO);
  }
}
