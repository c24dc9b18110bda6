package io.headgate.journal;

import io.headgate.OperatorWord;
import io.headgate.recovery.Past.PastHold;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Words of operators that hold for a time, and what was said. Bounded. One thread. */
final class PastHolds {
  /** From then on it is looked for words that hold no more. */
  private static final int MANY = 65_536;

  /** Words of which each holds for a time, in place of the one before about the same. */
  private static final Set<String> VERBS = Set.of("pause", "drain", "admit", "open", "close");

  private final Map<String, PastHold> holds = new LinkedHashMap<>();
  private final Map<String, OperatorWord> words = new LinkedHashMap<>();

  /** It holds from now on; until 0: it no longer does. */
  void put(PastHold hold) {
    holds.remove(hold.subject());
    if (hold.untilNs() != 0) {
      holds.put(hold.subject(), hold);
    }
  }

  /** Somebody said something that changed something. */
  void said(OperatorWord word) {
    if (!VERBS.contains(word.verb())) {
      return;
    }
    words.remove(word.subject());
    words.put(word.subject(), word);
    if (words.size() > MANY) {
      String oldest = words.keySet().iterator().next();
      words.remove(oldest);
    }
  }

  /** Forgets holds that are over, and words about nothing that is held, or is one of these. */
  void forgetOld(long nowNs, Collection<String> forced) {
    holds.values().removeIf(each -> each.untilNs() <= nowNs);
    words.keySet().removeIf(each -> !holds.containsKey(each) && !forced.contains(each));
  }

  List<PastHold> past() {
    return List.copyOf(holds.values());
  }

  Map<String, OperatorWord> words() {
    return new LinkedHashMap<>(words);
  }
}
