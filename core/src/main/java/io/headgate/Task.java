package io.headgate;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The unit that is admitted: who asks, what is called, how much it may use, how urgent it is and
 * how long it may wait. Immutable; may be submitted any number of times, from any thread.
 *
 * @param <T> what its call answers
 * @param agent who asks
 * @param target what is called
 * @param estimate tokens to reserve
 * @param call the work
 * @param priority its band
 * @param ttlNanos how long it may wait to start, 1 ns to 365 days, or {@link #NO_TTL}: then only
 *     the job's deadline bounds it
 * @param arguments digest of what the call is given, for the loop guard, or {@link #NO_ARGUMENTS}
 * @param degradable whether a lower rung of the target's ladder may answer, also while a call that
 *     hears no interrupt still runs above; true unless said
 * @param wrapsUp whether it may use what its job keeps back for wrapping up
 * @param idempotent whether its call may be made twice at the same rung, also at once; false unless
 *     said
 */
public record Task<T extends @Nullable Object>(
    Agent agent,
    Target target,
    Estimate estimate,
    Call<? extends T> call,
    Priority priority,
    long ttlNanos,
    long arguments,
    boolean degradable,
    boolean wrapsUp,
    boolean idempotent) {
  /** As {@code ttlNanos}: waits as long as its job's deadline allows. */
  public static final long NO_TTL = Long.MAX_VALUE;

  /** As {@code arguments}: none were given, and no loop guard looks at it. */
  public static final long NO_ARGUMENTS = 0;

  private static final Duration MAX_TTL = Duration.ofDays(365);

  /** Checks for null and bounds. */
  public Task {
    Bounds.notNull("task's agent", agent, "register one with headgate.agent(id)");
    Bounds.notNull("task's target", target, "register one with headgate.target(id)");
    Bounds.notNull("task's estimate", estimate, "use Estimate.UNKNOWN when nothing is known");
    Bounds.notNull("task's call", call, "give the work to do");
    Bounds.notNull("task's priority", priority, "use Priority.NORMAL");
    if (ttlNanos != NO_TTL) {
      Bounds.check("task's ttlNanos", ttlNanos, 1, MAX_TTL.toNanos());
    }
  }

  /** A task of normal priority that may wait until its job's deadline. */
  public static <T extends @Nullable Object> Task<T> of(
      Agent agent, Target target, Estimate estimate, Call<? extends T> call) {
    return new Task<>(
        agent, target, estimate, call, Priority.NORMAL, NO_TTL, NO_ARGUMENTS, true, false, false);
  }

  /** The same without an estimate: the target's maximum output is reserved (none for a tool). */
  public static <T extends @Nullable Object> Task<T> of(
      Agent agent, Target target, Call<? extends T> call) {
    return of(agent, target, Estimate.UNKNOWN, call);
  }

  /** The same task in another band. */
  public Task<T> priority(Priority priority) {
    return new Task<>(
        agent,
        target,
        estimate,
        call,
        priority,
        ttlNanos,
        arguments,
        degradable,
        wrapsUp,
        idempotent);
  }

  /** The same task with a bound on its wait, 1 ns to 365 days, counted from each admission. */
  public Task<T> ttl(Duration ttl) {
    long nanos = Bounds.checkNanos("task's ttl", ttl, Duration.ofNanos(1), MAX_TTL);
    return new Task<>(
        agent, target, estimate, call, priority, nanos, arguments, degradable, wrapsUp, idempotent);
  }

  /**
   * The same task with the digest of what its call is given: equal for calls that would do the
   * same. A digest that happens to be {@link #NO_ARGUMENTS} is taken for 1.
   *
   * @param digest any; {@link ArgumentsDigest} makes good ones
   */
  public Task<T> arguments(long digest) {
    return new Task<>(
        agent,
        target,
        estimate,
        call,
        priority,
        ttlNanos,
        digest == NO_ARGUMENTS ? 1 : digest,
        degradable,
        wrapsUp,
        idempotent);
  }

  /**
   * The same task with the digest of what its call is given, as a text, after the target's {@link
   * LoopPolicy#normaliser}. The text itself is not kept.
   */
  public Task<T> arguments(String text) {
    Bounds.notNull("task's arguments", text, "use an empty text for a call without arguments");
    ArgumentsNormaliser normaliser = target.settings().loopGuard().normaliser();
    return arguments(
        ArgumentsDigest.of(
            Bounds.notNull(
                "what the normaliser answered",
                normaliser.normalise(text),
                "answer the text itself if there is nothing to do")));
  }

  /**
   * The same task, which a lower rung of the target's ladder may answer, or may not: then it is
   * refused, or waits, while the first rung does not serve. One that may be degraded can have its
   * call running twice: at a rung where it has ignored its interrupt for a second, and at a lower
   * one, whatever {@link #idempotent} says.
   *
   * @see DegradationPolicy
   */
  public Task<T> degradable(boolean degradable) {
    return new Task<>(
        agent,
        target,
        estimate,
        call,
        priority,
        ttlNanos,
        arguments,
        degradable,
        wrapsUp,
        idempotent);
  }

  /**
   * The same task as one that wraps its job up: it may use what {@link JobSettings#wrapUpPercent}
   * keeps back. For the last call, that makes an answer of what there is when others were refused.
   */
  public Task<T> wrapUp() {
    return new Task<>(
        agent, target, estimate, call, priority, ttlNanos, arguments, degradable, true, idempotent);
  }

  /**
   * The same task as one whose call may be made twice at the same rung, also at once, or may not.
   * What the call submits is then submitted, and counted at the loop guard and the limits on calls,
   * twice.
   *
   * @see HedgePolicy
   */
  public Task<T> idempotent(boolean idempotent) {
    return new Task<>(
        agent,
        target,
        estimate,
        call,
        priority,
        ttlNanos,
        arguments,
        degradable,
        wrapsUp,
        idempotent);
  }

  /**
   * The same task as one that need not survive a crash: with a journal that is written ahead, what
   * is no {@link Handler}'s call is refused otherwise ({@link Refusal#NOT_RECOVERABLE}).
   */
  public Task<T> ephemeral() {
    return isEphemeral()
        ? this
        : new Task<>(
            agent,
            target,
            estimate,
            new EphemeralCall<T>(call),
            priority,
            ttlNanos,
            arguments,
            degradable,
            wrapsUp,
            idempotent);
  }

  /** Whether it need not survive a crash. */
  public boolean isEphemeral() {
    return call instanceof EphemeralCall;
  }
}
