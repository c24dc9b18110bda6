package io.headgate.simulation;

import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Virtual time: what is due when. What is due at one moment is done in the order in which it was
 * entered. One thread at a time; holds what is due and nothing of what is past.
 */
final class Agenda {
  private record Entry(long timeNs, long number, Runnable action) implements Comparable<Entry> {
    @Override
    public int compareTo(Entry other) {
      int byTime = Long.compare(timeNs, other.timeNs);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }

  private final PriorityQueue<Entry> entries = new PriorityQueue<>();
  private long entered;
  private long nowNs;

  /** Nanoseconds since the simulation began. */
  long nowNs() {
    return nowNs;
  }

  /** Enters an action; one of the past is due now. */
  void at(long timeNs, Runnable action) {
    entries.add(new Entry(Math.max(timeNs, nowNs), entered++, action));
  }

  /** Enters an action after so long. */
  void in(long delayNs, Runnable action) {
    at(delayNs > Long.MAX_VALUE - nowNs ? Long.MAX_VALUE : nowNs + delayNs, action);
  }

  /** Does what is due next, and moves time there; answers false if nothing is due until then. */
  boolean step(long untilNs) {
    @Nullable Entry next = entries.peek();
    if (next == null || next.timeNs > untilNs) {
      return false;
    }
    entries.remove();
    nowNs = next.timeNs;
    next.action.run();
    return true;
  }

  int size() {
    return entries.size();
  }
}
