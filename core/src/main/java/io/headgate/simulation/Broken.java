package io.headgate.simulation;

import java.time.Duration;

/** What becomes of a call in the part of a provider that has a bad night. */
enum Broken {
  NOT(0),
  UNAVAILABLE(40),
  GATEWAY_TIMEOUT(20),
  HANGS(10),
  DRIBBLES(10),
  UNREADABLE(20);

  private static final double ALL = 100;
  private static final Duration GIVES_UP = Duration.ofSeconds(10);

  private final int percent;

  Broken(int percent) {
    this.percent = percent;
  }

  /** One of the kinds, by a number from 0 to below 1. */
  static Broken at(double dice) {
    double left = dice * ALL;
    for (Broken each : values()) {
      left -= each.percent;
      if (left < 0) {
        return each;
      }
    }
    return UNREADABLE;
  }

  /** What happens in place of any work. */
  void before(VirtualAttempt attempt) throws CallFailed, Actor.Interrupted {
    switch (this) {
      case UNAVAILABLE -> fail(attempt, CallFailed.Kind.UNAVAILABLE);
      case GATEWAY_TIMEOUT -> {
        attempt.sleep(GIVES_UP.toNanos());
        fail(attempt, CallFailed.Kind.GATEWAY_TIMEOUT);
      }
      case HANGS -> {
        attempt.usage(0, 0);
        attempt.sleep(Latency.LONGEST.toNanos());
      }
      case NOT, DRIBBLES, UNREADABLE -> {}
    }
  }

  private static void fail(VirtualAttempt attempt, CallFailed.Kind kind) throws CallFailed {
    attempt.usage(0, 0);
    throw new CallFailed(kind, 0);
  }

  /** What happens when the answer is made. */
  void after(VirtualAttempt attempt) throws CallFailed, Actor.Interrupted {
    switch (this) {
      case DRIBBLES -> attempt.sleep(Latency.LONGEST.toNanos());
      case UNREADABLE -> throw new CallFailed(CallFailed.Kind.BAD_ANSWER, 0);
      case NOT, UNAVAILABLE, GATEWAY_TIMEOUT, HANGS -> {}
    }
  }
}
