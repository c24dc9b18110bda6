package io.headgate.examples.storm.provider;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The provider: {@code POST /v1/chat/completions} on loopback, as JSON or as server-sent events.
 *
 * <p>It bills as a provider does: the prompt once it begins to work, and every token of answer that
 * it made, whether or not the client was still there. Refused (429, 503, 504) and hung requests are
 * free. Beside the large model there is a smaller one, see {@link ModelKind}: an outage takes a
 * part of the large one alone.
 */
public final class ModelProvider implements AutoCloseable {
  private static final String PATH = "/v1/chat/completions";
  private static final byte[] DONE = "[DONE]".getBytes(US_ASCII);

  /** Tokens of answer in one event of a stream. */
  private static final int CHUNK = 8;

  private static final int WHETHER = 1;
  private static final int WHICH = 2;

  private final ProviderSettings settings;
  private final Dice dice;
  private final SharedCompute compute;
  private final SharedCompute small;
  private final ModelSpeed smallSpeed;
  private final RateLimit rateLimit;
  private final AtomicInteger smallInFlight = new AtomicInteger();
  private final Books books = new Books();
  private final AtomicLong ids = new AtomicLong();
  private final HttpListener listener;
  private volatile double outShare;

  public ModelProvider(ProviderSettings settings, long seed) throws IOException {
    this.settings = settings;
    this.dice = new Dice(seed);
    this.compute = new SharedCompute(settings.speed().knee());
    this.smallSpeed = ModelKind.SMALL.speed(settings.speed());
    this.small = new SharedCompute(smallSpeed.knee());
    this.rateLimit =
        new RateLimit(settings.requestsPerSecond(), settings.burst(), System.nanoTime());
    this.listener = new HttpListener(this::answer);
  }

  /** What an OpenAI client wants as its base URL. */
  public URI baseUrl() {
    return listener.uri().resolve("/v1");
  }

  /**
   * Takes a share of the provider out, 0 for none: its capacity is gone, its requests meet faults.
   */
  public void outage(double share) {
    if (!(share >= 0 && share < 1)) {
      throw new IllegalArgumentException("an outage takes a share from 0 to below 1, got " + share);
    }
    outShare = share;
    compute.knee(settings.speed().knee() * (1 - share));
  }

  public ProviderStats stats() {
    return books.stats();
  }

  public int inFlight() {
    return books.inFlight();
  }

  public Bill billed() {
    return books.billed();
  }

  /** What a job has cost so far. */
  public Bill billed(String job) {
    return books.billed(job);
  }

  /** What one attempt of a call has cost so far, by the name that it gave itself. */
  public Bill billedOfAttempt(String attempt) {
    return books.billedOfAttempt(attempt);
  }

  /** What has been billed so far, each model at its price. */
  public double dollars() {
    var all = books.billed();
    var ofSmall = books.billedOfSmall();
    return settings.dollars(
            all.promptTokens() - ofSmall.promptTokens(),
            all.answerTokens() - ofSmall.answerTokens())
        + settings.dollars(ofSmall.promptTokens(), ofSmall.answerTokens())
            * ModelKind.SMALL.pricePercent()
            / 100;
  }

  /** How many requests of the large model run at full speed at once by now. */
  public double knee() {
    return settings.speed().knee() * (1 - outShare);
  }

  /** Requests beyond those that run at full speed at once by now, of each model. */
  public int queued() {
    int ofSmall = smallInFlight.get();
    return beyond(inFlight() - ofSmall, knee()) + beyond(ofSmall, smallSpeed.knee());
  }

  private static int beyond(int requests, double knee) {
    return (int) Math.max(0, requests - Math.ceil(knee));
  }

  @Override
  public void close() throws IOException {
    listener.close();
    compute.close();
    small.close();
  }

  private void answer(HttpExchange exchange) throws IOException {
    books.begin();
    var result = "client gone";
    try {
      result = route(exchange);
    } catch (BadRequestException e) {
      exchange.json(
          e.status(),
          ChatReplies.error("invalid_request_error", String.valueOf(e.getMessage())),
          Map.of());
      result = String.valueOf(e.status());
    } finally {
      books.end(result);
    }
    exchange.flush();
  }

  private String route(HttpExchange exchange) throws IOException, BadRequestException {
    if (!exchange.request().path().equals(PATH)) {
      throw new BadRequestException(404, "only " + PATH + " is served");
    }
    if (!exchange.request().method().equals("POST")) {
      throw new BadRequestException(405, PATH + " takes POST");
    }
    long waitNanos = rateLimit.take(System.nanoTime());
    if (waitNanos > 0) {
      return tooMany(exchange, waitNanos);
    }
    var request = ChatRequest.parse(exchange.request().body());
    if (request.kind() == ModelKind.SMALL) {
      smallInFlight.incrementAndGet();
      try {
        return answer(exchange, request);
      } finally {
        smallInFlight.decrementAndGet();
      }
    }
    int attempt = books.nextTry(request.call());
    if (dice.roll(request.call(), attempt, WHETHER) < outShare) {
      return fault(exchange, request, Fault.at(dice.roll(request.call(), attempt, WHICH)));
    }
    return answer(exchange, request);
  }

  private String answer(HttpExchange exchange, ChatRequest request) throws IOException {
    return request.stream() ? stream(exchange, request) : complete(exchange, request);
  }

  private String complete(HttpExchange exchange, ChatRequest request) throws IOException {
    if (!compute(request)) {
      return "client gone";
    }
    exchange.json(200, ChatReplies.completion(nextId(), request), Map.of());
    return "200";
  }

  private String stream(HttpExchange exchange, ChatRequest request) throws IOException {
    var id = nextId();
    var meter = new Meter(request);
    try {
      if (!meter.prompt()) {
        return "client gone";
      }
      exchange.beginEvents();
      exchange.flush();
      while (meter.left() > 0) {
        if (!meter.answer(Math.min(CHUNK, meter.left()))) {
          return "client gone";
        }
        exchange.event(ChatReplies.chunk(id, request, false));
        exchange.flush();
      }
      exchange.event(ChatReplies.chunk(id, request, true));
      if (request.includeUsage()) {
        exchange.event(ChatReplies.usageChunk(id, request));
      }
      exchange.event(DONE);
      exchange.endEvents();
      return "200";
    } finally {
      meter.settle(meter.left() > 0);
    }
  }

  private String fault(HttpExchange exchange, ChatRequest request, Fault fault) throws IOException {
    return switch (fault) {
      case UNAVAILABLE -> {
        error(exchange, 503, "the engine is overloaded, try again later");
        yield "503";
      }
      case GATEWAY_TIMEOUT -> {
        if (!rest(settings.gatewayTimeout())) {
          yield "client gone";
        }
        error(exchange, 504, "the upstream did not answer in time");
        yield "504";
      }
      case HANG -> {
        boolean stayed = rest(settings.hang());
        if (stayed) {
          throw new IOException("hanging up on a request that was never answered");
        }
        yield "client gone";
      }
      case DRIBBLE -> dribble(exchange, request);
      case MALFORMED_JSON -> {
        if (!compute(request)) {
          yield "client gone";
        }
        var whole = ChatReplies.completion(nextId(), request);
        exchange.json(200, Arrays.copyOf(whole, whole.length / 2), Map.of());
        yield "200 malformed";
      }
    };
  }

  private String dribble(HttpExchange exchange, ChatRequest request) throws IOException {
    if (!compute(request)) {
      return "client gone";
    }
    var body = ChatReplies.completion(nextId(), request);
    exchange.beginJson(200, body.length, Map.of());
    for (int i = 0; i < body.length; i++) {
      exchange.raw(body, i, 1);
      exchange.flush();
      if (!rest(settings.dribble())) {
        return "client gone";
      }
    }
    return "200 dribbled";
  }

  private String tooMany(HttpExchange exchange, long waitNanos) throws IOException {
    // Retry-After knows whole seconds only; OpenAI says milliseconds in a header of its own.
    long millis = Math.ceilDiv(waitNanos, 1_000_000);
    exchange.json(
        429,
        ChatReplies.error("requests", "rate limit reached for requests"),
        Map.of(
            "Retry-After", String.valueOf(Math.ceilDiv(millis, 1_000)),
            "retry-after-ms", String.valueOf(millis)));
    return "429";
  }

  private static void error(HttpExchange exchange, int status, String message) throws IOException {
    exchange.json(status, ChatReplies.error("server_error", message), Map.of());
  }

  /** All of the work of a request in one go; false when the client left before its end. */
  private boolean compute(ChatRequest request) {
    var meter = new Meter(request);
    boolean whole = meter.prompt() && meter.answer(meter.left());
    meter.settle(!whole);
    return whole;
  }

  /** Waits in provider time; false when the client left meanwhile. */
  private boolean rest(Duration provider) {
    long until = System.nanoTime() + settings.scaled(provider).toNanos();
    while (!Thread.currentThread().isInterrupted()) {
      long left = until - System.nanoTime();
      if (left <= 0) {
        return true;
      }
      LockSupport.parkNanos(this, left);
    }
    return false;
  }

  private String nextId() {
    return "chatcmpl-" + ids.incrementAndGet();
  }

  /** Works through one request and counts what there is to bill. */
  private final class Meter {
    private final ChatRequest request;
    private final SharedCompute machines;
    private final ModelSpeed speed;
    private boolean promptBegun;
    private double made;

    Meter(ChatRequest request) {
      this.request = request;
      boolean isSmall = request.kind() == ModelKind.SMALL;
      machines = isSmall ? small : compute;
      speed = isSmall ? smallSpeed : settings.speed();
    }

    int left() {
      return request.answerTokens() - (int) made;
    }

    boolean prompt() {
      promptBegun = true;
      return machines.work(speed.firstTokenNanos(request.promptTokens()) / settings.scale()) == 1;
    }

    boolean answer(int tokens) {
      double done = machines.work(speed.answerNanos(tokens) / settings.scale());
      made += done * tokens;
      return done == 1;
    }

    void settle(boolean useless) {
      if (promptBegun) {
        var bill = new Bill(request.promptTokens(), (long) made);
        books.bill(request, bill, useless);
      }
    }
  }
}
