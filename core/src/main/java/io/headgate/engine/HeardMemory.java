package io.headgate.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * What a closed breaker has heard of late, to go on hearing in another engine. Immutable.
 *
 * @param rung of its target's ladder, which it watches; 0 unless it is everybody's
 * @param worse for all that is known, how much better that fits a tool which fails too often
 * @param broken likewise one that is broken
 * @param tenths of its window, the oldest first, but for those in which nothing was heard
 */
public record HeardMemory(int rung, double worse, double broken, List<Tenth> tenths) {
  /**
   * A part of its window.
   *
   * @param untilNs its end, or when that was told
   * @param calls that ended in it
   * @param failures of those
   * @param slow likewise
   */
  public record Tenth(long untilNs, int calls, int failures, int slow) {
    /** The same at another time. */
    public Tenth until(long untilNs) {
      return new Tenth(untilNs, calls, failures, slow);
    }
  }

  /** Whether another one would be the same without it. */
  public boolean isNothing() {
    int bad = 0;
    for (int i = 0; i < tenths.size(); i++) {
      bad += tenths.get(i).failures + tenths.get(i).slow;
    }
    return worse == 0 && broken == 0 && bad == 0;
  }

  /** Until when it has heard. */
  public long untilNs() {
    return tenths.isEmpty() ? Long.MIN_VALUE : tenths.get(tenths.size() - 1).untilNs;
  }

  /** The same by another clock, by which it is so much later. */
  public HeardMemory later(long ns) {
    List<Tenth> later = new ArrayList<>(tenths.size());
    for (int i = 0; i < tenths.size(); i++) {
      Tenth each = tenths.get(i);
      later.add(each.until(each.untilNs + ns));
    }
    return new HeardMemory(rung, worse, broken, later);
  }
}
