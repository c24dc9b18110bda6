package io.headgate.engine;

/** Randomness that is a hash, so that a replay draws the same. */
final class Jitter {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private Jitter() {}

  /** Evenly from 0 to below the bound, which is at least 1; the same for the same arguments. */
  static long upTo(long bound, long seed, long one, long other) {
    long hash = mix(mix(mix(seed + GOLDEN) ^ one) + other * GOLDEN);
    return Math.unsignedMultiplyHigh(hash, bound);
  }

  // SplitMix64's finalizer (Steele, Lea, Flood, OOPSLA'14).
  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
