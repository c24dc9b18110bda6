package io.headgate.engine;

/** What was learned of a target and goes on in another engine: a number each. */
public enum TargetMemory {
  /** How many calls its adaptive limit lets run. */
  LIMIT,
  /** Until when it asked to be left alone, in nanoseconds. */
  PAUSE
}
