package io.headgate.runtime;

import io.headgate.OperatorWord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The last words of operators. On the dispatcher's thread. */
final class OperatorLog {
  private static final int SIZE = 1_024;

  private final Deque<OperatorWord> words = new ArrayDeque<>();

  void add(OperatorWord word) {
    if (words.size() == SIZE) {
      words.removeFirst();
    }
    words.addLast(word);
  }

  /** The last one about this that changed anything, as far as it is still known. */
  @Nullable OperatorWord lastOf(String subject) {
    for (Iterator<OperatorWord> it = words.descendingIterator(); it.hasNext(); ) {
      OperatorWord word = it.next();
      if (word.done() && word.subject().equals(subject)) {
        return word;
      }
    }
    return null;
  }

  /** Likewise, the last that said this. */
  @Nullable OperatorWord lastOf(String subject, String verb) {
    for (Iterator<OperatorWord> it = words.descendingIterator(); it.hasNext(); ) {
      OperatorWord word = it.next();
      if (word.done() && word.subject().equals(subject) && word.verb().equals(verb)) {
        return word;
      }
    }
    return null;
  }

  List<OperatorWord> all() {
    return new ArrayList<>(words);
  }
}
