package io.headgate.engine;

import io.headgate.AlertKind;
import io.headgate.Priority;
import io.headgate.TargetSettings;
import io.headgate.admission.TargetGate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A target as the engine knows it. */
final class TargetEntry {
  static final int BANDS = Priority.values().length;

  /** One in eight: about the last sixteen runs count. */
  private static final int MEAN_SHIFT = 3;

  final TargetGate gate;
  TargetSettings settings;
  boolean removed;

  /** Too many overruns of its calls, or of those of its first rung, if it has a ladder. */
  boolean shut;

  /** Flows that may start, for each lane, the agent that was served least first. */
  final Heap<Flow>[] flows;

  /** Whether it stood below its cap when the start order was told last. */
  boolean listed;

  /** This target's place among the targets of each lane. */
  final HeapNode<TargetEntry>[] laneNodes;

  final Ledger ledger = new Ledger();

  /** Cuts it off for everybody. */
  final Breaker breaker = new Breaker(this, null);

  /** Of its agents whose calls failed of late, in no order: to look at all agents is too slow. */
  private final List<Breaker> ofAgents = new ArrayList<>();

  /** From the first call that failed or was slow on; null before. */
  private @Nullable RecentCallers callers;

  /** Null until a call was lost. */
  private @Nullable RecentCallers losers;

  /** Openings of its breakers, of all of them and in all. */
  int spells;

  /** It asked to be left alone until then. */
  long pausedUntilNs;

  /** When it asked for that last. */
  long askedNs;

  /** When an operator let it go on last. */
  long freeNs;

  /** Declared before what asks it at once. */
  final Ladder ladder;

  /** The waiting tasks that want it, by agent and lane. */
  @Nullable Flow firstFlow;

  final HeapNode<Timer> pauseTimer = new HeapNode<>(new Timer.OfPause(this));

  final ProviderPace pace = new ProviderPace();
  final AdaptiveLimit limit = new AdaptiveLimit();

  /** As was told last. */
  int toldPermits = Integer.MAX_VALUE;

  /** What another engine was told of its limit last, and when. */
  int toldLimit;

  long toldLimitNs;

  /** Until its pace allows another start. */
  final HeapNode<Timer> paceTimer = new HeapNode<>(new Timer.OfPace(this));

  final AdmissionLevel level = new AdmissionLevel();

  /** While the level is lowered. */
  final HeapNode<Timer> levelTimer = new HeapNode<>(new Timer.OfLevel(this));

  final TargetAlerts alerts = new TargetAlerts();
  final QueueTrend trend = new QueueTrend();
  final LateCalls lateCalls = new LateCalls();

  /** While one may begin or end by time alone. */
  final HeapNode<Timer> alertTimer = new HeapNode<>(new Timer.OfAlert(this));

  /** An operator's word on it; null before the first. */
  @Nullable Hold hold;

  final RetryBudget retryBudget = new RetryBudget();
  final HedgeDelay hedgeDelay = new HedgeDelay();
  final LearnedOutput output = new LearnedOutput(this);

  /** Tasks that wait for a permit, by priority; and of them those of new jobs. */
  private final int[] queued = new int[BANDS];

  private final int[] queuedNew = new int[BANDS];
  private int allQueuedNew;

  /** When no new job's task waited for a permit last, before those that do. */
  private long emptyNs;

  /** Starts of new jobs' tasks: between them begun jobs have theirs. */
  final StartPace newPace = new StartPace();

  final JobTimes jobTimes = new JobTimes();
  final BandWaits bandWaits = new BandWaits();

  /** Calls in a row of which nobody said what they used. */
  int usageMissing;

  /** Whether those are an alert. */
  boolean usageAlert;

  long meanRunNs;

  /** Of the calls that did their work: failures are often quick, and say nothing of that. */
  long meanGoodRunNs;

  /** By priority. */
  final long[] publishedNewNs = new long[BANDS];

  final long[] publishedBegunNs = new long[BANDS];
  long publishedJobNs;
  final long[] publishedRoundNs = new long[BANDS];

  /** Nothing waited when they were told last. */
  boolean publishedIsEmpty;

  @SuppressWarnings({"unchecked", "rawtypes"}) // generic arrays
  TargetEntry(TargetGate gate, TargetSettings settings) {
    this.gate = gate;
    this.settings = settings;
    ladder = new Ladder(this);
    flows = new Heap[StartOrder.LANES];
    laneNodes = new HeapNode[StartOrder.LANES];
    for (int lane = 0; lane < StartOrder.LANES; lane++) {
      flows[lane] = new Heap<>();
      laneNodes[lane] = new HeapNode<>(this);
    }
    listed = mayStart();
  }

  void add(Breaker ofAgent) {
    ofAgent.place = ofAgents.size();
    ofAgents.add(ofAgent);
  }

  void remove(Breaker ofAgent) {
    Breaker last = ofAgents.removeLast();
    if (last != ofAgent) {
      ofAgents.set(ofAgent.place, last);
      last.place = ofAgent.place;
    }
  }

  /** Whether one of its agents' breakers still holds. */
  boolean bindsAnAgent(long nowNs) {
    for (int i = 0; i < ofAgents.size(); i++) {
      if (ofAgents.get(i).isBinding(nowNs)) {
        return true;
      }
    }
    return false;
  }

  /** A call at the first rung has ended, not by being cancelled. */
  void called(AgentEntry agent, boolean failed, boolean slow) {
    if (callers == null) {
      if (!failed && !slow) {
        return;
      }
      callers = new RecentCallers();
    }
    int kind = (failed ? RecentCallers.FAILED : 0) | (slow ? RecentCallers.SLOW : 0);
    callers.add(agent.gate.index(), kind);
  }

  /** A call at the first rung has ended, where those that are lost are told from slow ones. */
  void lost(AgentEntry agent, boolean lost) {
    if (losers == null) {
      if (!lost) {
        return;
      }
      losers = new RecentCallers();
    }
    losers.add(agent.gate.index(), lost ? RecentCallers.FAILED : 0);
  }

  /** Whether its last calls were lost, and not only those of some agents. */
  boolean losesForAll() {
    return losers != null
        && losers.isEverybodys(RecentCallers.FAILED, settings.breaker().failurePercent());
  }

  /** An agent is forgotten, and its index may be used again. */
  void forget(AgentEntry agent) {
    if (losers != null) {
      losers.forget(agent.gate.index());
    }
    if (callers != null) {
      callers.forget(agent.gate.index());
    }
  }

  /** Whether its last calls fail, and not only those of some agents. */
  boolean failsForAll() {
    return callers != null
        && callers.isEverybodys(RecentCallers.FAILED, settings.breaker().failurePercent());
  }

  /** Whether its last calls fail also without those of one agent. */
  boolean failsForOthersToo() {
    return callers != null
        && callers.isOthersToo(RecentCallers.FAILED, settings.breaker().failurePercent());
  }

  /** Whether its last calls are slow, and not only those of some agents. */
  boolean isSlowForAll() {
    return callers != null
        && callers.isEverybodys(RecentCallers.SLOW, settings.breaker().slowPercent());
  }

  /** That of the agent that failed most; of several, the one that was registered first. */
  @Nullable Breaker worstAgents() {
    Breaker worst = null;
    for (int i = 0; i < ofAgents.size(); i++) {
      Breaker breaker = ofAgents.get(i);
      int failures = breaker.failures();
      if (failures > 0
          && (worst == null || failures > worst.failures() || comesFirst(breaker, worst))) {
        worst = breaker;
      }
    }
    return worst;
  }

  private static boolean comesFirst(Breaker one, Breaker other) {
    return one.failures() == other.failures() && one.agentIndex() < other.agentIndex();
  }

  boolean mayStart() {
    return !isHeld()
        && (ladder.isOn() || (!shut && !isPaced() && !isPaused() && !breaker.isOpen()))
        && ledger.running + ledger.claimed < permits();
  }

  /** Whether it takes nothing more, at no rung, until overruns end. */
  boolean isShut() {
    return shut && (!ladder.isOn() || isFullOfOverruns());
  }

  /** Whether calls that do not end have all its permits, of whichever rung they are. */
  boolean isFullOfOverruns() {
    return ladder.overruns() >= settings.maxInFlight();
  }

  /** What good calls take in the mean, at that rung. */
  long meanGoodRunNs(int rung) {
    return ladder.isOn() ? ladder.meanGoodRunNs(rung) : meanGoodRunNs;
  }

  /** Overruns that shut it. */
  int overruns() {
    return ladder.isOn() ? ladder.overruns(0) : ledger.overruns;
  }

  /** Attempts that may run at once now. */
  int permits() {
    int max = settings.maxInFlight();
    return ladder.isOn() ? max : Math.min(max, limit.permits(settings.concurrency()));
  }

  /** Whether nothing more may start, nor soon: its limit is not about to grow, nor held down. */
  boolean isFull() {
    int permits = permits();
    boolean most = permits == settings.maxInFlight();
    return (isPaced() && !ladder.servesBelow())
        || (ledger.running + ledger.claimed >= permits
            && (most || ladder.isOn() || limit.isSettled()));
  }

  /** What an alert is about. */
  boolean isAmiss(AlertKind kind, long nowNs) {
    return switch (kind) {
      case QUEUE_STANDS -> stands(nowNs);
      case LEVEL_LOWERED -> level.isLowered();
      case BREAKER_OPEN -> !breaker.isClosed();
      case OVERRUNS -> shut;
      case WORK_PARKED -> ledger.parked > 0;
      case QUEUE_GROWS -> trend.grows();
      case P99_ABOVE_BUDGET -> lateCalls.areMany(nowNs);
    };
  }

  /** When an alert may begin or end though nothing happens. */
  long nextAlertNs() {
    long atNs = Math.min(alerts.nextNs(), trend.nextNs());
    return alerts.isOn(AlertKind.P99_ABOVE_BUDGET) ? Math.min(atNs, lateCalls.nextNs()) : atNs;
  }

  boolean isHeld() {
    return Hold.isOn(hold);
  }

  /** Until when nothing may start, by its own word or an operator's; 0 if that is not so. */
  long closedUntilNs() {
    long untilNs = isPaused() ? pausedUntilNs : 0;
    return Math.max(untilNs, Hold.untilNs(hold));
  }

  boolean isPaused() {
    return pauseTimer.isIn();
  }

  /** Whether its first rung waits for its pace: while it does not serve, the others need none. */
  boolean isPaced() {
    return paceTimer.isIn() && ladder.serving() == 0;
  }

  boolean mayResume(int rung) {
    return ladder.mayResume(rung) && ledger.running < settings.maxInFlight();
  }

  void ran(long ranNs, boolean good) {
    meanRunNs = mean(meanRunNs, ranNs);
    bandWaits.ran(ranNs, ledger.running);
    if (good) {
      meanGoodRunNs = mean(meanGoodRunNs, ranNs);
    }
  }

  /** The mean of run times with one more. */
  static long mean(long before, long ranNs) {
    return before == 0 ? ranNs : before + ((ranNs - before) >> MEAN_SHIFT);
  }

  /** A task begins to wait for a permit, or no longer does. */
  void queue(TaskEntry task, int change, long nowNs) {
    int band = task.task().priority().ordinal();
    queued[band] += change;
    if (task.startClass == StartClass.NEW) {
      if (allQueuedNew == 0) {
        emptyNs = nowNs;
      }
      queuedNew[band] += change;
      allQueuedNew += change;
    }
    assert queuedNew[band] >= 0 && queued[band] >= queuedNew[band];
  }

  /** Tasks of this priority that wait for a permit. */
  int queued(int band) {
    return queued[band];
  }

  /** Of them, those of new jobs. */
  int queuedNew(int band) {
    return queuedNew[band];
  }

  /** Those of new jobs, of each priority; not to be written. */
  int[] queuedNewByBand() {
    return queuedNew;
  }

  /** Tasks that wait for a permit. */
  int queued() {
    return ledger.waiting - ledger.parked;
  }

  /** Tasks of new jobs that wait for a permit. */
  int queuedNew() {
    return allQueuedNew;
  }

  /** Whether the queue of new jobs has not been empty for so long that the newest is to begin. */
  boolean stands(long nowNs) {
    return allQueuedNew > 0 && settings.queue().isOn() && nowNs - emptyNs >= standsAfterNs();
  }

  /** How long the queue of new jobs stands before that counts. */
  long standsAfterNs() {
    return Math.max(settings.queue().newestFirstAfterNanos(), meanRunNs);
  }

  /** From one start of a new job to the next, while some wait; 0 if nothing is known. */
  double newIntervalNs() {
    return Math.max((double) newPace.intervalNs(), intervalNs());
  }

  /**
   * Whether a task that is queued now waits for the first rung's pace for a while, and then goes to
   * one below.
   */
  boolean isPatient(TaskEntry task) {
    return ladder.isOn()
        && settings.pace().isOn()
        && task.leastRung == 0
        && task.task().isDegradable()
        && !task.isHedge;
  }

  /**
   * From one start to the next: as the running calls end, and no faster than a pace that holds. Who
   * waits for the pace waits for a short while only, if there is a rung below that serves.
   */
  double intervalNs() {
    // While nothing may start, fewer and fewer run; as many will again as ran before.
    boolean stands = closedUntilNs() != 0;
    double intervalNs =
        stands
            ? bandWaits.intervalWhenItGoesOnNs(ledger.running)
            : bandWaits.intervalNs(ledger.running);
    return isPaced() && !ladder.servesBelow()
        ? Math.max(intervalNs, pace.meanIntervalNs(settings.pace()))
        : intervalNs;
  }
}
