package io.headgate.engine;

/** How often something happens, over the last ten whole seconds of logical time. */
final class Pace {
  private static final int SECONDS = 10;
  private static final long SECOND_NS = 1_000_000_000L;

  private final int[] counts = new int[SECONDS + 1];
  private long second;

  void count(long nowNs) {
    turnTo(nowNs);
    counts[(int) (second % counts.length)]++;
  }

  /** A second's share of what happened in the last ten; fewer in the first ten seconds. */
  double perSecond(long nowNs) {
    turnTo(nowNs);
    long sum = 0;
    for (int i = 0; i < counts.length; i++) {
      sum += i == second % counts.length && second > 0 ? 0 : counts[i];
    }
    return (double) sum / Math.clamp(second, 1, SECONDS);
  }

  private void turnTo(long nowNs) {
    long now = nowNs / SECOND_NS;
    if (now - second >= counts.length) {
      java.util.Arrays.fill(counts, 0);
      second = now;
    }
    while (second < now) {
      second++;
      counts[(int) (second % counts.length)] = 0;
    }
  }
}
