package io.headgate;

import java.util.Optional;
import java.util.function.Function;

/** What providers of models say of their limits in the headers of an answer. */
final class RateLimitHeaders {
  private static final String OPENAI = "x-ratelimit-limit-";
  private static final String ANTHROPIC = "anthropic-ratelimit-";

  private RateLimitHeaders() {}

  static ProviderQuota quotaOf(Function<String, Optional<String>> header) {
    long calls =
        first(header, OPENAI + "requests", ANTHROPIC + "requests-limit", ProviderQuota.MAX_CALLS);
    long tokens =
        first(header, OPENAI + "tokens", ANTHROPIC + "tokens-limit", ProviderQuota.MAX_TOKENS);
    return calls == 0 && tokens == 0 ? ProviderQuota.NONE : new ProviderQuota(calls, tokens);
  }

  private static long first(
      Function<String, Optional<String>> header, String name, String other, long max) {
    long value = number(header.apply(name), max);
    return value == ProviderQuota.UNKNOWN ? number(header.apply(other), max) : value;
  }

  // A limit of nothing would stop all for good: such a provider says so by rejecting.
  private static long number(Optional<String> text, long max) {
    try {
      long value = text.isEmpty() ? 0 : Long.parseLong(text.get().strip());
      return value > 0 && value <= max ? value : ProviderQuota.UNKNOWN;
    } catch (NumberFormatException e) {
      return ProviderQuota.UNKNOWN;
    }
  }
}
