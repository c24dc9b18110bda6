package io.headgate.engine;

/** What a timer belongs to. */
sealed interface Timer {
  /** The end of a wait or of an attempt. */
  record OfTask(TaskEntry task) implements Timer {}

  /** A job's deadline. */
  record OfJob(JobEntry job) implements Timer {}

  /** The end of an open breaker. */
  record OfBreaker(Breaker breaker) implements Timer {}

  /** The end of an operator's word. */
  record OfHold(Hold hold) implements Timer {}

  /** A look at whether an agent still burns. */
  record OfBurn(AgentEntry agent) implements Timer {}

  /** The next start that a target's pace allows. */
  record OfPace(TargetEntry target) implements Timer {}

  /** The end of one of a target's alerts, perhaps. */
  record OfAlert(TargetEntry target) implements Timer {}

  /** The end of a window of a target's lowered admission level. */
  record OfLevel(TargetEntry target) implements Timer {}

  /** The end of a pause that a target asked for. */
  record OfPause(TargetEntry target) implements Timer {}
}
