package io.headgate.examples.storm.provider;

import java.time.Duration;

/**
 * How the provider behaves. All times are in provider time; {@code scale} makes them short enough
 * for a demonstration.
 *
 * @param scale the wall's clock runs so many times slower than the provider's: 10 turns 20 s into 2
 *     s
 * @param speed the latency model
 * @param requestsPerSecond the rate limit, per wall second
 * @param burst how many requests may come at once before the limit counts
 * @param gatewayTimeout after which a 504 is given
 * @param hang after which the provider hangs up on a request that it never answered
 * @param dribble pause between two bytes of a dribbled answer
 * @param dollarsPerMillionPrompt price of what it reads
 * @param dollarsPerMillionAnswer price of what it writes
 */
public record ProviderSettings(
    int scale,
    ModelSpeed speed,
    double requestsPerSecond,
    int burst,
    Duration gatewayTimeout,
    Duration hang,
    Duration dribble,
    double dollarsPerMillionPrompt,
    double dollarsPerMillionAnswer) {
  public ProviderSettings {
    if (scale < 1 || !(requestsPerSecond > 0) || burst < 1) {
      throw new IllegalArgumentException(
          "scale, rate and burst are above 0, got %d, %s and %d"
              .formatted(scale, requestsPerSecond, burst));
    }
    if (gatewayTimeout.isNegative() || hang.isNegative() || dribble.isNegative()) {
      throw new IllegalArgumentException(
          "times are 0 or above, got gateway timeout %s, hang %s, dribble %s"
              .formatted(gatewayTimeout, hang, dribble));
    }
  }

  /** Provider time to wall time. */
  Duration scaled(Duration provider) {
    return provider.dividedBy(scale);
  }

  public double dollars(long promptTokens, long answerTokens) {
    return (promptTokens * dollarsPerMillionPrompt + answerTokens * dollarsPerMillionAnswer) / 1e6;
  }
}
