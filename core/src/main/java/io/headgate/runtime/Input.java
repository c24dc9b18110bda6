package io.headgate.runtime;

import io.headgate.engine.AttemptEnd;
import org.jspecify.annotations.Nullable;

/** A slot of the ring: one stamped input of the engine. Written by its publisher, reused. */
final class Input {
  /** What it is. */
  enum Kind {
    TASK_ADMITTED,
    TASK_CANCELLED,
    ATTEMPT_ENDED,
    JOIN_BEGAN,
    JOIN_ABANDONED,
    JOB_OPENED,
    JOB_CLOSED,
    COMMAND
  }

  Kind kind = Kind.COMMAND;
  long stampNs;

  /** The task's handle, the job, or the command. */
  @Nullable Object subject;

  /** The awaited task's handle. */
  @Nullable Object other;

  AttemptEnd how = AttemptEnd.RETURNED;
  long tokens;
  long moneyNanos;
  boolean overspent;
  int join;

  void clear() {
    subject = null;
    other = null;
  }
}
