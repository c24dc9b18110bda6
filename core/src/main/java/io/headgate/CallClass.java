package io.headgate;

/** What the end of a call means to policy: which are tried again, which count against a breaker. */
public enum CallClass {
  /** It did its work. */
  OK,
  /** It answered, and the answer is of no use: malformed JSON, a schema failure. */
  BAD_ANSWER,
  /** The target would not take it just now: 429, 529. */
  REJECTED,
  /** The target could not do it: 5xx, no connection, a connection that was reset. */
  UNAVAILABLE,
  /** It took too long. */
  TIMED_OUT,
  /** It was stopped, or what it needed was refused: nothing is said of the target. */
  CANCELLED,
  /** What was asked for was wrong: 4xx. The same again would be wrong again. */
  CALLER_FAULT,
  /** It broke in a way that nobody expected. */
  FATAL
}
