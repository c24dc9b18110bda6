package io.headgate.admission;

import io.headgate.AgentSettings;
import io.headgate.TargetSettings;

/** What a gate asks of the runtime when its owner changes or removes it. Any thread; may block. */
public interface Registrar {
  /** Makes the change an input of the engine. */
  void reconfigure(AgentGate agent, AgentSettings settings);

  /** Makes the change an input of the engine. */
  void reconfigure(TargetGate target, TargetSettings settings);

  /** Makes the removal an input of the engine. */
  void remove(AgentGate agent);

  /** Makes the removal an input of the engine. */
  void remove(TargetGate target);
}
