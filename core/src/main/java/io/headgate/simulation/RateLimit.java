package io.headgate.simulation;

import io.headgate.ProviderQuota;
import java.time.Duration;

/**
 * When a provider answers 429. Immutable, changed by copies: {@code
 * RateLimit.calls(600).bucket(Duration.ofMinutes(1)).changing(Duration.ofMinutes(30), 2)}.
 *
 * @param perMinute of what it counts, that it takes, 1 to 10^9; {@link #NONE} takes all
 * @param ofTokens whether it counts the tokens that a call may have at most, input and output, or
 *     else calls
 * @param bucket how long a time's worth it saves up, 0 to 1 day: it is refilled all the time; zero:
 *     it counts in whole minutes
 * @param change when the limit becomes another
 * @param retryAfter what it says with a 429, 0 to 1 day; zero if nothing
 * @param answersIn how long a 429 takes to come back, 0 to 1 day
 * @param told whether each answer says what the limit is, as many providers' headers do
 */
public record RateLimit(
    int perMinute,
    boolean ofTokens,
    Duration bucket,
    Change change,
    Duration retryAfter,
    Duration answersIn,
    boolean told) {
  private static final int UNLIMITED = Integer.MAX_VALUE;
  private static final Duration LONGEST = Duration.ofDays(1);

  /**
   * A limit that becomes another.
   *
   * @param at when, from the start of the simulation
   * @param factor by how much then, 0.001 to 1,000
   */
  public record Change(Duration at, double factor) {
    /** It stays as it is. */
    public static final Change NONE = new Change(Disturbance.LATEST, 1);

    /** Checks the bounds. */
    public Change {
      var _ = Checks.nanos("rate limit's change", at, Duration.ZERO, Disturbance.LATEST);
      Checks.within("rate limit's factor", factor, 0.001, 1_000, "use 1 for a limit that stays");
    }
  }

  /** All calls are taken. */
  public static final RateLimit NONE =
      new RateLimit(
          UNLIMITED, false, Duration.ZERO, Change.NONE, Duration.ZERO, Duration.ZERO, false);

  /** Checks every bound. */
  public RateLimit {
    if (perMinute != UNLIMITED) {
      Checks.within("provider's perMinute", perMinute, 1, 1_000_000_000, "use NONE for no limit");
    }
    var _ = Checks.nanos("rate limit's bucket", bucket, Duration.ZERO, LONGEST);
    Checks.notNull("rate limit's change", change, "use Change.NONE");
    var _ = Checks.nanos("provider's retryAfter", retryAfter, Duration.ZERO, LONGEST);
    var _ = Checks.nanos("rate limit's answersIn", answersIn, Duration.ZERO, LONGEST);
  }

  /** So many calls in each minute; nothing is said of when to come back. */
  public static RateLimit calls(int perMinute) {
    return new RateLimit(
        perMinute, false, Duration.ZERO, Change.NONE, Duration.ZERO, Duration.ZERO, false);
  }

  /** So many tokens in each minute, as {@link #calls}. */
  public static RateLimit tokens(int perMinute) {
    return new RateLimit(
        perMinute, true, Duration.ZERO, Change.NONE, Duration.ZERO, Duration.ZERO, false);
  }

  /** How long a time's worth it saves up. */
  public RateLimit bucket(Duration bucket) {
    return new RateLimit(perMinute, ofTokens, bucket, change, retryAfter, answersIn, told);
  }

  /** When it becomes another, and by what factor. */
  public RateLimit changing(Duration at, double factor) {
    return new RateLimit(
        perMinute, ofTokens, bucket, new Change(at, factor), retryAfter, answersIn, told);
  }

  /** What it says with a 429. */
  public RateLimit retryAfter(Duration retryAfter) {
    return new RateLimit(perMinute, ofTokens, bucket, change, retryAfter, answersIn, told);
  }

  /** How long a 429 takes. */
  public RateLimit answersIn(Duration answersIn) {
    return new RateLimit(perMinute, ofTokens, bucket, change, retryAfter, answersIn, told);
  }

  /** Each answer says what the limit is. */
  public RateLimit tellsIt() {
    return new RateLimit(perMinute, ofTokens, bucket, change, retryAfter, answersIn, true);
  }

  /** What an answer says at that time. */
  ProviderQuota quotaAt(long nowNs) {
    if (!told || isNone()) {
      return ProviderQuota.NONE;
    }
    long limit = Math.max(1, (long) perMinuteAt(nowNs));
    return ofTokens
        ? new ProviderQuota(ProviderQuota.UNKNOWN, limit)
        : new ProviderQuota(limit, ProviderQuota.UNKNOWN);
  }

  /** Whether it takes all calls. */
  public boolean isNone() {
    return perMinute == UNLIMITED;
  }

  /** What it takes in a minute at that time. */
  double perMinuteAt(long nowNs) {
    return nowNs < change.at().toNanos() ? perMinute : perMinute * change.factor();
  }
}
