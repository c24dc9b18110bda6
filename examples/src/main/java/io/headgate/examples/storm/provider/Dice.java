package io.headgate.examples.storm.provider;

/**
 * Chance without a sequence: a hash of (seed, request, try). So the n-th try of a call meets the
 * same luck in every arm, however the threads race.
 */
final class Dice {
  private final long seed;

  Dice(long seed) {
    this.seed = seed;
  }

  /** From 0 to below 1. */
  double roll(String request, int attempt, int purpose) {
    long h = mix(seed ^ mix(request.hashCode()));
    h = mix(h ^ mix(attempt * 31L + purpose));
    return (h >>> 11) * 0x1p-53;
  }

  /** The finalizer of SplitMix64. */
  private static long mix(long z) {
    long h = z + 0x9e3779b97f4a7c15L;
    h = (h ^ (h >>> 30)) * 0xbf58476d1ce4e5b9L;
    h = (h ^ (h >>> 27)) * 0x94d049bb133111ebL;
    return h ^ (h >>> 31);
  }
}
