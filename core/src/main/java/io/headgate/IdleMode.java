package io.headgate;

/** What the dispatcher's thread does when there is nothing to do. */
public enum IdleMode {
  /** Spins and yields for a while, then parks: under 1 % of a core when idle. The default. */
  PARK,
  /** Spins and yields, never parks: a submitter pays no wake-up. Burns a core. */
  YIELD,
  /** Spins: the lowest latency. Burns a core. */
  BUSY_SPIN
}
