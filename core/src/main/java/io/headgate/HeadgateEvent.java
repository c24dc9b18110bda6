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

  /** A job was opened or ended. */
  record JobChange(String job, boolean open) implements HeadgateEvent {}
}
