package io.headgate.runtime;

import io.headgate.OperatorWord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The last words of operators. On the dispatcher's thread. A decision is not to be pushed out by
 * many words that changed nothing, nor by what happens to a thousand parked tasks by itself: of
 * each kind as many are kept.
 */
final class OperatorLog {
  /** Of each kind. */
  static final int SIZE = 1_024;

  /**
   * What a word says that holds for a time.
   *
   * @param untilNs until when; of one that ends another, until when that would have held
   */
  record Standing(String says, long untilNs) {
    /** Whether it leaves that one's word as it is. */
    boolean agreesWith(Standing other) {
      return says.equals(other.says) && untilNs >= other.untilNs;
    }
  }

  /** One that stands, and what it says. */
  record StandingWord(OperatorWord word, Standing standing) {}

  private record Entry(long number, OperatorWord word, @Nullable Standing standing) {}

  private final Deque<Entry> decisions = new ArrayDeque<>();
  private final Deque<Entry> byThemselves = new ArrayDeque<>();
  private final Deque<Entry> inVain = new ArrayDeque<>();
  private long number;

  /**
   * @param byItself whether nobody said it
   */
  void add(OperatorWord word, boolean byItself, @Nullable Standing standing) {
    Deque<Entry> kind = !word.done() ? inVain : byItself ? byThemselves : decisions;
    if (kind.size() == SIZE) {
      kind.removeFirst();
    }
    kind.addLast(new Entry(number++, word, standing));
  }

  /** The last one about this that changed anything, as far as it is still known. */
  @Nullable OperatorWord lastOf(String subject) {
    return last(word -> word.subject().equals(subject));
  }

  /** Likewise, the last that said this. */
  @Nullable OperatorWord lastOf(String subject, String verb) {
    return last(word -> word.subject().equals(subject) && word.verb().equals(verb));
  }

  /** The last word about this, if it holds for a time that is not over. */
  @Nullable StandingWord standing(String subject, long nowNs) {
    Entry entry = last(decisions, word -> word.subject().equals(subject));
    return entry == null || entry.standing == null || entry.standing.untilNs <= nowNs
        ? null
        : new StandingWord(entry.word, entry.standing);
  }

  private @Nullable OperatorWord last(Predicate<OperatorWord> of) {
    Entry decided = last(decisions, of);
    Entry byItself = last(byThemselves, of);
    if (decided == null || (byItself != null && byItself.number > decided.number)) {
      decided = byItself;
    }
    return decided == null ? null : decided.word;
  }

  private static @Nullable Entry last(Deque<Entry> kind, Predicate<OperatorWord> of) {
    for (Iterator<Entry> it = kind.descendingIterator(); it.hasNext(); ) {
      Entry entry = it.next();
      if (of.test(entry.word)) {
        return entry;
      }
    }
    return null;
  }

  /** All that are kept, newest last. */
  List<OperatorWord> all() {
    List<Entry> all = new ArrayList<>(decisions);
    all.addAll(byThemselves);
    all.addAll(inVain);
    all.sort(Comparator.comparingLong(Entry::number));
    return all.stream().map(Entry::word).toList();
  }
}
