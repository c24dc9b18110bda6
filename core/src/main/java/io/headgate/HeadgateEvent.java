package io.headgate;

import java.time.Duration;
import java.util.Map;

/** What a {@link HeadgateListener} hears of. Carries ids and figures, never prompts or answers. */
public sealed interface HeadgateEvent {
  /** A task ended; {@code outcome} is the simple name of its {@link Outcome}. */
  record TaskEnded(
      long taskId,
      String job,
      String agent,
      String target,
      String outcome,
      Duration waited,
      Duration ran)
      implements HeadgateEvent {}

  /** A target's thread ignored its deadline ({@code running} of them do now). */
  record Overrun(long taskId, String target, int running) implements HeadgateEvent {}

  /** A target was shut, or opened again, by its limit on overruns. */
  record TargetGate(String target, boolean open, String reason) implements HeadgateEvent {}

  /**
   * An attempt failed, and another one is to start.
   *
   * @param callClass what its end meant
   * @param delay until it may start
   */
  record Retry(
      long taskId, String job, String agent, String target, CallClass callClass, Duration delay)
      implements HeadgateEvent {}

  /**
   * A second attempt was started beside a first one that is slow, or answered before it.
   *
   * @param won whether it answered first
   */
  record Hedge(long taskId, String job, String agent, String target, boolean won)
      implements HeadgateEvent {}

  /**
   * A breaker changed its state.
   *
   * @param rung of the target's ladder that it watches; 0 for the first, or if there is none
   * @param agent whom it cuts off from the target; empty for everybody
   * @param state {@code OPEN}, {@code HALF_OPEN} or {@code CLOSED}
   * @param until how long it stays open
   */
  record Breaker(String target, int rung, String agent, String state, Duration until)
      implements HeadgateEvent {}

  /**
   * Another rung of a target's ladder serves.
   *
   * @param rung from 0 for the model itself
   * @param name of the rung; empty if none serves
   */
  record Rung(String target, int rung, String name) implements HeadgateEvent {}

  /**
   * An attempt failed, and another one is to start at the next rung of its target's ladder.
   *
   * @param callClass what its end meant
   * @param beside whether the failed one goes on meanwhile: it was told to stop, and did not, so
   *     that it still holds its permit, its tokens and its money
   */
  record Fall(
      long taskId,
      String job,
      String agent,
      String target,
      CallClass callClass,
      int toRung,
      boolean beside)
      implements HeadgateEvent {}

  /**
   * A target asked to be left alone.
   *
   * @param until how long; zero when that is over
   */
  record Pause(String target, Duration until) implements HeadgateEvent {}

  /**
   * A task is held for a human; {@code action} follows by itself {@code in} that time.
   *
   * @param reason why
   */
  record Parked(
      long taskId,
      String job,
      String agent,
      String target,
      ParkReason reason,
      ParkPolicy.Action action,
      Duration in)
      implements HeadgateEvent {}

  /**
   * What was held for a human goes on, or was not held for want of room.
   *
   * @param by {@code OPERATOR}, {@code TIME}, {@code NO_ROOM}, or {@code FUNDED} if its job's
   *     budget covers it again
   */
  record Unparked(
      long taskId, String job, String agent, String target, ParkPolicy.Action action, String by)
      implements HeadgateEvent {}

  /**
   * An operator said something, or what was said for a time is over; see {@link OperatorWord}.
   *
   * @param who {@code headgate} for what happened by itself
   */
  record Operated(String verb, String subject, String change, String who, String why, boolean done)
      implements HeadgateEvent {}

  /**
   * An agent's spending became an alert, by its {@link BurnPolicy}, or is none any more.
   *
   * @param tokens that it spent within the last short window
   * @param usualTokens what it spends in one
   */
  record BurnRate(String agent, boolean burning, long tokens, long usualTokens)
      implements HeadgateEvent {}

  /**
   * Something is amiss with a target, or has not been for ten seconds. Told after Headgate has done
   * something about it; see {@link AlertKind#did}.
   *
   * @param on whether it begins
   */
  record Alert(String target, AlertKind kind, boolean on) implements HeadgateEvent {}

  /**
   * Of three answers in a row of a target nobody said what they used, so that each counts as its
   * whole reservation; or of its last call somebody did again.
   */
  record UsageMissing(String target, boolean missing) implements HeadgateEvent {}

  /**
   * What a target's provider takes was learned from what it rejected, or has changed by an eighth;
   * see {@link PacePolicy}.
   *
   * @param perMinute of its calls, or of the tokens that they reserve
   */
  record LimitLearned(String target, long perMinute, boolean ofTokens) implements HeadgateEvent {}

  /**
   * What calls of a target use for their answers was learned, or has changed by more than a quarter
   * since this was last told; see {@link EstimatePolicy}.
   *
   * @param agent whose calls; empty for everybody's
   * @param outputTokens that are reserved from now on; 0 for what the estimates say
   * @param calls from which that was learned
   */
  record EstimateLearned(String target, String agent, long outputTokens, long calls)
      implements HeadgateEvent {}

  /**
   * A task was let in, or is tried again, with what its job keeps back for one that wraps up; told
   * once. See {@link JobSettings#wrapUpPercent}.
   */
  record WrapUp(long taskId, String job, String agent, String target) implements HeadgateEvent {}

  /**
   * How many calls of a target may run at once has changed; see {@link ConcurrencyPolicy}.
   *
   * @param permits {@link Integer#MAX_VALUE} if that is no longer sought, and {@code maxInFlight}
   *     alone holds
   */
  record ConcurrencyLimit(String target, int permits) implements HeadgateEvent {}

  /**
   * Which new jobs a target lets in has changed; see {@link LevelPolicy}.
   *
   * @param lowest the least urgent priority of which some are; {@link Priority#BACKGROUND} and 1 if
   *     all are again
   * @param share of those, above 0 to 1
   */
  record AdmissionLevel(String target, Priority lowest, double share) implements HeadgateEvent {}

  /**
   * An overall bound was changed, by {@link Headgate#limitSpending}, {@link Headgate#limitRate},
   * {@link Headgate#limitParking} or {@link Headgate#spreadRetries}; each says all that holds from
   * then on.
   *
   * @param tokensPerMinute of the bucket of all, or {@link AgentSettings#NO_RATE}
   * @param burstTokens its size, or {@link AgentSettings#ONE_MINUTE}
   * @param maxParked tasks held for a human at once
   * @param maxParkedTokens that they hold together
   * @param retrySpreadPercent how much later than asked for a refused submission comes back
   */
  record LimitsChanged(
      SpendingLimits spending,
      long tokensPerMinute,
      long burstTokens,
      int maxParked,
      long maxParkedTokens,
      int retrySpreadPercent)
      implements HeadgateEvent {}

  /**
   * A job was changed while it ran, by {@link Job#reconfigure}.
   *
   * @param settings that hold from then on
   */
  record JobReconfigured(String job, JobSettings settings) implements HeadgateEvent {}

  /**
   * What was refused since the last of its kind: soon, but at most once a second.
   *
   * @param counts how often, by reason; reasons that did not occur are left out
   */
  record Refusals(Map<Refusal, Long> counts) implements HeadgateEvent {}

  /**
   * A job was cut off, since its calls went round in circles too often; see {@link
   * JobSettings#maxLoops}.
   *
   * @param loops how many of them were refused as {@link Refusal#LOOP}
   */
  record JobLoopedOut(String job, int loops) implements HeadgateEvent {}

  /** A job was opened or ended. */
  record JobChange(String job, boolean open) implements HeadgateEvent {}
}
