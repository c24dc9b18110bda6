package io.headgate;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Checks of settings: each error names the value, the bound and the mend. */
final class Bounds {
  private Bounds() {}

  static int check(String name, int value, int min, int max) {
    check(name, (long) value, min, max);
    return value;
  }

  static long check(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          name + " is " + value + ", but must be from " + min + " to " + max + mend(value, min));
    }
    return value;
  }

  static <T> T notNull(String name, @Nullable T value, String mend) {
    if (value == null) {
      throw new NullPointerException(name + " is null; " + mend);
    }
    return value;
  }

  /** Checks a duration and answers it in nanoseconds. */
  static long checkNanos(String name, Duration value, Duration min, Duration max) {
    if (value == null) {
      throw new NullPointerException(name + " is null; give a time from " + min + " to " + max);
    }
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw new IllegalArgumentException(
          name
              + " is "
              + value
              + ", but must be from "
              + min
              + " to "
              + max
              + (value.compareTo(min) < 0 ? "; use a longer time" : "; use a shorter time"));
    }
    return value.toNanos();
  }

  private static String mend(long value, long min) {
    return value < min ? "; use a larger value" : "; use a smaller value";
  }
}
