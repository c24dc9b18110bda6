package io.headgate.examples.storm;

/** An option that cannot be used; the message is all that the user needs. */
public final class BadOptionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BadOptionException(String message) {
    super(message);
  }
}
