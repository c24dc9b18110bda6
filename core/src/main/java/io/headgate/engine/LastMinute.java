package io.headgate.engine;

/**
 * What was settled in the last minute of logical time, in two slices that begin with whole minutes:
 * the present one counts in full, the one before it by the part that lies within the last 60 s, as
 * if it had been spent evenly. So it is exact at each whole minute and where that holds; it is off
 * by less than what was spent in the slice before, and 0 as soon as nothing was spent for two whole
 * minutes. What is read changes nothing. Not thread-safe; 56 bytes.
 */
final class LastMinute {
  private static final long MINUTE_NS = 60_000_000_000L;
  private static final long MOST = Long.MAX_VALUE / 2;

  private long minute;
  private long tokens;
  private long tokensBefore;
  private long money;
  private long moneyBefore;

  void spend(long tokens, long moneyNanos, long nowNs) {
    turnTo(nowNs / MINUTE_NS);
    this.tokens = sum(this.tokens, tokens);
    money = sum(money, moneyNanos);
  }

  /** What a part has spent is spent by the whole. */
  void add(LastMinute part, long nowNs) {
    turnTo(nowNs / MINUTE_NS);
    tokens = sum(tokens, part.minute == minute ? part.tokens : 0);
    money = sum(money, part.minute == minute ? part.money : 0);
    tokensBefore = sum(tokensBefore, before(minute, part.minute, part.tokens, part.tokensBefore));
    moneyBefore = sum(moneyBefore, before(minute, part.minute, part.money, part.moneyBefore));
  }

  private void turnTo(long now) {
    if (now != minute) {
      tokensBefore = now - minute == 1 ? tokens : 0;
      moneyBefore = now - minute == 1 ? money : 0;
      tokens = 0;
      money = 0;
      minute = now;
    }
  }

  // However dear the calls are that a test makes up.
  private static long sum(long one, long other) {
    return Math.min(MOST, Math.min(MOST, one) + Math.min(MOST, other));
  }

  private static long before(long now, long minute, long inMinute, long before) {
    return now == minute ? before : now - minute == 1 ? inMinute : 0;
  }

  long tokens(long nowNs) {
    return within(nowNs, tokens, tokensBefore);
  }

  long moneyNanos(long nowNs) {
    return within(nowNs, money, moneyBefore);
  }

  private long within(long nowNs, long inMinute, long inMinuteBefore) {
    long now = nowNs / MINUTE_NS;
    long present = now == minute ? inMinute : 0;
    long before = before(now, minute, inMinute, inMinuteBefore);
    long goneNs = nowNs % MINUTE_NS;
    return present
        + (goneNs == 0 ? before : (long) ((double) before * (MINUTE_NS - goneNs) / MINUTE_NS));
  }
}
