package io.headgate.simulation;

import org.jspecify.annotations.Nullable;
import org.slf4j.helpers.MessageFormatter;

/** Something that must always hold did not. */
final class Violation extends AssertionError {
  private static final long serialVersionUID = 1;

  Violation(String what) {
    super(what);
  }

  /**
   * Throws one unless that holds.
   *
   * @param what with a pair of braces for each of {@code about}
   */
  static void check(boolean holds, String what, @Nullable Object... about) {
    if (!holds) {
      throw new Violation(MessageFormatter.basicArrayFormat(what, about));
    }
  }
}
