package io.headgate;

import java.time.Duration;

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
   * A breaker changed its state.
   *
   * @param agent whom it cuts off from the target; empty for everybody
   * @param state {@code OPEN}, {@code HALF_OPEN} or {@code CLOSED}
   * @param until how long it stays open
   */
  record Breaker(String target, String agent, String state, Duration until)
      implements HeadgateEvent {}

  /**
   * A target asked to be left alone.
   *
   * @param until how long; zero when that is over
   */
  record Pause(String target, Duration until) implements HeadgateEvent {}

  /**
   * An agent's spending became an alert, by its {@link BurnPolicy}, or is none any more.
   *
   * @param tokens that it spent within the last short window
   * @param usualTokens what it spends in one
   */
  record BurnRate(String agent, boolean burning, long tokens, long usualTokens)
      implements HeadgateEvent {}

  /**
   * Of three calls in a row of a target nobody said what they used, so that each counts as its
   * whole reservation; or of its last call somebody did again.
   */
  record UsageMissing(String target, boolean missing) implements HeadgateEvent {}

  /** A job was opened or ended. */
  record JobChange(String job, boolean open) implements HeadgateEvent {}
}
