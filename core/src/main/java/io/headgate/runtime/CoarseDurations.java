package io.headgate.runtime;

import io.headgate.Snapshot.Quantiles;
import java.time.Duration;
import java.util.Arrays;

/**
 * Durations within an eighth, in 252 bytes for all three kinds: 84 buckets each, three an octave,
 * from 131 µs (shorter ones are shown as that) to six hours, and a byte of weight in each bucket.
 *
 * <p>A duration weighs four in its own half-interval and a quarter of that in each later one, so
 * that under a steady flow more than nine tenths of the weight is of the sliding interval. A byte
 * that is full halves all weights of its kind: shares stay right within 1 in 32 of the fullest
 * bucket, but what is rarer may be lost. How many were recorded is counted exactly.
 *
 * <p>One writer; lends as {@link SlidingHistogram} does. Allocates after it was lent only.
 */
final class CoarseDurations implements DurationSink {
  private static final int BUCKETS = 84;
  private static final int MIN_BITS = 17;
  private static final int STEPS = 3;
  private static final int WEIGHT = 4;
  private static final int FADE_SHIFT = 2;
  private static final int FULL = 255;
  // 2^(1/3) and 2^(2/3) as fractions of 2^63.
  private static final long FIRST_THIRD = (long) (StrictMath.cbrt(2) * 0x1p62);
  private static final long SECOND_THIRD = (long) (StrictMath.cbrt(4) * 0x1p62);

  private byte[] weights = new byte[KINDS * BUCKETS];
  private int[] counts = new int[KINDS];
  private int[] countsBefore = new int[KINDS];
  private boolean lent;
  private long half;

  /** The buckets at one moment. */
  private static final class View implements Lent {
    private final byte[] weights;
    private final int[] counts;
    private final int[] countsBefore;

    View(byte[] weights, int[] counts, int[] countsBefore) {
      this.weights = weights;
      this.counts = counts;
      this.countsBefore = countsBefore;
    }

    @Override
    public Quantiles quantiles(int kind) {
      long sum = 0;
      int highest = 0;
      for (int bucket = 0; bucket < BUCKETS; bucket++) {
        int weight = weight(kind, bucket);
        sum += weight;
        highest = weight > 0 ? bucket : highest;
      }
      if (sum == 0) {
        return Quantiles.NONE;
      }
      return new Quantiles(
          (long) counts[kind] + countsBefore[kind],
          at(kind, sum, 0.5),
          at(kind, sum, 0.99),
          at(kind, sum, 0.999),
          Duration.ofNanos(middleNs(highest)));
    }

    private int weight(int kind, int bucket) {
      return weights[kind * BUCKETS + bucket] & FULL;
    }

    private Duration at(int kind, long sum, double share) {
      long rank = Math.max(1, (long) Math.ceil(sum * share));
      int bucket = 0;
      long seen = weight(kind, 0);
      while (seen < rank) {
        seen += weight(kind, ++bucket);
      }
      return Duration.ofNanos(middleNs(bucket));
    }
  }

  static int bucketOf(long ns) {
    if (ns < 1L << MIN_BITS) {
      return 0;
    }
    int zeros = Long.numberOfLeadingZeros(ns);
    long mantissa = ns << (zeros - 1);
    int step = mantissa < FIRST_THIRD ? 0 : mantissa < SECOND_THIRD ? 1 : 2;
    return Math.min(BUCKETS - 1, 1 + (63 - zeros - MIN_BITS) * STEPS + step);
  }

  /** The bucket's geometric middle: at most a sixth of an octave from all that is in it. */
  static long middleNs(int bucket) {
    return bucket == 0
        ? 1L << MIN_BITS
        : (long) StrictMath.pow(2, MIN_BITS + (bucket - 0.5) / STEPS);
  }

  @Override
  public void record(int kind, long ns, long count, long half) {
    turn(half);
    own();
    counts[kind] += (int) count;
    int at = kind * BUCKETS + bucketOf(ns);
    long weight = count * WEIGHT;
    while ((weights[at] & FULL) + weight > FULL) {
      shrink(kind, 1);
      weight >>= weight > WEIGHT ? 1 : 0;
    }
    weights[at] = (byte) ((weights[at] & FULL) + weight);
  }

  private void turn(long half) {
    if (half == this.half) {
      return;
    }
    own();
    boolean adjacent = half == this.half + 1;
    this.half = half;
    int[] old = countsBefore;
    countsBefore = counts;
    counts = old;
    Arrays.fill(counts, 0);
    if (!adjacent) {
      Arrays.fill(countsBefore, 0);
      Arrays.fill(weights, (byte) 0);
    }
    for (int kind = 0; kind < KINDS; kind++) {
      shrink(kind, FADE_SHIFT);
    }
  }

  private void shrink(int kind, int shift) {
    for (int at = kind * BUCKETS; at < (kind + 1) * BUCKETS; at++) {
      weights[at] = (byte) ((weights[at] & FULL) >> shift);
    }
  }

  private void own() {
    if (lent) {
      lent = false;
      weights = weights.clone();
      counts = counts.clone();
      countsBefore = countsBefore.clone();
    }
  }

  @Override
  public Lent lend(long half) {
    turn(half);
    lent = true;
    return new View(weights, counts, countsBefore);
  }

  void pourInto(DurationSink sink, long half) {
    turn(half);
    for (int kind = 0; kind < KINDS; kind++) {
      for (int bucket = 0; bucket < BUCKETS; bucket++) {
        int weight = weights[kind * BUCKETS + bucket] & FULL;
        if (weight > 0) {
          sink.record(kind, middleNs(bucket), (weight + WEIGHT - 1) / WEIGHT, half);
        }
      }
    }
  }
}
