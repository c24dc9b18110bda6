package io.headgate.engine;

import org.jspecify.annotations.Nullable;

/** What waits, in the order of admission: a row that anybody may leave, in O(1). */
final class WaitingRow {
  private @Nullable TaskEntry first;
  private @Nullable TaskEntry last;

  /** Who has waited longest, or null. */
  @Nullable TaskEntry first() {
    return first;
  }

  void add(TaskEntry task) {
    task.nextInRow = null;
    task.previousInRow = last;
    if (last == null) {
      first = task;
    } else {
      last.nextInRow = task;
    }
    last = task;
  }

  void remove(TaskEntry task) {
    TaskEntry next = task.nextInRow;
    TaskEntry previous = task.previousInRow;
    if (previous == null) {
      first = next;
    } else {
      previous.nextInRow = next;
    }
    if (next == null) {
      last = previous;
    } else {
      next.previousInRow = previous;
    }
    task.nextInRow = null;
    task.previousInRow = null;
  }
}
