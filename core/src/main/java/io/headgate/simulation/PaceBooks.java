package io.headgate.simulation;

import io.headgate.CallClass;
import io.headgate.PacePolicy;
import io.headgate.ProviderQuota;
import io.headgate.TargetSettings;
import io.headgate.engine.AttemptReport;
import io.headgate.simulation.Books.Party;
import io.headgate.simulation.Books.TaskBooks;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What the referee keeps of the pace of starts: no more of them than doubling every ten seconds
 * explains before anything was rejected, none for a second after a rejection, and after that one
 * alone until a rejection of it could have come; and none is held back for longer than a pace can.
 */
final class PaceBooks {
  private static final long SECOND_NS = 1_000_000_000L;
  private static final double MINUTE_NS = 60e9;
  private static final double PERCENT = 100;
  private static final double DOUBLING_NS = 10e9;
  private static final long LONGEST_NS = 60 * SECOND_NS;

  private static final class OfTarget {
    long starts;
    long firstNs;

    /** Due times as in a GCRA, by the fastest and the slowest pace that there may have been. */
    double fastestNs;

    double slowestNs;
    boolean rejected;
    long cutNs = -1;
    long heldUntilNs;
    long replyNs;
    boolean probing;

    /** Attempts that run and started while it was kept, as far as it was kept since then. */
    final Set<TaskBooks> paced = new HashSet<>();

    /** What the provider said, and when by that alone the next may start. */
    ProviderQuota quota = ProviderQuota.NONE;

    double toldNs;
  }

  private final Map<Party, OfTarget> targets = new HashMap<>();

  private OfTarget of(Party target) {
    return targets.computeIfAbsent(target, t -> new OfTarget());
  }

  private static PacePolicy policy(Party target) {
    TargetSettings settings = target.target;
    return settings == null ? PacePolicy.OFF : settings.pace();
  }

  /** Whether an end is the pace's matter, and no breaker's. */
  static boolean isPaces(TaskBooks task, CallClass end) {
    TargetSettings settings = task.target.target;
    return end == CallClass.REJECTED
        && settings != null
        && settings.pace().isOn()
        && settings.degradation().isOff();
  }

  /** Settings come into force: what started before a pace is turned on says nothing of it. */
  void set(Party target, TargetSettings settings) {
    if (settings.pace().isOn() && !policy(target).isOn()) {
      of(target).paced.clear();
    }
  }

  /** An attempt starts at this rung. */
  void started(TaskBooks task, int rung, long nowNs) {
    Party target = task.target;
    PacePolicy policy = policy(target);
    if (rung > 0 || !policy.isOn()) {
      return;
    }
    OfTarget of = of(target);
    of.paced.add(task);
    if (of.starts++ == 0) {
      of.firstNs = nowNs;
      of.fastestNs = (double) nowNs;
      of.slowestNs = (double) nowNs;
    }
    double burstNs = (double) policy.burst().toNanos();
    if (of.quota.isKnown()) {
      check(nowNs + 1 >= of.toldNs - burstNs, target, "faster than its quota allows", nowNs);
      double intervalNs = toldIntervalNs(of.quota, task.task.tokens(), policy);
      of.toldNs = Math.max(of.toldNs, (double) nowNs) + intervalNs - 1;
    }
    if (!of.rejected && of.quota.isKnown()) {
      of.slowestNs = nowNs + burstNs + LONGEST_NS;
    } else if (!of.rejected) {
      check(nowNs + 1 >= of.fastestNs - burstNs, target, "faster than it may speed up", nowNs);
      double doublings = (nowNs - of.firstNs) / DOUBLING_NS;
      double slowest = MINUTE_NS / policy.firstPerMinute();
      // The engine cuts fractions of nanoseconds off.
      of.fastestNs = Math.max(of.fastestNs, (double) nowNs) + slowest / Math.pow(2, doublings) - 1;
      of.slowestNs = Math.clamp(of.slowestNs, (double) nowNs, nowNs + burstNs) + slowest + 1;
    } else {
      check(nowNs >= of.heldUntilNs, target, "while a rejection holds it up", nowNs);
      of.slowestNs = nowNs + burstNs + LONGEST_NS;
      if (of.probing) {
        of.probing = false;
        of.heldUntilNs = nowNs + 2 * of.replyNs;
      }
    }
  }

  private static double toldIntervalNs(ProviderQuota quota, long tokens, PacePolicy policy) {
    double ofCalls =
        quota.callsPerMinute() == ProviderQuota.UNKNOWN ? 0 : MINUTE_NS / quota.callsPerMinute();
    double ofTokens =
        quota.tokensPerMinute() == ProviderQuota.UNKNOWN
            ? 0
            : tokens * MINUTE_NS / quota.tokensPerMinute();
    double share = 1 - policy.marginPercent() / PERCENT;
    return Math.min(Math.max(ofCalls, ofTokens) / share, (double) LONGEST_NS);
  }

  /** The end of an attempt comes to the engine. */
  void ended(TaskBooks task, AttemptReport report, long nowNs) {
    Party target = task.target;
    OfTarget of = targets.get(target);
    if (of != null
        && report.quota().isKnown()
        && report.how().started()
        && of.paced.contains(task)
        && policy(target).isOn()) {
      of.quota = report.quota();
    }
    if (of == null
        || !of.paced.remove(task)
        || !policy(target).isOn()
        || !report.how().started()
        || report.callClass() != CallClass.REJECTED
        || task.startedNs <= of.cutNs) {
      return;
    }
    of.rejected = true;
    of.cutNs = nowNs;
    of.replyNs = Math.min(nowNs - task.startedNs, 5 * SECOND_NS);
    of.heldUntilNs = nowNs + SECOND_NS;
    of.probing = true;
    double burstNs = (double) policy(target).burst().toNanos();
    of.slowestNs = Math.max(of.slowestNs, nowNs + LONGEST_NS + burstNs);
  }

  /** Whether its pace may hold it up at this time, for all that can be known. */
  boolean mayHold(Party target, long nowNs) {
    PacePolicy policy = policy(target);
    OfTarget of = targets.get(target);
    return policy.isOn() && of != null && nowNs < of.slowestNs - policy.burst().toNanos();
  }

  private static void check(boolean holds, Party target, String how, long nowNs) {
    if (!holds) {
      throw new Violation("an attempt at " + target + " starts at " + nowNs + " ns, " + how);
    }
  }
}
