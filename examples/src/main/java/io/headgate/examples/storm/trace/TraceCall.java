package io.headgate.examples.storm.trace;

/**
 * One row of a trace.
 *
 * @param gapNanos time since the row before; 0 for the first
 * @param contextTokens tokens of the prompt
 * @param generatedTokens tokens of the answer
 */
public record TraceCall(long gapNanos, int contextTokens, int generatedTokens) {
  public TraceCall {
    if (gapNanos < 0 || contextTokens < 0 || generatedTokens < 0) {
      throw new IllegalArgumentException(
          "a trace call has no negative part, got gapNanos=%d, contextTokens=%d, generatedTokens=%d"
              .formatted(gapNanos, contextTokens, generatedTokens));
    }
  }
}
