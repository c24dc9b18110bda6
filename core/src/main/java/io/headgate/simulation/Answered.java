package io.headgate.simulation;

import io.headgate.admission.AgentGate;
import io.headgate.engine.Ending;
import java.util.function.Predicate;

/** What share of some agents' calls was answered, of all that they asked for. */
class Answered implements Witness {
  private final Predicate<AgentGate> whose;
  private long asked;
  private long completed;

  Answered(Predicate<AgentGate> whose) {
    this.whose = whose;
  }

  @Override
  public void refused(Rejection rejection) {
    asked += whose.test(rejection.agent()) ? 1 : 0;
  }

  @Override
  public void ended(VirtualTask task, Ending ending, boolean waiting, long nowNs, long ranNs) {
    if (whose.test(task.agentGate())) {
      asked++;
      completed += ending == Ending.COMPLETED ? 1 : 0;
    }
  }

  double answered() {
    return (double) completed / Math.max(1, asked);
  }
}
