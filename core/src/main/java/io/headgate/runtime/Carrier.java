package io.headgate.runtime;

import io.headgate.OperatorWord;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.Engine;
import io.headgate.engine.TargetMemory;
import io.headgate.recovery.OperatorSubject;
import io.headgate.recovery.Past;
import io.headgate.recovery.Past.PastBreaker;
import io.headgate.recovery.Past.PastHold;
import io.headgate.recovery.Past.PastTarget;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Gives agents and targets, when they are registered, what is known of them from Headgates before:
 * as inputs of the engine, and once. On the dispatcher's thread.
 */
final class Carrier {
  private final RuntimeClock clock;
  private final LiveHeadgate runtime;
  private final Map<String, OperatorWord> words;
  private final Map<String, PastHold> holds = new HashMap<>();
  private final Map<String, List<Long>> cutOffs;
  private final Map<String, List<PastTarget>> learned;
  private final Map<String, Set<PastBreaker>> breakers = new HashMap<>();
  private final Map<String, AgentGate> agents = new HashMap<>();
  private final Map<String, TargetGate> targets = new HashMap<>();

  Carrier(Past past, RuntimeClock clock, LiveHeadgate runtime) {
    this.clock = clock;
    this.runtime = runtime;
    this.words = past.words();
    this.cutOffs = new HashMap<>(past.cutOffs());
    this.learned = past.targets().stream().collect(Collectors.groupingBy(PastTarget::target));
    past.holds().forEach(each -> holds.put(each.subject(), each));
    for (PastBreaker each : past.breakers()) {
      wait(OperatorSubject.ofTarget(each.target()), each);
      if (each.agent() != null) {
        wait(OperatorSubject.ofAgent(each.agent()), each);
      }
    }
  }

  private void wait(String whom, PastBreaker breaker) {
    breakers.computeIfAbsent(whom, _ -> new LinkedHashSet<>()).add(breaker);
  }

  /** What is about all goes on before anybody is registered. */
  void began(Engine engine, long stampNs) {
    PastHold hold = take(OperatorSubject.ALL, stampNs);
    if (hold != null) {
      engine.holdAll(stampNs, hold.lowest(), hold.starts(), clock.ofEpochNs(hold.untilNs()));
    }
  }

  void registered(Engine engine, long stampNs, TargetGate target) {
    String whom = OperatorSubject.ofTarget(target.id());
    PastHold hold = take(whom, stampNs);
    if (hold != null) {
      boolean _ = engine.holdTarget(stampNs, target, clock.ofEpochNs(hold.untilNs()));
    }
    List<PastTarget> of = learned.remove(target.id());
    if (of != null) {
      of.forEach(each -> engine.targetCarried(stampNs, target, each.what(), value(each)));
    }
    if (breakers.containsKey(whom)) {
      targets.put(target.id(), target);
      carry(engine, stampNs, whom);
    }
  }

  void registered(Engine engine, long stampNs, AgentGate agent) {
    String whom = OperatorSubject.ofAgent(agent.id());
    PastHold hold = take(whom, stampNs);
    if (hold != null) {
      boolean _ = engine.holdAgent(stampNs, agent, clock.ofEpochNs(hold.untilNs()));
    }
    List<Long> atNs = cutOffs.remove(agent.id());
    if (atNs != null) {
      engine.cutOffsCarried(stampNs, agent, atNs.stream().mapToLong(clock::ofEpochNs).toArray());
    }
    if (breakers.containsKey(whom)) {
      agents.put(agent.id(), agent);
      carry(engine, stampNs, whom);
    }
  }

  private long value(PastTarget learned) {
    return learned.what() == TargetMemory.PAUSE
        ? clock.ofEpochNs(learned.value())
        : learned.value();
  }

  // Null if there is none, or its time is over.
  private @Nullable PastHold take(String subject, long nowNs) {
    PastHold hold = holds.remove(subject);
    if (hold == null || clock.ofEpochNs(hold.untilNs()) <= nowNs) {
      return null;
    }
    tell(subject, clock.ofEpochNs(hold.untilNs()), nowNs);
    return hold;
  }

  private void tell(String subject, long untilNs, long nowNs) {
    OperatorWord word = words.get(subject);
    if (word != null) {
      runtime.operator().holdsAgain(word, untilNs, nowNs);
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
    if (each.memory().isForced() && untilNs > stampNs) {
      tell(each.subject(), untilNs, stampNs);
    }
    forget(OperatorSubject.ofTarget(each.target()), each);
    if (each.agent() != null) {
      forget(OperatorSubject.ofAgent(each.agent()), each);
    }
  }

  private void forget(String whom, PastBreaker breaker) {
    Set<PastBreaker> of = breakers.get(whom);
    if (of != null && of.remove(breaker) && of.isEmpty()) {
      breakers.remove(whom);
    }
  }
}
