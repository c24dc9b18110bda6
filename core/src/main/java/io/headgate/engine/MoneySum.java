package io.headgate.engine;

/**
 * A sum of nano-dollars, exact however many reservations at whatever price it is made of: what is
 * taken off again leaves what was there. Not thread-safe.
 */
final class MoneySum {
  private long overflows;
  private long rest;

  void add(long nanos) {
    assert nanos >= 0;
    rest += nanos;
    if (rest < 0) {
      rest &= Long.MAX_VALUE;
      overflows++;
    }
  }

  void subtract(long nanos) {
    assert nanos >= 0;
    rest -= nanos;
    if (rest < 0) {
      rest &= Long.MAX_VALUE;
      overflows--;
    }
    assert overflows >= 0 : "more was taken off than added";
  }

  /** At most {@link Long#MAX_VALUE}. */
  long nanos() {
    return overflows > 0 ? Long.MAX_VALUE : rest;
  }
}
