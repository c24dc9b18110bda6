package io.headgate.bench.peers;

/** Which of a peer's three gates refuses. Sentinel asks the circuit last, the others first. */
public enum Gate {
  /** Its circuit breaker is open. */
  CIRCUIT,
  /** Its rate is used up. */
  RATE,
  /** So many calls as it allows are under way. */
  CONCURRENCY
}
