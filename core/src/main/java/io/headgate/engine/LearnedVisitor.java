package io.headgate.engine;

import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import org.jspecify.annotations.Nullable;

/** Sees what was learned of the output of calls. */
public interface LearnedVisitor {
  /**
   * Sees one.
   *
   * @param agent whose calls of the target; null for everybody's
   * @param tokens reserved for the output of one
   * @param calls from which that was learned
   */
  void accept(TargetGate target, @Nullable AgentGate agent, long tokens, long calls);
}
