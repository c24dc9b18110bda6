package io.headgate.engine;

/** What an attempt's thread says at its end. */
public enum AttemptEnd {
  /** The call returned. */
  RETURNED,
  /** The call threw. */
  THREW,
  /** The call ended after it had been refused a charge. */
  CUT_OFF,
  /** The call was not made: the task had been cancelled meanwhile. */
  NOT_STARTED_CANCELLED,
  /** The call was not made: its TTL had passed meanwhile. */
  NOT_STARTED_TTL,
  /** The call was not made: its deadline had passed meanwhile. */
  NOT_STARTED_DEADLINE;

  /** Whether the call was made. */
  public boolean started() {
    return ordinal() < NOT_STARTED_CANCELLED.ordinal();
  }
}
