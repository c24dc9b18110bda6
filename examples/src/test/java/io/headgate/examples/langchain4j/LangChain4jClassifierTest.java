package io.headgate.examples.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.HttpException;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.RetriableException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.exception.ToolArgumentsException;
import dev.langchain4j.exception.ToolExecutionException;
import dev.langchain4j.exception.UnresolvedModelServerException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.guardrail.InputGuardrailException;
import dev.langchain4j.guardrail.OutputGuardrailException;
import dev.langchain4j.internal.ExceptionMapper;
import dev.langchain4j.model.ModelDisabledException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.IllegalConfigurationException;
import dev.langchain4j.service.ModerationException;
import dev.langchain4j.service.output.OutputParsingException;
import io.headgate.CallClass;
import io.headgate.CallEnd;
import io.headgate.CallException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every exception that LangChain4j has, made by hand and thrown by its own client. */
final class LangChain4jClassifierTest {
  private static final Duration PATIENT = Duration.ofSeconds(20);
  private static final LangChain4jClassifier CLASSIFIER = new LangChain4jClassifier();

  private static CallClass of(Throwable failure) {
    return CLASSIFIER.classify(null, failure).callClass();
  }

  static Stream<Arguments> exceptions() {
    return Stream.of(
        Arguments.of(new RateLimitException("x"), CallClass.REJECTED),
        Arguments.of(new TimeoutException("x"), CallClass.TIMED_OUT),
        Arguments.of(new InternalServerException("x"), CallClass.UNAVAILABLE),
        Arguments.of(new UnresolvedModelServerException("x"), CallClass.UNAVAILABLE),
        Arguments.of(new RetriableException("x"), CallClass.UNAVAILABLE),
        Arguments.of(new AuthenticationException("x"), CallClass.CALLER_FAULT),
        Arguments.of(new InvalidRequestException("x"), CallClass.CALLER_FAULT),
        Arguments.of(new ContentFilteredException("x"), CallClass.CALLER_FAULT),
        Arguments.of(new ModelNotFoundException("x"), CallClass.CALLER_FAULT),
        Arguments.of(new NonRetriableException("x"), CallClass.CALLER_FAULT),
        Arguments.of(new UnsupportedFeatureException("x"), CallClass.CALLER_FAULT),
        Arguments.of(new ModelDisabledException("x"), CallClass.CALLER_FAULT),
        Arguments.of(new InputGuardrailException("x"), CallClass.CALLER_FAULT),
        Arguments.of(new OutputGuardrailException("x"), CallClass.BAD_ANSWER),
        Arguments.of(new ModerationException("x", null), CallClass.CALLER_FAULT),
        Arguments.of(
            IllegalConfigurationException.illegalConfiguration("x"), CallClass.CALLER_FAULT),
        Arguments.of(new ToolArgumentsException("x"), CallClass.BAD_ANSWER),
        Arguments.of(
            new OutputParsingException("x", new NumberFormatException("seven")),
            CallClass.BAD_ANSWER),
        Arguments.of(new ToolExecutionException("x"), CallClass.FATAL),
        Arguments.of(new ToolExecutionException(new ConnectException()), CallClass.UNAVAILABLE),
        Arguments.of(new LangChain4jException("x"), CallClass.FATAL),
        Arguments.of(new LangChain4jException(new InterruptedException()), CallClass.CANCELLED),
        Arguments.of(new LangChain4jException(new IOException("reset")), CallClass.UNAVAILABLE));
  }

  @ParameterizedTest
  @MethodSource("exceptions")
  void eachMeansOneThingHoweverDeepItIs(Exception exception, CallClass expected) {
    assertThat(of(exception)).isEqualTo(expected);
    assertThat(of(new RuntimeException(exception))).isEqualTo(expected);
    assertThat(of(new CompletionException(new ExecutionException(exception)))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "400, CALLER_FAULT", "401, CALLER_FAULT", "403, CALLER_FAULT", "404, CALLER_FAULT",
    "408, UNAVAILABLE", "422, CALLER_FAULT", "429, REJECTED", "500, UNAVAILABLE",
    "503, UNAVAILABLE", "529, REJECTED", "302, BAD_ANSWER"
  })
  void theStatusDecidesNotWhatWasMadeOfIt(int status, CallClass expected) {
    var answer = new HttpException(status, "body");
    assertThat(of(answer)).isEqualTo(expected);
    assertThat(of(ExceptionMapper.DEFAULT.mapException(answer))).isEqualTo(expected);
  }

  @Test
  void aServerThatCannotBeReachedIsUnavailableHoweverItIsWrapped() {
    assertThat(of(new TimeoutException(new HttpTimeoutException("x"))))
        .isEqualTo(CallClass.TIMED_OUT);
    assertThat(of(new TimeoutException(new HttpConnectTimeoutException("x"))))
        .isEqualTo(CallClass.UNAVAILABLE);
    assertThat(of(ExceptionMapper.DEFAULT.mapException(new UnresolvedAddressException())))
        .isEqualTo(CallClass.UNAVAILABLE);
  }

  @Test
  void malformedJsonIsABadAnswerNotABrokenConnection() {
    try {
      new ObjectMapper().readTree("{\"choices\": [");
    } catch (JsonProcessingException e) {
      assertThat(of(ExceptionMapper.DEFAULT.mapException(e))).isEqualTo(CallClass.BAD_ANSWER);
      return;
    }
    throw new AssertionError("half an object was read");
  }

  @Test
  void whatIsNotLangChain4jsGoesToTheDefault() {
    assertThat(CLASSIFIER.classify("an answer", null)).isEqualTo(CallEnd.OK);
    assertThat(of(new ConnectException())).isEqualTo(CallClass.UNAVAILABLE);
    assertThat(of(new IllegalStateException())).isEqualTo(CallClass.FATAL);
    var known = new CallException(CallClass.REJECTED, Duration.ofSeconds(3), "slow down");
    assertThat(CLASSIFIER.classify(null, new LangChain4jException(known))).isEqualTo(known.end());
  }

  @Test
  void theModelWasThereWhoseToolsServerWasNot() {
    CallEnd end =
        CLASSIFIER.classify(null, new ToolExecutionException(new ConnectException("refused")));
    assertThat(end.callClass()).isEqualTo(CallClass.UNAVAILABLE);
    assertThat(end.sent()).isTrue();
  }

  @Test
  void causesThatGoRoundInACircleAreLeftAlone() {
    var one = new LangChain4jException("one");
    var other = new LangChain4jException("other", one);
    one.initCause(other);
    assertThat(of(one)).isEqualTo(CallClass.FATAL);
  }

  // ---- LangChain4j's own client

  private static Throwable thrownBy(String baseUrl, Duration timeout) {
    var model =
        OpenAiChatModel.builder()
            .baseUrl(baseUrl)
            .apiKey("none")
            .modelName("m")
            .timeout(timeout)
            .maxRetries(0)
            .build();
    try {
      model.chat("hello");
    } catch (RuntimeException e) {
      return e;
    }
    throw new AssertionError("it answered");
  }

  private static Throwable thrownAt(int status, String body) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    try {
      return thrownBy("http://127.0.0.1:" + server.getAddress().getPort() + "/v1", PATIENT);
    } finally {
      server.stop(0);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "401, CALLER_FAULT",
    "404, CALLER_FAULT",
    "408, UNAVAILABLE",
    "429, REJECTED",
    "500, UNAVAILABLE",
    "529, REJECTED"
  })
  void itsClientsErrors(int status, CallClass expected) throws IOException {
    assertThat(of(thrownAt(status, "{}"))).isEqualTo(expected);
  }

  @Test
  void itsClientsMalformedAnswer() throws IOException {
    assertThat(of(thrownAt(200, "{\"choices\": ["))).isEqualTo(CallClass.BAD_ANSWER);
  }

  /** An agent's service that asks for a number, and is told something else. */
  private interface Counter {
    int count(String what);
  }

  @Test
  void anAnswerThatIsNotOfTheTypeThatWasAskedFor() {
    ChatModel model =
        new ChatModel() {
          @Override
          public ChatResponse doChat(ChatRequest request) {
            return ChatResponse.builder().aiMessage(AiMessage.from("about a dozen")).build();
          }
        };
    Counter counter = AiServices.create(Counter.class, model);
    assertThatThrownBy(() -> counter.count("eggs"))
        .satisfies(thrown -> assertThat(of(thrown)).isEqualTo(CallClass.BAD_ANSWER));
  }

  @Test
  void itsClientsTimeoutAndRefusedConnection() throws IOException {
    try (var deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThat(
              of(
                  thrownBy(
                      "http://127.0.0.1:" + deaf.getLocalPort() + "/v1", Duration.ofMillis(300))))
          .isEqualTo(CallClass.TIMED_OUT);
    }
    int nobody;
    try (var closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = closed.getLocalPort();
    }
    CallEnd refused =
        CLASSIFIER.classify(null, thrownBy("http://127.0.0.1:" + nobody + "/v1", PATIENT));
    assertThat(refused.callClass()).isEqualTo(CallClass.UNAVAILABLE);
    assertThat(refused.sent()).as("is charged for what never left").isFalse();
  }
}
