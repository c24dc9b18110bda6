package io.headgate.engine;

import io.headgate.AgentSettings;
import io.headgate.AlertKind;
import io.headgate.BurnPolicy;
import io.headgate.CallClass;
import io.headgate.ConcurrencyPolicy;
import io.headgate.DegradationPolicy;
import io.headgate.EstimatePolicy;
import io.headgate.HeadgateSettings;
import io.headgate.HedgePolicy;
import io.headgate.JobSettings;
import io.headgate.LevelPolicy;
import io.headgate.PacePolicy;
import io.headgate.ParkPolicy;
import io.headgate.ParkReason;
import io.headgate.Priority;
import io.headgate.ProviderQuota;
import io.headgate.Refusal;
import io.headgate.RetryPolicy;
import io.headgate.Snapshot;
import io.headgate.Spending;
import io.headgate.SpendingLimits;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Carried;
import io.headgate.admission.Earlier;
import io.headgate.admission.JobAccount;
import io.headgate.admission.LevelWord;
import io.headgate.admission.Reservation;
import io.headgate.admission.TakenAgain;
import io.headgate.admission.TargetGate;
import io.headgate.admission.Trial;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The deterministic state machine: who starts when, what ends how. Each input is stamped with its
 * logical time in nanoseconds from the start; before an input is applied, every timer due before
 * its stamp fires, with its own deadline as the time. So how often anybody looked at the clock does
 * not matter. The same inputs give the same effects and the same {@link #digest()}.
 *
 * <p>One thread. Allocates only when a table grows to a size it never had; every table is bounded
 * by the settings, since admission let in no more. Inputs and effects are O(log n) in what waits.
 */
public final class Engine implements EngineInputs {
  /** How long a call that is told to stop may take before nothing more is tried. */
  private static final long GRACE_NS = 1_000_000_000L;

  /** Agents cut off from targets, or about to be: beyond that only the target's breaker watches. */
  public static final int MAX_AGENT_BREAKERS = 65_536;

  /** Second attempts alive at once: as many tasks may wait for them without a place or a permit. */
  public static final int MAX_HEDGES = 256;

  /** Agents of whose calls of a target the output is learned; of further ones, as of everybody. */
  private static final int MAX_AGENT_OUTPUTS = 16_384;

  /** How often a limit's moves are told that are smaller than one in so many of it. */
  private static final long MOVE_NS = 1_000_000_000L;

  private static final long LARGE_MOVE = 4;

  private static final int PERCENT = 100;

  /** As the time of a timer: it is not set. */
  private static final long NEVER = Long.MAX_VALUE;

  /** Timers of holds come after those of breakers and before those of jobs. */
  private static final long HOLD_IDS = Long.MIN_VALUE / 2;

  private final HeadgateSettings settings;
  private final long seed;
  private final Effects effects;
  private final @Nullable EngineInputs recorder;

  /** The same, if it is told of what is decided, too. */
  private final @Nullable EngineRecorder facts;

  private final StartOrder order = new StartOrder();
  private final Heap<Timer> timers = new Heap<>();
  private final WaitEstimates waits;
  private final Ledger ledger = new Ledger();
  private final @Nullable AgentEntry[] agents;
  private final @Nullable TargetEntry[] targets;
  private final @Nullable JobEntry[] jobs;
  private final @Nullable TaskEntry[] tasks;
  private final int[] freeSlots;
  private final List<JobEntry> toRetire = new ArrayList<>();
  private int freeCount;
  private int usedSlots;
  private int usedAgents;
  private int usedTargets;
  private int openJobs;
  private int suspended;
  private int agentBreakers;
  private int agentOutputs;
  private int hedges;
  private @Nullable TaskEntry firstResuming;
  private @Nullable TaskEntry lastResuming;
  private final StartPace pace = new StartPace();
  private final Parking parking;
  private boolean parkingIsFull;

  /** An operator's word on all admissions, and whether it stops starts too. */
  private final Hold holdOfAll;

  private int lowestAdmitted = Priority.BACKGROUND.ordinal();

  private boolean startsAreHeld;

  /** When an operator let starts go on last. */
  private long startsFreeNs;

  private boolean halted;
  private long nowNs;
  private long digest = 0x9E3779B97F4A7C15L;

  /** Of a job whose opening is still on its way, by its index. */
  private final Long2ObjectHashMap<EarlyBudget> earlyBudgets = new Long2ObjectHashMap<>();

  private record EarlyBudget(JobAccount account, long tokens, long moneyNanos) {}

  /**
   * An engine without agents, targets or jobs, at time 0.
   *
   * @param seed of all jitter
   */
  public Engine(HeadgateSettings settings, long seed, Effects effects) {
    this(settings, seed, effects, null);
  }

  /**
   * The same, whose inputs are written down.
   *
   * @param recorder is told of each input before it is applied, when all timers that were due
   *     before have fired, with the time at which it is: never before that of what happened before;
   *     what it answers is not looked at; an {@link EngineRecorder} of some decisions, too
   */
  public Engine(
      HeadgateSettings settings, long seed, Effects effects, @Nullable EngineInputs recorder) {
    this.settings = settings;
    this.recorder = recorder;
    facts = recorder instanceof EngineRecorder recording ? recording : null;
    this.seed = seed;
    this.effects = effects;
    waits = new WaitEstimates(order, effects);
    agents = new AgentEntry[settings.maxAgents()];
    targets = new TargetEntry[settings.maxTargets()];
    jobs = new JobEntry[settings.maxJobs()];
    tasks = new TaskEntry[settings.maxLive() + MAX_HEDGES];
    freeSlots = new int[tasks.length];
    parking = new Parking(settings);
    parkingIsFull = !parking.hasPlace();
    holdOfAll = new Hold(null, null, HOLD_IDS);
    mix(132, SettingsDigest.of(settings));
  }

  // ---- time

  /** Fires every timer due before this time, each with its own deadline as the time. */
  public void advance(long stampNs) {
    // An input may be stamped before the time that has come: it is taken as if it came now.
    long toNs = Math.max(nowNs, stampNs);
    while (true) {
      HeapNode<Timer> node = timers.peekNode();
      if (node == null || node.key >= toNs) {
        break;
      }
      nowNs = Math.max(nowNs, node.key);
      timers.remove(node);
      switch (node.owner) {
        case Timer.OfTask(TaskEntry task) -> taskDue(task);
        case Timer.OfJob(JobEntry job) -> jobDue(job);
        case Timer.OfBreaker(Breaker breaker) -> breakerDue(breaker);
        case Timer.OfPause(TargetEntry target) -> pauseOver(target);
        case Timer.OfPace(TargetEntry target) -> order.targetChanged(target);
        case Timer.OfAlert(TargetEntry target) -> lookAtAlerts(target);
        case Timer.OfLevel(TargetEntry target) -> lookAtLevel(target);
        case Timer.OfHold(Hold hold) -> holdOver(hold);
        case Timer.OfBurn(AgentEntry agent) -> burnDue(agent);
      }
      pump();
    }
    nowNs = toNs;
  }

  /** When the next timer is due; {@link Long#MAX_VALUE} if there is none. */
  public long nextTimerNs() {
    HeapNode<Timer> node = timers.peekNode();
    return node == null ? Long.MAX_VALUE : node.key;
  }

  // ---- inputs: registration

  @Override
  public void agentRegistered(long stampNs, AgentGate gate, AgentSettings settings) {
    advance(stampNs);
    if (recorder != null) {
      recorder.agentRegistered(nowNs, gate, settings);
    }
    AgentEntry agent = agents[gate.index()];
    if (agent == null || agent.gate != gate) {
      agents[gate.index()] = new AgentEntry(gate, settings);
      usedAgents = Math.max(usedAgents, gate.index() + 1);
    } else {
      agent.removed = false;
      agent.settings = settings;
      followBurn(agent);
      order.agentChanged(agent);
      if (agent.isHeld()) {
        effects.held(gate, null, Hold.untilNs(agent.hold)); // its return has opened the gate
      }
    }
    mix(1, gate.index());
    mix(132, SettingsDigest.of(settings));
    pump();
  }

  @Override
  public void agentReconfigured(long stampNs, AgentGate gate, AgentSettings settings) {
    advance(stampNs);
    if (recorder != null) {
      recorder.agentReconfigured(nowNs, gate, settings);
    }
    AgentEntry agent = agents[gate.index()];
    if (agent != null && agent.gate == gate) {
      agent.settings = settings;
      followBurn(agent);
      order.agentChanged(agent);
      mix(2, gate.index());
      mix(132, SettingsDigest.of(settings));
      pump();
    }
  }

  @Override
  public void agentRemoved(long stampNs, AgentGate gate) {
    advance(stampNs);
    if (recorder != null) {
      recorder.agentRemoved(nowNs, gate);
    }
    AgentEntry agent = agents[gate.index()];
    if (agent != null && agent.gate == gate) {
      agent.removed = true;
      endWaiting(agent, null);
      mix(3, gate.index());
      pump();
    }
  }

  private void endWaiting(@Nullable AgentEntry agent, @Nullable TargetEntry target) {
    for (int slot = 0; slot < usedSlots; slot++) {
      TaskEntry task = tasks[slot];
      if (task != null
          && task.state == TaskEntry.State.WAITING
          && (task.agent == agent || task.target == target)) {
        end(task, Ending.CANCELLED_REMOVED);
      }
    }
  }

  /**
   * Whether a removed agent may be forgotten, since its return could not be told from a new one's:
   * nothing of it is left, and no word of an operator or of a breaker holds against it.
   */
  public boolean mayEvict(AgentGate gate) {
    AgentEntry agent = agents[gate.index()];
    if (agent == null || agent.gate != gate || agent.ledger.live > 0) {
      return false;
    }
    for (int i = 0; i < agent.breakerSlots(); i++) {
      Breaker breaker = agent.breakerAt(i);
      if (breaker != null && breaker.isBinding(nowNs)) {
        return false;
      }
    }
    return !agent.isHeld() && !agent.isParked(nowNs);
  }

  /** Whether a removed target may be forgotten, as {@link #mayEvict(AgentGate)}. */
  public boolean mayEvict(TargetGate gate) {
    TargetEntry target = targets[gate.index()];
    if (target == null || target.gate != gate || target.ledger.live > 0) {
      return false;
    }
    return target.closedUntilNs() == 0
        && !target.bindsAnAgent(nowNs)
        && !target.breaker.isBinding(nowNs)
        && !target.pace.isBinding(nowNs)
        && !target.ladder.isBinding(nowNs);
  }

  @Override
  public void agentEvicted(long stampNs, AgentGate gate) {
    advance(stampNs);
    if (recorder != null) {
      recorder.agentEvicted(nowNs, gate);
    }
    AgentEntry agent = agents[gate.index()];
    if (agent != null) {
      if (agent.hold != null) {
        remove(agent.hold.timer);
      }
      for (int i = 0; i < agent.breakerSlots(); i++) {
        Breaker breaker = agent.breakerAt(i);
        if (breaker != null) {
          forget(breaker);
        }
      }
      for (int i = 0; i < usedTargets; i++) {
        TargetEntry target = targets[i];
        if (target != null) {
          target.forget(agent);
        }
      }
      agentOutputs -= agent.outputCount();
      if (agent.burn != null) {
        agent.burn.follow(BurnPolicy.OFF, nowNs);
        lookAtBurn(agent, agent.burn);
      }
    }
    agents[gate.index()] = null;
    mix(4, gate.index());
  }

  @Override
  public void targetRegistered(long stampNs, TargetGate gate, TargetSettings settings) {
    advance(stampNs);
    if (recorder != null) {
      recorder.targetRegistered(nowNs, gate, settings);
    }
    TargetEntry target = targets[gate.index()];
    if (target == null || target.gate != gate) {
      targets[gate.index()] = new TargetEntry(gate, settings);
      usedTargets = Math.max(usedTargets, gate.index() + 1);
      tellPermits(entryOf(gate));
      publishRung(entryOf(gate));
    } else {
      target.removed = false;
      follow(target, settings);
      if (target.shut) {
        effects.shut(target.gate, Refusal.TARGET_OVERRUN); // its return has opened the gate
      }
    }
    mix(5, gate.index());
    mix(132, SettingsDigest.of(settings));
    pump();
  }

  @Override
  public void targetReconfigured(long stampNs, TargetGate gate, TargetSettings settings) {
    advance(stampNs);
    if (recorder != null) {
      recorder.targetReconfigured(nowNs, gate, settings);
    }
    TargetEntry target = targets[gate.index()];
    if (target != null && target.gate == gate) {
      follow(target, settings);
      mix(6, gate.index());
      mix(132, SettingsDigest.of(settings));
      pump();
    }
  }

  // Changed while it was registered or away: what watches it is to judge by what holds now.
  private void follow(TargetEntry target, TargetSettings settings) {
    boolean isPatienceNew =
        !settings.degradation().equals(target.settings.degradation())
            || !settings.pace().equals(target.settings.pace());
    boolean isHedgeNew = !settings.hedge().equals(target.settings.hedge());
    keepPace(target, settings.pace());
    target.settings = settings;
    lookAtUsage(target);
    overrunsChanged(target);
    target.ladder.settingsChanged();
    target.hedgeDelay.look();
    armPace(target);
    tellPermits(target);
    lookAtLevel(target);
    order.targetChanged(target);
    for (int i = 0; i < usedAgents; i++) {
      Breaker breaker = breakerOf(i, target);
      if (breaker != null) {
        policyChanged(breaker);
      }
    }
    policyChanged(target.breaker);
    for (int rung = 1; rung < target.settings.degradation().size(); rung++) {
      Breaker lower = target.ladder.breakerAt(rung);
      if (lower != null) {
        policyChanged(lower);
      }
    }
    publishRung(target);
    outputPolicyChanged(target);
    stayFree(target);
    if (isPatienceNew) {
      bePatientAnew(target);
    }
    if (isHedgeNew) {
      hedgeAnew(target);
    }
  }

  private void bePatientAnew(TargetEntry target) {
    Heap<TaskEntry> waiting = new Heap<>();
    for (int slot = 0; slot < usedSlots; slot++) {
      TaskEntry task = tasks[slot];
      if (task != null && task.target == target && task.flow != null) {
        addById(waiting, task);
      }
    }
    for (TaskEntry task = waiting.poll(); task != null; task = waiting.poll()) {
      boolean wasPatient = task.patient;
      task.patient = target.isPatient(task);
      bePatient(task);
      if (task.patient != wasPatient) {
        order.move(task);
      }
      arm(task);
    }
  }

  // What holds nothing goes on where its changed ladder is free, if it still is anywhere.
  private void stayFree(TargetEntry target) {
    DegradationPolicy ladder = target.settings.degradation();
    int last = ladder.size() - 1;
    if (!ladder.isStatic(last)) {
      return;
    }
    Heap<TaskEntry> moved = new Heap<>();
    for (int slot = 0; slot < usedSlots; slot++) {
      TaskEntry task = tasks[slot];
      if (task != null
          && task.target == target
          && task.unpaid
          && task.state == TaskEntry.State.WAITING
          && !ladder.isStatic(task.leastRung)) {
        addById(moved, task);
      }
    }
    for (TaskEntry task = moved.poll(); task != null; task = moved.poll()) {
      goesOnBelow(task, last);
      if (task.flow != null) { // else it is parked, or backs off
        order.move(task);
      }
    }
  }

  private static void addById(Heap<TaskEntry> tasks, TaskEntry task) {
    tasks.add(new HeapNode<>(task), task.task().taskId(), 0);
  }

  @Override
  public void targetRemoved(long stampNs, TargetGate gate) {
    advance(stampNs);
    if (recorder != null) {
      recorder.targetRemoved(nowNs, gate);
    }
    TargetEntry target = targets[gate.index()];
    if (target != null && target.gate == gate) {
      target.removed = true;
      endWaiting(null, target);
      mix(7, gate.index());
      pump();
    }
  }

  @Override
  public void targetEvicted(long stampNs, TargetGate gate) {
    advance(stampNs);
    if (recorder != null) {
      recorder.targetEvicted(nowNs, gate);
    }
    TargetEntry target = targets[gate.index()];
    if (target != null) {
      remove(target.pauseTimer);
      remove(target.paceTimer);
      remove(target.levelTimer);
      endAlerts(target);
      if (target.hold != null) {
        remove(target.hold.timer);
      }
      forget(target.breaker);
      for (int rung = 1; rung < DegradationPolicy.MAX_RUNGS; rung++) {
        Breaker lower = target.ladder.breakerAt(rung);
        if (lower != null) {
          forget(lower);
        }
      }
      for (int i = 0; i < usedAgents; i++) {
        Breaker breaker = breakerOf(i, target);
        if (breaker != null) {
          forget(breaker);
        }
      }
      forgetOutputs(target);
    }
    targets[gate.index()] = null;
    mix(8, gate.index());
  }

  // ---- inputs: jobs

  @Override
  public void jobOpened(long stampNs, JobAccount account) {
    advance(stampNs);
    if (recorder != null) {
      recorder.jobOpened(nowNs, account);
    }
    JobAccount parentAccount = account.parent();
    JobEntry parent = parentAccount == null ? null : find(parentAccount);
    // The parent may be closed and gone while its opener was on the way.
    boolean orphan = parentAccount != null && parent == null;
    assert jobs[account.index()] == null : "index in use";
    JobEntry job = new JobEntry(account, parent);
    jobs[account.index()] = job;
    EarlyBudget early = earlyBudgets.remove(account.index());
    if (early != null && early.account == account) {
      job.tokenBudget = early.tokens;
      job.moneyBudget = early.moneyNanos;
    }
    openJobs++;
    if (parent != null) {
      parent.reservedTokens += account.carvedTokens();
      parent.reservedMoney.add(account.carvedMoneyNanos());
    }
    mix(9, account.index() ^ job.deadlineNs);
    mix(132, SettingsDigest.of(account.first()));
    if (!account.carried().equals(Carried.NOTHING)) {
      mix(133, account.carried().tokens() + 31 * account.carried().calls());
      mix(134, account.carried().moneyNanos());
    }
    if (halted || orphan || (parent != null && !parent.open)) {
      close(job, Ending.CANCELLED_JOB_CLOSED, Ending.CANCELLED_JOB_CLOSED);
    } else {
      armDeadline(job);
    }
  }

  @Override
  public void jobClosed(long stampNs, JobAccount account) {
    advance(stampNs);
    if (recorder != null) {
      recorder.jobClosed(nowNs, account);
    }
    JobEntry job = find(account);
    if (job != null && job.open) {
      mix(10, account.index());
      jobOver(job);
      close(job, Ending.CANCELLED_JOB_CLOSED, Ending.CANCELLED_JOB_CLOSED);
      pump();
    }
  }

  private void jobOver(JobEntry job) {
    if (job.begunAt != null) {
      job.begunAt.jobTimes.ended(nowNs - job.begunNs);
    }
  }

  private void jobDue(JobEntry job) {
    jobOver(job);
    mix(11, job.account.index());
    close(job, Ending.EXPIRED_JOB, Ending.TIMED_OUT_JOB);
  }

  // Sub-jobs nest to any depth: a list, not a recursion.
  private void close(JobEntry root, Ending ofWaiting, Ending ofRunning) {
    List<JobEntry> closed = new ArrayList<>();
    closed.add(root);
    for (int i = 0; i < closed.size(); i++) {
      JobEntry job = closed.get(i);
      if (job.open) {
        closeAlone(job, ofWaiting, ofRunning);
        for (JobEntry child = job.firstChild; child != null; child = child.nextSibling) {
          closed.add(child);
        }
      }
    }
    for (int i = closed.size() - 1; i >= 0; i--) {
      retireIfDone(closed.get(i));
    }
  }

  private void closeAlone(JobEntry job, Ending ofWaiting, Ending ofRunning) {
    job.open = false;
    remove(job.timer);
    effects.jobClosed(job.account);
    TaskEntry task = nextTask(job.firstTask);
    while (task != null) {
      TaskEntry next = nextTask(task.nextOfJob);
      if (!task.ended) {
        end(task, task.state == TaskEntry.State.WAITING ? ofWaiting : ofRunning);
      }
      task = next;
    }
  }

  // A hedge ends with its task.
  private static @Nullable TaskEntry nextTask(@Nullable TaskEntry from) {
    TaskEntry task = from;
    while (task != null && task.isHedge) {
      task = task.nextOfJob;
    }
    return task;
  }

  // What a job spent may close its parent, which then may retire too, to any depth: again a list.
  private void retireIfDone(JobEntry job) {
    if (!job.isDone()) {
      return;
    }
    toRetire.add(job);
    if (toRetire.size() > 1) {
      return; // whoever added the first goes on with it
    }
    try {
      for (int i = 0; i < toRetire.size(); i++) {
        JobEntry done = toRetire.get(i);
        if (jobs[done.account.index()] == done) {
          retire(done);
        }
      }
    } finally {
      toRetire.clear();
    }
  }

  private void retire(JobEntry job) {
    jobs[job.account.index()] = null;
    openJobs--;
    job.leaveParent();
    assert job.reservedTokens == 0 && job.reservedMoney.nanos() == 0 : "a job kept a reservation";
    JobEntry parent = job.parent;
    if (parent != null) {
      parent.reservedTokens -= job.account.carvedTokens();
      parent.reservedMoney.subtract(job.account.carvedMoneyNanos());
      parent.takeOver(job, nowNs);
    }
    mix(12, job.account.index());
    effects.jobRetired(job.account, job.spending(nowNs)); // the last of it: it spends no more
    if (parent != null) {
      if (parent.open && parent.isOverspent()) {
        close(parent, Ending.CANCELLED_JOB_CLOSED, Ending.CANCELLED_JOB_CLOSED);
      } else {
        retireIfDone(parent);
      }
    }
  }

  // ---- inputs: tasks

  @Override
  public void taskAdmitted(long stampNs, Reservation reservation) {
    advance(stampNs);
    if (recorder != null) {
      recorder.taskAdmitted(nowNs, reservation);
    }
    AgentEntry agent = entryOf(reservation.agentGate());
    TargetEntry target = entryOf(reservation.targetGate());
    JobEntry job = find(reservation.account());
    if (job == null) {
      // As with agents and targets: closed and gone while the submitter was on the way.
      job = new JobEntry(reservation.account(), null);
      job.open = false;
    }
    TaskEntry task = allocate();
    task.reservation = reservation;
    task.partOf = reservation.trial();
    task.agent = agent;
    task.target = target;
    task.job = job;
    task.leastRung = reservation.reservedRung();
    Earlier earlier = reservation.earlier();
    task.earlierAttempts = earlier.attempts();
    task.asked = earlier.asked();
    task.state = TaskEntry.State.WAITING;
    task.startClass =
        reservation.isChild() ? StartClass.AWAITED : job.begun ? StartClass.BEGUN : StartClass.NEW;
    reservation.slot(task.slot);
    job.add(task);
    job.reservedTokens += reservation.tokens();
    job.reservedMoney.add(reservation.moneyNanos());
    ledger.admit(reservation, task.place, nowNs);
    agent.ledger.admit(reservation, task.placeOfAgent, nowNs);
    target.ledger.admit(reservation, task.placeOfTarget, nowNs);
    queue(task, 1);
    target.bandWaits.arrived(reservation.priority().ordinal());
    if (task.startClass == StartClass.NEW) {
      came(target, reservation);
    }
    long dueNs = dueNs(task);
    task.dueNs = Math.min(dueNs, nowNs + StartOrder.AGEING_NS);
    enter(task);
    mix(13, reservation.taskId());
    if (halted) {
      end(task, Ending.CANCELLED_SHUTDOWN);
    } else if (!job.open) {
      end(task, Ending.CANCELLED_JOB_CLOSED);
    } else if (agent.removed || target.removed) {
      end(task, Ending.CANCELLED_REMOVED);
    } else if (dueNs < nowNs) {
      end(task, reservation.startByNs() <= job.dueNs() ? Ending.EXPIRED_TTL : Ending.EXPIRED_JOB);
    } else {
      var _ = parkIfAsked(task, Math.min(nowNs, earlier.parkedNs()));
    }
    pump();
    if (task.reservation == reservation && task.state == TaskEntry.State.WAITING) {
      waits.publish(target); // of what started at once nothing is to be told
    }
  }

  // A submitter may lose its way between the gates and the ring for so long that its agent or
  // target
  // is evicted meanwhile: a stand-in that counts as removed ends the task at once.
  private AgentEntry entryOf(AgentGate gate) {
    AgentEntry agent = agents[gate.index()];
    if (agent == null || agent.gate != gate) {
      agent = new AgentEntry(gate, AgentSettings.DEFAULT);
      agent.removed = true;
    }
    return agent;
  }

  private TargetEntry entryOf(TargetGate gate) {
    TargetEntry target = targets[gate.index()];
    if (target == null || target.gate != gate) {
      target = new TargetEntry(gate, TargetSettings.DEFAULT);
      target.removed = true;
    }
    return target;
  }

  @Override
  public void taskCancelled(long stampNs, Reservation reservation) {
    advance(stampNs);
    if (recorder != null) {
      recorder.taskCancelled(nowNs, reservation);
    }
    TaskEntry task = find(reservation);
    if (task != null && !task.ended) {
      mix(14, reservation.taskId());
      end(task, Ending.CANCELLED_CALLER);
      pump();
    }
  }

  @Override
  public void attemptEnded(long stampNs, Reservation reservation, AttemptReport report) {
    advance(stampNs);
    if (recorder != null) {
      recorder.attemptEnded(nowNs, reservation, report);
    }
    AttemptEnd how = report.how();
    TaskEntry task = find(reservation);
    if (task == null) {
      throw new IllegalStateException(
          "an attempt of an unknown task ended: " + reservation.taskId());
    }
    mix(15 + how.ordinal(), reservation.taskId() + 31L * report.callClass().ordinal());
    leaveJoin(task);
    assert task.state == TaskEntry.State.RUNNING;
    long ranNs = how.started() ? nowNs - task.startedNs : 0;
    boolean late = task.ended || task.givenUp;
    pace(task, report);
    task.isOldNews = isOldNews(task, report.callClass());
    if (how.started()) {
      task.target().ran(ranNs, report.callClass() == CallClass.OK);
      task.target().ladder.ran(task.rung, ranNs, report.callClass() == CallClass.OK, nowNs);
      heed(task, report);
      task.answeredRung = task.rung;
      if (isWhole(task, report.callClass())) {
        task.target().hedgeDelay.ran(ranNs, task.target().settings.hedge());
      }
    }
    if (task.join == 0) {
      // Stopped by its caller or with its job: nothing is known of the rest of it.
      boolean timedOut = how.started() && ranNs >= task.task().timeoutNs();
      boolean cutShort = !how.started() || task.ended;
      CallClass end = cutShort ? CallClass.CANCELLED : report.callClass();
      limit(task, timedOut ? CallClass.TIMED_OUT : end, report.use().outputTokens());
    }
    if (!late) {
      CallClass end = how.started() ? forBreakers(task, report) : CallClass.CANCELLED;
      judge(task, end, report.retryAfterNs(), ranNs);
    } else {
      overrunEnds(task);
    }
    boolean isLeft = task.givenUp && task.hedge != null;
    boolean may = report.again().isAny() && !task.ended && !isLeft;
    boolean retries = may && mayRetry(task, report);
    boolean again = retries || (may && mayFall(task, report));
    if (again) {
      task.lastEnding = endingOf(how, task);
    } else if (!task.ended) {
      conclude(task, endingOf(how, task), report);
    }
    tally(task, report, late);
    learn(task, report);
    watch(task.agent(), report);
    watch(task.target(), report);
    settle(task, report.tokens(), report.moneyNanos());
    if (report.again().isAny()) {
      reservation.holds(report.again());
    }
    ledger.attemptEnded(nowNs);
    task.agent().ledger.attemptEnded(nowNs);
    task.target().ledger.attemptEnded(nowNs);
    order.ended(task, report.tokens());
    givePermitsBack(task);
    if (again) {
      if (retries) {
        retry(task, report);
      } else {
        fall(task, report);
      }
      effects.attemptOver(reservation, nowNs, ranNs);
      pump();
      return;
    }
    if (report.again().isAny()) {
      effects.giveBackUnused(reservation, nowNs);
    }
    effects.attemptOver(reservation, nowNs, ranNs);
    if (task.state == TaskEntry.State.LEFT_TO_HEDGE) {
      pump();
      return;
    }
    JobEntry job = task.job();
    free(task);
    if (report.overspent()) {
      close(job, Ending.CANCELLED_JOB_CLOSED, Ending.CANCELLED_JOB_CLOSED);
    } else {
      retireIfDone(job);
    }
    pump();
  }

  // How an attempt has ended, for all that is known of its target.
  private void limit(TaskEntry task, CallClass end, long output) {
    TargetEntry target = task.target();
    if (task.rung == 0
        && target.limit.ended(
            target.settings.concurrency(),
            mostAt(target),
            end,
            task.startedNs,
            task.dueSlot,
            task.beside,
            task.task().wantedInputTokens(),
            output,
            nowNs)) {
      tellPermits(target);
      order.targetChanged(target);
    }
  }

  private int mostAt(TargetEntry target) {
    return Math.min(target.settings.maxInFlight(), settings.maxInFlight());
  }

  private void tellPermits(TargetEntry target) {
    int permits = target.limit.permits(target.settings.concurrency());
    if (permits != target.toldPermits) {
      target.toldPermits = permits;
      mix(92, target.gate.index() ^ ((long) permits << 24));
      effects.permits(target.gate, permits);
      tellLimit(target);
    }
  }

  // Moves are many, and each is a record.
  private void tellLimit(TargetEntry target) {
    ConcurrencyPolicy policy = target.settings.concurrency();
    if (!policy.isOn()) {
      return;
    }
    int found = target.limit.found(policy);
    int told = target.toldLimit;
    boolean isLarge = LARGE_MOVE * Math.abs(found - told) >= told;
    if (found != told && (isLarge || nowNs - target.toldLimitNs >= MOVE_NS)) {
      target.toldLimit = found;
      target.toldLimitNs = nowNs;
      effects.targetLearned(target.gate, TargetMemory.LIMIT, found, nowNs);
    }
  }

  private static Ending endingOf(AttemptEnd how, TaskEntry task) {
    if (task.timedOut) {
      return Ending.TIMED_OUT_TIMEOUT;
    }
    if (task.lastEnding != null
        && (how == AttemptEnd.NOT_STARTED_TTL || how == AttemptEnd.NOT_STARTED_DEADLINE)) {
      return task.lastEnding;
    }
    return switch (how) {
      case RETURNED -> Ending.COMPLETED;
      case THREW -> Ending.FAILED;
      case CUT_OFF -> Ending.CUT_OFF;
      case NOT_STARTED_CANCELLED -> Ending.CANCELLED_CALLER;
      case NOT_STARTED_TTL -> Ending.EXPIRED_TTL;
      case NOT_STARTED_DEADLINE ->
          task.deadlineNs >= task.job().dueNs() || isCutByJob(task)
              ? Ending.EXPIRED_JOB
              : Ending.TIMED_OUT_TIMEOUT;
    };
  }

  // By its job's deadline as it was at its start: that may have moved since, by standing still.
  private static boolean isCutByJob(TaskEntry task) {
    return task.state != TaskEntry.State.WAITING
        && !task.isHedge // whose deadline is that of the first attempt
        && task.deadlineNs - task.startedNs < task.task().timeoutNs();
  }

  @Override
  public void joinBegan(long stampNs, Reservation waiter, int join, Reservation awaited) {
    advance(stampNs);
    if (recorder != null) {
      recorder.joinBegan(nowNs, waiter, join, awaited);
    }
    TaskEntry task = find(waiter);
    if (task == null) {
      throw new IllegalStateException("an unknown task joins: " + waiter.taskId());
    }
    assert task.state == TaskEntry.State.RUNNING;
    mix(32, waiter.taskId());
    TaskEntry other = find(awaited);
    if (task.join == 0) {
      limit(task, CallClass.CANCELLED, 0); // how long it takes now says nothing of its target
    }
    task.join = join;
    if (task.ended || task.givenUp || other == null || other.ended) {
      effects.resume(waiter, join);
      return;
    }
    if (suspended == settings.maxSuspended() || waitsInCircle(task, other)) {
      end(other, Ending.CANCELLED_WOULD_DEADLOCK);
      effects.resume(waiter, join);
      pump();
      return;
    }
    task.state = TaskEntry.State.SUSPENDED;
    task.waitsFor = other;
    TaskEntry last = other.firstWaiter;
    if (last == null) {
      other.firstWaiter = task;
    } else {
      while (last.nextInLine != null) {
        last = last.nextInLine;
      }
      last.nextInLine = task;
    }
    suspended++;
    givePermitsBack(task);
    pump();
  }

  @Override
  public void joinAbandoned(long stampNs, Reservation waiter, int join) {
    advance(stampNs);
    if (recorder != null) {
      recorder.joinAbandoned(nowNs, waiter, join);
    }
    TaskEntry task = find(waiter);
    if (task != null && task.state == TaskEntry.State.SUSPENDED && task.join == join) {
      mix(33, waiter.taskId());
      stopWaiting(task);
      wantPermits(task);
      pump();
    }
  }

  @Override
  public void halt(long stampNs) {
    advance(stampNs);
    if (recorder != null) {
      recorder.halt(nowNs);
    }
    halted = true;
    mix(34, 0);
    for (int slot = 0; slot < usedSlots; slot++) {
      TaskEntry task = tasks[slot];
      if (task != null && task.state != TaskEntry.State.FREE && !task.ended) {
        end(task, Ending.CANCELLED_SHUTDOWN);
      }
    }
    for (JobEntry job : jobs) {
      if (job != null) {
        close(job, Ending.CANCELLED_SHUTDOWN, Ending.CANCELLED_SHUTDOWN);
      }
    }
    pump();
  }

  // ---- joins

  private static boolean waitsInCircle(TaskEntry task, TaskEntry awaited) {
    TaskEntry at = awaited;
    while (at != null && at != task) {
      at = at.isLeftToHedge() ? at.hedge : at.waitsFor;
    }
    return at == task;
  }

  private void stopWaiting(TaskEntry task) {
    TaskEntry awaited = task.waitsFor;
    assert awaited != null;
    TaskEntry before = null;
    TaskEntry at = awaited.firstWaiter;
    while (at != task) {
      assert at != null;
      before = at;
      at = at.nextInLine;
    }
    if (before == null) {
      awaited.firstWaiter = task.nextInLine;
    } else {
      before.nextInLine = task.nextInLine;
    }
    task.nextInLine = null;
    task.waitsFor = null;
  }

  private void wakeWaiters(TaskEntry task) {
    TaskEntry waiter = task.firstWaiter;
    task.firstWaiter = null;
    while (waiter != null) {
      TaskEntry next = waiter.nextInLine;
      waiter.nextInLine = null;
      waiter.waitsFor = null;
      wantPermits(waiter);
      waiter = next;
    }
  }

  private void wantPermits(TaskEntry task) {
    task.state = TaskEntry.State.RESUMING;
    ledger.claimed++;
    task.agent().ledger.claimed++;
    task.target().ledger.claimed++;
    task.target().ladder.claim(task.rung, 1);
    if (lastResuming == null) {
      firstResuming = task;
    } else {
      lastResuming.nextInLine = task;
    }
    lastResuming = task;
    order.agentChanged(task.agent());
    order.targetChanged(task.target());
  }

  // A thread never ends inside its join; if an Error made it so, the books stay right all the same.
  private void leaveJoin(TaskEntry task) {
    if (task.state == TaskEntry.State.SUSPENDED) {
      stopWaiting(task);
      wantPermits(task);
    }
    if (task.state == TaskEntry.State.RESUMING) {
      TaskEntry before = null;
      TaskEntry at = firstResuming;
      while (at != task) {
        assert at != null;
        before = at;
        at = at.nextInLine;
      }
      takePermitsBack(before, task);
    }
  }

  private void resumeWaiting() {
    TaskEntry before = null;
    TaskEntry task = firstResuming;
    while (task != null && ledger.running < settings.maxInFlight()) {
      TaskEntry next = task.nextInLine;
      if (task.agent().mayResume() && task.target().mayResume(task.rung)) {
        takePermitsBack(before, task);
        effects.resume(task.task(), task.join);
        if (task.stopOnResume) {
          task.stopOnResume = false;
          effects.stop(task.task());
        } else if (task.hedgeDue) {
          task.hedgeDue = false;
          hedge(task);
        }
      } else {
        before = task;
      }
      task = next;
    }
  }

  private void takePermitsBack(@Nullable TaskEntry before, TaskEntry task) {
    if (before == null) {
      firstResuming = task.nextInLine;
    } else {
      before.nextInLine = task.nextInLine;
    }
    if (lastResuming == task) {
      lastResuming = before;
    }
    task.nextInLine = null;
    task.state = TaskEntry.State.RUNNING;
    suspended--;
    ledger.claimed--;
    task.agent().ledger.claimed--;
    task.target().ledger.claimed--;
    task.target().ladder.claim(task.rung, -1);
    ledger.run();
    task.agent().ledger.run();
    task.target().ledger.run();
    task.target().ladder.run(task.rung, 1);
    order.targetChanged(task.target());
    if (task.ended) {
      overrunBegins(task, false); // it is told to stop only now
    }
  }

  // ---- starting and ending

  private void pump() {
    if (firstResuming != null) {
      resumeWaiting();
    }
    while (!halted && !startsAreHeld && ledger.running + ledger.claimed < settings.maxInFlight()) {
      TaskEntry task = order.peek(nowNs);
      if (task == null) {
        return;
      }
      if (task.unpaid && !task.target().ladder.settings().isStatic(task.leastRung)) {
        end(task, declined(task, Unparked.TIME)); // its ladder was changed: a model is not free
      } else if (isBesideItself(task)) {
        end(task, Ending.TIMED_OUT_TIMEOUT); // likewise: no model is asked twice at once
      } else if (task.lastEnding != null && isPastRetrying(task)) {
        end(task, task.lastEnding);
      } else if (isTooLate(task)) {
        end(task, Ending.EXPIRED_TOO_LATE);
      } else {
        start(task);
      }
    }
  }

  private static boolean isBesideItself(TaskEntry task) {
    TaskEntry first = task.hedgeOf;
    return first != null
        && task.isBeside()
        && first.state == TaskEntry.State.RUNNING
        && first.rung >= task.target().ladder.settings().size() - 1;
  }

  // A job that has no time left to be done would only take it from those that have. Never one that
  // has just come: however long jobs take, some begin, and so it is seen when they are quicker. Nor
  // one that came with less: of a short job the mean of long ones says nothing.
  private boolean isTooLate(TaskEntry task) {
    if (task.startClass != StartClass.NEW || !task.target().stands(nowNs)) {
      return false;
    }
    TargetEntry target = task.target();
    long cameNs = task.task().admittedNs();
    long dueNs = task.job().dueNs();
    long jobNs = target.jobTimes.meanNs();
    return nowNs - cameNs > target.standsAfterNs()
        && dueNs - nowNs < jobNs
        && dueNs - cameNs >= jobNs;
  }

  private void start(TaskEntry task) {
    Reservation reservation = task.task();
    AgentEntry agent = task.agent();
    TargetEntry target = task.target();
    JobEntry job = task.job();
    if (order.isBeforeOlder(task)) {
      ledger.newestFirst++;
      target.ledger.newestFirst++;
    }
    leaveWaiting(task);
    target.trend.began();
    timers.remove(task.timer);
    task.patientUntilNs = Long.MAX_VALUE;
    task.state = TaskEntry.State.RUNNING;
    TaskEntry hedgeOf = task.hedgeOf;
    task.attempt = hedgeOf == null ? task.attempt + 1 : ++hedgeOf.attempt;
    task.startedNs = nowNs;
    task.deadlineNs = Math.min(nowNs + reservation.timeoutNs(), job.dueNs());
    if (hedgeOf != null && !task.isBeside()) {
      task.deadlineNs = Math.min(task.deadlineNs, reservation.startByNs()); // the first one's
    }
    Breaker ofAgent = agent.breaker(target);
    int part = StartOrder.partOf(task);
    chooseRung(task, ofAgent, part);
    if (task.rung > 0) {
      startCheaper(task);
    }
    task.hedgeNs = hedgeNs(task);
    task.hedgeDue = false;
    armRun(task);
    ledger.run();
    agent.ledger.run();
    target.ledger.run();
    target.ladder.run(task.rung, 1);
    task.beside =
        target.ladder.isOn()
            ? target.ladder.running(0)
            : Math.max(1, target.ledger.running - target.limit.lost());
    ledger.started++;
    if (task.attempt == 1) {
      target.retryBudget.first(target.settings.retry(), nowNs);
      agent.retryBudget.first(target.settings.retry(), nowNs);
    }
    task.judged = false;
    task.isOldNews = false;
    Trial trial = startProbe(task, ofAgent, part);
    publishRung(target); // of a rung on trial, that may have been the last probe
    if (pace.started(nowNs, ledger.waiting > 0)) {
      effects.publishStartInterval(pace.intervalNs());
    }
    task.pacedTokens = TaskEntry.NOT_PACED;
    if (task.rung == 0 && target.settings.pace().isOn()) {
      task.pacedTokens = reservation.tokens();
      target.pace.started(target.settings.pace(), task.pacedTokens, nowNs);
      armPace(target);
    }
    agent.ledger.started++;
    target.ledger.started++;
    assert ledger.running <= settings.maxInFlight() : "overall cap exceeded";
    boolean moved = false;
    task.dueSlot = LostCalls.UNKNOWN;
    if (task.rung == 0) {
      task.dueSlot = target.limit.begins(reservation.wantedInputTokens(), nowNs);
      moved =
          target.limit.started(target.settings.concurrency(), mostAt(target), task.dueSlot, nowNs);
    }
    order.started(task);
    order.agentChanged(agent);
    order.targetChanged(target);
    mix(35, (reservation.taskId() ^ task.deadlineNs) + task.rung);
    effects.start(reservation, task.attempts(), nowNs, task.deadlineNs, trial);
    if (moved) {
      tellPermits(target);
    }
    target.bandWaits.started(target.ledger.running);
    if (task.startClass == StartClass.NEW) {
      var _ = target.newPace.started(nowNs, target.queuedNew() > 0);
    }
    JobEntry root = job.root();
    if (root.begunAt == null) {
      root.begunAt = target;
      root.begunNs = nowNs;
    }
    if (!job.begun) {
      if (job.parent == null && job.firstChild == null) {
        beginAlone(job);
      } else {
        begin(job.root());
      }
    }
    waits.publish(target);
    lookAtAlerts(target);
  }

  // Answers what its own calls are part of.
  private @Nullable Trial startProbe(TaskEntry task, @Nullable Breaker ofAgent, int part) {
    TargetEntry target = task.target();
    Breaker ofRung = target.ladder.breakerOf(task.rung);
    boolean partOfRungs = (part >> task.rung & 1) != 0;
    boolean partOfAgents = (part & Ladder.PART_OF_AGENTS) != 0;
    task.probeOfTarget = ofRung == null ? 0 : ofRung.started(partOfRungs);
    task.probeOfAgent = ofAgent == null || task.rung > 0 ? 0 : ofAgent.started(partOfAgents);
    Trial trial = onTrial(task.partOf, target, task.probeOfTarget);
    return onTrial(trial, target, task.probeOfAgent);
  }

  // A part's is known already.
  private @Nullable Trial onTrial(@Nullable Trial outer, TargetEntry target, int probe) {
    if (probe != 0) {
      mix(131, probe);
    }
    return probe > 0 ? new Trial(target.gate, probe, outer) : outer;
  }

  private int rungOf(TaskEntry task, @Nullable Breaker ofAgent, int part) {
    return task.target()
        .ladder
        .choose(
            task.leastRung,
            task.task().isDegradable(),
            task.patient,
            ofAgent,
            part,
            task.job().dueNs() - nowNs,
            nowNs);
  }

  private void chooseRung(TaskEntry task, @Nullable Breaker ofAgent, int part) {
    Reservation reservation = task.task();
    Ladder ladder = task.target().ladder;
    task.rung = rungOf(task, ofAgent, part);
    boolean wantedTop = task.leastRung == 0 && Ladder.agentMay(ofAgent, part);
    if (task.rung > 0 && wantedTop && task.target().isPaced()) {
      task.target().pace.passedOver();
    }
    reservation.runsAt(task.rung);
    task.late = false;
    task.lateNs = nowNs + ladder.settings().latencyBudgetNanos();
    task.onTime =
        ladder.isOn() && ladder.breakerOf(task.rung) != null && task.lateNs < task.deadlineNs;
  }

  // It may hold what a dearer rung costs: that served when it was let in, or when it was to be
  // tried again.
  private void startCheaper(TaskEntry task) {
    Reservation reservation = task.task();
    TargetEntry target = task.target();
    long leftNanos = reservation.costNanos(target.ladder.priceAt(task.rung));
    long backNanos = reservation.moneyNanos() - leftNanos;
    if (backNanos > 0) {
      ledger.giveBack(backNanos);
      task.agent().ledger.giveBack(backNanos);
      target.ledger.giveBack(backNanos);
      task.job().reservedMoney.subtract(backNanos);
      mix(108, reservation.taskId() ^ backNanos);
      effects.startsCheaper(reservation, leftNanos, nowNs);
      reservation.costs(task.rung, leftNanos);
      if (task.rung > task.leastRung) {
        goesOnBelow(task, task.rung);
      }
    }
  }

  private void armRun(TaskEntry task) {
    long atNs = Math.min(task.hedgeNs, task.onTime ? task.lateNs : task.deadlineNs);
    timers.add(task.timer, atNs, task.task().taskId());
  }

  // A job has begun with all its sub-jobs: what they have waiting moves up a class.
  private void begin(JobEntry root) {
    List<JobEntry> begun = new ArrayList<>();
    begun.add(root);
    for (int i = 0; i < begun.size(); i++) {
      JobEntry job = begun.get(i);
      if (!job.begun) {
        beginAlone(job);
      }
      for (JobEntry child = job.firstChild; child != null; child = child.nextSibling) {
        begun.add(child);
      }
    }
  }

  private void beginAlone(JobEntry job) {
    job.begun = true;
    effects.jobBegun(job.account);
    for (TaskEntry task = job.firstTask; task != null; task = task.nextOfJob) {
      if (task.state == TaskEntry.State.WAITING && task.startClass == StartClass.NEW) {
        if (task.isParked()) {
          task.startClass = StartClass.BEGUN;
        } else {
          queue(task, -1);
          task.startClass = StartClass.BEGUN;
          queue(task, 1);
          order.move(task);
        }
      }
    }
  }

  private void taskDue(TaskEntry task) {
    Reservation reservation = task.task();
    boolean byJob = task.timer.key >= task.job().dueNs() || isCutByJob(task);
    Parking.Rule rule = task.parkedBy;
    mix(36, reservation.taskId());
    if (task.ended) {
      task.lasts = true;
      task.target().ladder.overrun(task.rung, 1);
      overrunsChanged(task.target());
    } else if (task.givenUp) {
      if (task.hedge == null) {
        end(task, Ending.TIMED_OUT_TIMEOUT); // nothing was to be had for another attempt
      }
    } else if (rule != null && task.timer.key >= actionNs(task, rule)) {
      var _ = act(task, rule.policy().action(), Unparked.TIME);
    } else if (task.backsOff) {
      queueAgain(task);
    } else if (task.hedgeNs <= task.timer.key) {
      task.hedgeNs = Long.MAX_VALUE;
      armRun(task);
      if (task.state == TaskEntry.State.RUNNING) {
        hedge(task);
      } else {
        task.hedgeDue = true;
      }
    } else if (task.onTime) {
      task.onTime = false;
      armRun(task);
      judgeLate(task);
    } else if (task.patientUntilNs <= task.timer.key) {
      lookAtPatience(task);
    } else if (task.state == TaskEntry.State.WAITING) {
      Ending last = task.lastEnding;
      end(task, last != null ? last : byJob ? Ending.EXPIRED_JOB : Ending.EXPIRED_TTL);
    } else if (!byJob && !task.timedOut && mayRetryAfterTimeout(task)) {
      // Its thread is to end first: two calls of one task are not to run at once.
      task.timedOut = true;
      timers.add(task.timer, Math.min(nowNs + GRACE_NS, task.job().dueNs()), reservation.taskId());
      effects.stop(reservation);
    } else if (task.timedOut && !isDeaf(task) && nowNs < task.job().dueNs()) {
      // Its job was to end before that second, and stands still meanwhile.
      setTimer(
          task.timer,
          Math.min(task.deadlineNs + GRACE_NS, task.job().dueNs()),
          reservation.taskId());
    } else if (mayFallBeside(task)) {
      fallBeside(task);
    } else {
      boolean byTimeout = !byJob || task.timedOut;
      CallClass call = byTimeout ? CallClass.TIMED_OUT : CallClass.CANCELLED;
      judge(task, call, 0, nowNs - task.startedNs);
      end(task, byTimeout ? Ending.TIMED_OUT_TIMEOUT : Ending.TIMED_OUT_JOB);
    }
  }

  // ---- retries

  private boolean mayRetryAfterTimeout(TaskEntry task) {
    return task.state == TaskEntry.State.RUNNING
        && !task.isHedge
        && (task.target().settings.retry().allows(CallClass.TIMED_OUT, task.attempts())
            || hasLowerRung(task, CallClass.TIMED_OUT));
  }

  private static boolean hasLowerRung(TaskEntry task, CallClass end) {
    return task.task().isDegradable() && task.target().ladder.settings().falls(end, task.rung);
  }

  // No retry of the same thing: the rung below is another model, and there are few rungs. So
  // neither the watermark nor the retry budget is asked; a place, tokens and money are held.
  private boolean mayFall(TaskEntry task, AttemptReport report) {
    return hasLowerRung(task, report.callClass())
        && coversFall(task, report.again())
        && !report.overspent()
        && mayGoOn(task)
        && nowNs <= task.task().startByNs()
        && nowNs < task.job().dueNs();
  }

  // Told to stop, it goes on, for as long as it likes: its task does not wait for that.
  private boolean mayFallBeside(TaskEntry task) {
    return task.state == TaskEntry.State.RUNNING
        && task.timedOut
        && task.hedge == null
        && hedges < MAX_HEDGES
        && hasLowerRung(task, CallClass.TIMED_OUT)
        && mayGoOn(task)
        && nowNs <= task.task().startByNs()
        && nowNs < task.job().dueNs();
  }

  private void fallBeside(TaskEntry task) {
    Reservation reservation = task.task();
    judge(task, CallClass.TIMED_OUT, 0, nowNs - task.startedNs);
    task.givenUp = true;
    task.lastEnding = Ending.TIMED_OUT_TIMEOUT;
    mix(118, reservation.taskId() ^ task.rung);
    effects.fallBeside(reservation, task.rung);
    overrunBegins(task, true);
    effects.overrun(reservation, task.target().ledger.overruns);
    timers.add(task.timer, nowNs + GRACE_NS, reservation.taskId());
  }

  // The ladder may be another than when that was taken.
  private boolean coversFall(TaskEntry task, TakenAgain again) {
    DegradationPolicy ladder = task.target().ladder.settings();
    int rung = again.rungBelow(task.rung);
    boolean covered = ladder.isStatic(rung) || (again.isPaid() && !task.task().isUnfunded());
    return rung < ladder.size() && (covered || (again.isUnfunded() && parking.hasPlace()));
  }

  private void fall(TaskEntry task, AttemptReport report) {
    Reservation reservation = task.task();
    waitAgain(task);
    goesOnBelow(task, report.again().rungBelow(task.rung));
    reservation.reservedFor(task.leastRung);
    remove(task.timer);
    task.unpaid =
        reservation.isUnfunded() && task.target().ladder.settings().isStatic(task.leastRung);
    boolean parks = report.again().isUnfunded() && !task.unpaid;
    if (!parks) {
      queueAgain(task);
    }
    mix(67, reservation.taskId() ^ task.leastRung);
    effects.fall(reservation, report.callClass(), task.leastRung, false);
    if (parks) {
      parkAtBudget(task, nowNs);
    }
    waits.publish(task.target());
  }

  // Whether anything at all may follow an attempt that has ended, or begin beside one.
  private boolean mayGoOn(TaskEntry task) {
    TargetEntry target = task.target();
    return !halted
        && task.job().open
        && !task.agent().removed
        && !target.removed
        && !target.isShut();
  }

  private boolean mayRetry(TaskEntry task, AttemptReport report) {
    AgentEntry agent = task.agent();
    TargetEntry target = task.target();
    RetryPolicy policy = target.settings.retry();
    if (!policy.allows(report.callClass(), task.attempts())
        || !report.again().coversRetryAt(task.rung)
        || (report.again().isUnfunded() && !parking.hasPlace())
        || report.overspent()
        || !mayGoOn(task)
        || target.ladder.isOverrun(task.rung)
        || (target.isPaused() && hasLowerRung(task, report.callClass()))
        || !mayAddTo(agent, target)) {
      return false;
    }
    long atNs = nextAttemptNs(task, report);
    return atNs <= task.task().startByNs()
        && atNs <= task.job().dueNs() - target.meanGoodRunNs(task.rung);
  }

  // It had time when it was decided on, and has waited since: for its backoff, or a permit. What
  // goes on below the rung that failed is no retry.
  private boolean isPastRetrying(TaskEntry task) {
    if (task.leastRung > task.rung) {
      return false;
    }
    TargetEntry target = task.target();
    int rung = rungOf(task, task.agent().breaker(target), StartOrder.partOf(task));
    return nowNs > task.job().dueNs() - target.meanGoodRunNs(rung);
  }

  // The queue is looked at first, the breakers, and the budget.
  private boolean mayAddTo(AgentEntry agent, TargetEntry target) {
    RetryPolicy policy = target.settings.retry();
    return !isCutOff(agent, target)
        && !isAbove(policy.watermarkPercent(), ledger.waiting, settings.maxWaiting())
        && !isAbove(policy.watermarkPercent(), agent.ledger.waiting, agent.settings.maxWaiting())
        && target.retryBudget.allows(policy, nowNs)
        && agent.retryBudget.allows(policy, nowNs);
  }

  private static void spendRetry(TaskEntry task) {
    task.target().retryBudget.spend();
    task.agent().retryBudget.spend();
  }

  private @Nullable Breaker breakerOf(int agent, TargetEntry target) {
    AgentEntry entry = agents[agent];
    return entry == null ? null : entry.breaker(target);
  }

  private static boolean isCutOff(AgentEntry agent, TargetEntry target) {
    Breaker breaker = agent.breaker(target);
    return !target.breaker.isClosed() || (breaker != null && !breaker.isClosed());
  }

  private static boolean isAbove(int percent, int waiting, int max) {
    return (long) waiting * PERCENT >= (long) max * percent;
  }

  private long nextAttemptNs(TaskEntry task, AttemptReport report) {
    TargetEntry target = task.target();
    RetryPolicy policy = target.settings.retry();
    long capNs = policy.capNanos();
    long baseNs = policy.baseNanos();
    int doublings = Math.min(task.attempts() - 1, Long.numberOfLeadingZeros(capNs) - 1);
    long boundNs = baseNs > (capNs >> doublings) ? capNs : baseNs << doublings;
    long jitterNs = Jitter.upTo(boundNs + 1, seed, task.task().taskId(), task.attempts());
    long atNs = nowNs + Math.max(jitterNs, report.retryAfterNs());
    return Math.max(atNs, target.pausedUntilNs);
  }

  private void retry(TaskEntry task, AttemptReport report) {
    Reservation reservation = task.task();
    AgentEntry agent = task.agent();
    TargetEntry target = task.target();
    spendRetry(task);
    waitAgain(task);
    ledger.retries++;
    agent.ledger.retries++;
    target.ledger.retries++;
    remove(task.timer);
    long atNs = nextAttemptNs(task, report);
    if (!report.again().isUnfunded()) {
      backOff(task, atNs);
    }
    mix(60, reservation.taskId() ^ atNs);
    effects.retry(reservation, report.callClass(), atNs);
    if (report.again().isUnfunded()) {
      parkAtBudget(task, atNs);
    }
    waits.publish(target);
  }

  private void waitAgain(TaskEntry task) {
    Reservation reservation = task.task();
    JobEntry job = task.job();
    job.reservedTokens += reservation.tokens();
    job.reservedMoney.add(reservation.moneyNanos());
    ledger.admitAgain(reservation, task.place, nowNs);
    task.agent().ledger.admitAgain(reservation, task.placeOfAgent, nowNs);
    task.target().ledger.admitAgain(reservation, task.placeOfTarget, nowNs);
    task.state = TaskEntry.State.WAITING;
    task.startClass = reservation.isChild() ? StartClass.AWAITED : StartClass.BEGUN;
    queue(task, 1);
    task.timedOut = false;
    task.givenUp = false;
    task.onTime = false;
    task.hedgeNs = Long.MAX_VALUE;
  }

  private void backOff(TaskEntry task, long atNs) {
    task.backsOff = true;
    timers.add(task.timer, atNs, task.task().taskId());
  }

  private void queueAgain(TaskEntry task) {
    task.backsOff = false;
    enter(task);
  }

  // It begins to wait in the order of starts.
  private void enter(TaskEntry task) {
    task.patient = task.target().isPatient(task);
    bePatient(task);
    order.add(task, task.dueNs);
    arm(task);
  }

  private void bePatient(TaskEntry task) {
    task.patientFromNs = nowNs;
    task.patientUntilNs = task.patient ? nowNs + patienceNs(task) : Long.MAX_VALUE;
  }

  private long patienceNs(TaskEntry task) {
    return task.target().ladder.patienceNs(Math.max(0, dueNs(task) - nowNs));
  }

  // While an operator holds a task up, it does not wait for the pace: its time counts from then on.
  // Its own caps it has as well as the pace, and who waits for long enough takes what is to be had.
  private void lookAtPatience(TaskEntry task) {
    AgentEntry agent = task.agent();
    TargetEntry target = task.target();
    boolean isHeld = startsAreHeld || target.isHeld() || agent.isHeld();
    long freeNs = Math.max(Math.max(startsFreeNs, target.freeNs), agent.freeNs);
    long fromNs = isHeld ? nowNs : Math.max(task.patientFromNs, freeNs);
    long leastNs = isHeld ? GRACE_NS : 0; // it may be held for an hour: that is looked at seldom
    task.patientUntilNs = fromNs + Math.max(leastNs, patienceNs(task));
    if (task.patientUntilNs > nowNs) {
      arm(task);
    } else {
      patienceOver(task);
    }
  }

  private void patienceOver(TaskEntry task) {
    task.patientUntilNs = Long.MAX_VALUE;
    task.patient = false;
    mix(121, task.task().taskId());
    effects.patienceOver(task.task());
    order.move(task);
    arm(task);
  }

  // ---- hedges

  // When this attempt will be slow enough for a second one; never, if that is not wanted.
  private long hedgeNs(TaskEntry task) {
    HedgePolicy policy = task.target().settings.hedge();
    if (task.isHedge || task.hedged || task.rung > 0 || !task.task().isIdempotent()) {
      return Long.MAX_VALUE;
    }
    long delayNs = task.target().hedgeDelay.ns(policy);
    return delayNs < task.deadlineNs - task.startedNs
        ? Math.max(nowNs, task.startedNs + delayNs)
        : Long.MAX_VALUE;
  }

  // The policy has changed while these ran.
  private void hedgeAnew(TargetEntry target) {
    for (int slot = 0; slot < usedSlots; slot++) {
      TaskEntry task = tasks[slot];
      if (task != null
          && task.target == target
          && task.hasThread()
          && !task.ended
          && !task.timedOut
          && !task.givenUp) {
        remove(task.timer);
        task.hedgeNs = hedgeNs(task);
        task.hedgeDue = false;
        armRun(task);
      }
    }
  }

  private void hedge(TaskEntry task) {
    // One that would have to wait is of no use.
    if (mayHedge(task)
        && ledger.running + ledger.claimed < settings.maxInFlight()
        && task.agent().mayStart()
        && task.target().mayStart()
        && task.target().ladder.mayStart(0, false, true, null, 0)
        && !task.target().isPaced()) {
      task.hedged = true;
      mix(95, task.task().taskId());
      effects.hedge(task.task(), task.deadlineNs);
    }
  }

  private boolean mayHedge(TaskEntry task) {
    AgentEntry agent = task.agent();
    TargetEntry target = task.target();
    return task.state == TaskEntry.State.RUNNING
        && !task.ended
        && !task.timedOut
        && hedges < MAX_HEDGES
        && target.settings.hedge().isOn()
        && mayGoOn(task)
        && !startsAreHeld
        && !agent.isHeld()
        && !target.isHeld()
        && !target.isPaused()
        && !target.shut
        && mayAddTo(agent, target);
  }

  @Override
  public void hedgeAdmitted(long stampNs, Reservation hedge, Reservation of) {
    advance(stampNs);
    if (recorder != null) {
      recorder.hedgeAdmitted(nowNs, hedge, of);
    }
    TaskEntry task = find(of);
    mix(96, hedge.taskId());
    boolean beside = hedge.isDegradable();
    if (task == null
        || task.ended
        || task.hedge != null
        || task.givenUp != beside
        || nowNs > hedge.startByNs() // it was beside an attempt before, which is over
        || !(beside ? mayFallBeside(task) : mayHedge(task))) {
      effects.hedgeOver(hedge, true, nowNs);
      return;
    }
    hedges++;
    TaskEntry second = allocate();
    second.reservation = hedge;
    second.agent = task.agent();
    second.target = task.target();
    second.job = task.job();
    second.isHedge = true;
    second.hedgeOf = task;
    second.attempt = task.attempt;
    second.earlierAttempts = task.earlierAttempts;
    task.hedge = second;
    hedge.slot(second.slot);
    second.job().add(second);
    if (beside) {
      second.leastRung = hedge.reservedRung();
      second.unpaid =
          hedge.isUnfunded() && task.target().ladder.settings().isStatic(second.leastRung);
      ledger.fellBeside++;
      second.agent().ledger.fellBeside++;
      second.target().ledger.fellBeside++;
      effects.fall(task.task(), CallClass.TIMED_OUT, second.leastRung, true);
    } else {
      spendRetry(task);
      ledger.hedges++;
      second.agent().ledger.hedges++;
      second.target().ledger.hedges++;
    }
    waitAgain(second);
    second.dueNs = Math.min(dueNs(second), nowNs + StartOrder.AGEING_NS);
    queueAgain(second);
    waits.publish(second.target());
    pump();
  }

  // Ran as long as it took, or was too slow for its hedge: not cut short, nor failed early.
  private static boolean isWhole(TaskEntry task, CallClass end) {
    return switch (end) {
      case OK, BAD_ANSWER, TIMED_OUT -> true;
      case CANCELLED -> task.lost;
      case REJECTED, UNAVAILABLE, CALLER_FAULT, FATAL -> false;
    };
  }

  // An attempt has ended, and no other follows: so has its task, unless one runs beside it that may
  // do better.
  private void conclude(TaskEntry task, Ending ending, AttemptReport report) {
    if (task.isHedge) {
      boolean wins = ending == Ending.COMPLETED && report.callClass() == CallClass.OK;
      endHedge(task, true, wins);
      return;
    }
    TaskEntry hedge = task.hedge;
    if (hedge != null
        && !report.overspent()
        && (task.givenUp || mayLeaveTo(hedge, task, report))
        && !waitsInCircle(task, hedge)) {
      task.state = TaskEntry.State.LEFT_TO_HEDGE;
      task.lastEnding = ending;
      remove(task.timer);
      mix(97, task.task().taskId());
    } else {
      end(task, ending, true);
    }
  }

  private static boolean mayLeaveTo(TaskEntry hedge, TaskEntry task, AttemptReport report) {
    return hedge.state != TaskEntry.State.WAITING
        && !task.timedOut
        && mayDoBetter(report.callClass());
  }

  private static boolean mayDoBetter(CallClass end) {
    return switch (end) {
      case REJECTED, UNAVAILABLE, BAD_ANSWER, TIMED_OUT -> true;
      case OK, CANCELLED, CALLER_FAULT, FATAL -> false;
    };
  }

  private void endHedge(TaskEntry hedge, boolean threadEnded, boolean wins) {
    TaskEntry task = hedge.hedgeOf;
    assert task != null && !hedge.ended;
    hedge.hedgeOf = null;
    task.hedge = null;
    hedge.ended = true;
    remove(hedge.timer);
    Reservation reservation = hedge.task();
    boolean waiting = hedge.state == TaskEntry.State.WAITING;
    mix(98, reservation.taskId());
    if (!waiting && !hedge.judged) {
      judge(hedge, CallClass.CANCELLED, 0, nowNs - hedge.startedNs);
    }
    if (wins) {
      if (hedge.isBeside()) {
        ledger.answeredBeside++;
        task.agent().ledger.answeredBeside++;
        task.target().ledger.answeredBeside++;
      } else {
        ledger.hedgesWon++;
        task.agent().ledger.hedgesWon++;
        task.target().ledger.hedgesWon++;
      }
      task.lost = true;
      task.answeredRung = hedge.answeredRung;
      mix(99, task.task().taskId());
      effects.hedgeWon(task.task(), reservation);
    }
    effects.hedgeOver(reservation, waiting, nowNs);
    if (wins) {
      end(task, Ending.COMPLETED);
    } else if (!task.ended && task.isLeftToHedge()) {
      assert task.lastEnding != null;
      end(task, task.lastEnding);
    }
    leave(hedge, waiting, threadEnded);
  }

  // ---- alerts

  // Called behind what is done about it: throttling comes first, the alert second.
  private void lookAtAlerts(TargetEntry target) {
    TargetAlerts alerts = target.alerts;
    target.trend.look(target.queued(), target.meanRunNs, nowNs);
    for (AlertKind kind : TargetAlerts.KINDS) {
      if (alerts.look(kind, target.isAmiss(kind, nowNs), nowNs)) {
        tell(target, kind, alerts.isOn(kind));
      }
    }
    setTimer(target.alertTimer, target.nextAlertNs(), alertId(target));
  }

  // What it was about is over with it, however lately.
  private void endAlerts(TargetEntry target) {
    for (AlertKind kind : TargetAlerts.KINDS) {
      if (target.alerts.isOn(kind)) {
        tell(target, kind, false);
      }
    }
    remove(target.alertTimer);
    target.usageMissing = 0;
    lookAtUsage(target);
  }

  private void tell(TargetEntry target, AlertKind kind, boolean on) {
    mix(on ? 116 : 117, target.gate.index() ^ ((long) kind.ordinal() << 24));
    effects.alert(target.gate, kind, on);
  }

  // Whether it took longer than its target's budget. For who was held for a human there is none.
  private boolean isLate(TaskEntry task, Ending ending) {
    if (task.wasParked || !ending.isOfCall()) {
      return false;
    }
    TargetEntry target = task.target();
    boolean late = nowNs - task.task().admittedNs() > target.settings.p99BudgetNanos();
    target.lateCalls.ended(late, nowNs);
    return late;
  }

  // Beside those of its breakers, behind that of its level.
  private long alertId(TargetEntry target) {
    return paceId(target) + 2L * settings.maxTargets();
  }

  private void watch(AgentEntry agent, AttemptReport report) {
    BurnPolicy policy = agent.settings.burn();
    if (!policy.isOn() || report.tokens() == 0 || agents[agent.gate.index()] != agent) {
      return;
    }
    BurnMeter burn = agent.burn;
    if (burn == null) {
      burn = new BurnMeter(agent, policy, nowNs);
      agent.burn = burn;
    }
    burn.spend(report.tokens(), nowNs);
    lookAtBurn(agent, burn);
  }

  private void lookAtBurn(AgentEntry agent, BurnMeter burn) {
    if (burn.look(nowNs)) {
      mix(87, burn.inWindow());
      effects.burn(agent.gate, burn.isBurning(), burn.inWindow(), burn.usual());
    }
    if (!burn.isBurning()) {
      remove(burn.timer);
    } else if (!burn.timer.isIn()) {
      timers.add(burn.timer, burn.nextLookNs(nowNs), burnId(agent));
    }
  }

  // Behind those of holds: of all, of each agent, and of each target.
  private long burnId(AgentEntry agent) {
    return HOLD_IDS + 1 + settings.maxAgents() + settings.maxTargets() + agent.gate.index();
  }

  // Who spends nothing more is not to burn for ever.
  private void burnDue(AgentEntry agent) {
    if (agent.burn != null) {
      lookAtBurn(agent, agent.burn);
    }
  }

  private void followBurn(AgentEntry agent) {
    BurnMeter burn = agent.burn;
    if (burn != null) {
      burn.follow(agent.settings.burn(), nowNs);
      lookAtBurn(agent, burn);
    }
  }

  private void watch(TargetEntry target, AttemptReport report) {
    // A call that fails says nothing of its usage either: that is no alert of its own, nor its end.
    if (report.callClass() != CallClass.OK && report.callClass() != CallClass.BAD_ANSWER) {
      return;
    }
    if (report.use().isKnown()) {
      target.usageMissing = 0;
    } else if (report.use().source() == CallUse.Source.ASSUMED && report.tokens() > 0) {
      target.usageMissing++;
    }
    lookAtUsage(target);
  }

  private void lookAtUsage(TargetEntry target) {
    boolean missing = target.usageMissing >= target.settings.usage().missingInRow();
    if (missing != target.usageAlert) {
      target.usageAlert = missing;
      mix(missing ? 89 : 88, target.gate.index());
      effects.usageMissing(target.gate, missing);
    }
  }

  // ---- estimates

  private void learn(TaskEntry task, AttemptReport report) {
    TargetEntry target = task.target();
    EstimatePolicy policy = target.settings.estimates();
    if (!policy.isOn()
        || target.ladder.settings().isStatic(task.rung) // no model's answer
        || report.callClass() != CallClass.OK
        || report.how() == AttemptEnd.CUT_OFF
        || !report.use().isKnown()) {
      return;
    }
    long tokens = report.use().outputTokens();
    AgentEntry agent = task.agent();
    LearnedOutput ofAgent = agent.output(target);
    if (ofAgent == null
        && agentOutputs < MAX_AGENT_OUTPUTS
        && agents[agent.gate.index()] == agent) {
      ofAgent = new LearnedOutput(target);
      agent.output(target, ofAgent);
      agentOutputs++;
    }
    if (ofAgent != null && ofAgent.add(tokens, policy)) {
      publishOutput(agent, ofAgent);
    }
    if (target.output.add(tokens, policy)) {
      publishOutput(null, target.output);
    }
  }

  private void publishOutput(@Nullable AgentEntry agent, LearnedOutput output) {
    mix(86, idOf(output.target, agent) ^ output.tokens());
    TargetGate target = output.target.gate;
    AgentGate ofAgent = agent == null ? null : agent.gate;
    effects.publishOutput(target, ofAgent, output.tokens());
    if (output.takeNews()) {
      effects.outputLearned(target, ofAgent, output.tokens(), output.calls());
    }
  }

  private void outputPolicyChanged(TargetEntry target) {
    EstimatePolicy policy = target.settings.estimates();
    for (int i = 0; i < usedAgents; i++) {
      AgentEntry agent = agents[i];
      LearnedOutput output = agent == null ? null : agent.output(target);
      if (agent != null && output != null && output.look(policy)) {
        publishOutput(agent, output);
      }
    }
    if (target.output.look(policy)) {
      publishOutput(null, target.output);
    }
  }

  private void forgetOutputs(TargetEntry target) {
    for (int i = 0; i < usedAgents; i++) {
      AgentEntry agent = agents[i];
      if (agent != null && agent.output(target) != null) {
        agent.output(target, null);
        agentOutputs--;
        effects.publishOutput(target.gate, agent.gate, 0);
      }
    }
  }

  // ---- the admission level

  private void came(TargetEntry target, Reservation reservation) {
    if (target.settings.level().isOn()) {
      target.level.came(LevelWord.key(reservation.priority(), reservation.account()));
      lookAtLevel(target);
    } else {
      lookAtAlerts(target);
    }
  }

  private void lookAtLevel(TargetEntry target) {
    LevelPolicy policy = target.settings.level();
    AdmissionLevel level = target.level;
    boolean full = target.isFull() || ledger.running + ledger.claimed >= settings.maxInFlight();
    if (level.look(
        policy, full, target.queuedNewByBand(), target.newIntervalNs(), target.meanRunNs, nowNs)) {
      long passNs = AdmissionLevel.passNs(policy, target.meanRunNs);
      mix(115, target.gate.index() ^ ((long) level.level() << 24));
      effects.level(target.gate, level.level(), passNs);
    }
    setTimer(target.levelTimer, level.isLowered() ? level.nextNs() : NEVER, levelId(target));
    lookAtAlerts(target);
  }

  // Beside those of its breakers, behind that of its pace.
  private long levelId(TargetEntry target) {
    return paceId(target) + 1;
  }

  // ---- the pace of starts

  private void pace(TaskEntry task, AttemptReport report) {
    TargetEntry target = task.target();
    PacePolicy policy = target.settings.pace();
    long tokens = task.pacedTokens;
    if (tokens == TaskEntry.NOT_PACED || !policy.isOn()) {
      return; // at another rung, or before the pace was turned on, perhaps again: it is not counted
    }
    if (!report.how().started()) {
      target.pace.notSent(task.startedNs, tokens);
      return;
    }
    ProviderQuota quota = report.quota();
    if (quota.isKnown()
        && target.pace.isTold(policy, quota.callsPerMinute(), quota.tokensPerMinute())) {
      mix(130, quota.callsPerMinute() ^ (quota.tokensPerMinute() << 20));
      limitChanged(target);
    }
    if (quota.isKnown()) {
      tellQuota(target, quota);
    }
    if (report.callClass() == CallClass.REJECTED
        && target.pace.rejected(policy, task.startedNs, tokens, nowNs)) {
      limitChanged(target);
    }
    if (report.callClass() == CallClass.REJECTED || quota.isKnown()) {
      armPace(target);
      order.targetChanged(target);
    }
  }

  // It hardly ever changes.
  private void tellQuota(TargetEntry target, ProviderQuota quota) {
    ProviderQuota told = target.toldQuota;
    if (!quota.equals(told) && (!told.isKnown() || nowNs - target.toldQuotaNs >= MOVE_NS)) {
      target.toldQuota = quota;
      target.toldQuotaNs = nowNs;
      effects.targetLearned(
          target.gate, TargetMemory.CALLS_A_MINUTE, quota.callsPerMinute(), nowNs);
      effects.targetLearned(
          target.gate, TargetMemory.TOKENS_A_MINUTE, quota.tokensPerMinute(), nowNs);
    }
  }

  private void limitChanged(TargetEntry target) {
    long perMinute = (long) StrictMath.rint(target.pace.limitPerMinute());
    mix(target.pace.isOfTokens() ? 91 : 90, target.gate.index() ^ (perMinute << 16));
    effects.limitLearned(target.gate, perMinute, target.pace.isOfTokens());
  }

  // What starts while no pace is kept is counted by nobody: when it is kept again, that is a new
  // beginning, but for what was learned.
  private void keepPace(TargetEntry target, PacePolicy policy) {
    if (!policy.isOn() || target.settings.pace().isOn()) {
      return;
    }
    target.pace.goesOn(nowNs);
    for (int slot = 0; slot < usedSlots; slot++) {
      TaskEntry task = tasks[slot];
      if (task != null && task.target == target) {
        task.pacedTokens = TaskEntry.NOT_PACED;
      }
    }
  }

  private void armPace(TargetEntry target) {
    PacePolicy policy = target.settings.pace();
    long nextNs = target.pace.nextStartNs(policy);
    setTimer(target.paceTimer, policy.isOn() && nextNs > nowNs ? nextNs : NEVER, paceId(target));
  }

  // Beside those of its breakers: behind the last rung's.
  private long paceId(TargetEntry target) {
    long pair = (long) settings.maxAgents() + DegradationPolicy.MAX_RUNGS;
    return idOf(target, null) + 2 * pair * settings.maxTargets();
  }

  // ---- breakers and pauses

  // Told by the target itself, so it holds for everybody.
  private void heed(TaskEntry task, AttemptReport report) {
    TargetEntry target = task.target();
    if (task.rung > 0 && target.ladder.isOn()) {
      return; // said by another model: its rung is watched by its own breaker
    }
    long askedNs = Math.min(report.retryAfterNs(), target.settings.maxPauseNanos());
    if (askedNs > 0
        && nowNs + askedNs > target.pausedUntilNs
        && (report.callClass() == CallClass.REJECTED
            || report.callClass() == CallClass.UNAVAILABLE)) {
      pauseUntil(target, nowNs + askedNs);
      effects.targetLearned(target.gate, TargetMemory.PAUSE, target.pausedUntilNs, nowNs);
    }
  }

  private void pauseUntil(TargetEntry target, long untilNs) {
    remove(target.pauseTimer);
    target.pausedUntilNs = untilNs;
    target.askedNs = nowNs;
    timers.add(target.pauseTimer, untilNs, idOf(target, null) + 1);
    mix(61, target.gate.index() ^ untilNs);
    effects.paused(target.gate, untilNs);
    publish(target.breaker);
  }

  private void pauseOver(TargetEntry target) {
    mix(62, target.gate.index());
    effects.paused(target.gate, 0);
    publish(target.breaker);
  }

  // Where a pace is kept, a rejection is its matter: it holds all starts by itself, and a breaker
  // on
  // top of that would close the target for longer than its limit does. A ladder is to hear of it.
  private static CallClass forBreakers(TaskEntry task, AttemptReport report) {
    TargetEntry target = task.target();
    boolean isPaces =
        report.callClass() == CallClass.REJECTED
            && target.settings.pace().isOn()
            && !target.ladder.isOn();
    return isPaces ? CallClass.CANCELLED : report.callClass();
  }

  // What a target with a limit and without a ladder is spared, as long as some of its calls are
  // well:
  // a breaker would stop what the limit has just found room for. A ladder has better to offer.
  private static boolean isSpared(TargetEntry target) {
    return target.settings.concurrency().isOn() && !target.ladder.isOn();
  }

  // Too much was asked of it, for all that is known: its limit answers that, as long as it can.
  private static boolean isTooMuch(CallClass end, long retryAfterNs) {
    return switch (end) {
      case REJECTED, TIMED_OUT -> true;
      case UNAVAILABLE -> retryAfterNs > 0; // overloaded, as RFC 9110 has it, and not out
      case OK, BAD_ANSWER, CANCELLED, CALLER_FAULT, FATAL -> false;
    };
  }

  // A part of it is gone, and the rest is not to be cut off with it.
  private boolean isLost(TaskEntry task, CallClass end, long retryAfterNs) {
    TargetEntry target = task.target();
    ConcurrencyPolicy policy = target.settings.concurrency();
    return switch (end) {
      case TIMED_OUT -> target.limit.isLost(policy, task.dueSlot, nowNs);
      case UNAVAILABLE -> retryAfterNs == 0 && policy.tellsLost();
      case OK, BAD_ANSWER, REJECTED, CANCELLED, CALLER_FAULT, FATAL -> false;
    };
  }

  // Those that had begun before it was answered say it once more: asked before it is answered
  // again.
  private static boolean isOldNews(TaskEntry task, CallClass end) {
    TargetEntry target = task.target();
    return end != CallClass.TIMED_OUT
        && (task.startedNs <= target.askedNs || target.limit.hasMovedSince(task.startedNs));
  }

  /** What a call's end, or its timeout, means to its breakers. */
  private void judge(TaskEntry task, CallClass end, long retryAfterNs, long ranNs) {
    task.judged = true;
    if (task.rung > 0) {
      judgeLower(task, end, ranNs);
      return;
    }
    AgentEntry agent = task.agent();
    TargetEntry target = task.target();
    boolean lost = isSpared(target) && isLost(task, end, retryAfterNs);
    boolean tooMuch = isSpared(target) && !lost && isTooMuch(end, retryAfterNs);
    if (isSpared(target) && end != CallClass.CANCELLED) {
      target.lost(agent, lost);
    }
    // What is lost of one agent's calls alone is no part of the target that is gone.
    boolean isAgentsOwn = lost && !target.losesForAll();
    Breaker ofAgent = agent.breaker(target);
    if (ofAgent == null
        && agentBreakers < MAX_AGENT_BREAKERS
        && target.settings.agentBreaker().counts(end)) {
      ofAgent = breakerFor(agent, target);
    }
    if (ofAgent != null) {
      boolean isLimits =
          isLimits(ofAgent, task, end, lost, tooMuch) && !isAgentsOwn && task.probeOfAgent == 0;
      if (isLimits) {
        mix(126, task.task().taskId());
      }
      if (ofAgent.ended(isLimits ? CallClass.CANCELLED : end, ranNs, task.probeOfAgent, nowNs)) {
        turn(ofAgent);
      } else if (ofAgent.isBlank()) {
        forget(ofAgent);
        order.breakerChanged(agent, target);
      } else if (task.probeOfAgent > 0) {
        probeEnded(ofAgent);
      }
      tellHeard(ofAgent);
    }
    boolean isLimits =
        isLimits(target.breaker, task, end, lost, tooMuch) && task.probeOfTarget == 0;
    if (isLimits) {
      mix(125, task.task().taskId());
    }
    if (!task.late) {
      judgeTop(task, isLimits ? CallClass.CANCELLED : end, ranNs);
    }
    task.probeOfAgent = 0;
    task.probeOfTarget = 0;
  }

  private static boolean isLimits(
      Breaker breaker, TaskEntry task, CallClass end, boolean lost, boolean tooMuch) {
    if (lost) {
      breaker.outage.lost(task.startedNs);
      return !breaker.outage.isWhole();
    }
    if (end != CallClass.CANCELLED && !(tooMuch && task.isOldNews)) {
      breaker.congestion.ended(tooMuch);
    }
    if (end != CallClass.CANCELLED && !tooMuch) {
      breaker.outage.well(task.startedNs);
    }
    TargetEntry target = task.target();
    return tooMuch
        && target.limit.answers(
            target.settings.concurrency(), end == CallClass.TIMED_OUT, task.beside)
        && !breaker.congestion.isTrouble();
  }

  private void judgeTop(TaskEntry task, CallClass end, long ranNs) {
    TargetEntry target = task.target();
    Breaker breaker = target.breaker;
    if (end != CallClass.CANCELLED) {
      target.called(task.agent(), breaker.policy().counts(end), breaker.isSlow(end, ranNs));
    }
    if (breaker.ended(end, ranNs, task.probeOfTarget, nowNs)) {
      if (!breaker.isClosed() || isEverybodys(target, breaker)) {
        turn(breaker);
      }
    } else if (task.probeOfTarget > 0) {
      probeEnded(breaker);
    }
    tellHeard(breaker);
  }

  private void tellHeard(Breaker breaker) {
    if (facts != null && breaker.tellsHeard(nowNs)) {
      AgentGate agent = breaker.agent == null ? null : breaker.agent.gate;
      facts.heard(breaker.target.gate, agent, breaker.heard(nowNs), nowNs);
    }
  }

  // Below the first rung no agent is watched by itself.
  private void judgeLower(TaskEntry task, CallClass end, long ranNs) {
    Ladder ladder = task.target().ladder;
    // A probe is told of also if the ladder was turned off meanwhile: else it would count for good.
    boolean isProbe = task.probeOfTarget != 0;
    Breaker breaker = isProbe ? ladder.breakerAt(task.rung) : ladder.breakerOf(task.rung);
    if (breaker == null || task.late) {
      return;
    }
    if (breaker.ended(end, ranNs, task.probeOfTarget, nowNs)) {
      turn(breaker);
    } else if (task.probeOfTarget > 0) {
      probeEnded(breaker);
    }
    tellHeard(breaker);
    task.probeOfTarget = 0;
  }

  // Still running, and slow already: else a model that hangs would pass for an idle one. Its rung
  // is told no more of it; its agent is told of its end.
  private void judgeLate(TaskEntry task) {
    long ranNs = nowNs - task.startedNs;
    mix(68, task.task().taskId());
    if (task.rung > 0) {
      judgeLower(task, CallClass.OK, ranNs);
    } else {
      judgeTop(task, CallClass.OK, ranNs);
    }
    task.late = true;
  }

  private static boolean isEverybodys(TargetEntry target, Breaker breaker) {
    return breaker.isSlowRung()
        || (breaker.fails() && target.failsForAll() && !isOneAgentsFault(target))
        || (breaker.isSlow() && target.isSlowForAll());
  }

  // One agent that asks for nonsense is cut off by itself; the target stays open for the others. So
  // it is looked at without the agent that fails most, as far as others have called it at all: in
  // the window, or just now, when an outage comes after many good calls.
  private static boolean isOneAgentsFault(TargetEntry target) {
    int failures = 0;
    int calls = 0;
    Breaker worst = target.worstAgents();
    if (worst != null) {
      failures = worst.failures();
      calls = worst.calls();
    }
    int otherCalls = target.breaker.calls() - calls;
    int otherFailures = target.breaker.failures() - failures;
    return otherCalls > 0
        && !target.failsForOthersToo()
        && (long) otherFailures * PERCENT
            < (long) target.settings.breaker().failurePercent() * otherCalls;
  }

  // It opens, or its probes have decided.
  private void turn(Breaker breaker) {
    if (breaker.state() == BreakerState.HALF_OPEN && breaker.isWell()) {
      breaker.close(nowNs);
      changed(breaker, 0);
      return;
    }
    AgentEntry agent = breaker.agent;
    boolean wasClosed = breaker.isClosed();
    long id = idOf(breaker);
    turnUntil(breaker, breaker.open(nowNs, seed, id), id);
    if (agent != null && wasClosed) {
      agent.wasCutOff(nowNs);
      parkWorkOf(agent);
    }
  }

  private void turnUntil(Breaker breaker, long untilNs, long id) {
    remove(breaker.timer);
    timers.add(breaker.timer, untilNs, id);
    changed(breaker, breaker.isClosed() ? 0 : untilNs);
  }

  // Fewer probes may be enough now.
  private void policyChanged(Breaker breaker) {
    if (breaker.isDecided()) {
      turn(breaker);
    } else {
      publish(breaker);
    }
  }

  private void breakerDue(Breaker breaker) {
    AgentEntry agent = breaker.agent;
    if (breaker.forcedUntilNs() != 0) {
      mix(80, idOf(breaker));
      effects.wordOver(breaker.target.gate, agent == null ? null : agent.gate, true);
    }
    if (breaker.isClosed()) {
      breaker.letGo();
      if (agent != null && breaker.isBlank()) {
        forget(breaker);
        order.breakerChanged(agent, breaker.target);
      }
      return;
    }
    breaker.halfOpen(); // also of a rung that is gone: the ladder may come back
    if (agent == null) {
      breaker.target.ladder.forgetRuns(breaker.rung);
    }
    changed(breaker, 0);
  }

  private void changed(Breaker breaker, long untilNs) {
    TargetEntry target = breaker.target;
    AgentEntry agent = breaker.agent;
    mix(63 + breaker.state().ordinal(), idOf(breaker) ^ untilNs);
    if (breaker.rung > 0) {
      effects.rungBreaker(target.gate, breaker.rung, breaker.state(), untilNs);
      effects.breakerTurned(target.gate, null, breaker.memory(nowNs), nowNs);
      order.trialOver(target);
      publish(breaker);
      return;
    }
    AgentGate of = agent == null ? null : agent.gate;
    effects.breaker(target.gate, of, breaker.state(), untilNs);
    effects.breakerTurned(target.gate, of, breaker.memory(nowNs), nowNs);
    order.trialOver(target);
    publish(breaker);
    lookAtAlerts(target);
  }

  private void publish(Breaker breaker) {
    AgentEntry agent = breaker.agent;
    if (agent == null) {
      TargetEntry target = breaker.target;
      if (breaker.rung == 0) {
        publishCutoff(breaker, null, target.closedUntilNs());
      }
      order.targetChanged(target);
      publishRung(target);
    } else {
      publishCutoff(breaker, agent.gate, 0);
      order.breakerChanged(agent, breaker.target);
    }
  }

  private void publishRung(TargetEntry target) {
    if (target.ladder.publish()) {
      int rung = target.ladder.published();
      int below = target.ladder.publishedBelow();
      mix(69, target.gate.index() + ((long) rung << 32) + ((long) below << 40));
      effects.publishRung(target.gate, rung, below);
    }
  }

  // A probe has ended, or was called off, and nothing is decided: as many are let in as may still
  // start. Who waits already may be cut off for another reason, so that is not looked at.
  private void probeEnded(Breaker breaker) {
    if (breaker.state() == BreakerState.HALF_OPEN) {
      publish(breaker);
    }
  }

  private void publishCutoff(Breaker breaker, @Nullable AgentGate agent, long pausedUntilNs) {
    TargetGate target = breaker.target.gate;
    if (breaker.isClosed() && pausedUntilNs == 0) {
      effects.restore(target, agent);
    } else if (breaker.state() == BreakerState.HALF_OPEN && pausedUntilNs == 0) {
      effects.cutOff(target, agent, nowNs, breaker.probesLeft(), false, breaker.trial());
    } else {
      long openUntilNs = breaker.state() == BreakerState.OPEN ? breaker.untilNs() : 0;
      boolean pause = breaker.isClosed() && agent == null && !breaker.target.isHeld();
      effects.cutOff(target, agent, Math.max(openUntilNs, pausedUntilNs), 0, pause, 0);
    }
  }

  private void forget(Breaker breaker) {
    remove(breaker.timer);
    AgentEntry agent = breaker.agent;
    if (agent != null) {
      agent.breaker(breaker.target, null);
      breaker.target.remove(breaker);
      agentBreakers--;
      if (!breaker.isClosed()) {
        effects.restore(breaker.target.gate, agent.gate);
      }
    }
  }

  private void remove(HeapNode<Timer> timer) {
    if (timer.isIn()) {
      timers.remove(timer);
    }
  }

  // Where it stays as it is, which is most of the time, nothing is moved.
  private void setTimer(HeapNode<Timer> timer, long atNs, long id) {
    if (timer.isIn() && timer.key == atNs) {
      return;
    }
    remove(timer);
    if (atNs != NEVER) {
      timers.add(timer, atNs, id);
    }
  }

  // After those of agents.
  private long idOf(Breaker breaker) {
    return breaker.rung == 0
        ? idOf(breaker.target, breaker.agent)
        : idOf(breaker.target, null)
            + 2L * (settings.maxAgents() + breaker.rung) * settings.maxTargets();
  }

  // Below those of tasks and jobs, two for each pair: a target has a pause of its own.
  private long idOf(TargetEntry target, @Nullable AgentEntry agent) {
    long pair = agent == null ? 0 : 1L + agent.gate.index();
    return Long.MIN_VALUE + 2 * (pair * settings.maxTargets() + target.gate.index());
  }

  // ---- parking

  private static long dueNs(TaskEntry task) {
    return Math.min(task.task().startByNs(), task.job().dueNs());
  }

  private static long actionNs(TaskEntry task, Parking.Rule rule) {
    return task.parkedNs + rule.policy().afterNanos();
  }

  private boolean parkIfAsked(TaskEntry task) {
    return parkIfAsked(task, nowNs);
  }

  // Of one that was parked before a crash, it is so since then.
  private boolean parkIfAsked(TaskEntry task, long sinceNs) {
    Parking.Rule rule = Parking.rule(task, nowNs);
    if (rule == null) {
      return false;
    }
    task.asked |= rule.reason() != ParkReason.BUDGET;
    if (!parking.hasRoomFor(task)) {
      return act(task, rule.policy().action(), Unparked.NO_ROOM);
    }
    tellParked(task, rule, sinceNs);
    order.remove(task);
    park(task, rule);
    probeLost(task);
    return true;
  }

  // A further attempt, which has no turn yet.
  private void parkAtBudget(TaskEntry task, long againNs) {
    task.againNs = againNs;
    Parking.Rule rule = Parking.rule(task, nowNs);
    assert rule != null && rule.reason() == ParkReason.BUDGET;
    tellParked(task, rule, nowNs);
    park(task, rule);
  }

  private static int parkedKind(ParkReason reason) {
    return reason == ParkReason.IN_DOUBT ? 135 : 100 + reason.ordinal();
  }

  private void tellParked(TaskEntry task, Parking.Rule rule, long sinceNs) {
    task.parkedNs = sinceNs;
    mix(parkedKind(rule.reason()), task.task().taskId());
    if (facts != null) {
      facts.parked(task.task(), rule.reason(), sinceNs, rule.policy().clockStands(), nowNs);
    }
    effects.parked(task.task(), rule.reason(), rule.policy(), actionNs(task, rule));
  }

  private void tellLetGo(TaskEntry task) {
    if (facts != null) {
      facts.unparked(task.task(), nowNs);
    }
  }

  // Which rung it goes on at, at the highest, is decided before it starts.
  private void goesOnBelow(TaskEntry task, int rung) {
    task.leastRung = rung;
    if (facts != null) {
      facts.fell(task.task(), rung);
    }
  }

  private void publishParking() {
    if (parkingIsFull == parking.hasPlace()) {
      parkingIsFull = !parkingIsFull;
      effects.publishParking(parkingIsFull);
    }
  }

  private void parkWorkOf(AgentEntry agent) {
    if (!agent.isParked(nowNs)) {
      return;
    }
    for (int slot = 0; slot < usedSlots; slot++) {
      TaskEntry task = tasks[slot];
      if (task != null
          && task.agent == agent
          && task.state == TaskEntry.State.WAITING
          && task.attempt == 0
          && !task.isParked()) {
        var _ = parkIfAsked(task);
      }
    }
  }

  private void park(TaskEntry task, Parking.Rule rule) {
    parking.add(task);
    publishParking();
    task.parkedBy = rule;
    task.patientUntilNs = Long.MAX_VALUE;
    if (rule.reason() == ParkReason.BUDGET) {
      task.job().unfunded++;
    }
    task.wasParked = true;
    ledger.park(task.place);
    task.agent().ledger.park(task.placeOfAgent);
    task.target().ledger.park(task.placeOfTarget);
    queue(task, -1);
    waits.publish(task.target());
    lookAtAlerts(task.target());
    if (rule.policy().clockStands()) {
      task.stoodFromNs = nowNs;
      for (JobEntry job = task.job(); job != null; job = job.parent) {
        if (job.standing++ == 0) {
          job.stoodFromNs = nowNs;
          remove(job.timer);
          deadlineMoved(job);
        }
      }
    }
    arm(task);
  }

  // It waits like others from now on, but has no turn yet.
  private void unpark(TaskEntry task, Parking.Rule rule) {
    parking.remove(task);
    publishParking();
    task.parkedBy = null;
    if (rule.reason() == ParkReason.BUDGET) {
      task.job().unfunded--;
    }
    ledger.unpark(task.place, nowNs);
    task.agent().ledger.unpark(task.placeOfAgent, nowNs);
    task.target().ledger.unpark(task.placeOfTarget, nowNs);
    queue(task, 1);
    lookAtAlerts(task.target());
    if (rule.policy().clockStands()) {
      Reservation reservation = task.task();
      if (reservation.startByNs() != Long.MAX_VALUE) {
        reservation.startByNs(reservation.startByNs() + nowNs - task.stoodFromNs);
      }
      for (JobEntry job = task.job(); job != null; job = job.parent) {
        if (--job.standing == 0) {
          job.deadlineNs += nowNs - job.stoodFromNs;
          if (job.open) {
            armDeadline(job);
          }
          deadlineMoved(job);
        }
      }
    }
  }

  private void armDeadline(JobEntry job) {
    if (job.standing == 0) {
      timers.add(job.timer, job.deadlineNs, -1 - job.account.index());
    }
  }

  private void deadlineMoved(JobEntry job) {
    effects.jobDeadline(job.account, job.dueNs(), job.leftNs(nowNs));
    for (TaskEntry task = job.firstTask; task != null; task = task.nextOfJob) {
      if (task.state == TaskEntry.State.WAITING && !task.ended && !task.backsOff) {
        arm(task);
      }
    }
  }

  // The time at which a waiting task's wait is over, one way or another.
  private void arm(TaskEntry task) {
    remove(task.timer);
    Parking.Rule rule = task.parkedBy;
    long atNs = Math.min(dueNs(task), task.patientUntilNs);
    if (rule != null) {
      long actionNs = actionNs(task, rule);
      atNs = rule.policy().clockStands() ? actionNs : Math.min(actionNs, atNs);
    }
    timers.add(task.timer, atNs, task.task().taskId());
  }

  // Answers whether that was its end.
  private boolean act(TaskEntry task, ParkPolicy.Action action, Unparked by) {
    mix(110 + by.ordinal(), task.task().taskId() ^ ((long) action.ordinal() << 48));
    effects.unparked(task.task(), action, by);
    boolean degrades = action == ParkPolicy.Action.DEGRADE && mayDegrade(task);
    if (action != ParkPolicy.Action.RUN && !degrades) {
      end(task, declined(task, by)); // a fact of its own
      return true;
    }
    tellLetGo(task);
    if (degrades) {
      goesOnBelow(task, task.target().settings.degradation().size() - 1);
      task.unpaid = task.task().isUnfunded();
    }
    if (task.parkedBy != null) {
      unpark(task, task.parkedBy);
      goOn(task);
    } else if (degrades) {
      order.move(task);
    }
    return false;
  }

  private static Ending declined(TaskEntry task, Unparked by) {
    Ending last = task.lastEnding;
    if (last != null) {
      return last;
    }
    return task.task().isUnfunded() && by != Unparked.OPERATOR
        ? Ending.CANCELLED_BUDGET
        : Ending.CANCELLED_DECLINED;
  }

  private static boolean mayDegrade(TaskEntry task) {
    if (!task.task().isDegradable() || !task.target().ladder.isOn()) {
      return false;
    }
    DegradationPolicy ladder = task.target().settings.degradation();
    return !task.task().isUnfunded() || ladder.isStatic(ladder.size() - 1);
  }

  private void goOn(TaskEntry task) {
    if (task.againNs > nowNs) {
      remove(task.timer);
      backOff(task, task.againNs);
      return;
    }
    enter(task);
    if (dueNs(task) < nowNs) {
      boolean byTtl = task.task().startByNs() <= task.job().dueNs();
      end(task, byTtl ? Ending.EXPIRED_TTL : Ending.EXPIRED_JOB);
    } else {
      waits.publish(task.target());
    }
  }

  // ---- inputs: an operator's words

  @Override
  public boolean decide(long stampNs, long taskId, ParkPolicy.Action action) {
    advance(stampNs);
    if (recorder != null) {
      var _ = recorder.decide(nowNs, taskId, action);
    }
    TaskEntry task = parking.find(taskId);
    if (task == null || (action == ParkPolicy.Action.RUN && isToBeFunded(task))) {
      return false;
    }
    var _ = act(task, action, Unparked.OPERATOR);
    pump();
    return true;
  }

  @Override
  public boolean holdAgent(long stampNs, AgentGate gate, long untilNs) {
    advance(stampNs);
    if (recorder != null) {
      var _ = recorder.holdAgent(nowNs, gate, untilNs);
    }
    AgentEntry agent = registered(gate);
    if (agent == null) {
      return false;
    }
    if (agent.hold == null) {
      agent.hold = new Hold(agent, null, HOLD_IDS + 1 + gate.index());
    }
    if (untilNs == 0) {
      agent.forgetCutOffs();
    }
    set(agent.hold, untilNs);
    agentHeld(agent);
    if (agent.isHeld()) {
      probesLost(agent);
    }
    pump();
    return true;
  }

  private void agentHeld(AgentEntry agent) {
    agent.freeNs = nowNs;
    effects.held(agent.gate, null, Hold.untilNs(agent.hold));
    order.agentChanged(agent);
  }

  private void targetHeld(TargetEntry target) {
    target.freeNs = nowNs;
    effects.held(null, target.gate, Hold.untilNs(target.hold));
    publish(target.breaker);
  }

  @Override
  public boolean holdTarget(long stampNs, TargetGate gate, long untilNs) {
    advance(stampNs);
    if (recorder != null) {
      var _ = recorder.holdTarget(nowNs, gate, untilNs);
    }
    TargetEntry target = registered(gate);
    if (target == null) {
      return false;
    }
    if (target.hold == null) {
      target.hold = new Hold(null, target, HOLD_IDS + 1 + settings.maxAgents() + gate.index());
    }
    set(target.hold, untilNs);
    targetHeld(target);
    pump();
    return true;
  }

  private @Nullable AgentEntry registered(AgentGate gate) {
    AgentEntry agent = agents[gate.index()];
    return agent == null || agent.gate != gate || agent.removed ? null : agent;
  }

  private @Nullable TargetEntry registered(TargetGate gate) {
    TargetEntry target = targets[gate.index()];
    return target == null || target.gate != gate || target.removed ? null : target;
  }

  @Override
  public void holdAll(long stampNs, int lowest, boolean starts, long untilNs) {
    advance(stampNs);
    if (recorder != null) {
      recorder.holdAll(nowNs, lowest, starts, untilNs);
    }
    set(holdOfAll, untilNs);
    boolean wereHeld = startsAreHeld;
    startsAreHeld = untilNs != 0 && !starts;
    startsFreeNs = wereHeld && !startsAreHeld ? nowNs : startsFreeNs;
    mix(79, lowest);
    lowestAdmitted = untilNs == 0 ? Priority.BACKGROUND.ordinal() : lowest;
    effects.admissions(lowestAdmitted, !startsAreHeld, untilNs);
    pump();
  }

  private void set(Hold hold, long untilNs) {
    remove(hold.timer);
    hold.untilNs = untilNs;
    if (untilNs != 0) {
      timers.add(hold.timer, untilNs, hold.id);
    }
    mix(78, hold.id ^ untilNs);
  }

  private void holdOver(Hold hold) {
    mix(80, hold.id);
    effects.wordOver(
        hold.target == null ? null : hold.target.gate,
        hold.agent == null ? null : hold.agent.gate,
        false);
    if (hold.agent != null) {
      agentHeld(hold.agent);
    } else if (hold.target != null) {
      targetHeld(hold.target);
    } else {
      startsFreeNs = startsAreHeld ? nowNs : startsFreeNs;
      startsAreHeld = false;
      lowestAdmitted = Priority.BACKGROUND.ordinal();
      effects.admissions(lowestAdmitted, true, 0);
    }
  }

  @Override
  public Forced forceBreaker(
      long stampNs, TargetGate gate, @Nullable AgentGate agentGate, boolean open, long untilNs) {
    advance(stampNs);
    if (recorder != null) {
      var _ = recorder.forceBreaker(nowNs, gate, agentGate, open, untilNs);
    }
    TargetEntry target = registered(gate);
    AgentEntry agent = agentGate == null ? null : registered(agentGate);
    if (target == null || (agentGate != null && agent == null)) {
      return Forced.REMOVED;
    }
    Breaker breaker = breakerFor(agent, target, 0);
    if (breaker == null) {
      return Forced.NO_ROOM;
    }
    long id = idOf(target, agent);
    mix(81, id ^ untilNs);
    if (open) {
      breaker.forceOpen(untilNs);
    } else {
      breaker.forceClosed(nowNs, untilNs);
    }
    turnUntil(breaker, untilNs, id);
    pump();
    return Forced.DONE;
  }

  @Override
  public void breakerCarried(
      long stampNs, TargetGate gate, @Nullable AgentGate agentGate, BreakerMemory memory) {
    advance(stampNs);
    if (recorder != null) {
      recorder.breakerCarried(nowNs, gate, agentGate, memory);
    }
    TargetEntry target = registered(gate);
    AgentEntry agent = agentGate == null ? null : registered(agentGate);
    if (target == null || (agentGate != null && agent == null)) {
      return;
    }
    Breaker breaker = breakerFor(agent, target, memory.rung());
    if (breaker == null || !breaker.mayGoOn(memory)) {
      return;
    }
    long dueNs = breaker.goOn(memory, nowNs);
    long id = idOf(breaker);
    mix(136, id ^ memory.untilNs());
    if (dueNs != 0) {
      turnUntil(breaker, dueNs, id);
    }
    pump();
  }

  @Override
  public void heardCarried(
      long stampNs, TargetGate gate, @Nullable AgentGate agentGate, HeardMemory memory) {
    advance(stampNs);
    if (recorder != null) {
      recorder.heardCarried(nowNs, gate, agentGate, memory);
    }
    TargetEntry target = registered(gate);
    AgentEntry agent = agentGate == null ? null : registered(agentGate);
    if (target == null || (agentGate != null && agent == null)) {
      return;
    }
    Breaker breaker = breakerFor(agent, target, memory.rung());
    if (breaker == null) {
      return;
    }
    breaker.goOn(memory, nowNs);
    mix(139, idOf(breaker) ^ ((long) breaker.failures() << 32) ^ breaker.calls());
    if (agent != null && breaker.isBlank()) {
      forget(breaker);
      order.breakerChanged(agent, target);
    }
  }

  @Override
  public void targetCarried(long stampNs, TargetGate gate, TargetMemory what, long value) {
    advance(stampNs);
    if (recorder != null) {
      recorder.targetCarried(nowNs, gate, what, value);
    }
    TargetEntry target = registered(gate);
    if (target == null) {
      return;
    }
    mix(138, value ^ ((long) what.ordinal() << 62));
    switch (what) {
      case LIMIT -> {
        target.limit.goOn(target.settings.concurrency(), mostAt(target), value);
        tellPermits(target);
        order.targetChanged(target);
      }
      case PAUSE -> {
        long untilNs = Math.min(value, nowNs + target.settings.maxPauseNanos());
        if (untilNs > Math.max(nowNs, target.pausedUntilNs)) {
          pauseUntil(target, untilNs);
        }
      }
      case CALLS_A_MINUTE -> saidBefore(target, value, 0);
      case TOKENS_A_MINUTE -> saidBefore(target, 0, value);
    }
    pump();
  }

  private void saidBefore(TargetEntry target, long callsPerMinute, long tokensPerMinute) {
    PacePolicy policy = target.settings.pace();
    if (policy.isOn()) {
      if (target.pace.goesOn(policy, callsPerMinute, tokensPerMinute)) {
        limitChanged(target);
      }
      armPace(target);
      order.targetChanged(target);
    }
  }

  @Override
  public void cutOffsCarried(long stampNs, AgentGate gate, long[] atNs) {
    advance(stampNs);
    if (recorder != null) {
      recorder.cutOffsCarried(nowNs, gate, atNs);
    }
    AgentEntry agent = registered(gate);
    if (agent == null) {
      return;
    }
    for (long each : atNs) {
      agent.wasCutOff(each);
      mix(137, gate.index() ^ each);
    }
    parkWorkOf(agent);
    pump();
  }

  // That which watches it, also if it has to be made; null if nothing is to.
  private @Nullable Breaker breakerFor(@Nullable AgentEntry agent, TargetEntry target, int rung) {
    if (agent == null) {
      return rung < target.settings.degradation().size() ? target.ladder.breakerOf(rung) : null;
    }
    Breaker breaker = agent.breaker(target);
    return breaker == null && agentBreakers < MAX_AGENT_BREAKERS
        ? breakerFor(agent, target)
        : breaker;
  }

  private Breaker breakerFor(AgentEntry agent, TargetEntry target) {
    Breaker breaker = new Breaker(target, agent);
    agent.breaker(target, breaker);
    target.add(breaker);
    agentBreakers++;
    order.breakerChanged(agent, target);
    return breaker;
  }

  // ---- inputs: what a budget covers again

  /**
   * The tasks of a job that are parked since its budget does not cover them, those that were parked
   * first first. Who takes for them at the gates says so by {@link #funded}, at the same time.
   */
  public List<Reservation> unfunded(JobAccount account) {
    JobEntry job = find(account);
    return job == null || job.unfunded == 0 ? List.of() : unfunded(job, null);
  }

  /** Likewise those of an agent, of whatever job: its limit may be what they lack. */
  public List<Reservation> unfunded(AgentGate gate) {
    return unfunded(null, gate);
  }

  /** Likewise all: the limit of all may be what they lack. */
  public List<Reservation> unfunded() {
    return unfunded(null, null);
  }

  private List<Reservation> unfunded(@Nullable JobEntry job, @Nullable AgentGate agent) {
    List<Reservation> found = new ArrayList<>();
    boolean all = job == null && agent == null;
    for (TaskEntry task = parking.first(); task != null; task = task.nextParked) {
      if (isParkedAtBudget(task) && (all || task.job == job || task.agent().gate == agent)) {
        found.add(task.task());
      }
    }
    return found;
  }

  /** The task of that number, if it is parked and its job's budget did not cover it. */
  public @Nullable Reservation unfunded(long taskId) {
    TaskEntry task = parking.find(taskId);
    return task != null && isToBeFunded(task) ? task.task() : null;
  }

  /** Whether it is parked for want of that, so that it goes on as soon as there is enough. */
  public boolean isParkedAtBudget(Reservation reservation) {
    TaskEntry task = find(reservation);
    return task != null && isParkedAtBudget(task);
  }

  // One in doubt is parked for that; once somebody lets it go on, it is to be paid for, too.
  private static boolean isToBeFunded(TaskEntry task) {
    return task.parkedBy != null && task.task().isUnfunded() && !task.unpaid;
  }

  private static boolean isParkedAtBudget(TaskEntry task) {
    return task.parkedBy != null && task.parkedBy.reason() == ParkReason.BUDGET;
  }

  @Override
  public void funded(long stampNs, Reservation reservation) {
    advance(stampNs);
    if (recorder != null) {
      recorder.funded(nowNs, reservation);
    }
    TaskEntry task = find(reservation);
    if (task == null || task.parkedBy == null || !isToBeFunded(task)) {
      throw new IllegalStateException(
          "task " + reservation.taskId() + " was paid for, and is not parked for want of that");
    }
    mix(120, reservation.taskId() ^ ((long) reservation.reservedRung() << 48));
    effects.unparked(reservation, ParkPolicy.Action.RUN, Unparked.FUNDED);
    tellLetGo(task);
    unpark(task, task.parkedBy);
    reservation.fund();
    ledger.fund(reservation);
    task.agent().ledger.fund(reservation);
    task.target().ledger.fund(reservation);
    task.job().reservedTokens += reservation.tokens();
    task.job().reservedMoney.add(reservation.moneyNanos());
    task.leastRung = Math.max(task.leastRung, reservation.reservedRung());
    goOn(task);
    if (!task.ended && task.attempt == 0) {
      var _ = parkIfAsked(task);
    }
    pump();
  }

  @Override
  public void budgetChanged(long stampNs, JobAccount account, long tokens, long moneyNanos) {
    advance(stampNs);
    if (recorder != null) {
      recorder.budgetChanged(nowNs, account, tokens, moneyNanos);
    }
    JobEntry job = find(account);
    if (job != null) {
      job.tokenBudget = tokens;
      job.moneyBudget = moneyNanos;
    } else {
      earlyBudgets.put(account.index(), new EarlyBudget(account, tokens, moneyNanos));
    }
    mix(82, account.index() + 31L * tokens);
    mix(83, moneyNanos);
  }

  @Override
  public void jobReconfigured(long stampNs, JobAccount account, JobSettings settings) {
    advance(stampNs);
    if (recorder != null) {
      recorder.jobReconfigured(nowNs, account, settings);
    }
    JobEntry job = find(account);
    if (job != null) {
      job.park = settings.park();
      if (!settings.parkAtBudget().isOff()) {
        job.parkAtBudget = settings.parkAtBudget();
      }
    }
    mix(122, account.index());
    mix(132, SettingsDigest.of(settings));
  }

  @Override
  public void ratesChanged(long stampNs, JobAccount account, long tokens, long micros) {
    advance(stampNs);
    if (recorder != null) {
      recorder.ratesChanged(nowNs, account, tokens, micros);
    }
    mix(106, account.index() + 31L * tokens);
    mix(107, micros);
  }

  @Override
  public void spendingLimited(long stampNs, SpendingLimits limits) {
    advance(stampNs);
    if (recorder != null) {
      recorder.spendingLimited(nowNs, limits);
    }
    mix(93, limits.tokens());
    mix(94, limits.moneyNanos());
    mix(105, limits.microsPerMinute());
  }

  @Override
  public void rateLimited(long stampNs, long tokensPerMinute, long burstTokens) {
    advance(stampNs);
    if (recorder != null) {
      recorder.rateLimited(nowNs, tokensPerMinute, burstTokens);
    }
    mix(109, tokensPerMinute);
    mix(114, burstTokens);
  }

  @Override
  public void parkingLimited(long stampNs, int maxParked, long maxParkedTokens) {
    advance(stampNs);
    if (recorder != null) {
      recorder.parkingLimited(nowNs, maxParked, maxParkedTokens);
    }
    parking.limit(maxParked, maxParkedTokens);
    mix(127, maxParked);
    mix(128, maxParkedTokens);
    publishParking();
  }

  @Override
  public void retriesSpread(long stampNs, int percent) {
    advance(stampNs);
    if (recorder != null) {
      recorder.retriesSpread(nowNs, percent);
    }
    mix(129, percent);
  }

  // ---- ends

  private void end(TaskEntry task, Ending ending) {
    end(task, ending, false);
  }

  private void end(TaskEntry task, Ending ending, boolean threadEnded) {
    assert !task.ended : "ended twice";
    if (task.isHedge) {
      endHedge(task, threadEnded, false);
      return;
    }
    task.ended = true;
    remove(task.timer);
    if (task.hedge != null) {
      endHedge(task.hedge, false, false);
    }
    Reservation reservation = task.task();
    boolean waiting = task.state == TaskEntry.State.WAITING;
    mix(37 + ending.ordinal(), reservation.taskId());
    if (ending == Ending.COMPLETED) {
      task.target().ladder.answered(task.answeredRung);
    }
    if (!waiting && !task.judged) {
      judge(task, CallClass.CANCELLED, 0, nowNs - task.startedNs);
    }
    wakeWaiters(task);
    effects.end(reservation, ending, waiting, nowNs, waiting ? 0 : nowNs - task.startedNs);
    TargetEntry target = task.target();
    boolean late = isLate(task, ending);
    leave(task, waiting, threadEnded);
    if (late) {
      lookAtAlerts(target);
    }
  }

  private void leave(TaskEntry task, boolean waiting, boolean threadEnded) {
    Reservation reservation = task.task();
    if (waiting) {
      leaveWaiting(task);
      waits.publish(task.target());
      probeLost(task);
      settle(task, 0, 0);
      freeOfJob(task);
    } else if (!threadEnded) {
      switch (task.state) {
        case RUNNING -> {
          if (!task.timedOut) { // else it was told so when its time was over
            effects.stop(reservation);
          }
          if (!task.givenUp) {
            overrunBegins(task, isDeaf(task));
            effects.overrun(reservation, task.target().ledger.overruns);
          }
        }
        case SUSPENDED -> {
          task.stopOnResume = true;
          stopWaiting(task);
          wantPermits(task);
        }
        case RESUMING -> task.stopOnResume = true;
        case LEFT_TO_HEDGE -> freeOfJob(task);
        default -> throw new AssertionError(task.state);
      }
    }
  }

  private void freeOfJob(TaskEntry task) {
    JobEntry job = task.job();
    free(task);
    if (!job.open) {
      retireIfDone(job);
    }
  }

  private void leaveWaiting(TaskEntry task) {
    if (task.parkedBy != null) {
      unpark(task, task.parkedBy);
    } else if (task.backsOff) {
      task.backsOff = false;
    } else {
      order.remove(task);
    }
    ledger.leaveWaiting(task.place);
    task.agent().ledger.leaveWaiting(task.placeOfAgent);
    task.target().ledger.leaveWaiting(task.placeOfTarget);
    queue(task, -1);
  }

  // Who was let in to be a probe will be none, or not soon.
  private void probeLost(TaskEntry task) {
    if (StartOrder.partOf(task) != 0
        || (task.target().ladder.isOn() && task.task().isDegradable())) {
      return; // it needed no probe's permit to come in
    }
    probeEnded(task.target().breaker);
    Breaker ofAgent = task.agent().breaker(task.target());
    if (ofAgent != null) {
      probeEnded(ofAgent);
    }
  }

  // What is held for long must not keep a half-open breaker from its probes: others may be them.
  private void probesLost(AgentEntry agent) {
    for (int slot = 0; slot < usedSlots; slot++) {
      TaskEntry task = tasks[slot];
      if (task != null && task.agent == agent && task.state == TaskEntry.State.WAITING) {
        probeLost(task);
      }
    }
  }

  private void settle(TaskEntry task, long tokens, long moneyNanos) {
    Reservation reservation = task.task();
    ledger.settle(reservation, tokens, moneyNanos, nowNs);
    task.agent().ledger.settle(reservation, tokens, moneyNanos, nowNs);
    task.target().ledger.settle(reservation, tokens, moneyNanos, nowNs);
    JobEntry job = task.job();
    job.reservedTokens -= reservation.tokens();
    job.reservedMoney.subtract(reservation.moneyNanos());
    job.spend(tokens, moneyNanos, nowNs);
  }

  private void tally(TaskEntry task, AttemptReport report, boolean late) {
    ledger.tally.ended(report, late);
    task.agent().ledger.tally.ended(report, late);
    task.target().ledger.tally.ended(report, late);
    task.job().tally.ended(report, late);
    mix(late ? 85 : 84, report.tokens());
  }

  private void givePermitsBack(TaskEntry task) {
    ledger.stopRunning();
    task.agent().ledger.stopRunning();
    task.target().ledger.stopRunning();
    task.target().ladder.run(task.rung, -1);
    order.agentChanged(task.agent());
    order.targetChanged(task.target());
  }

  // Its time was over, and the second after that, too.
  private boolean isDeaf(TaskEntry task) {
    return task.timedOut && nowNs - task.deadlineNs >= GRACE_NS;
  }

  private void overrunBegins(TaskEntry task, boolean lasts) {
    TargetEntry target = task.target();
    ledger.overruns++;
    target.ledger.overruns++;
    if (lasts) {
      task.lasts = true;
      target.ladder.overrun(task.rung, 1);
    } else {
      // Each cancelled call is one, until its thread has heard of that: a rung is left only for
      // those that go on.
      timers.add(task.timer, nowNs + GRACE_NS, task.task().taskId());
    }
    overrunsChanged(target);
  }

  private void overrunEnds(TaskEntry task) {
    TargetEntry target = task.target();
    ledger.overruns--;
    target.ledger.overruns--;
    remove(task.timer);
    target.ladder.overrun(task.rung, task.lasts ? -1 : 0);
    task.lasts = false;
    overrunsChanged(target);
  }

  private void overrunsChanged(TargetEntry target) {
    boolean shut =
        target.overruns() >= target.settings.overrunLimit()
            || (target.ladder.isOn() && target.isFullOfOverruns());
    boolean changed = shut != target.shut;
    target.shut = shut;
    if (changed || target.ladder.isOn()) {
      order.targetChanged(target);
    }
    if (target.ladder.isOn()) {
      publishRung(target); // first: who comes as it opens is to be served by what serves then
    }
    if (changed) {
      if (shut) {
        effects.shut(target.gate, Refusal.TARGET_OVERRUN);
      } else {
        effects.open(target.gate);
      }
      lookAtAlerts(target);
    }
  }

  // A task begins to wait for a permit, or no longer does.
  private void queue(TaskEntry task, int change) {
    TargetEntry target = task.target();
    target.queue(task, change, nowNs);
    if (change < 0 && target.queuedNew() == 0 && target.alerts.isOn(AlertKind.QUEUE_STANDS)) {
      lookAtAlerts(target); // it is over, whether anything starts there or not
    }
    if (task.startClass == StartClass.NEW) {
      AgentEntry agent = task.agent();
      agent.queuedNew += change;
      waits.publish(agent);
    }
  }

  // ---- tables

  private TaskEntry allocate() {
    if (freeCount > 0) {
      TaskEntry task = tasks[freeSlots[--freeCount]];
      assert task != null;
      return task;
    }
    TaskEntry task = new TaskEntry(usedSlots);
    tasks[usedSlots++] = task;
    return task;
  }

  private void free(TaskEntry task) {
    if (task.isHedge) {
      hedges--;
    }
    task.job().remove(task);
    task.task().slot(-1);
    task.clear();
    freeSlots[freeCount++] = task.slot;
  }

  private @Nullable TaskEntry find(Reservation reservation) {
    int slot = reservation.slot();
    TaskEntry task = slot < 0 ? null : tasks[slot];
    return task != null && task.reservation == reservation ? task : null;
  }

  private @Nullable JobEntry find(JobAccount account) {
    JobEntry job = jobs[account.index()];
    return job != null && job.account == account ? job : null;
  }

  private void mix(int what, long value) {
    long h = (digest ^ (nowNs + what)) * 0xBF58476D1CE4E5B9L;
    digest = (Long.rotateLeft(h, 27) ^ value) * 0x94D049BB133111EBL;
  }

  // ---- to see

  /** A rolling hash of every input and decision so far, with its time. */
  public long digest() {
    return digest;
  }

  /** Logical time: that of the last input or timer. */
  public long nowNs() {
    return nowNs;
  }

  /** Whether nothing waits, runs or is suspended. */
  public boolean isIdle() {
    return usedSlots == freeCount;
  }

  /** The figures of all together. */
  public Ledger ledger() {
    return ledger;
  }

  /** The figures of one agent, or null if it is not registered. */
  public @Nullable Ledger ledgerOf(AgentGate gate) {
    AgentEntry agent = agents[gate.index()];
    return agent == null || agent.gate != gate ? null : agent.ledger;
  }

  /** The figures of one target, or null if it is not registered. */
  public @Nullable Ledger ledgerOf(TargetGate gate) {
    TargetEntry target = targets[gate.index()];
    return target == null || target.gate != gate ? null : target.ledger;
  }

  /** The first rung of a target's ladder that serves; as many as there are if none does. */
  public int rungOf(TargetGate gate) {
    TargetEntry target = targets[gate.index()];
    return target == null || target.gate != gate ? 0 : target.ladder.serving();
  }

  /** Tasks that completed on a rung of a target's ladder. */
  public long answersOf(TargetGate gate, int rung) {
    TargetEntry target = targets[gate.index()];
    return target == null || target.gate != gate ? 0 : target.ladder.answers(rung);
  }

  /** How many attempts may run at once at the target's first rung, by its adaptive limit. */
  public int permitsOf(TargetGate gate) {
    TargetEntry target = targets[gate.index()];
    return target == null || target.gate != gate
        ? AgentSettings.UNLIMITED
        : target.limit.permits(target.settings.concurrency());
  }

  /** What an operator says of all admissions, as {@link #holdAll}; else the last of all bands. */
  public int lowestAdmitted() {
    return lowestAdmitted;
  }

  /** How many of the keys of {@link LevelWord} a target lets in. */
  public int levelOf(TargetGate gate) {
    TargetEntry target = targets[gate.index()];
    return target == null || target.gate != gate ? LevelWord.ALL : target.level.level();
  }

  /** What a target's pace is, and what it has learned. */
  public Snapshot.Pace paceOf(TargetGate gate) {
    TargetEntry target = targets[gate.index()];
    if (target == null || target.gate != gate || !target.settings.pace().isOn()) {
      return Snapshot.Pace.NONE;
    }
    return new Snapshot.Pace(
        target.pace.perMinute(target.settings.pace()),
        target.pace.limitPerMinute(),
        target.pace.isOfTokens());
  }

  /** What a job has reserved and spent by now, or null if it is not known or retired. */
  public @Nullable Spending spendingOf(JobAccount account) {
    JobEntry job = find(account);
    return job == null ? null : job.spending(nowNs);
  }

  /** Whether a target is cut off for everybody, as a snapshot says it. */
  public String breakerOf(TargetGate gate) {
    TargetEntry target = targets[gate.index()];
    if (target == null || target.gate != gate) {
      return BreakerState.CLOSED.name();
    }
    if (target.isHeld()) {
      return "HELD";
    }
    return target.breaker.isClosed() && target.isPaused()
        ? "PAUSED"
        : target.breaker.state().name();
  }

  /** The targets from which an agent is cut off, by index. */
  public List<String> cutOffFrom(AgentGate gate) {
    AgentEntry agent = agents[gate.index()];
    List<String> targets = new ArrayList<>();
    for (int i = 0; agent != null && agent.gate == gate && i < agent.breakerSlots(); i++) {
      Breaker breaker = agent.breakerAt(i);
      if (breaker != null && !breaker.isClosed()) {
        targets.add(breaker.target.gate.id());
      }
    }
    return targets;
  }

  /** What is amiss with an agent's spending. */
  public List<String> alertsOf(AgentGate gate) {
    AgentEntry agent = agents[gate.index()];
    BurnMeter burn = agent == null || agent.gate != gate ? null : agent.burn;
    return burn != null && burn.isBurning() ? List.of("BURN_RATE") : List.of();
  }

  /** What is amiss with a target. */
  public List<String> alertsOf(TargetGate gate) {
    TargetEntry target = targets[gate.index()];
    List<String> alerts = new ArrayList<>();
    if (target != null && target.gate == gate) {
      if (target.usageAlert) {
        alerts.add("USAGE_MISSING");
      }
      for (AlertKind kind : TargetAlerts.KINDS) {
        if (target.alerts.isOn(kind) || target.isAmiss(kind, nowNs)) {
          alerts.add(kind.name());
        }
      }
    }
    return alerts;
  }

  /**
   * Visits what estimates have learned and admission uses: of targets by index, then of agents. As
   * many as there are targets, and {@value #MAX_AGENT_OUTPUTS} at most.
   */
  public void forEachLearned(LearnedVisitor each) {
    for (int i = 0; i < usedTargets; i++) {
      TargetEntry target = targets[i];
      if (target != null) {
        visit(target.output, null, each);
      }
    }
    int left = agentOutputs;
    for (int i = 0; i < usedAgents && left > 0; i++) {
      AgentEntry agent = agents[i];
      for (int at = 0; agent != null && at < agent.outputSlots(); at++) {
        LearnedOutput output = agent.outputAt(at);
        if (output != null) {
          left--;
          visit(output, agent.gate, each);
        }
      }
    }
  }

  private static void visit(LearnedOutput output, @Nullable AgentGate agent, LearnedVisitor each) {
    if (output.tokens() != 0) {
      each.accept(output.target.gate, agent, output.tokens(), output.calls());
    }
  }

  /** Visits the agents that are registered, or still have live tasks, by index. */
  public void forEachAgent(BiConsumer<AgentGate, Ledger> each) {
    for (int i = 0; i < usedAgents; i++) {
      AgentEntry agent = agents[i];
      if (agent != null && (!agent.removed || agent.ledger.live > 0)) {
        each.accept(agent.gate, agent.ledger);
      }
    }
  }

  /** Visits the targets that are registered, or still have live tasks, by index. */
  public void forEachTarget(BiConsumer<TargetGate, Ledger> each) {
    for (int i = 0; i < usedTargets; i++) {
      TargetEntry target = targets[i];
      if (target != null && (!target.removed || target.ledger.live > 0)) {
        each.accept(target.gate, target.ledger);
      }
    }
  }

  /** How many places of agents were ever used. */
  public int agentPlaces() {
    return usedAgents;
  }

  /** Whose place it is, if anybody's: of one that was removed too, until it is forgotten. */
  public @Nullable AgentGate agentAt(int place) {
    AgentEntry agent = agents[place];
    return agent == null ? null : agent.gate;
  }

  /** How many places of targets were ever used. */
  public int targetPlaces() {
    return usedTargets;
  }

  /** As {@link #agentAt}. */
  public @Nullable TargetGate targetAt(int place) {
    TargetEntry target = targets[place];
    return target == null ? null : target.gate;
  }

  /** Whether nothing starts any more. */
  public boolean isHalted() {
    return halted;
  }

  /** Until when an operator holds an agent's work up; 0 if nobody does. */
  public long heldUntilNs(AgentGate gate) {
    AgentEntry agent = agents[gate.index()];
    return agent == null || agent.gate != gate ? 0 : Hold.untilNs(agent.hold);
  }

  /** Until when an operator holds up what a target is asked for; 0 if nobody does. */
  public long heldUntilNs(TargetGate gate) {
    TargetEntry target = targets[gate.index()];
    return target == null || target.gate != gate ? 0 : Hold.untilNs(target.hold);
  }

  /** Until when an operator's word on all admissions holds; 0 if there is none. */
  public long heldUntilNs() {
    return Hold.untilNs(holdOfAll);
  }

  /** Until when the first of an agent's breakers is as an operator forced it; 0 if none is. */
  public long forcedUntilNs(AgentGate gate) {
    AgentEntry agent = agents[gate.index()];
    long first = 0;
    for (int i = 0; agent != null && agent.gate == gate && i < agent.breakerSlots(); i++) {
      Breaker breaker = agent.breakerAt(i);
      long untilNs = breaker == null ? 0 : breaker.forcedUntilNs();
      first = first == 0 || (untilNs != 0 && untilNs < first) ? untilNs : first;
    }
    return first;
  }

  /** Until when a target's own breaker is as an operator forced it; 0 if it is not. */
  public long forcedUntilNs(TargetGate gate) {
    TargetEntry target = targets[gate.index()];
    return target == null || target.gate != gate ? 0 : target.breaker.forcedUntilNs();
  }

  /** Visits the parked tasks, those that were parked first first. */
  public void forEachParked(ParkedVisitor each) {
    for (TaskEntry task = parking.first(); task != null; task = task.nextParked) {
      visit(task, each);
    }
  }

  /**
   * Visits some of them, and goes on behind those the next time: a look at all of very many is not
   * to hold everybody up. Who is parked all the while is seen once; who comes or goes meanwhile may
   * be seen, and twice if it is parked again.
   *
   * @param look new at the first time
   * @param max as many at most
   * @return whether there may be more, and the look is to go on to its end
   */
  public boolean lookAtParked(ParkedLook look, int max, ParkedVisitor each) {
    for (int i = 0; i < max; i++) {
      TaskEntry task = parking.next(look);
      if (task == null) {
        return false;
      }
      visit(task, each);
    }
    return true;
  }

  private static void visit(TaskEntry task, ParkedVisitor each) {
    Parking.Rule rule = task.parkedBy;
    assert rule != null;
    each.accept(task.task(), rule.reason(), rule.policy(), task.parkedNs, actionNs(task, rule));
  }

  /** Attempts that lent their permits. */
  public int suspended() {
    return suspended;
  }

  /** Jobs that are not retired. */
  public int openJobs() {
    return openJobs;
  }

  /** How long the task that waits longest, in the order of admission, has waited. */
  public long oldestWaitNs() {
    return ledger.waiting == 0 ? 0 : Math.max(0, nowNs - ledger.oldestAdmittedNs());
  }
}
