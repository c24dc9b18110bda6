package io.headgate.admission;

import java.util.Objects;
import java.util.function.UnaryOperator;

/** Applies the function by which a user says settings. */
public final class Changes {
  private Changes() {}

  /**
   * Runs it, before anything is taken or changed.
   *
   * @param what whose settings, for the message
   * @throws NullPointerException if the function is or answers null
   */
  public static <S> S apply(String what, UnaryOperator<S> change, S settings) {
    Objects.requireNonNull(change, () -> what + "'s settings: use x -> x for none to change");
    return Objects.requireNonNull(
        change.apply(settings),
        () -> what + "'s settings are null; answer those that the function was given, changed");
  }
}
