package io.headgate.examples.storm.provider;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.headgate.examples.storm.Await;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ModelProviderTest {
  private static final ModelSpeed FAST = new ModelSpeed(ofMillis(1), 1e6, 1e6, 100);

  /** A tenth of a second for the prompt, and then ten seconds for a hundred tokens. */
  private static final ModelSpeed SLOW = new ModelSpeed(ofMillis(100), 1e9, 10, 100);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<ModelProvider> opened = new ArrayList<>();

  @AfterEach
  void close() throws IOException {
    http.shutdownNow();
    for (var provider : opened) {
      provider.close();
    }
  }

  @Test
  void answersAsOpenAiDoesInJson() throws Exception {
    var provider = provider(FAST);

    var response = ask(provider, body(120, 30, ""));

    assertThat(response.statusCode()).isEqualTo(200);
    var json = json(response);
    assertThat(json.path("object").asText()).isEqualTo("chat.completion");
    assertThat(json.path("model").asText()).isEqualTo("gpt-large");
    assertThat(json.at("/choices/0/message/role").asText()).isEqualTo("assistant");
    assertThat(json.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
    assertThat(json.at("/usage/prompt_tokens").asInt()).isEqualTo(120);
    assertThat(json.at("/usage/completion_tokens").asInt()).isEqualTo(30);
    assertThat(json.at("/usage/total_tokens").asInt()).isEqualTo(150);
    assertThat(provider.billed("j")).isEqualTo(new Bill(120, 30));
    assertThat(provider.stats().byResult()).containsEntry("200", 1L);
  }

  @Test
  void theCapOnTheAnswerCutsItAndItsBill() throws Exception {
    var provider = provider(FAST);

    var json = json(ask(provider, body(10, 300, "\"max_completion_tokens\": 20,")));

    assertThat(json.at("/choices/0/finish_reason").asText()).isEqualTo("length");
    assertThat(json.at("/usage/completion_tokens").asInt()).isEqualTo(20);
    assertThat(provider.billed().answerTokens()).isEqualTo(20);
  }

  @Test
  void guessesTheCountsOfAPlainClient() throws Exception {
    var text = "x".repeat(400);

    var json =
        json(
            ask(
                provider(FAST),
                "{\"messages\": [{\"role\": \"user\", \"content\": \"" + text + "\"}]}"));

    assertThat(json.at("/usage/prompt_tokens").asInt()).isEqualTo(100);
    assertThat(json.at("/usage/completion_tokens").asInt()).isPositive();
  }

  @Test
  void streamsServerSentEventsWithUsageAndDone() throws Exception {
    var provider = provider(FAST);

    var response =
        ask(
            provider,
            body(7, 20, "\"stream\": true, \"stream_options\": {\"include_usage\": true},"));

    assertThat(response.headers().firstValue("content-type")).contains("text/event-stream");
    var events = response.body().strip().split("\n\n", -1);
    assertThat(events).allMatch(event -> event.startsWith("data: "));
    assertThat(events[events.length - 1]).isEqualTo("data: [DONE]");
    var usage = Json.MAPPER.readTree(events[events.length - 2].substring("data: ".length()));
    assertThat(usage.path("choices").size()).isZero();
    assertThat(usage.at("/usage/completion_tokens").asInt()).isEqualTo(20);
    var last = Json.MAPPER.readTree(events[events.length - 3].substring("data: ".length()));
    assertThat(last.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
    var first = Json.MAPPER.readTree(events[0].substring("data: ".length()));
    assertThat(first.path("object").asText()).isEqualTo("chat.completion.chunk");
    assertThat(first.at("/choices/0/delta/content").asText()).isNotEmpty();
    assertThat(provider.billed("j")).isEqualTo(new Bill(7, 20));
  }

  @Test
  void refusesWhatIsNoChatRequest() throws Exception {
    var provider = provider(FAST);

    assertThat(ask(provider, "no json").statusCode()).isEqualTo(400);
    assertThat(ask(provider, "{}").body()).contains("'messages' must be an array");
    assertThat(ask(provider, body(0, 1, "")).body()).contains("'prompt_tokens' must be a whole");
    assertThat(get(provider, "/v1/chat/completions").statusCode()).isEqualTo(405);
    assertThat(get(provider, "/v1/models").statusCode()).isEqualTo(404);
  }

  @Test
  void refusesWhatIsNoHttp() throws Exception {
    try (var client = new RawClient(provider(FAST).baseUrl())) {
      client.send("hello\r\n\r\n");
      assertThat(client.readUntil("}}")).startsWith("HTTP/1.1 400").contains("METHOD PATH");
    }
    try (var client = new RawClient(provider(FAST).baseUrl())) {
      client.send("POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n");
      assertThat(client.readUntil("}}")).startsWith("HTTP/1.1 413");
    }
  }

  @Test
  void limitsTheRateAndSaysWhenToComeBack() throws Exception {
    var provider = provider(FAST, 0.1, 2);

    assertThat(ask(provider, body(1, 1, "")).statusCode()).isEqualTo(200);
    assertThat(ask(provider, body(1, 1, "")).statusCode()).isEqualTo(200);
    var refused = ask(provider, body(1, 1, ""));

    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValueAsLong("retry-after").orElse(0)).isBetween(5L, 10L);
    assertThat(refused.headers().firstValueAsLong("retry-after-ms").orElse(0))
        .isBetween(5_000L, 10_000L);
    assertThat(json(refused).at("/error/message").asText()).contains("rate limit");
    assertThat(provider.billed()).isEqualTo(new Bill(2, 2));
  }

  @Test
  void noticesAClientThatHangsUpAndBillsWhatWasDone() throws Exception {
    var provider = provider(SLOW);
    try (var client = new RawClient(provider.baseUrl())) {
      client.post(body(500, 100, ""));
      Await.until("the request is there", () -> provider.inFlight() == 1);
    }

    Await.until("the request is given up", () -> provider.inFlight() == 0);

    assertThat(provider.stats().byResult()).containsEntry("client gone", 1L);
    assertThat(provider.billed().promptTokens()).isEqualTo(500);
    assertThat(provider.billed().answerTokens()).isLessThan(100);
    assertThat(provider.stats().wasted()).isEqualTo(provider.billed());
  }

  @Test
  void stopsAStreamWhoseReaderHasGone() throws Exception {
    var provider = provider(SLOW);
    try (var client = new RawClient(provider.baseUrl())) {
      client.post(body(500, 100, "\"stream\": true,"));
      assertThat(client.readUntil("data: ")).startsWith("HTTP/1.1 200");
    }

    Await.until("the stream is given up", () -> provider.inFlight() == 0);

    assertThat(provider.stats().byResult()).containsEntry("client gone", 1L);
    assertThat(provider.billed().answerTokens()).isBetween(8L, 99L);
  }

  @Test
  void servesManyRequestsOnOneConnection() throws Exception {
    var provider = provider(FAST);
    try (var client = new RawClient(provider.baseUrl())) {
      for (int i = 0; i < 3; i++) {
        client.post(body(1, 1, ""));
        assertThat(client.readUntil("\"total_tokens\":2}}")).startsWith("HTTP/1.1 200");
      }
    }
    assertThat(provider.stats().requests()).isEqualTo(3);
    assertThat(provider.stats().maxInFlight()).isEqualTo(1);
  }

  @Test
  void getsSlowerBeyondItsKneeAndNotBefore() throws Exception {
    var settings = settings(new ModelSpeed(ofMillis(200), 1e9, 1e9, 2), 1e6, 1_000);
    var provider = open(settings);

    long two = millisFor(provider, 2);
    long eight = millisFor(provider, 8);

    assertThat(two).isGreaterThanOrEqualTo(200);
    // Four times the knee takes four times as long.
    assertThat(eight).isBetween(4 * 200L, Math.max(4 * two, 1_200));
    assertThat(provider.stats().maxInFlight()).isEqualTo(8);
  }

  @Test
  void anOutageTakesCapacityToo() throws Exception {
    var provider = open(settings(new ModelSpeed(ofMillis(1), 1e6, 1e6, 8), 1e6, 1_000));

    provider.outage(0.5);
    assertThat(provider.knee()).isEqualTo(4);
    provider.outage(0);

    assertThat(provider.knee()).isEqualTo(8);
    assertThat(ask(provider, body(1, 1, "")).statusCode()).isEqualTo(200);
    assertThatThrownBy(() -> provider.outage(1)).hasMessageContaining("got 1.0");
  }

  @Test
  void anOutageShowsEveryKindOfFault() throws Exception {
    // So fast that the little that is left of it will do.
    var provider = provider(new ModelSpeed(ofMillis(1), 1e6, 1e6, 1e9));
    provider.outage(0.999_999);
    var requests =
        IntStream.range(0, 60).mapToObj(i -> askAsync(provider, body("c" + i, 5, 5, ""))).toList();

    Await.until("a 504", () -> provider.stats().byResult().containsKey("504"));
    Await.until(
        "a dribble to its end", () -> provider.stats().byResult().containsKey("200 dribbled"));

    Await.until("a broken answer", () -> requests.stream().anyMatch(ModelProviderTest::isBroken));

    assertThat(provider.stats().byResult()).containsKeys("503", "200 malformed");
    var malformed =
        requests.stream()
            .filter(ModelProviderTest::isBroken)
            .map(CompletableFuture::join)
            .findFirst()
            .orElseThrow();
    assertThatThrownBy(() -> json(malformed)).isInstanceOf(JsonProcessingException.class);
    assertThat(provider.inFlight()).as("hangs").isPositive();
    requests.forEach(request -> request.cancel(true));
    Await.until("hangs are noticed too", () -> provider.inFlight() == 0);
  }

  @Test
  void theSameTryOfACallMeetsTheSameLuck() throws Exception {
    var first = luck(provider(FAST));
    var second = luck(provider(FAST));

    assertThat(second).isEqualTo(first);
    assertThat(first).contains(200, 503);
  }

  /** Statuses of quick results only: what hangs, dribbles or waits for a gateway counts as 0. */
  private List<Integer> luck(ModelProvider provider) throws Exception {
    provider.outage(0.5);
    var dice = new Dice(1);
    var statuses = new ArrayList<Integer>();
    for (int i = 0; i < 24; i++) {
      boolean meets = dice.roll("c" + i, 0, 1) < 0.5;
      boolean quick = !meets || Fault.at(dice.roll("c" + i, 0, 2)) == Fault.UNAVAILABLE;
      statuses.add(quick ? ask(provider, body("c" + i, 1, 1, "")).statusCode() : 0);
    }
    return statuses;
  }

  private long millisFor(ModelProvider provider, int requests) throws Exception {
    long start = System.nanoTime();
    var all =
        IntStream.range(0, requests)
            .mapToObj(i -> askAsync(provider, body("m" + i, 1, 1, "")))
            .toArray(CompletableFuture[]::new);
    CompletableFuture.allOf(all).get(20, SECONDS);
    return Duration.ofNanos(System.nanoTime() - start).toMillis();
  }

  private ModelProvider provider(ModelSpeed speed) throws IOException {
    return provider(speed, 1e6, 1_000);
  }

  private ModelProvider provider(ModelSpeed speed, double perSecond, int burst) throws IOException {
    return open(settings(speed, perSecond, burst));
  }

  private ModelProvider open(ProviderSettings settings) throws IOException {
    var provider = new ModelProvider(settings, 1);
    opened.add(provider);
    return provider;
  }

  private static ProviderSettings settings(ModelSpeed speed, double perSecond, int burst) {
    return new ProviderSettings(
        1, speed, perSecond, burst, ofMillis(50), ofMinutes(10), ofMillis(1), 2.5, 10);
  }

  private HttpResponse<String> ask(ModelProvider provider, String body) throws Exception {
    return askAsync(provider, body).get(20, SECONDS);
  }

  private CompletableFuture<HttpResponse<String>> askAsync(ModelProvider provider, String body) {
    return http.sendAsync(
        java.net.http.HttpRequest.newBuilder(URI.create(provider.baseUrl() + "/chat/completions"))
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  private HttpResponse<String> get(ModelProvider provider, String path) throws Exception {
    return http.send(
        java.net.http.HttpRequest.newBuilder(provider.baseUrl().resolve(path)).build(),
        BodyHandlers.ofString());
  }

  private static boolean isBroken(CompletableFuture<HttpResponse<String>> answer) {
    var response = answer.isDone() ? answer.join() : null;
    return response != null && response.statusCode() == 200 && !response.body().endsWith("}}");
  }

  private static JsonNode json(HttpResponse<String> response) throws JsonProcessingException {
    return Json.MAPPER.readTree(response.body());
  }

  private static String body(int promptTokens, int answerTokens, String more) {
    return body("j.0", promptTokens, answerTokens, more);
  }

  private static String body(String call, int promptTokens, int answerTokens, String more) {
    return """
    {"model": "gpt-large", %s "messages": [{"role": "user", "content": "hello"}],
     "metadata": {"job": "j", "call": "%s", "prompt_tokens": "%d", "completion_tokens": "%d"}}
    """
        .formatted(more, call, promptTokens, answerTokens);
  }
}
