package io.headgate;

import java.time.Duration;
import java.util.function.Consumer;

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
 * @param maxParked tasks held for a human at once, 0 to 100,000
 * @param maxParkedTokens tokens that they hold together, 0 to 10^12
 * @param patience how long {@code close()} lets running calls finish, 0 to 1 day
 * @param spending what all agents together may spend beside their tokens per minute; {@link
 *     SpendingLimits#NONE} by default
 * @param retrySpreadPercent how much later than asked for, at most, a refused submission is told to
 *     come back, 0 to 1,000 percent of {@code retryAfter} (of a full waiting room: of the time in
 *     which all that waits is likely to start), 150 by default: for reasons that many meet at once,
 *     evenly by a hash of the job and the time, so that they do not return together
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
    int maxParked,
    long maxParkedTokens,
    Duration patience,
    SpendingLimits spending,
    int retrySpreadPercent) {
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
          256,
          10_000_000,
          Duration.ofSeconds(10),
          SpendingLimits.NONE,
          150);

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
    Bounds.check("maxParked", maxParked, 0, 100_000);
    Bounds.check("maxParkedTokens", maxParkedTokens, 0, 1_000_000_000_000L);
    var _ = Bounds.checkNanos("patience", patience, Duration.ZERO, Duration.ofDays(1));
    Bounds.notNull("spending", spending, "use SpendingLimits.NONE for no limit");
    Bounds.check("retrySpreadPercent", retrySpreadPercent, 0, 1_000);
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
    return with(draft -> draft.maxInFlight = maxInFlight);
  }

  /** Tasks waiting at once. */
  public HeadgateSettings maxWaiting(int maxWaiting) {
    return with(draft -> draft.maxWaiting = maxWaiting);
  }

  /** Percent of the waiting room kept for begun jobs. */
  public HeadgateSettings begunPercent(int begunPercent) {
    return with(draft -> draft.begunPercent = begunPercent);
  }

  /** Refill of the bucket of all agents. */
  public HeadgateSettings tokensPerMinute(long tokensPerMinute) {
    return with(draft -> draft.tokensPerMinute = tokensPerMinute);
  }

  /** Its size. */
  public HeadgateSettings burstTokens(long burstTokens) {
    return with(draft -> draft.burstTokens = burstTokens);
  }

  /** Attempts waiting in {@code join}. */
  public HeadgateSettings maxSuspended(int maxSuspended) {
    return with(draft -> draft.maxSuspended = maxSuspended);
  }

  /** Registered agents. */
  public HeadgateSettings maxAgents(int maxAgents) {
    return with(draft -> draft.maxAgents = maxAgents);
  }

  /** Registered targets. */
  public HeadgateSettings maxTargets(int maxTargets) {
    return with(draft -> draft.maxTargets = maxTargets);
  }

  /** Open jobs and sub-jobs. */
  public HeadgateSettings maxJobs(int maxJobs) {
    return with(draft -> draft.maxJobs = maxJobs);
  }

  /** Tasks held for a human at once. */
  public HeadgateSettings maxParked(int maxParked) {
    return with(draft -> draft.maxParked = maxParked);
  }

  /** Tokens that they hold together. */
  public HeadgateSettings maxParkedTokens(long maxParkedTokens) {
    return with(draft -> draft.maxParkedTokens = maxParkedTokens);
  }

  /** How long {@code close()} waits. */
  public HeadgateSettings patience(Duration patience) {
    return with(draft -> draft.patience = patience);
  }

  /** What all may spend. */
  public HeadgateSettings spending(SpendingLimits spending) {
    return with(draft -> draft.spending = spending);
  }

  /** How far refused submissions are spread. */
  public HeadgateSettings retrySpreadPercent(int retrySpreadPercent) {
    return with(draft -> draft.retrySpreadPercent = retrySpreadPercent);
  }

  // ---- changed copies

  private HeadgateSettings with(Consumer<Draft> change) {
    var draft = new Draft(this);
    change.accept(draft);
    return draft.settings();
  }

  /** A copy that can be changed, so that each change names what it changes and nothing else. */
  private static final class Draft {
    int maxInFlight;
    int maxWaiting;
    int begunPercent;
    long tokensPerMinute;
    long burstTokens;
    int maxSuspended;
    int maxAgents;
    int maxTargets;
    int maxJobs;
    int maxParked;
    long maxParkedTokens;
    Duration patience;
    SpendingLimits spending;
    int retrySpreadPercent;

    Draft(HeadgateSettings from) {
      maxInFlight = from.maxInFlight;
      maxWaiting = from.maxWaiting;
      begunPercent = from.begunPercent;
      tokensPerMinute = from.tokensPerMinute;
      burstTokens = from.burstTokens;
      maxSuspended = from.maxSuspended;
      maxAgents = from.maxAgents;
      maxTargets = from.maxTargets;
      maxJobs = from.maxJobs;
      maxParked = from.maxParked;
      maxParkedTokens = from.maxParkedTokens;
      patience = from.patience;
      spending = from.spending;
      retrySpreadPercent = from.retrySpreadPercent;
    }

    HeadgateSettings settings() {
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
          maxParked,
          maxParkedTokens,
          patience,
          spending,
          retrySpreadPercent);
    }
  }
}
