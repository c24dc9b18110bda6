package io.headgate.replay;

import io.headgate.journal.Happening;
import io.headgate.replay.AttemptRow.Why;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes rows of happenings: an attempt's is told when it ends, or when nothing more is known of it.
 * Keeps what is under way, and no more.
 */
final class Attempts {
  private static final class Open {
    final Instant admitted;
    final long reserved;
    Why why;
    @Nullable Open beside;
    @Nullable Happening start;
    boolean over;

    Open(Happening admission, Why why) {
      admitted = admission.at();
      reserved = (Long) Given.of(admission.more().get("tokens"));
      this.why = why;
    }
  }

  private final Map<Long, Open> open = new TreeMap<>();
  private final Consumer<AttemptRow> to;

  Attempts(Consumer<AttemptRow> to) {
    this.to = to;
  }

  void hear(Happening happening) {
    switch (happening.kind()) {
      case RUN_STARTED -> end();
      case TASK_ADMITTED -> open.put(happening.task(), new Open(happening, Why.FIRST));
      case HEDGE_ADMITTED -> {
        var hedge = new Open(happening, Why.HEDGE);
        open.put(happening.task(), hedge);
        Open of = open.get((Long) happening.more().get("of"));
        if (of != null) {
          of.beside = hedge;
        }
      }
      default -> {
        Open task = open.get(happening.task());
        if (task != null) {
          hear(happening, task);
        }
      }
    }
  }

  private void hear(Happening happening, Open task) {
    switch (happening.kind()) {
      case ATTEMPT_STARTED -> task.start = happening;
      case RETRY -> task.why = Why.RETRY;
      case FALL -> {
        // The one that goes on beside it was let in just before.
        Open falls = Boolean.TRUE.equals(happening.more().get("beside")) ? task.beside : task;
        Given.of(falls).why = Why.FALL;
      }
      case ATTEMPT_ENDED -> {
        tell(task, happening);
        if (task.over) {
          open.remove(happening.task());
        }
      }
      case TASK_ENDED -> {
        task.over = true;
        if (task.start == null) {
          open.remove(happening.task());
        }
      }
      default -> {}
    }
  }

  private void tell(Open task, @Nullable Happening end) {
    if (task.start != null) {
      to.accept(new AttemptRow(task.start, task.admitted, task.why, task.reserved, end));
      task.start = null;
    }
  }

  /** Nothing more comes: what is under way has no end. */
  void end() {
    open.values().forEach(task -> tell(task, null));
    open.clear();
  }
}
