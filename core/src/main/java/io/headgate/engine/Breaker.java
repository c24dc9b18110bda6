package io.headgate.engine;

import io.headgate.BreakerPolicy;
import io.headgate.CallClass;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a target off, or one agent from a target, while its calls fail; the rule is {@link
 * BreakerPolicy}'s. Says what is to be done, and leaves doing it to the engine. Not thread-safe.
 */
final class Breaker {
  private static final int PERCENT = 100;
  private static final int MAX_DOUBLINGS = 30;
  private static final long JITTER_PART = 4;
  private static final long TELL_NS = 1_000_000_000L;

  /** What is worth telling at once: a move by one part in so many. */
  private static final int LARGE_MOVE = 4;

  final TargetEntry target;

  /** Whom it cuts off; null for everybody. */
  final @Nullable AgentEntry agent;

  /** Of the target's ladder, which it watches. */
  final int rung;

  final HeapNode<Timer> timer = new HeapNode<>(new Timer.OfBreaker(this));

  /** Where it stands among those of its target's agents. */
  int place;

  private final CallWindow window = new CallWindow();

  /** The same, also of what it has judged already: who it is that fails does not change by that. */
  private final CallWindow seen = new CallWindow();

  private final FailureTest test = new FailureTest();

  /** Calls that may be its target's limit's instead. */
  final Congestion congestion = new Congestion();

  /** And those that are lost. */
  final Outage outage = new Outage();

  // What was told of its window, when, and how many calls ended since.
  private int told;
  private long toldNs;
  private int untold;

  private BreakerState state = BreakerState.CLOSED;

  /** How often in a row it has opened. */
  private int openings;

  /** Names the time from one opening to the next: to it a probe belongs. */
  private int spell;

  private long untilNs;
  private long closedNs;

  /** An operator keeps it closed until then; 0 if not. */
  private long keptClosedUntilNs;

  /** Whether an operator opened it, and it has not let probes through since. */
  private boolean forcedOpen;

  private int probesStarted;

  private int probesWell;
  private int probesFailed;

  Breaker(TargetEntry target, @Nullable AgentEntry agent) {
    this.target = target;
    this.agent = agent;
    this.rung = 0;
  }

  /** One of a lower rung. */
  Breaker(TargetEntry target, int rung) {
    this.target = target;
    this.agent = null;
    this.rung = rung;
  }

  private boolean isOfRung() {
    return agent == null && target.ladder.isOn();
  }

  BreakerPolicy policy() {
    if (isOfRung()) {
      return target.ladder.policy();
    }
    return agent == null ? target.settings.breaker() : target.settings.agentBreaker();
  }

  int agentIndex() {
    return agent == null ? -1 : agent.gate.index();
  }

  BreakerState state() {
    return state;
  }

  /** When it will be half open, while it is open. */
  long untilNs() {
    return untilNs;
  }

  boolean isClosed() {
    return state == BreakerState.CLOSED;
  }

  /** Whether a time that it was given is not over: it is open, or an operator keeps it closed. */
  boolean isBinding(long nowNs) {
    return isOpen() || nowNs < keptClosedUntilNs;
  }

  /** Until when an operator's word holds for it; 0 if none does. */
  long forcedUntilNs() {
    return forcedOpen ? untilNs : keptClosedUntilNs;
  }

  boolean isOpen() {
    return state == BreakerState.OPEN;
  }

  boolean isHalfOpen() {
    return state == BreakerState.HALF_OPEN;
  }

  boolean mayStart() {
    return switch (state) {
      case CLOSED -> true;
      case OPEN -> false;
      case HALF_OPEN -> probesLeft() > 0;
    };
  }

  /** Probes that may still start. */
  int probesLeft() {
    return Math.max(0, policy().probes() - probesStarted);
  }

  /** By which its probes and what is part of them are known, while it is half open; else 0. */
  int trial() {
    return isHalfOpen() ? spell : 0;
  }

  /** Whether it cannot be told from a new one. */
  boolean isBlank() {
    return isClosed()
        && keptClosedUntilNs == 0
        && openings == 0
        && seen.failures() == 0
        && congestion.isForgotten()
        && outage.isForgotten()
        && test.isBlank();
  }

  /** Calls that ended in the last while, whatever was made of them. */
  int calls() {
    return seen.calls();
  }

  /** Of those, the ones that failed. */
  int failures() {
    return seen.failures();
  }

  /**
   * An attempt starts.
   *
   * @param part whether a probe's call has submitted it: then it is let through with that
   * @return the spell to which it belongs as a probe, negative if as part of one; 0 if it is none
   */
  int started(boolean part) {
    if (!isHalfOpen()) {
      return 0;
    }
    if (part) {
      return -spell;
    }
    probesStarted++;
    return spell;
  }

  /**
   * A call has ended, or its time is over.
   *
   * @param probe the spell that {@link #started} answered
   * @return whether there is cause to open, or to close
   */
  boolean ended(CallClass end, long ranNs, int probe, long nowNs) {
    BreakerPolicy policy = policy();
    if (policy.isOff() && isClosed() && !isOfRung()) {
      return false;
    }
    boolean counts = end != CallClass.CANCELLED;
    boolean failed = policy.counts(end);
    boolean slow = isSlow(policy, end, ranNs);
    if (counts) {
      seen.add(policy, nowNs, failed, slow);
    }
    if (isHalfOpen() && Math.abs(probe) == spell) {
      if (!counts) {
        probesStarted -= probe > 0 ? 1 : 0; // it has said nothing: another one may
      } else if (failed || slow) {
        probesFailed++;
      } else {
        probesWell++;
      }
      return isDecided();
    }
    if (!isClosed() || !counts || keptClosedUntilNs != 0) {
      return false;
    }
    if (openings > 0 && nowNs - closedNs >= policy.maxOpenNanos()) {
      openings = 0;
    }
    window.add(policy, nowNs, failed, slow);
    test.add(policy.failurePercent(), failed);
    untold++;
    return fails(policy) || isSlow(policy);
  }

  private boolean fails(BreakerPolicy policy) {
    boolean tooMany =
        (long) window.failures() * PERCENT >= (long) policy.failurePercent() * window.calls();
    return window.calls() >= policy.minCalls()
        && (test.isCertain() || (tooMany && test.isSuspect()));
  }

  private boolean isSlow(BreakerPolicy policy) {
    if (isOfRung()) {
      return window.calls() >= policy.minCalls()
          && LatencyTest.isAbove(window.slow(), window.calls());
    }
    return window.calls() >= policy.minCalls()
        && (long) window.slow() * PERCENT >= (long) policy.slowPercent() * window.calls();
  }

  private static boolean isSlow(BreakerPolicy policy, CallClass end, long ranNs) {
    return !policy.isOff() && (end == CallClass.TIMED_OUT || ranNs >= policy.slowCallNanos());
  }

  /** Whether a call that ended so was slow. */
  boolean isSlow(CallClass end, long ranNs) {
    return isSlow(policy(), end, ranNs);
  }

  /** Whether too many of its calls are slow. */
  boolean isSlow() {
    return isSlow(policy());
  }

  /** Whether too many of its calls fail. */
  boolean fails() {
    return fails(policy());
  }

  /** Whether it watches a rung whose calls are too slow, whoever makes them. */
  boolean isSlowRung() {
    return isOfRung() && isSlow();
  }

  /** Whether its probes say already what to do: some of them may still run. */
  boolean isDecided() {
    int probes = policy().probes();
    return isHalfOpen() && (2 * probesFailed >= probes || 2 * probesWell > probes);
  }

  /** Whether its probes were well, when {@link #ended} saw cause while half open. */
  boolean isWell() {
    return 2 * probesWell > policy().probes();
  }

  /** Opens it; answers until when. */
  long open(long nowNs, long seed, long id) {
    BreakerPolicy policy = policy();
    state = BreakerState.OPEN;
    long max = policy.maxOpenNanos();
    int doublings = Math.min(openings, MAX_DOUBLINGS);
    long openNs = policy.openNanos();
    openNs = openNs > (max >> doublings) ? max : openNs << doublings;
    openings++;
    spell = ++target.spells;
    untilNs = nowNs + openNs + Jitter.upTo(1 + openNs / JITTER_PART, seed, id, openings);
    forget();
    return untilNs;
  }

  /** An operator opens it; after that time it lets probes through. */
  void forceOpen(long untilNs) {
    state = BreakerState.OPEN;
    spell = ++target.spells;
    this.untilNs = untilNs;
    keptClosedUntilNs = 0;
    forcedOpen = true;
    forget();
  }

  /** An operator closes it; until that time nothing opens it, and {@link #letGo} is due then. */
  void forceClosed(long nowNs, long untilNs) {
    close(nowNs);
    openings = 0;
    keptClosedUntilNs = untilNs;
  }

  /** No operator keeps it closed any more. */
  void letGo() {
    keptClosedUntilNs = 0;
  }

  /** Lets probes through. */
  void halfOpen() {
    state = BreakerState.HALF_OPEN;
    forcedOpen = false;
    probesStarted = 0;
    probesWell = 0;
    probesFailed = 0;
  }

  /** What it has to know to go on in another engine. */
  BreakerMemory memory(long nowNs) {
    boolean forced = forcedOpen || keptClosedUntilNs != 0;
    long until =
        switch (state) {
          case OPEN -> untilNs;
          case HALF_OPEN -> nowNs;
          case CLOSED -> forced ? keptClosedUntilNs : closedNs + policy().maxOpenNanos();
        };
    return new BreakerMemory(rung, state, until, openings, forced);
  }

  /** Whether it may go on as that one: it knows nothing yet, and is to watch. */
  boolean mayGoOn(BreakerMemory memory) {
    return isClosed() && openings == 0 && keptClosedUntilNs == 0 && (memory.isForced() || isOn());
  }

  /**
   * Whether what it has heard is worth telling: calls fail or are slow, and their number has moved
   * by a quarter, or a second is over. If so, it counts as told.
   */
  boolean tellsHeard(long nowNs) {
    int bad = window.failures() + window.slow();
    boolean isMoved = bad != told && LARGE_MOVE * Math.abs(bad - told) >= told;
    if (untold == 0
        || !isClosed()
        || (bad == 0 && told == 0)
        || !(isMoved || nowNs - toldNs >= TELL_NS)) {
      return false;
    }
    told = bad;
    toldNs = nowNs;
    untold = 0;
    return true;
  }

  /** What it has heard. */
  HeardMemory heard(long nowNs) {
    return new HeardMemory(
        rung, test.worse(), test.broken(), window.tenths(policy().windowNanos(), nowNs));
  }

  /** It has heard that before; whether that is cause to open is asked after its next call. */
  void goOn(HeardMemory memory, long nowNs) {
    if (!isClosed() || !isOn() || keptClosedUntilNs != 0) {
      return;
    }
    long windowNs = policy().windowNanos();
    window.goOn(memory.tenths(), windowNs, nowNs);
    seen.goOn(memory.tenths(), windowNs, nowNs);
    test.goOn(memory.worse(), memory.broken());
    told = window.failures() + window.slow();
    toldNs = nowNs;
  }

  private boolean isOn() {
    return isOfRung() || !policy().isOff();
  }

  /** It goes on as that one; what was half open is open, and due. Answers when it is due, or 0. */
  long goOn(BreakerMemory memory, long nowNs) {
    openings = memory.openings();
    if (memory.state() == BreakerState.CLOSED) {
      closedNs = memory.isForced() ? nowNs : memory.untilNs() - policy().maxOpenNanos();
      keptClosedUntilNs = memory.isForced() ? memory.untilNs() : 0;
      return keptClosedUntilNs;
    }
    state = BreakerState.OPEN;
    spell = ++target.spells;
    long max = policy().maxOpenNanos();
    long latest = memory.isForced() ? Long.MAX_VALUE : nowNs + max + max / JITTER_PART;
    untilNs = Math.clamp(memory.untilNs(), nowNs, latest);
    forcedOpen = memory.isForced();
    return untilNs;
  }

  /** Closes it. */
  void close(long nowNs) {
    state = BreakerState.CLOSED;
    forcedOpen = false;
    closedNs = nowNs;
    forget();
  }

  private void forget() {
    window.clear();
    test.clear();
    told = 0;
    untold = 0;
  }
}
