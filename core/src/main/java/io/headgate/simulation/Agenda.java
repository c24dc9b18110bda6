package io.headgate.simulation;

import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Virtual time: what is due when. What is due at one moment is done in the order in which it was
 * entered. One thread at a time; holds what is due and nothing of what is past, and of what was
 * struck off at most as much again.
 */
final class Agenda {
  /** Something that is due; may be struck off. */
  final class Entry implements Comparable<Entry> {
    private final long timeNs;
    private final long number;
    private @Nullable Runnable action;

    private Entry(long timeNs, long number, Runnable action) {
      this.timeNs = timeNs;
      this.number = number;
      this.action = action;
    }

    /** Strikes it off; does nothing if it was done or struck off already. */
    void cancel() {
      if (action != null) {
        action = null;
        if (++struckOff > MIN_STRUCK_OFF && struckOff > entries.size() / 2) {
          entries.removeIf(entry -> entry.action == null);
          struckOff = 0;
        }
      }
    }

    @Override
    public int compareTo(Entry other) {
      int byTime = Long.compare(timeNs, other.timeNs);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }

  private static final int MIN_STRUCK_OFF = 1_024;

  private final PriorityQueue<Entry> entries = new PriorityQueue<>();
  private int struckOff;
  private long entered;
  private long nowNs;

  /** Nanoseconds since the simulation began. */
  long nowNs() {
    return nowNs;
  }

  /** Enters an action; one of the past is due now. */
  Entry at(long timeNs, Runnable action) {
    var entry = new Entry(Math.max(timeNs, nowNs), entered++, action);
    entries.add(entry);
    return entry;
  }

  /** Enters an action after so long. */
  Entry in(long delayNs, Runnable action) {
    return at(delayNs > Long.MAX_VALUE - nowNs ? Long.MAX_VALUE : nowNs + delayNs, action);
  }

  /** Does what is due next, and moves time there; answers false if nothing is due until then. */
  boolean step(long untilNs) {
    while (true) {
      Entry next = entries.peek();
      if (next == null || next.timeNs > untilNs) {
        return false;
      }
      entries.remove();
      Runnable action = next.action;
      if (action != null) {
        next.action = null;
        nowNs = next.timeNs;
        action.run();
        return true;
      }
      struckOff--;
    }
  }
}
