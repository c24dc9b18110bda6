package io.headgate.examples.storm.provider;

/** A request that cannot be served; answered with its status and OpenAI's error body. */
final class BadRequestException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  BadRequestException(int status, String message) {
    super(message);
    this.status = status;
  }

  int status() {
    return status;
  }
}
