package io.headgate.admission;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What an agent's calls of each target use for their answers, as the engine has learned it. Written
 * by the dispatcher, seldom, as a whole; read by submitters.
 */
public final class OutputEstimates {
  private static final long[] NONE = {};

  private volatile long[] byTarget = NONE;

  /**
   * Tells admission what is to be reserved: for an agent's calls of a target, or for everybody's.
   */
  public static void put(TargetGate target, @Nullable AgentGate agent, long tokens) {
    if (agent == null) {
      target.learnedOutput(tokens);
    } else {
      agent.outputEstimates().put(target.index(), tokens);
    }
  }

  private void put(int target, long tokens) {
    long[] before = byTarget;
    long[] after = Arrays.copyOf(before, Math.max(before.length, target + 1));
    after[target] = tokens;
    byTarget = after;
  }

  /** For its calls of this target, else for everybody's; 0 while nothing is known. */
  long of(TargetGate target) {
    long[] present = byTarget;
    long own = target.index() < present.length ? present[target.index()] : 0;
    return own != 0 ? own : target.learnedOutput();
  }
}
