package io.headgate.simulation;

import java.time.Duration;

/** Checks of models: each error names the value, the bound and the mend. */
final class Checks {
  private static final long MAX_TOKENS = 1_000_000_000;

  private Checks() {}

  static double share(String name, double value) {
    return within(name, value, 0, 1, "use a share of all calls");
  }

  static double within(String name, double value, double min, double max, String mend) {
    if (!(value >= min && value <= max)) {
      throw new IllegalArgumentException(
          name + " is " + value + ", but must be from " + min + " to " + max + "; " + mend);
    }
    return value;
  }

  static int within(String name, int value, int min, int max, String mend) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          name + " is " + value + ", but must be from " + min + " to " + max + "; " + mend);
    }
    return value;
  }

  static long tokens(String name, long value) {
    if (value < 0 || value > MAX_TOKENS) {
      throw new IllegalArgumentException(
          name + " is " + value + ", but must be from 0 to " + MAX_TOKENS + "; check the figure");
    }
    return value;
  }

  static long nanos(String name, Duration value, Duration min, Duration max) {
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

  static <T> T notNull(String name, T value, String mend) {
    if (value == null) {
      throw new NullPointerException(name + " is null; " + mend);
    }
    return value;
  }
}
