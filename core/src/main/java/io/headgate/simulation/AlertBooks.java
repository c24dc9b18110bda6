package io.headgate.simulation;

import io.headgate.AlertKind;
import io.headgate.BurnPolicy;
import io.headgate.CallClass;
import io.headgate.TargetSettings;
import io.headgate.UsagePolicy;
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
  private static final long HOLD_NS = 10_000_000_000L;
  private static final long MINUTE_NS = 60_000_000_000L;

  /** By as much has a queue grown of which that is told. */
  static final int LEAST_GROWTH = 8;

  /** Of as many calls in a minute can it be said what one in a hundred of them took. */
  private static final int LEAST_CALLS = 100;

  private record Spent(long atNs, long tokens) {}

  private static final class OfAgent {
    final Deque<Spent> spent = new ArrayDeque<>();
    boolean burning;
  }

  private static final class OfTarget {
    int row;
    boolean alert;
    final Deque<Long> ended = new ArrayDeque<>();
    final Deque<Long> late = new ArrayDeque<>();
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
    boolean answered =
        report.callClass() == CallClass.OK || report.callClass() == CallClass.BAD_ANSWER;
    if (answered && report.use().source() == CallUse.Source.ASSUMED && report.tokens() > 0) {
      of.row++;
    } else if (answered && report.use().isKnown()) {
      of.row = 0;
    }
  }

  /** A task ends with what came of its call, so long after it was let in. */
  void took(Party target, long tookNs, long budgetNs, long nowNs) {
    OfTarget of = targets.computeIfAbsent(target, t -> new OfTarget());
    of.ended.add(nowNs);
    if (tookNs > budgetNs) {
      of.late.add(nowNs);
    }
    forgetBefore(of.ended, nowNs - MINUTE_NS);
    forgetBefore(of.late, nowNs - MINUTE_NS);
  }

  private static void forgetBefore(Deque<Long> times, long fromNs) {
    while (!times.isEmpty() && times.getFirst() < fromNs) {
      times.removeFirst();
    }
  }

  /**
   * Whether more than one in a hundred of the last minute's may be: the engine counts by tenths.
   */
  boolean mayBeLate(Party target, long nowNs) {
    OfTarget of = targets.computeIfAbsent(target, t -> new OfTarget());
    forgetBefore(of.ended, nowNs - MINUTE_NS);
    forgetBefore(of.late, nowNs - MINUTE_NS);
    return of.ended.size() >= LEAST_CALLS && !of.late.isEmpty();
  }

  /** The engine has heard of it. */
  void judged(Party target) {
    OfTarget of = targets.get(target);
    if (of != null && of.alert != of.row >= missingInRow(target)) {
      throw new Violation(
          target
              + ": "
              + of.row
              + " calls in a row reported nothing, and that is"
              + (of.alert ? "" : " not")
              + " an alert");
    }
  }

  private static int missingInRow(Party target) {
    TargetSettings settings = target.target;
    return settings == null ? UsagePolicy.NEVER : settings.usage().missingInRow();
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
    if (target.gone && sinceNs != null) {
      return; // and all that is amiss with it
    }
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
