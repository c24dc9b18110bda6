package io.headgate;

import java.util.Objects;

/**
 * Digests a call's arguments to 64 bits, for {@link Task#arguments(long)}. The same on every host
 * and in every version; allocates nothing; 1 to 2 ns for each 8 bytes.
 *
 * <p>Each 8 bytes are mixed in by a bijection (the finalizer of SplitMix64, Steele, Lea and Flood,
 * <i>Fast Splittable Pseudorandom Number Generators</i>, OOPSLA 2014), so that of two texts that
 * differ in one place none is overlooked; texts that differ in more places collide as 64 random
 * bits do: among a hundred calls of a job, once in 10^15 jobs. Not for secrets: who knows the
 * algorithm can make two texts with one digest, and then has one call refused that need not be.
 */
public final class ArgumentsDigest {
  private static final long SEED = 0x9E3779B97F4A7C15L;
  private static final int CHARS = 4;
  private static final int BYTES = 8;

  private ArgumentsDigest() {}

  /** Of a text, by its UTF-16 units: not that of its bytes. */
  public static long of(CharSequence arguments) {
    Objects.requireNonNull(arguments, "arguments is null; use an empty text for none");
    long digest = mix(SEED ^ arguments.length());
    long word = 0;
    for (int i = 0; i < arguments.length(); i++) {
      word = word << Character.SIZE | arguments.charAt(i);
      if (i % CHARS == CHARS - 1) {
        digest = mix(digest ^ word) + SEED;
        word = 0;
      }
    }
    return mix(digest ^ word);
  }

  /** Of bytes. */
  public static long of(byte[] arguments) {
    Objects.requireNonNull(arguments, "arguments is null; use an empty array for none");
    long digest = mix(~SEED ^ arguments.length);
    long word = 0;
    for (int i = 0; i < arguments.length; i++) {
      word = word << Byte.SIZE | (arguments[i] & 0xFF);
      if (i % BYTES == BYTES - 1) {
        digest = mix(digest ^ word) + SEED;
        word = 0;
      }
    }
    return mix(digest ^ word);
  }

  private static long mix(long z) {
    long mixed = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }
}
