package io.headgate.admission;

import io.headgate.Refusal;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.EnumMap;
import java.util.Map;

/**
 * Counts refusals by reason, in one row of cells for each of a few stripes, so that threads that
 * are refused at once do not write the same cache line. Bounded: 256 bytes a stripe. Any thread.
 */
public final class RefusalCounts {
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
  private static final Refusal[] REASONS = Refusal.values();
  private static final int ROW = 32;
  private static final int STRIPES =
      Math.min(64, Integer.highestOneBit(Runtime.getRuntime().availableProcessors() * 8 - 1));

  private final long[] cells = new long[STRIPES * ROW];

  static {
    if (REASONS.length > ROW) {
      throw new ExceptionInInitializerError("a row has " + ROW + " cells; widen it");
    }
  }

  /** Counts one. */
  public void increment(Refusal reason) {
    int stripe = (int) Thread.currentThread().threadId() & (STRIPES - 1);
    CELL.getAndAddRelease(cells, stripe * ROW + reason.ordinal(), 1L);
  }

  /** How often it was this reason. */
  public long count(Refusal reason) {
    long sum = 0;
    for (int stripe = 0; stripe < STRIPES; stripe++) {
      sum += (long) CELL.getAcquire(cells, stripe * ROW + reason.ordinal());
    }
    return sum;
  }

  /** All of them. */
  public long total() {
    long sum = 0;
    for (Refusal reason : REASONS) {
      sum += count(reason);
    }
    return sum;
  }

  /** The reasons that occurred. */
  public Map<Refusal, Long> asMap() {
    var map = new EnumMap<Refusal, Long>(Refusal.class);
    for (Refusal reason : REASONS) {
      long count = count(reason);
      if (count > 0) {
        map.put(reason, count);
      }
    }
    return map;
  }
}
