package io.headgate.engine;

import org.jspecify.annotations.Nullable;

/**
 * An operator's word that holds until a time: nothing of an agent, of a target, or at all may
 * start; or the admission level stays where it was put. It ends by itself. Not thread-safe.
 */
final class Hold {
  /** Whose starts it holds up; both null for everybody's, or for the level. */
  final @Nullable AgentEntry agent;

  final @Nullable TargetEntry target;

  /** Orders it among the timers of one moment. */
  final long id;

  final HeapNode<Timer> timer = new HeapNode<>(new Timer.OfHold(this));
  long untilNs;

  Hold(@Nullable AgentEntry agent, @Nullable TargetEntry target, long id) {
    this.agent = agent;
    this.target = target;
    this.id = id;
  }

  /** Whether it is in force; one that was never said is not. */
  static boolean isOn(@Nullable Hold hold) {
    return hold != null && hold.timer.isIn();
  }

  /** Until when it is in force; 0 if it is not. */
  static long untilNs(@Nullable Hold hold) {
    return hold != null && hold.timer.isIn() ? hold.untilNs : 0;
  }
}
