package io.headgate.simulation;

import java.util.ArrayList;
import java.util.List;

/** What a provider has taken of late, and whether it takes one call more. */
final class RateLimiter {
  static final long MINUTE_NS = 60_000_000_000L;

  /** What came within one minute. */
  static final class Minute {
    private long calls;
    private long rejected;
    private double taken;

    /** Calls that asked, and those of them that were rejected. */
    long calls() {
      return calls;
    }

    long rejected() {
      return rejected;
    }

    /** Calls or tokens, whichever it counts. */
    double taken() {
      return taken;
    }
  }

  private final List<Minute> minutes = new ArrayList<>();
  private double used;
  private long usedAtNs;

  /** Whether it takes a call that may have so many tokens at most. */
  boolean takes(RateLimit limit, long tokens, long nowNs) {
    refill(limit, nowNs);
    double cost = limit.ofTokens() ? tokens : 1;
    double room = limit.bucket().isZero() ? limit.perMinuteAt(nowNs) : size(limit, nowNs);
    Minute minute = minuteOf(nowNs);
    minute.calls++;
    if (used + cost > room) {
      minute.rejected++;
      return false;
    }
    used += cost;
    minute.taken += cost;
    return true;
  }

  private void refill(RateLimit limit, long nowNs) {
    if (limit.bucket().isZero()) {
      used = nowNs / MINUTE_NS == usedAtNs / MINUTE_NS ? used : 0;
    } else {
      used -= limit.perMinuteAt(nowNs) * (nowNs - usedAtNs) / MINUTE_NS;
      used = Math.max(0, used);
    }
    usedAtNs = nowNs;
  }

  // One call at least: else nothing would ever fit.
  private static double size(RateLimit limit, long nowNs) {
    return Math.max(1, limit.perMinuteAt(nowNs) * limit.bucket().toNanos() / MINUTE_NS);
  }

  private Minute minuteOf(long nowNs) {
    while (minutes.size() <= nowNs / MINUTE_NS) {
      minutes.add(new Minute());
    }
    return minutes.get((int) (nowNs / MINUTE_NS));
  }

  /** What came, minute by minute, from the start; to the last in which anything did. */
  List<Minute> minutes() {
    return minutes;
  }
}
