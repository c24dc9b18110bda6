package io.headgate.examples.storm.provider;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** The bodies that OpenAI's API answers with. */
final class ChatReplies {
  private static final String WORD = "flow ";

  private ChatReplies() {}

  /** A whole answer, {@code chat.completion}. */
  static byte[] completion(String id, ChatRequest request) {
    var root = head(id, "chat.completion", request);
    var choice = root.putArray("choices").addObject().put("index", 0);
    // One word stands for all: the counts are in the usage, and the text costs only CPU.
    choice.putObject("message").put("role", "assistant").put("content", WORD.strip());
    choice.put("finish_reason", finishReason(request));
    usage(root, request);
    return Json.bytes(root);
  }

  /** A part of a streamed answer, {@code chat.completion.chunk}. */
  static byte[] chunk(String id, ChatRequest request, boolean last) {
    var root = head(id, "chat.completion.chunk", request);
    var choice = root.putArray("choices").addObject().put("index", 0);
    var delta = choice.putObject("delta");
    if (last) {
      choice.put("finish_reason", finishReason(request));
    } else {
      delta.put("role", "assistant").put("content", WORD);
      choice.putNull("finish_reason");
    }
    return Json.bytes(root);
  }

  /** The last part when the client asked for {@code include_usage}: no choices, only the usage. */
  static byte[] usageChunk(String id, ChatRequest request) {
    var root = head(id, "chat.completion.chunk", request);
    root.putArray("choices");
    usage(root, request);
    return Json.bytes(root);
  }

  static byte[] error(String type, String message) {
    var root = Json.MAPPER.createObjectNode();
    root.putObject("error").put("message", message).put("type", type).putNull("code");
    return Json.bytes(root);
  }

  private static ObjectNode head(String id, String object, ChatRequest request) {
    return Json.MAPPER
        .createObjectNode()
        .put("id", id)
        .put("object", object)
        .put("created", 0)
        .put("model", request.model());
  }

  private static String finishReason(ChatRequest request) {
    return request.cut() ? "length" : "stop";
  }

  private static void usage(ObjectNode root, ChatRequest request) {
    root.putObject("usage")
        .put("prompt_tokens", request.promptTokens())
        .put("completion_tokens", request.answerTokens())
        .put("total_tokens", request.promptTokens() + request.answerTokens());
  }
}
