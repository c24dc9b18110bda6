package io.headgate.admission;

/**
 * What had become of a task before a crash.
 *
 * @param attempts that were started
 * @param parkedNs since when it is held for a human; {@link #NOT_PARKED} if it is not
 * @param asked whether it was let go on: nobody is asked for it again
 */
public record Earlier(int attempts, long parkedNs, boolean asked) {
  /** As {@code parkedNs}. */
  public static final long NOT_PARKED = Long.MAX_VALUE;

  /** Of a task that is let in for the first time. */
  public static final Earlier NOTHING = new Earlier(0, NOT_PARKED, false);
}
