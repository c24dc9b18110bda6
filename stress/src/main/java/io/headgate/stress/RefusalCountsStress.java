package io.headgate.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.headgate.AgentSettings;
import io.headgate.Refusal;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Registrar;
import io.headgate.admission.TargetGate;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.J_Result;

/** The first two refusals of an agent come at once: cells are made once, and both count. */
@JCStressTest
@Outcome(id = "2", expect = ACCEPTABLE, desc = "both count")
@State
public class RefusalCountsStress {
  private final AgentGate agent = new AgentGate("agent", 0, AgentSettings.DEFAULT, NOBODY);

  @Actor
  public void one() {
    agent.refusals().increment(Refusal.LEVEL);
  }

  @Actor
  public void other() {
    agent.refusals().increment(Refusal.LEVEL);
  }

  @Arbiter
  public void count(J_Result r) {
    r.r1 = agent.refusals().count(Refusal.LEVEL);
  }

  private static final Registrar NOBODY =
      new Registrar() {
        @Override
        public void reconfigure(AgentGate agent, AgentSettings settings) {}

        @Override
        public void reconfigure(TargetGate target, TargetSettings settings) {}

        @Override
        public void remove(AgentGate agent) {}

        @Override
        public void remove(TargetGate target) {}
      };
}
