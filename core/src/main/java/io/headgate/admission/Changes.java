package io.headgate.admission;

import java.util.Objects;
import java.util.function.UnaryOperator;

/** Applies what a user gave as a change of settings. */
public final class Changes {
  private Changes() {}

  /**
   * The changed settings.
   *
   * @throws NullPointerException that says what to give, if the change or its answer is null
   */
  public static <S> S apply(String whose, UnaryOperator<S> change, S from) {
    Objects.requireNonNull(
        change, () -> whose + "'s settings function is null; give one such as s -> s");
    return Objects.requireNonNull(
        change.apply(from),
        () ->
            whose
                + "'s settings function answered null; let it answer the settings it was given or a"
                + " changed copy");
  }
}
