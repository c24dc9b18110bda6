package io.headgate.engine;

/** Who or what ended a task's time of being parked, or kept it from being parked. */
public enum Unparked {
  /** An operator decided. */
  OPERATOR,
  /** Nobody did in time. */
  TIME,
  /** As much was parked as may be. */
  NO_ROOM,
  /** Its job's budget covers it now. */
  FUNDED
}
