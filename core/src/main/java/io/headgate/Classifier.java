package io.headgate;

import org.jspecify.annotations.Nullable;

/**
 * Says what the end of a call means. Runs on the attempt's thread, after the call; what it throws
 * is logged once, and the call counts as {@link CallClass#FATAL}. It changes no outcome by itself:
 * an answer that it calls bad is still what {@link Outcome.Completed} carries, once nothing more is
 * tried.
 */
@FunctionalInterface
public interface Classifier {
  /**
   * Knows {@link CallException}, the JDK's exceptions of I/O and time, and {@code
   * java.net.http.HttpResponse} by its status and its {@code Retry-After}; an exception that it
   * does not know is {@link CallClass#FATAL}, any other answer is {@link CallClass#OK}.
   */
  Classifier DEFAULT = DefaultClassifier::classify;

  /**
   * Classifies one end.
   *
   * @param value what the call returned; null if it threw
   * @param failure what it threw; null if it returned
   */
  CallEnd classify(@Nullable Object value, @Nullable Throwable failure);
}
