package io.headgate.simulation;

import static io.headgate.simulation.Violation.check;

import io.headgate.CallClass;
import io.headgate.DegradationPolicy;
import io.headgate.TargetSettings;
import io.headgate.admission.TakenAgain;
import io.headgate.simulation.Books.Flow;
import io.headgate.simulation.Books.Party;
import io.headgate.simulation.Books.TaskBooks;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * What the referee keeps of ladders, from the design alone: nothing starts at a rung that does not
 * serve, that is full, or that is dearer than what was reserved; nobody is served lower than need
 * be; what fails goes on at the very next rung that is covered, and no further than the last.
 */
final class LadderBooks {
  /** A rung's. */
  private static final class OfRung {
    int running;
    int claimed;

    /** Its calls that run beyond their ends, and since when. */
    final Map<TaskBooks, Long> overruns = new HashMap<>();

    long longestRunNs;
    long lastRanNs;
  }

  private record Key(Party target, int rung) {}

  private final Map<Key, OfRung> rungs = new HashMap<>();
  private final CutoffBooks cutoffs;
  private final LongSupplier clock;

  /**
   * @param clock the engine's time
   */
  LadderBooks(CutoffBooks cutoffs, LongSupplier clock) {
    this.cutoffs = cutoffs;
    this.clock = clock;
  }

  /** For which a call that is told to stop may run on. */
  private static final long GRACE_NS = 1_000_000_000L;

  /** Of the latency budget, how much a task waits for a pace. */
  private static final int PATIENCE = 10;

  private static final int ANY = Integer.MAX_VALUE;

  private OfRung of(Party target, int rung) {
    return rungs.computeIfAbsent(new Key(target, rung), k -> new OfRung());
  }

  private static DegradationPolicy policy(Party target) {
    TargetSettings settings = target.target;
    return settings == null ? DegradationPolicy.OFF : settings.degradation();
  }

  private boolean mayStart(Party target, Party agent, int rung, int part, boolean now) {
    OfRung of = of(target, rung);
    return cutoffs.serves(target, agent, rung, part)
        && !isOverrun(target, rung, now)
        && of.running + of.claimed
            < Math.min(policy(target).maxInFlight(rung), rung == 0 ? target.permits : ANY);
  }

  private boolean isUnsure(Party target, int rung) {
    return rung >= 0 && isOverrun(target, rung, true) != isOverrun(target, rung, false);
  }

  /**
   * Whether too many of its calls do not end; without a ladder, of all its target's, and with one
   * of those that go on for a second. Of one whose second is just over it may be so or not.
   *
   * @param now whether one that is just over counts
   */
  private boolean isOverrun(Party target, int rung, boolean now) {
    if (policy(target).isOff()) {
      return target.overruns >= target.maxOverruns;
    }
    long fromNs = clock.getAsLong() - GRACE_NS + (now ? 0 : -1);
    long all = 0;
    for (int i = 0; i < DegradationPolicy.MAX_RUNGS; i++) {
      all += lasting(target, i, fromNs);
    }
    return all >= target.maxInFlight || lasting(target, rung, fromNs) >= target.maxOverruns;
  }

  /**
   * Whether too many of its target's calls do not end, at its first rung if it has a ladder.
   *
   * @param more that are about to be told of
   */
  boolean isShut(Party target, int more) {
    return isOverrun(target, 0)
        || (policy(target).isOff() && target.overruns + more >= target.maxOverruns);
  }

  private long lasting(Party target, int rung, long fromNs) {
    return of(target, rung).overruns.values().stream().filter(ns -> ns <= fromNs).count();
  }

  /** Whether that may be so. */
  boolean isOverrun(Party target, int rung) {
    return isOverrun(target, rung, true);
  }

  /** Whether who asks may find nothing that serves, since calls of the first rung do not end. */
  boolean isShutByOverruns(Party target, boolean degradable) {
    DegradationPolicy ladder = policy(target);
    if (!isOverrun(target, 0)) {
      return false;
    }
    for (int rung = 0; rung < ladder.size(); rung++) {
      if (isUnsure(target, rung)) {
        return true;
      }
    }
    return ladder.isOff() || !degradable || serving(target, 1) >= ladder.size();
  }

  /**
   * A call of its rung runs beyond its end, or no longer does.
   *
   * @param told whether it may have been told to stop before
   */
  void overrun(TaskBooks task, boolean begins, boolean told) {
    Map<TaskBooks, Long> overruns = of(task.target, task.rung).overruns;
    if (begins) {
      // Of one that was told to stop before, the time to hear of it is over.
      long nowNs = clock.getAsLong();
      boolean lasts = told && task.timedOut && nowNs - task.deadlineNs >= GRACE_NS;
      overruns.put(task, lasts ? Long.MIN_VALUE : nowNs);
    } else {
      overruns.remove(task);
    }
  }

  /** The first rung that may start something of this agent, of those that are allowed; or -1. */
  private int first(Party target, Party agent, int least, boolean degradable, int part) {
    int rungs = policy(target).size();
    int from = Math.min(least, rungs - 1);
    for (int rung = from; rung < (degradable ? rungs : from + 1); rung++) {
      if (mayStart(target, agent, rung, part, true)) {
        return rung;
      }
    }
    return -1;
  }

  /**
   * A task is queued: for a tenth of the latency budget, or half of what it has left, it waits for
   * the pace of the first rung.
   */
  void enters(TaskBooks task, long nowNs) {
    task.patient = isPatient(task);
    task.patientAtMostNs = Long.MAX_VALUE;
    if (task.patient) {
      long leftNs = task.startByNs() - nowNs;
      long budgetNs = policy(task.target).latencyBudgetNanos();
      task.patientUntilNs = nowNs + Math.clamp(leftNs / 2, 0, budgetNs / PATIENCE);
      task.patientAtMostNs = nowNs + budgetNs / PATIENCE;
    }
  }

  /** Whether it is to do so, if it is queued now. */
  boolean isPatient(TaskBooks task) {
    TargetSettings settings = task.target.target;
    return settings != null
        && settings.pace().isOn()
        && !settings.degradation().isOff()
        && task.leastRung == 0
        && task.task.isDegradable()
        && task.hedgeOf == null;
  }

  /**
   * Whether the first of the flow's tasks may start, for all that can be known.
   *
   * @param paced whether the first rung's pace may hold it up
   */
  boolean mayStart(Flow flow, boolean paced) {
    if (policy(flow.target).isOff()) {
      return !paced
          && cutoffs.mayStart(flow.target, flow.agent, flow.part)
          && !isOverrun(flow.target, 0)
          && flow.target.running + flow.target.claimed < flow.target.permits;
    }
    boolean waits =
        paced
            && flow.leastRung == 0
            && !isOverrun(flow.target, 0)
            && cutoffs.serves(flow.target, flow.agent, 0, flow.part);
    if (waits && (flow.patient || !flow.degradable)) {
      return false;
    }
    int least = waits ? 1 : flow.leastRung;
    return first(flow.target, flow.agent, least, flow.degradable, flow.part) >= 0;
  }

  /** A task is about to start at the rung that its reservation names; it is none yet that runs. */
  void starts(TaskBooks task, long leftNs, boolean paced, long nowNs) {
    int rung = task.task.rung();
    boolean degradable = task.task.isDegradable();
    int last = policy(task.target).isOff() ? rung : policy(task.target).size() - 1;
    check(
        rung >= Math.min(task.task.reservedRung(), last), // its ladder may have been shortened
        "{} runs at rung {}, and has reserved for {}",
        task,
        rung,
        task.task.reservedRung());
    check(
        rung >= Math.min(task.leastRung, last),
        "{} runs at rung {}, and has failed there",
        task,
        rung);
    check(degradable || rung == 0, "{} runs at rung {}, and must not", task, rung);
    if (policy(task.target).isOff()) {
      check(
          cutoffs.mayStart(task.target, task.agent, task.part), "{} started, and is cut off", task);
      check(
          !isOverrun(task.target, 0),
          "{} started in spite of {} overruns",
          task,
          task.target.overruns);
      check(
          task.target.running + task.target.claimed < task.target.permits,
          "{} started, and {} of {} permits are taken",
          task,
          task.target.running,
          task.target.permits);
      check(rung == task.leastRung, "{} runs at rung {} without a ladder", task, rung);
      return;
    }
    int first = first(task.target, task.agent, task.leastRung, degradable, task.part);
    int at = Math.min(rung, policy(task.target).size() - 1);
    check(
        mayStart(task.target, task.agent, at, task.part, false),
        "{} started at rung {}, which is shut",
        task,
        at);
    check(
        at == first
            || first < 0
            || isUnsure(task.target, first)
            || isUnsure(task.target, at)
            || isTooSlow(task.target, first, leftNs, nowNs)
            || (paced && first == 0 && !task.patient), // its pace, too, steps down
        "{} started at rung {}, and has time for rung {}",
        task,
        at,
        first);
  }

  // For so little time; a rung on which nothing has run lately is not passed over.
  private boolean isTooSlow(Party target, int rung, long leftNs, long nowNs) {
    OfRung of = of(target, rung);
    return leftNs < 2 * of.longestRunNs
        && nowNs - of.lastRanNs <= policy(target).maxProbeAfter().toNanos();
  }

  /** What a task holds that starts at the rung its reservation names. */
  static long costNanos(TaskBooks task) {
    TargetSettings settings = task.target.target;
    int percent = policy(task.target).pricePercent(task.task.rung());
    return settings == null
        ? 0
        : settings
            .price()
            .percent(percent)
            .costNanos(task.task.inputTokens(), task.task.outputTokens());
  }

  /** A task runs at its rung, or has left it. */
  void runs(TaskBooks task, int change) {
    OfRung of = of(task.target, task.rung);
    of.running += change;
    check(
        change < 0 || of.running <= policy(task.target).maxInFlight(task.rung),
        "rung {} of {} runs {}",
        task.rung,
        task.target,
        of.running);
  }

  /** A task wants its permit there back. */
  void claims(TaskBooks task, int change) {
    of(task.target, task.rung).claimed += change;
  }

  void ran(TaskBooks task, long ranNs, long nowNs) {
    OfRung of = of(task.target, task.rung);
    of.lastRanNs = nowNs;
    of.longestRunNs = Math.max(of.longestRunNs, ranNs);
  }

  void falls(TaskBooks task, CallClass end, int toRung, TakenAgain again) {
    check(
        toRung == Math.max(task.rung + 1, again.rung())
            && toRung < policy(task.target).rungs().size(),
        "{} falls from rung {} to {}",
        task,
        task.rung,
        toRung);
    check(task.task.isDegradable(), "{} falls, and must not", task);
    check(
        end != CallClass.OK && end != CallClass.CANCELLED && end != CallClass.CALLER_FAULT,
        "{} falls after {}",
        task,
        end);
  }

  /** Whether what it is to go on at costs nothing, since it fell there. */
  static boolean isFree(TaskBooks task) {
    return task.leastRung > task.rung && policy(task.target).isStatic(task.leastRung);
  }

  /** Whether it holds nothing, and its ladder was changed so that where it goes on is not free. */
  static boolean isNoLongerFree(TaskBooks task) {
    return task.unpaid && !policy(task.target).isStatic(task.leastRung);
  }

  /** The same, and another rung is free. */
  static boolean isFreeElsewhere(TaskBooks task) {
    DegradationPolicy policy = policy(task.target);
    return isNoLongerFree(task) && policy.isStatic(policy.size() - 1);
  }

  /** It is to go on at the last rung, by a rule or an operator's word; answers whether it may. */
  static boolean degrades(TaskBooks task) {
    DegradationPolicy policy = policy(task.target);
    boolean free = policy.isStatic(policy.rungs().size() - 1);
    boolean may = task.task.isDegradable() && !policy.isOff() && (free || !task.task.isUnfunded());
    if (may) {
      task.unpaid = task.task.isUnfunded();
      task.leastRung = policy(task.target).rungs().size() - 1;
    }
    return may;
  }

  /** Whether it may go on below when its time is over. */
  static boolean fallsInTime(TaskBooks task) {
    return task.task.isDegradable() && task.rung + 1 < policy(task.target).rungs().size();
  }

  /** After which an attempt that starts counts as slow; never, if its deadline is before that. */
  static long lateNs(TaskBooks task, long nowNs) {
    DegradationPolicy policy = policy(task.target);
    long lateNs = nowNs + policy.latencyBudgetNanos();
    boolean watched = !policy.isOff() && !policy.isStatic(task.rung) && lateNs < task.deadlineNs;
    return watched ? lateNs : Long.MAX_VALUE;
  }

  /** Calls of the rung that run for longer than they should. */
  static int late(Iterable<TaskBooks> tasks, Party target, int rung, long nowNs) {
    int late = 0;
    for (TaskBooks task : tasks) {
      boolean runs = !task.judged && task.attempts > 0 && task.state != Books.State.WAITING;
      late += runs && task.target == target && task.rung == rung && nowNs >= task.lateNs ? 1 : 0;
    }
    return late;
  }

  /** Whether what it runs at needs no model. */
  static boolean isStatic(TaskBooks task) {
    return policy(task.target).isStatic(task.rung);
  }

  /** What is published to submitters. */
  void checkPublished(Party target, int published, int publishedBelow) {
    if (policy(target).isOff()) {
      check(published == 0, "{} has no ladder, and rung {} serves", target, published);
      return;
    }
    for (int rung = 0; rung < policy(target).size(); rung++) {
      if (isUnsure(target, rung)) {
        return;
      }
    }
    int serving = serving(target, 0);
    check(published == serving, "rung {} of {} serves, not {}", serving, target, published);
    int below = serving(target, 1);
    check(
        publishedBelow == below,
        "rung {} of {} serves those below, not {}",
        below,
        target,
        publishedBelow);
  }

  private int serving(Party target, int from) {
    int rungs = policy(target).size();
    int serving = from;
    while (serving < rungs
        && (target.held || isOverrun(target, serving) || !cutoffs.serves(target, serving))) {
      serving++;
    }
    return serving;
  }
}
