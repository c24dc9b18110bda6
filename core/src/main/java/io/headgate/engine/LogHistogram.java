package io.headgate.engine;

/**
 * What calls took of something: eight steps an octave, up to a million, in 300 bytes. Of about the
 * last thousand calls, since all counts are halved whenever they make that many. One thread.
 */
final class LogHistogram {
  private static final int STEP_BITS = 3;
  private static final int STEPS = 1 << STEP_BITS;
  private static final int TOP_BIT = 20;
  private static final int FULL = 1_024;
  private static final int PERCENT = 100;

  private final char[] counts = new char[(TOP_BIT - STEP_BITS + 1) << STEP_BITS];
  private int total;

  void add(long value) {
    if (total == FULL) {
      halve();
    }
    counts[indexOf(value)]++;
    total++;
  }

  private void halve() {
    total = 0;
    for (int i = 0; i < counts.length; i++) {
      counts[i] >>= 1;
      total += counts[i];
    }
  }

  int total() {
    return total;
  }

  /** The least value, rounded up by at most an eighth, that so many percent stay within. */
  long quantile(int percent) {
    long wanted = ((long) total * percent + PERCENT - 1) / PERCENT;
    int index = 0;
    for (long seen = counts[0]; seen < wanted; seen += counts[index]) {
      index++;
    }
    return upper(index);
  }

  private static int indexOf(long value) {
    if (value < STEPS) {
      return (int) value;
    }
    int octave = 63 - Long.numberOfLeadingZeros(value);
    if (octave >= TOP_BIT) {
      return ((TOP_BIT - STEP_BITS + 1) << STEP_BITS) - 1;
    }
    int step = (int) (value >>> (octave - STEP_BITS)) & (STEPS - 1);
    return ((octave - STEP_BITS + 1) << STEP_BITS) + step;
  }

  private static long upper(int index) {
    if (index < STEPS) {
      return index;
    }
    int shift = (index >> STEP_BITS) - 1;
    return ((STEPS + (index & (STEPS - 1)) + 1L) << shift) - 1;
  }
}
