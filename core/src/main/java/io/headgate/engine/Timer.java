package io.headgate.engine;

/** What a timer belongs to. */
sealed interface Timer {
  /** The end of a wait or of an attempt. */
  record OfTask(TaskEntry task) implements Timer {}

  /** A job's deadline. */
  record OfJob(JobEntry job) implements Timer {}
}
