package io.headgate;

import java.util.function.UnaryOperator;

/** What is called: a model endpoint or a tool. Made by {@link Headgate#target}. */
public interface Target {
  /** Its id. */
  String id();

  /** Its settings now. */
  TargetSettings settings();

  /**
   * Changes its settings while it runs; attempts that run keep their deadline.
   *
   * @throws IllegalArgumentException if a value is out of bounds
   */
  void reconfigure(UnaryOperator<TargetSettings> change);

  /** Removes it: its waiting tasks are cancelled, submissions are refused. */
  void remove();
}
