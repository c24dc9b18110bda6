package io.headgate.replay;

import io.headgate.journal.Happening;
import io.headgate.journal.Happening.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What happened, by intervals of one length. They grow with the journal: there are never more than
 * {@link #MOST}, and the intervals with none of anything are there as well.
 */
final class ReportTimeline {
  /** More could not be told apart on a page. */
  static final int MOST = 300;

  private static final Set<Kind> ACTS =
      Set.of(
          Kind.RETRY,
          Kind.HEDGE_ADMITTED,
          Kind.FALL,
          Kind.STOP,
          Kind.OVERRUN,
          Kind.PARKED,
          Kind.UNPARKED,
          Kind.BREAKER,
          Kind.RUNG,
          Kind.PAUSED,
          Kind.LIMIT,
          Kind.QUOTA,
          Kind.LEVEL,
          Kind.ALERT,
          Kind.OPERATOR,
          Kind.SAID,
          Kind.GAP);

  // Each a multiple of the one before.
  private static final long[] SECONDS = {
    1, 5, 15, 60, 300, 900, 3_600, 4 * 3_600, 24 * 3_600, 7 * 24 * 3_600, 364 * 24 * 3_600
  };

  /**
   * One of them.
   *
   * @param tally what became of tasks
   * @param acts how often each thing happened that the engine, or an operator, does of its own
   *     accord
   */
  record Interval(Tally tally, Map<Kind, Long> acts) {
    Interval() {
      this(new Tally(), new TreeMap<>());
    }

    private void add(Interval other) {
      tally.add(other.tally);
      other.acts.forEach((kind, times) -> acts.merge(kind, times, Long::sum));
    }

    private void hear(Happening happening) {
      switch (happening.kind()) {
        case REFUSED -> {} // counted among the refusals
        case REFUSALS -> {
          if (StatsCommand.isOfAll(happening)) {
            tally.hear(happening);
          }
        }
        default -> tally.hear(happening);
      }
      if (ACTS.contains(happening.kind())) {
        acts.merge(happening.kind(), 1L, Long::sum);
      }
    }
  }

  /** So many words of operators are kept, those that were said first. */
  static final int MOST_WORDS = 1_000;

  private final List<Happening> words = new ArrayList<>();
  private List<Interval> intervals = new ArrayList<>();
  private final Interval all = new Interval();
  private @Nullable Instant from;
  private int size;

  void hear(Happening happening) {
    if (happening.kind() == Kind.SAID && words.size() < MOST_WORDS) {
      words.add(happening);
    }
    if (from == null) {
      from = happening.at();
    }
    // Clocks of several runs may differ: nothing stands before the first.
    long second = Math.max(0, Duration.between(from, happening.at()).toSeconds());
    while (second / SECONDS[size] >= MOST && size + 1 < SECONDS.length) {
      merge();
    }
    int at = (int) Math.min(MOST - 1, second / SECONDS[size]);
    while (intervals.size() <= at) {
      intervals.add(new Interval());
    }
    intervals.get(at).hear(happening);
    all.hear(happening);
  }

  private void merge() {
    int times = (int) (SECONDS[size + 1] / SECONDS[size]);
    List<Interval> longer = new ArrayList<>();
    for (int i = 0; i < intervals.size(); i++) {
      if (i % times == 0) {
        longer.add(intervals.get(i));
      } else {
        longer.getLast().add(intervals.get(i));
      }
    }
    intervals = longer;
    size++;
  }

  /** When the first thing happened; the epoch if nothing did. */
  Instant from() {
    return from == null ? Instant.EPOCH : from;
  }

  /** How long each is. */
  Duration length() {
    return Duration.ofSeconds(SECONDS[size]);
  }

  List<Interval> intervals() {
    return intervals;
  }

  /** What operators said. */
  List<Happening> words() {
    return words;
  }

  /** All of them in one. */
  Interval all() {
    return all;
  }
}
