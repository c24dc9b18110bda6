package io.headgate.engine;

/**
 * What a breaker has to know to go on in another engine as it is now. Immutable.
 *
 * @param rung of its target's ladder, which it watches; 0 unless it is everybody's
 * @param state where it stands
 * @param untilNs open: when it lets probes through; half open: now; closed: until when it remembers
 *     how often it has opened in a row, or until when an operator keeps it so
 * @param openings how often in a row it has opened, by which it opens for longer
 * @param isForced whether an operator put it there
 */
public record BreakerMemory(
    int rung, BreakerState state, long untilNs, int openings, boolean isForced) {
  /** Of one that is closed, and has not opened of late. */
  public static BreakerMemory nothing(int rung) {
    return new BreakerMemory(rung, BreakerState.CLOSED, 0, 0, false);
  }

  /** The same at another time. */
  public BreakerMemory until(long untilNs) {
    return new BreakerMemory(rung, state, untilNs, openings, isForced);
  }

  /** Whether another one would be the same without it. */
  public boolean isNothing() {
    return state == BreakerState.CLOSED && openings == 0 && !isForced;
  }
}
