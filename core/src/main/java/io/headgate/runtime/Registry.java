package io.headgate.runtime;

import io.headgate.AgentSettings;
import io.headgate.HeadgateSettings;
import io.headgate.Refusal;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Gate;
import io.headgate.admission.Ids;
import io.headgate.admission.Registrar;
import io.headgate.admission.TargetGate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The tables of agents and targets. Control plane: takes a lock, may wait a turn of the dispatcher.
 *
 * <p>A removed entry keeps its place and its bucket until the place is wanted and the entry cannot
 * be told from a new one; a table without such an entry refuses new ids. So a flood of ids grows
 * nothing, and an id that comes back finds its quota as it was.
 */
final class Registry implements Registrar {
  /** One table: ids to gates, places, and those that may be given away. */
  private static final class Table<G extends Gate> {
    final String what;
    final String bound;
    final int max;
    final Map<String, G> byId = new HashMap<>();
    final Set<G> removed = new LinkedHashSet<>();
    final Deque<Integer> freeIndexes = new ArrayDeque<>();
    int usedIndexes;

    Table(String what, String bound, int max) {
      this.what = what;
      this.bound = bound;
      this.max = max;
    }

    /**
     * A place for a new entry.
     *
     * @param evict evicts the first of these that cannot be told from a new one, and answers it
     */
    int place(Function<Set<G>, Optional<G>> evict) {
      if (byId.size() >= max) {
        makeRoom(evict);
      }
      Integer index = freeIndexes.poll();
      return index != null ? index : usedIndexes++;
    }

    private void makeRoom(Function<Set<G>, Optional<G>> evict) {
      G gate =
          (removed.isEmpty() ? Optional.<G>empty() : evict.apply(removed)).orElseThrow(this::full);
      removed.remove(gate);
      byId.remove(gate.id());
      freeIndexes.add(gate.index());
    }

    private IllegalStateException full() {
      return new IllegalStateException(
          byId.size()
              + " "
              + what
              + "s are registered, and "
              + bound
              + " is "
              + max
              + "; remove some that are at rest, or raise "
              + bound);
    }
  }

  private final LiveHeadgate runtime;
  private final HeadgateSettings settings;
  private final Table<AgentGate> agents;
  private final Table<TargetGate> targets;

  Registry(LiveHeadgate runtime, HeadgateSettings settings) {
    this.runtime = runtime;
    this.settings = settings;
    agents = new Table<>("agent", "maxAgents", settings.maxAgents());
    targets = new Table<>("target", "maxTargets", settings.maxTargets());
  }

  /** The registered agent of that id, or null. */
  synchronized @Nullable AgentGate findAgent(String id) {
    AgentGate gate = agents.byId.get(id);
    return gate == null || agents.removed.contains(gate) ? null : gate;
  }

  /** The registered target of that id, or null. */
  synchronized @Nullable TargetGate findTarget(String id) {
    TargetGate gate = targets.byId.get(id);
    return gate == null || targets.removed.contains(gate) ? null : gate;
  }

  synchronized AgentGate agent(String id, AgentSettings asked) {
    Ids.check("agent", id);
    AgentGate gate = agents.byId.get(id);
    check(asked, gate);
    runtime.checkOpen();
    if (gate == null) {
      gate = new AgentGate(id, agents.place(this::evictAgent), asked, this);
      runtime.carryUse(gate);
      agents.byId.put(id, gate);
    } else if (agents.removed.remove(gate)) {
      gate.apply(asked, runtime.clock());
      gate.open();
    } else {
      checkSame("agent", id, gate.settings(), asked);
      return gate;
    }
    AgentGate registered = gate;
    runtime.command(
        (engine, stampNs) -> {
          engine.agentRegistered(stampNs, registered, asked);
          runtime.carrier().registered(engine, stampNs, registered);
        });
    StateEvents.RegistrationEvent.emit("agent", registered.id(), "registered");
    return gate;
  }

  synchronized TargetGate target(String id, TargetSettings asked) {
    Ids.check("target", id);
    check(asked);
    runtime.checkOpen();
    TargetGate gate = targets.byId.get(id);
    if (gate == null) {
      gate = new TargetGate(id, targets.place(this::evictTarget), asked, this);
      targets.byId.put(id, gate);
    } else if (targets.removed.remove(gate)) {
      gate.apply(asked);
      gate.open();
    } else {
      checkSame("target", id, gate.settings(), asked);
      return gate;
    }
    TargetGate registered = gate;
    runtime.command(
        (engine, stampNs) -> {
          engine.targetRegistered(stampNs, registered, asked);
          runtime.carrier().registered(engine, stampNs, registered);
        });
    StateEvents.RegistrationEvent.emit("target", registered.id(), "registered");
    return gate;
  }

  private static void checkSame(String what, String id, Object known, Object asked) {
    if (!known.equals(asked)) {
      throw new IllegalStateException(
          what
              + " "
              + id
              + " is known with "
              + known
              + ", but was asked for with "
              + asked
              + "; use reconfigure to change it, or another id");
    }
  }

  private void check(AgentSettings asked, @Nullable AgentGate known) {
    checkNotAbove(
        "agent's maxInFlight", asked.maxInFlight(), "maxInFlight", settings.maxInFlight());
    checkNotAbove("agent's maxWaiting", asked.maxWaiting(), "maxWaiting", settings.maxWaiting());
    long rate = asked.tokensPerMinute();
    long ofAll = runtime.tokensPerMinute();
    // One that it has may be above that of all by now, and says nothing against other changes.
    boolean isNew = known == null || known.settings().tokensPerMinute() != rate;
    if (isNew && rate != AgentSettings.NO_RATE && rate > ofAll) {
      throw contradiction("agent's tokensPerMinute", rate, "tokensPerMinute", ofAll);
    }
  }

  private void check(TargetSettings asked) {
    checkNotAbove(
        "target's maxInFlight", asked.maxInFlight(), "maxInFlight", settings.maxInFlight());
  }

  private static void checkNotAbove(String name, int value, String bound, int max) {
    if (value != AgentSettings.UNLIMITED && value > max) {
      throw contradiction(name, value, bound, max);
    }
  }

  private static IllegalArgumentException contradiction(
      String name, long value, String bound, long max) {
    return new IllegalArgumentException(
        name
            + " is "
            + value
            + ", but "
            + bound
            + " of the whole Headgate is "
            + max
            + "; lower the one or raise the other");
  }

  // One turn of the dispatcher, however many are looked at; the caller holds the lock meanwhile.
  private Optional<AgentGate> evictAgent(Set<AgentGate> removed) {
    return runtime.ask(
        (engine, stampNs) -> {
          engine.advance(stampNs);
          for (AgentGate gate : removed) {
            if (engine.mayEvict(gate)
                && gate.isBlank(stampNs)
                && gate.waitingRoom().closeIfEmpty()) {
              runtime.recordRefusals(gate, null);
              engine.agentEvicted(stampNs, gate);
              return Optional.of(gate);
            }
          }
          return Optional.empty();
        });
  }

  private Optional<TargetGate> evictTarget(Set<TargetGate> removed) {
    return runtime.ask(
        (engine, stampNs) -> {
          engine.advance(stampNs);
          for (TargetGate gate : removed) {
            if (engine.mayEvict(gate)) {
              runtime.recordRefusals(null, gate);
              engine.targetEvicted(stampNs, gate);
              return Optional.of(gate);
            }
          }
          return Optional.empty();
        });
  }

  @Override
  public synchronized void reconfigure(AgentGate agent, AgentSettings changed) {
    check(changed, agent);
    checkRegistered(agents, agent);
    agent.apply(changed, runtime.clock());
    runtime.command(
        (engine, stampNs) -> {
          engine.agentReconfigured(stampNs, agent, changed);
          runtime.funding().fund(engine, stampNs, agent); // its limit may have been in the way
        });
    StateEvents.RegistrationEvent.emit("agent", agent.id(), "reconfigured");
  }

  @Override
  public synchronized void reconfigure(TargetGate target, TargetSettings changed) {
    check(changed);
    checkRegistered(targets, target);
    target.apply(changed);
    runtime.command((engine, stampNs) -> engine.targetReconfigured(stampNs, target, changed));
    StateEvents.RegistrationEvent.emit("target", target.id(), "reconfigured");
  }

  private static <G extends Gate> void checkRegistered(Table<G> table, G gate) {
    if (table.byId.get(gate.id()) != gate || table.removed.contains(gate)) {
      throw new IllegalStateException(
          table.what + " " + gate.id() + " was removed; register it again to change it");
    }
  }

  @Override
  public synchronized void remove(AgentGate agent) {
    if (agents.byId.get(agent.id()) == agent && agents.removed.add(agent)) {
      agent.shut(Refusal.AGENT_REMOVED, AgentGate.UNTIL_OPENED);
      runtime.command((engine, stampNs) -> engine.agentRemoved(stampNs, agent));
      StateEvents.RegistrationEvent.emit("agent", agent.id(), "removed");
    }
  }

  @Override
  public synchronized void remove(TargetGate target) {
    if (targets.byId.get(target.id()) == target && targets.removed.add(target)) {
      target.shut(Refusal.TARGET_REMOVED, TargetGate.UNTIL_OPENED);
      runtime.command((engine, stampNs) -> engine.targetRemoved(stampNs, target));
      StateEvents.RegistrationEvent.emit("target", target.id(), "removed");
    }
  }

  /** The registered agents, by place. */
  synchronized List<AgentGate> agents() {
    return byIndex(agents);
  }

  /** The registered targets, by place. */
  synchronized List<TargetGate> targets() {
    return byIndex(targets);
  }

  private static <G extends Gate> List<G> byIndex(Table<G> table) {
    List<@Nullable G> byIndex = new ArrayList<>();
    for (G gate : table.byId.values()) {
      if (!table.removed.contains(gate)) {
        while (byIndex.size() <= gate.index()) {
          byIndex.add(null);
        }
        byIndex.set(gate.index(), gate);
      }
    }
    List<G> present = new ArrayList<>();
    for (G gate : byIndex) {
      if (gate != null) {
        present.add(gate);
      }
    }
    return present;
  }
}
