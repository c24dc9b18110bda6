package io.headgate.simulation;

import org.jspecify.annotations.Nullable;

/** A slot of the ring: claimed, then filled and stamped, then published. */
final class Input {
  /** What it says to the engine. */
  enum Kind {
    TASK_ADMITTED,
    TASK_CANCELLED,
    ATTEMPT_ENDED,
    JOIN_BEGAN,
    JOIN_ABANDONED,
    JOB_OPENED,
    JOB_CLOSED,
    COMMAND,
    HEDGE_ADMITTED
  }

  /** Something that an operator does, or registration. */
  interface Command {
    void carryOut(long stampNs);
  }

  final long sequence;
  final Kind kind;
  long stampNs;
  boolean published;

  /** When it was, in the time of the agenda: it knows no jumps of the clock. */
  long publishedNs;

  @Nullable VirtualTask task;
  @Nullable VirtualTask other;
  @Nullable VirtualAttempt attempt;
  @Nullable VirtualJob job;
  @Nullable Command command;
  int join;

  Input(long sequence, Kind kind) {
    this.sequence = sequence;
    this.kind = kind;
  }
}
