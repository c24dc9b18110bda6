package io.headgate.runtime;

import org.jspecify.annotations.Nullable;

/**
 * A slot of the ring: one stamped input of the engine, in 32 bytes. Written by its publisher,
 * reused. What an attempt's end has to say stands in the attempt.
 */
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
    COMMAND,
    HEDGE_ADMITTED
  }

  private static final Kind[] KINDS = Kind.values();

  // As a byte: a reference stored into an old slot has a barrier of the collector's.
  private byte kind;

  long stampNs;

  /** The task's handle, the attempt, the job, or the command. */
  @Nullable Object subject;

  /** The awaited task's handle. */
  @Nullable Object other;

  int join;

  Kind kind() {
    return KINDS[kind];
  }

  void kind(Kind kind) {
    this.kind = (byte) kind.ordinal();
  }

  void clear() {
    subject = null;
    if (other != null) {
      other = null;
    }
  }
}
