package io.headgate.admission;

import io.headgate.Estimate;
import io.headgate.JobSettings;
import io.headgate.ParkPolicy;
import io.headgate.Price;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.NanoClock;
import org.jspecify.annotations.Nullable;

/**
 * A job's budget. Any thread; lock-free. One word holds what matters together, so that every step
 * is one CAS and exactly one thread sees the account end:
 *
 * <pre>
 *   63      62 ......... 43   42 ........ 0
 *   closed  reservations alive  tokens left
 * </pre>
 *
 * Money, when bounded, is a second word, taken after the first and given back before it. A sub-job
 * is a reservation in its parent whose actual use is what the sub-job spent: it returns its rest
 * exactly once, when it is closed and its last reservation is settled.
 */
public class JobAccount {
  private static final int LIVE_SHIFT = 43;
  private static final long ONE_LIVE = 1L << LIVE_SHIFT;
  private static final long TOKENS = ONE_LIVE - 1;
  private static final long LIVE = (1L << 20) - 1;
  private static final long CLOSED = 1L << 63;
  private static final int OVERSPENT = 1;
  private static final int FINISHED = 2;
  private static final VarHandle OVERSPENT_TOKENS;
  private static final VarHandle OVERSPENT_MONEY;
  private static final VarHandle CALLS;
  private static final VarHandle UNCOUNTED;
  private static final VarHandle CALLS_AT;
  private static final VarHandle LOOP_GUARD;

  static {
    try {
      var lookup = MethodHandles.lookup();
      OVERSPENT_TOKENS = lookup.findVarHandle(JobAccount.class, "overspentTokens", long.class);
      OVERSPENT_MONEY = lookup.findVarHandle(JobAccount.class, "overspentMoney", long.class);
      CALLS = lookup.findVarHandle(JobAccount.class, "calls", long.class);
      UNCOUNTED = lookup.findVarHandle(JobAccount.class, "uncounted", long.class);
      CALLS_AT = lookup.findVarHandle(JobAccount.class, "callsAt", CallCounts.class);
      LOOP_GUARD = lookup.findVarHandle(JobAccount.class, "loopGuard", LoopGuard.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** What a try to reserve came to. */
  public enum Reserve {
    /** Reserved. */
    DONE,
    /** The account is closed. */
    CLOSED,
    /** As many reservations are alive as allowed. */
    TASKS_FULL,
    /** Not enough tokens. */
    TOKENS,
    /** Not enough money. */
    MONEY
  }

  private final int index;
  private final @Nullable JobAccount parent;
  private final JobAccount root;

  // Of all jobs, evenly: by a hash of the id of the root.
  private final int step;
  private volatile long deadlineNs;

  // What is left while its clock stands still.
  private volatile long standingNs;
  private volatile long tokenBudget;
  private volatile long moneyBudget;
  private final boolean tokensBounded;
  private final boolean moneyBounded;
  private final int maxLive;
  private volatile JobLimits limits;

  // What it was opened with: the engine is told of changes by inputs.
  private final JobSettings first;

  // The dispatcher's, once the account is published.
  private boolean everParksAtBudget;

  // For calls that wrap up.
  private volatile long keptTokens;
  private volatile long keptMoney;

  /** Of a root: whether calls are counted as they are let in, since it or a part is limited. */
  private volatile boolean countsCalls;

  private final @Nullable JobRates rates;
  private final PaddedLong word;
  private final AtomicLong money;

  @SuppressWarnings("unused") // by VarHandle
  private volatile long overspentTokens;

  @SuppressWarnings("unused") // by VarHandle
  private volatile long overspentMoney;

  @SuppressWarnings("unused") // by VarHandle
  private volatile long calls;

  // Those that came while calls were not counted, by the dispatcher as it hears of them.
  private volatile long uncounted;

  private volatile @Nullable CallCounts callsAt;
  private volatile @Nullable LoopGuard loopGuard;

  /** Of a root: whether a task of it, or of a sub-job, was let in. */
  private volatile boolean letIn;

  /** Whether a task of it has started: its tasks may use the waiting room's kept-back part. */
  private volatile boolean begun;

  // By whoever writes the engine's inputs down, on the engine's thread.
  private long recordNumber;

  private Carried carried = Carried.NOTHING;

  /**
   * An open account with the limits of {@link JobSettings#DEFAULT} on its calls.
   *
   * @param index its place in the engine's table of jobs
   * @param deadlineNs when it closes by itself
   * @param tokenBudget as {@link JobSettings#tokenBudget()}
   * @param moneyBudget as {@link JobSettings#moneyBudgetNanos()}
   * @param maxLive reservations alive at once
   */
  protected JobAccount(
      int index,
      @Nullable JobAccount parent,
      long deadlineNs,
      long tokenBudget,
      long moneyBudget,
      int maxLive) {
    this(
        index,
        index,
        parent,
        deadlineNs,
        JobSettings.DEFAULT
            .tokenBudget(tokenBudget)
            .moneyBudgetNanos(moneyBudget)
            .maxTasks(maxLive));
  }

  /**
   * An open account. If it has a parent, the parent's {@link #tryReserve} of both budgets came
   * first.
   *
   * @param id of the job, or a hash of that: see {@link #step}
   * @param index its place in the engine's table of jobs
   * @param deadlineNs when it closes by itself
   * @param settings its budget and limits
   */
  protected JobAccount(
      long id, int index, @Nullable JobAccount parent, long deadlineNs, JobSettings settings) {
    this(index, parent, parent == null ? LevelWord.step(id) : parent.step, deadlineNs, settings);
  }

  /** The same, whose {@link #step} is known: for who replays. */
  protected JobAccount(
      int index, @Nullable JobAccount parent, int step, long deadlineNs, JobSettings settings) {
    this.index = index;
    this.parent = parent;
    this.root = parent == null ? this : parent.root;
    this.step = step;
    this.deadlineNs = deadlineNs;
    this.begun = parent != null && parent.begun;
    long tokenBudget = settings.tokenBudget();
    long moneyBudget = settings.moneyBudgetNanos();
    this.tokenBudget = tokenBudget;
    this.moneyBudget = moneyBudget;
    this.tokensBounded = bounded(tokenBudget);
    this.moneyBounded = bounded(moneyBudget);
    this.maxLive = settings.maxTasks();
    this.first = parent == null ? settings : settings.parkAtBudget(ParkPolicy.OFF);
    this.limits = JobLimits.of(first);
    this.everParksAtBudget = !first.parkAtBudget().isOff();
    this.keptTokens = kept(tokenBudget, first.wrapUpPercent());
    this.keptMoney = kept(moneyBudget, first.wrapUpPercent());
    countCallsFor(limits);
    this.rates = JobRates.of(parent, settings);
    this.word = new PaddedLong(Math.min(tokenBudget, TOKENS));
    this.money = new AtomicLong(moneyBudget);
  }

  /**
   * Goes on where one before a crash had come to; once more for each part of it that does not come
   * back. Before it is published.
   */
  public final void carry(Carried from) {
    carried = carried.plus(from);
    long had = tokensLeft();
    long left = had - from.tokens();
    word.getAndAdd(Math.max(0, left) - had);
    OVERSPENT_TOKENS.getAndAdd(this, Math.max(0, -left));
    if (moneyBounded) {
      long money = moneyLeft() - from.moneyNanos();
      this.money.set(Math.max(0, money));
      OVERSPENT_MONEY.getAndAdd(this, Math.max(0, -money));
    }
    CALLS.getAndAdd(this, from.calls());
    letIn |= from.calls() > 0;
    begun |= from.begun();
  }

  /** Its loop guard goes on, too; the oldest call first. Before it is published. */
  public final void carryCalls(List<EarlierCall> calls) {
    calls.forEach(loopGuard()::carry);
  }

  /** Its calls at targets that limit them go on, too, by the targets' ids. Likewise. */
  public final void carryCallsAt(Map<String, Integer> calls) {
    if (!calls.isEmpty()) {
      callsAt = new CallCounts(calls);
    }
  }

  /** So do its calls that were refused as repetitions. Likewise. */
  public final void carryLoops(int loops) {
    if (loops > 0) {
      loopGuard().carryTrips(loops);
    }
  }

  /** What it had used before a crash. */
  public final Carried carried() {
    return carried;
  }

  private static long kept(long budget, int percent) {
    // The budget may be so large that its product would not fit.
    return bounded(budget) ? budget / 100 * percent + budget % 100 * percent / 100 : 0;
  }

  /** An output cap, shrunk to what the budget has left, if that is enough. */
  final long affordableOutput(long output, Estimate estimate, Price price, boolean wrapsUp) {
    long moneyLeft = moneyBounded ? moneyLeft(wrapsUp) : Long.MAX_VALUE;
    return OutputCap.shrunk(output, estimate, price, tokensLeft(wrapsUp), moneyLeft);
  }

  /**
   * Settings of a sub-job: what it leaves open it takes from this account, all that is left; limits
   * on calls are at most this one's.
   */
  public final JobSettings inherit(JobSettings asked) {
    long tokens = asked.tokenBudget();
    if (!bounded(tokens) && tokensBounded) {
      tokens = Math.max(1, tokensLeft(false));
    }
    long money = asked.moneyBudgetNanos();
    if (!bounded(money) && moneyBounded) {
      money = Math.max(1, moneyLeft(false));
    }
    JobLimits within = JobLimits.of(asked).within(limits);
    return new JobSettings(
        tokens,
        money,
        asked.deadline(),
        asked.maxTasks(),
        within.maxDepth(),
        within.maxFanOut(),
        within.maxCalls(),
        within.maxLoops(),
        within.park(),
        asked.wrapUpPercent(),
        ParkPolicy.OFF,
        asked.tokensPerMinute(),
        asked.microsPerMinute());
  }

  /** Reserves what a sub-job with these settings will hold: both budgets, or nothing. */
  public final Reserve tryCarve(JobSettings settings) {
    return tryReserve(carved(settings.tokenBudget()), carved(settings.moneyBudgetNanos()));
  }

  /**
   * The same for a part that was there before a crash: also of what is kept for calls that wrap up,
   * since some of what is missing was taken from that.
   */
  public final Reserve tryCarveAgain(JobSettings settings) {
    return tryReserve(
        carved(settings.tokenBudget()), carved(settings.moneyBudgetNanos()), word(), true);
  }

  private static long carved(long budget) {
    return bounded(budget) ? budget : 0;
  }

  /** Reads what {@link #tryReserve} would come to. */
  public final Reserve test(long tokens, long moneyNanos) {
    return test(tokens, moneyNanos, false);
  }

  /** The same for a call that may wrap up, and so use what is kept for that. */
  final Reserve test(long tokens, long moneyNanos, boolean wrapsUp) {
    Reserve answer = testWord(word.get(), tokens, wrapsUp);
    if (answer != Reserve.DONE) {
      return answer;
    }
    return moneyBounded && moneyLeft(wrapsUp) < moneyNanos ? Reserve.MONEY : Reserve.DONE;
  }

  private Reserve testWord(long word, long tokens, boolean wrapsUp) {
    if (word < 0) {
      return Reserve.CLOSED;
    }
    if (live(word) >= maxLive) {
      return Reserve.TASKS_FULL;
    }
    return free(word & TOKENS, wrapsUp ? 0 : keptTokens) < tokens ? Reserve.TOKENS : Reserve.DONE;
  }

  private static long free(long left, long kept) {
    return Math.max(0, left - kept);
  }

  /** Reserves both, or nothing. */
  public final Reserve tryReserve(long tokens, long moneyNanos) {
    return tryReserve(tokens, moneyNanos, word.get(), false);
  }

  /** The word as it is: what the take expects. */
  final long word() {
    return word.get();
  }

  /** Reserves both, or nothing; expects the word that was read before. */
  final Reserve tryReserve(long tokens, long moneyNanos, long expected, boolean wrapsUp) {
    long now = expected;
    while (true) {
      Reserve answer = testWord(now, tokens, wrapsUp);
      if (answer != Reserve.DONE) {
        return answer;
      }
      Probe.at(Probe.Step.ACCOUNT_READ);
      if (word.compareAndSet(now, now + ONE_LIVE - tokens)) {
        break;
      }
      now = word.get();
    }
    if (moneyBounded && takeMoney(moneyNanos, false, wrapsUp ? 0 : keptMoney) < moneyNanos) {
      settle(tokens, 0, 0, 0);
      return Reserve.MONEY;
    }
    return Reserve.DONE;
  }

  /**
   * Ends a reservation at what was really used. Use beyond the reservation is charged to what is
   * left; what is left does not cover is kept as overspend, and closes the account.
   *
   * @return true if the account overspent
   */
  public final boolean settle(
      long tokens, long actualTokens, long moneyNanos, long actualMoneyNanos) {
    int result = settleHere(tokens, actualTokens, moneyNanos, actualMoneyNanos);
    if ((result & FINISHED) != 0) {
      settleWithParents();
    }
    return (result & OVERSPENT) != 0;
  }

  private int settleHere(long tokens, long actualTokens, long moneyNanos, long actualMoneyNanos) {
    boolean overspent = settleMoney(moneyNanos, actualMoneyNanos);
    // Noted before the word says that the reservation ended: whoever ends the last one reads the
    // sum and charges it to the parent.
    long noted = 0;
    while (true) {
      long now = word.get();
      assert live(now) > 0 : "settled twice";
      long left = (now & TOKENS) + tokens - actualTokens;
      boolean closes = overspent || left < 0;
      long next =
          (now & CLOSED) | (closes ? CLOSED : 0) | ((live(now) - 1) << LIVE_SHIFT) | clamp(left);
      long missing = Math.max(0, -left);
      if (missing != noted) {
        OVERSPENT_TOKENS.getAndAdd(this, missing - noted);
        noted = missing;
        Probe.at(Probe.Step.OVERSPEND_NOTED);
      }
      Probe.at(Probe.Step.ACCOUNT_READ);
      if (word.compareAndSet(now, next)) {
        boolean finished = next < 0 && live(next) == 0;
        return (closes ? OVERSPENT : 0) | (finished ? FINISHED : 0);
      }
    }
  }

  // Closed and without reservations is a state that is entered once, so this runs once for each
  // account: what a sub-job did not spend returns, perhaps finishing its parent. A loop, since
  // sub-jobs nest to any depth.
  private void settleWithParents() {
    JobAccount done = this;
    JobAccount payer = done.parent;
    while (payer != null) {
      Probe.at(Probe.Step.ACCOUNT_FINISHED);
      int result =
          payer.settleHere(
              done.carvedTokens(), done.spentTokens(), done.carvedMoneyNanos(), done.spentMoney());
      if ((result & FINISHED) == 0) {
        return;
      }
      done = payer;
      payer = done.parent;
    }
  }

  private long clamp(long left) {
    return left < 0 ? 0 : Math.min(left, TOKENS);
  }

  private boolean settleMoney(long reserved, long actual) {
    if (!moneyBounded) {
      return false;
    }
    if (actual <= reserved) {
      money.getAndAdd(reserved - actual);
      return false;
    }
    long missing = actual - reserved - takeMoney(actual - reserved, true, 0);
    if (missing > 0) {
      OVERSPENT_MONEY.getAndAdd(this, missing);
    }
    return missing > 0;
  }

  /** Takes all of it or, if {@code some}, what there is; answers what was taken. */
  private long takeMoney(long amount, boolean some, long kept) {
    while (true) {
      long there = money.get();
      long left = free(there, kept);
      if (left < amount && !some) {
        return 0;
      }
      long taken = Math.min(left, amount);
      if (money.compareAndSet(there, there - taken)) {
        return taken;
      }
    }
  }

  /**
   * Enlarges a live reservation, for a call that streams past it.
   *
   * @return the tokens that were taken: all of them, or what was left. Money follows in proportion
   *     to tokens and is checked by {@link Enlargement}
   */
  public final long enlarge(long tokens) {
    return enlarge(tokens, false);
  }

  final long enlarge(long tokens, boolean wrapsUp) {
    while (true) {
      long now = word.get();
      long taken = Math.min(free(now & TOKENS, wrapsUp ? 0 : keptTokens), tokens);
      Probe.at(Probe.Step.ACCOUNT_READ);
      if (word.compareAndSet(now, now - taken)) {
        return taken;
      }
    }
  }

  /** Takes both for a live reservation that holds neither, or nothing. */
  final boolean tryFund(long tokens, long moneyNanos, boolean wrapsUp) {
    if (isClosed() || !tryEnlargeMoney(moneyNanos, wrapsUp)) {
      return false;
    }
    while (true) {
      long now = word.get();
      if (now < 0 || free(now & TOKENS, wrapsUp ? 0 : keptTokens) < tokens) {
        giveMoneyBack(moneyNanos);
        return false;
      }
      Probe.at(Probe.Step.ACCOUNT_READ);
      if (word.compareAndSet(now, now - tokens)) {
        return true;
      }
    }
  }

  /** Undoes {@link #tryFund}. */
  final void unfund(long tokens, long moneyNanos) {
    word.getAndAdd(tokens);
    giveMoneyBack(moneyNanos);
  }

  /** Gives a part of a live reservation's money back. */
  final void giveMoneyBack(long moneyNanos) {
    if (moneyBounded) {
      money.getAndAdd(moneyNanos);
    }
  }

  /** Enlarges a live reservation's money, all or nothing. */
  final boolean tryEnlargeMoney(long moneyNanos, boolean wrapsUp) {
    return !moneyBounded || takeMoney(moneyNanos, false, wrapsUp ? 0 : keptMoney) == moneyNanos;
  }

  /** Closes it: no more reservations. Idempotent. */
  public final void closeAccount() {
    long before = word.getAndBitwiseOr(CLOSED);
    if (before >= 0 && live(before) == 0) {
      settleWithParents();
    }
  }

  /** What it is called, in the journal. */
  public String name() {
    return Integer.toString(index);
  }

  /** Its number in the journal; 0 before it was given one. On the engine's thread. */
  public final long recordNumber() {
    return recordNumber;
  }

  /** Gives it a number, or takes it away. On the engine's thread. */
  public final void recordNumber(long number) {
    this.recordNumber = number;
  }

  /** Tokens that its parent holds for it: its budget, or nothing when that is unlimited. */
  public final long carvedTokens() {
    return carved(tokenBudget);
  }

  /** Nano-dollars that its parent holds for it. */
  public final long carvedMoneyNanos() {
    return carved(moneyBudget);
  }

  /** Tokens that are gone, once nothing is reserved: overspend included. */
  private long spentTokens() {
    return Math.min(tokenBudget, TOKENS) - (word.get() & TOKENS) + overspentTokens;
  }

  private long spentMoney() {
    return moneyBounded ? moneyBudget - money.get() + overspentMoney : 0;
  }

  private static boolean bounded(long budget) {
    return budget != JobSettings.UNLIMITED;
  }

  private static long live(long word) {
    return (word >>> LIVE_SHIFT) & LIVE;
  }

  /** Its place in the engine's table of jobs. */
  public final int index() {
    return index;
  }

  /** When it closes by itself; {@link Long#MAX_VALUE} while its clock stands still. */
  public final long deadlineNs() {
    return deadlineNs;
  }

  /**
   * Moves its deadline: its clock stands still, or goes on. Called by the dispatcher's thread.
   *
   * @param deadlineNs {@link Long#MAX_VALUE} while it stands still
   * @param leftNs what is left until then; what will be left when it goes on
   */
  public final void deadlineNs(long deadlineNs, long leftNs) {
    standingNs = leftNs; // before whoever reads it may
    this.deadlineNs = deadlineNs;
  }

  /** Time until its deadline, or that will be left when its clock goes on; never less than 0. */
  public final long remainingNs(long nowNs) {
    long untilNs = deadlineNs;
    return Math.max(0, untilNs == Long.MAX_VALUE ? standingNs : untilNs - nowNs);
  }

  /**
   * Changes what it may spend in all. Called by the dispatcher's thread, which counts what is
   * spent.
   *
   * @param tokens the new budget, bounded exactly as before
   * @param moneyNanos likewise
   * @return whether it was changed: not if it is closed, is part of another, was unbounded where it
   *     would be bounded or the other way round, or has spent or reserved more already
   */
  public final boolean tryChangeBudget(long tokens, long moneyNanos) {
    if (parent != null || bounded(tokens) != tokensBounded || bounded(moneyNanos) != moneyBounded) {
      return false;
    }
    long moreTokens = tokensBounded ? tokens - tokenBudget : 0;
    long moreMoney = moneyBounded ? moneyNanos - moneyBudget : 0;
    if (moreMoney < 0 && takeMoney(-moreMoney, false, 0) != -moreMoney) {
      return false;
    }
    keep(Math.max(tokens, tokenBudget), Math.max(moneyNanos, moneyBudget)); // before there is more
    while (true) {
      long now = word.get();
      long left = (now & TOKENS) + moreTokens;
      if (now < 0 || left < 0) {
        if (moreMoney < 0) {
          money.getAndAdd(-moreMoney);
        }
        keep(tokenBudget, moneyBudget);
        return false;
      }
      if (word.compareAndSet(now, now + moreTokens)) {
        break;
      }
    }
    if (moreMoney > 0) {
      money.getAndAdd(moreMoney);
    }
    tokenBudget = tokens;
    moneyBudget = moneyNanos;
    keep(tokens, moneyNanos);
    return true;
  }

  private void keep(long tokens, long moneyNanos) {
    int percent = limits.wrapUpPercent();
    keptTokens = kept(tokens, percent);
    keptMoney = kept(moneyNanos, percent);
  }

  /** The account that this one was carved from. */
  public final @Nullable JobAccount parent() {
    return parent;
  }

  /** Whether it takes no more reservations. */
  public final boolean isClosed() {
    return word.get() < 0;
  }

  /** Reservations alive: tasks not settled and sub-jobs not ended. */
  public final int liveReservations() {
    return (int) live(word.get());
  }

  /** Tokens neither spent nor reserved. */
  public final long tokensLeft() {
    return word.get() & TOKENS;
  }

  /** Tokens that such a call may use: all that are left, or those that are not kept. */
  public final long tokensLeft(boolean wrapsUp) {
    return wrapsUp ? tokensLeft() : notKeptTokens(tokensLeft());
  }

  /** Whether calls that wrap up have taken of what is kept for them. */
  final boolean isKeptInUse() {
    return (tokensBounded && tokensLeft() < keptTokens)
        || (moneyBounded && moneyLeft() < keptMoney);
  }

  /** Of so many that are left, those that are not kept for calls that wrap up. */
  public final long notKeptTokens(long left) {
    return free(left, keptTokens);
  }

  /** Nano-dollars likewise. */
  public final long moneyLeft(boolean wrapsUp) {
    return wrapsUp ? moneyLeft() : notKeptMoney(moneyLeft());
  }

  /** Nano-dollars likewise. */
  public final long notKeptMoney(long left) {
    return free(left, keptMoney);
  }

  /** Nano-dollars neither spent nor reserved. */
  public final long moneyLeft() {
    return money.get();
  }

  /** What was carved or granted, as given. */
  public final long tokenBudget() {
    return tokenBudget;
  }

  /** What was carved or granted, as given. */
  public final long moneyBudget() {
    return moneyBudget;
  }

  /**
   * Tokens that were reported beyond what the budget could cover just then. Stays, also when a
   * reservation that is settled later gives some back: an overspend is never hidden.
   */
  public final long overspentTokens() {
    return overspentTokens;
  }

  /**
   * Tokens left, less those that were reported beyond: a reservation that was settled after another
   * had overspent may have given some back.
   */
  public final long tokenBalance() {
    return tokensLeft() - overspentTokens;
  }

  /** Nano-dollars likewise. */
  public final long moneyBalance() {
    return money.get() - overspentMoney;
  }

  /**
   * Which jobs are kept out first while a target's admission level is lowered: 0 to below {@link
   * LevelWord#STEPS}, by a hash of the job's id, and the same for its sub-jobs.
   */
  public final int step() {
    return step;
  }

  /** Whether a task of the job that it is a part of was let in: then all others are, too. */
  public final boolean isLetIn() {
    return root.letIn;
  }

  // Written once: it is read by each submission of the job.
  final void setLetIn() {
    if (!root.letIn) {
      root.letIn = true;
    }
  }

  /** Whether a task of it has started. */
  public final boolean begun() {
    return begun;
  }

  /** Says that a task of it has started. Called by the dispatcher's thread. */
  public final void setBegun() {
    begun = true;
  }

  /**
   * Its limits a minute, with those of the jobs that it is a part of, or theirs if it has none of
   * its own; null if there are none.
   */
  public final @Nullable JobRates rates() {
    return rates;
  }

  /** Its own limits a minute; null if it has none. */
  public final @Nullable JobRates ownRates() {
    return parent == null || rates != parent.rates ? rates : null;
  }

  /**
   * Changes what it may spend in a minute; a full bucket holds a minute's from then on. Called by
   * the dispatcher's thread.
   *
   * @return whether it was changed: not if it is closed, or was not limited where it would be, or
   *     the other way round
   */
  public final boolean tryChangeRates(long tokens, long micros, NanoClock clock) {
    JobRates own = ownRates();
    return own != null && !isClosed() && own.tryChange(tokens, micros, clock);
  }

  // ---- limits on calls

  /** As they are now. */
  public final JobLimits limits() {
    return limits;
  }

  /**
   * Changes them, cut to those of the job of which it is a part; what was counted before counts.
   * Called by the dispatcher's thread, which then tells the engine.
   *
   * @return whether they were changed: not if it is closed
   */
  public final boolean tryChangeLimits(JobLimits to) {
    if (isClosed()) {
      return false;
    }
    JobLimits changed = parent == null ? to : to.within(parent.limits);
    limits = changed;
    everParksAtBudget |= !changed.parkAtBudget().isOff();
    keep(tokenBudget, moneyBudget);
    countCallsFor(changed);
    return true;
  }

  // From then on for good, and by all parts of the same job: what is taken is given back where it
  // was taken, however limits change meanwhile.
  private void countCallsFor(JobLimits limits) {
    if (limits.maxCalls() != JobSettings.NO_LIMIT && !root.countsCalls) {
      root.countsCalls = true;
    }
  }

  /**
   * Whether calls of the job that it is a part of are counted as they are let in. Those that came
   * before are counted, too, as the dispatcher hears of them; see {@link #admitted}.
   */
  final boolean countsCalls() {
    return root.countsCalls;
  }

  /**
   * The dispatcher hears of a task of it that was let in. While nothing limits calls, this counts
   * them, since here it costs next to nothing. Called by the dispatcher's thread.
   */
  public final void admitted(Reservation task) {
    if (!task.isCountedInJobs() && !task.earlier().isCounted()) {
      for (JobAccount at = this; at != null; at = at.parent) {
        UNCOUNTED.setRelease(at, at.uncounted + 1);
      }
    }
  }

  /** Calls admitted in all, those of its parts included, but for some on their way. */
  public final long calls() {
    return calls + uncounted;
  }

  /** Whether it has made as many calls as it may. */
  public final boolean hasAllItsCalls() {
    int maxCalls = limits.maxCalls();
    return maxCalls != JobSettings.NO_LIMIT && calls() >= maxCalls;
  }

  /** Calls of a target admitted while that target limited them. */
  public final int calls(TargetGate target) {
    CallCounts counts = callsAt;
    return counts == null ? 0 : counts.count(target);
  }

  final boolean tryTakeCall() {
    int max = limits.maxCalls();
    long maxCalls = max == JobSettings.NO_LIMIT ? Long.MAX_VALUE : max;
    while (true) {
      long now = calls;
      if (now + uncounted >= maxCalls) {
        return false;
      }
      if (CALLS.compareAndSet(this, now, now + 1)) {
        return true;
      }
    }
  }

  final void giveBackCall() {
    CALLS.getAndAdd(this, -1L);
  }

  final boolean tryTakeCall(TargetGate target, int max) {
    return callCounts().tryTake(target, max);
  }

  final void giveBackCall(TargetGate target) {
    callCounts().giveBack(target);
  }

  private CallCounts callCounts() {
    CallCounts counts = callsAt;
    if (counts == null) {
      var made = new CallCounts(Map.of());
      CallCounts before = (CallCounts) CALLS_AT.compareAndExchange(this, null, made);
      counts = before == null ? made : before;
    }
    return counts;
  }

  final JobAccount outermost() {
    JobAccount at = this;
    while (at.parent != null) {
      at = at.parent;
    }
    return at;
  }

  final @Nullable LoopGuard loopGuardOrNull() {
    return loopGuard;
  }

  final LoopGuard loopGuard() {
    LoopGuard guard = loopGuard;
    if (guard == null) {
      var made = new LoopGuard(parent == null ? null : outermost().loopGuard());
      LoopGuard before = (LoopGuard) LOOP_GUARD.compareAndExchange(this, null, made);
      guard = before == null ? made : before;
    }
    return guard;
  }

  /** Its calls that were refused as repetitions, up to a thousand. */
  public final int loops() {
    LoopGuard guard = loopGuard;
    return guard == null ? 0 : guard.trips();
  }

  /** Whether they were too many: whoever was refused last closes it. */
  public final boolean isLoopedOut() {
    return loops() >= limits.maxLoops();
  }

  /** Whether they were so many that what it submits is held for a human. */
  final boolean isParkedForLoops() {
    ParkPolicy park = limits.park();
    return park.trigger() == ParkPolicy.Trigger.LOOPS && loops() >= park.threshold();
  }

  /** What it was opened with, whatever was changed since. */
  public final JobSettings first() {
    return first;
  }

  /** What becomes of what its budget does not cover. */
  public final ParkPolicy parkAtBudget() {
    return limits.parkAtBudget();
  }

  /** Whether anybody may be parked at its budget, also by a rule of before. The dispatcher's. */
  public final boolean everParksAtBudget() {
    return everParksAtBudget;
  }

  /** How often the same call counts now at this target's loop guard. */
  public final int sameCalls(TargetGate target, long arguments, long nowNs) {
    LoopGuard guard = loopGuard;
    return guard == null
        ? 0
        : guard.sameCalls(LoopGuard.key(target, arguments), target.settings().loopGuard(), nowNs);
  }

  /**
   * Why this call was refused last, as far as that is still known: the period of the cycle that it
   * would have gone on with; 1 for the same call too often, 0 if neither would be found now.
   */
  public final int loopPeriod(TargetGate target, long arguments, long nowNs) {
    LoopGuard guard = loopGuard;
    return guard == null
        ? 0
        : guard.whyRefused(LoopGuard.key(target, arguments), target.settings().loopGuard(), nowNs);
  }
}
