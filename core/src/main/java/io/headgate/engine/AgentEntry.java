package io.headgate.engine;

import io.headgate.AgentSettings;
import io.headgate.admission.AgentGate;
import org.jspecify.annotations.Nullable;

/** An agent as the engine knows it. */
final class AgentEntry {
  final AgentGate gate;
  final HeapNode<AgentEntry> backlogNode = new HeapNode<>(this);
  final HeapNode<AgentEntry> readyNode = new HeapNode<>(this);
  AgentSettings settings;
  boolean removed;

  /** Virtual token counter: tokens served over weight, times {@link StartOrder#SCALE}. */
  long served;

  /** How often its counter was lifted. */
  int lifts;

  /** Flows with waiting tasks. */
  @Nullable Flow firstFlow;

  final Ledger ledger = new Ledger();

  AgentEntry(AgentGate gate, AgentSettings settings) {
    this.gate = gate;
    this.settings = settings;
  }

  boolean mayStart() {
    return ledger.running + ledger.claimed < settings.maxInFlight();
  }

  boolean mayResume() {
    return ledger.running < settings.maxInFlight();
  }
}
