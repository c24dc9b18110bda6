package io.headgate.journal;

import io.headgate.AgentSettings;

/** What is missing in a bucket, which time fills. One thread. */
final class BucketFold {
  private static final double NS_PER_MINUTE = 60e9;

  private long rate = AgentSettings.NO_RATE;
  private double missing;

  /** It is filled so much a minute from now on; what is missing stays missing. */
  void rate(long perMinute) {
    rate = perMinute;
  }

  /** So much was used; nothing is missing in a bucket that is none. */
  void use(long amount) {
    if (rate != AgentSettings.NO_RATE) {
      missing += amount;
    }
  }

  /** So much time has passed. */
  void pass(long ns) {
    if (rate != AgentSettings.NO_RATE) {
      missing = Math.max(0, missing - ns * (rate / NS_PER_MINUTE));
    }
  }

  /** Whether it is full. */
  boolean isFull() {
    return missing == 0;
  }

  /** Rounded up. */
  long missing() {
    return (long) Math.ceil(missing);
  }

  PastImage.OfBucket image() {
    return new PastImage.OfBucket(rate, missing);
  }

  static BucketFold of(long rate, double missing) {
    var fold = new BucketFold();
    fold.rate = rate;
    fold.missing = missing;
    return fold;
  }
}
