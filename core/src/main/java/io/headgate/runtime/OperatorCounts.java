package io.headgate.runtime;

import io.headgate.OperatorWord;

/** Counts what operators said, and how often they held work up. The dispatcher's. */
final class OperatorCounts {
  private long words;
  private long inVain;
  private long ofAgents;
  private long ofTargets;
  private long ofAll;

  /** Somebody said something. */
  void said(OperatorWord word) {
    if (word.done()) {
      words++;
    } else {
      inVain++;
    }
  }

  void heldAgent() {
    ofAgents++;
  }

  void heldTarget() {
    ofTargets++;
  }

  void heldAll() {
    ofAll++;
  }

  void publish(CounterTable counters) {
    counters.set(Counter.OPERATOR_WORDS, words);
    counters.set(Counter.OPERATOR_WORDS_IN_VAIN, inVain);
    counters.set(Counter.AGENTS_HELD, ofAgents);
    counters.set(Counter.TARGETS_HELD, ofTargets);
    counters.set(Counter.ALL_HELD, ofAll);
  }
}
