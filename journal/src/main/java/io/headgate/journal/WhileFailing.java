package io.headgate.journal;

/** What becomes of new work while the journal cannot be written: its disk is full, or fails. */
public enum WhileFailing {
  /** It is refused, until the journal is written again; what was let in goes on. */
  REFUSE,
  /**
   * It is let in, and nothing of it is on record. That there is such a gap, how long and of how
   * many records, is; and what recovery needs is kept in mind and written down at the gap's end.
   * What follows the gap, until the next Headgate begins, cannot be verified or told. After a crash
   * within the gap, recovery knows what was known at its beginning: tasks may be made twice then,
   * and what they used is forgotten.
   */
  RUN_UNJOURNALED
}
