package io.headgate.examples.storm.provider;

import java.time.Duration;

/**
 * How fast the model is, in provider time (before scaling).
 *
 * @param overhead of a request before its prompt is read
 * @param promptTokensPerSecond prefill: together with the overhead this gives the time to first
 *     token
 * @param answerTokensPerSecond decode
 * @param knee how many requests run at full speed at once; beyond it they share that much
 */
public record ModelSpeed(
    Duration overhead, double promptTokensPerSecond, double answerTokensPerSecond, double knee) {
  public ModelSpeed {
    if (overhead.isNegative()
        || !(promptTokensPerSecond > 0)
        || !(answerTokensPerSecond > 0)
        || !(knee > 0)) {
      throw new IllegalArgumentException(
          "a model has speeds and a knee above 0, got %s, %s and %s tokens/s, knee %s"
              .formatted(overhead, promptTokensPerSecond, answerTokensPerSecond, knee));
    }
  }

  /** Time to first token with the provider to itself. */
  double firstTokenNanos(int promptTokens) {
    return overhead.toNanos() + promptTokens / promptTokensPerSecond * 1e9;
  }

  /** Time for so many tokens of answer with the provider to itself. */
  double answerNanos(double tokens) {
    return tokens / answerTokensPerSecond * 1e9;
  }
}
