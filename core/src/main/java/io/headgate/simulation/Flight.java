package io.headgate.simulation;

import io.headgate.AgentSettings;
import io.headgate.BreakerPolicy;
import io.headgate.ConcurrencyPolicy;
import io.headgate.DegradationPolicy;
import io.headgate.Estimate;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.LevelPolicy;
import io.headgate.LoopPolicy;
import io.headgate.PacePolicy;
import io.headgate.ParkPolicy;
import io.headgate.Price;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Spending;
import io.headgate.SpendingLimits;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Gates;
import io.headgate.admission.JobRates;
import io.headgate.admission.SpendingAccount;
import io.headgate.admission.TargetGate;
import io.headgate.engine.Ending;
import io.headgate.engine.EngineRecorder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One simulation: a scenario under a seed, from the first job to rest. Must run on a virtual
 * thread, as its actors do: control passes between them a hundred times faster then.
 */
final class Flight {
  private static final int MAX_ACTIONS = 50_000_000;

  /** A burst is a million jobs at most, of a few actions each. */
  private static final int MAX_ACTIONS_AT_ONCE = 20_000_000;

  private static final long CHANGED_TOKENS_PER_MINUTE = 1_000_000;

  /** About what a storm may spend, and in a minute. */
  private static final long STORMS_TOKENS = 50_000;

  private static final long STORMS_MONEY = 50_000_000;
  private static final long STORMS_MICROS = 1_000_000;
  private static final long REST_NS = 1_000_000_000L;
  private static final int DEAF_CALLS = 8;
  private static final long LONGEST_HOLD_NS = 200_000_000L;
  private static final long SERVED_NS = 1_000 * 3_600 * REST_NS;

  /** Who calls what. */
  record Place(AgentGate agent, TargetGate target, List<Provider> providers) {
    /** One call, at the rung of its attempt; a static answer is there at once. */
    void call(VirtualAttempt attempt, Demand demand) throws CallFailed, Actor.Interrupted {
      if (target.settings().degradation().isStatic(attempt.rung())) {
        attempt.usage(0, 0);
      } else {
        providerAt(attempt.rung()).call(attempt, demand);
      }
    }

    /** Whether what was answered was longer than the call's cap. */
    boolean cutsShort(VirtualAttempt attempt, Demand demand) {
      return !target.settings().degradation().isStatic(attempt.rung())
          && providerAt(attempt.rung()).cutsShort(attempt, demand);
    }

    private Provider providerAt(int rung) {
      return providers.get(Math.min(rung, providers.size() - 1));
    }
  }

  /** How it ended. */
  record Result(long digest, Tally tally, @Nullable String violation) {}

  final Scenario scenario;
  final World world;
  final VirtualHeadgate headgate;
  final Tally tally = new Tally();
  private final Referee referee;
  private final Calm calm;
  private int actionsAtOnce;
  private int journalStalls;

  /** What clients look at themselves before each call; who may not make it asks for nothing. */
  Predicate<VirtualJob> mayCall = job -> true;

  /** Whose budget an operator changes. */
  private @Nullable VirtualJob latestJob;

  private final @Nullable Recorder recorder;
  private final Witness witness;
  private final SplittableRandom random;
  private final List<AgentGate> agents = new ArrayList<>();
  private final List<TargetGate> targets = new ArrayList<>();
  private final List<List<Provider>> providers = new ArrayList<>();

  /** One that is only checked. */
  Flight(Scenario scenario, long seed, int timerSteps) {
    this(scenario, seed, timerSteps, 0, 0, null);
  }

  /** One that is checked, and written down. */
  Flight(Scenario scenario, long seed, RecordedSeed.Begin begin) {
    this(scenario, seed, 1, 0, 0, null, begin);
  }

  /** One that is checked, and watched by somebody else too. */
  Flight(Scenario scenario, long seed, Witness watcher) {
    this(scenario, seed, 1, 0, 0, watcher);
  }

  /**
   * One that is checked and, if there are to be intervals, recorded.
   *
   * @param lengthNs of the time line
   * @param intervals into which it is divided
   */
  Flight(Scenario scenario, long seed, int timerSteps, long lengthNs, int intervals) {
    this(scenario, seed, timerSteps, lengthNs, intervals, null);
  }

  /** One that is checked, recorded, and watched by somebody else too, if there is one. */
  Flight(
      Scenario scenario,
      long seed,
      int timerSteps,
      long lengthNs,
      int intervals,
      @Nullable Witness watcher) {
    this(scenario, seed, timerSteps, lengthNs, intervals, watcher, null);
  }

  private Flight(
      Scenario scenario,
      long seed,
      int timerSteps,
      long lengthNs,
      int intervals,
      @Nullable Witness watcher,
      RecordedSeed.@Nullable Begin begin) {
    this.scenario = scenario;
    random = new SplittableRandom(seed);
    world = new World(random.nextLong(), scenario.faults());
    recorder = intervals == 0 ? null : new Recorder(world, lengthNs, intervals);
    referee = new Referee(world, scenario.settings());
    int room =
        scenario.ringRoom() > 0 ? scenario.ringRoom() : VirtualRing.roomOf(scenario.settings());
    calm = new Calm(scenario);
    List<Witness> witnesses = new ArrayList<>(List.of(referee, new Counter()));
    witnesses.add(recorder == null ? calm : recorder);
    if (watcher != null) {
      witnesses.add(watcher);
    }
    witness = new Witnesses(List.copyOf(witnesses));
    EngineRecorder journal = begin == null ? null : begin.begin(scenario.settings(), world.seed);
    headgate = new VirtualHeadgate(world, scenario.settings(), room, witness, timerSteps, journal);
    referee.watch(headgate);
  }

  /** Flies it, and says what went wrong, if anything did. */
  Result fly() {
    String violation = null;
    try {
      register();
      for (Load load : scenario.loads()) {
        new LoadDriver(this, load, random.nextLong()).start();
      }
      operate(scenario.operator());
      Scenario.Calm calm = scenario.calm();
      if (calm != null) {
        long seed = random.nextLong();
        world.agenda.at(scenario.quietFromNs(), () -> calmAfterStorm(calm, seed));
      }
      run();
    } catch (Throwable t) { // whatever it is, this seed has failed, and the others go on
      violation = describe(t);
    } finally {
      world.end();
    }
    if (violation == null) {
      world.mix(headgate.engine.digest());
    }
    return new Result(world.digest(), tally, violation);
  }

  static String describe(Throwable thrown) {
    Throwable cause = thrown;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    StackTraceElement[] trace = cause.getStackTrace();
    return cause instanceof Violation || trace.length == 0
        ? String.valueOf(cause.getMessage())
        : cause + " at " + trace[0];
  }

  private void register() {
    for (Scenario.AgentPart part : scenario.agents()) {
      var gate = new AgentGate(part.id(), agents.size(), part.settings(), headgate);
      agents.add(gate);
      headgate.register(gate);
    }
    for (Scenario.TargetPart part : scenario.targets()) {
      var gate = new TargetGate(part.id(), targets.size(), part.settings(), headgate);
      targets.add(gate);
      providers.add(providers(part));
      headgate.register(gate);
    }
  }

  private List<Provider> providers(Scenario.TargetPart part) {
    List<Provider> providers = new ArrayList<>();
    providers.add(new Provider(world, part, scenario.quietFromNs(), random.nextLong()));
    for (ProviderModel model : part.lower()) {
      long seed = random.nextLong();
      providers.add(
          new Provider(
              world, model, part.inCalm(), part.streams(), null, scenario.quietFromNs(), seed));
    }
    return providers;
  }

  /** The target at this place. */
  TargetGate target(int index) {
    return targets.get(index);
  }

  /** What stands behind a target's first rung. */
  Provider providerOf(int target) {
    return providers.get(target).getFirst();
  }

  /** What the provider of a target's first rung has taken. */
  RateLimiter limiterOf(int target) {
    return providers.get(target).getFirst().limiter();
  }

  private void run() {
    while (step(scenario.endNs())) {
      // A user's load may be of any size.
      if (tally.actions > MAX_ACTIONS && recorder == null) {
        throw new Violation("does not come to rest in " + MAX_ACTIONS + " actions");
      }
    }
    if (!headgate.isHalted() && recorder == null) {
      checkLiveness();
      Scenario.Calm calm = scenario.calm();
      if (calm != null) {
        checkCalm(calm);
      }
    }
    // The clients have gone; who is left is closed, as a host does at its end.
    if (!headgate.isHalted()) {
      headgate.shutdown(REST_NS);
    }
    long endNs = Math.max(scenario.endNs(), world.agenda.nowNs());
    while (step(endNs + 2 * REST_NS + Latency.LONGEST.toNanos() * 8)) {
      // until nothing is left to be done
    }
    referee.checkRest(headgate);
  }

  // One that goes round in circles at one moment would do so for good.
  private boolean step(long untilNs) {
    long beforeNs = world.agenda.nowNs();
    if (!world.agenda.step(untilNs)) {
      return false;
    }
    tally.actions++;
    actionsAtOnce = world.agenda.nowNs() == beforeNs ? actionsAtOnce + 1 : 0;
    if (actionsAtOnce > MAX_ACTIONS_AT_ONCE) {
      throw new Violation(
          "time stands still at " + beforeNs + " ns, for " + MAX_ACTIONS_AT_ONCE + " actions");
    }
    return true;
  }

  // Faults and load are over, and every bound in time has passed: nothing is stuck, and whoever
  // asks
  // is served.
  private void checkLiveness() {
    if (headgate.engine.ledger().waiting() > 0 || !headgate.ring.isEmpty()) {
      throw new Violation("long after the last fault, something still waits");
    }
    // A deaf call may run for hours, and holds its permit rightly.
    long deafNs = world.agenda.nowNs() + DEAF_CALLS * Latency.LONGEST.toNanos();
    while (!headgate.engine.isIdle() && step(deafNs)) {
      // until the last deaf call has ended
    }
    if (!headgate.engine.isIdle()) {
      throw new Violation("long after the last fault, something still runs");
    }
    parkNoMore();
    restoreRate();
    restoreParking();
    int[] served = new int[1];
    world.start(
        () -> {
          for (AgentGate agent : agents) {
            for (TargetGate target : targets) {
              ask(agent, target);
              served[0]++;
            }
          }
        });
    long untilNs = world.agenda.nowNs() + SERVED_NS;
    int wanted = agents.size() * targets.size();
    while (served[0] < wanted && step(untilNs)) {
      // until all are served
    }
    if (served[0] < wanted) {
      throw new Violation(
          "after the faults, only " + served[0] + " of " + wanted + " calls were served");
    }
  }

  // Below capacity, on top of what the storm has left.
  // What limits leave in calm weather depends on the storm: somebody raises them, and takes the
  // pace off, which a provider's 429s may have made slower than calm weather is.
  private void raiseLimits() {
    restoreRate();
    restoreParking();
    for (AgentGate agent : agents) {
      AgentSettings settings = agent.settings();
      if (!settings.spending().equals(SpendingLimits.NONE)) {
        world.hit(FaultPoint.LIMIT_RAISED);
        headgate.reconfigure(agent, settings.spending(SpendingLimits.NONE));
      }
    }
    for (TargetGate target : targets) {
      TargetSettings settings = target.settings();
      // What was learned in the storm may be less than calm weather needs.
      if (settings.pace().isOn() || settings.concurrency().isOn() || settings.level().isOn()) {
        headgate.reconfigure(
            target,
            settings
                .pace(PacePolicy.OFF)
                .concurrency(ConcurrencyPolicy.OFF)
                .level(LevelPolicy.OFF));
      }
    }
    if (headgate.gates.spending() != null) {
      headgate.limitSpending(SpendingLimits.NONE);
    }
  }

  private void calmAfterStorm(Scenario.Calm asked, long seed) {
    raiseLimits();
    long fromNs = world.agenda.nowNs();
    Load load = calm.load(asked, agents, targets, fromNs, asked.afterStormNs());
    new LoadDriver(this, load, seed).start();
  }

  // What the storm has left is done, and its debts are paid: now every job must be done.
  private void checkCalm(Scenario.Calm asked) {
    raiseLimits();
    long fromNs = world.agenda.nowNs() + Calm.refillNs(headgate, agents, world.nanoTime());
    Load load = calm.load(asked, agents, targets, fromNs, 0);
    new LoadDriver(this, load, random.nextLong(), calm).start();
    long untilNs = load.to().plus(load.job().settings().deadline()).toNanos();
    while ((world.agenda.nowNs() < load.to().toNanos() || !calm.allDone()) && step(untilNs)) {
      // until the last has come, and all are done
    }
    tally.calmJobs = calm.jobsDone();
    if (!calm.allDone()) {
      throw new Violation("in calm weather, only " + calm + " were done");
    }
  }

  private void ask(AgentGate agent, TargetGate target) throws Actor.Interrupted {
    Actor self = Actor.current();
    var ask = VirtualHeadgate.Ask.of(agent, target, new Demand(Estimate.of(0, 0), 0, 0));
    if (self == null) {
      throw new IllegalStateException("only an actor can wait");
    }
    Object opened = headgate.openJob(JobSettings.DEFAULT, null);
    while (opened instanceof Refused<?> refused) {
      if (refused.reason() != Refusal.RING_FULL) {
        throw new Violation("after the faults, no job can be opened: " + refused.reason());
      }
      self.sleep(1_000_000);
      opened = headgate.openJob(JobSettings.DEFAULT, null);
    }
    VirtualJob job = (VirtualJob) opened;
    VirtualTask task = null;
    while (task == null) {
      VirtualHeadgate.Answer answer = submit(job, ask, attempt -> attempt.usage(0, 0));
      task = answer.task();
      Refused<?> refused = answer.refused();
      if (refused != null) {
        // Debts at a bucket take time to pay, and a tiny ring its turn.
        Refusal reason = refused.reason();
        if (reason != Refusal.TARGET_UNAVAILABLE
            && reason != Refusal.AGENT_CUT_OFF
            && reason != Refusal.AGENT_RATE
            && reason != Refusal.GLOBAL_RATE
            && reason != Refusal.AGENT_MONEY_RATE
            && reason != Refusal.GLOBAL_MONEY_RATE
            && reason != Refusal.RING_FULL) {
          throw new Violation("after the faults, a call of " + agent + " is refused: " + reason);
        }
        self.sleep(Math.max(1_000_000, refused.retryAfter().toNanos()));
      }
    }
    task.await();
    if (task.ending != Ending.COMPLETED) {
      throw new Violation("after the faults, a call of " + agent + " ended as " + task.ending);
    }
    headgate.closeJob(job);
  }

  // ---- what the load asks for

  /** Where a call of a client goes: its own agent, and deeper calls to further targets. */
  Place place(Load load, long client, int depth, SplittableRandom random) {
    AgentGate agent = agentOf(load, client);
    int target =
        targets.size() == 1 ? 0 : (int) ((client + depth + random.nextInt(2)) % targets.size());
    return new Place(agent, targets.get(target), providers.get(target));
  }

  AgentGate agentOf(Load load, long client) {
    String id = load.agent();
    return id == null ? agents.get((int) (client % agents.size())) : agent(id);
  }

  /** The agent of this id, which is there. */
  AgentGate agent(String id) {
    return agents.stream().filter(each -> each.id().equals(id)).findFirst().orElseThrow();
  }

  VirtualHeadgate.Answer submit(VirtualJob job, VirtualHeadgate.Ask ask, VirtualCall call) {
    tally.submissions++;
    return headgate.submit(job, ask, null, call);
  }

  @Nullable VirtualTask submitChild(
      VirtualAttempt attempt, VirtualHeadgate.Ask ask, VirtualCall call) {
    tally.submissions++;
    return attempt.submit(ask, call).task();
  }

  void jobOpened(VirtualJob job) {
    latestJob = job;
  }

  void jobArrived() {
    tally.jobs++;
    witness.jobArrived();
  }

  void jobRefused() {
    tally.jobsRefused++;
    witness.jobRefused();
  }

  void jobOver(VirtualJob job, boolean inTime, boolean wrappedUp) {
    job.inTime = inTime;
    job.wrappedUp = wrappedUp;
    if (wrappedUp) {
      tally.jobsWrappedUp++;
    }
    if (inTime) {
      tally.jobsInTime++;
    } else {
      tally.jobsFailed++;
    }
    witness.jobOver(job, inTime);
  }

  Recorder recorder() {
    if (recorder == null) {
      throw new IllegalStateException("nothing was recorded");
    }
    return recorder;
  }

  // ---- the operator

  private void operate(Scenario.Operator operator) {
    long untilNs = scenario.quietFromNs();
    for (int i = 0; i < operator.reconfigurations(); i++) {
      world.startIn(random.nextLong(untilNs + 1), this::reconfigure);
    }
    for (int i = 0; i < operator.changes(); i++) {
      world.startIn(random.nextLong(untilNs + 1), this::change);
    }
    for (int i = 0; i < operator.words(); i++) {
      world.startIn(random.nextLong(untilNs + 1), this::say);
    }
    for (int i = 0; i < operator.limits(); i++) {
      world.startIn(random.nextLong(untilNs + 1), this::changeLimits);
    }
    // Drawn apart, so that all else of a seed is as it would be without.
    var ofJobs = new SplittableRandom(world.seed);
    for (int i = 0; i < operator.jobs(); i++) {
      world.startIn(ofJobs.nextLong(untilNs + 1), () -> changeJob(ofJobs));
    }
    var ofBudgets = new SplittableRandom(~world.seed);
    for (int i = 0; i < operator.jobBudgets(); i++) {
      world.startIn(ofBudgets.nextLong(untilNs + 1), () -> changeBudgetRules(ofBudgets));
    }
    var ofParking = new SplittableRandom(world.seed + 1);
    for (int i = 0; i < operator.parking(); i++) {
      world.startIn(ofParking.nextLong(untilNs + 1), () -> changeParking(ofParking));
    }
    var ofPolicies = new SplittableRandom(world.seed + 2);
    for (int i = 0; i < operator.policies(); i++) {
      world.startIn(ofPolicies.nextLong(untilNs + 1), () -> changePolicies(ofPolicies));
    }
    var ofJournal = new SplittableRandom(world.seed + 3);
    for (int i = 0; i < scenario.faults().journalStalls(); i++) {
      long forNs = ofJournal.nextLong(1 + untilNs / 16);
      world.startIn(ofJournal.nextLong(untilNs + 1 - untilNs / 16), () -> stallJournal(forNs));
    }
    for (int i = 0; i < operator.removals(); i++) {
      long backNs = random.nextLong(1 + untilNs / 8);
      world.startIn(random.nextLong(untilNs + 1), () -> removeFor(backNs));
    }
    if (operator.shutdownNs() != Long.MAX_VALUE) {
      world.agenda.at(
          operator.shutdownNs(),
          () -> {
            world.hit(FaultPoint.SHUTDOWN);
            headgate.shutdown(operator.drainNs());
          });
    }
  }

  private void stallJournal(long forNs) throws Actor.Interrupted {
    Actor self = Actor.current();
    if (self == null) {
      throw new IllegalStateException("only an actor can wait");
    }
    journalStalls++;
    headgate.gates.publishJournal(true);
    self.sleep(forNs);
    journalStalls--;
    headgate.gates.publishJournal(journalStalls > 0);
  }

  private void reconfigure() {
    int cap = 1 + random.nextInt(Math.min(8, scenario.settings().maxInFlight()));
    if (random.nextBoolean()) {
      AgentGate agent = agents.get(random.nextInt(agents.size()));
      if (agent.shutReason() != Refusal.AGENT_REMOVED) {
        AgentSettings from = agent.settings();
        AgentSettings to = from.maxInFlight(cap).weight(1 + random.nextInt(4));
        if (from.tokensPerMinute() != AgentSettings.NO_RATE) {
          to =
              to.tokensPerMinute(
                  withinAll(
                      1 + from.tokensPerMinute() / 2 + random.nextLong(from.tokensPerMinute())));
        }
        world.hit(FaultPoint.RECONFIGURED);
        headgate.reconfigure(agent, to);
      }
    } else {
      TargetGate target = targets.get(random.nextInt(targets.size()));
      if (target.shutReason() != Refusal.TARGET_REMOVED) {
        world.hit(FaultPoint.RECONFIGURED);
        headgate.reconfigure(target, target.settings().maxInFlight(cap));
      }
    }
  }

  // One setting of one agent or target, whichever: within half and twice what it was at first, or
  // what that would be for one without.
  private void change() {
    if (random.nextBoolean()) {
      int index = random.nextInt(agents.size());
      AgentGate agent = agents.get(index);
      AgentSettings first = scenario.agents().get(index).settings();
      AgentSettings to = changed(agent.settings(), first);
      if (agent.shutReason() != Refusal.AGENT_REMOVED) {
        world.hit(FaultPoint.SETTINGS_CHANGED);
        headgate.reconfigure(agent, to);
      }
    } else {
      int index = random.nextInt(targets.size());
      TargetGate target = targets.get(index);
      TargetSettings first = scenario.targets().get(index).settings();
      TargetSettings to = changed(target.settings(), first);
      if (target.shutReason() != Refusal.TARGET_REMOVED) { // one with overruns may be changed
        world.hit(FaultPoint.SETTINGS_CHANGED);
        headgate.reconfigure(target, to);
      }
    }
  }

  // Likewise, of what watches and of what is asked for; on where it was off, at some value.
  private void changePolicies(SplittableRandom random) {
    if (random.nextInt(4) == 0) {
      AgentGate agent = agents.get(random.nextInt(agents.size()));
      if (agent.shutReason() != Refusal.AGENT_REMOVED) {
        world.hit(FaultPoint.POLICY_CHANGED);
        headgate.reconfigure(agent, PolicyChanges.changed(agent.settings(), random));
      }
    } else {
      TargetGate target = targets.get(random.nextInt(targets.size()));
      if (target.shutReason() != Refusal.TARGET_REMOVED) {
        world.hit(FaultPoint.POLICY_CHANGED);
        headgate.reconfigure(target, PolicyChanges.changed(target.settings(), random));
      }
    }
  }

  private AgentSettings changed(AgentSettings now, AgentSettings first) {
    int cap = 1 + random.nextInt(scenario.settings().maxInFlight());
    int room = 1 + random.nextInt(scenario.settings().maxWaiting());
    boolean rated = now.tokensPerMinute() != AgentSettings.NO_RATE;
    SpendingLimits limits = first.spending();
    if (limits.tokens() != SpendingLimits.UNLIMITED && random.nextInt(4) == 0) {
      return now.spending(
          limits.tokens(
              random.nextInt(4) == 0 ? SpendingLimits.UNLIMITED : about(limits.tokens())));
    }
    return switch (random.nextInt(7)) {
      case 0 -> now.maxInFlight(random.nextInt(4) == 0 ? AgentSettings.UNLIMITED : cap);
      case 1 -> now.maxWaiting(random.nextInt(4) == 0 ? AgentSettings.UNLIMITED : room);
      case 2 -> now.weight(1 + random.nextInt(5));
      case 3 -> now.burstTokens(AgentSettings.ONE_MINUTE).tokensPerMinute(AgentSettings.NO_RATE);
      case 4 ->
          rated
              ? now.burstTokens(about(now.tokensPerMinute()))
              : first.tokensPerMinute(withinAll(first));
      default ->
          now.tokensPerMinute(
              withinAll(
                  about(
                      first.tokensPerMinute() == AgentSettings.NO_RATE
                          ? CHANGED_TOKENS_PER_MINUTE
                          : first.tokensPerMinute())));
    };
  }

  // A host is refused a rate of one agent above that of all.
  private long withinAll(long tokensPerMinute) {
    return Math.min(tokensPerMinute, headgate.gates.settings().tokensPerMinute());
  }

  private long withinAll(AgentSettings settings) {
    long rate = settings.tokensPerMinute();
    return rate == AgentSettings.NO_RATE ? rate : withinAll(rate);
  }

  private DegradationPolicy changed(DegradationPolicy now, DegradationPolicy first) {
    if (now.isOff() || first.isOff()) {
      return first;
    }
    return switch (random.nextInt(6)) {
      case 0, 1 -> DegradationPolicy.OFF;
      case 2 -> first.latencyBudget(first.latencyBudget().multipliedBy(1 + random.nextInt(3)));
      default -> { // a shorter one, without those at the end
        int rungs = 2 + random.nextInt(Math.max(1, first.size() - 2));
        if (rungs < now.size()) {
          world.hit(FaultPoint.LADDER_SHORTENED);
        }
        yield first.rungs(first.rungs().subList(0, rungs));
      }
    };
  }

  private TargetSettings changed(TargetSettings now, TargetSettings first) {
    int cap = 1 + random.nextInt(scenario.settings().maxInFlight());
    return switch (random.nextInt(16)) {
      case 15 -> now.level(now.level().isOn() ? LevelPolicy.OFF : first.level());
      case 14 ->
          now.concurrency(now.concurrency().isOn() ? ConcurrencyPolicy.OFF : first.concurrency());
      case 13 -> now.pace(now.pace().isOn() ? PacePolicy.OFF : first.pace());
      case 12 -> now.degradation(changed(now.degradation(), first.degradation()));
      case 9 ->
          now.loopGuard(
              random.nextInt(3) == 0
                  ? LoopPolicy.OFF
                  : first
                      .loopGuard()
                      .sameCalls(1 + random.nextInt(8))
                      .cycles(1 + random.nextInt(8), 2 + random.nextInt(3)));
      case 10 -> now.writer(random.nextBoolean());
      case 11 ->
          now.maxCallsPerJob(
              random.nextBoolean() ? AgentSettings.UNLIMITED : 2 + random.nextInt(20));
      case 5 ->
          now.retry(
              now.retry()
                  .maxAttempts(1 + random.nextInt(4))
                  .budget(random.nextInt(101), random.nextInt(20)));
      case 6 -> now.breaker(changed(now.breaker(), first.breaker()));
      case 7 -> now.agentBreaker(changed(now.agentBreaker(), first.agentBreaker()));
      case 8 -> now.maxPause(random.nextBoolean() ? Duration.ZERO : first.maxPause());
      case 0 -> now.maxInFlight(random.nextInt(4) == 0 ? AgentSettings.UNLIMITED : cap);
      case 1 -> now.timeout(Duration.ofNanos(about(first.timeout().toNanos())));
      case 2 -> now.maxOutputTokens(random.nextLong(1 + 2 * first.maxOutputTokens()));
      case 3 -> random.nextBoolean() ? now.price(Price.FREE) : now.price(cap, 4.0 * cap);
      default -> now.maxOverruns(random.nextInt(4) == 0 ? TargetSettings.HALF : cap);
    };
  }

  private BreakerPolicy changed(BreakerPolicy now, BreakerPolicy first) {
    return random.nextInt(3) == 0 || first.isOff()
        ? now.isOff() ? first : BreakerPolicy.OFF
        : first
            .failures(1 + random.nextInt(100), 1 + random.nextInt(30))
            .probes(1 + random.nextInt(6));
  }

  private long about(long value) {
    return Math.max(1, value / 2 + random.nextLong(1 + value + value / 2));
  }

  // What an operator may say, about whatever there is.
  private void say() {
    AgentGate agent = agents.get(random.nextInt(agents.size()));
    TargetGate target = targets.get(random.nextInt(targets.size()));
    long forNs = random.nextInt(4) == 0 ? 0 : 1 + random.nextLong(LONGEST_HOLD_NS);
    switch (random.nextInt(10)) {
      case 0 -> headgate.hold(agent, null, forNs);
      case 1 -> headgate.hold(null, target, forNs);
      case 2 -> {
        int lowest = random.nextInt(5) - 2; // Gates.NO_NEW_JOBS to the last band
        headgate.holdAll(lowest, lowest != Gates.NOBODY || random.nextBoolean(), forNs);
      }
      case 3 -> headgate.forceBreaker(target, null, random.nextBoolean(), forNs + 1);
      case 4 -> headgate.forceBreaker(target, agent, random.nextBoolean(), forNs + 1);
      case 5 -> changeBudget();
      default -> decide();
    }
  }

  // Within half and twice what it was at first, or something that a storm soon reaches, or nothing;
  // or what a task wants that is parked at its job's budget.
  private void changeLimits() {
    VirtualTask parked = headgate.firstParked();
    if (parked == null || !parked.isUnfunded()) {
      if (random.nextInt(4) == 0) {
        limitRate();
        return;
      }
      limitSpending(changed(headgate.spendingLimits(), scenario.settings().spending()));
      return;
    }
    // Whether that covers it, or only with what others give back.
    SpendingAccount account = headgate.gates.spending();
    long held = account == null ? 0 : account.tokens();
    long wanted = parked.wantedTokens();
    long limit = 1 + held + wanted / 2 + random.nextLong(1 + wanted * 3 / 4);
    limitSpending(headgate.spendingLimits().tokens(limit));
    raise(parked); // then the limit is all that may be in its way
  }

  private SpendingLimits changed(SpendingLimits now, SpendingLimits first) {
    boolean none = random.nextInt(4) == 0;
    long tokens = now.tokens();
    long money = now.moneyNanos();
    long micros = now.microsPerMinute();
    switch (random.nextInt(3)) {
      case 0 -> tokens = none ? SpendingLimits.UNLIMITED : about(first.tokens(), STORMS_TOKENS);
      case 1 -> money = none ? SpendingLimits.UNLIMITED : about(first.moneyNanos(), STORMS_MONEY);
      default ->
          micros = none ? SpendingLimits.UNLIMITED : about(first.microsPerMinute(), STORMS_MICROS);
    }
    return new SpendingLimits(tokens, money, micros);
  }

  private void limitRate() {
    world.hit(FaultPoint.RATE_OF_ALL_CHANGED);
    if (random.nextInt(4) == 0) {
      headgate.limitRate(AgentSettings.NO_RATE, AgentSettings.ONE_MINUTE);
      return;
    }
    long first = scenario.settings().tokensPerMinute();
    long rate = about(first == AgentSettings.NO_RATE ? CHANGED_TOKENS_PER_MINUTE : first);
    headgate.limitRate(rate, random.nextBoolean() ? AgentSettings.ONE_MINUTE : about(rate));
  }

  // As it was at first, for which calm weather is made.
  private void restoreRate() {
    HeadgateSettings first = scenario.settings();
    HeadgateSettings now = headgate.gates.settings();
    if (now.tokensPerMinute() != first.tokensPerMinute()
        || now.burstTokens() != first.burstTokens()) {
      headgate.limitRate(first.tokensPerMinute(), first.burstTokens());
    }
  }

  private void limitSpending(SpendingLimits to) {
    world.hit(FaultPoint.SPENDING_LIMITED);
    if (headgate.gates.spending() == null
        && !to.equals(SpendingLimits.NONE)
        && headgate.engine.ledger().running() > 0) {
      world.hit(FaultPoint.FIRST_LIMIT_WHILE_RUNNING);
    }
    headgate.limitSpending(to);
  }

  private long about(long value, long unlimited) {
    return about(value == SpendingLimits.UNLIMITED ? unlimited : value);
  }

  private void decide() {
    VirtualTask task = headgate.firstParked();
    if (task != null) {
      ParkPolicy.Action[] actions = ParkPolicy.Action.values();
      headgate.decide(task, actions[random.nextInt(actions.length)]);
      if (random.nextInt(3) == 0) { // another operator does not know of it
        headgate.decide(task, actions[random.nextInt(actions.length)]);
      }
    }
  }

  private void changeBudget() {
    VirtualTask parked = headgate.firstParked();
    if (parked != null && parked.isUnfunded()) {
      raise(parked);
      return;
    }
    VirtualJob job = latestJob;
    JobRates rates = job == null ? null : job.ownRates();
    if (job != null && rates != null && random.nextBoolean()) {
      headgate.changeRates(
          job, changedBudget(rates.tokensPerMinute()), changedBudget(rates.microsPerMinute()));
    } else if (job != null) {
      headgate.changeBudget(
          job, changedBudget(job.tokenBudget()), changedBudget(job.moneyBudget()));
    }
  }

  // One limit of the latest job, to less than it may have used up, or to more again.
  private void changeJob(SplittableRandom random) {
    VirtualJob job = latestJob;
    if (job == null || job.isClosed()) {
      return;
    }
    JobSettings now = job.settings;
    headgate.reconfigure(
        job,
        switch (random.nextInt(5)) {
          case 0 -> now.maxDepth(random.nextInt(4));
          case 1 -> now.maxFanOut(1 + random.nextInt(6));
          case 2 -> now.maxLoops(1 + random.nextInt(8));
          case 3 ->
              now.park(
                  now.park().isOff() || random.nextInt(3) > 0
                      ? ParkPolicy.atLoop(1 + random.nextInt(3))
                          .then(
                              ParkPolicy.Action.values()[random.nextInt(3)],
                              Duration.ofNanos(1_000_000 + random.nextLong(LONGEST_HOLD_NS)))
                      : ParkPolicy.OFF);
          default ->
              now.maxCalls() == JobSettings.NO_LIMIT
                  ? now.maxDepth(now.maxDepth() + 1)
                  : now.maxCalls(1 + random.nextInt(30));
        });
  }

  // What the end of a job's budget comes to, or the first limit of its calls, or none any more: of
  // the latest job, or of one that is parked at that end.
  private void changeBudgetRules(SplittableRandom random) {
    VirtualTask parked = headgate.firstParked();
    boolean atItsEnd = parked != null && parked.isUnfunded() && random.nextInt(4) > 0;
    VirtualJob job = parked != null && atItsEnd ? parked.job() : latestJob;
    if (job == null || job.isClosed()) {
      return;
    }
    JobSettings now = job.settings;
    headgate.reconfigure(
        job,
        switch (random.nextInt(4)) {
          case 0, 1 -> {
            world.hit(FaultPoint.KEPT_SHARE_CHANGED);
            yield now.wrapUpPercent(random.nextBoolean() ? 0 : random.nextInt(91));
          }
          case 2 -> {
            ParkPolicy rule =
                ParkPolicy.atBudget()
                    .then(
                        random.nextBoolean() ? ParkPolicy.Action.REFUSE : ParkPolicy.Action.DEGRADE,
                        Duration.ofNanos(1_000_000 + random.nextLong(LONGEST_HOLD_NS)));
            if (job.parentJob() != null) {
              yield now;
            }
            world.hit(FaultPoint.RULE_AT_BUDGET_CHANGED);
            yield now.parkAtBudget(
                now.parkAtBudget().isOff() || random.nextInt(4) == 0 ? rule : ParkPolicy.OFF);
          }
          default -> {
            if (now.maxCalls() == JobSettings.NO_LIMIT) {
              world.hit(FaultPoint.CALLS_LIMITED_LATE);
              yield now.maxCalls(1 + random.nextInt(30));
            }
            yield now.maxCalls(JobSettings.NO_LIMIT);
          }
        });
  }

  private void changeParking(SplittableRandom random) {
    HeadgateSettings first = scenario.settings();
    switch (random.nextInt(3)) {
      case 0 -> {
        world.hit(FaultPoint.RETRIES_SPREAD);
        headgate.spreadRetries(random.nextInt(201));
      }
      case 1 -> headgate.limitParking(first.maxParked(), random.nextLong(20_000));
      default ->
          headgate.limitParking(
              random.nextInt(1 + first.maxParked()),
              random.nextBoolean() ? first.maxParkedTokens() : random.nextLong(20_000));
    }
  }

  // As it was at first, for which calm weather is made.
  private void restoreParking() {
    HeadgateSettings first = scenario.settings();
    HeadgateSettings now = headgate.gates.settings();
    if (now.maxParked() != first.maxParked() || now.maxParkedTokens() != first.maxParkedTokens()) {
      headgate.limitParking(first.maxParked(), first.maxParkedTokens());
    }
    if (now.retrySpreadPercent() != first.retrySpreadPercent()) {
      headgate.spreadRetries(first.retrySpreadPercent());
    }
  }

  // To what it wants, or to little less or more.
  private void raise(VirtualTask parked) {
    VirtualJob job = parked.job();
    headgate.changeBudget(
        job,
        raised(job.tokenBudget(), parked.wantedTokens()),
        raised(job.moneyBudget(), parked.wantedMoneyNanos()));
  }

  private long raised(long budget, long by) {
    return budget == JobSettings.UNLIMITED ? budget : budget + about(by);
  }

  private long changedBudget(long budget) {
    return budget == JobSettings.UNLIMITED ? budget : about(budget);
  }

  // The operator comes, and lets all go on: nothing is parked in calm weather.
  private void parkNoMore() {
    for (AgentGate agent : agents) {
      headgate.reconfigure(agent, agent.settings().park(ParkPolicy.OFF));
    }
    for (TargetGate target : targets) {
      headgate.reconfigure(target, target.settings().park(ParkPolicy.OFF));
    }
  }

  private void removeFor(long ns) throws Actor.Interrupted {
    boolean agentGoes = random.nextBoolean();
    AgentGate agent = agents.get(random.nextInt(agents.size()));
    TargetGate target = targets.get(random.nextInt(targets.size()));
    Actor self = Actor.current();
    boolean removed = agent.shutReason() == Refusal.AGENT_REMOVED;
    if ((agentGoes ? removed : target.shutReason() != null) || self == null) {
      return; // removed already, or shut by its overruns
    }
    world.hit(FaultPoint.REMOVED);
    AgentSettings ofAgent = agent.settings();
    TargetSettings ofTarget = target.settings();
    if (agentGoes) {
      headgate.remove(agent);
    } else {
      headgate.remove(target);
    }
    self.sleep(1 + ns);
    world.hit(FaultPoint.RETURNED);
    if (agentGoes) {
      headgate.comeBack(agent, ofAgent);
    } else {
      headgate.comeBack(target, ofTarget);
    }
  }

  // ---- counts

  private final class Counter implements Witness {
    @Override
    public void taken(VirtualTask task, @Nullable VirtualAttempt caller) {
      tally.admitted++;
    }

    @Override
    public void givingBack(VirtualTask task, @Nullable VirtualAttempt caller) {
      tally.admitted--;
    }

    @Override
    public void refused(Rejection rejection) {
      tally.refusals[rejection.reason().ordinal()]++;
      world.mix(rejection.reason().ordinal());
    }

    @Override
    public void jobRetired(VirtualJob job, Spending spent) {
      tally.mostSpentTokens = Math.max(tally.mostSpentTokens, spent.tokensSpent());
    }

    @Override
    public void started(VirtualTask task, int attempt, long nowNs, long deadlineNs) {
      tally.attempts++;
    }

    @Override
    public void ended(VirtualTask task, Ending ending, boolean waiting, long nowNs, long ranNs) {
      tally.endings[ending.ordinal()]++;
      if (ending == Ending.COMPLETED) {
        tally.answers[task.rung()]++;
      }
    }
  }
}
