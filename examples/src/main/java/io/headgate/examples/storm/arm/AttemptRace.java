package io.headgate.examples.storm.arm;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Which attempts of one call lost: those that had not failed by themselves when another one's
 * answer was there. Usable from any thread.
 */
final class AttemptRace {
  private final IntConsumer onLost;

  // Guarded by this.
  private final Set<Integer> running = new HashSet<>();
  private final Map<Integer, Object> answers = new HashMap<>();
  private boolean over;

  /**
   * A race without runners.
   *
   * @param onLost hears the number of each that lost
   */
  AttemptRace(IntConsumer onLost) {
    this.onLost = onLost;
  }

  synchronized void starts(int number) {
    running.add(number);
    if (over) {
      onLost.accept(number); // before it could be stopped
    }
  }

  synchronized void answered(int number, Object answer) {
    answers.put(number, answer);
  }

  /** It threw: because it was interrupted, if there is an answer already. */
  synchronized void failed(int number) {
    if (answers.isEmpty()) {
      running.remove(number);
    }
  }

  /** This is the call's answer, said once. */
  synchronized void won(@Nullable Object answer) {
    over = true;
    for (int number : running) {
      if (answers.get(number) != answer) {
        onLost.accept(number);
      }
    }
  }
}
