package io.headgate.admission;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands before the real one on the class path: Fray 0.9.2 switches threads before the real one's
 * {@code compareAndSet}, but was not seen to before its {@code getAndAdd} and {@code
 * getAndBitwiseOr}. So a look that is followed by such a write passed for one atomic step.
 */
final class PaddedLong {
  private final AtomicLong word;

  PaddedLong(long initial) {
    word = new AtomicLong(initial);
  }

  long get() {
    return word.get();
  }

  boolean compareAndSet(long expected, long next) {
    return word.compareAndSet(expected, next);
  }

  long getAndAdd(long delta) {
    return word.getAndAdd(delta);
  }

  long getAndBitwiseOr(long mask) {
    return word.getAndUpdate(now -> now | mask);
  }
}
