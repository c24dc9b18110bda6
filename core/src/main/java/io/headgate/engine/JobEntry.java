package io.headgate.engine;

import io.headgate.JobSettings;
import io.headgate.ParkPolicy;
import io.headgate.Spending;
import io.headgate.admission.JobAccount;
import org.jspecify.annotations.Nullable;

/** A job or sub-job as the engine knows it. */
final class JobEntry {
  final JobAccount account;
  final @Nullable JobEntry parent;
  final HeapNode<Timer> timer;
  long tokenBudget;
  long moneyBudget;
  boolean open = true;

  /** When it closes by itself, as far as its clock does not stand still. */
  long deadlineNs;

  /** Parked tasks, of it and of its sub-jobs, for which its clock stands still. */
  int standing;

  long stoodFromNs;
  boolean begun;

  /** Where and when its first task started. */
  @Nullable TargetEntry begunAt;

  long begunNs;

  /** When what it submits is held for a human. */
  ParkPolicy park;

  /**
   * What becomes of what its budget does not cover. The last rule that was on: who was let in by it
   * may come when it is off.
   */
  ParkPolicy parkAtBudget;

  /** Its tasks that are parked since its budget does not cover them. */
  int unfunded;

  /** Its tasks whose entries are in use, newest first. */
  @Nullable TaskEntry firstTask;

  /** Its sub-jobs that are not retired, newest first. */
  @Nullable JobEntry firstChild;

  @Nullable JobEntry nextSibling;
  @Nullable JobEntry previousSibling;
  long reservedTokens;
  long spentTokens;
  final MoneySum reservedMoney = new MoneySum();
  final MoneySum spentMoney = new MoneySum();
  final SpendTally tally = new SpendTally();

  /** Null until something is spent. */
  private @Nullable LastMinute lastMinute;

  JobEntry(JobAccount account, @Nullable JobEntry parent) {
    this.account = account;
    this.parent = parent;
    this.deadlineNs = account.deadlineNs();
    JobSettings first = account.first(); // of what was changed since an input tells
    this.tokenBudget = first.tokenBudget();
    this.moneyBudget = first.moneyBudgetNanos();
    this.park = first.park();
    this.parkAtBudget = first.parkAtBudget();
    this.timer = new HeapNode<>(new Timer.OfJob(this));
    this.begun = account.carried().begun();
    this.spentTokens = account.carried().tokens();
    this.spentMoney.add(account.carried().moneyNanos());
    if (parent != null) {
      begun |= parent.begun;
      nextSibling = parent.firstChild;
      if (nextSibling != null) {
        nextSibling.previousSibling = this;
      }
      parent.firstChild = this;
    }
  }

  void leaveParent() {
    if (parent == null) {
      return;
    }
    if (previousSibling == null) {
      parent.firstChild = nextSibling;
    } else {
      previousSibling.nextSibling = nextSibling;
    }
    if (nextSibling != null) {
      nextSibling.previousSibling = previousSibling;
    }
    nextSibling = null;
    previousSibling = null;
  }

  /** When it closes by itself; {@link Long#MAX_VALUE} while its clock stands still. */
  long dueNs() {
    return standing > 0 ? Long.MAX_VALUE : deadlineNs;
  }

  /** Time until then; while its clock stands still, what will be left when it goes on. */
  long leftNs(long nowNs) {
    return deadlineNs - (standing > 0 ? stoodFromNs : nowNs);
  }

  JobEntry root() {
    JobEntry job = this;
    while (job.parent != null) {
      job = job.parent;
    }
    return job;
  }

  void add(TaskEntry task) {
    task.nextOfJob = firstTask;
    if (firstTask != null) {
      firstTask.previousOfJob = task;
    }
    firstTask = task;
  }

  void remove(TaskEntry task) {
    if (task.previousOfJob == null) {
      firstTask = task.nextOfJob;
    } else {
      task.previousOfJob.nextOfJob = task.nextOfJob;
    }
    if (task.nextOfJob != null) {
      task.nextOfJob.previousOfJob = task.previousOfJob;
    }
    task.nextOfJob = null;
    task.previousOfJob = null;
  }

  boolean isOverspent() {
    return spentTokens > tokenBudget || spentMoney.nanos() > moneyBudget;
  }

  void spend(long tokens, long moneyNanos, long nowNs) {
    spentTokens += tokens;
    spentMoney.add(moneyNanos);
    if (tokens != 0 || moneyNanos != 0) {
      lastMinute().spend(tokens, moneyNanos, nowNs);
    }
  }

  /** What a sub-job has spent in all is its parent's from now on. */
  void takeOver(JobEntry child, long nowNs) {
    spentTokens += child.spentTokens;
    spentMoney.add(child.spentMoney.nanos());
    tally.add(child.tally);
    if (child.lastMinute != null) {
      lastMinute().add(child.lastMinute, nowNs);
    }
  }

  private LastMinute lastMinute() {
    if (lastMinute == null) {
      lastMinute = new LastMinute();
    }
    return lastMinute;
  }

  Spending spending(long nowNs) {
    LastMinute rate = lastMinute;
    return new Spending(
        reservedTokens,
        spentTokens,
        reservedMoney.nanos(),
        spentMoney.nanos(),
        rate == null ? 0 : rate.tokens(nowNs),
        rate == null ? 0 : rate.moneyNanos(nowNs),
        tally.waste());
  }

  boolean isDone() {
    return !open && firstTask == null && firstChild == null;
  }
}
