package io.headgate.simulation;

import static io.headgate.simulation.Violation.check;

import io.headgate.AgentSettings;
import io.headgate.AlertKind;
import io.headgate.CallClass;
import io.headgate.ConcurrencyPolicy;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.ParkPolicy;
import io.headgate.ParkReason;
import io.headgate.Priority;
import io.headgate.Refusal;
import io.headgate.RetryPolicy;
import io.headgate.Spending;
import io.headgate.SpendingLimits;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.JobRates;
import io.headgate.admission.TakenAgain;
import io.headgate.admission.TargetGate;
import io.headgate.admission.TokenBucket;
import io.headgate.admission.Trial;
import io.headgate.engine.AttemptEnd;
import io.headgate.engine.AttemptReport;
import io.headgate.engine.BreakerState;
import io.headgate.engine.Ending;
import io.headgate.engine.Engine;
import io.headgate.engine.Ledger;
import io.headgate.engine.Unparked;
import io.headgate.simulation.Books.Due;
import io.headgate.simulation.Books.Flow;
import io.headgate.simulation.Books.JobBooks;
import io.headgate.simulation.Books.Lane;
import io.headgate.simulation.Books.Party;
import io.headgate.simulation.Books.Rivals;
import io.headgate.simulation.Books.State;
import io.headgate.simulation.Books.TaskBooks;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Checks the design's invariants after every event, by plain counting from what was asked for and
 * what came of it. Written from the design; shares no code with the engine or the gates.
 *
 * <p>What is taken at the gates is noted after it was taken, what is given back before it is given
 * back: so between two steps of a submitter the books hold no more than the gates do, and a bound
 * that the books exceed is exceeded. Where nobody is between two steps, both must be equal.
 */
final class Referee implements Witness {
  static final int LANES = 9;

  private static final int CLASSES = 3;
  private static final int NEW = 2;
  private static final int BEGUN = 1;
  private static final long AGEING_NS = 60_000_000_000L;
  private static final long LEAST_TOKENS = 100;
  private static final long TICK_NS = 1_000_000;

  /** How often one submitter is held up on its way through the gates, at most. */
  private static final long MAX_HOLD_UPS = 32;

  /** In which a thread is to end that was told to stop, before its task's time-out is final. */
  private static final long GRACE_NS = 1_000_000_000;

  /** Every so many quiet turns gates and books are compared, if there is not much to compare. */
  private static final int QUIET_TURNS = 8;

  /** Of more books than so, two are compared for each quiet turn, in the mean. */
  private static final int FEW_BOOKS = 256;

  private static final int BOOKS_A_TURN = 2;

  /** With more parties than so, only those that were touched are compared after each turn. */
  private static final int FEW_PARTIES = 64;

  private static final int ALL_PARTIES_TURNS = 1_024;
  private static final int MAX_RIVALS = 1 << 16;
  private static final int MIN_DUES = 1_024;

  /** The longest that a refusal can say: 2^46 ns. */
  private static final long LONGEST_RETRY_NS = 1L << 46;

  /** A retry-after is rounded up by at most 1/32, and a very short one to so much. */
  private static final double RETRY_ROUNDING = 1 + 1.0 / 32;

  private static final double PERCENT = 100;

  private static final long SHORTEST_RETRY_NS = 1_024;
  private static final double NS_PER_MINUTE = 60e9;

  /** Counters of served tokens may be whole thousandths. */
  private static final double SHARE_ROUNDING = 1e-3;

  private final World world;

  /** So seldom, since all tasks are looked at. */
  private static final int PATIENCE_TURNS = 8;

  private final HeadgateSettings settings;
  private boolean everHeld;
  private int patienceTurns;
  private final Party all = new Party("all", -1, null);
  private final Map<Object, Party> parties = new LinkedHashMap<>();
  private final Map<TargetGate, Party> targets = new LinkedHashMap<>();
  private int partiesMade;
  private final Map<VirtualJob, JobBooks> jobs = new LinkedHashMap<>();
  private final List<JobBooks> retired = new ArrayList<>();
  private final Map<VirtualTask, TaskBooks> tasks = new HashMap<>();
  private final Long2ObjectHashMap<Flow> flows = new Long2ObjectHashMap<>();
  private final List<Lane> lanes = new ArrayList<>();
  private final CutoffBooks cutoffs = new CutoffBooks();
  private final ParkingBooks parking;
  private final LadderBooks ladders = new LadderBooks(cutoffs, this::nowNsOfEngine);
  private final OutputBooks outputs = new OutputBooks();
  private final AlertBooks alerts = new AlertBooks();
  private final HedgeBooks hedges = new HedgeBooks();
  private final RetryBooks retries = new RetryBooks();
  private final QueueBooks queues = new QueueBooks();
  private final PaceBooks paces = new PaceBooks();
  private final LevelBooks levels = new LevelBooks();
  private final PriorityQueue<TaskBooks> backedOff =
      new PriorityQueue<>(
          Comparator.comparingLong((TaskBooks task) -> task.againNs)
              .thenComparingLong(task -> task.task.taskId()));
  private final List<Party> touched = new ArrayList<>();
  // By a hash that mixes: those of two small indexes in one Long collide by the hundred.
  private final Long2ObjectHashMap<Rivals> rivals = new Long2ObjectHashMap<>();
  private final PriorityQueue<Due> dues =
      new PriorityQueue<>((one, other) -> Long.compare(one.ns(), other.ns()));
  private @Nullable VirtualHeadgate headgate;

  /** Whether there ever was a limit of all together: from then on what is taken counts. */
  private boolean everLimited;

  private SpendingLimits limitsOfAll;
  private long burstOfAll;
  private double mostRetryShare;
  private int mostRetryFloor;
  private int suspended;
  private boolean halted;
  private boolean startsAreHeld;
  private int lowestPriority = Priority.values().length - 1;
  private long stalledUntilNs;
  private long engineNs;
  private long timersBeforeNs = Long.MAX_VALUE;
  private long turns;
  private long quietTurns;
  private long lastTimerNs = -1;
  private long overdueNs = -1;
  private @Nullable VirtualTask endsByItself;
  private AttemptEnd ending = AttemptEnd.RETURNED;
  private @Nullable VirtualTask expectsResume;

  /** Whose hedge has answered. */
  private @Nullable VirtualTask answeredByHedge;

  private int retrySpreadPercent;

  Referee(World world, HeadgateSettings settings) {
    this.world = world;
    this.settings = settings;
    parking = new ParkingBooks(settings);
    retrySpreadPercent = settings.retrySpreadPercent();
    all.maxInFlight = settings.maxInFlight();
    rate(all.bucket, settings.tokensPerMinute(), settings.burstTokens());
    burstOfAll = burst(settings.tokensPerMinute(), settings.burstTokens());
    all.limits.rate(settings.spending());
    everLimited = !settings.spending().equals(SpendingLimits.NONE);
    limitsOfAll = settings.spending();
    for (int lane = 0; lane < LANES; lane++) {
      lanes.add(new Lane());
    }
  }

  void watch(VirtualHeadgate headgate) {
    this.headgate = headgate;
  }

  private static void rate(Books.Bucket bucket, long tokensPerMinute, long burstTokens) {
    bucket.rated = tokensPerMinute != AgentSettings.NO_RATE;
    bucket.tokensPerNs = tokensPerMinute / NS_PER_MINUTE;
    bucket.burst = burstTokens == AgentSettings.ONE_MINUTE ? tokensPerMinute : burstTokens;
  }

  // Without a rate this is more than anybody asks for.
  private static long burst(long tokensPerMinute, long burstTokens) {
    boolean aMinute =
        tokensPerMinute == AgentSettings.NO_RATE || burstTokens == AgentSettings.ONE_MINUTE;
    return aMinute ? tokensPerMinute : burstTokens;
  }

  private Party party(Object gate) {
    Party party = parties.get(gate);
    if (party == null) {
      party = new Party(gate.toString(), partiesMade++, gate);
      parties.put(gate, party);
      if (gate instanceof TargetGate target) {
        targets.put(target, party);
      }
      if (gate instanceof AgentGate agent) {
        rate(party.bucket, agent.settings().tokensPerMinute(), agent.settings().burstTokens());
        party.limits.rate(agent.settings().spending());
      }
    }
    return party;
  }

  private Party partyOf(@Nullable AgentGate agent, @Nullable TargetGate target) {
    if (agent != null) {
      return party(agent);
    }
    if (target == null) {
      throw new Violation("held is neither an agent nor a target");
    }
    return party(target);
  }

  private JobBooks books(VirtualJob job) {
    JobBooks books = jobs.get(job);
    if (books == null) {
      throw new Violation(job + " is unknown");
    }
    return books;
  }

  private TaskBooks books(VirtualTask task) {
    TaskBooks books = tasks.get(task);
    if (books == null) {
      throw new Violation(task + " is unknown or gone");
    }
    return books;
  }

  // ---- at the gates

  @Override
  public void jobMade(VirtualJob job) {
    VirtualJob parent = job.parentJob();
    JobBooks of = new JobBooks(job, parent == null ? null : books(parent));
    jobs.put(job, of);
    if (of.parent != null) {
      of.begunAtGates = of.parent.begunAtGates;
      of.parent.children.add(of);
      of.parent.live++;
      of.parent.reserved += job.carvedTokens();
      of.parent.reservedMoney += job.carvedMoneyNanos();
      checkBudget(of.parent);
    }
  }

  @Override
  public void jobShut(VirtualJob job) {
    JobBooks of = jobs.get(job);
    if (of != null) { // else it has retired, and is forgotten
      of.shut = true;
      finish(of);
    }
  }

  private void handOn(VirtualTask task, @Nullable VirtualAttempt caller) {
    // Its caller's task may have ended since it was handed on.
    task.openings = caller == null || !task.handedOn ? List.of() : caller.openings();
    int trials = 0;
    for (Trial each = task.trial(); each != null; each = each.outer()) {
      trials++;
    }
    check(
        trials == task.openings.size(),
        "{} says that it is part of {}, and is of {}",
        task,
        task.trial(),
        task.openings);
  }

  @Override
  public void taken(VirtualTask task, @Nullable VirtualAttempt caller) {
    Party agent = party(task.agentGate());
    agent.atGates++;
    all.atGates++;
    check(
        all.atGates <= settings.maxWaiting(),
        "{} places are taken of {}",
        all.atGates,
        settings.maxWaiting());
    handOn(task, caller);
    boolean undisturbed = world.undisturbedSince(task.admittedNs());
    if (!agent.changed || undisturbed) {
      int max = task.agentGate().settings().maxWaiting();
      check(agent.atGates <= max, "{} has taken {} places of {}", agent, agent.atGates, max);
    }
    boolean others = world.othersInAdmissionSince(task.admittedNs());
    agent.bucket.take(task.tokens(), task.admittedNs(), undisturbed, others);
    all.bucket.take(task.tokens(), task.admittedNs(), undisturbed, others);
    takeLimited(task, agent, task.moneyNanos(), task.admittedNs(), undisturbed, others);
    levels.taken(task, party(task.targetGate()), undisturbed);
    JobBooks job = books(task.job());
    job.takeRates(task.tokens(), task.moneyNanos(), task.admittedNs(), undisturbed, others);
    // A part of the waiting room is for begun jobs alone.
    check(
        all.atGates <= settings.maxWaitingNew()
            || task.isChild()
            || job.begunAtGates
            || !undisturbed,
        "{} of {}, which has not begun, took place {}, and new jobs have {}",
        task,
        job.job,
        all.atGates,
        settings.maxWaitingNew());
    unfinish(job);
    job.live++;
    job.reserved += task.tokens();
    job.reservedMoney += task.moneyNanos();
    check(
        job.live <= job.job.settings.maxTasks(),
        "{} has {} live of {}",
        job.job,
        job.live,
        job.job.settings.maxTasks());
    checkBudget(job);
    if (!others && (undisturbed || !job.keptChanged)) {
      checkKept(job, task);
    }
    job.loops.taken(task, caller, undisturbed);
  }

  @Override
  public void wrote(VirtualTask task, CallClass end) {
    JobBooks job = jobs.get(task.job());
    boolean failed =
        end == CallClass.REJECTED
            || end == CallClass.UNAVAILABLE
            || end == CallClass.CALLER_FAULT
            || end == CallClass.FATAL;
    if (job != null && !failed) {
      job.loops.wrote(task);
    }
  }

  @Override
  public void takenAgain(VirtualTask task, TakenAgain again) {
    Party agent = party(task.agentGate());
    agent.atGates++;
    all.atGates++;
    // Invariant 6: what is to be tried again has a place like everybody.
    check(
        all.atGates <= settings.maxWaiting(),
        "{} places are taken of {}",
        all.atGates,
        settings.maxWaiting());
    JobBooks job = books(task.job());
    unfinish(job);
    job.live++;
    if (again.isUnfunded()) {
      world.hit(FaultPoint.RETRY_PARKED_AT_BUDGET);
    }
    if (!again.isPaid()) {
      return;
    }
    check(
        again.moneyNanos() <= task.moneyNanos(),
        "{} held {} nano-dollars, and {} for less",
        task,
        task.moneyNanos(),
        again);
    boolean others = world.othersInAdmissionSince(task.takenNs());
    agent.bucket.take(task.tokens(), task.takenNs(), false, others);
    all.bucket.take(task.tokens(), task.takenNs(), false, others);
    takeLimited(task, agent, again.moneyNanos(), task.takenNs(), false, others);
    job.takeRates(task.tokens(), again.moneyNanos(), task.takenNs(), false, others);
    job.reserved += task.tokens();
    job.reservedMoney += again.moneyNanos();
    checkBudget(job);
  }

  // A while, so that it is not degraded for a moment's wait; and no more than that.
  @Override
  public void patienceOver(VirtualTask task) {
    TaskBooks of = books(task);
    if (of.backsOff) {
      backedOff.remove(of);
      of.backsOff = false;
      queue(of, of.againNs);
    }
    check(of.patient, "{} is no longer patient, and was not before", task);
    long nowNs = nowNsOfEngine();
    check(
        nowNs >= of.patientUntilNs,
        "{} is to be patient until {}, and is so until {}",
        task,
        of.patientUntilNs,
        nowNs);
    leaveFlow(of);
    of.patient = false;
    enterFlow(of);
    world.mix(task.taskId());
  }

  // What it is not to need is given back before it starts, and no more.
  @Override
  public void startsCheaper(VirtualTask task, long leftNanos) {
    TaskBooks of = books(task);
    long costNanos = LadderBooks.costNanos(of);
    check(
        leftNanos == costNanos && leftNanos < task.moneyNanos(),
        "{} holds {} nano-dollars, starts where it costs {}, and goes on holding {}",
        task,
        task.moneyNanos(),
        costNanos,
        leftNanos);
    of.cheaper = true;
    of.job.reservedMoney -= task.moneyNanos() - leftNanos;
    boolean others = !world.gatesAreQuiet();
    long nowNs = world.nanoTime();
    long doneNs = nowNs + world.faults.maxYieldNs() * MAX_HOLD_UPS;
    if (task.isLimited()) {
      of.agent.limits.lower(task, leftNanos, nowNs, others, doneNs);
    }
    if (task.isLimitedWithAll()) {
      all.limits.lower(task, leftNanos, nowNs, others, doneNs);
    }
    of.job.settleRates(
        task.tokens(), task.tokens(), task.moneyNanos(), leftNanos, nowNs, nowNs, others, doneNs);
  }

  // What it lacked is taken: of its job's budget within its bound, of buckets as debt.
  @Override
  public void funded(VirtualTask task) {
    TaskBooks of = books(task);
    check(task.isUnfunded(), "{} is paid for twice", task);
    check(parking.isParked(of, ParkReason.BUDGET), "{} is paid for, and is not parked", task);
    boolean others = !world.gatesAreQuiet();
    long nowNs = world.nanoTime();
    long doneNs = nowNs + world.faults.maxYieldNs() * MAX_HOLD_UPS;
    of.agent.bucket.settle(0, task.wantedTokens(), nowNs, nowNs, others, doneNs);
    all.bucket.settle(0, task.wantedTokens(), nowNs, nowNs, others, doneNs);
    if (task.isLimited()) {
      of.agent.limits.fund(task, nowNs, others, doneNs);
    }
    of.job.settleRates(
        0, task.wantedTokens(), 0, task.wantedMoneyNanos(), nowNs, nowNs, others, doneNs);
    checkCounted(task, true);
    if (task.isLimitedWithAll()) {
      all.limits.fund(task, nowNs, others, doneNs);
    }
    of.job.reserved += task.wantedTokens();
    of.job.reservedMoney += task.wantedMoneyNanos();
    checkBudget(of.job);
    reserve(of, task.wantedTokens());
    of.leastRung = Math.max(of.leastRung, task.reservedRung()); // maybe a cheaper one is covered
  }

  private void reserve(TaskBooks task, long tokens) {
    touch(task);
    for (Party party : new Party[] {all, task.agent, task.target}) {
      party.reservedTokens += tokens;
    }
  }

  // Whom a raised budget covers does not wait for somebody to notice.
  @Override
  public void raised(VirtualJob job) {
    JobBooks of = jobs.get(job);
    if (of != null) {
      checkNobodyIsCovered(of);
    }
  }

  // From then on its buckets are only looked at.
  @Override
  public void changing(VirtualJob job, JobSettings to) {
    JobBooks of = jobs.get(job);
    VirtualJob parent = job.parentJob();
    job.settings = parent == null ? to : within(to, parent.settings);
    if (!job.settings.parkAtBudget().isOff()) {
      job.ruleAtBudget = job.settings.parkAtBudget();
    }
    if (of != null) {
      of.keptChanged |= of.keptPercent != job.settings.wrapUpPercent();
      of.keptPercent = job.settings.wrapUpPercent();
      of.loops.change(job.settings);
    }
  }

  // A sub-job may call what the job that it is a part of may.
  private static JobSettings within(JobSettings to, JobSettings parent) {
    return to.maxDepth(Math.min(to.maxDepth(), parent.maxDepth()))
        .maxFanOut(Math.min(to.maxFanOut(), parent.maxFanOut()))
        .maxCalls(Math.min(to.maxCalls(), parent.maxCalls()))
        .maxLoops(Math.min(to.maxLoops(), parent.maxLoops()))
        .park(to.park().isOff() ? parent.park() : to.park());
  }

  @Override
  public void spreading(int percent) {
    retrySpreadPercent = percent;
  }

  @Override
  public void limitingParking(int maxParked, long maxParkedTokens) {
    if (parking.limit(maxParked, maxParkedTokens)) {
      world.hit(FaultPoint.PARKED_BEYOND_THE_BOUND);
    }
  }

  @Override
  public void changingRates(VirtualJob job, long tokens, long micros) {
    JobBooks of = jobs.get(job);
    if (of != null && !job.isClosed()) {
      of.tokenRate.changed = true;
      of.tokenRate.burst = tokens;
      of.moneyRate.changed = true;
      of.moneyRate.burst = micros;
    }
  }

  // Nor whom the raised limit of its agent, or of all, covers.
  @Override
  public void limitRaised() {
    jobs.values().forEach(this::checkNobodyIsCovered);
  }

  private void checkNobodyIsCovered(JobBooks of) {
    if (of.overspent || of.shut || !world.gatesAreQuiet()) {
      return;
    }
    boolean allIsHeard = headgate == null || headgate.ring.isEmpty();
    for (TaskBooks task : of.waiting.values()) {
      // A limit holds at the gates before its command comes, which looks at whom it covers.
      boolean heard = allIsHeard || !(all.changed || task.agent.changed);
      // Nor does a price that falls make anybody look.
      boolean samePrice =
          !task.target.changed && costNanos(task.task) == task.task.wantedMoneyNanos();
      if (heard && samePrice && parking.isParked(task, ParkReason.BUDGET)) {
        check(
            lacksBudget(of, task.task)
                || lacksLimits(
                    task.agent.limits, task.task.agentGate().settings().spending(), task.task)
                || lacksLimits(all.limits, limitsOfAll, task.task),
            "{} is parked at its job's budget, and is covered by that and by all limits",
            task);
      }
    }
  }

  private static boolean lacksBudget(JobBooks of, VirtualTask task) {
    return (of.tokensBounded()
            && task.wantedTokens() > free(of, task, of.job.tokenBudget()) - of.reserved - of.spent)
        || (of.moneyBounded()
            && costNanos(task)
                > free(of, task, of.job.moneyBudget()) - of.reservedMoney - of.spentMoney);
  }

  private static boolean lacksLimits(LimitBooks books, SpendingLimits limits, VirtualTask task) {
    return books.lacksTokens(task.wantedTokens(), limits)
        || books.lacksMoney(costNanos(task), limits);
  }

  // By what its target costs now.
  private static long costNanos(VirtualTask task) {
    return task.costNanos(task.targetGate().priceAt(task.reservedRung()));
  }

  private static long free(JobBooks job, VirtualTask task, long budget) {
    long percent = task.wrapsUp() ? 0 : job.job.settings.wrapUpPercent();
    return (long) (budget * (1 - percent / 100.0)) - 1;
  }

  private void takeLimited(
      VirtualTask task,
      Party agent,
      long moneyNanos,
      long nowNs,
      boolean undisturbed,
      boolean others) {
    if (task.isLimited()) {
      agent.limits.take(task.tokens(), moneyNanos, nowNs, undisturbed, others);
    }
    checkCounted(task, undisturbed);
    if (task.isLimitedWithAll()) {
      all.limits.take(task.tokens(), moneyNanos, nowNs, undisturbed, others);
    }
    if (!others) {
      checkLimits(task, agent, task.tokens(), moneyNanos, undisturbed);
      checkMoneyRates(task, agent, undisturbed);
    }
  }

  // What is taken counts from the first limit on, and what was taken before never does.
  private void checkCounted(VirtualTask task, boolean undisturbed) {
    check(
        task.isLimitedWithAll() ? everLimited : !everLimited || !undisturbed,
        "{} counts in what all may spend: {}, and there ever was a limit: {}",
        task,
        task.isLimitedWithAll(),
        everLimited);
  }

  // Before the gates know: a submitter may be between two steps, with the old limits in hand.
  @Override
  public void limiting(SpendingLimits to) {
    everLimited |= !to.equals(SpendingLimits.NONE);
    if (to.microsPerMinute() != limitsOfAll.microsPerMinute()) {
      all.limits.rateChanged();
    }
    all.changed = true;
    limitsOfAll = to;
  }

  // As above, with the old rate in hand.
  @Override
  public void limitingRate(long tokensPerMinute, long burstTokens) {
    all.bucket.changed = true;
    all.bucket.rated |= tokensPerMinute != AgentSettings.NO_RATE;
    burstOfAll = burst(tokensPerMinute, burstTokens);
  }

  // Reserved and spent stay within. What others are about to settle may be noted before it is done.
  private void checkLimits(
      VirtualTask task, Party agent, long tokens, long money, boolean undisturbed) {
    if (world.othersInAdmissionSince(Long.MAX_VALUE)) {
      return;
    }
    if (task.isLimited() && (!agent.changed || undisturbed)) {
      agent.limits.checkWithin(agent, task.agentGate().settings().spending(), tokens, money);
    }
    if (task.isLimitedWithAll() && (!all.changed || undisturbed)) {
      all.limits.checkWithin(all, limitsOfAll, tokens, money);
    }
  }

  private void checkMoneyRates(VirtualTask task, Party agent, boolean undisturbed) {
    if (world.othersInAdmissionSince(Long.MAX_VALUE) || world.faults.clockJumps() > 0) {
      return;
    }
    long slack = (long) (slack(agent.bucket) + slack(all.bucket));
    if (task.isLimited() && (!agent.changed || undisturbed)) {
      SpendingLimits limits = task.agentGate().settings().spending();
      agent.limits.checkRate(agent, limits, task.moneyNanos(), slack);
    }
    if (task.isLimitedWithAll() && (!all.changed || undisturbed)) {
      all.limits.checkRate(all, limitsOfAll, task.moneyNanos(), slack);
    }
  }

  @Override
  public void givingBackUnused(VirtualTask task) {
    Party agent = party(task.agentGate());
    agent.atGates--;
    all.atGates--;
    settle(task, 0, 0, 0, 0, world.nanoTime());
    boolean isTold = task.original() == task || tasks.containsKey(task); // else it found no slot
    if (isTold && task.isUnfunded() && !books(task).unpaid) {
      reserve(books(task), -task.wantedTokens()); // of the attempt before, which has settled
    }
  }

  // What is kept for wrapping up is taken by nobody else.
  private static void checkKept(JobBooks job, VirtualTask task) {
    long percent = job.job.settings.wrapUpPercent();
    if (percent == 0 || task.wrapsUp() || job.overspent) {
      return;
    }
    double share = 1 - percent / 100.0;
    check(
        !job.tokensBounded()
            || task.tokens() == 0
            || job.reserved + job.spent <= job.job.tokenBudget() * share + 1,
        "{} has reserved {} and spent {} tokens, and keeps {} percent",
        job.job,
        job.reserved,
        job.spent,
        percent);
    check(
        !job.moneyBounded()
            || task.moneyNanos() == 0
            || job.reservedMoney + job.spentMoney <= job.job.moneyBudget() * share + 1,
        "{} has reserved {} and spent {} nano-dollars, and keeps {} percent",
        job.job,
        job.reservedMoney,
        job.spentMoney,
        percent);
  }

  // Invariant 4: reserved and charged by our own decision never exceed the budget.
  // While others are between two steps, an overspend that they cause may not be told yet: then the
  // account itself is compared, as soon as they are through.
  private void checkBudget(JobBooks job) {
    if (!job.overspent && !world.othersInAdmissionSince(Long.MAX_VALUE)) {
      check(
          !job.tokensBounded() || job.reserved + job.spent <= job.job.tokenBudget(),
          "{} has reserved {} and spent {} of {} tokens",
          job.job,
          job.reserved,
          job.spent,
          job.job.tokenBudget());
      check(
          !job.moneyBounded() || job.reservedMoney + job.spentMoney <= job.job.moneyBudget(),
          "{} has reserved {} and spent {} of {} nano-dollars",
          job.job,
          job.reservedMoney,
          job.spentMoney,
          job.job.moneyBudget());
    }
  }

  // Nobody is refused without a cause. Only where no submitter is held up meanwhile: else what it
  // was refused for may be over before it is noted.
  @Override
  public void refused(Rejection rejection) {
    Refusal reason = rejection.reason();
    long retryNs = rejection.refused().retryAfter().toNanos();
    check(
        reason.retryable() ? retryNs > 0 && retryNs <= LONGEST_RETRY_NS : retryNs == 0,
        "a refusal for {} says to come back after {} ns",
        reason,
        retryNs);
    boolean undisturbed = world.undisturbedSince(rejection.nowNs());
    JobBooks job = jobs.get(rejection.job());
    boolean caused = job == null || job.loops.refused(rejection, undisturbed);
    if (!undisturbed) {
      return;
    }
    check(
        caused && hasCause(rejection),
        "{} at {} is refused for {}, and there is no cause",
        rejection.agent(),
        rejection.target(),
        reason);
    if (reason == Refusal.AGENT_RATE) {
      Party asker = party(rejection.agent());
      checkRetry(asker, asker.bucket, rejection.tokens(), retryNs, 0);
    } else if (reason == Refusal.GLOBAL_RATE) {
      checkRetry(all, all.bucket, rejection.tokens(), retryNs, retrySpreadPercent);
    } else if (job != null && job.parent == null && reason == Refusal.JOB_RATE) {
      checkRetry(job.job, job.tokenRate, rejection.tokens(), retryNs, 0);
    } else if (job != null && job.parent == null && reason == Refusal.JOB_MONEY_RATE) {
      checkRetry(job.job, job.moneyRate, LimitBooks.micros(rejection.money()), retryNs, 0);
    }
  }

  private boolean hasCause(Rejection rejection) {
    VirtualJob job = rejection.job();
    AgentGate agent = rejection.agent();
    Party asker = party(agent);
    Party asked = party(rejection.target());
    JobBooks of = jobs.get(job);
    boolean begun = rejection.child() || (of != null && of.begunAtGates);
    return switch (rejection.reason()) {
      case JOURNAL_BEHIND -> headgate != null && headgate.gates.isJournalBehind();
      case NOT_RECOVERABLE -> false; // a simulated journal is not written ahead
      case WAITING_ROOM_FULL ->
          all.atGates >= (begun ? settings.maxWaiting() : settings.maxWaitingNew());
      case AGENT_WAITING_ROOM_FULL -> asker.atGates >= agent.settings().maxWaiting();
      case TARGET_OVERRUN -> ladders.isShutByOverruns(asked, rejection.degradable());
      case JOB_CLOSED ->
          of == null || of.shut || !of.open || of.overspent || of.loops.isLoopedOut();
      case DEPTH ->
          rejection.caller() != null
              && rejection.caller().task().depth() >= job.settings.maxDepth();
      case FAN_OUT ->
          rejection.caller() != null && rejection.caller().childrenSeen >= job.settings.maxFanOut();
      case JOB_CALLS -> of == null || of.loops.hasAllItsCalls();
      case TARGET_CALLS -> of == null || of.loops.hasAllItsCallsOf(rejection.target());
      case JOB_TASKS_FULL -> of != null && of.live >= job.settings.maxTasks();
      case DEADLINE_PASSED -> world.nanoTime() >= job.deadlineNs();
      case AGENT_RATE -> asker.bucket.rated;
      case GLOBAL_RATE -> all.bucket.rated;
      case EXCEEDS_BURST ->
          rejection.tokens()
                  > burst(agent.settings().tokensPerMinute(), agent.settings().burstTokens())
              || rejection.tokens() > burstOfAll
              || LimitBooks.micros(rejection.money())
                  > Math.min(
                      agent.settings().spending().microsPerMinute(), limitsOfAll.microsPerMinute())
              || (of != null && of.exceedsBurst(rejection.tokens(), rejection.money()));
      case JOB_RATE -> of == null || of.isRated(false);
      case JOB_MONEY_RATE -> of == null || of.isRated(true);
      case AGENT_TOKEN_LIMIT ->
          asker.limits.lacksTokens(rejection.tokens(), agent.settings().spending());
      case AGENT_MONEY_LIMIT ->
          asker.limits.lacksMoney(rejection.money(), agent.settings().spending());
      case AGENT_MONEY_RATE ->
          agent.settings().spending().microsPerMinute() != SpendingLimits.UNLIMITED;
      case GLOBAL_TOKEN_LIMIT -> all.limits.lacksTokens(rejection.tokens(), limitsOfAll);
      case GLOBAL_MONEY_LIMIT -> all.limits.lacksMoney(rejection.money(), limitsOfAll);
      case GLOBAL_MONEY_RATE -> limitsOfAll.microsPerMinute() != SpendingLimits.UNLIMITED;
      case TOKEN_BUDGET -> of == null || (of.tokensBounded() && mayRefuse(job));
      case MONEY_BUDGET -> of == null || (of.moneyBounded() && mayRefuse(job));
      case TARGET_UNAVAILABLE -> rejection.target().cutoff() != null;
      case AGENT_CUT_OFF -> agent.cutoff(rejection.target().index()) != null;
      case LEVEL ->
          (lowestPriority >= 0 && lowestPriority < Priority.values().length - 1)
              || levels.keepsOut(job, asked, rejection.child());
      case PAUSED -> lowestPriority < 0;
      case AGENT_PAUSED -> asker.held;
      default -> true;
    };
  }

  // Who is to be parked instead is refused where no more may be parked.
  private boolean mayRefuse(VirtualJob job) {
    return job.parkAtBudget().isOff() || parking.isFull();
  }

  // Who comes back when it was told to finds its tokens, and was not sent away for longer.
  private void checkRetry(
      Object whose, Books.Bucket books, long tokens, long retryNs, int spreadPercent) {
    if (!isCompared(books)) {
      return;
    }
    books.fill(world.nanoTime());
    double lacking = books.missing + tokens - books.burst;
    double slack = slack(books);
    double least = (lacking - slack - books.doubt) / books.tokensPerNs;
    double spread = 1 + spreadPercent / PERCENT;
    double most = Math.max(0, lacking + slack + books.doubtOfLess) / books.tokensPerNs;
    check(
        retryNs >= Math.min(least, LONGEST_RETRY_NS)
            && retryNs <= most * spread * RETRY_ROUNDING + SHORTEST_RETRY_NS,
        "{} lacks {} tokens, give or take {}, and is told to come back after {} ns",
        whose,
        lacking,
        slack,
        retryNs);
  }

  // Before the gates know: a submitter may be between two steps, with the old settings in hand.
  @Override
  public void changing(AgentGate agent, AgentSettings to) {
    Party party = party(agent);
    party.changed = true;
    AgentSettings now = agent.settings();
    party.bucket.changed |=
        now.tokensPerMinute() != to.tokensPerMinute() || now.burstTokens() != to.burstTokens();
    party.bucket.rated |= to.tokensPerMinute() != AgentSettings.NO_RATE;
    if (now.spending().microsPerMinute() != to.spending().microsPerMinute()) {
      party.limits.rateChanged();
    }
  }

  @Override
  public void enlarged(VirtualTask task, long tokens, long money) {
    JobBooks job = books(task.job());
    job.reserved += tokens;
    job.reservedMoney += money;
    checkBudget(job);
    Party agent = party(task.agentGate());
    if (task.isLimited()) {
      agent.limits.enlarge(tokens, money);
    }
    if (task.isLimitedWithAll()) {
      all.limits.enlarge(tokens, money);
    }
    if (world.undisturbedSince(world.nanoTime())) {
      checkLimits(task, agent, tokens, money, false);
    }
  }

  @Override
  public void givingBack(VirtualTask task, @Nullable VirtualAttempt caller) {
    Party agent = party(task.agentGate());
    agent.atGates--;
    all.atGates--;
    books(task.job()).loops.givingBack(task, caller);
    settle(task, 0, 0, 0, 0, task.admittedNs());
  }

  @Override
  public void settling(
      VirtualTask task, long extraTokens, long extraMoney, long tokens, long money) {
    JobBooks job = books(task.job());
    // What a provider reports beyond what is held may be more than is left: then it is overspent.
    if ((job.tokensBounded()
            && tokens > task.tokens() + extraTokens
            && job.reserved - task.tokens() - extraTokens + job.spent + tokens
                > job.job.tokenBudget())
        || (job.moneyBounded()
            && money > task.moneyNanos() + extraMoney
            && job.reservedMoney - task.moneyNanos() - extraMoney + job.spentMoney + money
                > job.job.moneyBudget())) {
      markOverspent(job);
    }
    settle(task, extraTokens, extraMoney, tokens, money, world.nanoTime());
  }

  private static void markOverspent(JobBooks job) {
    for (JobBooks at = job; at != null; at = at.parent) {
      at.overspent = true;
    }
  }

  private void settle(
      VirtualTask task, long extraTokens, long extraMoney, long tokens, long money, long nowNs) {
    Party agent = party(task.agentGate());
    boolean others = !world.gatesAreQuiet();
    long notedNs = world.nanoTime();
    long doneNs = notedNs + world.faults.maxYieldNs() * MAX_HOLD_UPS;
    agent.bucket.settle(task.tokens(), tokens, nowNs, notedNs, others, doneNs);
    all.bucket.settle(task.tokens(), tokens, nowNs, notedNs, others, doneNs);
    if (task.isLimited()) {
      agent.limits.settle(
          task, extraTokens, extraMoney, tokens, money, nowNs, notedNs, others, doneNs);
    }
    if (task.isLimitedWithAll()) {
      all.limits.settle(
          task, extraTokens, extraMoney, tokens, money, nowNs, notedNs, others, doneNs);
    }
    JobBooks job = books(task.job());
    job.settleRates(
        task.tokens(), tokens, task.moneyNanos(), money, nowNs, notedNs, others, doneNs);
    job.live--;
    job.reserved -= task.tokens() + extraTokens;
    job.spent += tokens;
    job.reservedMoney -= task.moneyNanos() + extraMoney;
    job.spentMoney += money;
    check(job.live >= 0, "{} settled more often than it reserved", job.job);
    check(
        job.live > 0 || (job.reserved == 0 && job.reservedMoney == 0),
        "{} holds {} tokens and {} nano-dollars for nobody",
        job.job,
        job.reserved,
        job.reservedMoney);
    checkBudget(job);
    finish(job);
  }

  // A sub-job returns its rest exactly once, when it is closed and its last reservation is settled.
  private void finish(JobBooks from) {
    for (JobBooks job = from;
        job != null && job.shut && job.live == 0 && !job.returned;
        job = job.parent) {
      job.returned = true;
      JobBooks parent = job.parent;
      if (parent != null) {
        parent.live--;
        parent.reserved -= job.job.carvedTokens();
        parent.spent += job.spent;
        parent.reservedMoney -= job.job.carvedMoneyNanos();
        parent.spentMoney += job.spentMoney;
        checkBudget(parent);
      }
    }
  }

  // A submitter was held up between its take and its note: what looked finished meanwhile was not.
  private static void unfinish(JobBooks from) {
    for (JobBooks job = from; job != null && job.returned; job = job.parent) {
      job.returned = false;
      JobBooks parent = job.parent;
      if (parent != null) {
        parent.live++;
        parent.reserved += job.job.carvedTokens();
        parent.spent -= job.spent;
        parent.reservedMoney += job.job.carvedMoneyNanos();
        parent.spentMoney -= job.spentMoney;
      }
    }
  }

  // ---- at an attempt's thread

  // Invariant 5, once more: the thread may have come late to its call.
  @Override
  public void calling(VirtualTask task, long nowNs) {
    check(
        nowNs <= task.startByNs(),
        "{} is called {} ns after its TTL",
        task,
        nowNs - task.startByNs());
    check(nowNs <= task.job().deadlineNs(), "{} is called after its job's deadline", task);
  }

  // ---- at the engine: inputs

  @Override
  public void advancing(long stampNs) {
    timersBeforeNs = stampNs;
  }

  @Override
  public void agentSet(AgentGate agent, AgentSettings settings) {
    Party party = party(agent);
    party.changed = party.set;
    party.set = true;
    party.gone = false;
    party.maxInFlight = settings.maxInFlight();
    party.maxWaiting = settings.maxWaiting();
    party.weight = settings.weight();
    party.park = settings.park();
    party.burn = settings.burn();
  }

  @Override
  public void targetSet(TargetGate target, TargetSettings settings) {
    Party party = party(target);
    party.changed |= party.target != null && !party.target.price().equals(settings.price());
    party.gone = false;
    party.maxInFlight = settings.maxInFlight();
    party.maxOverruns = settings.overrunLimit();
    paces.set(party, settings);
    TargetSettings before = party.target;
    party.target = settings;
    boolean anew =
        before != null
            && !(before.pace().equals(settings.pace())
                && before.degradation().equals(settings.degradation()));
    mostRetryShare = Math.max(mostRetryShare, settings.retry().budgetPercent() / 100.0);
    mostRetryFloor = Math.max(mostRetryFloor, settings.retry().budgetFloor());
    tasks.values().stream()
        .filter(task -> task.target == party && task.state == State.WAITING && !task.ended)
        .filter(LadderBooks::isFreeElsewhere)
        .sorted(Comparator.comparingLong(task -> task.task.taskId()))
        .toList()
        .forEach(
            task -> {
              boolean queued = !task.parked && !task.backsOff;
              if (queued) {
                leaveFlow(task);
              }
              task.leastRung = settings.degradation().size() - 1;
              if (queued) {
                enterFlow(task);
              }
            });
    if (anew) {
      tasks.values().stream()
          .filter(task -> task.target == party && task.state == State.WAITING && !task.ended)
          .filter(task -> !task.parked && !task.backsOff)
          .sorted(Comparator.comparingLong(task -> task.task.taskId()))
          .toList()
          .forEach(this::bePatientAnew);
    }
  }

  private void bePatientAnew(TaskBooks task) {
    if (ladders.isPatient(task) == task.patient) {
      ladders.enters(task, nowNsOfEngine());
    } else {
      leaveFlow(task);
      ladders.enters(task, nowNsOfEngine());
      enterFlow(task);
    }
  }

  @Override
  public void permits(TargetGate target, int permits) {
    Party party = party(target);
    TargetSettings ofTarget = party.target;
    ConcurrencyPolicy policy = ofTarget == null ? ConcurrencyPolicy.OFF : ofTarget.concurrency();
    check(permits != party.permits, "{}: its limit moves from {} to the same", target, permits);
    check(
        policy.isOn()
            ? permits >= policy.least()
                && permits
                    <= Math.max(
                        Math.max(policy.first(), policy.least()), this.settings.maxInFlight())
            : permits == Integer.MAX_VALUE,
        "{} may run {}, by {}",
        target,
        permits,
        policy);
    party.permits = permits;
    world.mix(permits);
  }

  @Override
  public void level(TargetGate target, int level, long passNs) {
    Party party = party(target);
    levels.moves(party, level, passNs, queues.waiting(party));
    world.mix(level);
  }

  @Override
  public void agentGone(AgentGate agent) {
    Party party = party(agent);
    party.gone = true;
    party.changed = true;
  }

  @Override
  public void agentEvicted(AgentGate agent) {
    Party party = party(agent);
    check(party.gone, "{} is forgotten, and was not removed", agent);
    check(
        party.live == 0 && party.atGates == 0 && party.reservedTokens == 0,
        "{} is forgotten, and has {} tasks, {} places, {} tokens",
        agent,
        party.live,
        party.atGates,
        party.reservedTokens);
    parties.remove(agent);
  }

  @Override
  public void targetGone(TargetGate target) {
    party(target).gone = true;
  }

  @Override
  public void halting() {
    halted = true;
  }

  @Override
  public void applying(Input input) {
    checkResumed();
    checkPrompt(input);
    timersBeforeNs = Long.MAX_VALUE;
    engineNs = Math.max(engineNs, input.stampNs);
    VirtualTask task = input.task;
    endsByItself = null;
    switch (input.kind) {
      case TASK_ADMITTED -> {
        if (task != null) {
          admitted(task);
        }
      }
      case HEDGE_ADMITTED -> {
        if (task != null) {
          hedgeAdmitted(task);
        }
      }
      case ATTEMPT_ENDED -> {
        VirtualAttempt attempt = input.attempt;
        if (task != null && attempt != null) {
          attemptEnds(books(task), attempt);
        }
      }
      case JOIN_BEGAN -> {
        VirtualTask other = input.other;
        if (task != null && other != null) {
          joinBegins(books(task), tasks.get(other), input.join);
        }
      }
      case JOIN_ABANDONED -> {
        if (task != null) {
          TaskBooks of = tasks.get(task);
          if (of != null && of.state == State.SUSPENDED && of.join == input.join) {
            stopWaiting(of);
          }
        }
      }
      case JOB_OPENED -> {
        if (input.job != null) {
          JobBooks job = books(input.job);
          job.begun = job.parent != null && job.parent.begun;
        }
      }
      case TASK_CANCELLED, JOB_CLOSED, COMMAND -> {}
    }
  }

  // Whatever is published wakes the dispatcher: an input waits for a stall, and for nothing else.
  private void checkPrompt(Input input) {
    long waitedNs = world.agenda.nowNs() - Math.max(input.publishedNs, stalledUntilNs);
    check(
        waitedNs <= TICK_NS,
        "{} number {} lay in the ring for {} ns, and the dispatcher slept",
        input.kind,
        input.sequence,
        waitedNs);
  }

  private void admitted(VirtualTask task) {
    JobBooks job = books(task.job());
    Party agent = party(task.agentGate());
    Party target = party(task.targetGate());
    long dueNs = Math.min(Math.min(task.startByNs(), job.job.deadlineNs()), engineNs + AGEING_NS);
    var of = new TaskBooks(task, agent, target, job, dueNs);
    if (job.loops.arrived(task)) {
      world.hit(FaultPoint.NOT_COUNTED_ON_ITS_WAY);
    }
    enter(of, job.begun ? BEGUN : NEW);
    parking.admitted(of, engineNs);
  }

  private void enter(TaskBooks of, int startClass) {
    VirtualTask task = of.task;
    check(tasks.put(task, of) == null, "{} was admitted twice", task);
    of.job.tasks++;
    touch(of);
    for (Party party : new Party[] {all, of.agent, of.target}) {
      party.waiting++;
      party.live++;
      party.reservedTokens += task.tokens();
    }
    check(
        all.waiting <= settings.maxWaiting(), "{} wait of {}", all.waiting, settings.maxWaiting());
    of.lane = task.priority().ordinal() * CLASSES + (task.isChild() ? 0 : startClass);
    queue(of);
    of.job.waiting.put(task, of);
    dues.add(Due.of(of));
    world.mix(task.taskId());
  }

  // ---- hedges

  @Override
  public void hedgeAsked(VirtualTask slow, long nowNs) {
    seen(nowNs);
    TaskBooks task = books(slow);
    hedges.asked(task, nowNs);
    checkMayAddTo(task, "hedged");
    world.mix(slow.taskId());
  }

  // It is taken for one that waits; if the engine wants none any more, it ends at once.
  private void hedgeAdmitted(VirtualTask hedge) {
    TaskBooks first = tasks.get(hedge.original());
    var of =
        new TaskBooks(
            hedge,
            party(hedge.agentGate()),
            party(hedge.targetGate()),
            books(hedge.job()),
            Math.min(Math.min(hedge.startByNs(), hedge.job().deadlineNs()), engineNs + AGEING_NS));
    of.attempts = first == null ? 1 : first.attempts;
    enter(of, BEGUN);
    if (first != null && !first.ended) {
      of.hedgeOf = first;
      of.unpaid = hedge.isUnfunded();
      first.hedge = of;
    }
  }

  // Its time was over, and a second in which to end; below there is a rung that may answer.
  @Override
  public void fallsBeside(VirtualTask falls, int failed) {
    TaskBooks task = books(falls);
    long nowNs = nowNsOfEngine();
    check(
        task.state == State.RUNNING && !task.ended && !task.givenUp && task.hedge == null,
        "{} falls beside itself while {}",
        task,
        task.state);
    check(
        task.timedOut && nowNs == task.deadlineNs + GRACE_NS,
        "{} is given up {} ns after its time",
        task,
        nowNs - task.deadlineNs);
    check(
        LadderBooks.fallsInTime(task) && failed == task.rung && nowNs <= task.startByNs(),
        "{} falls from rung {}, and must not",
        task,
        failed);
    check(!halted && task.job.open, "{} falls, and its job is over", task);
    check(!task.agent.gone && !task.target.gone, "{} falls after a removal", task);
    judge(task, CallClass.TIMED_OUT, 0);
    task.givenUp = true;
    overrun(task, true, true);
    world.mix(falls.taskId());
  }

  @Override
  public void hedgeWon(VirtualTask won, VirtualTask hedge) {
    TaskBooks of = books(hedge);
    AttemptReport report = of.report;
    check(
        endsByItself == hedge
            && report != null
            && report.how() == AttemptEnd.RETURNED
            && report.callClass() == CallClass.OK
            && hedge.original() == won,
        "{} wins, and has not answered",
        hedge);
    answeredByHedge = won;
    books(won).lost = true;
  }

  @Override
  public void hedgeOver(VirtualTask over, boolean waiting, long nowNs) {
    seen(nowNs);
    TaskBooks hedge = books(over);
    check(!hedge.ended, "{} is over twice", hedge);
    check(waiting == (hedge.state == State.WAITING), "{} is over as {}", hedge, hedge.state);
    TaskBooks first = hedge.hedgeOf;
    if (first == null) {
      world.hit(FaultPoint.HEDGE_CAME_TOO_LATE);
    } else {
      first.hedge = null;
    }
    hedge.hedgeOf = null;
    if (!waiting) {
      // By its time-out, or with its task: the books count rather too many failures.
      boolean timedOut = nowNs >= hedge.deadlineNs;
      judge(hedge, timedOut ? CallClass.TIMED_OUT : CallClass.CANCELLED, 0);
    }
    hedge.ended = true;
    leave(hedge, waiting, nowNs);
    world.mix(over.taskId());
  }

  private void checkMayAddTo(TaskBooks task, String what) {
    TargetSettings target = task.target.target;
    check(target != null, "{} is {}, and its target is unknown", task, what);
    check(!halted && task.job.open, "{} is {}, and its job is over", task, what);
    check(
        !task.agent.gone && !task.target.gone && cutoffs.isClosed(task.target, task.agent),
        "{} is {}, and is cut off",
        task,
        what);
    int percent = target == null ? 0 : target.retry().watermarkPercent();
    check(
        all.waiting * 100L < (long) settings.maxWaiting() * percent
            && task.agent.waiting * 100L < (long) task.agent.maxWaiting * percent,
        "{} is {}, and {} wait",
        task,
        what,
        all.waiting);
  }

  private void touch(TaskBooks task) {
    touch(task.agent);
    touch(task.target);
  }

  private void touch(Party party) {
    if (!party.touched) {
      party.touched = true;
      touched.add(party);
    }
  }

  private static long key(TaskBooks task) {
    int rungs = (task.leastRung << 1) | (task.task.isDegradable() ? 1 : 0);
    return ((long) task.agent.index << 40)
        | ((long) task.target.index << 18)
        | (task.part << 9)
        | (task.patient ? 1 << 8 : 0)
        | (rungs << 4)
        | task.lane;
  }

  private void queue(TaskBooks task) {
    queue(task, nowNsOfEngine());
  }

  private void queue(TaskBooks task, long atNs) {
    ladders.enters(task, atNs);
    if (isNew(task)) {
      queues.add(task.target, nowNsOfEngine());
    }
    enterFlow(task);
  }

  private void enterFlow(TaskBooks task) {
    task.part = cutoffs.partOf(task);
    Flow flow = flows.get(key(task));
    if (flow == null) {
      flow = new Flow(task);
      flows.put(key(task), flow);
      lanes.get(task.lane).add(flow);
    }
    flow.tasks.add(task);
    flow.byArrival.add(task);
    task.agent.queued++;
  }

  private void unqueue(TaskBooks task) {
    leaveFlow(task);
    if (isNew(task)) {
      queues.remove(task.target);
    }
  }

  // It goes on waiting, among others.
  private void leaveFlow(TaskBooks task) {
    Flow flow = flows.get(key(task));
    if (flow == null || !flow.tasks.remove(task)) {
      throw new Violation(task + " does not wait");
    }
    flow.byArrival.remove(task);
    if (flow.tasks.isEmpty()) {
      flows.remove(key(task));
      lanes.get(task.lane).remove(flow);
    }
    task.agent.queued--;
  }

  private static boolean isNew(TaskBooks task) {
    return task.lane % CLASSES == NEW;
  }

  private void leaveWaiting(TaskBooks task) {
    if (task.backsOff) {
      task.backsOff = false;
      backedOff.remove(task);
    } else if (!task.parked) {
      leaveQueue(task);
    }
    touch(task);
    task.job.waiting.remove(task.task);
    all.waiting--;
    task.target.waiting--;
    task.agent.waiting--;
  }

  private void leaveQueue(TaskBooks task) {
    unqueue(task);
    if (task.agent.queued == 0) {
      emptied(task.agent);
    }
  }

  // ---- work held for a human, and an operator's words

  @Override
  public void parked(VirtualTask held, ParkReason reason, ParkPolicy policy, long actionNs) {
    TaskBooks task = books(held);
    check(task.state == State.WAITING && !task.ended, "{} is parked while {}", task, task.state);
    if (task.backsOff) {
      task.backsOff = false;
      backedOff.remove(task);
    } else {
      leaveQueue(task);
    }
    parking.parked(task, reason, policy, actionNs, nowNsOfEngine());
    if (policy.clockStands()) {
      world.hit(FaultPoint.CLOCK_STOOD);
    }
    world.mix(actionNs);
  }

  @Override
  public void unparked(VirtualTask held, ParkPolicy.Action action, Unparked by) {
    TaskBooks task = books(held);
    boolean wasParked = parking.unparked(task, action, by, nowNsOfEngine());
    // Who found no room keeps its place in the queue, unless it goes on at another rung.
    boolean moves = !wasParked && action == ParkPolicy.Action.DEGRADE;
    if (moves) {
      leaveFlow(task);
    }
    task.declined =
        switch (action) {
          case RUN -> false;
          case REFUSE -> true;
          case DEGRADE -> !LadderBooks.degrades(task);
        };
    if (wasParked && !task.declined) {
      parking.goOn(task, engineNs);
      dues.add(Due.of(task));
    }
    if (task.againNs > engineNs && !task.declined) {
      task.backsOff = true;
      backedOff.add(task);
    } else if (moves) {
      enterFlow(task);
    } else if (wasParked && !task.declined) {
      queue(task);
      task.patientUntilNs = 0; // its deadline is about to be told
    }
    if (by == Unparked.FUNDED && task.attempts == 0) {
      parking.funded(task, nowNsOfEngine());
    }
    world.mix(action.ordinal());
  }

  @Override
  public void jobDeadline(VirtualJob job, long deadlineNs, long leftNs) {
    JobBooks of = books(job);
    check(
        deadlineNs == (of.standing > 0 ? Long.MAX_VALUE : of.deadlineNs),
        "the deadline of {} was moved to {}, not to {}",
        job,
        deadlineNs,
        of.deadlineNs);
    check(
        of.standing == 0 || leftNs == of.deadlineNs - of.stoodFromNs,
        "{} has {} ns left when its clock goes on, and not {}",
        job,
        of.deadlineNs - of.stoodFromNs,
        leftNs);
    job.deadlineNs(deadlineNs, leftNs);
    of.waiting.values().forEach(task -> dues.add(Due.of(task)));
  }

  @Override
  public void holding(@Nullable AgentGate agent, @Nullable TargetGate target, long untilNs) {
    Party party = partyOf(agent, target);
    if (party.gone) {
      return; // nobody to hold
    }
    everHeld = true;
    party.heldUntilNs = untilNs;
    if (agent != null && untilNs == 0) {
      parking.forgiven(party);
    }
  }

  @Override
  public void held(@Nullable AgentGate agent, @Nullable TargetGate target, long untilNs) {
    Party party = partyOf(agent, target);
    check(
        untilNs == party.heldUntilNs || (untilNs == 0 && nowNsOfEngine() == party.heldUntilNs),
        "{} is held until {}, and {} was said",
        party,
        untilNs,
        party.heldUntilNs);
    party.held = untilNs != 0;
    world.mix(untilNs);
  }

  @Override
  public void wordOver(@Nullable TargetGate target, @Nullable AgentGate agent, boolean ofBreaker) {
    long nowNs = nowNsOfEngine();
    if (ofBreaker && target != null) {
      cutoffs.wordOver(party(target), agent == null ? null : party(agent), nowNs);
    } else if (target != null || agent != null) {
      Party party = partyOf(agent, target);
      check(party.held && nowNs == party.heldUntilNs, "{}: its hold is over, but not now", party);
    }
  }

  @Override
  public void admissions(int lowest, boolean starts, long untilNs) {
    lowestPriority = lowest;
    startsAreHeld = !starts;
    everHeld |= !starts;
    world.mix(untilNs);
  }

  @Override
  public void forcing(TargetGate target, @Nullable AgentGate agent, boolean open, long untilNs) {
    Party ofTarget = party(target);
    Party ofAgent = agent == null ? null : party(agent);
    if (!ofTarget.gone && (ofAgent == null || !ofAgent.gone)) {
      world.hit(FaultPoint.BREAKER_FORCED);
      cutoffs.forcing(ofTarget, ofAgent, open, untilNs);
    }
  }

  private static void emptied(Party agent) {
    agent.emptied++;
    agent.period++;
  }

  private void attemptEnds(TaskBooks task, VirtualAttempt attempt) {
    if (task.state != State.RUNNING) {
      throw new Violation(task + " ended its attempt while " + task.state);
    }
    AttemptReport report = attempt.report();
    if (task.attempts <= 1 || report.how().started()) {
      task.lastReport = report;
      task.lastTimedOut = task.timedOut;
    } else {
      task.lastReport = task.report;
    }
    task.report = report;
    if (report.how().started()) {
      ladders.ran(task, engineNs - task.startedNs, engineNs);
      queues.ran(task.target, engineNs - task.startedNs);
      hedges.ran(task, report.callClass(), engineNs - task.startedNs);
      retries.ran(task, report.callClass(), engineNs - task.startedNs);
    }
    if (report.overspent()) {
      // More was reserved than is noted yet, where a submitter is held up: then only this says so.
      check(
          report.tokens() > task.task.tokens() || report.moneyNanos() > task.task.moneyNanos(),
          "{} overspent, and used no more than it had reserved",
          task);
      markOverspent(task.job);
    }
    endsByItself = task.task;
    ending = report.how();
    task.job.engineSpent += report.tokens();
    task.job.engineSpentMoney += report.moneyNanos();
    touch(task);
    for (Party party : new Party[] {all, task.agent, task.target}) {
      party.spentTokens += report.tokens();
      party.waste.ended(report, task.ended || task.givenUp);
      party.minutes.spent(report.tokens(), report.moneyNanos(), engineNs);
    }
    task.job.waste.ended(report, task.ended || task.givenUp);
    task.job.minutes.spent(report.tokens(), report.moneyNanos(), engineNs);
    alerts.ended(task.target, task.agent, report, task.agent.burn, engineNs);
    paces.ended(task, report, engineNs);
    if (report.callClass() == CallClass.OK
        && !LadderBooks.isStatic(task)
        && report.how() != AttemptEnd.CUT_OFF
        && report.use().isKnown()) {
      outputs.ended(task.target, task.agent, report.use().outputTokens());
    }
    served(task, cost(task.agent, report.tokens()) - task.served);
    if (task.ended || task.givenUp) {
      overrun(task, false, true);
    } else {
      boolean counts = report.how().started() && !PaceBooks.isPaces(task, report.callClass());
      judge(task, counts ? report.callClass() : CallClass.CANCELLED, report.retryAfterNs());
    }
  }

  private void judge(TaskBooks task, CallClass end, long retryAfterNs) {
    if (!task.judged) {
      task.judged = true;
      long ranNs = engineNs - task.startedNs;
      boolean perhaps = CongestionBooks.mayBeLimits(task, end, retryAfterNs);
      cutoffs.ended(task, end, perhaps, ranNs, engineNs);
    }
  }

  @Override
  public void breaker(
      TargetGate target, @Nullable AgentGate agent, BreakerState state, long untilNs) {
    long nowNs = nowNsOfEngine();
    Party asked = party(target);
    Party asker = agent == null ? null : party(agent);
    if (asker != null && cutoffs.isCutOff(asked, asker, state)) {
      parking.cutOff(asker, tasks.values(), nowNs);
    }
    int late = LadderBooks.late(tasks.values(), asked, 0, nowNs);
    cutoffs.changed(asked, asker, 0, late, state, untilNs, nowNs);
    trialOver(asked);
    world.mix(state.ordinal());
  }

  // What was part of a breaker's probes waits on among others.
  private void trialOver(Party target) {
    tasks.values().stream()
        .filter(task -> task.target == target && task.part != 0 && task.state == State.WAITING)
        .filter(task -> !task.ended && !task.parked && !task.backsOff)
        .sorted(Comparator.comparingLong(task -> task.task.taskId()))
        .toList()
        .forEach(
            task -> {
              leaveFlow(task);
              enterFlow(task);
            });
  }

  @Override
  public void rungBreaker(TargetGate target, int rung, BreakerState state, long untilNs) {
    long nowNs = nowNsOfEngine();
    int late = LadderBooks.late(tasks.values(), party(target), rung, nowNs);
    cutoffs.changed(party(target), null, rung, late, state, untilNs, nowNs);
    trialOver(party(target));
    world.mix(state.ordinal());
  }

  @Override
  public void burning(AgentGate agent, boolean burning, long tokens) {
    Party party = party(agent);
    alerts.burning(party, burning, tokens, party.burn);
    world.mix(tokens);
  }

  @Override
  public void usageMissing(TargetGate target, boolean missing) {
    alerts.usageMissing(party(target), missing);
  }

  @Override
  public void alert(TargetGate target, AlertKind kind, boolean on) {
    Party party = party(target);
    boolean holds =
        switch (kind) {
          // Whether it still stands when that is over is the engine's word.
          case QUEUE_STANDS -> on && queues.waiting(party) > 0;
          case LEVEL_LOWERED -> levels.isLowered(party);
          case BREAKER_OPEN -> cutoffs.isCutOff(party);
          // One that has its permits back, and no time left, is counted here a moment later.
          case OVERRUNS -> ladders.isShut(party, on ? 1 : 0);
          case WORK_PARKED ->
              tasks.values().stream().anyMatch(t -> t.target == party && t.parked && !t.ended);
          // Of slices and of calls that have ended: told apart by what began and what came.
          case QUEUE_GROWS -> on && party.waiting >= AlertBooks.LEAST_GROWTH;
          case P99_ABOVE_BUDGET -> on && alerts.mayBeLate(party, nowNsOfEngine());
        };
    alerts.alert(party, kind, on, holds, nowNsOfEngine());
    world.mix(kind.ordinal());
  }

  @Override
  public void outputLearned(TargetGate target, @Nullable AgentGate agent, long tokens) {
    Party of = party(target);
    TargetSettings settings = of.target;
    if (settings != null) {
      outputs.learned(of, agent == null ? null : party(agent), tokens, settings.estimates());
    }
    world.mix(tokens);
  }

  @Override
  public void outputTold(TargetGate target, @Nullable AgentGate agent, long tokens) {
    outputs.told(party(target), agent == null ? null : party(agent), tokens);
  }

  @Override
  public void paused(TargetGate target, long untilNs) {
    cutoffs.paused(party(target), untilNs, nowNsOfEngine());
    world.mix(untilNs);
  }

  private long nowNsOfEngine() {
    VirtualHeadgate headgate = this.headgate;
    if (headgate != null) {
      seen(headgate.engine.nowNs());
    }
    return engineNs;
  }

  // Invariant 6: never past a bound in time, never above the watermark, never without budget.
  @Override
  public void retried(VirtualTask again, CallClass end, long atNs) {
    TaskBooks task = books(again);
    AttemptReport report = task.report;
    TargetSettings target = task.target.target;
    if (report == null || target == null) {
      throw new Violation(task + " is tried again, and has not ended");
    }
    check(endsByItself == again && !task.ended, "{} is tried again after its end", task);
    check(report.again().coversRetryAt(task.rung), "{} holds {}", task, report.again());
    check(task.state == State.RUNNING && report.again().isAny(), "{} holds nothing", task);
    RetryPolicy policy = target.retry();
    check(
        task.attempts < policy.maxAttempts() && policy.retried().contains(end),
        "{} is tried again after attempt {} and {}",
        task,
        task.attempts,
        end);
    check(
        end != CallClass.OK && end != CallClass.CANCELLED && end != CallClass.CALLER_FAULT,
        "{} is tried again after {}",
        task,
        end);
    checkMayAddTo(task, "tried again");
    long latestNs = Math.max(policy.cap().toNanos(), report.retryAfterNs());
    check(
        atNs >= engineNs + report.retryAfterNs()
            && atNs <= Math.max(engineNs + latestNs, cutoffs.pausedUntilNs(task.target))
            && atNs <= task.startByNs(),
        "{} is tried again at {}",
        task,
        atNs);
    countRetry(task);
    waitAgain(task);
    task.backsOff = true;
    task.againNs = atNs;
    backedOff.add(task);
    lacks(task);
    world.mix(atNs);
  }

  private void countRetry(TaskBooks task) {
    for (Party party : new Party[] {task.agent, task.target}) {
      party.retries++;
      checkRetryBudget(party);
    }
  }

  private void lacks(TaskBooks task) {
    if (task.task.isUnfunded() && !task.unpaid) {
      reserve(task, -task.task.wantedTokens());
      task.unpaid = LadderBooks.isFree(task);
      if (!task.unpaid) {
        parking.lacksForRetry(task);
      }
    }
  }

  private void waitAgain(TaskBooks task) {
    permits(task, -1);
    task.state = State.WAITING;
    task.timedOut = false;
    task.givenUp = false;
    task.lane = task.task.priority().ordinal() * CLASSES + (task.task.isChild() ? 0 : BEGUN);
    task.job.waiting.put(task.task, task);
    for (Party party : new Party[] {all, task.agent, task.target}) {
      party.waiting++;
    }
    dues.add(Due.of(task));
  }

  // Bounded by the rungs, and by time; else as a retry.
  @Override
  public void fell(VirtualTask fell, CallClass end, int toRung) {
    TaskBooks task = books(fell);
    TaskBooks beside = task.hedge;
    if (beside != null && beside.isBeside()) {
      check(
          toRung == beside.leastRung && toRung > task.rung,
          "{} falls from rung {} to {}, and holds what rung {} costs",
          task,
          task.rung,
          toRung,
          beside.leastRung);
      world.hit(FaultPoint.FELL_BESIDE);
      world.mix(toRung);
      return;
    }
    AttemptReport report = task.report;
    if (report == null) {
      throw new Violation(task + " falls, and has not ended");
    }
    check(endsByItself == fell && !task.ended, "{} falls after its end", task);
    check(task.state == State.RUNNING && report.again().isAny(), "{} holds nothing", task);
    check(!halted && task.job.open, "{} falls, and its job is over", task);
    check(!task.agent.gone && !task.target.gone, "{} falls after a removal", task);
    check(engineNs <= task.startByNs(), "{} falls after its time", task);
    ladders.falls(task, end, toRung, report.again());
    waitAgain(task);
    task.leastRung = toRung;
    queue(task);
    lacks(task);
    world.mix(toRung);
  }

  // A share of first attempts and a few a minute, by whichever policy was ever in force.
  private void checkRetryBudget(Party party) {
    double minutes = engineNs / NS_PER_MINUTE;
    double most = 1 + party.firsts * mostRetryShare + mostRetryFloor * (1 + minutes);
    check(
        party.retries <= most,
        "{} has been tried again {} times, after {} first attempts",
        party,
        party.retries,
        party.firsts);
  }

  // Whose time has come waits like the others.
  private void queueAgain(long beforeNs) {
    while (!backedOff.isEmpty() && backedOff.peek().againNs < beforeNs) {
      TaskBooks task = backedOff.remove();
      task.backsOff = false;
      queue(task, task.againNs);
    }
  }

  private void overrun(TaskBooks task, boolean begins, boolean told) {
    check(task.overrun != begins, "{}: overrun counted twice", task);
    task.overrun = begins;
    int change = begins ? 1 : -1;
    touch(task);
    all.overruns += change;
    task.target.overruns += change;
    ladders.overrun(task, begins, told);
  }

  // ---- joins

  private void joinBegins(TaskBooks task, @Nullable TaskBooks other, int join) {
    check(task.state == State.RUNNING, "{} joins while {}", task, task.state);
    task.join = join;
    if (task.ended || task.givenUp || other == null || other.ended) {
      expectsResume = task.task;
      return;
    }
    boolean circle = false;
    for (TaskBooks at = other; at != null && !circle; at = waitsFor(at)) {
      circle = at == task;
    }
    if (circle || suspended == settings.maxSuspended()) {
      if (circle) {
        world.hit(FaultPoint.CIRCLE_OF_JOINS);
      }
      expectsResume = task.task;
      return;
    }
    task.state = State.SUSPENDED;
    task.waitsFor = other;
    other.waiters.add(task);
    suspended++;
    permits(task, -1);
  }

  // Who was left to its hedge waits for that one, which may itself wait.
  private static @Nullable TaskBooks waitsFor(TaskBooks task) {
    return task.state == State.LEFT_TO_HEDGE || task.givenUp ? task.hedge : task.waitsFor;
  }

  private void permits(TaskBooks task, int change) {
    touch(task);
    all.running += change;
    task.agent.running += change;
    task.target.running += change;
    ladders.runs(task, change);
    if (change > 0) {
      checkCap(all);
      checkCap(task.agent);
      checkCap(task.target);
    }
  }

  // Invariant 3. A cap that was lowered below what runs holds back starts, and stops nothing.
  private static void checkCap(Party party) {
    check(
        party.running <= party.maxInFlight,
        "{} runs {} of {}",
        party,
        party.running,
        party.maxInFlight);
  }

  private void claim(TaskBooks task, int change) {
    all.claimed += change;
    task.agent.claimed += change;
    task.target.claimed += change;
    ladders.claims(task, change);
  }

  private void stopWaiting(TaskBooks task) {
    TaskBooks awaited = task.waitsFor;
    if (awaited != null) {
      awaited.waiters.remove(task);
    }
    task.waitsFor = null;
    task.state = State.RESUMING;
    claim(task, 1);
  }

  private void checkResumed() {
    check(expectsResume == null, "{} was to go on from its join, and did not", expectsResume);
  }

  @Override
  public void resumed(VirtualTask resumed, int join) {
    TaskBooks task = books(resumed);
    check(task.join == join, "{} resumed from join {}, not from {}", task, join, task.join);
    world.mix(join);
    if (expectsResume == resumed) {
      expectsResume = null;
      check(task.state == State.RUNNING, "{} goes on while {}", task, task.state);
      return;
    }
    // Invariant 7: it has its permits again before join returns.
    check(task.state == State.RESUMING, "{} resumed while {}", task, task.state);
    task.state = State.RUNNING;
    suspended--;
    claim(task, -1);
    permits(task, 1);
    if (task.ended) {
      overrun(task, true, false);
    }
  }

  // ---- starts

  @Override
  public void started(VirtualTask started, int attempt, long nowNs, long deadlineNs) {
    seen(nowNs);
    TaskBooks task = books(started);
    check(task.state == State.WAITING && !task.ended, "{} started while {}", task, task.state);
    if (endsByItself == started) {
      endsByItself = null; // its attempt before; this one may end otherwise before the next input
    }
    TaskBooks first = task.hedgeOf;
    if (first != null) {
      HedgeBooks.starts(task, first, deadlineNs);
      if (!task.isBeside()) {
        world.hit(FaultPoint.HEDGED);
        countRetry(task);
      }
      task.attempts = first.attempts++;
      if (first.state != State.WAITING) {
        dues.add(Due.of(first));
      }
    }
    task.runsSeen = hedges.seen(task.target);
    retries.starts(task, nowNs);
    check(attempt == ++task.attempts, "{} started attempt {}", task, attempt);
    queueAgain(nowNs);
    if (task.backsOff) {
      check(nowNs >= task.againNs, "{} is tried again too early", task);
      backedOff.remove(task);
      task.backsOff = false;
      queue(task, task.againNs);
    }
    boolean mayHold = paces.mayHold(task.target, nowNs);
    ladders.starts(task, task.job.job.deadlineNs() - nowNs, mayHold, nowNs);
    check(
        !startsAreHeld && !task.agent.held && !task.target.held,
        "{} started, and an operator holds it up",
        task);
    parking.started(task);
    paces.started(task, started.rung(), nowNs);
    check(!halted, "{} started after the halt", task);
    check(task.job.open, "{} started after its job was closed", task);
    check(!task.agent.gone && !task.target.gone, "{} started after a removal", task);
    // Invariant 5.
    check(nowNs <= started.startByNs(), "{} started after its TTL", task);
    check(nowNs <= task.job.job.deadlineNs(), "{} started after its job's deadline", task);
    long expectedNs = Math.min(nowNs + started.timeoutNs(), task.job.job.deadlineNs());
    if (first != null && !task.isBeside()) {
      expectedNs = Math.min(expectedNs, started.startByNs());
    }
    check(deadlineNs == expectedNs, "{} got the deadline {}, not {}", task, deadlineNs, expectedNs);
    checkOrder(task, nowNs);
    // Who waits for its permits in a join comes first.
    check(
        all.hasPermit() && task.agent.hasPermit() && task.target.hasPermit(),
        "{} started without a permit to spare: all {}+{}, agent {}+{}, target {}+{}",
        task,
        all.running,
        all.claimed,
        task.agent.running,
        task.agent.claimed,
        task.target.running,
        task.target.claimed);
    checkShare(task);
    task.emptiedBefore = task.agent.emptied; // it may itself be the last to leave
    leaveWaiting(task);
    task.state = State.RUNNING;
    task.deadlineNs = deadlineNs;
    task.startedNs = nowNs;
    task.judged = false;
    task.rung = started.rung();
    check(
        task.rung == 0 || started.moneyNanos() <= LadderBooks.costNanos(task),
        "{} starts at rung {}, and holds {} nano-dollars",
        task,
        task.rung,
        started.moneyNanos());
    if (task.cheaper) {
      task.leastRung = Math.max(task.leastRung, task.rung);
    }
    task.lateNs = LadderBooks.lateNs(task, nowNs);
    if (task.part != 0 && task.rung == 0) {
      world.hit(FaultPoint.PART_OF_A_PROBE);
    }
    task.spells = cutoffs.started(task);
    if (attempt == 1) {
      task.agent.firsts++;
      task.target.firsts++;
    }
    permits(task, 1);
    dues.add(Due.of(task));
    task.agent.atGates--;
    all.atGates--;
    task.served = cost(task.agent, started.tokens());
    served(task, task.served);
    world.mix(started.taskId());
  }

  private boolean mayStart(Flow flow) {
    return !startsAreHeld
        && !flow.agent.held
        && !flow.target.held
        && flow.agent.hasPermit()
        && ladders.mayStart(flow, paces.mayHold(flow.target, engineNs))
        && flow.target.hasPermit();
  }

  // Bands before classes before shares before deadlines.
  private void checkOrder(TaskBooks task, long nowNs) {
    for (Lane lane : lanes.subList(0, task.lane)) {
      for (Flow flow : lane.some()) {
        if (mayStart(flow)) {
          check(
              false,
              "{} started in lane {}, and {} waits in lane {}",
              task,
              task.lane,
              flow.tasks.first(),
              flow.lane);
        }
      }
    }
    Flow own = flows.get(key(task));
    if (own == null) {
      throw new Violation(task + " started, and did not wait");
    }
    queues.starts(task, own, isNew(task), world, nowNs);
  }

  private static double cost(Party agent, long tokens) {
    return (double) Math.max(tokens, LEAST_TOKENS) / agent.weight;
  }

  private static void served(TaskBooks task, double change) {
    Party agent = task.agent;
    agent.served += change;
    agent.servings++;
    // Of what was counted before it came back from idleness, a part may be forgiven already.
    if (change < 0 && task.emptiedBefore != agent.emptied) {
      agent.period++;
    }
  }

  /*
   * Virtual Token Counter (Sheng et al., OSDI'24): of those that may start in a lane, the one starts
   * that was served least for its weight. By how much each is forgiven as it comes back from
   * idleness is not known here, but between two such moments it does not change: so there is no
   * start of the one at which it was further ahead of the other than at a start of the other.
   */
  private void checkShare(TaskBooks task) {
    if (rivals.size() > MAX_RIVALS) {
      rivals.clear(); // of hundreds of agents; those who meet again are known anew
    }
    for (Flow flow : lanes.get(task.lane).some()) {
      if (flow.agent != task.agent && mayStart(flow)) {
        checkShare(task.agent, flow.agent);
      }
    }
  }

  private void checkShare(Party starting, Party waiting) {
    boolean inOrder = starting.index < waiting.index;
    Party one = inOrder ? starting : waiting;
    Party other = inOrder ? waiting : starting;
    long key = ((long) one.index << 32) | other.index;
    Rivals of = rivals.get(key);
    if (of == null || !of.isOf(one, other)) {
      of = new Rivals(one, other);
      rivals.put(key, of);
    }
    double ahead = one.served - other.served;
    if (inOrder) {
      of.mostAsOneStarted = Math.max(of.mostAsOneStarted, ahead);
    } else {
      of.leastAsOtherStarted = Math.min(of.leastAsOtherStarted, ahead);
    }
    double tooMuch = of.mostAsOneStarted - of.leastAsOtherStarted;
    if (tooMuch > 1 + SHARE_ROUNDING * (one.servings + other.servings)) {
      check(
          false,
          "{} started before {}, which was served {} tokens less for its weight",
          starting,
          waiting,
          tooMuch);
    }
  }

  // ---- ends

  @Override
  public void stopAsked(VirtualTask stopped) {
    TaskBooks task = books(stopped);
    check(task.state == State.RUNNING, "{} is to be stopped while {}", task, task.state);
    if (!task.ended) {
      // Its time is over, and what it fails with may be tried again: so its thread is to end first.
      TargetSettings target = task.target.target;
      check(
          target != null
              && (target.retry().retried().contains(CallClass.TIMED_OUT)
                  || LadderBooks.fallsInTime(task))
              && !task.timedOut
              && nowNsOfEngine() == task.deadlineNs,
          "{} is stopped for no reason",
          task);
      task.timedOut = true;
    }
    world.mix(stopped.taskId());
  }

  @Override
  public void ended(VirtualTask ended, Ending how, boolean waiting, long nowNs, long ranNs) {
    seen(nowNs);
    TaskBooks task = books(ended);
    // Invariant 2.
    check(!task.ended && ended.ending == null, "{} ended twice", task);
    check(waiting == (task.state == State.WAITING), "{} ended as {}", task, task.state);
    checkCause(task, how, nowNs);
    if (!waiting) {
      judge(task, how == Ending.TIMED_OUT_TIMEOUT ? CallClass.TIMED_OUT : CallClass.CANCELLED, 0);
    }
    check(task.hedge == null, "{} ended, and its second attempt goes on", task);
    TargetSettings target = task.target.target;
    if (how.isOfCall() && !task.wasParked && target != null) {
      alerts.took(task.target, nowNs - ended.admittedNs(), target.p99BudgetNanos(), nowNs);
    }
    task.ended = true;
    for (TaskBooks waiter : task.waiters.toArray(TaskBooks[]::new)) {
      stopWaiting(waiter);
    }
    leave(task, waiting, nowNs);
    world.mix(ended.taskId() * 31 + how.ordinal());
  }

  private void leave(TaskBooks task, boolean waiting, long nowNs) {
    if (waiting) {
      leaveWaiting(task);
      parking.ended(task, nowNs);
      task.agent.atGates--;
      all.atGates--;
      settle(task.task, 0, 0, 0, 0, nowNs);
      settled(task);
      gone(task);
    } else if (task.state == State.SUSPENDED) {
      stopWaiting(task);
    } else if (task.state == State.RUNNING && endsByItself != task.task) {
      if (!task.givenUp) {
        overrun(task, true, true);
      }
    } else if (task.state == State.LEFT_TO_HEDGE) {
      gone(task);
    }
  }

  private void byTimer(long dueNs) {
    if (dueNs == lastTimerNs) {
      world.hit(FaultPoint.TIMERS_OF_ONE_MOMENT);
    }
    lastTimerNs = dueNs;
  }

  private void checkCause(TaskBooks task, Ending how, long nowNs) {
    long jobNs = task.job.job.deadlineNs();
    if (answeredByHedge == task.task) {
      answeredByHedge = null;
      check(how == Ending.COMPLETED, "{} was answered, and is {}", task, how);
      return;
    }
    if (task.state == State.LEFT_TO_HEDGE && isLastAnswer(task, how)) {
      check(task.hedge == null, "{} failed before its second attempt did", task);
      return;
    }
    boolean byItself = endsByItself == task.task;
    boolean unrun = task.state == State.WAITING || (byItself && !ending.started());
    if (unrun && isLastAnswer(task, how)) {
      boolean isOver =
          byItself
              || nowNs >= task.startByNs()
              || task.declined
              || LadderBooks.isNoLongerFree(task);
      if (!isOver && retries.isPastTime(task, nowNs)) {
        world.hit(FaultPoint.RETRY_PAST_ITS_TIME);
        return;
      }
      check(
          isOver,
          "{} gave its last answer {} ns before its time was over",
          task,
          task.startByNs() - nowNs);
      return;
    }
    // An attempt keeps the deadline that its job had at its start, wherever that has moved to.
    if (task.state != State.WAITING && task.job.everStood) {
      jobNs = Math.min(jobNs, task.deadlineNs);
    }
    switch (how) {
      case COMPLETED ->
          check(byItself && ending == AttemptEnd.RETURNED, "{} completed by itself", task);
      case FAILED -> check(byItself && ending == AttemptEnd.THREW, "{} failed by itself", task);
      case CUT_OFF ->
          check(byItself && ending == AttemptEnd.CUT_OFF, "{} was cut off by itself", task);
      case TIMED_OUT_TIMEOUT, TIMED_OUT_JOB -> {
        boolean byJob = how == Ending.TIMED_OUT_JOB;
        check(task.state != State.WAITING, "{} timed out while it waited", task);
        check(!byJob || nowNs >= jobNs, "{} timed out {} ns before its job", task, jobNs - nowNs);
        if (task.timedOut) {
          check(
              byItself
                  || task.givenUp
                  || task.job.everStood
                  || nowNs == Math.min(task.deadlineNs + GRACE_NS, jobNs),
              "{} timed out, and its thread had not its time to end",
              task);
          return;
        }
        check(
            unrun || nowNs == (byJob ? jobNs : task.deadlineNs),
            "{} timed out at {}, and its deadline is {}",
            task,
            nowNs,
            byJob ? jobNs : task.deadlineNs);
        checkTimer(task, byJob ? jobNs : task.deadlineNs);
        checkTick(task, byJob ? jobNs : task.deadlineNs);
        byTimer(nowNs);
      }
      case EXPIRED_TTL -> {
        check(unrun, "{} expired while it ran", task);
        check(
            nowNs >= task.task.startByNs(),
            "{} expired {} ns before its TTL",
            task,
            task.task.startByNs() - nowNs);
        checkTimer(task, task.task.startByNs());
        if (!byItself) {
          checkTick(task, task.task.startByNs());
          byTimer(nowNs);
        }
      }
      case EXPIRED_JOB -> {
        check(unrun, "{} expired while it ran", task);
        check(nowNs >= jobNs, "{} expired {} ns before its job", task, jobNs - nowNs);
        checkTimer(task, jobNs);
      }
      case CANCELLED_CALLER -> check(task.task.cancelled, "{} was cancelled by nobody", task);
      case CANCELLED_JOB_CLOSED ->
          check(
              task.job.shut || !task.job.open || task.job.overspent,
              "{} was cancelled with its job, which is open",
              task);
      case CANCELLED_SHUTDOWN -> check(halted, "{} was cancelled by no halt", task);
      case EXPIRED_TOO_LATE -> queues.checkTooLate(task, isNew(task), nowNs);
      case CANCELLED_REMOVED ->
          check(task.agent.gone || task.target.gone, "{} was cancelled by no removal", task);
      case CANCELLED_DECLINED -> check(task.declined, "{} was declined by nobody", task);
      case CANCELLED_BUDGET ->
          check(
              (task.declined || LadderBooks.isNoLongerFree(task))
                  && task.task.isUnfunded()
                  && task.attempts == 0,
              "{} ends for its job's budget, and was not parked for that",
              task);
      case CANCELLED_WOULD_DEADLOCK ->
          check(expectsResume != null, "{} was ended for no circle", task);
    }
  }

  // What its last call came to is its answer, when no other starts in time.
  private static boolean isLastAnswer(TaskBooks task, Ending how) {
    AttemptReport last = task.lastReport;
    if (last == null) {
      return false;
    }
    return switch (how) {
      case COMPLETED -> last.how() == AttemptEnd.RETURNED;
      case FAILED -> last.how() == AttemptEnd.THREW;
      // Of one whose answer came a moment after its time, the time-out counts.
      case TIMED_OUT_TIMEOUT -> last.callClass() == CallClass.TIMED_OUT || task.lastTimedOut;
      default -> false;
    };
  }

  // An input of the very moment of a timer comes before it: a task may start until its time is
  // over.
  private void checkTimer(TaskBooks task, long dueNs) {
    check(
        timersBeforeNs == Long.MAX_VALUE || dueNs < timersBeforeNs,
        "{}: its timer of {} fired before the inputs of that moment",
        task,
        dueNs);
  }

  // Invariant 5: a deadline interrupts within one tick, unless the process itself was held up.
  private void checkTick(TaskBooks task, long dueNs) {
    long lateNs = world.nanoTime() - dueNs;
    boolean heldUp =
        world.faults.clockJumps() > 0
            || stalledUntilNs >= world.agenda.nowNs() - lateNs
            || task.task.admittedNs() > dueNs - TICK_NS;
    check(heldUp || lateNs <= TICK_NS, "{}: its deadline was noticed {} ns late", task, lateNs);
  }

  @Override
  public void attemptOver(VirtualTask over, long nowNs) {
    seen(nowNs);
    TaskBooks task = books(over);
    cutoffs.judged(task.target, task.agent, engineNs);
    alerts.judged(task.target);
    if (task.state == State.WAITING) {
      return;
    }
    TaskBooks hedge = task.hedge;
    check(
        task.ended || (hedge != null && (task.givenUp || hedge.state != State.WAITING)),
        "{} has no outcome, and its attempt is over",
        task);
    check(task.state == State.RUNNING, "{} is over while {}", task, task.state);
    permits(task, -1);
    settled(task);
    if (task.ended) {
      gone(task);
    } else {
      world.hit(FaultPoint.LEFT_TO_HEDGE);
      task.state = State.LEFT_TO_HEDGE;
    }
  }

  private void settled(TaskBooks task) {
    for (Party party : new Party[] {all, task.agent, task.target}) {
      party.live--;
      party.reservedTokens -= task.task.tokens();
    }
  }

  private void gone(TaskBooks task) {
    task.state = State.GONE;
    tasks.remove(task.task);
    forgetDues();
    touch(task);
    task.job.tasks--;
  }

  // ---- jobs

  @Override
  public void jobBegun(VirtualJob job) {
    JobBooks of = books(job);
    check(!of.begun, "{} began twice", job);
    of.begun = true;
    of.begunNs = nowNsOfEngine();
    of.begunAtGates = true;
    for (TaskBooks task : of.waiting.values().toArray(TaskBooks[]::new)) {
      if (task.lane % CLASSES == NEW && task.parked) {
        task.lane--;
      } else if (task.lane % CLASSES == NEW) {
        unqueue(task);
        task.lane--;
        enterFlow(task);
      }
    }
  }

  @Override
  public void jobClosed(VirtualJob job) {
    JobBooks of = books(job);
    check(of.open, "{} was closed twice", job);
    if (of.begun) {
      queues.jobTook(nowNsOfEngine() - of.begunNs);
    }
    boolean cause =
        of.shut
            || of.overspent
            || halted
            || engineNs >= job.deadlineNs()
            || (of.parent != null && (!of.parent.open || of.parent.retired));
    check(cause || world.nanoTime() >= job.deadlineNs(), "{} was closed by nobody", job);
    of.open = false;
    of.shut = true;
    finish(of);
  }

  @Override
  public void jobRetired(VirtualJob job, Spending spent) {
    JobBooks of = books(job);
    levels.retired(job);
    long tokens = spent.tokensSpent();
    long money = spent.moneySpentNanos();
    check(!of.open && !of.retired, "{} retired while it is open, or twice", job);
    check(of.tasks == 0, "{} retired with {} tasks", job, of.tasks);
    check(
        tokens == of.engineSpent && money == of.engineSpentMoney,
        "{} spent {} tokens by the ledger, and {} were settled",
        job,
        tokens,
        of.engineSpent);
    of.waste.check(job, spent.waste());
    check(
        spent.tokensReserved() == 0 && spent.moneyReservedNanos() == 0,
        "{} is over, and holds",
        job);
    of.minutes.check(job, spent.tokensLastMinute(), spent.moneyLastMinuteNanos(), nowNsOfEngine());
    of.retired = true;
    retired.add(of);
    if (of.parent != null) {
      of.parent.engineSpent += tokens;
      of.parent.engineSpentMoney += money;
      of.parent.waste.add(of.waste);
      of.parent.minutes.add(of.minutes);
      of.parent.children.remove(of);
    }
    world.mix(tokens);
  }

  // ---- the dispatcher

  @Override
  public void stalled(long untilNs) {
    stalledUntilNs = Math.max(stalledUntilNs, untilNs);
  }

  private void seen(long nowNs) {
    engineNs = Math.max(engineNs, nowNs);
  }

  @Override
  public void turnOver(boolean quiet) {
    checkResumed();
    endsByItself = null;
    timersBeforeNs = Long.MAX_VALUE;
    VirtualHeadgate headgate = this.headgate;
    if (headgate == null) {
      return;
    }
    if (parties.size() <= FEW_PARTIES || ++turns % ALL_PARTIES_TURNS == 0) {
      checkLedgers(headgate.engine);
    } else {
      checkTouchedLedgers(headgate.engine);
    }
    queueAgain(headgate.engine.nowNs());
    parking.turnOver(headgate.engine.nowNs());
    checkDues(headgate.engine);
    checkPatience(headgate.engine.nowNs());
    checkWork();
    checkRungs();
    forgetRetired();
    int books = parties.size() + jobs.size();
    int due = books <= FEW_BOOKS ? QUIET_TURNS : books / BOOKS_A_TURN;
    if (quiet && ++quietTurns >= due) {
      quietTurns = 0;
      checkGates(headgate);
    }
  }

  // A submitter that took from a job, and was held up before that was noted, is still to come.
  private void forgetRetired() {
    if (!world.gatesAreQuiet()) {
      return;
    }
    retired.removeIf(
        job -> {
          boolean forgotten = job.live == 0 && (job.returned || job.parent == null);
          return forgotten && jobs.remove(job.job) != null;
        });
  }

  private void checkLedgers(Engine engine) {
    checkLedgerOfAll(engine);
    parties.forEach((gate, party) -> checkLedger(engine, gate, party));
    touched.forEach(party -> party.touched = false);
    touched.clear();
  }

  private void checkTouchedLedgers(Engine engine) {
    checkLedgerOfAll(engine);
    for (Party party : touched) {
      party.touched = false;
      checkLedger(engine, party.gate, party);
    }
    touched.clear();
  }

  private void checkLedgerOfAll(Engine engine) {
    checkLedger(all, engine.ledger(), engine.nowNs());
    check(
        engine.suspended() == suspended,
        "the engine knows {} suspended, and there are {}",
        engine.suspended(),
        suspended);
  }

  private static void checkLedger(Engine engine, @Nullable Object gate, Party party) {
    Ledger ledger =
        switch (gate) {
          case AgentGate agent -> engine.ledgerOf(agent);
          case TargetGate target -> engine.ledgerOf(target);
          case null, default -> null;
        };
    if (ledger != null) {
      checkLedger(party, ledger, engine.nowNs());
    }
  }

  private static void checkLedger(Party party, Ledger ledger, long nowNs) {
    equal(party, "waiting", ledger.waiting(), party.waiting);
    equal(party, "running", ledger.running(), party.running);
    equal(party, "live", ledger.live(), party.live);
    equal(party, "overruns", ledger.overruns(), party.overruns);
    equal(party, "reserved tokens", ledger.reservedTokens(), party.reservedTokens);
    equal(party, "spent tokens", ledger.spentTokens(), party.spentTokens);
    party.waste.check(party, ledger.tally().waste());
    party.minutes.check(
        party, ledger.tokensLastMinute(nowNs), ledger.moneyLastMinute(nowNs), nowNs);
  }

  private static void equal(Object whose, String what, long said, long counted) {
    if (said != counted) {
      check(false, "{} of {} is {}, and counted are {}", what, whose, said, counted);
    }
  }

  // No permit lies idle while a task waits that could take it.
  private void checkWork() {
    if (halted || !all.hasPermit()) {
      return;
    }
    for (Lane lane : lanes) {
      for (Flow flow : lane.some()) {
        if (mayStart(flow) && !flow.target.gone && !flow.agent.gone) {
          check(
              false,
              "{} waits, and there are permits: all {}+{} of {}",
              flow.tasks.first(),
              all.running,
              all.claimed,
              all.maxInFlight);
        }
      }
    }
  }

  private void checkRungs() {
    targets.forEach(
        (target, party) -> {
          if (party.target != null && !party.gone) {
            ladders.checkPublished(party, target.servingRung(), target.servingBelow());
          }
        });
  }

  // Held is what is due, and of what is over as much again at most.
  private void forgetDues() {
    if (dues.size() > MIN_DUES + 4 * tasks.size()) {
      dues.removeIf(Due::isOver);
    }
  }

  // Nothing is past its time and still as it was.
  // Who waits for a pace takes what there is, in the end. Where somebody was ever held up it is not
  // known for certain from when on that counts.
  private void checkPatience(long nowNs) {
    if (everHeld || ++patienceTurns % PATIENCE_TURNS != 0) {
      return;
    }
    for (TaskBooks task : tasks.values()) {
      if (task.patient
          && task.state == State.WAITING
          && !task.parked
          && !task.backsOff
          && !task.ended) {
        check(
            nowNs <= task.patientAtMostNs,
            "{} waits for its pace at {}, and was to do so until {}",
            task,
            nowNs,
            task.patientAtMostNs);
      }
    }
  }

  private void checkDues(Engine engine) {
    Due first = dues.peek();
    while (first != null && (first.isOver() || first.isMoved())) {
      dues.poll();
      if (!first.isOver()) {
        dues.add(Due.of(first.task()));
      }
      first = dues.peek();
    }
    check(
        first == null || first.ns() >= engine.nowNs(),
        "{} is {}, and was due {} ns ago",
        first == null ? null : first.task(),
        first == null ? null : first.task().state,
        first == null ? 0 : engine.nowNs() - first.ns());
    // A job may be opened after its own deadline, by an opener that was held up: the next turn ends
    // it.
    long timerNs = engine.nextTimerNs();
    boolean overdue = timerNs < engine.nowNs();
    check(
        !overdue || timerNs != overdueNs,
        "a timer was due {} ns ago, and a turn ago",
        engine.nowNs() - timerNs);
    overdueNs = overdue ? timerNs : -1;
  }

  /** Invariant 1, where nobody is between two steps: what the gates hold is what the books hold. */
  void checkGates(VirtualHeadgate headgate) {
    equal(all, "places at the gates", headgate.gates.waitingRoom().taken(), all.atGates);
    checkBucket(all, all.bucket, headgate.gates.bucket());
    all.limits.checkAccount(all, headgate.gates.spending());
    parties.forEach(
        (gate, party) -> {
          if (gate instanceof AgentGate agent) {
            equal(party, "places at the gates", agent.waitingRoom().taken(), party.atGates);
            checkBucket(party, party.bucket, agent.bucket());
            party.limits.checkAccount(party, agent.spending());
          }
        });
    for (JobBooks job : jobs.values()) {
      checkAccount(job);
      JobRates rates = job.job.rates();
      boolean ofOuter = !job.tokenRate.rated && !job.moneyRate.rated;
      if (rates != null && !ofOuter) {
        checkBucket(job.job, job.tokenRate, rates.tokens());
        checkBucket(job.job, job.moneyRate, rates.money());
      }
      check(rates != null || ofOuter, "{} has no limits a minute, and should", job.job);
      if (world.faults.yieldShare() == 0) {
        // Else a submitter may have held for a moment, as somebody looked, what it then gave back.
        checkNobodyIsCovered(job);
      }
      Spending spending = headgate.engine.spendingOf(job.job);
      if (spending != null) {
        long nowNs = headgate.engine.nowNs();
        long money = spending.moneyLastMinuteNanos();
        job.minutes.check(job.job, spending.tokensLastMinute(), money, nowNs);
      }
    }
  }

  private static void checkAccount(JobBooks job) {
    equal(job.job, "live reservations", job.job.liveReservations(), job.live);
    if (job.overspent) {
      check(
          job.job.isClosed()
              || job.parent != null
              || !job.children.isEmpty()
              || job.job.overspentTokens() == 0,
          "{} overspent, and is open",
          job.job);
    } else {
      if (job.tokensBounded()) {
        equal(
            job.job,
            "tokens left",
            job.job.tokensLeft(),
            job.job.tokenBudget() - job.reserved - job.spent);
      }
      if (job.moneyBounded()) {
        equal(
            job.job,
            "nano-dollars left",
            job.job.moneyLeft(),
            job.job.moneyBudget() - job.reservedMoney - job.spentMoney);
      }
    }
  }

  private boolean isCompared(Books.Bucket books) {
    return books.rated && !books.changed && world.faults.clockJumps() == 0;
  }

  private double slack(Books.Bucket books) {
    return 2
        + books.burst * 1e-6
        + books.takes * books.tokensPerNs * 2 // each cost is rounded up to a nanosecond
        + books.tokensPerNs * ((double) world.faults.maxYieldNs() * MAX_HOLD_UPS + TICK_NS)
        + all.live;
  }

  // A submitter that was held up took at a time of its own, so what dripped in meanwhile may
  // differ.
  private void checkBucket(Object whose, Books.Bucket books, TokenBucket bucket) {
    if (!isCompared(books)) {
      return;
    }
    long nowNs = world.nanoTime();
    books.fill(nowNs);
    double slack = slack(books);
    long wanted = (long) Math.max(1, books.burst);
    double missing = bucket.waitNs(wanted, nowNs) * books.tokensPerNs;
    check(
        missing - books.missing <= slack + books.doubtOfLess
            && books.missing - missing <= slack + books.doubt,
        "the bucket of {} misses {} tokens, and counted are {}, give or take {}",
        whose,
        missing,
        books.missing,
        slack);
  }

  /** All is over: everything is back where it began, to the last one. */
  void checkRest(VirtualHeadgate headgate) {
    check(
        tasks.isEmpty(),
        "{} tasks are left, of them {}",
        tasks.size(),
        tasks.isEmpty() ? null : tasks.values().iterator().next());
    equal(all, "places", all.atGates, 0);
    equal(all, "running", all.running, 0);
    equal(all, "suspended", suspended, 0);
    check(headgate.engine.isIdle(), "the engine is not idle");
    equal("the engine", "open jobs", headgate.engine.openJobs(), 0);
    checkLedgers(headgate.engine);
    checkGates(headgate);
    for (JobBooks job : jobs.values()) {
      check(job.retired && job.live == 0, "{} is left", job.job);
    }
  }
}
