package io.headgate.runtime;

import io.headgate.OperatorWord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
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

  /** From then on those that are over are looked for: there may be one for each breaker. */
  private static final int MOST_STANDING = 65_536;

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

  private record Entry(long number, OperatorWord word) {}

  private final Deque<Entry> decisions = new ArrayDeque<>();
  private final Deque<Entry> byThemselves = new ArrayDeque<>();
  private final Deque<Entry> inVain = new ArrayDeque<>();

  /** By what they are about. */
  private final Map<String, StandingWord> standing = new HashMap<>();

  private long number;

  /**
   * @param byItself whether it happened to a parked task, and nobody said it
   */
  void add(OperatorWord word, boolean byItself) {
    Deque<Entry> kind = !word.done() ? inVain : byItself ? byThemselves : decisions;
    if (kind.size() == SIZE) {
      kind.removeFirst();
    }
    kind.addLast(new Entry(number++, word));
  }

  /** The last one about this that changed anything, as far as it is still known. */
  @Nullable OperatorWord lastOf(String subject) {
    return last(word -> word.subject().equals(subject));
  }

  /** It holds for a time, in place of what was said before about the same. */
  void stands(OperatorWord word, Standing said, long nowNs) {
    if (standing.size() >= MOST_STANDING) {
      standing.values().removeIf(each -> each.standing.untilNs <= nowNs);
    }
    standing.put(word.subject(), new StandingWord(word, said));
  }

  /** The last word about this, if it holds for a time that is not over. */
  @Nullable StandingWord standing(String subject, long nowNs) {
    StandingWord last = standing.get(subject);
    return last == null || last.standing.untilNs <= nowNs ? null : last;
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
