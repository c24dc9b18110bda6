package io.headgate.examples.storm.provider;

/** What a request meets in the part of the provider that is out. */
public enum Fault {
  /** 503 at once. */
  UNAVAILABLE(40),
  /** 504 after a while: a gateway that gave up on the machine behind it. */
  GATEWAY_TIMEOUT(20),
  /** Accepted, and never a byte of an answer. */
  HANG(10),
  /** 200, its headers at once, and then a byte at a time. */
  DRIBBLE(10),
  /** 200 with a body that breaks off in the middle. */
  MALFORMED_JSON(20);

  private final int percent;

  Fault(int percent) {
    this.percent = percent;
  }

  /** One of the kinds by a number from 0 to below 1, in the mixture of a bad night. */
  static Fault at(double dice) {
    double left = dice * 100;
    for (var fault : values()) {
      left -= fault.percent;
      if (left < 0) {
        return fault;
      }
    }
    return MALFORMED_JSON;
  }
}
