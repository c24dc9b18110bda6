package io.headgate.admission;

/** Spreads what is alike over all of a long: what a hash is drawn from. Stateless. */
public final class SplitMix {
  private SplitMix() {}

  /** SplitMix64's finalizer (Steele, Lea, Flood, OOPSLA'14): one-to-one. */
  public static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
