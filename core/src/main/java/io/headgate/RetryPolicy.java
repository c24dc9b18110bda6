package io.headgate;

import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * When a failed attempt is followed by another. Immutable, changed by copies as {@link
 * AgentSettings}.
 *
 * <p>The wait before attempt <i>n</i> + 1 is drawn evenly from 0 to {@code min(cap, base *
 * 2^(n-1))} ("full jitter", Brooker, <i>Exponential Backoff and Jitter</i>, AWS 2015), or what the
 * target asked for if that is longer. It is not tried at all while the waiting room is above the
 * watermark, while the target is cut off, when it could not finish by its deadline at the target's
 * typical run time, when the job has no tokens for it, or when the retry budget is spent. The
 * budget is a share of first attempts, kept for each target and each agent (Finagle's {@code
 * RetryBudget}): so retries add that share to the load, whatever fails.
 *
 * @param maxAttempts of one task, the first included, 1 to 100; 1 for no retry
 * @param base of the backoff, 1 ms to 1 hour
 * @param cap of the backoff, {@code base} to 1 hour
 * @param retried the classes of ends that are tried again; never {@code OK}, {@code CANCELLED} or
 *     {@code CALLER_FAULT}
 * @param budgetPercent retries for each 100 first attempts, 0 to 100
 * @param budgetFloor retries a minute that are allowed beside that, 0 to 1,000
 * @param watermarkPercent how full the waiting room, or the agent's part of it, may be, 1 to 100
 */
public record RetryPolicy(
    int maxAttempts,
    Duration base,
    Duration cap,
    Set<CallClass> retried,
    int budgetPercent,
    int budgetFloor,
    int watermarkPercent) {
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final Set<CallClass> NEVER =
      Set.of(CallClass.OK, CallClass.CANCELLED, CallClass.CALLER_FAULT);

  /** Nothing is tried again. */
  public static final RetryPolicy OFF =
      new RetryPolicy(
          1,
          Duration.ofMillis(200),
          Duration.ofSeconds(20),
          Set.of(CallClass.REJECTED, CallClass.UNAVAILABLE),
          10,
          3,
          50);

  /**
   * Up to three attempts for what was rejected or unavailable, 200 ms doubled up to 20 s, a budget
   * of 10 % and 3 a minute, up to a waiting room that is half full.
   */
  public static final RetryPolicy DEFAULT = OFF.maxAttempts(3);

  /** Checks every bound. */
  public RetryPolicy {
    Bounds.check("retry's maxAttempts", maxAttempts, 1, 100);
    var _ = Bounds.checkNanos("retry's base", base, Duration.ofMillis(1), LONGEST);
    var _ = Bounds.checkNanos("retry's cap", cap, base, LONGEST);
    Bounds.notNull("retry's retried", retried, "name the classes that are tried again");
    EnumSet<CallClass> classes = EnumSet.noneOf(CallClass.class);
    for (CallClass each : retried) {
      Bounds.notNull("an element of retry's retried", each, "leave it out");
      if (NEVER.contains(each)) {
        throw new IllegalArgumentException(
            "retry's retried has " + each + ", but such a call must not be repeated; leave it out");
      }
      classes.add(each);
    }
    retried = Collections.unmodifiableSet(classes);
    Bounds.check("retry's budgetPercent", budgetPercent, 0, 100);
    Bounds.check("retry's budgetFloor", budgetFloor, 0, 1_000);
    Bounds.check("retry's watermarkPercent", watermarkPercent, 1, 100);
  }

  /** Attempts of one task, the first included. */
  public RetryPolicy maxAttempts(int maxAttempts) {
    return new RetryPolicy(
        maxAttempts, base, cap, retried, budgetPercent, budgetFloor, watermarkPercent);
  }

  /** The backoff: its first bound and its last. */
  public RetryPolicy backoff(Duration base, Duration cap) {
    return new RetryPolicy(
        maxAttempts, base, cap, retried, budgetPercent, budgetFloor, watermarkPercent);
  }

  /** What is tried again. */
  public RetryPolicy retried(Set<CallClass> retried) {
    return new RetryPolicy(
        maxAttempts, base, cap, retried, budgetPercent, budgetFloor, watermarkPercent);
  }

  /** The retry budget: for each 100 first attempts, and a minute beside that. */
  public RetryPolicy budget(int percent, int floorPerMinute) {
    return new RetryPolicy(
        maxAttempts, base, cap, retried, percent, floorPerMinute, watermarkPercent);
  }

  /** How full the waiting room may be. */
  public RetryPolicy watermarkPercent(int watermarkPercent) {
    return new RetryPolicy(
        maxAttempts, base, cap, retried, budgetPercent, budgetFloor, watermarkPercent);
  }

  /** The first bound of the backoff, in nanoseconds. */
  public long baseNanos() {
    return base.toNanos();
  }

  /** The last bound of the backoff, in nanoseconds. */
  public long capNanos() {
    return cap.toNanos();
  }

  /** Whether this end of this attempt may be followed by another. */
  public boolean allows(CallClass end, int attempt) {
    return attempt < maxAttempts && retried.contains(end);
  }
}
