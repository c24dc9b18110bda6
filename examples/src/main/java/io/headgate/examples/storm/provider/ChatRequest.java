package io.headgate.examples.storm.provider;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;

/**
 * What the provider needs of a chat completion request.
 *
 * <p>The storm does not send thousands of tokens of filler with each call, which would load this
 * machine and not the provider. OpenAI's {@code metadata} carries the counts instead: {@code
 * prompt_tokens}, {@code completion_tokens}, and {@code job}, {@code call} and {@code attempt} to
 * keep books by. Without it the provider guesses from the text, as it does for any other client.
 *
 * @param answerTokens what the model has to say, already cut to the cap
 * @param cut whether the cap cut it
 */
record ChatRequest(
    String model,
    int promptTokens,
    int answerTokens,
    boolean cut,
    boolean stream,
    boolean includeUsage,
    String job,
    String call,
    String attempt) {
  private static final int CHARS_PER_TOKEN = 4;
  private static final int DEFAULT_ANSWER = 16;
  private static final int MAX_TOKENS = 1_000_000;

  ModelKind kind() {
    return ModelKind.of(model);
  }

  static ChatRequest parse(String body) throws BadRequestException {
    JsonNode root = tree(body);
    var messages = root.path("messages");
    if (!messages.isArray() || messages.isEmpty()) {
      throw new BadRequestException(400, "'messages' must be an array with at least one message");
    }
    var metadata = root.path("metadata");
    int prompt = count(metadata, "prompt_tokens", guess(messages));
    int wanted = count(metadata, "completion_tokens", DEFAULT_ANSWER);
    int cap = count(root, "max_completion_tokens", count(root, "max_tokens", MAX_TOKENS));
    return new ChatRequest(
        root.path("model").asText("unknown"),
        prompt,
        Math.min(wanted, cap),
        wanted > cap,
        root.path("stream").asBoolean(),
        root.path("stream_options").path("include_usage").asBoolean(),
        metadata.path("job").asText("-"),
        metadata.path("call").asText("-"),
        metadata.path("attempt").asText("-"));
  }

  private static JsonNode tree(String body) throws BadRequestException {
    try {
      var root = Json.MAPPER.readTree(body);
      if (root != null && root.isObject()) {
        return root;
      }
    } catch (JsonProcessingException e) {
      // Said below. Jackson's own message quotes the body, which may hold a prompt.
    }
    throw new BadRequestException(400, "the body must be a JSON object");
  }

  private static int guess(JsonNode messages) {
    long chars = 0;
    for (var message : messages) {
      chars += message.path("content").asText().length();
    }
    return Math.clamp(chars / CHARS_PER_TOKEN, 1, MAX_TOKENS);
  }

  /** Metadata values are strings, caps are numbers; both are taken. */
  private static int count(JsonNode parent, String field, int otherwise)
      throws BadRequestException {
    var node = parent.path(field);
    if (node.isMissingNode() || node.isNull()) {
      return otherwise;
    }
    int value = node.asInt(-1);
    if (value < 1 || value > MAX_TOKENS) {
      throw new BadRequestException(
          400, "'%s' must be a whole number from 1 to %d".formatted(field, MAX_TOKENS));
    }
    return value;
  }
}
