package io.headgate.examples.storm.provider;

/** What a request meets in the part of the provider that is out. */
public enum Fault {
  /** 503 at once. */
  UNAVAILABLE(40, false),
  /** 504 after a while: a gateway that gave up on the machine behind it. */
  GATEWAY_TIMEOUT(20, false),
  /** Accepted, and never a byte of an answer. */
  HANG(10, false),
  /** 200, its headers at once, and then a byte at a time. */
  DRIBBLE(10, true),
  /** 200 with a body that breaks off in the middle. */
  MALFORMED_JSON(20, true);

  private final int percent;
  private final boolean works;

  Fault(int percent, boolean works) {
    this.percent = percent;
    this.works = works;
  }

  /** The share of faults for which the whole answer is made, and cannot be read. */
  static double shareThatWorks() {
    int percent = 0;
    for (var fault : values()) {
      percent += fault.works ? fault.percent : 0;
    }
    return percent / 100.0;
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
