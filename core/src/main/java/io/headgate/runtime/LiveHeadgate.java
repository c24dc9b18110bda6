package io.headgate.runtime;

import io.headgate.Admission;
import io.headgate.Agent;
import io.headgate.AgentSettings;
import io.headgate.Audit;
import io.headgate.Call;
import io.headgate.ContextCarrier;
import io.headgate.Counters;
import io.headgate.Estimate;
import io.headgate.Handler;
import io.headgate.Headgate;
import io.headgate.HeadgateListener;
import io.headgate.HeadgateSettings;
import io.headgate.IdleMode;
import io.headgate.Job;
import io.headgate.JobSettings;
import io.headgate.Journal;
import io.headgate.Outcome;
import io.headgate.Price;
import io.headgate.Priority;
import io.headgate.Recovery;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Snapshot;
import io.headgate.SpendingLimits;
import io.headgate.Target;
import io.headgate.TargetSettings;
import io.headgate.Task;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Caller;
import io.headgate.admission.Changes;
import io.headgate.admission.Gate;
import io.headgate.admission.Gates;
import io.headgate.admission.JobAccount;
import io.headgate.admission.SpendingAccount;
import io.headgate.admission.TargetGate;
import io.headgate.admission.Trial;
import io.headgate.engine.Engine;
import io.headgate.recovery.Fates;
import io.headgate.recovery.Outbox;
import io.headgate.recovery.Past;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.agrona.concurrent.EpochNanoClock;
import org.agrona.concurrent.NanoClock;
import org.jspecify.annotations.Nullable;

/**
 * Puts the parts together: gates, ring, dispatcher, engine, launcher, helpers; and the submission
 * itself. Its public face is {@link Headgate}.
 */
public final class LiveHeadgate implements Headgate {
  private static final int BUDGET_RACES = 16;
  private static final long SHORT_NS = 1_000_000_000L;
  private static final long COMMAND_WAIT_S = 30;
  private static final int MAX_VIOLATIONS = 64;
  private static final int MAX_LATE_JOBS = 1_024;
  private static final int AUDIT_LOOKS = 100;
  private static final long AUDIT_PAUSE_NS = 1_000_000;
  private static final Duration MAX_LINGER = Duration.ofSeconds(1);

  private final HeadgateSettings settings;
  private final ContextCarrier contextCarrier;
  private final @Nullable JournalSink journal;
  private final @Nullable Outbox<LiveAttempt<?>> outbox;
  private final HandledCalls handled;
  private final Past past;
  private final Recoverer recoverer;
  private final Carrier carrier;
  private final EpochNanoClock epochClock;

  // Its engine's seed too, and unlike any other's.
  private final long run;
  private final @Nullable RefusalRecords refusals;
  private final @Nullable LoopRecords loops;
  private final RuntimeClock clock;
  private final Gates gates;
  private final InputRing ring;
  private final ErrorLog errors = new ErrorLog();
  private final Helpers helpers;
  private final Registry registry;
  private final Jobs jobs;
  private final Engine engine;
  private final Observer observer;
  private final LiveOperator operator;
  private final Funding funding;
  private final Launcher launcher;
  private final Semaphore commands = new Semaphore(InputRing.COMMANDS);
  private final Set<Command<?>> pending = ConcurrentHashMap.newKeySet();
  private final Object limiting = new Object();
  private final CountDownLatch terminated = new CountDownLatch(1);
  private final Dispatcher dispatcher;
  private final Thread thread;
  private boolean isStepped;

  // Written and read on the dispatcher's thread, and after its end.
  private final List<String> violations = new ArrayList<>();
  private final List<JobAccount> lateJobs = new ArrayList<>();

  @SuppressWarnings("ThreadPriorityCheck") // deadlines depend on this one thread
  private LiveHeadgate(
      HeadgateSettings settings,
      ContextCarrier contextCarrier,
      @Nullable HeadgateListener listener,
      @Nullable Path countersFile,
      IdleMode idleMode,
      NanoClock nanoClock,
      EpochNanoClock epochClock,
      @Nullable Journal journal,
      Map<String, Handler<?, ?>> handlers) {
    this.settings = settings;
    this.contextCarrier = contextCarrier;
    clock = new RuntimeClock(nanoClock, epochClock);
    gates = new Gates(settings, clock);
    ring = new InputRing(settings, clock);
    // Before any thread: if it cannot be opened, nothing else is to be closed.
    run = new SplittableRandom().nextLong();
    this.journal = opened(journal, run, epochClock);
    handled = new HandledCalls(handlers, this.journal, run);
    this.epochClock = epochClock;
    past = this.journal == null ? Past.NONE : this.journal.past();
    recoverer = new Recoverer(this, past, this.journal, handled);
    carrier = new Carrier(past, clock, this);
    helpers = new Helpers(settings.maxLive(), errors);
    registry = new Registry(this, settings);
    jobs = new Jobs(this, settings);
    try {
      observer = new Measures(gates, clock, errors, listener, countersFile);
    } catch (RuntimeException e) {
      if (this.journal != null) {
        this.journal.close(0, 0);
      }
      throw e;
    }
    refusals =
        this.journal == null ? null : new RefusalRecords(this.journal, gates, clock.nanoTime());
    loops = this.journal == null ? null : new LoopRecords(this.journal);
    operator = new LiveOperator(this, observer, this.journal);
    funding = new Funding(gates);
    launcher = new Launcher(settings.maxInFlight(), errors);
    outbox =
        this.journal == null
            ? null
            : new Outbox<>(this.journal, launcher::offer, LiveAttempt::isStopped, helpers::call);
    LiveEffects effects = new LiveEffects(this, launcher, helpers, observer, this.journal, outbox);
    engine = new Engine(settings, run, effects, this.journal);
    dispatcher =
        new Dispatcher(
            this,
            engine,
            effects,
            observer,
            this.journal,
            outbox,
            refusals,
            loops,
            errors,
            idleMode);
    thread = new Threads().platform(dispatcher.roleName(), dispatcher);
    thread.setPriority(Thread.MAX_PRIORITY);
    ring.setDispatcher(thread);
  }

  private @Nullable JournalSink opened(
      @Nullable Journal journal, long seed, EpochNanoClock epochClock) {
    return switch (journal) {
      case null -> null;
      case JournalSource source ->
          source.open(
              settings, seed, clock.nanoTime(), epochClock.nanoTime(), () -> ring().wakeIfParked());
      default ->
          throw new IllegalArgumentException(
              "journal is a "
                  + journal.getClass().getName()
                  + ", which is none that can be written; use FolderJournal.in(folder)");
    };
  }

  /** Starts one with its dispatcher on a daemon thread. */
  public static Headgate start(
      HeadgateSettings settings,
      ContextCarrier contextCarrier,
      @Nullable HeadgateListener listener,
      @Nullable Path countersFile,
      IdleMode idleMode,
      NanoClock nanoClock,
      EpochNanoClock epochClock,
      @Nullable Journal journal,
      Map<String, Handler<?, ?>> handlers) {
    var headgate =
        new LiveHeadgate(
            settings,
            contextCarrier,
            listener,
            countersFile,
            idleMode,
            nanoClock,
            epochClock,
            journal,
            handlers);
    headgate.thread.start();
    headgate.reopenJobs();
    return headgate;
  }

  private void reopenJobs() {
    if (!past.isNothing()) {
      past.usedByAll().carryInto(gates, clock.nanoTime(), epochNs());
      jobs.reopen(past, epochNs());
      command(carrier::began);
    }
  }

  /** A new agent finds its limits used as far as before. */
  void carryUse(AgentGate agent) {
    Past.Used used = past.usedBy().get(agent.id());
    if (used != null) {
      used.carryInto(agent, clock.nanoTime(), epochNs());
    }
  }

  @Override
  public Recovery recover() {
    return recoverer.recover();
  }

  /** The time of day, in nanoseconds since 1970. */
  long epochNs() {
    return epochClock.nanoTime();
  }

  /** Its name in the journal. */
  long run() {
    return run;
  }

  @Nullable Agent findAgent(String id) {
    return registry.findAgent(id);
  }

  @Nullable Target findTarget(String id) {
    return registry.findTarget(id);
  }

  /**
   * Makes one whose dispatcher has no thread: {@link #step} is its turn. For tests and benchmarks,
   * on one thread; attempts still run on virtual threads.
   */
  static LiveHeadgate stepped(
      HeadgateSettings settings, NanoClock nanoClock, EpochNanoClock epochClock) {
    return stepped(settings, null, nanoClock, epochClock);
  }

  /** The same, with a listener; its thread ends with {@link #onTerminated}. */
  static LiveHeadgate stepped(
      HeadgateSettings settings,
      @Nullable HeadgateListener listener,
      NanoClock nanoClock,
      EpochNanoClock epochClock) {
    return stepped(settings, listener, nanoClock, epochClock, null);
  }

  /** The same, with a journal. */
  static LiveHeadgate stepped(
      HeadgateSettings settings,
      @Nullable HeadgateListener listener,
      NanoClock nanoClock,
      EpochNanoClock epochClock,
      @Nullable Journal journal) {
    var headgate =
        new LiveHeadgate(
            settings,
            ContextCarrier.NONE,
            listener,
            null,
            IdleMode.BUSY_SPIN,
            nanoClock,
            epochClock,
            journal,
            Map.of());
    headgate.isStepped = true;
    return headgate;
  }

  /**
   * One turn of a dispatcher without a thread.
   *
   * @return how much was done
   */
  int step() {
    return dispatcher.doWork();
  }

  // ---- submission, on the caller's thread

  @SuppressWarnings("unchecked") // a refusal carries no value
  <T extends @Nullable Object> Admission<T> submit(
      LiveJob job, Task<T> task, @Nullable Caller caller) {
    checkTask(task);
    AgentGate agent = own(task.agent());
    TargetGate target = own(task.target());
    checkArguments(task, target);
    if (handled.isNotRecoverable(task)) {
      Refused<?> lost = gates.refuse(Refusal.NOT_RECOVERABLE, 0, agent, target);
      tell(lost, job.id(), agent, target);
      return (Refused<T>) lost;
    }
    // Coarse time is as old as the dispatcher was kept from its CPU: a short bound would feel that.
    long boundNs = Math.min(task.ttlNanos(), target.timeoutNs());
    long now = boundNs < SHORT_NS ? clock.nanoTime() : clock.coarseNs();
    long startByNs = task.ttlNanos() == Task.NO_TTL ? Long.MAX_VALUE : now + task.ttlNanos();
    int rung = firstRung(task, agent, target);
    HandledCalls.Kept recovered = task.call() instanceof RecoveredCall<?> call ? call.kept() : null;
    boolean again = recovered != null;
    for (int race = 0; ; race++) {
      Price price = target.priceAt(rung);
      boolean free = target.settings().degradation().isStatic(rung);
      long output =
          free ? 0 : gates.outputCap(task.estimate(), agent, target, job, price, task.wrapsUp());
      long input = free ? 0 : task.estimate().inputTokens();
      long money = price.costNanos(input, output);
      Refused<?> refused =
          recovered != null
              ? gates.testAgain(
                  agent,
                  target,
                  job,
                  task.arguments(),
                  input + output,
                  money,
                  now,
                  job.deadlineNs(),
                  task.wrapsUp(),
                  recovered.earlier().isCounted())
              : gates.test(
                  agent,
                  target,
                  job,
                  task.priority(),
                  caller,
                  task.arguments(),
                  input + output,
                  money,
                  now,
                  startByNs,
                  job.deadlineNs(),
                  task.degradable(),
                  task.wrapsUp());
      if (refused == null) {
        TaskHandle<T> handle =
            handle(job, task, caller, agent, target, rung, input, output, money, now, startByNs);
        refused = again ? gates.tryTakeAsBefore(handle, now) : gates.tryTake(handle, caller, now);
        if (refused == null) {
          if (ring.tryAdmit(handle)) {
            return handle;
          }
          refused = gates.giveBackAll(handle, caller, Refusal.RING_FULL, now);
        }
        tellOfGivenBack();
      }
      // A racer may have taken what this one counted on, while a smaller answer still fits.
      if (!Gates.isBudget(refused)
          || race == BUDGET_RACES
          || output <= leastOutput(task.estimate())
          || gates.outputCap(task.estimate(), agent, target, job, price, task.wrapsUp())
              >= output) {
        // What the job's money does not cover, a cheaper rung may be; but who is to be asked at its
        // end is asked before an answer is given that costs nothing.
        boolean parks =
            gates.parksAtBudget(job, refused)
                || (recovered != null && Fates.isAskedUnpaid(recovered.isInDoubt(), refused));
        if (Gates.isBudget(refused)
            && task.degradable()
            && rung < lastRung(target)
            && !(parks && target.settings().degradation().isStatic(rung + 1))) {
          gates.forget(refused.reason(), agent, target);
          rung++;
          race = -1;
          continue;
        }
        if (parks) {
          gates.forget(refused.reason(), agent, target);
          Admission<T> parked = submitUnfunded(job, task, caller, agent, target, now, startByNs);
          if (!(parked instanceof Refused<?> lost)) {
            return parked;
          }
          refused = lost;
        }
        tell(refused, job.id(), agent, target);
        if (refused.reason() == Refusal.LOOP) {
          looped(job);
        }
        return (Refused<T>) refused;
      }
      gates.forget(refused.reason(), agent, target);
    }
  }

  private void looped(LiveJob job) {
    if (loops != null) {
      loops.offer(job);
    }
    if (job.isLoopedOut()) {
      job.close();
    }
  }

  // Its park is not longer than a moment, but who is parked at a budget may wait for just this.
  private void tellOfGivenBack() {
    if (gates.isGivenBack()) {
      ring.wakeDispatcher();
    }
  }

  // It takes a place, and is parked by the engine until its job's budget covers it.
  @SuppressWarnings("unchecked") // a refusal carries no value
  private <T extends @Nullable Object> Admission<T> submitUnfunded(
      LiveJob job,
      Task<T> task,
      @Nullable Caller caller,
      AgentGate agent,
      TargetGate target,
      long now,
      long startByNs) {
    int rung = firstRung(task, agent, target);
    Price price = target.priceAt(rung);
    long input = task.estimate().inputTokens();
    long output = gates.outputCap(task.estimate(), agent, target, job, price, task.wrapsUp());
    long money = price.costNanos(input, output);
    TaskHandle<T> handle =
        handle(job, task, caller, agent, target, rung, input, output, money, now, startByNs);
    handle.unfund();
    boolean again = task.call() instanceof RecoveredCall;
    Refused<?> refused =
        again ? gates.tryTakeAsBefore(handle, now) : gates.tryTake(handle, caller, now);
    if (refused == null) {
      if (ring.tryAdmit(handle)) {
        return handle;
      }
      refused = gates.giveBackAll(handle, caller, Refusal.RING_FULL, now);
    }
    return (Refused<T>) refused;
  }

  // Of one that had fallen to a rung before a crash, that one, as far as there is one still.
  private static int firstRung(Task<?> task, AgentGate agent, TargetGate target) {
    int rung = target.rungFor(agent, task.degradable());
    return task.call() instanceof RecoveredCall<?> call && task.degradable()
        ? Math.max(rung, Math.min(call.kept().earlier().leastRung(), lastRung(target)))
        : rung;
  }

  // Nothing is taken yet: what the user's carrier throws loses nothing.
  private <T extends @Nullable Object> TaskHandle<T> handle(
      LiveJob job,
      Task<T> task,
      @Nullable Caller caller,
      AgentGate agent,
      TargetGate target,
      int rung,
      long input,
      long output,
      long money,
      long now,
      long startByNs) {
    Call<? extends T> call =
        Objects.requireNonNull(
            contextCarrier.carry(task.call()),
            "contextCarrier answered null; answer the call itself if there is no context");
    int depth = caller == null ? 0 : caller.childDepth();
    long arguments = task.arguments();
    Priority priority = task.priority();
    Trial trial = caller == null ? null : caller.trial();
    HandledCalls.Kept kept = handled.keep(task);
    TaskHandle<T> handle =
        kept != null
            ? new HandledHandle<>(
                call, agent, target, job, priority, depth, arguments, input, output, money, now,
                startByNs, trial, kept)
            : trial == null
                ? new TaskHandle<>(
                    call, agent, target, job, priority, depth, arguments, input, output, money, now,
                    startByNs)
                : new PartHandle<>(
                    call, agent, target, job, priority, depth, arguments, input, output, money, now,
                    startByNs, trial);
    handle.reserveAt(rung, task.degradable());
    if (task.wrapsUp()) {
      handle.setWrapsUp();
    }
    if (task.idempotent()) {
      handle.setIdempotent();
    }
    return handle;
  }

  private static int lastRung(TargetGate target) {
    return target.settings().degradation().size() - 1;
  }

  private static long leastOutput(Estimate estimate) {
    return estimate.minOutputTokens();
  }

  static void checkTask(Task<?> task) {
    Objects.requireNonNull(task, "task is null; make one with Task.of(agent, target, call)");
  }

  // A guard that is silently off is none.
  private static void checkArguments(Task<?> task, TargetGate target) {
    if (task.arguments() == Task.NO_ARGUMENTS && target.settings().needsArguments()) {
      throw new IllegalArgumentException(
          "a task for "
              + target.id()
              + " has no arguments, but must, since it is a tool whose loop guard is on; use "
              + "task.arguments(text), or the target's loopGuard(LoopPolicy.OFF)");
    }
  }

  AgentGate own(Agent agent) {
    if (agent instanceof AgentGate gate && gate.belongsTo(registry)) {
      return gate;
    }
    throw foreign("agent", agent);
  }

  TargetGate own(Target target) {
    if (target instanceof TargetGate gate && gate.belongsTo(registry)) {
      return gate;
    }
    throw foreign("target", target);
  }

  // Somebody else's implementation is named by its class: its id may be anything.
  private static IllegalArgumentException foreign(String what, Object given) {
    return new IllegalArgumentException(
        (given instanceof Gate gate
                ? what + " " + gate.id() + " belongs to another Headgate"
                : what + " is a " + given.getClass().getName() + ", made by no Headgate")
            + ", but must belong to this one; use what this one's "
            + what
            + "(id) answers");
  }

  ExecutorService executor(Job job, Agent agent, Target target) {
    Objects.requireNonNull(agent, "agent is null; register one with headgate.agent(id)");
    Objects.requireNonNull(target, "target is null; register one with headgate.target(id)");
    AgentGate ownAgent = own(agent);
    TargetGate ownTarget = own(target);
    if (ownTarget.settings().needsArguments()) {
      throw new IllegalArgumentException(
          "commands for "
              + ownTarget.id()
              + " have no arguments, but it is a tool whose loop guard is on; use its "
              + "loopGuard(LoopPolicy.OFF), or submit tasks with arguments");
    }
    return new TaskExecutor(job, ownAgent, ownTarget, clock);
  }

  String explain(LiveJob job, Task<?> task, Refused<?> refused) {
    checkTask(task);
    Objects.requireNonNull(refused, "refused is null; give what submit answered");
    return new Explainer(gates, job).explain(task, own(task.agent()), own(task.target()), refused);
  }

  String explain(LiveJob job, Task<?> task, Outcome.Cancellation cause) {
    checkTask(task);
    Objects.requireNonNull(cause, "cause is null; give what the outcome says");
    return new Explainer(gates, job).explain(task, own(task.target()), cause);
  }

  /** Counts a refusal that no gate made. */
  void refuse(RefusingJob job, Task<?> task) {
    checkTask(task);
    AgentGate agent = own(task.agent());
    TargetGate target = own(task.target());
    gates.refuse(job.refused().reason(), 0, agent, target);
    tell(job.refused(), job.id(), agent, target);
  }

  private void tell(Refused<?> refused, String job, AgentGate agent, TargetGate target) {
    RefusalEvent.emit(refused, job, agent, target);
    if (refusals != null) {
      refusals.offer(refused, job, agent, target, clock.coarseNs());
    }
  }

  /** Writes down what one refused that is about to be forgotten. On the dispatcher's thread. */
  void recordRefusals(@Nullable AgentGate agent, @Nullable TargetGate target) {
    if (refusals != null) {
      refusals.record(engine.nowNs(), agent, target);
    }
  }

  // ---- registration and jobs

  @Override
  public Agent agent(String id, UnaryOperator<AgentSettings> change) {
    return registry.agent(id, Changes.apply("agent", change, AgentSettings.DEFAULT));
  }

  @Override
  public Target target(String id, UnaryOperator<TargetSettings> change) {
    return registry.target(id, Changes.apply("target", change, TargetSettings.DEFAULT));
  }

  @Override
  public Job job(String id, UnaryOperator<JobSettings> change) {
    return jobs.open(id, change);
  }

  @Override
  public Job job(UnaryOperator<JobSettings> change) {
    return jobs.open(change);
  }

  @Override
  public LiveOperator operator() {
    return operator;
  }

  @Override
  public HeadgateSettings settings() {
    return settings;
  }

  @Override
  public SpendingLimits spendingLimits() {
    SpendingAccount account = gates.spending();
    return account == null ? SpendingLimits.NONE : account.limits();
  }

  @Override
  public void limitSpending(UnaryOperator<SpendingLimits> change) {
    // One at a time, so that of two changes of different limits none is lost.
    synchronized (limiting) {
      SpendingLimits changed = Changes.apply("all agents' spending", change, spendingLimits());
      gates.limitSpending(changed);
      Command.Action told = told((engine, stampNs) -> engine.spendingLimited(stampNs, changed));
      command(
          (engine, stampNs) -> {
            told.on(engine, stampNs);
            funding.fundAll(engine, stampNs); // the limit may have been in the way
          });
      StateEvents.RegistrationEvent.emit("headgate", "spending", "reconfigured");
    }
  }

  @Override
  public long tokensPerMinute() {
    return gates.settings().tokensPerMinute();
  }

  @Override
  public long burstTokens() {
    return gates.settings().burstTokens();
  }

  @Override
  public void limitRate(long tokensPerMinute, long burstTokens) {
    synchronized (limiting) {
      gates.limitRate(tokensPerMinute, burstTokens);
      command(told((engine, stampNs) -> engine.rateLimited(stampNs, tokensPerMinute, burstTokens)));
      StateEvents.RegistrationEvent.emit("headgate", "rate", "reconfigured");
    }
  }

  @Override
  public int maxParked() {
    return gates.settings().maxParked();
  }

  @Override
  public long maxParkedTokens() {
    return gates.settings().maxParkedTokens();
  }

  @Override
  public void limitParking(int maxParked, long maxParkedTokens) {
    synchronized (limiting) {
      gates.limitParking(maxParked, maxParkedTokens);
      command(
          told((engine, stampNs) -> engine.parkingLimited(stampNs, maxParked, maxParkedTokens)));
      StateEvents.RegistrationEvent.emit("headgate", "parking", "reconfigured");
    }
  }

  @Override
  public int retrySpreadPercent() {
    return gates.settings().retrySpreadPercent();
  }

  @Override
  public void spreadRetries(int percent) {
    synchronized (limiting) {
      gates.spreadRetries(percent);
      command(told((engine, stampNs) -> engine.retriesSpread(stampNs, percent)));
      StateEvents.RegistrationEvent.emit("headgate", "retry spread", "reconfigured");
    }
  }

  // The gates hold it already: it is told to the engine, and then to who listens, with all that was
  // changed since this was built.
  private Command.Action told(Command.Action toEngine) {
    HeadgateSettings inForce = gates.settings().spending(spendingLimits());
    return (engine, stampNs) -> {
      toEngine.on(engine, stampNs);
      observer.limitsChanged(inForce);
    };
  }

  void checkOpen() {
    if (isClosing()) {
      throw new IllegalStateException("this Headgate is closed; build another one");
    }
  }

  // ---- commands

  /** Does something with the engine, in the order of the ring, and does not wait for it. */
  void command(Command.Action action) {
    var _ =
        send(
            (engine, stampNs) -> {
              action.on(engine, stampNs);
              return true;
            });
  }

  /** Does something with the engine and waits for the answer. */
  <R> R ask(Command.Deed<R> deed) {
    Command<R> command = send(deed);
    while (isStepped && !command.answer.isDone()) {
      step();
    }
    try {
      return command.answer.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private <R> Command<R> send(Command.Deed<R> deed) {
    var command = new Command<>(deed);
    if (!acquireCommand()) {
      throw new IllegalStateException(
          "the dispatcher took none of "
              + InputRing.COMMANDS
              + " commands in "
              + COMMAND_WAIT_S
              + " s; take a thread dump");
    }
    pending.add(command);
    if (!isTerminated()) {
      ring.publish(Input.Kind.COMMAND, command);
    }
    if (isTerminated()) {
      // The dispatcher ended without a look at it, or will find it pending: whoever comes first.
      carryOutAtRest(command);
    }
    return command;
  }

  private boolean acquireCommand() {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return commands.tryAcquire(COMMAND_WAIT_S, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  // The engine is at rest for good: one thread at a time may look.
  private synchronized void carryOutAtRest(Command<?> command) {
    carryOutOnce(command, clock.nanoTime());
  }

  /** Carries a command out. On the dispatcher's thread. */
  void carryOut(@Nullable Object command, long stampNs) {
    carryOutOnce((Command<?>) Objects.requireNonNull(command), stampNs);
  }

  private void carryOutOnce(Command<?> command, long stampNs) {
    if (pending.remove(command)) {
      commands.release();
      command.carryOut(engine, stampNs);
    }
  }

  // ---- to see

  @Override
  public Snapshot snapshot() {
    Supplier<Snapshot> picture =
        ask(
            (engine, stampNs) -> {
              engine.advance(stampNs);
              return observer.picture(engine);
            });
    return picture.get();
  }

  @Override
  public Counters counters() {
    return observer.counters();
  }

  // A submitter may be between the gates and the ring while its job is closed and retired: what
  // lasts is broken, what is gone in a moment was on its way.
  @Override
  public Audit audit() {
    Audit audit = auditNow();
    for (int look = 1; look < AUDIT_LOOKS && audit.atRest() && !audit.isSound(); look++) {
      LockSupport.parkNanos(AUDIT_PAUSE_NS);
      audit = auditNow();
    }
    return audit;
  }

  private Audit auditNow() {
    List<AgentGate> agents = registry.agents();
    List<TargetGate> targets = registry.targets();
    return ask(
        (engine, stampNs) ->
            new Auditor(settings, gates, engine, agents, targets, violations, lateJobs, errors)
                .audit());
  }

  /** Compares a job's account with the ledger. On the dispatcher's thread. */
  void checkRetired(JobAccount job, long spentTokens, long spentMoneyNanos) {
    if (job.liveReservations() > 0) {
      // A submitter passed the gates just before the job was closed; its task will be cancelled.
      lateJobs.removeIf(late -> late.liveReservations() == 0);
      if (lateJobs.size() < MAX_LATE_JOBS) {
        lateJobs.add(job);
      }
      return;
    }
    String violation = Auditor.ofRetired(job, spentTokens, spentMoneyNanos);
    if (violation != null && violations.size() < MAX_VIOLATIONS) {
      violations.add(violation);
    }
  }

  // ---- the end

  @Override
  public boolean shutdown(Duration drain) {
    Objects.requireNonNull(drain, "drain is null; use Duration.ZERO to interrupt at once");
    gates.waitingRoom().close();
    ring.wakeDispatcher();
    boolean interrupted = false;
    boolean gone = false;
    try {
      gone = terminated.await(TaskHandle.toNanos(drain), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      interrupted = true; // in a hurry: what runs is interrupted now
    }
    if (!gone) {
      var _ =
          ask(
              (engine, stampNs) -> {
                engine.halt(stampNs);
                return true;
              });
      try {
        gone = terminated.await(MAX_LINGER.toNanos(), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return gone;
  }

  @Override
  public void close() {
    var _ = shutdown(settings.patience());
  }

  /**
   * Whether the dispatcher may end: nobody is let in any more, nobody is on the way in, and nothing
   * is left. Deaf calls keep it alive, parked, until their threads end. On the dispatcher's thread.
   */
  boolean mayTerminate(Engine engine) {
    return isClosing() && engine.isIdle() && gates.waitingRoom().taken() == 0 && ring.isEmpty();
  }

  // The word that shuts submitters out is the one that lets the dispatcher end: were there two,
  // somebody could be let in between them, and never be looked at.
  private boolean isClosing() {
    return gates.waitingRoom().isClosed();
  }

  /** The dispatcher ends: jobs that were left open are closed. On its thread. */
  void onTerminated() {
    try {
      engine.halt(clock.nanoTime());
      observer.close(engine);
      if (refusals != null) {
        refusals.rest(engine);
      }
    } catch (Throwable t) { // whoever waits for the end must hear of it
      errors.ofOurs("the end", t);
    }
    try {
      if (journal != null) {
        journal.close(engine.nowNs(), engine.digest());
      }
    } catch (Throwable t) { // as above
      errors.ofOurs("the journal's end", t);
    } finally {
      if (outbox != null) {
        outbox.close();
      }
      launcher.close();
      helpers.close();
      terminated.countDown();
      if (outbox != null) {
        outbox.closeAsked(); // by who saw no end yet
      }
      // Published after the last look at the ring, by threads that then saw no end yet.
      pending.forEach(this::carryOutAtRest);
    }
  }

  /** When the admission of a task is durable. Any thread. */
  CompletableFuture<Void> durable(long taskId) {
    var answer = new CompletableFuture<Void>();
    if (outbox == null) {
      answer.completeExceptionally(
          new IllegalStateException(
              "this Headgate has no journal, so nothing is durable; give its builder one"));
      return answer;
    }
    outbox.ask(taskId, answer);
    ring.wakeIfParked();
    if (isTerminated()) {
      outbox.closeAsked(); // nobody looks any more
    }
    return answer;
  }

  boolean isTerminated() {
    return terminated.getCount() == 0;
  }

  // ---- parts

  RuntimeClock clock() {
    return clock;
  }

  Gates gates() {
    return gates;
  }

  InputRing ring() {
    return ring;
  }

  ErrorLog errors() {
    return errors;
  }

  Observer observer() {
    return observer;
  }

  Helpers helpers() {
    return helpers;
  }

  Carrier carrier() {
    return carrier;
  }

  Funding funding() {
    return funding;
  }

  Jobs jobs() {
    return jobs;
  }
}
