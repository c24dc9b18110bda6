package io.headgate.simulation;

import java.util.ArrayList;
import java.util.List;

/** What a provider has taken of late, and whether it takes one call more. */
final class RateLimiter {
  static final long MINUTE_NS = 60_000_000_000L;

  /** What came within one minute: calls that asked, and those of them that were rejected. */
  private static final class Minute {
    private long calls;
    private long rejected;

    /** Calls or tokens, whichever it counts. */
    private double taken;
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

  /**
   * Of what the limit lets through in the first so many minutes, what was taken. A bucket is full
   * at first, so that is part of what may be.
   */
  double used(RateLimit limit, int to) {
    double may = limit.perMinute() * (double) limit.bucket().toNanos() / MINUTE_NS;
    double taken = 0;
    for (int i = 0; i < to; i++) {
      may += limit.perMinuteAt(i * MINUTE_NS);
      taken += i < minutes.size() ? minutes.get(i).taken : 0;
    }
    return taken / may;
  }

  /** Of the calls that asked in the first so many minutes, how many were rejected. */
  double rejected(int to) {
    double calls = 0;
    double rejected = 0;
    for (Minute minute : minutes.subList(0, Math.min(to, minutes.size()))) {
      calls += minute.calls;
      rejected += minute.rejected;
    }
    return rejected / Math.max(1, calls);
  }
}
