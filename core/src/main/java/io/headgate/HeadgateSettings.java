package io.headgate;

import java.time.Duration;

/**
 * The overall bounds of a Headgate. Immutable, changed by copies as {@link AgentSettings}.
 *
 * @param maxInFlight attempts running at once, 1 to 100,000
 * @param maxWaiting tasks waiting at once, 1 to 1,000,000
 * @param begunPercent the part of the waiting room, 0 to 90 percent, that only jobs with a started
 *     task may use, so that what was let in can finish
 * @param tokensPerMinute refill of the bucket of all agents, 1 to 10^9, or {@link
 *     AgentSettings#NO_RATE}
 * @param burstTokens its size, 1 to 10^9, or {@link AgentSettings#ONE_MINUTE}
 * @param maxSuspended attempts that wait in {@code join} with their permits lent, 1 to 100,000
 * @param maxAgents registered agents, 1 to 1,000,000
 * @param maxTargets registered targets, 1 to 10,000
 * @param maxJobs open jobs and sub-jobs, 1 to 1,000,000
 * @param spending what all agents together may spend beside their tokens per minute; {@link
 *     SpendingLimits#NONE} by default
 * @param patience how long {@code close()} lets running calls finish, 0 to 1 day
 */
public record HeadgateSettings(
    int maxInFlight,
    int maxWaiting,
    int begunPercent,
    long tokensPerMinute,
    long burstTokens,
    int maxSuspended,
    int maxAgents,
    int maxTargets,
    int maxJobs,
    SpendingLimits spending,
    Duration patience) {
  /** The defaults that {@link Headgate#builder()} starts from. */
  public static final HeadgateSettings DEFAULT =
      new HeadgateSettings(
          256,
          4_096,
          25,
          AgentSettings.NO_RATE,
          AgentSettings.ONE_MINUTE,
          256,
          1_024,
          128,
          4_096,
          SpendingLimits.NONE,
          Duration.ofSeconds(10));

  /** Checks every bound. */
  public HeadgateSettings {
    Bounds.check("maxInFlight", maxInFlight, 1, 100_000);
    Bounds.check("maxWaiting", maxWaiting, 1, 1_000_000);
    Bounds.check("begunPercent", begunPercent, 0, 90);
    AgentSettings.checkRate("the overall", tokensPerMinute, burstTokens);
    Bounds.check("maxSuspended", maxSuspended, 1, 100_000);
    Bounds.check("maxAgents", maxAgents, 1, 1_000_000);
    Bounds.check("maxTargets", maxTargets, 1, 10_000);
    Bounds.check("maxJobs", maxJobs, 1, 1_000_000);
    Bounds.notNull("spending", spending, "use SpendingLimits.NONE for no limit");
    var _ = Bounds.checkNanos("patience", patience, Duration.ZERO, Duration.ofDays(1));
  }

  /** Waiting places that tasks of jobs that have not begun may use: at least one. */
  public int maxWaitingNew() {
    return Math.max(1, maxWaiting - (int) ((long) maxWaiting * begunPercent / 100));
  }

  /** Tasks that may be alive at once: waiting, in flight, or suspended. */
  public int maxLive() {
    return maxWaiting + maxInFlight + maxSuspended;
  }

  /** Attempts running at once. */
  public HeadgateSettings maxInFlight(int maxInFlight) {
    return new HeadgateSettings(
        maxInFlight,
        maxWaiting,
        begunPercent,
        tokensPerMinute,
        burstTokens,
        maxSuspended,
        maxAgents,
        maxTargets,
        maxJobs,
        spending,
        patience);
  }

  /** Tasks waiting at once. */
  public HeadgateSettings maxWaiting(int maxWaiting) {
    return new HeadgateSettings(
        maxInFlight,
        maxWaiting,
        begunPercent,
        tokensPerMinute,
        burstTokens,
        maxSuspended,
        maxAgents,
        maxTargets,
        maxJobs,
        spending,
        patience);
  }

  /** Percent of the waiting room kept for begun jobs. */
  public HeadgateSettings begunPercent(int begunPercent) {
    return new HeadgateSettings(
        maxInFlight,
        maxWaiting,
        begunPercent,
        tokensPerMinute,
        burstTokens,
        maxSuspended,
        maxAgents,
        maxTargets,
        maxJobs,
        spending,
        patience);
  }

  /** Refill of the bucket of all agents. */
  public HeadgateSettings tokensPerMinute(long tokensPerMinute) {
    return new HeadgateSettings(
        maxInFlight,
        maxWaiting,
        begunPercent,
        tokensPerMinute,
        burstTokens,
        maxSuspended,
        maxAgents,
        maxTargets,
        maxJobs,
        spending,
        patience);
  }

  /** Its size. */
  public HeadgateSettings burstTokens(long burstTokens) {
    return new HeadgateSettings(
        maxInFlight,
        maxWaiting,
        begunPercent,
        tokensPerMinute,
        burstTokens,
        maxSuspended,
        maxAgents,
        maxTargets,
        maxJobs,
        spending,
        patience);
  }

  /** Attempts waiting in {@code join}. */
  public HeadgateSettings maxSuspended(int maxSuspended) {
    return new HeadgateSettings(
        maxInFlight,
        maxWaiting,
        begunPercent,
        tokensPerMinute,
        burstTokens,
        maxSuspended,
        maxAgents,
        maxTargets,
        maxJobs,
        spending,
        patience);
  }

  /** Registered agents. */
  public HeadgateSettings maxAgents(int maxAgents) {
    return new HeadgateSettings(
        maxInFlight,
        maxWaiting,
        begunPercent,
        tokensPerMinute,
        burstTokens,
        maxSuspended,
        maxAgents,
        maxTargets,
        maxJobs,
        spending,
        patience);
  }

  /** Registered targets. */
  public HeadgateSettings maxTargets(int maxTargets) {
    return new HeadgateSettings(
        maxInFlight,
        maxWaiting,
        begunPercent,
        tokensPerMinute,
        burstTokens,
        maxSuspended,
        maxAgents,
        maxTargets,
        maxJobs,
        spending,
        patience);
  }

  /** Open jobs and sub-jobs. */
  public HeadgateSettings maxJobs(int maxJobs) {
    return new HeadgateSettings(
        maxInFlight,
        maxWaiting,
        begunPercent,
        tokensPerMinute,
        burstTokens,
        maxSuspended,
        maxAgents,
        maxTargets,
        maxJobs,
        spending,
        patience);
  }

  /** How long {@code close()} waits. */
  public HeadgateSettings patience(Duration patience) {
    return new HeadgateSettings(
        maxInFlight,
        maxWaiting,
        begunPercent,
        tokensPerMinute,
        burstTokens,
        maxSuspended,
        maxAgents,
        maxTargets,
        maxJobs,
        spending,
        patience);
  }

  /** What all may spend. */
  public HeadgateSettings spending(SpendingLimits spending) {
    return new HeadgateSettings(
        maxInFlight,
        maxWaiting,
        begunPercent,
        tokensPerMinute,
        burstTokens,
        maxSuspended,
        maxAgents,
        maxTargets,
        maxJobs,
        spending,
        patience);
  }
}
