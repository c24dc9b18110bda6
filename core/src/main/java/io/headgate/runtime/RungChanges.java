package io.headgate.runtime;

import io.headgate.DegradationPolicy;
import io.headgate.admission.TargetGate;
import java.util.Arrays;

/** Counts steps on ladders, and what was answered on their lower rungs. The dispatcher's. */
final class RungChanges {
  private int[] serving = new int[8];
  private long down;
  private long up;
  private long falls;
  private long besides;
  private long answeredBeside;
  private long impatient;
  private long degraded;

  /** Another rung serves. */
  void changed(TargetGate target, int rung) {
    int index = target.index();
    if (index >= serving.length) {
      serving = Arrays.copyOf(serving, Math.max(index + 1, 2 * serving.length));
    }
    if (rung > serving[index]) {
      down++;
    } else {
      up++;
    }
    serving[index] = rung;
  }

  void fell(boolean beside) {
    falls++;
    besides += beside ? 1 : 0;
  }

  void answeredBeside() {
    answeredBeside++;
  }

  void patienceOver() {
    impatient++;
  }

  void answered(int rung) {
    degraded += rung > 0 ? 1 : 0;
  }

  void publish(CounterTable counters) {
    counters.set(Counter.STEPS_DOWN, down);
    counters.set(Counter.STEPS_UP, up);
    counters.set(Counter.FALLS, falls);
    counters.set(Counter.FELL_BESIDE, besides);
    counters.set(Counter.ANSWERED_BESIDE, answeredBeside);
    counters.set(Counter.IMPATIENT, impatient);
    counters.set(Counter.DEGRADED, degraded);
  }

  /** Its name; empty where there is none. */
  static String nameOf(TargetGate target, int rung) {
    DegradationPolicy ladder = target.settings().degradation();
    return rung < ladder.rungs().size() ? ladder.rungs().get(rung).name() : "";
  }
}
