package io.headgate.simulation;

import io.headgate.CallClass;
import java.util.Locale;

/** What a provider answers when it does not answer. */
final class CallFailed extends Exception {
  private static final long serialVersionUID = 1;

  /** Kinds of failure, by what a client of HTTP sees. */
  enum Kind {
    /** 429, with or without a time to come back. */
    RATE_LIMITED(CallClass.REJECTED),
    /** 503 or 529. */
    UNAVAILABLE(CallClass.UNAVAILABLE),
    /** 504: it took its own provider too long. */
    GATEWAY_TIMEOUT(CallClass.UNAVAILABLE),
    /** The connection was reset. */
    RESET(CallClass.UNAVAILABLE),
    /** An answer that says nothing of use: malformed JSON, a schema failure. */
    BAD_ANSWER(CallClass.BAD_ANSWER);

    private final CallClass callClass;

    Kind(CallClass callClass) {
      this.callClass = callClass;
    }

    CallClass callClass() {
      return callClass;
    }
  }

  private final CallClass callClass;
  private final long retryAfterNs;

  CallFailed(Kind kind, long retryAfterNs) {
    this(kind.name(), kind.callClass(), retryAfterNs);
  }

  /** As one of which no more is known. */
  CallFailed(CallClass callClass, long retryAfterNs) {
    this(callClass.name(), callClass, retryAfterNs);
  }

  private CallFailed(String name, CallClass callClass, long retryAfterNs) {
    super(name.toLowerCase(Locale.ROOT), null, false, false);
    this.callClass = callClass;
    this.retryAfterNs = retryAfterNs;
  }

  CallClass callClass() {
    return callClass;
  }

  /** By {@code Retry-After}; 0 if it did not say. */
  long retryAfterNs() {
    return retryAfterNs;
  }
}
