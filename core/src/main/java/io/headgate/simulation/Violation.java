package io.headgate.simulation;

/** Something that must always hold did not. */
final class Violation extends AssertionError {
  private static final long serialVersionUID = 1;

  Violation(String what) {
    super(what);
  }
}
