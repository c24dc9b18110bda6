package io.headgate.examples.storm.measure;

/** How a call ended, retries included: each call that a job asked for ends in exactly one way. */
public enum CallEnd {
  /** Not let in. */
  REFUSED,
  /** Answered, in time for its job or not. */
  COMPLETED,
  /** Let in, and its TTL, its timeout or its job's deadline ended it. */
  EXPIRED,
  /** Let in, and given up for any other reason. */
  FAILED
}
