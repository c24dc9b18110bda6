package io.headgate;

/** What came of an operator's word. */
public sealed interface OperatorAnswer {
  /** It was done. */
  record Done() implements OperatorAnswer {}

  /**
   * It had been done already, so nothing changed: the same word may be said any number of times.
   *
   * @param before by whom
   */
  record AlreadyDone(OperatorWord before) implements OperatorAnswer {}

  /**
   * Something else was decided before, and cannot be taken back; nothing changed.
   *
   * @param before what, and by whom
   */
  record Conflict(OperatorWord before) implements OperatorAnswer {}

  /**
   * It cannot be done; nothing changed.
   *
   * @param why with what would mend it
   */
  record Impossible(String why) implements OperatorAnswer {}
}
