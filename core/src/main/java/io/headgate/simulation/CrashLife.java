package io.headgate.simulation;

import io.headgate.AgentSettings;
import io.headgate.CallClass;
import io.headgate.Estimate;
import io.headgate.Handler;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.ParkPolicy;
import io.headgate.Priority;
import io.headgate.Recovery.Fate;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.TargetSettings;
import io.headgate.Task;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Earlier;
import io.headgate.admission.KeptArgument;
import io.headgate.admission.TargetGate;
import io.headgate.recovery.Fates;
import io.headgate.recovery.Past;
import io.headgate.recovery.RecoveryRecorder;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A host between two crashes: takes up what the one before left, as the runtime does, and goes on
 * with clients of its own.
 */
final class CrashLife implements CrashDisk.Surroundings {
  private static final long SECOND_NS = 1_000_000_000L;
  private static final long PATIENCE_NS = 30 * SECOND_NS;
  private static final long MIN_PAUSE_NS = 100_000;
  private static final long MAX_PAUSE_NS = 100_000_000;
  private static final int FAILS_OF_TEN = 2;
  private static final long NANOS_A_TOKEN = 1_000;

  /** How a host's clients are, in all its lives. */
  record Habits(
      CrashPlan plan,
      HeadgateSettings settings,
      Map<String, AgentSettings> agents,
      Map<String, TargetSettings> targets,
      Map<String, Handler<String, ?>> handlers) {}

  final World world;
  private final Habits habits;
  private final CrashBooks books;
  private final CrashFlight.Counts counts;
  private final int number;
  private final long epochNs;
  private final RecoveryRecorder recorder;
  private final VirtualHeadgate headgate;
  private final Map<String, AgentGate> agents = new LinkedHashMap<>();
  private final Map<String, TargetGate> targets = new LinkedHashMap<>();
  private int clients;
  private boolean isRecovered;
  private long submissions;

  CrashLife(
      Habits habits,
      CrashDisk disk,
      CrashBooks books,
      CrashFlight.Counts counts,
      int number,
      long seed,
      long epochNs) {
    this.habits = habits;
    this.books = books;
    this.counts = counts;
    this.number = number;
    this.epochNs = epochNs;
    CrashPlan plan = habits.plan();
    world = new World(seed, plan.faults());
    recorder = disk.open(habits.settings(), seed, world::nanoTime, epochNs, this);
    books.begin(seed, epochNs, habits.settings().maxJobs() < plan.settings().maxJobs());
    headgate =
        new VirtualHeadgate(
            world, habits.settings(), VirtualRing.roomOf(habits.settings()), books, 1, recorder);
  }

  // ---- what surrounds the disk

  @Override
  public void in(long ns, Runnable action) {
    var _ = world.agenda.in(ns, action);
  }

  @Override
  public long upTo(long bound) {
    return world.upTo(bound);
  }

  @Override
  public void progress() {
    headgate.published();
  }

  @Override
  public void recorded(CrashDisk.What what, long of, long with, long number) {
    books.recorded(what, of, with, number);
  }

  @Override
  public void hit(String what) {
    counts.add(what);
  }

  // ---- the host

  private long nowEpochNs() {
    return epochNs + world.nanoTime();
  }

  /** Begins: what was found is checked, and taken up. */
  void begin() {
    Past past = recorder.past();
    books.check(past);
    if (!past.isNothing()) {
      headgate.reopen(past, epochNs);
    }
    habits
        .agents()
        .forEach(
            (id, settings) ->
                world.agenda.in(
                    world.upTo(habits.plan().lateNs()), () -> agent(past, id, settings)));
    habits.targets().forEach(this::target);
    var _ = world.startIn(world.upTo(habits.plan().lateNs()), () -> recover(past));
    for (int client = 0; client < habits.plan().clients(); client++) {
      String name = "c" + client;
      clients++;
      var _ =
          world.startIn(
              world.upTo(habits.plan().lateNs()) + MIN_PAUSE_NS,
              () -> {
                client(name);
                clients--;
              });
    }
    var _ = world.start(this::operate);
  }

  private void agent(Past past, String id, AgentSettings settings) {
    var gate = new AgentGate(id, agents.size(), settings, headgate);
    Past.Used used = past.usedBy().get(id);
    if (used != null) {
      used.carryInto(gate, world.nanoTime(), nowEpochNs());
    }
    agents.put(id, gate);
    headgate.register(gate);
  }

  private void target(String id, TargetSettings settings) {
    var gate = new TargetGate(id, targets.size(), settings, headgate);
    targets.put(id, gate);
    headgate.register(gate);
  }

  /** The host closes it, and lets what runs go on for a while. */
  void shutdown() {
    counts.add("shut down");
    headgate.shutdown(world.upTo(2 * habits.plan().callNs()));
  }

  /** Whether nothing is left to be done. */
  boolean isAtRest() {
    return clients == 0 && isRecovered && headgate.ring.isEmpty() && headgate.engine.isIdle();
  }

  long digest() {
    world.mix(headgate.engine.digest());
    return world.digest();
  }

  // ---- recovery, as the runtime's

  private void recover(Past past) throws Actor.Interrupted {
    long untilNs = world.nanoTime() + PATIENCE_NS;
    boolean isWhole = true;
    for (Past.PastTask task : past.tasks()) {
      isWhole &= recover(task, untilNs) != Fate.POSTPONED;
      pause(world.upTo(habits.plan().slowNs()));
    }
    if (!past.isNothing() && isWhole) {
      headgate.command(recorder::recoveryEnded);
    }
    isRecovered = true;
  }

  private Fate recover(Past.PastTask task, long untilNs) throws Actor.Interrupted {
    Handler<String, ?> handler = habits.handlers().get(String.valueOf(task.handler()));
    VirtualJob job = headgate.jobs.findReopened(task.job());
    AgentGate agent = agents.get(task.agent());
    TargetGate target = targets.get(task.target());
    Fate fate = Fates.beforehand(task, handler, job, agent == null || target == null, nowEpochNs());
    VirtualTask made = null;
    Refusal refusal = null;
    if (fate == null && job != null && agent != null && target != null) {
      VirtualHeadgate.Answer answer = submit(task, handler, job, agent, target, untilNs);
      made = answer.task();
      Refused<?> refused = answer.refused();
      refusal = refused == null ? null : refused.reason();
      fate = Fates.afterwards(task, handler, made != null, refusal);
    }
    Fate met = fate == null ? Fate.LOST : fate;
    if (made == null && met != Fate.POSTPONED) {
      headgate.command(stampNs -> recorder.recovered(stampNs, task, met));
    }
    boolean isClosed = job != null && job.isClosed(); // of which there may be no record yet
    books.fate(task, met, handler, refusal, job == null, isClosed, nowEpochNs());
    counts.add(met.name());
    return met;
  }

  private VirtualHeadgate.Answer submit(
      Past.PastTask task,
      @Nullable Handler<String, ?> handler,
      VirtualJob job,
      AgentGate agent,
      TargetGate target,
      long untilNs)
      throws Actor.Interrupted {
    KeptArgument payload = task.payload();
    if (handler == null || payload == null) {
      return new VirtualHeadgate.Answer(null, null);
    }
    String key = handler.codec().decode(payload.bytes());
    boolean mustAsk = Fates.mustAsk(task, handler);
    Estimate estimate = task.estimate();
    VirtualCall call =
        new KeptCall(
            handler,
            key,
            task.run(),
            task.task(),
            mustAsk,
            estimate,
            Fates.earlier(task, mustAsk, atNs -> world.nanoTime() - (nowEpochNs() - atNs)),
            attempt -> work(attempt, null));
    long ttlNs = task.leftNs(nowEpochNs());
    var ask =
        new VirtualHeadgate.Ask(
            agent,
            target,
            new Demand(estimate, estimate.inputTokens(), estimate.maxOutputTokens()),
            task.priority(),
            ttlNs,
            task.arguments(),
            task.isDegradable(),
            task.wrapsUp(),
            task.isIdempotent());
    while (true) {
      VirtualHeadgate.Answer answer = headgate.submit(job, ask, null, call);
      Refused<?> refused = answer.refused();
      long leftNs = untilNs - world.nanoTime();
      if (refused == null || !refused.reason().retryable() || leftNs <= 0) {
        return answer;
      }
      long pauseNs = Math.clamp(refused.retryAfter().toNanos(), MIN_PAUSE_NS, MAX_PAUSE_NS);
      pause(Math.min(pauseNs, leftNs));
    }
  }

  // ---- clients

  private static void pause(long ns) throws Actor.Interrupted {
    Actor actor = Actor.current();
    if (actor != null && ns > 0) {
      actor.sleep(ns);
    }
  }

  private void client(String name) throws Actor.Interrupted {
    CrashPlan plan = habits.plan();
    for (int i = 0; i < plan.jobs(); i++) {
      // An id of its own, or one that may have been used in a life before.
      String id = name + "-" + (world.upTo(2) == 0 ? "" : number + ".") + i;
      boolean isShut = books.isShut(id, nowEpochNs());
      JobSettings settings =
          JobSettings.DEFAULT
              .tokenBudget(plan.budget())
              .moneyBudgetNanos(
                  world.upTo(3) == 0
                      ? plan.budget() * (1 + world.upTo(2 * NANOS_A_TOKEN))
                      : JobSettings.UNLIMITED)
              .deadline(Duration.ofNanos(plan.deadlineNs()));
      if (!(headgate.openJob(id, settings, null) instanceof VirtualJob job)) {
        continue;
      }
      Violation.check(!isShut, "job {} was closed, and is open again", id);
      if (world.upTo(7) == 0) {
        books.raise(job, 2 * plan.budget());
        headgate.changeBudget(job, 2 * plan.budget(), JobSettings.UNLIMITED);
      }
      VirtualJob in = job;
      if (world.upTo(3) == 0
          && headgate.openJob(id + "/p", part(plan), job) instanceof VirtualJob part) {
        in = part;
      }
      work(in, plan);
      if (world.upTo(2) > 0) {
        headgate.closeJob(job);
      }
      pause(world.upTo(plan.gapNs()));
    }
  }

  private JobSettings part(CrashPlan plan) {
    return JobSettings.DEFAULT
        .tokenBudget(1 + plan.budget() / 3)
        .deadline(Duration.ofNanos(plan.deadlineNs() / (1 + 9 * world.upTo(1))));
  }

  private void work(VirtualJob job, CrashPlan plan) throws Actor.Interrupted {
    VirtualTask last = null;
    for (int i = 0; i < plan.calls(); i++) {
      VirtualTask task = call(job, null);
      last = task == null ? last : task;
      pause(world.upTo(plan.gapNs()));
    }
    if (last != null && world.upTo(3) > 0) {
      var _ = last.await(world.upTo(SECOND_NS));
    }
  }

  // Of a handler, or a bare one.
  private @Nullable VirtualTask call(VirtualJob job, @Nullable VirtualAttempt caller) {
    AgentGate agent = drawn(agents);
    TargetGate target = drawn(targets);
    if (agent == null || target == null) {
      return null;
    }
    String key = "t" + number + "." + submissions++;
    Handler<String, ?> handler = handler();
    boolean child = caller == null && world.upTo(7) == 0;
    VirtualJob of = child ? job : null;
    long input = 1 + world.upTo(20);
    long output = 1 + world.upTo(30);
    Estimate estimate = Estimate.of(input, output);
    VirtualCall call =
        handler == null
            ? new CrashBooks.BareCall(key, attempt -> work(attempt, of))
            : new KeptCall(
                handler,
                key,
                world.seed,
                -1,
                false,
                estimate,
                Earlier.NOTHING,
                attempt -> work(attempt, of));
    var ask =
        new VirtualHeadgate.Ask(
            agent,
            target,
            new Demand(estimate, input, output),
            Priority.NORMAL,
            world.upTo(4) == 0 ? 1 + world.upTo(2 * SECOND_NS) : Long.MAX_VALUE,
            Task.NO_ARGUMENTS,
            true,
            false,
            handler != null && handler.isIdempotent());
    books.submitting(key, handler, caller != null, job);
    VirtualHeadgate.Answer answer =
        caller == null ? headgate.submit(job, ask, null, call) : caller.submit(ask, call);
    VirtualTask task = answer.task();
    Refused<?> refused = answer.refused();
    if (task == null) {
      books.refused(key);
      if (refused != null && refused.reason() == Refusal.JOURNAL_BEHIND) {
        counts.add("refused: journal behind");
      }
      return null;
    }
    counts.add("admitted");
    var durable = new CompletableFuture<Void>();
    var _ = durable.thenRun(() -> books.acknowledge(key));
    headgate.askDurable(task, durable);
    return task;
  }

  private @Nullable Handler<String, ?> handler() {
    int drawn = (int) world.upTo(habits.handlers().size());
    for (Handler<String, ?> each : habits.handlers().values()) {
      if (drawn-- == 0) {
        return each;
      }
    }
    return null;
  }

  private <G> @Nullable G drawn(Map<String, G> gates) {
    int drawn = gates.isEmpty() ? 0 : (int) world.upTo(gates.size() - 1);
    for (G each : gates.values()) {
      if (drawn-- == 0) {
        return each;
      }
    }
    return null;
  }

  // What a call does: it takes its time, perhaps calls another, and answers, fails or hangs.
  private void work(VirtualAttempt attempt, @Nullable VirtualJob of)
      throws CallFailed, Actor.Interrupted {
    counts.add("called");
    attempt.sleep(1 + world.upTo(habits.plan().callNs()));
    if (of != null) {
      VirtualTask child = call(of, attempt);
      if (child != null) {
        attempt.join(child, Long.MAX_VALUE);
      }
    }
    long how = world.upTo(9);
    if (how < FAILS_OF_TEN) {
      attempt.usage(0, 0);
      CallFailed failed =
          how == 0
              ? new CallFailed(CallFailed.Kind.UNAVAILABLE, 0)
              : new CallFailed(CallClass.FATAL, 0);
      books.failed(attempt.task(), failed.callClass());
      throw failed;
    }
    if (how == 9) {
      attempt.sleep(10 * habits.plan().callNs());
    }
    if (how % 2 == 0) {
      VirtualTask task = attempt.task();
      attempt.usage(world.upTo(task.inputTokens()), world.upTo(task.outputTokens()));
    }
  }

  // A human who comes by, and says of the first who waits for that what is to become of it.
  private void operate() throws Actor.Interrupted {
    while (clients > 0 || !headgate.engine.isIdle() || !isRecovered) {
      pause(1 + world.upTo(habits.plan().operatorNs()));
      VirtualTask parked = headgate.firstParked();
      if (parked != null && world.upTo(1) == 0) {
        boolean runs = world.upTo(1) == 0;
        if (runs) {
          books.approve(parked);
        }
        headgate.decide(parked, runs ? ParkPolicy.Action.RUN : ParkPolicy.Action.REFUSE);
      }
    }
  }
}
