package io.headgate;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.UndeclaredThrowableException;
import java.net.ConnectException;
import java.net.MalformedURLException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.NoSuchFileException;
import java.text.ParseException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What the JDK's own clients and exceptions mean, and those of the usual readers of JSON. */
final class DefaultClassifier {
  private static final int MAX_CAUSES = 16;

  // By name, since none of them is a dependency; Jackson 2's are IOExceptions.
  private static final Set<String> UNREADABLE =
      Set.of(
          "com.fasterxml.jackson.core.JacksonException",
          "com.fasterxml.jackson.core.JsonProcessingException",
          "tools.jackson.core.JacksonException",
          "com.google.gson.JsonParseException");

  // Of the same families, yet what is amiss is the stream, and their cause.
  private static final Set<String> BROKEN_STREAM =
      Set.of("tools.jackson.core.exc.JacksonIOException", "com.google.gson.JsonIOException");

  private DefaultClassifier() {}

  static CallEnd classify(@Nullable Object value, @Nullable Throwable failure) {
    if (failure != null) {
      return ofFailure(failure);
    }
    return value instanceof HttpResponse<?> response ? ofResponse(response) : CallEnd.OK;
  }

  // ---- answers

  private static CallEnd ofResponse(HttpResponse<?> response) {
    CallClass callClass = CallClass.ofHttpStatus(response.statusCode());
    CallEnd end =
        callClass == CallClass.REJECTED || callClass == CallClass.UNAVAILABLE
            ? new CallEnd(callClass, retryAfter(response))
            : CallEnd.of(callClass);
    ProviderQuota quota = ProviderQuota.of(response.headers()::firstValue);
    return quota.isKnown() ? end.quota(quota) : end;
  }

  // RFC 9110, 10.2.3: seconds, or a date, which is told by the server's own clock alone.
  private static Duration retryAfter(HttpResponse<?> response) {
    Optional<String> header = response.headers().firstValue("retry-after");
    if (header.isEmpty()) {
      return Duration.ZERO;
    }
    String text = header.get().strip();
    if (!text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9') && text.length() > 18) {
      return CallEnd.MAX_RETRY_AFTER; // more than a long holds
    }
    try {
      return bounded(Duration.ofSeconds(Long.parseLong(text)));
    } catch (NumberFormatException | ArithmeticException e) {
      // A date, then.
    }
    Optional<String> now = response.headers().firstValue("date");
    try {
      return now.isEmpty() ? Duration.ZERO : bounded(Duration.between(date(now.get()), date(text)));
    } catch (DateTimeException | ArithmeticException e) {
      return Duration.ZERO;
    }
  }

  private static ZonedDateTime date(String text) {
    return ZonedDateTime.parse(text.strip(), DateTimeFormatter.RFC_1123_DATE_TIME);
  }

  private static Duration bounded(Duration asked) {
    if (asked.isNegative()) {
      return Duration.ZERO;
    }
    return asked.compareTo(CallEnd.MAX_RETRY_AFTER) > 0 ? CallEnd.MAX_RETRY_AFTER : asked;
  }

  // ---- failures

  private static CallEnd ofFailure(Throwable failure) {
    Throwable at = failure;
    for (int depth = 0; depth < MAX_CAUSES; depth++) {
      if (at instanceof CallException known) {
        return known.end();
      }
      Throwable cause = at.getCause();
      if (cause == null || !isWrapper(at)) {
        break;
      }
      at = cause;
    }
    return neverConnected(at) ? CallEnd.unsent(CallClass.UNAVAILABLE) : CallEnd.of(classOf(at));
  }

  private static boolean neverConnected(Throwable failure) {
    return switch (failure) {
      case ConnectException _,
          HttpConnectTimeoutException _,
          NoRouteToHostException _,
          UnknownHostException _,
          UnresolvedAddressException _ ->
          true;
      // The JDK's sockets have one exception for a connect that takes too long, and for a read.
      case SocketTimeoutException timeout ->
          timeout.getMessage() != null
              && timeout.getMessage().toLowerCase(Locale.ROOT).startsWith("connect");
      default -> false;
    };
  }

  private static boolean isWrapper(Throwable failure) {
    return failure instanceof ExecutionException
        || failure instanceof CompletionException
        || failure instanceof UncheckedIOException
        || failure instanceof InvocationTargetException
        || failure instanceof UndeclaredThrowableException
        || isOf(BROKEN_STREAM, failure)
        || failure.getClass() == RuntimeException.class
        || failure.getClass() == Exception.class;
  }

  private static CallClass classOf(Throwable failure) {
    return switch (failure) {
      case InterruptedException _, CancellationException _, ClosedByInterruptException _ ->
          CallClass.CANCELLED;
      case RefusedException _ -> CallClass.CANCELLED;
      case HttpConnectTimeoutException _ -> CallClass.UNAVAILABLE;
      case HttpTimeoutException _, TimeoutException _, InterruptedIOException _ ->
          CallClass.TIMED_OUT;
      case CharacterCodingException _, ParseException _, DateTimeException _ ->
          CallClass.BAD_ANSWER;
      case Throwable t when isOf(UNREADABLE, t) -> CallClass.BAD_ANSWER;
      // What was asked for is not there: the JDK's name for a 404, over HTTP too.
      case FileNotFoundException _, NoSuchFileException _, MalformedURLException _ ->
          CallClass.CALLER_FAULT;
      case IOException _ -> CallClass.UNAVAILABLE;
      case IllegalArgumentException _ -> CallClass.CALLER_FAULT;
      default -> CallClass.FATAL;
    };
  }

  private static boolean isOf(Set<String> names, Throwable failure) {
    for (Class<?> at = failure.getClass(); at != null; at = at.getSuperclass()) {
      if (names.contains(at.getName())) {
        return true;
      }
    }
    return false;
  }
}
