package io.headgate;

/** Why a task is parked. */
public enum ParkReason {
  /** Every call of its target is to be asked for first. */
  ASK_FIRST,
  /** It may cost more than its target's calls may without a word. */
  PRICE,
  /** Its job ran into its loop guard too often. */
  LOOPS,
  /** Its agent was cut off too often within an hour. */
  CUT_OFFS,
  /** Budget reached: what its job has left does not cover it. */
  BUDGET,
  /** Its call may have been made before the process died, and must not be made twice. */
  IN_DOUBT
}
