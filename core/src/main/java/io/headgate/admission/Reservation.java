package io.headgate.admission;

import io.headgate.Price;
import io.headgate.Priority;
import org.jspecify.annotations.Nullable;

/**
 * What admission took for one task, and what the engine must know of it. Written by the submitter
 * before the task is published; constant after that, but for the settlement, which is done once by
 * the thread that ends the last attempt or, if none started, by the dispatcher.
 */
public abstract class Reservation {
  private static final Priority[] PRIORITIES = Priority.values();
  private static final int TICKET_SHIFT = 30;
  private static final long IN_DOUBT = 1L << 29;
  private static final long TOLD_OF_KEPT = 1L << 28;
  private static final long OF_KEPT = 1L << 27;
  private static final long COUNTED_IN_JOBS = 1L << 26;
  private static final long LIMITED_WITH_ALL = 1L << 25;
  private static final long IDEMPOTENT = 1L << 24;
  private static final long UNFUNDED = 1L << 23;
  private static final long LIMITED = 1L << 22;
  private static final long FIRM = 1L << 21;
  private static final int RUNG_SHIFT = 18;
  private static final long RUNG = 7L << RUNG_SHIFT;
  private static final int RESERVED_RUNG_SHIFT = 15;
  private static final long RESERVED_RUNG = 7L << RESERVED_RUNG_SHIFT;
  private static final long LOOPED = 1L << 14;
  private static final int PRIORITY_SHIFT = 12;
  private static final long PRIORITY = 3L << PRIORITY_SHIFT;
  private static final long COUNTED = 1L << 11;
  private static final long WRAPS_UP = 1L << 10;
  private static final int DEPTH = (1 << 10) - 1;

  // But the ticket, which is nothing outside of its job's loop guard.
  private static final long MARKS = (1L << TICKET_SHIFT) - 1;

  private final AgentGate agent;
  private final TargetGate target;
  private final JobAccount account;
  private final long inputTokens;
  private final long outputTokens;
  private long moneyNanos;
  private final long admittedNs;
  private long startByNs;
  private final long timeoutNs;
  private final long arguments;
  private long takenNs;

  // Packed, since each task has them: whether its call may have been made already, a ticket of its
  // job's loop guard, whether it took of what its
  // job keeps back and whether that was told, whether it is counted among its jobs' calls, whether
  // its call may be made
  // twice, whether its job's budget does not cover
  // it, whether it counts in the spending of all and of its agent, whether no lower rung is to
  // answer, the rungs at which it runs and for which it reserved, whether its job has looped so
  // often that it is to be parked, its priority, whether it is counted at its target, whether it
  // wraps its job up, its depth.
  private long marks;

  private long id = -1;
  private int slot = -1;

  /**
   * Says what is about to be taken.
   *
   * @param depth 0, or above it if an attempt that runs submitted it
   * @param arguments their digest, or {@link io.headgate.Task#NO_ARGUMENTS}
   */
  protected Reservation(
      AgentGate agent,
      TargetGate target,
      JobAccount account,
      Priority priority,
      int depth,
      long arguments,
      long inputTokens,
      long outputTokens,
      long moneyNanos,
      long admittedNs,
      long startByNs) {
    this.agent = agent;
    this.target = target;
    this.account = account;
    this.marks = (long) priority.ordinal() << PRIORITY_SHIFT | depth;
    this.arguments = arguments;
    this.inputTokens = inputTokens;
    this.outputTokens = outputTokens;
    this.moneyNanos = moneyNanos;
    this.admittedNs = admittedNs;
    this.takenNs = admittedNs;
    this.startByNs = startByNs;
    this.timeoutNs = target.timeoutNs();
  }

  /**
   * Says what is about to be taken for a second attempt beside the first of this task: the same,
   * for the first rung, and no count at its job's loop guard. {@link #reserveAt} makes it one for a
   * rung below.
   */
  protected Reservation(Reservation of, long admittedNs, long startByNs) {
    agent = of.agent;
    target = of.target;
    account = of.account;
    marks = (of.marks & (PRIORITY | DEPTH | WRAPS_UP | IDEMPOTENT)) | FIRM;
    arguments = of.arguments;
    inputTokens = of.inputTokens;
    outputTokens = of.outputTokens;
    moneyNanos = of.moneyNanos;
    this.admittedNs = admittedNs;
    this.takenNs = admittedNs;
    this.startByNs = startByNs;
    timeoutNs = of.timeoutNs;
  }

  /**
   * A task as it was written down: see {@link #restore}, and {@link #number} with its number.
   *
   * @param timeoutNs the bound on an attempt's run when it was admitted
   */
  protected Reservation(
      AgentGate agent,
      TargetGate target,
      JobAccount account,
      long arguments,
      long inputTokens,
      long outputTokens,
      long admittedNs,
      long startByNs,
      long timeoutNs) {
    this.agent = agent;
    this.target = target;
    this.account = account;
    this.arguments = arguments;
    this.inputTokens = inputTokens;
    this.outputTokens = outputTokens;
    this.admittedNs = admittedNs;
    this.startByNs = startByNs;
    this.timeoutNs = timeoutNs;
  }

  /**
   * What else the engine must know of it and admission, or the thread of an attempt, may have
   * changed before the engine was told: in bits whose meaning is this class's. To be written down.
   */
  public final long marks() {
    return marks & MARKS;
  }

  /** Makes it what it was when that was written down: for who replays. */
  public final void restore(long marks, long moneyNanos, long takenNs) {
    this.marks = marks & MARKS;
    this.moneyNanos = moneyNanos;
    this.takenNs = takenNs;
  }

  /** Who asks. */
  public final AgentGate agentGate() {
    return agent;
  }

  /** What is called. */
  public final TargetGate targetGate() {
    return target;
  }

  /** Who pays. */
  public final JobAccount account() {
    return account;
  }

  /** Its band. */
  public final Priority priority() {
    return PRIORITIES[(int) (marks & PRIORITY) >> PRIORITY_SHIFT];
  }

  /** Whether an attempt that runs submitted it: somebody may wait for it. */
  public final boolean isChild() {
    return depth() > 0;
  }

  /** By how many calls, one in the other, it was submitted. */
  public final int depth() {
    return (int) marks & DEPTH;
  }

  /** Of which breakers' probe it is part, since its call submitted it; null if of none. */
  public @Nullable Trial trial() {
    return null;
  }

  /** The digest of its arguments, or {@link io.headgate.Task#NO_ARGUMENTS}. */
  public final long arguments() {
    return arguments;
  }

  final long loopTicket() {
    return marks >>> TICKET_SHIFT;
  }

  // By the submitter, before it is published.
  final void loopTicket(long ticket) {
    marks = ticket << TICKET_SHIFT | (marks & ((1L << TICKET_SHIFT) - 1));
  }

  final boolean isCountedAtTarget() {
    return (marks & COUNTED) != 0;
  }

  // By the submitter, before it is published.
  final void countedAtTarget(boolean counted) {
    marks = counted ? marks | COUNTED : marks & ~COUNTED;
  }

  /** Whether its job, and those of which that is a part, had counted it when it was let in. */
  public final boolean isCountedInJobs() {
    return (marks & COUNTED_IN_JOBS) != 0;
  }

  // By the submitter, before it is published.
  final void countedInJobs(boolean counted) {
    marks = counted ? marks | COUNTED_IN_JOBS : marks & ~COUNTED_IN_JOBS;
  }

  /** Whether its job had run into its loop guard so often that it is to be parked. */
  public final boolean isOfLoopedJob() {
    return (marks & LOOPED) != 0;
  }

  // By the submitter, before it is published.
  final void markLooped() {
    marks |= LOOPED;
  }

  /** Says at which rung it reserves. By whoever takes, before it is published. */
  public final void reserveAt(int rung, boolean degradable) {
    long at = ((long) rung << RUNG_SHIFT) | ((long) rung << RESERVED_RUNG_SHIFT);
    marks = (marks & ~(FIRM | RUNG | RESERVED_RUNG)) | at | (degradable ? 0 : FIRM);
  }

  /** Whether a lower rung of its target's ladder may answer. */
  public final boolean isDegradable() {
    return (marks & FIRM) == 0;
  }

  /** The rung for which it holds tokens and money: it never starts at a dearer one. */
  public final int reservedRung() {
    return (int) ((marks & RESERVED_RUNG) >>> RESERVED_RUNG_SHIFT);
  }

  /** The rung of its latest attempt; before the first, for which it reserved. */
  public final int rung() {
    return (int) ((marks & RUNG) >>> RUNG_SHIFT);
  }

  /** An attempt starts at this rung. Only the engine calls it, before that is published. */
  public final void runsAt(int rung) {
    marks = (marks & ~RUNG) | ((long) rung << RUNG_SHIFT);
  }

  /** Whether it may use what its job keeps back for wrapping up. */
  public final boolean wrapsUp() {
    return (marks & WRAPS_UP) != 0;
  }

  /** Says that it wraps up. By the submitter, before anything is taken. */
  public final void setWrapsUp() {
    marks |= WRAPS_UP;
  }

  /**
   * Whether it has taken, now or when it was tried again, of what its job keeps back for wrapping
   * up: says so once. By the dispatcher, when it hears of the taking.
   */
  public final boolean tellOfKept() {
    boolean isNews = (marks & (OF_KEPT | TOLD_OF_KEPT)) == OF_KEPT;
    marks = isNews ? marks | TOLD_OF_KEPT : marks;
    return isNews;
  }

  // By whoever takes, before it is published.
  final void markOfKept(boolean isOfKept) {
    marks = isOfKept ? marks | OF_KEPT : marks & ~OF_KEPT;
  }

  /** Whether its call may have been made before the process died. */
  public final boolean isInDoubt() {
    return (marks & IN_DOUBT) != 0;
  }

  /** Says that its call may have been made already. By the submitter, before it is published. */
  public final void setInDoubt() {
    marks |= IN_DOUBT;
  }

  /** What is written of its call, so that a crash does not lose it; null if nothing is. */
  public @Nullable Handled handled() {
    return null;
  }

  /** What had become of it before a crash. */
  public Earlier earlier() {
    return Earlier.NOTHING;
  }

  /** Whether its call may be made twice, also at once. */
  public final boolean isIdempotent() {
    return (marks & IDEMPOTENT) != 0;
  }

  /** Says that its call may be made twice. By the submitter, before it is published. */
  public final void setIdempotent() {
    marks |= IDEMPOTENT;
  }

  /** Whether what it holds counts in its agent's {@link SpendingAccount}. */
  public final boolean isLimited() {
    return (marks & LIMITED) != 0;
  }

  /** Whether what it holds counts in the {@link SpendingAccount} of all. */
  public final boolean isLimitedWithAll() {
    return (marks & LIMITED_WITH_ALL) != 0;
  }

  // By whoever takes, before it is published. It settles where it was taken: a limit that is set
  // meanwhile is given nothing back that it never held.
  final void limited(boolean byAgent, boolean withAll) {
    marks =
        (marks & ~(LIMITED | LIMITED_WITH_ALL))
            | (byAgent ? LIMITED : 0)
            | (withAll ? LIMITED_WITH_ALL : 0);
  }

  /** Tokens held: input and output. */
  public final long tokens() {
    return isUnfunded() ? 0 : wantedTokens();
  }

  /** Input tokens held. */
  public final long inputTokens() {
    return isUnfunded() ? 0 : inputTokens;
  }

  /** Output tokens held: the output cap. */
  public final long outputTokens() {
    return isUnfunded() ? 0 : outputTokens;
  }

  /** Nano-dollars held. */
  public final long moneyNanos() {
    return isUnfunded() ? 0 : moneyNanos;
  }

  /** Tokens that it holds, or would if its job's budget covered it. */
  public final long wantedTokens() {
    return inputTokens + outputTokens;
  }

  /** Those of its input. */
  public final long wantedInputTokens() {
    return inputTokens;
  }

  /** Those of its output. */
  public final long wantedOutputTokens() {
    return outputTokens;
  }

  /** What those tokens come to at a rung's price, which may have changed meanwhile. */
  public final long costNanos(Price price) {
    return price.costNanos(inputTokens, outputTokens);
  }

  /** Nano-dollars likewise. */
  public final long wantedMoneyNanos() {
    return moneyNanos;
  }

  /** Whether its job's budget does not cover it, so that it holds a place and nothing else. */
  public final boolean isUnfunded() {
    return (marks & UNFUNDED) != 0;
  }

  /** Says that its job's budget does not cover it. By the submitter before anything is taken. */
  public final void unfund() {
    marks |= UNFUNDED;
  }

  /** Its tokens and its money were taken after all. Only the engine calls it. */
  public final void fund() {
    marks &= ~UNFUNDED;
  }

  /**
   * What was taken once more counts from now on, in place of what it held before. Only the engine
   * calls it, when that has settled.
   */
  public final void holds(TakenAgain again) {
    if (!again.isPaid()) {
      marks |= UNFUNDED;
    } else if (!isUnfunded()) {
      moneyNanos = again.moneyNanos();
    }
    reservedFor(again.rung());
  }

  /**
   * It starts at this rung and holds no more than that costs: it never starts at a dearer one
   * again. Only the engine calls it, when the rest was given back.
   */
  public final void costs(int rung, long moneyNanos) {
    assert moneyNanos <= this.moneyNanos && !isUnfunded();
    this.moneyNanos = moneyNanos;
    reservedFor(rung);
  }

  /** It is to go on at this rung or below. Only the engine calls it. */
  public final void reservedFor(int rung) {
    if (rung > reservedRung()) {
      marks = (marks & ~RESERVED_RUNG) | ((long) rung << RESERVED_RUNG_SHIFT);
    }
  }

  // By the dispatcher's thread, just before the engine is told.
  final void takenAt(int rung, long moneyNanos, long nowNs) {
    marks = (marks & ~RESERVED_RUNG) | ((long) rung << RESERVED_RUNG_SHIFT);
    this.moneyNanos = moneyNanos;
    takenNs = nowNs;
  }

  /** When it was admitted. */
  public final long admittedNs() {
    return admittedNs;
  }

  /** When what it holds now was taken: at its admission, or for a further attempt. */
  public final long takenNs() {
    return takenNs;
  }

  // By the thread of the attempt that has ended, before its end is published.
  final void takenAgain(long nowNs) {
    takenNs = nowNs;
  }

  /** The last moment at which it may start, by its TTL; {@link Long#MAX_VALUE} for none. */
  public final long startByNs() {
    return startByNs;
  }

  /** Moves that moment: its clock stood still. By the engine, before the first attempt starts. */
  public final void startByNs(long startByNs) {
    this.startByNs = startByNs;
  }

  /** The bound on an attempt's run when it was admitted. */
  public final long timeoutNs() {
    return timeoutNs;
  }

  /** Its number: the order of admission. */
  public final long taskId() {
    return id;
  }

  /** Numbers it, before it is published. */
  public final void number(long id) {
    this.id = id;
  }

  /** Its place in the engine's table of tasks. Only the engine's thread reads or writes it. */
  public final int slot() {
    return slot;
  }

  /** Gives it a place in the engine's table of tasks. Only the engine calls it. */
  public final void slot(int slot) {
    this.slot = slot;
  }
}
