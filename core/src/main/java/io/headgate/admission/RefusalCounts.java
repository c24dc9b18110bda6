package io.headgate.admission;

import io.headgate.Refusal;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts refusals by reason, in one row of cells for each of a few stripes, so that threads that
 * are refused at once do not write the same cache line. Bounded: 384 bytes a stripe, and a number
 * of stripes that grows with the cores, not with the threads. Any thread.
 */
public final class RefusalCounts {
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
  private static final Refusal[] REASONS = Refusal.values();
  private static final int ROW = 48;
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  private final long[] cells;
  private final int stripes;

  // By whoever writes them down, on one thread: made when there is first something to take.
  private long @Nullable [] taken;

  static {
    if (REASONS.length > ROW) {
      throw new ExceptionInInitializerError("a row has " + ROW + " cells; widen it");
    }
  }

  private RefusalCounts(int stripes) {
    this.stripes = Integer.highestOneBit(stripes);
    cells = new long[this.stripes * ROW];
  }

  /** For all agents together: eight stripes a core, at most 64. */
  public static RefusalCounts ofAll() {
    return new RefusalCounts(Math.min(64, 8 * CORES));
  }

  /** For one agent or target, of which there may be many: two stripes a core, at most 8. */
  public static RefusalCounts ofOne() {
    return new RefusalCounts(Math.min(8, 2 * CORES));
  }

  /** Counts one. */
  public void increment(Refusal reason) {
    add(reason, 1);
  }

  /** Takes one back that came to nothing. */
  void decrement(Refusal reason) {
    add(reason, -1);
  }

  private void add(Refusal reason, long count) {
    int stripe = (int) Thread.currentThread().threadId() & (stripes - 1);
    CELL.getAndAddRelease(cells, stripe * ROW + reason.ordinal(), count);
  }

  /** How often it was this reason. */
  public long count(Refusal reason) {
    long sum = 0;
    for (int stripe = 0; stripe < stripes; stripe++) {
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

  /**
   * What came since this was last asked. One thread.
   *
   * @param news is filled, by the reasons' ordinals
   * @return how many in all
   */
  public long take(long[] news) {
    long sum = 0;
    for (Refusal reason : REASONS) {
      int at = reason.ordinal();
      long count = count(reason);
      // Fewer than before: one that was taken went back since, and the next makes up for it.
      news[at] = Math.max(0, taken == null ? count : count - taken[at]);
      sum += news[at];
    }
    if (sum > 0) {
      if (taken == null) {
        taken = new long[REASONS.length];
      }
      for (int at = 0; at < REASONS.length; at++) {
        taken[at] += news[at];
      }
    }
    return sum;
  }
}
