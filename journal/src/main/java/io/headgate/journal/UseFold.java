package io.headgate.journal;

import io.headgate.admission.SpendingAccount;
import io.headgate.recovery.Past;

/**
 * What an agent, a job, or all together, have used of their limits, as attempts end. One thread.
 */
final class UseFold {
  private long tokens;
  private long moneyNanos;
  private BucketFold ofTokens = new BucketFold();
  private BucketFold ofMoney = new BucketFold();
  private long atNs;

  /** With a bucket of so many tokens a minute from now on; what is missing in it stays missing. */
  void tokensPerMinute(long perMinute, long nowNs) {
    pass(nowNs);
    ofTokens.rate(perMinute);
  }

  /** Likewise of money, in micro-dollars. */
  void microsPerMinute(long perMinute, long nowNs) {
    pass(nowNs);
    ofMoney.rate(perMinute);
  }

  /**
   * So much was used.
   *
   * @param isLimited whether it counts in what may be spent in all, and in a minute
   */
  void use(long tokens, long moneyNanos, boolean isLimited, long nowNs) {
    pass(nowNs);
    ofTokens.use(tokens);
    if (isLimited) {
      this.tokens += tokens;
      this.moneyNanos += moneyNanos;
      ofMoney.use(SpendingAccount.micros(moneyNanos));
    }
  }

  private void pass(long nowNs) {
    long ns = Math.max(0, nowNs - atNs); // the time of day may go back
    ofTokens.pass(ns);
    ofMoney.pass(ns);
    atNs += ns;
  }

  /** Whether there is nothing to tell. */
  boolean isNothing() {
    return tokens == 0 && moneyNanos == 0 && ofTokens.isFull() && ofMoney.isFull();
  }

  /** Likewise at that time. */
  boolean isNothing(long nowNs) {
    pass(nowNs);
    return isNothing();
  }

  Past.Used used() {
    return isNothing()
        ? Past.Used.NOTHING
        : new Past.Used(tokens, moneyNanos, ofTokens.missing(), ofMoney.missing(), atNs);
  }

  PastImage.OfUse image() {
    PastImage.OfBucket bucket = ofTokens.image();
    return new PastImage.OfUse(
        bucket.rate(), tokens, moneyNanos, bucket.missing(), atNs, ofMoney.image());
  }

  static UseFold of(PastImage.OfUse image) {
    var fold = new UseFold();
    fold.tokens = image.tokens();
    fold.moneyNanos = image.moneyNanos();
    fold.ofTokens = BucketFold.of(image.rate(), image.missing());
    PastImage.OfBucket money = image.money();
    if (money != null) {
      fold.ofMoney = BucketFold.of(money.rate(), money.missing());
    }
    fold.atNs = image.atNs();
    return fold;
  }
}
