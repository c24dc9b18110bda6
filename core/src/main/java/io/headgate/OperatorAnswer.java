package io.headgate;

import org.jspecify.annotations.Nullable;

/** What came of an operator's word. */
public sealed interface OperatorAnswer {
  /**
   * It was done.
   *
   * @param overruled the word that would hold else, and says otherwise: a pause that was ended or
   *     cut short, a resumption from a pause that would not be over yet, a breaker that was forced
   *     the other way, another level, another budget; null if there is none, or if it is so long
   *     ago that it was forgotten
   */
  record Done(@Nullable OperatorWord overruled) implements OperatorAnswer {
    /** It was done, and overruled nobody. */
    public Done() {
      this(null);
    }
  }

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
