package io.headgate.simulation;

import io.headgate.AlertKind;
import io.headgate.BurnPolicy;
import io.headgate.engine.AttemptReport;
import io.headgate.engine.CallUse;
import io.headgate.simulation.Books.Party;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/** What the referee keeps of alerts: no burn rate without spending, no missing usage overlooked. */
final class AlertBooks {
  private static final int ROW = 3;
  private static final long HOLD_NS = 10_000_000_000L;

  private record Spent(long atNs, long tokens) {}

  private static final class OfAgent {
    final Deque<Spent> spent = new ArrayDeque<>();
    boolean burning;
  }

  private static final class OfTarget {
    int row;
    boolean alert;
  }

  private final Map<Party, OfAgent> agents = new HashMap<>();
  private final Map<Party, OfTarget> targets = new HashMap<>();
  private final Map<Party, Map<AlertKind, Long>> ofKinds = new HashMap<>();

  /** An attempt's end comes to the engine. */
  void ended(Party target, Party agent, AttemptReport report, BurnPolicy policy, long nowNs) {
    if (policy.isOn()) {
      OfAgent of = agents.computeIfAbsent(agent, a -> new OfAgent());
      of.spent.add(new Spent(nowNs, report.tokens()));
      while (of.spent.getFirst().atNs() < nowNs - policy.shortWindow().toNanos()) {
        of.spent.removeFirst();
      }
    }
    OfTarget of = targets.computeIfAbsent(target, t -> new OfTarget());
    if (report.use().source() == CallUse.Source.ASSUMED && report.tokens() > 0) {
      of.row++;
    } else if (report.use().isKnown()) {
      of.row = 0;
    }
  }

  /** The engine has heard of it. */
  void judged(Party target) {
    OfTarget of = targets.get(target);
    if (of != null && of.alert != of.row >= ROW) {
      throw new Violation(
          target
              + ": "
              + of.row
              + " calls in a row reported nothing, and that is"
              + (of.alert ? "" : " not")
              + " an alert");
    }
  }

  /** An alert begins or ends: by turns, not soon after its beginning, and for what can be seen. */
  void alert(Party target, AlertKind kind, boolean on, boolean holds, long nowNs) {
    Map<AlertKind, Long> begun = on(target);
    if (on == begun.containsKey(kind)) {
      throw new Violation(target + ": " + kind + (on ? " begins" : " ends") + " twice");
    }
    if (on) {
      begun.put(kind, nowNs);
      if (!holds) {
        throw new Violation(target + ": " + kind + " begins, and nothing is amiss");
      }
      return;
    }
    Long sinceNs = begun.remove(kind);
    if (holds || sinceNs == null || nowNs - sinceNs < HOLD_NS) {
      throw new Violation(target + ": " + kind + " ends too soon, since " + sinceNs);
    }
  }

  private Map<AlertKind, Long> on(Party target) {
    return ofKinds.computeIfAbsent(target, t -> new EnumMap<>(AlertKind.class));
  }

  void usageMissing(Party target, boolean missing) {
    OfTarget of = targets.computeIfAbsent(target, t -> new OfTarget());
    if (of.alert == missing) {
      throw new Violation(target + ": an alert " + (missing ? "begins" : "ends") + " twice");
    }
    of.alert = missing;
  }

  void burning(Party agent, boolean burning, long tokens, BurnPolicy policy) {
    OfAgent of = agents.computeIfAbsent(agent, a -> new OfAgent());
    long counted = of.spent.stream().mapToLong(Spent::tokens).sum();
    if (of.burning == burning || (burning && (tokens > counted || tokens <= policy.minTokens()))) {
      throw new Violation(
          agent
              + " burns: "
              + burning
              + " after "
              + tokens
              + " tokens, and counted are "
              + counted);
    }
    of.burning = burning;
  }
}
