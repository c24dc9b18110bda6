package io.headgate.engine;

/** Where a breaker stands. */
public enum BreakerState {
  /** Calls pass and are judged. */
  CLOSED,
  /** Nothing passes. */
  OPEN,
  /** A few calls pass, to see whether it is well again. */
  HALF_OPEN
}
