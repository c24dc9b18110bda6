package io.headgate.simulation;

import io.headgate.AgentSettings;
import io.headgate.AlertKind;
import io.headgate.CallClass;
import io.headgate.Estimate;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.ParkPolicy;
import io.headgate.ParkReason;
import io.headgate.Price;
import io.headgate.Priority;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Spending;
import io.headgate.SpendingLimits;
import io.headgate.TargetSettings;
import io.headgate.Task;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Cutoff;
import io.headgate.admission.Gates;
import io.headgate.admission.JobAccount;
import io.headgate.admission.JobLimits;
import io.headgate.admission.LevelWord;
import io.headgate.admission.LimitLines;
import io.headgate.admission.OutputEstimates;
import io.headgate.admission.Refusals;
import io.headgate.admission.Registrar;
import io.headgate.admission.Reservation;
import io.headgate.admission.SpendingAccount;
import io.headgate.admission.TakenAgain;
import io.headgate.admission.TargetGate;
import io.headgate.admission.Trial;
import io.headgate.engine.BreakerMemory;
import io.headgate.engine.BreakerState;
import io.headgate.engine.Effects;
import io.headgate.engine.Ending;
import io.headgate.engine.Engine;
import io.headgate.engine.EngineRecorder;
import io.headgate.engine.TargetMemory;
import io.headgate.engine.Unparked;
import io.headgate.recovery.Outbox;
import io.headgate.recovery.Past;
import io.headgate.recovery.RecoveryRecorder;
import io.headgate.recovery.Reopening;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The real gates and the real engine in virtual time, and around them the shell that is made of
 * threads in the runtime: submitters, ring, dispatcher, attempts. What the shell does follows the
 * runtime step by step, since the order of steps is what is to be tested.
 */
final class VirtualHeadgate implements Effects, Registrar {
  private static final int BATCH = 256;
  private static final long TURN_NS = 400;
  private static final long INPUT_NS = 250;
  private static final long WAKE_NS = 5_000;
  private static final long YIELD_NS = 1_000;
  private static final int BUDGET_RACES = 8;
  private static final long RETRY_NS = 1_000_000;

  /** What a submission comes to: a task, or a refusal. */
  record Answer(@Nullable VirtualTask task, @Nullable Refused<?> refused) {}

  /** What a task asks for. */
  record Ask(
      AgentGate agent,
      TargetGate target,
      Demand demand,
      Priority priority,
      long ttlNs,
      long arguments,
      boolean degradable,
      boolean wrapsUp,
      boolean idempotent) {
    /** In the middle band, for as long as it takes, without arguments. */
    static Ask of(AgentGate agent, TargetGate target, Demand demand) {
      return new Ask(
          agent,
          target,
          demand,
          Priority.NORMAL,
          Long.MAX_VALUE,
          Task.NO_ARGUMENTS,
          true,
          false,
          false);
    }

    Ask wrapUp() {
      return new Ask(
          agent, target, demand, priority, ttlNs, arguments, degradable, true, idempotent);
    }
  }

  final World world;
  final HeadgateSettings settings;
  final Gates gates;
  final Engine engine;
  final VirtualRing ring;
  private final Witness witness;
  private final @Nullable EngineRecorder journal;

  // The same if it is one to recover from, and what waits for it.
  private final @Nullable RecoveryRecorder recorder;
  private final @Nullable Outbox<VirtualAttempt> outbox;
  final VirtualJobs jobs = new VirtualJobs();
  private final int timerSteps;
  private final int maxJobs;
  private final Deque<Integer> freeJobIndexes = new ArrayDeque<>();
  private final List<Actor> toWake = new ArrayList<>();
  private final List<VirtualTask> done = new ArrayList<>();
  private final List<JobAccount> freed = new ArrayList<>();
  private final LimitLines lines = new LimitLines();
  private int usedJobIndexes;
  private int jobPlaces;
  private long jobsMade;
  private boolean parked = true;
  private Agenda.@Nullable Entry nextTurn;
  private long parks;
  private long advancedNs;
  private long applied = -1;
  private boolean halted;

  /**
   * @param timerSteps in how many steps timers are advanced to an input's stamp: the answer must
   *     not depend on it
   */
  VirtualHeadgate(
      World world, HeadgateSettings settings, int room, Witness witness, int timerSteps) {
    this(world, settings, room, witness, timerSteps, null);
  }

  /** The same, written down if there is what does so. */
  VirtualHeadgate(
      World world,
      HeadgateSettings settings,
      int room,
      Witness witness,
      int timerSteps,
      @Nullable EngineRecorder journal) {
    this.journal = journal;
    recorder = journal instanceof RecoveryRecorder recovering ? recovering : null;
    outbox =
        recorder == null
            ? null
            : new Outbox<>(
                recorder, VirtualAttempt::launch, VirtualAttempt::isStopped, Runnable::run);
    this.world = world;
    this.settings = settings;
    this.witness = witness;
    this.timerSteps = timerSteps;
    this.maxJobs = settings.maxJobs();
    gates = new Gates(settings, world);
    engine = new Engine(settings, world.seed, this, journal);
    ring = new VirtualRing(world, room, this::published);
  }

  // ---- submission, on an actor

  Answer submit(VirtualJob job, Ask ask, @Nullable VirtualAttempt caller, VirtualCall call) {
    Answer answer;
    world.entered();
    try {
      answer = submitted(job, ask, caller, call);
    } finally {
      world.left();
    }
    Refused<?> refused = answer.refused();
    if (refused != null && refused.reason() == Refusal.LOOP && job.isLoopedOut()) {
      world.hit(FaultPoint.LOOPED_OUT);
      closeJob(job);
    }
    return answer;
  }

  private Answer submitted(
      VirtualJob job, Ask ask, @Nullable VirtualAttempt caller, VirtualCall call) {
    AgentGate agent = ask.agent();
    TargetGate target = ask.target();
    long now = coarseNs();
    long startByNs = ask.ttlNs() == Long.MAX_VALUE ? Long.MAX_VALUE : now + ask.ttlNs();
    int rung = target.rungFor(agent, ask.degradable());
    for (int race = 0; ; race++) {
      Price price = target.priceAt(rung);
      boolean free = target.settings().degradation().isStatic(rung);
      Estimate estimate = ask.demand().estimate();
      long output = free ? 0 : gates.outputCap(estimate, agent, target, job, price, ask.wrapsUp());
      long input = free ? 0 : estimate.inputTokens();
      long money = price.costNanos(input, output);
      Refused<?> refused =
          gates.test(
              agent,
              target,
              job,
              ask.priority(),
              caller,
              ask.arguments(),
              input + output,
              money,
              now,
              startByNs,
              job.deadlineNs(),
              ask.degradable(),
              ask.wrapsUp());
      if (refused == null) {
        VirtualTask task = task(job, ask, caller, call, rung, input, output, money, now, startByNs);
        refused = take(task, caller, now);
        if (refused == null) {
          return new Answer(task, null);
        }
      }
      if (!Gates.isBudget(refused)
          || race == BUDGET_RACES
          || output <= ask.demand().estimate().minOutputTokens()
          || gates.outputCap(estimate, agent, target, job, price, ask.wrapsUp()) >= output) {
        // What the job's money does not cover, a cheaper rung may be; but who is to be asked at its
        // end is asked before an answer is given that costs nothing.
        boolean parks = gates.parksAtBudget(job, refused);
        if (Gates.isBudget(refused)
            && ask.degradable()
            && rung < lastRung(target)
            && !(parks && target.settings().degradation().isStatic(rung + 1))) {
          gates.forget(refused.reason(), agent, target);
          rung++;
          race = -1;
          continue;
        }
        if (parks) {
          gates.forget(refused.reason(), agent, target);
          int serving = target.rungFor(agent, ask.degradable());
          Price full = target.priceAt(serving);
          long cap = gates.outputCap(estimate, agent, target, job, full, ask.wrapsUp());
          long cost = full.costNanos(estimate.inputTokens(), cap);
          VirtualTask task =
              task(
                  job,
                  ask,
                  caller,
                  call,
                  serving,
                  estimate.inputTokens(),
                  cap,
                  cost,
                  now,
                  startByNs);
          task.unfund();
          refused = take(task, caller, now);
          if (refused == null) {
            world.hit(FaultPoint.PARKED_AT_BUDGET);
            return new Answer(task, null);
          }
        }
        witness.refused(
            new Witness.Rejection(
                job,
                agent,
                target,
                caller,
                ask.arguments(),
                input + output,
                money,
                ask.degradable(),
                now,
                refused));
        return new Answer(null, refused);
      }
      gates.forget(refused.reason(), agent, target);
    }
  }

  private VirtualTask task(
      VirtualJob job,
      Ask ask,
      @Nullable VirtualAttempt caller,
      VirtualCall call,
      int rung,
      long input,
      long output,
      long money,
      long now,
      long startByNs) {
    var task =
        new VirtualTask(
            ask.agent(),
            ask.target(),
            job,
            ask.priority(),
            caller == null ? 0 : caller.childDepth(),
            ask.arguments(),
            input,
            output,
            money,
            now,
            startByNs,
            call);
    if (caller != null) {
      task.partOf = caller.trial();
      task.handedOn = caller.handsOn();
    }
    task.reserveAt(rung, ask.degradable());
    if (ask.wrapsUp()) {
      world.hit(FaultPoint.WRAP_UP);
      task.setWrapsUp();
    }
    if (ask.idempotent()) {
      task.setIdempotent();
    }
    if (call instanceof KeptCall kept && kept.isInDoubt()) {
      task.setInDoubt();
    }
    return task;
  }

  private @Nullable Refused<?> take(VirtualTask task, @Nullable VirtualAttempt caller, long now) {
    Refused<?> refused = gates.tryTake(task, caller, now);
    if (refused == null) {
      witness.taken(task, caller);
      if (ring.tryAdmit(task)) {
        return null;
      }
      witness.givingBack(task, caller);
      refused = gates.giveBackAll(task, caller, Refusal.RING_FULL, now);
    }
    if (gates.isGivenBack()) {
      published(); // it may be just this for which somebody is parked
    }
    return refused;
  }

  private static int lastRung(TargetGate target) {
    return target.settings().degradation().size() - 1;
  }

  // A submitter's time may be a turn of the dispatcher old.
  private long coarseNs() {
    if (!parked && world.strikes(world.faults.yieldShare())) {
      world.hit(FaultPoint.STALE_CLOCK);
      return Math.max(advancedNs, world.nanoTime() - world.upTo(world.faults.maxYieldNs()));
    }
    return world.nanoTime();
  }

  void cancel(VirtualTask task) {
    if (!task.isDone() && !task.cancelled) {
      task.cancelled = true;
      Input input = ring.claim(Input.Kind.TASK_CANCELLED);
      input.task = task;
      ring.publish(input);
    }
  }

  // ---- jobs, on an actor

  /** Opens a job, or answers why not. */
  Object openJob(JobSettings asked, @Nullable VirtualJob parent) {
    return openJob(null, asked, parent);
  }

  /** The same, by an id. */
  Object openJob(@Nullable String id, JobSettings asked, @Nullable VirtualJob parent) {
    world.entered();
    try {
      return opened(id, asked, parent);
    } finally {
      world.left();
    }
  }

  private Object opened(@Nullable String id, JobSettings asked, @Nullable VirtualJob parent) {
    if (id != null) {
      VirtualJob known = jobs.find(id);
      if (known != null && !known.isClosed()) {
        return known;
      }
      if (known != null || jobs.isRemembered(id, world.nanoTime())) {
        return Refusals.of(Refusal.JOB_CLOSED);
      }
    }
    if (gates.waitingRoom().isClosed()) {
      return Refusals.of(Refusal.CLOSED);
    }
    if (parent != null && parent.isClosed()) {
      return Refusals.of(Refusal.JOB_CLOSED);
    }
    if (!ring.hasRoom()) {
      return Refusals.of(Refusal.RING_FULL, RETRY_NS);
    }
    if (gates.isJournalBehind()) {
      return Refusals.of(Refusal.JOURNAL_BEHIND, RETRY_NS);
    }
    if (jobPlaces >= maxJobs) {
      return Refusals.of(Refusal.JOBS_FULL, RETRY_NS);
    }
    jobPlaces++;
    JobSettings settings = asked;
    if (parent != null) {
      world.hit(FaultPoint.SUB_JOB);
      settings = parent.inherit(asked);
      JobAccount.Reserve reserve = parent.tryCarve(settings);
      if (reserve != JobAccount.Reserve.DONE) {
        if (reserve == JobAccount.Reserve.MONEY) {
          gates.noteGivenBack();
        }
        jobPlaces--;
        return Refusals.of(Gates.refusalOf(reserve));
      }
    }
    long deadlineNs = world.nanoTime() + settings.deadline().toNanos();
    if (parent != null) {
      deadlineNs = Math.min(deadlineNs, parent.deadlineNs());
    }
    Integer index = freeJobIndexes.poll();
    var job =
        new VirtualJob(
            id, jobsMade++, index != null ? index : usedJobIndexes++, parent, settings, deadlineNs);
    jobs.add(job);
    witness.jobMade(job);
    // Openers take a lock in the runtime: none is held up between its slot and its publication.
    publishAtOnce(Input.Kind.JOB_OPENED, job);
    return job;
  }

  /**
   * Opens what a crash left open, before anybody else can, and finds limits as used as they were.
   *
   * @param epochNs the time of day
   */
  void reopen(Past past, long epochNs) {
    long nowNs = world.nanoTime();
    past.usedByAll().carryInto(gates, nowNs, epochNs);
    Reopening.Table<VirtualJob> table = jobs.table(maxJobs, this::make);
    for (VirtualJob job : Reopening.reopen(past, epochNs, nowNs, table)) {
      jobs.reopened(job);
      publishAtOnce(Input.Kind.JOB_OPENED, job);
    }
  }

  private VirtualJob make(Past.PastJob past, @Nullable VirtualJob parent, long deadlineNs) {
    jobPlaces++;
    return new VirtualJob(
        past.id(), jobsMade++, usedJobIndexes++, parent, past.settings(), deadlineNs);
  }

  private void publishAtOnce(Input.Kind kind, VirtualJob job) {
    Input input = ring.claim(kind);
    input.job = job;
    ring.publish(input);
  }

  void closeJob(VirtualJob job) {
    world.entered();
    witness.jobShut(job);
    job.closeAccount();
    world.left();
    tellEngineClosed(job);
  }

  private void tellEngineClosed(VirtualJob job) {
    if (!job.engineKnowsClosed) {
      job.engineKnowsClosed = true;
      publishAtOnce(Input.Kind.JOB_CLOSED, job);
    }
  }

  // ---- registration and commands

  void command(Input.Command command) {
    Input input = ring.claim(Input.Kind.COMMAND);
    input.command = command;
    ring.publish(input);
  }

  void register(AgentGate gate) {
    AgentSettings settings = gate.settings();
    command(
        stampNs -> {
          witness.agentSet(gate, settings);
          engine.agentRegistered(stampNs, gate, settings);
        });
  }

  void register(TargetGate gate) {
    TargetSettings settings = gate.settings();
    command(
        stampNs -> {
          engine.advance(stampNs); // what is due comes before that
          witness.targetSet(gate, settings);
          engine.targetRegistered(stampNs, gate, settings);
        });
  }

  /** A removed agent comes back. */
  void comeBack(AgentGate gate, AgentSettings settings) {
    witness.changing(gate, settings);
    gate.apply(settings, world);
    gate.open();
    register(gate);
  }

  /** A removed target comes back. */
  void comeBack(TargetGate gate, TargetSettings settings) {
    gate.apply(settings);
    gate.open();
    register(gate);
  }

  @Override
  public void reconfigure(AgentGate agent, AgentSettings changed) {
    if (changed.tokensPerMinute() != AgentSettings.NO_RATE
        && changed.tokensPerMinute() != agent.settings().tokensPerMinute()
        && changed.tokensPerMinute() > gates.settings().tokensPerMinute()) {
      throw new IllegalArgumentException(
          "a host is refused a rate of " + changed.tokensPerMinute() + " for " + agent);
    }
    witness.changing(agent, changed);
    agent.apply(changed, world);
    command(
        stampNs -> {
          witness.agentSet(agent, changed);
          engine.agentReconfigured(stampNs, agent, changed);
          boolean _ = fund(engine.unfunded(agent), stampNs);
          limitRaised();
        });
  }

  // What was due until now may have given back more, at which the end of this turn looks.
  private void limitRaised() {
    if (freed.isEmpty() && !lines.isAnyFreed()) {
      witness.limitRaised();
    }
  }

  SpendingLimits spendingLimits() {
    SpendingAccount account = gates.spending();
    return account == null ? SpendingLimits.NONE : account.limits();
  }

  /** Changes what all together may spend. */
  void limitSpending(SpendingLimits limits) {
    witness.limiting(limits);
    gates.limitSpending(limits);
    command(
        stampNs -> {
          engine.spendingLimited(stampNs, limits);
          if (fund(engine.unfunded(), stampNs)) {
            world.hit(FaultPoint.FUNDED_BY_LIMIT_OF_ALL);
          }
          limitRaised();
        });
  }

  /** Changes the bucket of all. */
  void limitRate(long tokensPerMinute, long burstTokens) {
    witness.limitingRate(tokensPerMinute, burstTokens);
    gates.limitRate(tokensPerMinute, burstTokens);
    command(stampNs -> engine.rateLimited(stampNs, tokensPerMinute, burstTokens));
  }

  /** Changes what may be parked at once. */
  void limitParking(int maxParked, long maxParkedTokens) {
    gates.limitParking(maxParked, maxParkedTokens);
    command(
        stampNs -> {
          engine.advance(stampNs); // what is due comes before that
          witness.limitingParking(maxParked, maxParkedTokens);
          world.hit(FaultPoint.PARKING_LIMITED);
          engine.parkingLimited(stampNs, maxParked, maxParkedTokens);
        });
  }

  /** Changes how far refusals are spread. */
  void spreadRetries(int percent) {
    witness.spreading(percent);
    gates.spreadRetries(percent);
    command(stampNs -> engine.retriesSpread(stampNs, percent));
  }

  @Override
  public void reconfigure(TargetGate target, TargetSettings changed) {
    target.apply(changed);
    command(
        stampNs -> {
          engine.advance(stampNs); // what is due comes before that
          witness.targetSet(target, changed);
          engine.targetReconfigured(stampNs, target, changed);
        });
  }

  @Override
  public void remove(AgentGate agent) {
    agent.shut(Refusal.AGENT_REMOVED, AgentGate.UNTIL_OPENED);
    command(
        stampNs -> {
          witness.agentGone(agent);
          engine.agentRemoved(stampNs, agent);
        });
  }

  @Override
  public void remove(TargetGate target) {
    target.shut(Refusal.TARGET_REMOVED, TargetGate.UNTIL_OPENED);
    command(
        stampNs -> {
          witness.targetGone(target);
          engine.targetRemoved(stampNs, target);
        });
  }

  /**
   * Forgets the first of these removed agents that cannot be told from a new one, as the runtime's
   * registry does when its table is full, and says which; null if there is none.
   */
  void evict(Iterable<AgentGate> removed, Consumer<@Nullable AgentGate> answer) {
    command(
        stampNs -> {
          engine.advance(stampNs);
          for (AgentGate gate : removed) {
            if (engine.mayEvict(gate)
                && gate.isBlank(stampNs)
                && gate.waitingRoom().closeIfEmpty()) {
              witness.agentEvicted(gate);
              engine.agentEvicted(stampNs, gate);
              answer.accept(gate);
              return;
            }
          }
          answer.accept(null);
        });
  }

  // ---- an operator's words

  void decide(VirtualTask task, ParkPolicy.Action action) {
    command(
        stampNs -> {
          engine.advance(stampNs);
          boolean runs = action == ParkPolicy.Action.RUN;
          boolean done =
              (runs && engine.unfunded(task.taskId()) != null)
                  ? tryFund(task, stampNs)
                  : engine.decide(stampNs, task.taskId(), action);
          if (!done) {
            world.hit(FaultPoint.DECIDED_TOO_LATE);
          }
        });
  }

  /** The task that has been parked longest, or null. */
  @Nullable VirtualTask firstParked() {
    VirtualTask[] first = new VirtualTask[1];
    engine.forEachParked(
        (task, reason, policy, parkedNs, actionNs) -> {
          if (first[0] == null) {
            first[0] = task(task);
          }
        });
    return first[0];
  }

  /**
   * @param forNs how long; 0 to end it
   */
  void hold(@Nullable AgentGate agent, @Nullable TargetGate target, long forNs) {
    command(
        stampNs -> {
          long untilNs = forNs == 0 ? 0 : stampNs + forNs;
          witness.holding(agent, target, untilNs);
          if (agent != null) {
            var _ = engine.holdAgent(stampNs, agent, untilNs);
          } else if (target != null) {
            var _ = engine.holdTarget(stampNs, target, untilNs);
          }
        });
  }

  void holdAll(int lowest, boolean starts, long forNs) {
    command(stampNs -> engine.holdAll(stampNs, lowest, starts, forNs == 0 ? 0 : stampNs + forNs));
  }

  void forceBreaker(TargetGate target, @Nullable AgentGate agent, boolean open, long forNs) {
    command(
        stampNs -> {
          engine.advance(stampNs);
          witness.forcing(target, agent, open, stampNs + forNs);
          var _ = engine.forceBreaker(stampNs, target, agent, open, stampNs + forNs);
        });
  }

  void changeBudget(VirtualJob job, long tokens, long moneyNanos) {
    command(
        stampNs -> {
          if (job.tryChangeBudget(tokens, moneyNanos)) {
            world.hit(FaultPoint.BUDGET_CHANGED);
            engine.budgetChanged(stampNs, job, tokens, moneyNanos);
            if (fund(job, stampNs)) {
              world.hit(FaultPoint.FUNDED_BY_RAISE);
            }
            witness.raised(job);
          }
        });
  }

  void changeRates(VirtualJob job, long tokens, long micros) {
    command(
        stampNs -> {
          witness.changingRates(job, tokens, micros);
          if (job.tryChangeRates(tokens, micros, world)) {
            world.hit(FaultPoint.JOB_RATES_CHANGED);
            engine.ratesChanged(stampNs, job, tokens, micros);
          }
        });
  }

  /** Changes a job's limits, as {@code Job.reconfigure} does. */
  void reconfigure(VirtualJob job, JobSettings to) {
    command(
        stampNs -> {
          engine.advance(stampNs); // what is due comes before that
          JobLimits limits = JobLimits.of(to);
          if (job.isClosed()) {
            return;
          }
          witness.changing(job, to);
          if (!job.tryChangeLimits(limits)) {
            throw new IllegalStateException("a host is refused these limits of " + job);
          }
          world.hit(FaultPoint.JOB_RECONFIGURED);
          engine.jobReconfigured(stampNs, job, job.limits().in(to));
          if (fund(job, stampNs)) {
            world.hit(FaultPoint.FUNDED_BY_SHARE);
          }
          witness.raised(job);
          if (job.isLoopedOut()) {
            world.hit(FaultPoint.LOOPED_OUT);
            closeJob(job);
          }
        });
  }

  // ---- what a budget covers again, as the runtime's funding does it

  private void freed(JobAccount job) {
    if (job.everParksAtBudget()) {
      freed.add(job);
    }
  }

  private void freed(Reservation task) {
    freed(task.account());
    lines.freed(task, gates);
  }

  private void fundFreed(long stampNs) {
    for (int i = 0; i < freed.size() || lines.isAnyFreed(); ) {
      if (i < freed.size()) {
        boolean _ = fund(freed.get(i++), stampNs);
      } else {
        engine.advance(stampNs);
        if (fund(lines.next(), stampNs)) {
          world.hit(FaultPoint.FUNDED_BY_OTHER_JOBS);
        }
      }
    }
    freed.clear();
  }

  private boolean fundGivenBack() {
    if (!gates.takeGivenBack()) {
      return false;
    }
    world.hit(FaultPoint.GIVEN_BACK_MEANWHILE);
    List<Reservation> tasks = engine.unfunded();
    gates.publishUnfunded(!tasks.isEmpty());
    boolean _ = fund(tasks, engine.nowNs());
    return true;
  }

  private boolean fund(JobAccount job, long stampNs) {
    engine.advance(stampNs);
    return fund(engine.unfunded(job), stampNs);
  }

  private boolean fund(List<Reservation> tasks, long stampNs) {
    boolean any = false;
    for (Reservation task : tasks) {
      any |= tryFund(task(task), stampNs);
    }
    return any;
  }

  private boolean tryFund(VirtualTask task, long stampNs) {
    boolean taken = gates.tryFund(task, lines);
    if (taken) {
      world.hit(FaultPoint.FUNDED);
      witness.funded(task);
      engine.funded(stampNs, task);
    }
    return taken;
  }

  /** Lets nobody in any more; after so long what is left is stopped. */
  void shutdown(long drainNs) {
    gates.waitingRoom().close();
    published();
    world.agenda.in(
        drainNs,
        () -> {
          if (!engine.isIdle()) {
            world.hit(FaultPoint.HALT);
          }
          halted = true;
          command(
              stampNs -> {
                witness.halting();
                engine.halt(stampNs);
              });
        });
  }

  boolean isHalted() {
    return halted;
  }

  // ---- the dispatcher, on the agenda

  // Its word of being parked, and who publishes claims to wake it.
  void published() {
    if (parked) {
      parked = false;
      turnIn(WAKE_NS);
    }
  }

  private void turnIn(long ns) {
    Agenda.Entry before = nextTurn;
    if (before != null) {
      before.cancel();
    }
    nextTurn = world.agenda.in(ns, this::turn);
  }

  private void turn() {
    if (world.strikes(world.faults.stallShare())) {
      world.hit(FaultPoint.DISPATCHER_STALL);
      long stallNs = world.upTo(world.faults.maxStallNs());
      witness.stalled(world.agenda.nowNs() + stallNs);
      parked = false;
      turnIn(stallNs);
      return;
    }
    parked = false;
    int inputs = 0;
    for (Input input = null; inputs < BATCH && (input = ring.poll()) != null; inputs++) {
      apply(input);
    }
    boolean worked = inputs > 0;
    if (!worked) {
      long dueNs = engine.nextTimerNs();
      long nowNs = world.nanoTime();
      advance(nowNs);
      fundFreed(nowNs);
      worked = dueNs != engine.nextTimerNs();
    }
    worked |= fundGivenBack();
    flush();
    passOn();
    witness.turnOver(ring.isEmpty() && world.gatesAreQuiet());
    if (worked || ring.hasNext() || (outbox != null && outbox.hasNews())) {
      turnIn(TURN_NS + inputs * INPUT_NS);
    } else if (!ring.isEmpty()) {
      turnIn(YIELD_NS); // claimed, not published
    } else {
      park();
    }
  }

  private void passOn() {
    if (recorder != null) {
      recorder.turn(engine.nowNs(), engine.digest());
      boolean behind = recorder.isBehind();
      if (behind != gates.isJournalBehind()) {
        gates.publishJournal(behind);
      }
    }
  }

  /** Completes the answer when the admission of that task is durable. */
  void askDurable(VirtualTask task, CompletableFuture<Void> answer) {
    if (outbox != null) {
      outbox.ask(task.taskId(), answer);
      published();
    }
  }

  private void park() {
    parked = true;
    long dueNs = engine.nextTimerNs();
    if (dueNs != Long.MAX_VALUE) {
      // A park may end early: at the very moment of a timer it is not due yet.
      long earlyNs = (++parks & 1) == 0 ? 0 : 1;
      turnIn(Math.max(0, dueNs - world.nanoTime() + 1 - earlyNs));
    }
  }

  private void advance(long stampNs) {
    long fromNs = advancedNs;
    advancedNs = Math.max(advancedNs, stampNs);
    witness.advancing(stampNs);
    if (engine.nextTimerNs() < stampNs) {
      world.hit(FaultPoint.TIMER_BEFORE_INPUT);
      for (int step = 1; step < timerSteps; step++) {
        engine.advance(fromNs + (advancedNs - fromNs) / timerSteps * step);
      }
    }
    engine.advance(stampNs);
  }

  private void apply(Input input) {
    long stampNs = input.stampNs;
    // The engine would do so by itself; but the books are to hear of timers before the input.
    advance(stampNs);
    witness.applying(input);
    applied = input.sequence;
    world.mix(input.kind.ordinal());
    switch (input.kind) {
      case TASK_ADMITTED -> {
        VirtualTask task = given(input.task);
        task.account().admitted(task);
        engine.taskAdmitted(stampNs, task);
      }
      case TASK_CANCELLED -> engine.taskCancelled(stampNs, given(input.task));
      case ATTEMPT_ENDED -> given(input.attempt).endedAt(engine, stampNs);
      case JOIN_BEGAN ->
          engine.joinBegan(stampNs, given(input.task), input.join, given(input.other));
      case JOIN_ABANDONED -> engine.joinAbandoned(stampNs, given(input.task), input.join);
      case JOB_OPENED -> engine.jobOpened(stampNs, given(input.job));
      case JOB_CLOSED -> engine.jobClosed(stampNs, given(input.job));
      case HEDGE_ADMITTED ->
          engine.hedgeAdmitted(stampNs, given(input.task), given(input.task).original());
      case COMMAND -> given(input.command).carryOut(stampNs);
    }
    fundFreed(stampNs);
  }

  private static <T> T given(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("an input without its subject");
    }
    return value;
  }

  private void flush() {
    if (outbox != null) {
      var _ = outbox.flush(applied);
    }
    for (VirtualTask task : done) {
      task.wakeWaiters();
    }
    done.clear();
    for (Actor actor : toWake) {
      actor.wake(actor.pauseNumber());
    }
    toWake.clear();
  }

  // ---- effects

  private static VirtualTask task(Reservation task) {
    return (VirtualTask) task;
  }

  @Override
  public void start(
      Reservation reservation, int number, long nowNs, long deadlineNs, @Nullable Trial trial) {
    VirtualTask task = task(reservation);
    if (journal != null) {
      journal.started(task, number, nowNs, deadlineNs);
    }
    witness.started(task, number, nowNs, deadlineNs);
    gates.giveBackPlaces(task.agentGate(), 1);
    var attempt = new VirtualAttempt(this, task, number, deadlineNs, trial);
    task.attempt = attempt;
    long launchNs = world.faultsLast() ? world.upTo(world.faults.maxLaunchNs()) : 0;
    if (launchNs > 0) {
      world.hit(FaultPoint.LATE_LAUNCH);
    }
    attempt.launchesIn(WAKE_NS + launchNs);
    if (outbox != null && recorder != null && recorder.isWriteAhead()) {
      outbox.offer(attempt);
    } else {
      attempt.launch();
    }
  }

  @Override
  public void startsCheaper(Reservation reservation, long leftNanos, long nowNs) {
    world.hit(FaultPoint.STARTED_CHEAPER);
    witness.startsCheaper(task(reservation), leftNanos);
    gates.giveBackMoney(reservation, leftNanos, nowNs);
    freed(reservation);
  }

  @Override
  public void stop(Reservation reservation) {
    VirtualTask task = task(reservation);
    witness.stopAsked(task);
    VirtualAttempt attempt = given(task.attempt);
    if (attempt.stop()) {
      long lateNs = world.faultsLast() ? world.upTo(world.faults.maxInterruptNs()) : 0;
      if (lateNs > 0) {
        world.hit(FaultPoint.LATE_INTERRUPT);
      }
      world.agenda.in(WAKE_NS + lateNs, attempt::interrupt);
    } else {
      world.hit(FaultPoint.CANCEL_BEFORE_ITS_FIRST_STEP);
    }
  }

  @Override
  public void resume(Reservation reservation, int join) {
    VirtualTask task = task(reservation);
    witness.resumed(task, join);
    Actor actor = given(task.attempt).resume(join);
    if (actor != null) {
      toWake.add(actor);
    }
  }

  @Override
  public void end(Reservation reservation, Ending ending, boolean waiting, long nowNs, long ranNs) {
    VirtualTask task = task(reservation);
    if (journal != null) {
      journal.ended(task, ending, nowNs, ranNs);
    }
    witness.ended(task, ending, waiting, nowNs, ranNs);
    task.ending = ending;
    task.endedNs = nowNs;
    done.add(task);
    if (waiting) {
      lines.remove(task);
      gates.giveBackUnused(task, nowNs);
      freed(task);
    }
  }

  @Override
  public void attemptOver(Reservation reservation, long nowNs, long ranNs) {
    VirtualTask task = task(reservation);
    witness.attemptOver(task, nowNs);
    freed(task);
    task.attempt = null;
  }

  @Override
  public void retry(Reservation task, CallClass end, long atNs) {
    world.hit(FaultPoint.RETRY);
    witness.retried(task(task), end, atNs);
  }

  @Override
  public void hedge(Reservation reservation, long startByNs) {
    VirtualTask task = task(reservation);
    witness.hedgeAsked(task, engine.nowNs());
    if (task.cancelled || task.account().isClosed()) {
      return;
    }
    long now = world.nanoTime();
    var hedge = new VirtualTask(task, now, startByNs);
    if (gates.tryTakeBeside(hedge, now)) {
      admitSecond(hedge, TakenAgain.all(hedge), now);
    } else {
      world.hit(FaultPoint.NOTHING_LEFT_FOR_A_HEDGE);
    }
  }

  @Override
  public void fallBeside(Reservation reservation, int failed) {
    VirtualTask task = task(reservation);
    witness.fallsBeside(task, failed);
    if (task.cancelled || task.account().isClosed()) {
      return;
    }
    long now = world.nanoTime();
    var second = new VirtualTask(task, now, task.startByNs());
    TakenAgain taken = gates.tryTakeBelow(second, failed, now);
    if (!taken.isAny()) {
      world.hit(FaultPoint.NOTHING_LEFT_TO_FALL_BESIDE);
      return;
    }
    admitSecond(second, taken, now);
  }

  private void admitSecond(VirtualTask second, TakenAgain taken, long nowNs) {
    witness.takenAgain(second, taken);
    if (!ring.tryAdmit(second)) {
      world.hit(FaultPoint.NO_SLOT_FOR_A_HEDGE);
      giveBackUnused(second, nowNs);
      freed(second);
    }
  }

  @Override
  public void hedgeWon(Reservation task, Reservation hedge) {
    world.hit(hedge.isDegradable() ? FaultPoint.ANSWERED_BESIDE : FaultPoint.HEDGE_WON);
    witness.hedgeWon(task(task), task(hedge));
  }

  @Override
  public void hedgeOver(Reservation hedge, boolean waiting, long nowNs) {
    witness.hedgeOver(task(hedge), waiting, nowNs);
    if (waiting) {
      gates.giveBackUnused(hedge, nowNs);
      freed(hedge);
    }
  }

  @Override
  public void giveBackUnused(Reservation task, long nowNs) {
    witness.givingBackUnused(task(task));
    gates.giveBackUnused(task, nowNs);
  }

  @Override
  public void breaker(
      TargetGate target, @Nullable AgentGate agent, BreakerState state, long untilNs) {
    if (state == BreakerState.OPEN) {
      world.hit(agent == null ? FaultPoint.BREAKER_OPENED : FaultPoint.AGENT_BREAKER_OPENED);
    } else if (state == BreakerState.CLOSED) {
      world.hit(FaultPoint.BREAKER_CLOSED);
    }
    witness.breaker(target, agent, state, untilNs);
  }

  @Override
  public void targetLearned(TargetGate target, TargetMemory what, long value, long nowNs) {
    if (journal != null) {
      journal.targetLearned(target, what, value, nowNs);
    }
  }

  @Override
  public void breakerTurned(
      TargetGate target, @Nullable AgentGate agent, BreakerMemory memory, long nowNs) {
    if (journal != null) {
      journal.breakerTurned(target, agent, memory, nowNs);
    }
  }

  @Override
  public void rungBreaker(TargetGate target, int rung, BreakerState state, long untilNs) {
    witness.rungBreaker(target, rung, state, untilNs);
  }

  @Override
  public void publishRung(TargetGate target, int rung, int below) {
    if (rung > target.servingRung()) {
      world.hit(FaultPoint.STEPPED_DOWN);
    } else if (rung < target.servingRung()) {
      world.hit(FaultPoint.STEPPED_UP);
    }
    target.publishRung(rung, below);
  }

  @Override
  public void patienceOver(Reservation task) {
    world.hit(FaultPoint.PATIENCE_OVER);
    witness.patienceOver(task(task));
  }

  @Override
  public void fall(Reservation task, CallClass end, int toRung, boolean beside) {
    world.hit(FaultPoint.FELL);
    witness.fell(task(task), end, toRung);
  }

  @Override
  public void paused(TargetGate target, long untilNs) {
    if (untilNs != 0) {
      world.hit(FaultPoint.TARGET_PAUSED);
    }
    witness.paused(target, untilNs);
  }

  @Override
  public void parked(Reservation task, ParkReason reason, ParkPolicy policy, long actionNs) {
    if (journal != null) {
      journal.parked(task, reason, actionNs - policy.afterNanos());
    }
    world.hit(FaultPoint.PARKED);
    witness.parked(task(task), reason, policy, actionNs);
    if (reason == ParkReason.BUDGET) {
      gates.publishUnfunded(true);
      freed(task.account());
    }
  }

  @Override
  public void publishParking(boolean full) {
    gates.publishParking(full);
  }

  @Override
  public void unparked(Reservation task, ParkPolicy.Action action, Unparked by) {
    if (journal != null) {
      journal.unparked(task);
    }
    lines.remove(task);
    world.hit(
        switch (by) {
          case OPERATOR -> FaultPoint.UNPARKED_BY_OPERATOR;
          case TIME -> FaultPoint.UNPARKED_BY_TIME;
          case NO_ROOM -> FaultPoint.NO_ROOM_TO_PARK;
          case FUNDED -> FaultPoint.FUNDED;
        });
    witness.unparked(task(task), action, by);
  }

  @Override
  public void jobDeadline(JobAccount job, long deadlineNs, long leftNs) {
    witness.jobDeadline((VirtualJob) job, deadlineNs, leftNs);
    job.deadlineNs(deadlineNs, leftNs);
  }

  @Override
  public void held(@Nullable AgentGate agent, @Nullable TargetGate target, long untilNs) {
    world.hit(untilNs == 0 ? FaultPoint.RESUMED : FaultPoint.HELD);
    witness.held(agent, target, untilNs);
    if (agent != null) {
      agent.hold(untilNs);
    }
  }

  @Override
  public void admissions(int lowest, boolean starts, long untilNs) {
    world.hit(untilNs == 0 ? FaultPoint.RESUMED : FaultPoint.HELD);
    witness.admissions(lowest, starts, untilNs);
    gates.publishLevel(lowest, untilNs);
  }

  @Override
  public void wordOver(@Nullable TargetGate target, @Nullable AgentGate agent, boolean ofBreaker) {
    witness.wordOver(target, agent, ofBreaker);
  }

  @Override
  public void cutOff(
      TargetGate target,
      @Nullable AgentGate agent,
      long untilNs,
      int probes,
      boolean pause,
      int trial) {
    Cutoff.put(target, agent, new Cutoff(untilNs, probes, pause, trial));
  }

  @Override
  public void restore(TargetGate target, @Nullable AgentGate agent) {
    Cutoff.put(target, agent, null);
  }

  @Override
  public void jobBegun(JobAccount job) {
    witness.jobBegun((VirtualJob) job);
    job.setBegun();
  }

  @Override
  public void jobClosed(JobAccount account) {
    VirtualJob job = (VirtualJob) account;
    witness.jobClosed(job);
    job.engineKnowsClosed = true;
    job.closeAccount();
  }

  @Override
  public void jobRetired(JobAccount account, Spending spent) {
    VirtualJob job = (VirtualJob) account;
    if (journal != null) {
      journal.retired(job);
    }
    job.retired = true;
    jobs.retire(job, spent.tokensSpent() != 0 || spent.moneySpentNanos() != 0);
    witness.jobRetired(job, spent);
    VirtualJob parent = job.parentJob();
    if (parent != null) {
      freed(parent);
      if (parent.isClosed() && !parent.engineKnowsClosed) {
        tellEngineClosed(parent);
      }
    }
    freeJobIndexes.add(job.index());
    jobPlaces--;
  }

  @Override
  public void overrun(Reservation task, int overrunsOfTarget) {
    world.mix(overrunsOfTarget);
  }

  @Override
  public void shut(TargetGate target, Refusal reason) {
    boolean _ = target.shutIfOpen(reason, TargetGate.UNTIL_OPENED);
  }

  @Override
  public void open(TargetGate target) {
    boolean _ = target.openIf(Refusal.TARGET_OVERRUN);
  }

  @Override
  public void publishStartInterval(long startIntervalNs) {
    gates.publishStartInterval(startIntervalNs);
  }

  @Override
  public void burn(AgentGate agent, boolean burning, long tokens, long usual) {
    world.hit(burning ? FaultPoint.BURN_ALERT : FaultPoint.BURN_OVER);
    witness.burning(agent, burning, tokens);
  }

  @Override
  public void alert(TargetGate target, AlertKind kind, boolean on) {
    world.hit(on ? FaultPoint.ALERT_BEGAN : FaultPoint.ALERT_ENDED);
    witness.alert(target, kind, on);
  }

  @Override
  public void usageMissing(TargetGate target, boolean missing) {
    world.hit(FaultPoint.USAGE_ALERT);
    witness.usageMissing(target, missing);
  }

  @Override
  public void permits(TargetGate target, int permits) {
    world.hit(FaultPoint.CONCURRENCY_LIMITED);
    witness.permits(target, permits);
  }

  @Override
  public void level(TargetGate target, int level, long passNs) {
    world.hit(level == LevelWord.ALL ? FaultPoint.LEVEL_OPENED : FaultPoint.LEVEL_LOWERED);
    witness.level(target, level, passNs);
    target.publishLevel(level, passNs);
  }

  @Override
  public void limitLearned(TargetGate target, long perMinute, boolean ofTokens) {
    world.hit(FaultPoint.LIMIT_LEARNED);
    witness.limitLearned(target, perMinute, ofTokens);
  }

  @Override
  public void publishOutput(TargetGate target, @Nullable AgentGate agent, long tokens) {
    world.hit(FaultPoint.ESTIMATE_LEARNED);
    witness.outputLearned(target, agent, tokens);
    OutputEstimates.put(target, agent, tokens);
  }

  @Override
  public void outputLearned(TargetGate target, @Nullable AgentGate agent, long tokens, long calls) {
    witness.outputTold(target, agent, tokens);
  }

  @Override
  public void publishQueued(AgentGate agent, int queuedNew) {
    agent.publishQueued(queuedNew);
  }

  @Override
  public void publishRound(TargetGate target, int priority, long roundNs) {
    target.publishRound(priority, roundNs);
  }

  @Override
  public void publishEstimates(
      TargetGate target, int priority, long waitOfNewNs, long waitOfBegunNs, long jobNs) {
    target.publishEstimates(priority, waitOfNewNs, waitOfBegunNs, jobNs);
  }

  // ---- for attempts

  Witness witness() {
    return witness;
  }
}
