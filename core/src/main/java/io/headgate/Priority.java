package io.headgate;

/**
 * The band of a task, most urgent first. A task of a lower band starts only when no startable task
 * of a higher band waits; inside a band, agents share fairly.
 */
public enum Priority {
  /** A person waits for it. */
  CRITICAL,
  /** The default. */
  NORMAL,
  /** Nobody waits for it: prefetch, batch, evaluation. */
  BACKGROUND
}
