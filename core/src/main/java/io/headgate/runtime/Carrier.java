package io.headgate.runtime;

import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.Engine;
import io.headgate.runtime.Past.PastBreaker;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gives agents and targets, when they are registered, what is known of them from Headgates before:
 * as inputs of the engine, and once. On the dispatcher's thread.
 */
final class Carrier {
  private final RuntimeClock clock;
  private final Map<String, Set<PastBreaker>> breakers = new HashMap<>();
  private final Map<String, AgentGate> agents = new HashMap<>();
  private final Map<String, TargetGate> targets = new HashMap<>();

  Carrier(Past past, RuntimeClock clock) {
    this.clock = clock;
    for (PastBreaker each : past.breakers()) {
      wait(target(each.target()), each);
      if (each.agent() != null) {
        wait(agent(each.agent()), each);
      }
    }
  }

  private void wait(String whom, PastBreaker breaker) {
    breakers.computeIfAbsent(whom, _ -> new LinkedHashSet<>()).add(breaker);
  }

  private static String target(String id) {
    return "target " + id;
  }

  private static String agent(String id) {
    return "agent " + id;
  }

  void registered(Engine engine, long stampNs, TargetGate target) {
    String whom = target(target.id());
    if (breakers.containsKey(whom)) {
      targets.put(target.id(), target);
      carry(engine, stampNs, whom);
    }
  }

  void registered(Engine engine, long stampNs, AgentGate agent) {
    String whom = agent(agent.id());
    if (breakers.containsKey(whom)) {
      agents.put(agent.id(), agent);
      carry(engine, stampNs, whom);
    }
  }

  private void carry(Engine engine, long stampNs, String whom) {
    for (PastBreaker each : List.copyOf(breakers.getOrDefault(whom, Set.of()))) {
      TargetGate target = targets.get(each.target());
      AgentGate agent = each.agent() == null ? null : agents.get(each.agent());
      if (target != null && (each.agent() == null || agent != null)) {
        carry(engine, stampNs, target, agent, each);
      }
    }
  }

  private void carry(
      Engine engine, long stampNs, TargetGate target, @Nullable AgentGate agent, PastBreaker each) {
    long untilNs = clock.ofEpochNs(each.memory().untilNs());
    engine.breakerCarried(stampNs, target, agent, each.memory().until(untilNs));
    forget(target(each.target()), each);
    if (each.agent() != null) {
      forget(agent(each.agent()), each);
    }
  }

  private void forget(String whom, PastBreaker breaker) {
    Set<PastBreaker> of = breakers.get(whom);
    if (of != null && of.remove(breaker) && of.isEmpty()) {
      breakers.remove(whom);
    }
  }
}
