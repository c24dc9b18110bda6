package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.gson.JsonIOException;
import com.sun.net.httpserver.HttpServer;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;

/** What the ends of calls mean, with the JDK's own client and exceptions. */
final class ClassifierTest {
  private static CallEnd ofFailure(Throwable failure) {
    return Classifier.DEFAULT.classify(null, failure);
  }

  private static HttpResponse<String> answer(int status, String... headers)
      throws IOException, InterruptedException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          for (int i = 0; i < headers.length; i += 2) {
            exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
          }
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    server.start();
    try (HttpClient client = HttpClient.newHttpClient()) {
      URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
      return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    } finally {
      server.stop(0);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "200, OK",
    "204, OK",
    "400, CALLER_FAULT",
    "401, CALLER_FAULT",
    "404, CALLER_FAULT",
    "408, UNAVAILABLE",
    "429, REJECTED",
    "500, UNAVAILABLE",
    "503, UNAVAILABLE",
    "504, UNAVAILABLE",
    "529, REJECTED"
  })
  void answersOfTheJdksClientByTheirStatus(int status, CallClass expected) throws Exception {
    assertThat(Classifier.DEFAULT.classify(answer(status), null).callClass()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "7, 7",
    "0, 0",
    "-3, 0",
    "soon, 0",
    "999999999, 86400",
    "99999999999999999999, 86400",
    "'', 0"
  })
  void retryAfterInSeconds(String header, long seconds) throws Exception {
    CallEnd end = Classifier.DEFAULT.classify(answer(429, "Retry-After", header), null);
    assertThat(end.retryAfter()).isEqualTo(Duration.ofSeconds(seconds));
  }

  @Test
  void whatAnAnswerSaysOfItsLimitsIsHeard() throws Exception {
    CallEnd openAi =
        Classifier.DEFAULT.classify(
            answer(200, "X-RateLimit-Limit-Requests", "600", "x-ratelimit-limit-tokens", " 90000 "),
            null);
    assertThat(openAi.callClass()).isEqualTo(CallClass.OK);
    assertThat(openAi.quota()).isEqualTo(new ProviderQuota(600, 90_000));
    CallEnd anthropic =
        Classifier.DEFAULT.classify(
            answer(429, "anthropic-ratelimit-requests-limit", "50", "Retry-After", "3"), null);
    assertThat(anthropic.quota()).isEqualTo(new ProviderQuota(50, ProviderQuota.UNKNOWN));
    assertThat(anthropic.retryAfter()).isEqualTo(Duration.ofSeconds(3));
    assertThat(Classifier.DEFAULT.classify(answer(200), null)).isSameAs(CallEnd.OK);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "many", "-1", "0", "99999999999999999999", "6e2", "1000000001"})
  void aLimitThatIsNoneIsNotHeard(String text) {
    assertThat(ProviderQuota.of(name -> Optional.of(text)).callsPerMinute())
        .isEqualTo(ProviderQuota.UNKNOWN);
  }

  @Test
  void retryAfterAsADateIsMeasuredByTheServersClock() throws Exception {
    HttpResponse<String> answer = answer(503, "Retry-After", "Fri, 31 Dec 2100 23:59:59 GMT");
    // The JDK's server says its own date, which is long before.
    assertThat(Classifier.DEFAULT.classify(answer, null).retryAfter())
        .isEqualTo(CallEnd.MAX_RETRY_AFTER);
  }

  @Test
  void theJdksExceptions() {
    assertThat(ofFailure(new ConnectException()).callClass()).isEqualTo(CallClass.UNAVAILABLE);
    assertThat(ofFailure(new UnresolvedAddressException()).callClass())
        .isEqualTo(CallClass.UNAVAILABLE);
    assertThat(ofFailure(new SocketTimeoutException("Connect timed out")).callClass())
        .isEqualTo(CallClass.UNAVAILABLE);
    assertThat(ofFailure(new SocketTimeoutException("Read timed out")).callClass())
        .isEqualTo(CallClass.TIMED_OUT);
    assertThat(ofFailure(new IOException("connection reset")).callClass())
        .isEqualTo(CallClass.UNAVAILABLE);
    assertThat(ofFailure(new HttpTimeoutException("")).callClass()).isEqualTo(CallClass.TIMED_OUT);
    assertThat(ofFailure(new InterruptedIOException()).callClass()).isEqualTo(CallClass.TIMED_OUT);
    assertThat(ofFailure(new TimeoutException()).callClass()).isEqualTo(CallClass.TIMED_OUT);
    assertThat(ofFailure(new InterruptedException()).callClass()).isEqualTo(CallClass.CANCELLED);
    assertThat(ofFailure(new CancellationException()).callClass()).isEqualTo(CallClass.CANCELLED);
    assertThat(ofFailure(new CharacterCodingException()).callClass())
        .isEqualTo(CallClass.BAD_ANSWER);
    assertThat(ofFailure(new IllegalArgumentException()).callClass())
        .isEqualTo(CallClass.CALLER_FAULT);
    assertThat(ofFailure(new FileNotFoundException()).callClass())
        .isEqualTo(CallClass.CALLER_FAULT);
    assertThat(ofFailure(new NoSuchFileException("x")).callClass())
        .isEqualTo(CallClass.CALLER_FAULT);
    assertThat(ofFailure(new IllegalStateException()).callClass()).isEqualTo(CallClass.FATAL);
    assertThat(ofFailure(new StackOverflowError()).callClass()).isEqualTo(CallClass.FATAL);
  }

  @Test
  void wrappersAreOpened() {
    assertThat(ofFailure(new CompletionException(new ConnectException())).callClass())
        .isEqualTo(CallClass.UNAVAILABLE);
    assertThat(ofFailure(new UncheckedIOException(new IOException())).callClass())
        .isEqualTo(CallClass.UNAVAILABLE);
    assertThat(ofFailure(new Exception(new ConnectException())).callClass())
        .isEqualTo(CallClass.UNAVAILABLE);
    assertThat(ofFailure(new InvocationTargetException(new ConnectException())).callClass())
        .as("of a tool that is called by reflection")
        .isEqualTo(CallClass.UNAVAILABLE);
    var cycle = new RuntimeException("one");
    cycle.initCause(new CompletionException(cycle));
    assertThat(ofFailure(cycle).callClass()).isEqualTo(CallClass.FATAL);
    var known = new CallException(CallClass.REJECTED, Duration.ofSeconds(3), "slow down");
    assertThat(ofFailure(new RuntimeException(known))).isEqualTo(known.end());
  }

  @Test
  void whatNoReaderOfJsonCanReadIsABadAnswer() {
    var mapper = new ObjectMapper();
    for (String text : List.of("{", "I am sorry, but", "{\"name\": 1}")) {
      assertThatThrownBy(() -> mapper.readValue(text, String.class))
          .isInstanceOfSatisfying(
              IOException.class,
              e -> assertThat(ofFailure(e).callClass()).as(text).isEqualTo(CallClass.BAD_ANSWER));
    }
    assertThat(ofFailure(new UncheckedIOException(new JsonParseException(null, ""))).callClass())
        .isEqualTo(CallClass.BAD_ANSWER);
    assertThat(ofFailure(new JacksonException(null) {}).callClass())
        .as("a subclass of Jackson 3's")
        .isEqualTo(CallClass.BAD_ANSWER);
    assertThat(ofFailure(new com.google.gson.JsonParseException(null)).callClass())
        .isEqualTo(CallClass.BAD_ANSWER);
  }

  @Test
  void aStreamThatBreaksWhileJsonIsReadIsNoBadAnswer() {
    assertThat(ofFailure(new JsonIOException(new IOException("connection reset"))).callClass())
        .isEqualTo(CallClass.UNAVAILABLE);
    assertThat(ofFailure(new JsonIOException(null)).callClass()).isEqualTo(CallClass.BAD_ANSWER);
  }

  @Test
  void badSettingsSayWhatIsWrong() {
    assertThatThrownBy(() -> RetryPolicy.DEFAULT.maxAttempts(0))
        .hasMessageContaining("maxAttempts is 0")
        .hasMessageContaining("1 to 100");
    assertThatThrownBy(() -> RetryPolicy.DEFAULT.retried(Set.of(CallClass.OK)))
        .hasMessageContaining("OK")
        .hasMessageContaining("leave it out");
    Set<CallClass> withNull = Collections.singleton(null);
    assertThatThrownBy(() -> RetryPolicy.DEFAULT.retried(withNull))
        .hasMessage("an element of retry's retried is null; leave it out");
    assertThatThrownBy(() -> BreakerPolicy.DEFAULT.counted(withNull))
        .hasMessage("an element of breaker's counted is null; leave it out");
    assertThatThrownBy(() -> BreakerPolicy.DEFAULT.failures(101, 20))
        .hasMessageContaining("failurePercent is 101");
    assertThatThrownBy(() -> BreakerPolicy.DEFAULT.open(Duration.ofSeconds(5), Duration.ZERO))
        .hasMessageContaining("maxOpen");
    assertThatThrownBy(() -> new CallEnd(CallClass.REJECTED, Duration.ofDays(2)))
        .hasMessageContaining("retryAfter");
  }
}
