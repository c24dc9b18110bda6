package io.headgate.simulation;

import java.util.TreeMap;

/** What the referee counts as spent in each minute, of a party, or of a job with what it is of. */
final class MinuteBooks {
  private static final long MINUTE_NS = 60_000_000_000L;

  private final TreeMap<Long, long[]> minutes = new TreeMap<>();

  void spent(long tokens, long money, long nowNs) {
    add(nowNs / MINUTE_NS, tokens, money);
  }

  void add(MinuteBooks part) {
    part.minutes.forEach((minute, spent) -> add(minute, spent[0], spent[1]));
  }

  private void add(long minute, long tokens, long money) {
    long[] of = minutes.computeIfAbsent(minute, each -> new long[2]);
    of[0] += tokens;
    of[1] += money;
  }

  /** This minute's, and the last one's as far as it lies within the last 60 s. */
  void check(Object whose, long saidTokens, long saidMoney, long nowNs) {
    check(whose, "tokens", saidTokens, 0, nowNs);
    check(whose, "nano-dollars", saidMoney, 1, nowNs);
  }

  private void check(Object whose, String what, long said, int of, long nowNs) {
    long minute = nowNs / MINUTE_NS;
    double overlap = (double) ((minute + 1) * MINUTE_NS - nowNs) / MINUTE_NS;
    double counted = of(minute, of) + of(minute - 1, of) * overlap;
    if (Math.abs(said - counted) > 1 + counted * 1e-9) {
      throw new Violation(
          whose + " has spent " + said + " " + what + " in a minute, and counted are " + counted);
    }
  }

  private double of(long minute, int of) {
    long[] spent = minutes.get(minute);
    return spent == null ? 0 : spent[of];
  }
}
