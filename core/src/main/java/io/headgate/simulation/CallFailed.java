package io.headgate.simulation;

import java.util.Locale;

/** What a provider answers when it does not answer. */
final class CallFailed extends Exception {
  private static final long serialVersionUID = 1;

  /** Kinds of failure, by what a client of HTTP sees. */
  enum Kind {
    /** 429, with or without a time to come back. */
    RATE_LIMITED,
    /** 503 or 529. */
    UNAVAILABLE,
    /** 504: it took its own provider too long. */
    GATEWAY_TIMEOUT,
    /** The connection was reset. */
    RESET,
    /** An answer that says nothing of use: malformed JSON, a schema failure. */
    BAD_ANSWER
  }

  private final Kind kind;
  private final long retryAfterNs;

  CallFailed(Kind kind, long retryAfterNs) {
    super(kind.name().toLowerCase(Locale.ROOT), null, false, false);
    this.kind = kind;
    this.retryAfterNs = retryAfterNs;
  }

  Kind kind() {
    return kind;
  }

  /** By {@code Retry-After}; 0 if it did not say. */
  long retryAfterNs() {
    return retryAfterNs;
  }
}
