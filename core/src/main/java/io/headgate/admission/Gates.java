package io.headgate.admission;

import io.headgate.AgentSettings;
import io.headgate.CallClass;
import io.headgate.DegradationPolicy;
import io.headgate.Estimate;
import io.headgate.HeadgateSettings;
import io.headgate.Price;
import io.headgate.Priority;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.SpendingLimits;
import org.agrona.concurrent.NanoClock;
import org.jspecify.annotations.Nullable;

/**
 * The order in which a submission passes the gates, cheapest and likeliest refusal first. Any
 * thread; lock-free.
 *
 * <p>Two passes. {@link #test} reads every gate and refuses without a write to anything shared, so
 * a storm of refusals scales with the cores. {@link #tryTake} takes; only a lost race gives back.
 */
public final class Gates {
  private static final Priority[] PRIORITIES = Priority.values();

  /** As the lowest priority: nobody is let in. */
  public static final int NOBODY = -1;

  /** As the lowest priority: only tasks of jobs that have begun are let in. */
  public static final int NO_NEW_JOBS = -2;

  private static final long MIN_RETRY_NS = 1_000_000;
  private static final long JOURNAL_RETRY_NS = 250_000_000;

  // Of a pause of hours, nobody is to miss more of what comes after than that.
  private static final long MOST_SPREAD_NS = 60_000_000_000L;

  // With what was changed since: the rate of all, what may be parked, how far refusals are spread.
  private volatile HeadgateSettings settings;

  private final long placesOfBegun;
  private final long placesOfNew;
  private final NanoClock preciseClock;
  private final WaitingRoom waitingRoom = new WaitingRoom();
  private final TokenBucket bucket;

  // Made when a limit is first set, and kept: what was spent stays spent.
  private volatile @Nullable SpendingAccount spending;

  private final RefusalCounts refusals = RefusalCounts.ofAll();
  private volatile int lowestPriority = PRIORITIES.length - 1;
  private volatile long levelUntilNs = Gate.UNTIL_OPENED;
  private volatile long startIntervalNs;
  private volatile boolean parkingIsFull;
  private volatile boolean journalBehind;

  // Whether somebody is parked for want of what may be given back: hardly ever written.
  private volatile boolean anyUnfunded;
  private volatile boolean givenBack;

  /**
   * Gates with these bounds, all places free and the bucket full.
   *
   * @param preciseClock read once more before a refusal for time's sake, since the time that a
   *     submission brings may be a little old
   */
  public Gates(HeadgateSettings settings, NanoClock preciseClock) {
    this.settings = settings;
    this.placesOfBegun = settings.maxWaiting();
    this.placesOfNew = settings.maxWaitingNew();
    this.preciseClock = preciseClock;
    this.bucket = new TokenBucket(settings.tokensPerMinute(), settings.burstTokens());
    this.spending = SpendingAccount.of(settings.spending());
    this.parkingIsFull = settings.maxParked() == 0;
  }

  /**
   * Reads every gate.
   *
   * @param caller the attempt that submits it, or null
   * @param arguments their digest, or {@link io.headgate.Task#NO_ARGUMENTS}
   * @param startByNs by the task's TTL
   * @param deadlineNs of the job
   * @param degradable whether a lower rung of the target's ladder may answer
   * @param wrapsUp whether it may use what its job keeps back for that
   * @return the refusal, or null if every gate would let it pass now
   */
  public @Nullable Refused<?> test(
      AgentGate agent,
      TargetGate target,
      JobAccount account,
      Priority priority,
      @Nullable Caller caller,
      long arguments,
      long tokens,
      long moneyNanos,
      long nowNs,
      long startByNs,
      long deadlineNs,
      boolean degradable,
      boolean wrapsUp) {
    if (waitingRoom.isClosed()) {
      return refuse(Refusal.CLOSED, 0, agent, target);
    }
    if (journalBehind) {
      return refuse(
          Refusal.JOURNAL_BEHIND, spread(JOURNAL_RETRY_NS, account, nowNs), agent, target);
    }
    if (account.isClosed()) {
      return refuse(Refusal.JOB_CLOSED, 0, agent, target);
    }
    int lowest = lowestPriority;
    if (priority.ordinal() > lowest
        && !(lowest == NO_NEW_JOBS && (caller != null || account.begun()))) {
      Refusal reason = lowest < 0 ? Refusal.PAUSED : Refusal.LEVEL;
      long retryNs = retryNsOf(reason, levelUntilNs, nowNs);
      return refuse(reason, spread(retryNs, account, nowNs), agent, target);
    }
    long keptOutNs = caller != null ? 0 : target.keptOutNs(agent, priority, account);
    if (keptOutNs > 0) {
      long retryNs = spread(Math.max(MIN_RETRY_NS, keptOutNs), account, nowNs);
      return refuse(Refusal.LEVEL, retryNs, agent, target);
    }
    Refusal shut = target.shutReason();
    if (shut != null && !(shut == Refusal.TARGET_OVERRUN && target.isServedBelow(degradable))) {
      long retryNs = retryNsOf(shut, target.shutUntilNs(), nowNs);
      return refuse(shut, spread(retryNs, account, nowNs), agent, target);
    }
    shut = agent.shutReason();
    if (shut != null) {
      return refuse(shut, retryNsOf(shut, agent.shutUntilNs(), nowNs), agent, target);
    }
    boolean begun = caller != null || account.begun();
    Cutoff cutoff = target.cutoff();
    if (cutoff != null
        && shutsOut(cutoff, caller, target)
        && !cutoff.isWaitedFor(begun, Math.min(startByNs, deadlineNs))
        && !target.isServedBelow(degradable)) {
      return refuseCutOff(Refusal.TARGET_UNAVAILABLE, cutoff, account, nowNs, agent, target);
    }
    cutoff = agent.cutoff(target.index());
    if (cutoff != null && shutsOut(cutoff, caller, target) && !target.isServedBelow(degradable)) {
      return refuseCutOff(Refusal.AGENT_CUT_OFF, cutoff, account, nowNs, agent, target);
    }
    if (deadlineNs <= nowNs) {
      return refuse(Refusal.DEADLINE_PASSED, 0, agent, target);
    }
    long waitNs = target.estimatedWaitNs(agent, priority, begun);
    // A new job is worth nothing until it is finished: so it is to have the time for that, also if
    // it waits twice as long as is thought. Of one that comes with less than others take, what they
    // take says nothing.
    long jobNs = begun ? 0 : target.jobNs();
    if (deadlineNs - nowNs < jobNs) {
      jobNs = 0;
    }
    long lastNs = jobNs == 0 ? deadlineNs : deadlineNs - jobNs - waitNs;
    if (waitNs > 0 && nowNs + waitNs > Math.min(startByNs, lastNs)) {
      return refuse(Refusal.WOULD_EXPIRE, spread(waitNs, account, nowNs), agent, target);
    }
    return testLimits(
        agent,
        target,
        account,
        caller,
        arguments,
        tokens,
        moneyNanos,
        nowNs,
        waitNs,
        begun,
        wrapsUp,
        false);
  }

  /**
   * The same of a task that had been let in before a crash, and waited: whoever keeps others out
   * does not keep it out.
   *
   * @param isCounted as {@link Earlier#isCounted}
   */
  public @Nullable Refused<?> testAgain(
      AgentGate agent,
      TargetGate target,
      JobAccount account,
      long arguments,
      long tokens,
      long moneyNanos,
      long nowNs,
      long deadlineNs,
      boolean wrapsUp,
      boolean isCounted) {
    if (waitingRoom.isClosed()) {
      return refuse(Refusal.CLOSED, 0, agent, target);
    }
    if (account.isClosed()) {
      return refuse(Refusal.JOB_CLOSED, 0, agent, target);
    }
    if (agent.shutReason() == Refusal.AGENT_REMOVED) {
      return refuse(Refusal.AGENT_REMOVED, 0, agent, target);
    }
    if (target.shutReason() == Refusal.TARGET_REMOVED) {
      return refuse(Refusal.TARGET_REMOVED, 0, agent, target);
    }
    if (journalBehind) {
      return refuse(Refusal.JOURNAL_BEHIND, JOURNAL_RETRY_NS, agent, target);
    }
    if (deadlineNs <= nowNs) {
      return refuse(Refusal.DEADLINE_PASSED, 0, agent, target);
    }
    return testLimits(
        agent,
        target,
        account,
        null,
        arguments,
        tokens,
        moneyNanos,
        nowNs,
        0,
        true,
        wrapsUp,
        isCounted);
  }

  private @Nullable Refused<?> testLimits(
      AgentGate agent,
      TargetGate target,
      JobAccount account,
      @Nullable Caller caller,
      long arguments,
      long tokens,
      long moneyNanos,
      long nowNs,
      long waitNs,
      boolean begun,
      boolean wrapsUp,
      boolean isCounted) {
    Refusal limit = CallLimits.test(caller, account, target, arguments, isCounted, nowNs);
    if (limit != null) {
      return refuse(limit, 0, agent, target);
    }
    if (agent.waitingRoom().isFull(agent.settings().maxWaiting())) {
      return refuse(Refusal.AGENT_WAITING_ROOM_FULL, retryNs(), agent, target);
    }
    if (waitingRoom.isFull(places(begun))) {
      return refuse(Refusal.WAITING_ROOM_FULL, roomNs(waitNs, account, nowNs), agent, target);
    }
    long bucketNs = waitNs(agent.bucket(), tokens, nowNs);
    if (bucketNs > 0) {
      return refuseRate(Refusal.AGENT_RATE, bucketNs, agent, target);
    }
    bucketNs = waitNs(bucket, tokens, nowNs);
    if (bucketNs > 0) {
      return refuseRate(Refusal.GLOBAL_RATE, spread(bucketNs, account, nowNs), agent, target);
    }
    SpendingAccount ofAgent = agent.spending();
    SpendingAccount ofAll = spending;
    if (ofAgent != null || ofAll != null) {
      Refused<?> refused = testSpending(ofAgent, ofAll, agent, target, tokens, moneyNanos, nowNs);
      if (refused != null) {
        return refused;
      }
    }
    JobRates rates = account.rates();
    if (rates != null) {
      Refused<?> refused = testRates(rates, agent, target, tokens, moneyNanos, nowNs);
      if (refused != null) {
        return refused;
      }
    }
    JobAccount.Reserve reserve = account.test(tokens, moneyNanos, wrapsUp);
    if (reserve != JobAccount.Reserve.DONE) {
      return refuse(refusalOf(reserve), retryNsOf(reserve), agent, target);
    }
    Probe.at(Probe.Step.TESTED);
    return null;
  }

  /**
   * Takes what the task says that it needs: its count among the job's calls, a waiting place (the
   * agent's and the overall one), the tokens of both buckets and the job's budget: all, or nothing.
   * Where only probes are let through, one of those permits too.
   *
   * @param caller the attempt that submits it, or null
   * @return the refusal of a lost race, or null if all was taken
   */
  public @Nullable Refused<?> tryTake(Reservation task, @Nullable Caller caller, long nowNs) {
    AgentGate agent = task.agentGate();
    TargetGate target = task.targetGate();
    Cutoff ofTarget = cutoffOfTarget(task, caller);
    Cutoff ofAgent = cutoffOfAgent(task);
    if ((ofTarget == null && ofAgent == null) || passesByLadder(task)) {
      return takeCounted(task, caller, nowNs);
    }
    if (ofTarget != null && !ofTarget.tryPass()) {
      return refuseCutOff(
          Refusal.TARGET_UNAVAILABLE, ofTarget, task.account(), nowNs, agent, target);
    }
    boolean passed = ofAgent == null || ofAgent.tryPass();
    Refused<?> refused =
        ofAgent == null || passed
            ? takeCounted(task, caller, nowNs)
            : refuseCutOff(Refusal.AGENT_CUT_OFF, ofAgent, task.account(), nowNs, agent, target);
    if (refused != null) {
      if (ofTarget != null) {
        ofTarget.giveBack();
      }
      if (ofAgent != null && passed) {
        ofAgent.giveBack();
      }
    }
    return refused;
  }

  /** The same of what {@link #testAgain} let pass. */
  public @Nullable Refused<?> tryTakeAsBefore(Reservation task, long nowNs) {
    return takeCounted(task, null, nowNs);
  }

  private static boolean shutsOut(Cutoff cutoff, @Nullable Caller caller, TargetGate target) {
    return cutoff.isShut() && !(caller != null && cutoff.lets(caller.trial(), target));
  }

  // Of which it needs a probe's permit; null if there is none, it is part of a probe, or it may
  // wait for its end.
  private static @Nullable Cutoff cutoffOfTarget(Reservation task, @Nullable Caller caller) {
    TargetGate target = task.targetGate();
    Cutoff cutoff = target.cutoff();
    boolean begun = caller != null || task.account().begun();
    return cutoff == null
            || cutoff.isWaitedFor(begun, task.startByNs())
            || cutoff.lets(task.trial(), target)
        ? null
        : cutoff;
  }

  private static @Nullable Cutoff cutoffOfAgent(Reservation task) {
    TargetGate target = task.targetGate();
    AgentGate agent = task.agentGate();
    Cutoff cutoff = agent.cutoff(target.index());
    return cutoff == null || cutoff.lets(task.trial(), target) ? null : cutoff;
  }

  // Where it starts is the engine's to decide: no probe's permit is needed to come in.
  private static boolean passesByLadder(Reservation task) {
    return task.isDegradable() && !task.targetGate().settings().degradation().isOff();
  }

  private @Nullable Refused<?> takeCounted(Reservation task, @Nullable Caller caller, long nowNs) {
    Refusal limit = CallLimits.tryTake(task, caller, nowNs);
    if (limit != null) {
      return refuse(limit, 0, task.agentGate(), task.targetGate());
    }
    if (task.account().isParkedForLoops()) {
      task.markLooped();
    }
    Probe.at(Probe.Step.CALL_COUNTED);
    Refused<?> refused = takeRated(task, task.tokens(), task.moneyNanos(), task.isChild(), nowNs);
    if (refused != null) {
      CallLimits.giveBack(task, caller);
    }
    return refused;
  }

  // How long it may last is the engine's best word; the next try is not to come in the same
  // instant.
  private Refused<?> refuseCutOff(
      Refusal reason,
      Cutoff cutoff,
      JobAccount account,
      long nowNs,
      AgentGate agent,
      TargetGate target) {
    long retryAfterNs = Math.max(MIN_RETRY_NS, cutoff.untilNs() - nowNs);
    return refuse(reason, spread(retryAfterNs, account, nowNs), agent, target);
  }

  /**
   * Takes once more what a task needs to go on: a waiting place among those of jobs that have
   * begun, and the tokens and the money that it held, if it may be tried again, or else those of
   * the first rung below that is covered; of a static one, none. All of that, or nothing. For an
   * attempt that failed and has settled, on its thread. Counts no refusal, since nothing was
   * submitted. The reservation says what it held before until the engine is told.
   *
   * @param retried whether the same call may be made again
   * @param falls whether the task may go on below the rung at which it has failed
   * @return what was taken: if the job's budget alone is in the way, and its rule says so, a place
   */
  public TakenAgain tryTakeAgain(
      Reservation task, boolean retried, boolean falls, int failed, long nowNs) {
    return takeAgain(task, retried, falls, failed, true, nowNs);
  }

  private TakenAgain takeAgain(
      Reservation task, boolean retried, boolean falls, int failed, boolean asks, long nowNs) {
    Refused<?> refused = null;
    if (retried || task.isUnfunded()) {
      refused = takeUncounted(task, task.tokens(), task.moneyNanos(), nowNs);
      if (refused == null) {
        return TakenAgain.all(task);
      }
    }
    DegradationPolicy ladder = task.targetGate().settings().degradation();
    int rung = failed + 1;
    while (falls && rung < ladder.size() && !ladder.isStatic(rung) && mayDependOnPrice(refused)) {
      long costNanos = task.costNanos(task.targetGate().priceAt(rung));
      long moneyNanos = Math.min(task.moneyNanos(), costNanos);
      refused = takeUncounted(task, task.tokens(), moneyNanos, nowNs);
      if (refused == null) {
        return new TakenAgain(TakenAgain.What.ALL, rung, moneyNanos);
      }
      rung++;
    }
    // Who is to be asked at the budget's end is asked before an answer is given that costs nothing.
    if (asks && refused != null && parksAtBudget(task.account(), refused)) {
      return takeUncounted(task, 0, 0, nowNs) == null ? TakenAgain.PLACE : TakenAgain.NOTHING;
    }
    boolean free = falls && rung < ladder.size() && mayDependOnPrice(refused);
    return free && takeUncounted(task, 0, 0, nowNs) == null
        ? new TakenAgain(TakenAgain.What.FREE, rung, 0)
        : TakenAgain.NOTHING;
  }

  // What wants less money, or no tokens, may be let in all the same.
  private static boolean mayDependOnPrice(@Nullable Refused<?> refused) {
    return refused == null
        || isBudget(refused)
        || switch (refused.reason()) {
          case AGENT_RATE,
              GLOBAL_RATE,
              AGENT_MONEY_RATE,
              GLOBAL_MONEY_RATE,
              JOB_RATE,
              JOB_MONEY_RATE,
              EXCEEDS_BURST ->
              true;
          default -> false;
        };
  }

  /**
   * Takes the same for a second attempt beside a slow one: all of it or nothing. On the
   * dispatcher's thread.
   *
   * @return whether it was taken
   */
  public boolean tryTakeBeside(Reservation hedge, long nowNs) {
    return takeUncounted(hedge, hedge.tokens(), hedge.moneyNanos(), nowNs) == null;
  }

  /**
   * Takes for a second attempt beside one that does not end what it needs at the first rung below
   * that is covered. Nobody is asked, should the budget's end be in the way. On the dispatcher's
   * thread, which then tells the engine.
   *
   * @param failed the rung at which the first attempt runs
   * @return what was taken
   */
  public TakenAgain tryTakeBelow(Reservation second, int failed, long nowNs) {
    second.reserveAt(failed, true);
    TakenAgain taken = takeAgain(second, false, true, failed, false, nowNs);
    if (taken.isAny()) {
      second.holds(taken);
    }
    return taken;
  }

  private @Nullable Refused<?> takeUncounted(
      Reservation reservation, long tokens, long moneyNanos, long nowNs) {
    Refused<?> refused = takeRated(reservation, tokens, moneyNanos, true, nowNs);
    if (refused == null) {
      reservation.takenAgain(nowNs);
      if (tokens > 0 || moneyNanos > 0) {
        markKept(reservation);
      }
    } else {
      forget(refused.reason(), reservation.agentGate(), reservation.targetGate());
    }
    return refused;
  }

  /** Whether a task that was refused for this is to be parked, by its job's rule, with a place. */
  public boolean parksAtBudget(JobAccount account, Refused<?> refused) {
    return (refused.reason() == Refusal.TOKEN_BUDGET || refused.reason() == Refusal.MONEY_BUDGET)
        && !account.parkAtBudget().isOff()
        && !parkingIsFull;
  }

  /**
   * Takes the tokens and the money of a task that has been parked for want of them: all or nothing
   * of its job's budget and of what its agent and all may spend in all. Buckets and the minute's
   * money go into debt: it was let in when they allowed it. If only a cheaper rung is covered, it
   * reserves for that. On the dispatcher's thread, which then tells the engine.
   *
   * @param lines where it stands in line if a limit is all that is in the way
   * @return whether it was taken
   */
  public boolean tryFund(Reservation task, LimitLines lines) {
    lines.remove(task);
    long nowNs = preciseClock.nanoTime();
    DegradationPolicy ladder = task.targetGate().settings().degradation();
    int rung = task.reservedRung();
    do {
      long moneyNanos = task.costNanos(task.targetGate().priceAt(rung));
      if (task.account().tryFund(task.wantedTokens(), moneyNanos, task.wrapsUp())) {
        SpendingAccount refusing = tryFundLimited(task, moneyNanos, nowNs);
        if (refusing == null) {
          lines.remove(task);
          task.agentGate().bucket().settle(0, task.wantedTokens(), nowNs);
          bucket.settle(0, task.wantedTokens(), nowNs);
          JobRates rates = task.account().rates();
          if (rates != null) {
            rates.settle(0, task.wantedTokens(), 0, moneyNanos, nowNs, nowNs);
          }
          task.takenAt(rung, moneyNanos, nowNs);
          markKept(task);
          return true;
        }
        task.account().unfund(task.wantedTokens(), moneyNanos);
        lines.add(task, refusing, moneyNanos); // at last with what the cheapest rung costs
      }
      rung++;
    } while (task.isDegradable() && rung < ladder.size() && !ladder.isStatic(rung));
    return false;
  }

  private static void markKept(Reservation task) {
    task.markOfKept(task.wrapsUp() && task.account().isKeptInUse());
  }

  // The limit that refuses it; null if it was taken.
  private @Nullable SpendingAccount tryFundLimited(Reservation task, long moneyNanos, long nowNs) {
    SpendingAccount ofAgent = task.agentGate().spending();
    SpendingAccount ofAll = spending;
    long tokens = task.wantedTokens();
    if (ofAgent != null && !ofAgent.tryFund(tokens, moneyNanos, nowNs)) {
      return ofAgent;
    }
    if (ofAll != null && !ofAll.tryFund(tokens, moneyNanos, nowNs)) {
      giveBackSpending(ofAgent, tokens, moneyNanos, nowNs);
      return ofAll;
    }
    task.limited(ofAgent != null, ofAll != null);
    return null;
  }

  private @Nullable Refused<?> testRates(
      JobRates rates,
      AgentGate agent,
      TargetGate target,
      long tokens,
      long moneyNanos,
      long nowNs) {
    long waitNs = rates.tokensWaitNs(tokens, nowNs);
    if (mayBeOver(waitNs)) {
      waitNs = rates.tokensWaitNs(tokens, preciseClock.nanoTime());
    }
    if (waitNs > 0) {
      return refuseRate(Refusal.JOB_RATE, waitNs, agent, target);
    }
    waitNs = rates.moneyWaitNs(moneyNanos, nowNs);
    if (mayBeOver(waitNs)) {
      waitNs = rates.moneyWaitNs(moneyNanos, preciseClock.nanoTime());
    }
    return waitNs > 0 ? refuseRate(Refusal.JOB_MONEY_RATE, waitNs, agent, target) : null;
  }

  private @Nullable Refused<?> takeRated(
      Reservation task, long tokens, long moneyNanos, boolean child, long nowNs) {
    JobRates rates = task.account().rates();
    if (rates == null) {
      return takeLimited(task, tokens, moneyNanos, child, nowNs);
    }
    Refusal reason = rates.tryTake(tokens, moneyNanos, nowNs, preciseClock);
    if (reason != null) {
      long now = preciseClock.nanoTime();
      long waitNs =
          reason == Refusal.JOB_RATE
              ? rates.tokensWaitNs(tokens, now)
              : rates.moneyWaitNs(moneyNanos, now);
      return refuseRate(reason, waitNs, task.agentGate(), task.targetGate());
    }
    Refused<?> refused = takeLimited(task, tokens, moneyNanos, child, nowNs);
    if (refused != null) {
      rates.settle(tokens, 0, moneyNanos, 0, nowNs, nowNs);
    }
    return refused;
  }

  // Where nothing was ever limited, this is a look at a word that nobody writes.
  private @Nullable Refused<?> takeLimited(
      Reservation task, long tokens, long moneyNanos, boolean child, long nowNs) {
    SpendingAccount ofAgent = task.agentGate().spending();
    SpendingAccount ofAll = spending;
    if (ofAgent == null && ofAll == null) {
      return takeAll(task, tokens, moneyNanos, child, nowNs);
    }
    task.limited(ofAgent != null, ofAll != null);
    Refused<?> refused = takeSpending(ofAgent, false, task, tokens, moneyNanos, nowNs);
    if (refused != null) {
      noteGivenBack(); // it may have had the tokens
      return refused;
    }
    refused = takeSpending(ofAll, true, task, tokens, moneyNanos, nowNs);
    if (refused == null) {
      refused = takeAll(task, tokens, moneyNanos, child, nowNs);
      if (refused == null) {
        return null;
      }
      giveBackSpending(ofAll, tokens, moneyNanos, nowNs);
    }
    giveBackSpending(ofAgent, tokens, moneyNanos, nowNs);
    noteGivenBack();
    return refused;
  }

  private @Nullable Refused<?> testSpending(
      @Nullable SpendingAccount ofAgent,
      @Nullable SpendingAccount ofAll,
      AgentGate agent,
      TargetGate target,
      long tokens,
      long moneyNanos,
      long nowNs) {
    Refused<?> refused = null;
    if (ofAgent != null) {
      SpendingAccount.Reserve reserve = test(ofAgent, tokens, moneyNanos, nowNs);
      refused = refuseSpending(reserve, ofAgent, false, agent, target, moneyNanos);
    }
    if (refused == null && ofAll != null) {
      SpendingAccount.Reserve reserve = test(ofAll, tokens, moneyNanos, nowNs);
      refused = refuseSpending(reserve, ofAll, true, agent, target, moneyNanos);
    }
    return refused;
  }

  private SpendingAccount.Reserve test(
      SpendingAccount account, long tokens, long moneyNanos, long nowNs) {
    SpendingAccount.Reserve reserve = account.test(tokens, moneyNanos, nowNs);
    return reserve == SpendingAccount.Reserve.RATE
        ? account.test(tokens, moneyNanos, preciseClock.nanoTime())
        : reserve;
  }

  private @Nullable Refused<?> takeSpending(
      @Nullable SpendingAccount account,
      boolean ofAll,
      Reservation task,
      long tokens,
      long moneyNanos,
      long nowNs) {
    if (account == null) {
      return null;
    }
    SpendingAccount.Reserve reserve = account.tryReserve(tokens, moneyNanos, nowNs);
    if (reserve == SpendingAccount.Reserve.RATE) {
      reserve = account.tryReserve(tokens, moneyNanos, preciseClock.nanoTime());
    }
    return refuseSpending(reserve, account, ofAll, task.agentGate(), task.targetGate(), moneyNanos);
  }

  private static void giveBackSpending(
      @Nullable SpendingAccount account, long tokens, long moneyNanos, long nowNs) {
    if (account != null) {
      account.settleRate(moneyNanos, 0, nowNs, nowNs);
      account.settle(tokens, 0, moneyNanos, 0);
    }
  }

  private @Nullable Refused<?> refuseSpending(
      SpendingAccount.Reserve reserve,
      SpendingAccount account,
      boolean ofAll,
      AgentGate agent,
      TargetGate target,
      long moneyNanos) {
    return switch (reserve) {
      case DONE -> null;
      case TOKENS ->
          refuse(ofAll ? Refusal.GLOBAL_TOKEN_LIMIT : Refusal.AGENT_TOKEN_LIMIT, 0, agent, target);
      case MONEY ->
          refuse(ofAll ? Refusal.GLOBAL_MONEY_LIMIT : Refusal.AGENT_MONEY_LIMIT, 0, agent, target);
      case RATE ->
          refuseRate(
              ofAll ? Refusal.GLOBAL_MONEY_RATE : Refusal.AGENT_MONEY_RATE,
              account.rateWaitNs(moneyNanos, preciseClock.nanoTime()),
              agent,
              target);
    };
  }

  private static void settleSpending(
      @Nullable SpendingAccount account,
      Reservation task,
      long extraTokens,
      long extraMoneyNanos,
      long actualTokens,
      long actualMoneyNanos,
      long nowNs) {
    if (account != null) {
      account.settleRate(task.moneyNanos(), actualMoneyNanos, task.takenNs(), nowNs);
      account.settle(
          task.tokens() + extraTokens,
          actualTokens,
          task.moneyNanos() + extraMoneyNanos,
          actualMoneyNanos);
    }
  }

  private static @Nullable SpendingAccount spendingOf(Reservation task) {
    return task.isLimited() ? task.agentGate().spending() : null;
  }

  private @Nullable SpendingAccount spendingOfAll(Reservation task) {
    return task.isLimitedWithAll() ? spending : null;
  }

  /** Takes of both limits what a call needs that streams past its reservation, or what there is. */
  final long takeMore(Reservation task, long tokens, Price price) {
    SpendingAccount ofAgent = spendingOf(task);
    SpendingAccount ofAll = spendingOfAll(task);
    long taken = ofAgent == null ? tokens : ofAgent.takeMore(tokens, price);
    long takenOfAll = ofAll == null ? taken : ofAll.takeMore(taken, price);
    if (ofAgent != null) {
      giveBackMore(
          ofAgent, taken - takenOfAll, price.costNanos(0, taken) - price.costNanos(0, takenOfAll));
    }
    return takenOfAll;
  }

  /** Gives back what the job's budget did not cover. */
  final void giveBackMore(Reservation task, long tokens, long moneyNanos) {
    giveBackMore(spendingOf(task), tokens, moneyNanos);
    giveBackMore(spendingOfAll(task), tokens, moneyNanos);
  }

  private static void giveBackMore(
      @Nullable SpendingAccount account, long tokens, long moneyNanos) {
    if (account != null) {
      account.settle(tokens, 0, moneyNanos, 0);
    }
  }

  /**
   * The output cap that a task would be given: what it wants, or what such calls have used where
   * that is learned, shrunk to what its job's budget and the limits have left, if that is enough.
   */
  public long outputCap(
      Estimate estimate,
      AgentGate agent,
      TargetGate target,
      JobAccount account,
      Price price,
      boolean wrapsUp) {
    long output = estimate.maxOutputTokens();
    if (output == Estimate.TARGET_MAXIMUM) {
      output = Math.max(target.settings().maxOutputTokens(), estimate.minOutputTokens());
    }
    if (output == estimate.minOutputTokens()) {
      return output;
    }
    long learned = agent.outputEstimates().of(target);
    if (learned != 0) {
      output = Math.min(output, Math.max(learned, estimate.minOutputTokens()));
    }
    output = affordable(agent.spending(), output, estimate, price);
    output = affordable(spending, output, estimate, price);
    return account.affordableOutput(output, estimate, price, wrapsUp);
  }

  private static long affordable(
      @Nullable SpendingAccount account, long output, Estimate estimate, Price price) {
    return account == null
        ? output
        : OutputCap.shrunk(output, estimate, price, account.tokensLeft(), account.moneyLeft());
  }

  private @Nullable Refused<?> takeAll(
      Reservation task, long tokens, long moneyNanos, boolean child, long nowNs) {
    AgentGate agent = task.agentGate();
    TargetGate target = task.targetGate();
    JobAccount account = task.account();
    // All that the takes need is read before the first: an atomic step waits for what was begun
    // before it and holds up what comes after it, so they stand one behind the other.
    WaitingRoom agentRoom = agent.waitingRoom();
    TokenBucket agentBucket = agent.bucket();
    long agentPlaces = agent.settings().maxWaiting();
    long places = places(child || account.begun());
    TokenBucket.State agentState = agentBucket.state();
    TokenBucket.State state = bucket.state();
    long agentCostNs = agentState.rate == null ? 0 : agentState.rate.costNs(tokens);
    long costNs = state.rate == null ? 0 : state.rate.costNs(tokens);
    long agentWord = agentState.word();
    long word = state.word();
    long accountWord = account.word();
    Probe.at(Probe.Step.WORDS_READ);

    if (!agentRoom.tryTake(agentPlaces)) {
      return agentRoom.isClosed()
          ? refuse(Refusal.AGENT_REMOVED, 0, agent, target)
          : refuse(Refusal.AGENT_WAITING_ROOM_FULL, retryNs(), agent, target);
    }
    Probe.at(Probe.Step.AGENT_PLACE_TAKEN);
    Refused<?> refused;
    if (waitingRoom.tryTake(places)) {
      Probe.at(Probe.Step.PLACE_TAKEN);
      if (take(agentBucket, agentState, agentCostNs, agentWord, tokens, nowNs)) {
        Probe.at(Probe.Step.AGENT_TOKENS_TAKEN);
        if (take(bucket, state, costNs, word, tokens, nowNs)) {
          Probe.at(Probe.Step.TOKENS_TAKEN);
          JobAccount.Reserve reserve =
              account.tryReserve(tokens, moneyNanos, accountWord, task.wrapsUp());
          if (reserve == JobAccount.Reserve.DONE) {
            Probe.at(Probe.Step.ALL_TAKEN);
            account.setLetIn();
            markKept(task);
            return null;
          }
          if (reserve == JobAccount.Reserve.MONEY) {
            noteGivenBack(); // it had the tokens
          }
          Probe.at(Probe.Step.RACE_LOST);
          bucket.settle(tokens, 0, nowNs);
          Probe.at(Probe.Step.PARTLY_GIVEN_BACK);
          refused = refuse(refusalOf(reserve), retryNsOf(reserve), agent, target);
        } else {
          long waitNs = spread(waitNs(bucket, tokens, nowNs), account, nowNs);
          refused = refuseRate(Refusal.GLOBAL_RATE, waitNs, agent, target);
        }
        agentBucket.settle(tokens, 0, nowNs);
      } else {
        refused = refuseRate(Refusal.AGENT_RATE, waitNs(agentBucket, tokens, nowNs), agent, target);
      }
      waitingRoom.giveBack(1);
    } else {
      boolean closed = waitingRoom.isClosed();
      Refusal reason = closed ? Refusal.CLOSED : Refusal.WAITING_ROOM_FULL;
      long waitNs = target.estimatedWaitNs(task.priority(), child || account.begun());
      refused = refuse(reason, closed ? 0 : roomNs(waitNs, account, nowNs), agent, target);
    }
    agentRoom.giveBack(1);
    return refused;
  }

  /** Undoes {@link #tryTake} for a task that could not be published. */
  public Refused<?> giveBackAll(
      Reservation reservation, @Nullable Caller caller, Refusal reason, long nowNs) {
    giveBackUnused(reservation, nowNs);
    noteGivenBack();
    CallLimits.giveBack(reservation, caller);
    if (!passesByLadder(reservation)) {
      giveBackProbe(cutoffOfTarget(reservation, caller));
      giveBackProbe(cutoffOfAgent(reservation));
    }
    long retryAfterNs = reason.retryable() ? spread(retryNs(), reservation.account(), nowNs) : 0;
    return refuse(reason, retryAfterNs, reservation.agentGate(), reservation.targetGate());
  }

  private static void giveBackProbe(@Nullable Cutoff cutoff) {
    if (cutoff != null) {
      cutoff.giveBack();
    }
  }

  /** Gives back all that is held for an attempt that will not start. */
  public void giveBackUnused(Reservation reservation, long nowNs) {
    settle(reservation, 0, 0, 0, 0, nowNs);
    giveBackPlaces(reservation.agentGate(), 1);
  }

  /**
   * An attempt has ended whose target writes: unless it is known to have failed, who looked before
   * it may look again. Before its end is published, on the attempt's thread. A connection that was
   * reset may have come too late to stop it, and counts as failed all the same: else a write that
   * always fails would free its loop.
   */
  public void wrote(Reservation reservation, CallClass end) {
    if (end == CallClass.OK
        || end == CallClass.BAD_ANSWER
        || end == CallClass.TIMED_OUT
        || end == CallClass.CANCELLED) {
      CallLimits.wrote(reservation);
    }
  }

  /**
   * Gives back what an attempt does not need that is about to start at a cheaper rung than was
   * reserved. On the dispatcher's thread, before the reservation says so.
   *
   * @param leftNanos nano-dollars that it goes on holding
   */
  public void giveBackMoney(Reservation task, long leftNanos, long nowNs) {
    task.account().giveMoneyBack(task.moneyNanos() - leftNanos);
    giveBackMoney(spendingOf(task), task, leftNanos, nowNs);
    giveBackMoney(spendingOfAll(task), task, leftNanos, nowNs);
    JobRates rates = task.account().rates();
    if (rates != null) {
      rates.settle(
          task.tokens(), task.tokens(), task.moneyNanos(), leftNanos, task.takenNs(), nowNs);
    }
  }

  private static void giveBackMoney(
      @Nullable SpendingAccount account, Reservation task, long leftNanos, long nowNs) {
    if (account != null) {
      account.giveRateBack(task.moneyNanos(), leftNanos, task.takenNs(), nowNs);
      account.settle(0, 0, task.moneyNanos() - leftNanos, 0);
    }
  }

  /** Gives waiting places back: their tasks started, or ended unstarted. */
  public void giveBackPlaces(AgentGate agent, int places) {
    waitingRoom.giveBack(places);
    agent.waitingRoom().giveBack(places);
  }

  /**
   * Ends a reservation at its actual use.
   *
   * @param extraTokens by which it was enlarged while the call streamed
   * @param extraMoneyNanos likewise
   * @return true if the job overspent
   */
  public boolean settle(
      Reservation reservation,
      long extraTokens,
      long extraMoneyNanos,
      long actualTokens,
      long actualMoneyNanos,
      long nowNs) {
    // The buckets were asked for the reservation alone, so an enlargement is debt there.
    long takenAtNs = reservation.takenNs();
    reservation.agentGate().bucket().settle(reservation.tokens(), actualTokens, takenAtNs, nowNs);
    Probe.at(Probe.Step.AGENT_SETTLED);
    bucket.settle(reservation.tokens(), actualTokens, takenAtNs, nowNs);
    JobRates rates = reservation.account().rates();
    if (rates != null) {
      rates.settle(
          reservation.tokens(),
          actualTokens,
          reservation.moneyNanos(),
          actualMoneyNanos,
          takenAtNs,
          nowNs);
    }
    Probe.at(Probe.Step.BUCKETS_SETTLED);
    if (reservation.isLimited() || reservation.isLimitedWithAll()) {
      settleSpending(
          spendingOf(reservation),
          reservation,
          extraTokens,
          extraMoneyNanos,
          actualTokens,
          actualMoneyNanos,
          nowNs);
      settleSpending(
          spendingOfAll(reservation),
          reservation,
          extraTokens,
          extraMoneyNanos,
          actualTokens,
          actualMoneyNanos,
          nowNs);
    }
    return reservation
        .account()
        .settle(
            reservation.tokens() + extraTokens,
            actualTokens,
            reservation.moneyNanos() + extraMoneyNanos,
            actualMoneyNanos);
  }

  // What the coarse time does not allow, the precise one may.
  private boolean take(
      TokenBucket bucket,
      TokenBucket.State state,
      long costNs,
      long expected,
      long tokens,
      long nowNs) {
    return bucket.tryTake(state, costNs, expected, tokens, nowNs)
        || bucket.tryTake(tokens, preciseClock.nanoTime());
  }

  private long waitNs(TokenBucket bucket, long tokens, long nowNs) {
    long waitNs = bucket.waitNs(tokens, nowNs);
    return mayBeOver(waitNs) ? bucket.waitNs(tokens, preciseClock.nanoTime()) : waitNs;
  }

  // By a more precise time.
  private static boolean mayBeOver(long waitNs) {
    return waitNs != 0 && waitNs != TokenBucket.NEVER;
  }

  private Refused<?> refuseRate(Refusal reason, long waitNs, AgentGate agent, TargetGate target) {
    return waitNs == TokenBucket.NEVER
        ? refuse(Refusal.EXCEEDS_BURST, 0, agent, target)
        : refuse(reason, Math.max(1, waitNs), agent, target);
  }

  /** Counts a refusal and answers it. */
  public Refused<?> refuse(Refusal reason, long retryAfterNs, AgentGate agent, TargetGate target) {
    refusals.increment(reason);
    agent.countRefusal(reason);
    target.countRefusal(reason);
    return Refusals.of(reason, retryAfterNs);
  }

  /** Takes back the count of a refusal that is not answered: the submission tries once more. */
  public void forget(Refusal reason, AgentGate agent, TargetGate target) {
    refusals.decrement(reason);
    agent.forgetRefusal(reason);
    target.forgetRefusal(reason);
  }

  // Of a reason that many meet in the same moment: else they would return in the same, too. Reads
  // what never changes, and writes nothing.
  private long spread(long retryNs, JobAccount account, long nowNs) {
    return retryNs == TokenBucket.NEVER ? retryNs : spread(retryNs, retryNs, account, nowNs);
  }

  // Whoever is turned away from a full room comes back while what waits there starts: as many as
  // wait, no faster than those begin. The target's own wait is known before anything waited.
  private long roomNs(long waitNs, JobAccount account, long nowNs) {
    long allNs = Math.max(startIntervalNs * waitingRoom.taken(), waitNs);
    return spread(Math.max(MIN_RETRY_NS, allNs / 8), allNs, account, nowNs);
  }

  private long spread(long retryNs, long overNs, JobAccount account, long nowNs) {
    long hash = SplitMix.mix(nowNs + account.step());
    return Refusals.spread(
        retryNs, Math.min(overNs, MOST_SPREAD_NS), settings.retrySpreadPercent(), hash);
  }

  private long places(boolean begun) {
    return begun ? placesOfBegun : placesOfNew;
  }

  // Time in which an eighth of what waits is likely to start.
  private long retryNs() {
    return Math.max(MIN_RETRY_NS, startIntervalNs * (waitingRoom.taken() / 8));
  }

  // What may open at any moment is worth another try soon; what was removed is not.
  private long retryNsOf(Refusal shut, long untilNs, long nowNs) {
    if (!shut.retryable()) {
      return 0;
    }
    return untilNs == Gate.UNTIL_OPENED ? retryNs() : Math.max(retryNs(), untilNs - nowNs);
  }

  private long retryNsOf(JobAccount.Reserve reserve) {
    return reserve == JobAccount.Reserve.TASKS_FULL ? retryNs() : 0;
  }

  /**
   * Whether a smaller answer might have been let in: the job's tokens or money, or what a limit has
   * left, did not cover it.
   */
  public static boolean isBudget(Refused<?> refused) {
    return switch (refused.reason()) {
      case TOKEN_BUDGET,
          MONEY_BUDGET,
          AGENT_TOKEN_LIMIT,
          AGENT_MONEY_LIMIT,
          GLOBAL_TOKEN_LIMIT,
          GLOBAL_MONEY_LIMIT ->
          true;
      default -> false;
    };
  }

  /** The refusal that a failed try to reserve means. */
  public static Refusal refusalOf(JobAccount.Reserve reserve) {
    return switch (reserve) {
      case CLOSED -> Refusal.JOB_CLOSED;
      case TASKS_FULL -> Refusal.JOB_TASKS_FULL;
      case TOKENS -> Refusal.TOKEN_BUDGET;
      case MONEY -> Refusal.MONEY_BUDGET;
      case DONE -> throw new AssertionError(reserve);
    };
  }

  /** Says whether the journal is so far behind that nothing more is let in. */
  public void publishJournal(boolean behind) {
    journalBehind = behind;
  }

  /** Whether that was said last. */
  public boolean isJournalBehind() {
    return journalBehind;
  }

  /**
   * Publishes an operator's word on whom to let in. Called by the dispatcher.
   *
   * @param lowest the lowest priority, by ordinal; {@link #NOBODY}, {@link #NO_NEW_JOBS}
   * @param untilNs when that is likely to be over; {@link Gate#UNTIL_OPENED} if it is not known
   */
  public void publishLevel(int lowest, long untilNs) {
    levelUntilNs = untilNs;
    lowestPriority = lowest;
  }

  /** Publishes whether another task may be parked. Called by the dispatcher. */
  public void publishParking(boolean full) {
    parkingIsFull = full;
  }

  /**
   * Publishes whether somebody is parked at a job's budget. Called by the dispatcher, before it
   * tries to take for who is parked.
   */
  public void publishUnfunded(boolean any) {
    anyUnfunded = any;
  }

  /**
   * A thread has given back what it held for a moment, of which no event tells: who is parked for
   * want of it, and was tried meanwhile, must be tried once more. Writes only if somebody is.
   */
  public void noteGivenBack() {
    if (anyUnfunded && !givenBack) {
      givenBack = true;
    }
  }

  /** Whether that was noted, and nobody has looked since. */
  public boolean isGivenBack() {
    return givenBack;
  }

  /** Likewise, by who is about to look. Called by the dispatcher. */
  public boolean takeGivenBack() {
    if (!givenBack) {
      return false;
    }
    givenBack = false;
    return true;
  }

  /** Publishes the mean time between starts; 0 when it is not known. Called by the dispatcher. */
  public void publishStartInterval(long startIntervalNs) {
    this.startIntervalNs = startIntervalNs;
  }

  /** The overall waiting room. */
  public WaitingRoom waitingRoom() {
    return waitingRoom;
  }

  /** Counts what all had spent before the process died. Before anybody is let in. */
  public void carrySpending(long tokens, long moneyNanos) {
    spending = SpendingAccount.carried(spending, tokens, moneyNanos);
  }

  /** The bucket of all agents. */
  public TokenBucket bucket() {
    return bucket;
  }

  /**
   * Changes what all together may spend; what was spent stays spent, and what was reserved before
   * the first limit is never counted. One thread at a time.
   */
  public void limitSpending(SpendingLimits limits) {
    SpendingAccount account = spending;
    if (account != null) {
      account.limit(limits, preciseClock);
    } else {
      spending = SpendingAccount.of(limits);
    }
  }

  /**
   * Changes the bucket of all agents. One thread at a time.
   *
   * @throws IllegalArgumentException if one is out of bounds; then nothing changes
   */
  public void limitRate(long tokensPerMinute, long burstTokens) {
    settings =
        settings
            .burstTokens(AgentSettings.ONE_MINUTE) // the old size may not go with the new rate
            .tokensPerMinute(tokensPerMinute)
            .burstTokens(burstTokens);
    bucket.reconfigure(tokensPerMinute, burstTokens, preciseClock);
  }

  /**
   * Changes what may be parked; whether it is full says {@link #publishParking}. One thread at a
   * time.
   *
   * @throws IllegalArgumentException if one is out of bounds; then nothing changes
   */
  public void limitParking(int maxParked, long maxParkedTokens) {
    settings = settings.maxParked(maxParked).maxParkedTokens(maxParkedTokens);
  }

  /**
   * Changes how far refused submissions are spread. One thread at a time.
   *
   * @throws IllegalArgumentException if it is out of bounds; then nothing changes
   */
  public void spreadRetries(int percent) {
    settings = settings.retrySpreadPercent(percent);
  }

  /** What all have reserved and spent since a limit was first set; null if there never was one. */
  public @Nullable SpendingAccount spending() {
    return spending;
  }

  /** What was refused in all. */
  public RefusalCounts refusals() {
    return refusals;
  }

  /** The bounds as built, but for those that were changed since; spending as built. */
  public HeadgateSettings settings() {
    return settings;
  }
}
