package io.headgate.engine;

import io.headgate.BreakerPolicy;
import io.headgate.DegradationPolicy;
import io.headgate.Price;
import org.jspecify.annotations.Nullable;

/**
 * The rungs of a target: which of them serves, how many attempts run on each, and at which one a
 * task starts; the rule is {@link DegradationPolicy}'s. Without a ladder all runs on the first, and
 * this says nothing. Not thread-safe.
 */
final class Ladder {
  private static final int MAX = DegradationPolicy.MAX_RUNGS;

  /** Of the latency budget, how much a task waits for the first rung's pace: one in ten. */
  private static final int PACE_WAIT = 10;

  private final TargetEntry target;
  private final @Nullable Breaker[] lower = new Breaker[MAX];
  private final int[] running = new int[MAX];
  private final int[] claimed = new int[MAX];
  private final int[] overruns = new int[MAX];
  private int allOverruns;
  private final long[] meanRunNs = new long[MAX];
  private final long[] meanGoodNs = new long[MAX];
  private final long[] lastRanNs = new long[MAX];
  private final long[] answers = new long[MAX];
  private final Price[] prices = new Price[MAX];
  private BreakerPolicy policy;
  private int startable = ALL;
  private int published;
  private int publishedBelow;

  /** Beside the rungs: whom the first one would take waits for its pace. */
  private static final int PACED = 1 << MAX;

  /** Beside them, for each rung: probes may run on it, and what is part of them may start. */
  private static final int ON_TRIAL = MAX + 1;

  private static final int ALL = PACED - 1;

  /**
   * What lets a task through with the probe that submitted it: a bit for each rung's trial, and
   * this for its agent's.
   */
  static final int PART_OF_AGENTS = 1 << MAX;

  Ladder(TargetEntry target) {
    this.target = target;
    this.policy = policyOf(target);
    price();
  }

  private void price() {
    for (int rung = 0; rung < settings().size(); rung++) {
      prices[rung] = target.settings.price().percent(settings().pricePercent(rung));
    }
  }

  /** What a call costs on a rung; below the last, what it does there. */
  Price priceAt(int rung) {
    return prices[Math.min(rung, settings().size() - 1)];
  }

  private static BreakerPolicy policyOf(TargetEntry target) {
    return settings(target).breaker(target.settings.breaker());
  }

  private static DegradationPolicy settings(TargetEntry target) {
    return target.settings.degradation();
  }

  DegradationPolicy settings() {
    return settings(target);
  }

  boolean isOn() {
    return !settings().isOff();
  }

  /** The target's settings have changed. */
  void settingsChanged() {
    policy = policyOf(target);
    price();
  }

  /** By which its rungs are watched. */
  BreakerPolicy policy() {
    return policy;
  }

  /** What watches the rung; null if nothing does. */
  @Nullable Breaker breakerOf(int rung) {
    if (rung == 0 || !isOn()) {
      return rung == 0 ? target.breaker : null;
    }
    if (settings().isStatic(rung)) {
      return null;
    }
    Breaker breaker = lower[rung];
    if (breaker == null) {
      breaker = new Breaker(target, rung);
      lower[rung] = breaker;
    }
    return breaker;
  }

  /** What watches the rung, or did while there was a ladder; null if nothing was needed yet. */
  @Nullable Breaker breakerAt(int rung) {
    return rung == 0 ? target.breaker : lower[rung];
  }

  /** Whether a breaker below the first rung still holds. */
  boolean isBinding(long nowNs) {
    for (Breaker breaker : lower) {
      if (breaker != null && breaker.isBinding(nowNs)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the rung lets anything start, were there a permit. */
  private boolean serves(int rung) {
    Breaker breaker = breakerAt(rung);
    return isThere(rung) && (breaker == null || settings().isStatic(rung) || breaker.mayStart());
  }

  private boolean isOnTrial(int rung) {
    Breaker breaker = breakerAt(rung);
    return breaker != null && breaker.isHalfOpen() && !settings().isStatic(rung);
  }

  private boolean isThere(int rung) {
    return !target.isHeld()
        && !(rung == 0 && target.isPaused())
        && !isOverrun(rung)
        && !target.isFullOfOverruns();
  }

  /** The first rung that serves; as many as there are if none does. */
  int serving() {
    return serving(0);
  }

  /** The first rung that serves, of this one and those below. */
  private int serving(int from) {
    int rungs = settings().size();
    int rung = from;
    while (isOn() && rung < rungs && !serves(rung)) {
      rung++;
    }
    return rung;
  }

  /** Whether other rungs serve than those that were published; then these are. */
  boolean publish() {
    int serving = serving(0);
    int below = isOn() ? serving(Math.max(1, serving)) : 0;
    boolean changed = serving != published || below != publishedBelow;
    published = serving;
    publishedBelow = below;
    return changed;
  }

  int published() {
    return published;
  }

  /** The first that serves below the first of all; as many as there are if none does. */
  int publishedBelow() {
    return publishedBelow;
  }

  /** Whether a rung below the first serves. */
  boolean servesBelow() {
    return isOn() && publishedBelow < settings().size();
  }

  private int startable() {
    if (!isOn()) {
      return target.breaker.isHalfOpen() && !target.breaker.mayStart() ? 1 << ON_TRIAL : ALL;
    }
    int mask = target.isPaced() ? PACED : 0;
    for (int rung = settings().size() - 1; rung >= 0; rung--) {
      boolean hasRoom =
          !(rung == 0 && target.paceTimer.isIn()) && running[rung] + claimed[rung] < permits(rung);
      if (hasRoom && serves(rung)) {
        mask |= 1 << rung;
      }
      if (hasRoom && isOnTrial(rung) && isThere(rung)) {
        mask |= 1 << (ON_TRIAL + rung);
      }
    }
    return mask;
  }

  /**
   * How long a task waits for the first rung's pace before it goes to one below: a rate limit, too,
   * steps down.
   *
   * @param leftNs until it expires
   */
  long patienceNs(long leftNs) {
    return Math.min(settings().latencyBudgetNanos() / PACE_WAIT, leftNs / 2);
  }

  private int permits(int rung) {
    int max = settings().maxInFlight(rung);
    return rung > 0 ? max : Math.min(max, target.limit.permits(target.settings.concurrency()));
  }

  /** Whether other rungs may start something than when it was asked last. */
  boolean changed() {
    int before = startable;
    startable = startable();
    return startable != before;
  }

  /**
   * Whether a task may start.
   *
   * @param least the first rung that is allowed
   * @param patient whether it waits for the first rung's pace, and does not go to one below
   * @param ofAgent what may keep its agent from the first
   * @param part a bit for each rung with whose probes it is let through, and {@link
   *     #PART_OF_AGENTS}
   */
  boolean mayStart(
      int least, boolean degradable, boolean patient, @Nullable Breaker ofAgent, int part) {
    boolean agentMay = agentMay(ofAgent, part);
    return isOn()
        ? next(least, degradable, patient, agentMay, part) >= 0
        : agentMay && may(0, part);
  }

  /** Whether its agent's breaker lets it start at the first rung. */
  static boolean agentMay(@Nullable Breaker ofAgent, int part) {
    return ofAgent == null || ofAgent.mayStart() || (part & PART_OF_AGENTS) != 0;
  }

  private boolean may(int rung, int part) {
    return (((startable | (startable >> ON_TRIAL & part)) >> rung) & 1) != 0;
  }

  private int next(int least, boolean degradable, boolean patient, boolean agentMay, int part) {
    int rungs = settings().size();
    int from = Math.min(least, rungs - 1);
    int to = degradable ? rungs - 1 : from;
    if (patient && (startable & PACED) != 0 && from == 0 && agentMay) {
      return -1;
    }
    for (int rung = from; rung <= to; rung++) {
      if (may(rung, part) && (rung > 0 || agentMay)) {
        return rung;
      }
    }
    return -1;
  }

  /** The rung at which a task starts that {@link #mayStart}, with so much time left. */
  int choose(
      int least,
      boolean degradable,
      boolean patient,
      @Nullable Breaker ofAgent,
      int part,
      long leftNs,
      long nowNs) {
    if (!isOn()) {
      return least;
    }
    boolean agentMay = agentMay(ofAgent, part);
    int rung = next(least, degradable, patient, agentMay, part);
    assert rung >= 0 : "no rung may start it";
    if (!degradable) {
      return rung;
    }
    int below = rung;
    while (below >= 0 && 2 * meanRunNs(below, nowNs) > leftNs) {
      below =
          below + 1 < settings().size() ? next(below + 1, degradable, patient, agentMay, part) : -1;
    }
    // If none is fast enough, the one that does best. The ladder may have been shortened.
    return Math.max(Math.min(least, settings().size() - 1), below >= 0 ? below : rung);
  }

  /** Attempts that run at the rung. */
  int running(int rung) {
    return running[rung];
  }

  void claim(int rung, int change) {
    claimed[rung] += change;
  }

  void run(int rung, int change) {
    running[rung] += change;
    assert running[rung] >= 0;
  }

  /** Whether too many of its calls do not end. */
  boolean isOverrun(int rung) {
    return isOn() && overruns[rung] >= target.settings.overrunLimit();
  }

  /** Attempts at the rung that are past their deadline, and whose threads still run. */
  int overruns(int rung) {
    return overruns[rung];
  }

  /** Those of all rungs. */
  int overruns() {
    return allOverruns;
  }

  void overrun(int rung, int change) {
    overruns[rung] += change;
    allOverruns += change;
    assert overruns[rung] >= 0;
  }

  boolean mayResume(int rung) {
    return !isOn() || running[rung] < settings().maxInFlight(rung);
  }

  // A rung that is passed over for being slow runs nothing that could say otherwise: what nobody
  // renews is forgotten, else it would be passed over for good.
  private long meanRunNs(int rung, long nowNs) {
    boolean isOld = nowNs - lastRanNs[rung] > settings().maxProbeAfterNanos();
    return isOld ? 0 : meanRunNs[rung];
  }

  /** The rung is tried again: how long it took before says nothing now. */
  void forgetRuns(int rung) {
    meanRunNs[rung] = 0;
  }

  void ran(int rung, long ranNs, boolean good, long nowNs) {
    meanRunNs[rung] = TargetEntry.mean(meanRunNs(rung, nowNs), ranNs);
    lastRanNs[rung] = nowNs;
    if (good) {
      meanGoodNs[rung] = TargetEntry.mean(meanGoodNs[rung], ranNs);
    }
  }

  long meanGoodRunNs(int rung) {
    return meanGoodNs[rung];
  }

  void answered(int rung) {
    answers[rung]++;
  }

  /** Tasks that completed on the rung. */
  long answers(int rung) {
    return answers[rung];
  }
}
