package io.headgate.engine;

import org.jspecify.annotations.Nullable;

/** What waits, in the order of admission: a row that anybody may leave, in O(1). */
final class WaitingRow {
  /** A task's place in one row. */
  static final class Place {
    final TaskEntry task;
    private long sinceNs;
    private @Nullable Place next;
    private @Nullable Place previous;

    Place(TaskEntry task) {
      this.task = task;
    }
  }

  private @Nullable Place first;
  private @Nullable Place last;

  /** Since when the first has waited, or {@link Long#MAX_VALUE} if nobody waits. */
  long firstSinceNs() {
    return first == null ? Long.MAX_VALUE : first.sinceNs;
  }

  void add(Place place, long sinceNs) {
    place.sinceNs = sinceNs;
    place.next = null;
    place.previous = last;
    if (last == null) {
      first = place;
    } else {
      last.next = place;
    }
    last = place;
  }

  void remove(Place place) {
    Place next = place.next;
    Place previous = place.previous;
    if (previous == null) {
      first = next;
    } else {
      previous.next = next;
    }
    if (next == null) {
      last = previous;
    } else {
      next.previous = previous;
    }
    place.next = null;
    place.previous = null;
  }
}
