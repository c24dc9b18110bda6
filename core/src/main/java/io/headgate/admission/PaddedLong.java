package io.headgate.admission;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Keeps the word's left neighbours on other cache lines: many threads write the word. */
abstract class LeftPadding {
  long l1, l2, l3, l4, l5, l6, l7, l8, l9, l10, l11, l12, l13, l14, l15;
}

/** The word itself. */
abstract class PaddedWord extends LeftPadding {
  volatile long word;
}

/**
 * A {@code long} that many threads write, alone on its cache lines (two, for the adjacent-line
 * prefetcher).
 */
final class PaddedLong extends PaddedWord {
  private static final VarHandle WORD;

  static {
    try {
      WORD = MethodHandles.lookup().findVarHandle(PaddedWord.class, "word", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  long r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, r13, r14, r15;

  PaddedLong(long initial) {
    word = initial;
  }

  long get() {
    return word;
  }

  boolean compareAndSet(long expected, long next) {
    return WORD.compareAndSet(this, expected, next);
  }

  long getAndAdd(long delta) {
    return (long) WORD.getAndAdd(this, delta);
  }

  long getAndBitwiseOr(long mask) {
    return (long) WORD.getAndBitwiseOr(this, mask);
  }
}
