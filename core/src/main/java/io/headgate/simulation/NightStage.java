package io.headgate.simulation;

import io.headgate.AgentSettings;
import io.headgate.Refusal;
import io.headgate.SpendingLimits;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Does to a Headgate in virtual time what was done to a live one. On the agenda. */
final class NightStage implements Night.Stage {
  private final VirtualHeadgate headgate;
  private final Map<String, AgentGate> agents = new HashMap<>();
  private final Map<String, TargetGate> targets = new HashMap<>();

  NightStage(VirtualHeadgate headgate) {
    this.headgate = headgate;
  }

  AgentGate agent(String id) {
    return known(agents.get(id), "agent", id);
  }

  TargetGate target(String id) {
    return known(targets.get(id), "target", id);
  }

  private static <T> T known(@Nullable T gate, String what, String id) {
    if (gate == null) {
      throw new IllegalStateException(what + " " + id + " was never registered");
    }
    return gate;
  }

  @Override
  public void set(String id, AgentSettings wanted) {
    // A host is refused a rate above that of all.
    long most = headgate.gates.settings().tokensPerMinute();
    boolean isRated = wanted.tokensPerMinute() != AgentSettings.NO_RATE;
    AgentSettings settings =
        isRated ? wanted.tokensPerMinute(Math.min(most, wanted.tokensPerMinute())) : wanted;
    AgentGate gate = agents.get(id);
    if (gate == null) {
      gate = new AgentGate(id, agents.size(), settings, headgate);
      agents.put(id, gate);
      headgate.register(gate);
    } else if (gate.shutReason() == Refusal.AGENT_REMOVED) {
      headgate.comeBack(gate, settings);
    } else {
      headgate.reconfigure(gate, settings);
    }
  }

  @Override
  public void set(String id, TargetSettings settings) {
    TargetGate gate = targets.get(id);
    if (gate == null) {
      gate = new TargetGate(id, targets.size(), settings, headgate);
      targets.put(id, gate);
      headgate.register(gate);
    } else if (gate.shutReason() == Refusal.TARGET_REMOVED) {
      headgate.comeBack(gate, settings);
    } else {
      headgate.reconfigure(gate, settings);
    }
  }

  @Override
  public void removeAgent(String id) {
    headgate.remove(agent(id));
  }

  @Override
  public void removeTarget(String id) {
    headgate.remove(target(id));
  }

  @Override
  public void holdAgent(String id, long forNs) {
    headgate.hold(agent(id), null, forNs);
  }

  @Override
  public void holdTarget(String id, long forNs) {
    headgate.hold(null, target(id), forNs);
  }

  @Override
  public void holdAll(int lowest, boolean starts, long forNs) {
    headgate.holdAll(lowest, starts, forNs);
  }

  @Override
  public void forceBreaker(String target, @Nullable String agent, boolean open, long forNs) {
    headgate.forceBreaker(target(target), agent == null ? null : agent(agent), open, forNs);
  }

  @Override
  public void limitSpending(SpendingLimits limits) {
    headgate.limitSpending(limits);
  }

  @Override
  public void limitRate(long tokensPerMinute, long burstTokens) {
    headgate.limitRate(tokensPerMinute, burstTokens);
  }

  @Override
  public void limitParking(int maxParked, long maxParkedTokens) {
    headgate.limitParking(maxParked, maxParkedTokens);
  }

  @Override
  public void spreadRetries(int percent) {
    headgate.spreadRetries(percent);
  }
}
