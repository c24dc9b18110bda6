package io.headgate.journal;

import io.headgate.AgentSettings;
import io.headgate.recovery.Past;

/** What an agent, or all together, have used of their limits, as attempts end. One thread. */
final class UseFold {
  private static final double NS_PER_MINUTE = 60e9;

  private long rate = AgentSettings.NO_RATE;
  private long tokens;
  private long moneyNanos;
  private double missing;
  private long atNs;

  /** With a bucket of so many tokens a minute from now on; what is missing in it stays missing. */
  void rate(long tokensPerMinute, long nowNs) {
    pass(nowNs);
    rate = tokensPerMinute;
  }

  /**
   * So much was used.
   *
   * @param isLimited whether it counts in what may be spent in all
   */
  void use(long tokens, long moneyNanos, boolean isLimited, long nowNs) {
    pass(nowNs);
    if (rate != AgentSettings.NO_RATE) {
      missing += tokens;
    }
    if (isLimited) {
      this.tokens += tokens;
      this.moneyNanos += moneyNanos;
    }
  }

  private void pass(long nowNs) {
    if (rate != AgentSettings.NO_RATE) {
      missing = Math.max(0, missing - (nowNs - atNs) * (rate / NS_PER_MINUTE));
    }
    atNs = Math.max(atNs, nowNs);
  }

  /** Whether there is nothing to tell. */
  boolean isNothing() {
    return tokens == 0 && moneyNanos == 0 && missing == 0;
  }

  /** Likewise at that time. */
  boolean isNothing(long nowNs) {
    pass(nowNs);
    return isNothing();
  }

  Past.Used used() {
    return isNothing()
        ? Past.Used.NOTHING
        : new Past.Used(tokens, moneyNanos, (long) Math.ceil(missing), atNs);
  }

  PastImage.OfUse image() {
    return new PastImage.OfUse(rate, tokens, moneyNanos, missing, atNs);
  }

  static UseFold of(PastImage.OfUse image) {
    var fold = new UseFold();
    fold.rate = image.rate();
    fold.tokens = image.tokens();
    fold.moneyNanos = image.moneyNanos();
    fold.missing = image.missing();
    fold.atNs = image.atNs();
    return fold;
  }
}
