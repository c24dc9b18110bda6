package io.headgate;

import java.util.Optional;
import java.util.function.Function;

/**
 * What a provider says that it lets through: calls a minute, tokens a minute, or both. A target
 * with a {@link PacePolicy} spaces its starts below that at once, and need not be rejected to learn
 * it. Immutable.
 *
 * @param callsPerMinute 1 to 10^9, or {@link #UNKNOWN}
 * @param tokensPerMinute input and output, as reserved, 1 to 10^12, or {@link #UNKNOWN}
 */
public record ProviderQuota(long callsPerMinute, long tokensPerMinute) {
  /** It was not said. */
  public static final long UNKNOWN = 0;

  /** Nothing was said. */
  public static final ProviderQuota NONE = new ProviderQuota(UNKNOWN, UNKNOWN);

  static final long MAX_CALLS = 1_000_000_000L;
  static final long MAX_TOKENS = 1_000_000_000_000L;

  /** Checks the bounds. */
  public ProviderQuota {
    Bounds.check("quota's callsPerMinute", callsPerMinute, UNKNOWN, MAX_CALLS);
    Bounds.check("quota's tokensPerMinute", tokensPerMinute, UNKNOWN, MAX_TOKENS);
  }

  /**
   * As the headers of an answer say: {@code x-ratelimit-limit-requests} and {@code -tokens} (OpenAI
   * and those that follow it), {@code anthropic-ratelimit-requests-limit} and {@code
   * -tokens-limit}. What is missing, no number or out of bounds is {@link #UNKNOWN}. Both are taken
   * for limits on a minute, as those providers document them: one on a day, which some say in the
   * same words, is learned from rejections. Any client will do; with the JDK's, {@code
   * ProviderQuota.of(response.headers()::firstValue)}.
   *
   * @param header an answer's first header of that name, in whatever case
   */
  public static ProviderQuota of(Function<String, Optional<String>> header) {
    return RateLimitHeaders.quotaOf(header);
  }

  /** Whether anything was said. */
  public boolean isKnown() {
    return callsPerMinute != UNKNOWN || tokensPerMinute != UNKNOWN;
  }
}
