package io.headgate;

/** What the end of a call means to policy: which are tried again, which count against a breaker. */
public enum CallClass {
  /** It did its work. */
  OK,
  /** It answered, and the answer is of no use: malformed JSON, a schema failure. */
  BAD_ANSWER,
  /** The target would not take it just now: 429, 529. */
  REJECTED,
  /** The target could not do it: 5xx, no connection, a connection that was reset. */
  UNAVAILABLE,
  /** It took too long. */
  TIMED_OUT,
  /** It was stopped, or what it needed was refused: nothing is said of the target. */
  CANCELLED,
  /** What was asked for was wrong: 4xx. The same again would be wrong again. */
  CALLER_FAULT,
  /** It broke in a way that nobody expected. */
  FATAL;

  private static final int TOO_MANY_REQUESTS = 429;
  private static final int SITE_OVERLOADED = 529;
  private static final int REQUEST_TIMEOUT = 408;
  private static final int CLIENT_ERROR = 400;
  private static final int SERVER_ERROR = 500;

  /** What an answer over HTTP means by its status; {@link #OK} for any below 400. */
  public static CallClass ofHttpStatus(int status) {
    if (status == TOO_MANY_REQUESTS || status == SITE_OVERLOADED) {
      return REJECTED;
    }
    if (status >= SERVER_ERROR || status == REQUEST_TIMEOUT) {
      return UNAVAILABLE;
    }
    return status >= CLIENT_ERROR ? CALLER_FAULT : OK;
  }
}
