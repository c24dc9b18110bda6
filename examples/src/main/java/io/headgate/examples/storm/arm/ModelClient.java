package io.headgate.examples.storm.arm;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiChatRequestParameters;
import io.headgate.examples.storm.provider.ModelKind;
import io.headgate.examples.storm.workload.CallPlan;
import java.net.URI;
import java.time.Duration;
import java.util.Map;

/**
 * LangChain4j's OpenAI client, as a host sets it up, over the JDK's HTTP client. Both arms use one
 * each.
 *
 * <p>An interrupt ends a call in every phase, since the JDK's HTTP client closes the connection
 * then. The client's timeout does not: it ends at the response's headers.
 */
final class ModelClient {
  /** An answer longer than this is nobody's; the trace's longest has 2,000 tokens. */
  static final int MAX_ANSWER_TOKENS = 2_048;

  private final OpenAiChatModel model;

  ModelClient(URI baseUrl, Duration timeout) {
    this.model =
        OpenAiChatModel.builder()
            .baseUrl(baseUrl.toString())
            .apiKey("none-needed-on-loopback")
            .modelName(ModelKind.LARGE.id())
            .timeout(timeout)
            .maxRetries(0) // retries are the host's business here: they are what is compared
            .build();
  }

  /**
   * Makes the call once; throws whatever LangChain4j throws.
   *
   * @param attempt which of its attempts this is
   */
  ChatResponse ask(CallPlan call, int attempt, int maxAnswerTokens) {
    return ask(call, attempt, maxAnswerTokens, ModelKind.LARGE);
  }

  ChatResponse ask(CallPlan call, int attempt, int maxAnswerTokens, ModelKind kind) {
    var parameters =
        OpenAiChatRequestParameters.builder()
            .modelName(kind.id())
            .maxCompletionTokens(maxAnswerTokens)
            // Counts instead of kilobytes of filler, so that the provider is loaded and not this
            // host.
            .metadata(
                Map.of(
                    "job", String.valueOf(call.job()),
                    "call", call.job() + "." + call.step(),
                    "attempt", call.attempt(attempt),
                    "prompt_tokens", String.valueOf(call.promptTokens()),
                    "completion_tokens", String.valueOf(call.completionTokens())))
            .build();
    return model.chat(
        ChatRequest.builder()
            .messages(UserMessage.from("a prompt of so many tokens"))
            .parameters(parameters)
            .build());
  }
}
