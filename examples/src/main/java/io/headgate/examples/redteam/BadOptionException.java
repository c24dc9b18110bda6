package io.headgate.examples.redteam;

/** An option that cannot be used; its message says which, and what can. */
final class BadOptionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BadOptionException(String message) {
    super(message);
  }
}
