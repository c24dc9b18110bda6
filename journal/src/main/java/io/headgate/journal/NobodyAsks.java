package io.headgate.journal;

import io.headgate.AgentSettings;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Registrar;
import io.headgate.admission.TargetGate;

/** Of gates that stand for those of before: nobody changes them but by their records. */
enum NobodyAsks implements Registrar {
  HERE;

  @Override
  public void reconfigure(AgentGate agent, AgentSettings settings) {}

  @Override
  public void reconfigure(TargetGate target, TargetSettings settings) {}

  @Override
  public void remove(AgentGate agent) {}

  @Override
  public void remove(TargetGate target) {}
}
