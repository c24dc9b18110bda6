package io.headgate.runtime;

import io.headgate.AlertKind;
import io.headgate.CallClass;
import io.headgate.Outcome;
import io.headgate.Outcome.Bound;
import io.headgate.Outcome.Cancellation;
import io.headgate.ParkPolicy;
import io.headgate.ParkReason;
import io.headgate.Refusal;
import io.headgate.Spending;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Cutoff;
import io.headgate.admission.Gates;
import io.headgate.admission.JobAccount;
import io.headgate.admission.LevelWord;
import io.headgate.admission.OutputEstimates;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;
import io.headgate.admission.Trial;
import io.headgate.engine.BreakerMemory;
import io.headgate.engine.BreakerState;
import io.headgate.engine.Effects;
import io.headgate.engine.Ending;
import io.headgate.engine.TargetMemory;
import io.headgate.engine.Unparked;
import io.headgate.recovery.Outbox;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Carries the engine's effects out, on the dispatcher's thread. Handles are completed at once; the
 * threads that wait for them are woken at the end of the batch, by {@link #flush}, since a wake-up
 * costs more than all the rest.
 */
final class LiveEffects implements Effects {
  private final LiveHeadgate runtime;
  private final Gates gates;
  private final Launcher launcher;
  private final Helpers helpers;
  private final Observer observer;
  private final Funding funding;
  private final @Nullable JournalSink journal;
  private final @Nullable Outbox<LiveAttempt<?>> outbox;
  private final List<Thread> toUnpark = new ArrayList<>();
  private boolean started;

  /** Whose answer is that of the task that ends next. */
  private @Nullable LiveAttempt<?> winner;

  LiveEffects(
      LiveHeadgate runtime,
      Launcher launcher,
      Helpers helpers,
      Observer observer,
      @Nullable JournalSink journal,
      @Nullable Outbox<LiveAttempt<?>> outbox) {
    this.journal = journal;
    this.outbox = outbox;
    this.runtime = runtime;
    this.gates = runtime.gates();
    this.launcher = launcher;
    this.helpers = helpers;
    this.observer = observer;
    this.funding = runtime.funding();
  }

  /** Wakes whom the batch concerned. */
  void flush() {
    if (outbox != null && outbox.flush(runtime.ring().applied())) {
      started = true;
    }
    if (started) {
      started = false;
      launcher.wake();
    }
    if (!toUnpark.isEmpty()) {
      toUnpark.forEach(LockSupport::unpark);
      toUnpark.clear();
    }
  }

  private static TaskHandle<?> handle(Reservation task) {
    return (TaskHandle<?>) task;
  }

  @Override
  public void start(
      Reservation task, int attempt, long nowNs, long deadlineNs, @Nullable Trial trial) {
    if (journal != null) {
      journal.started(task, attempt, nowNs, deadlineNs);
    }
    gates.giveBackPlaces(task.agentGate(), 1);
    LiveAttempt<?> made = attemptOf(handle(task), attempt, nowNs, deadlineNs, trial);
    if (outbox != null && journal != null && journal.isWriteAhead()) {
      outbox.offer(made);
    } else {
      launcher.offer(made);
      started = true;
    }
    observer.started(task, attempt, nowNs);
  }

  @Override
  public void startsCheaper(Reservation task, long leftNanos, long nowNs) {
    gates.giveBackMoney(task, leftNanos, nowNs);
    funding.freed(task);
  }

  private <T extends @Nullable Object> LiveAttempt<T> attemptOf(
      TaskHandle<T> task, int number, long nowNs, long deadlineNs, @Nullable Trial trial) {
    var attempt = new LiveAttempt<>(task, runtime, number, nowNs, deadlineNs, trial);
    LiveAttempt<T> before = task.attempt;
    if (before != null) {
      // Should its call not be made after all, this is the answer.
      attempt.value = before.value;
      attempt.answeredRung = before.answeredRung;
      attempt.failure = before.failure;
    }
    task.attempt = attempt;
    return attempt;
  }

  @Override
  public void stop(Reservation task) {
    LiveAttempt<?> attempt = handle(task).attempt;
    assert attempt != null;
    if (attempt.stop()) {
      helpers.stop(attempt);
    }
  }

  @Override
  public void resume(Reservation task, int join) {
    LiveAttempt<?> attempt = handle(task).attempt;
    assert attempt != null;
    Thread thread = attempt.resume(join);
    if (thread != null) {
      toUnpark.add(thread);
    }
  }

  @Override
  public void end(Reservation task, Ending ending, boolean waiting, long nowNs, long ranNs) {
    if (journal != null) {
      journal.ended(task, ending, nowNs, ranNs);
    }
    TaskHandle<?> handle = handle(task);
    complete(handle, ending);
    if (waiting) {
      funding.left(task);
      gates.giveBackUnused(task, nowNs);
      funding.freed(task);
    }
    LiveAttempt<?> attempt = handle.attempt;
    if (attempt != null && attempt.isOver()) {
      handle.attempt = null; // of one that was to be tried again, or was left to its hedge
    }
    observer.ended(task, ending, waiting, nowNs, ranNs);
  }

  private <T extends @Nullable Object> void complete(TaskHandle<T> task, Ending ending) {
    TaskHandle.Waiter waiter = task.complete(outcomeOf(answerOf(task), ending));
    while (waiter != null) {
      Thread thread = waiter.thread;
      if (thread != null) {
        toUnpark.add(thread);
      } else if (waiter.action != null) {
        helpers.call(waiter.action);
      }
      waiter = waiter.next;
    }
  }

  @SuppressWarnings("unchecked") // of the same task, so of the same type
  private <T extends @Nullable Object> @Nullable LiveAttempt<T> answerOf(TaskHandle<T> task) {
    LiveAttempt<?> winner = this.winner;
    if (winner == null || winner.task().original() != task) {
      return task.attempt;
    }
    this.winner = null;
    return (LiveAttempt<T>) winner;
  }

  // An attempt's answer is read only after its own end said that it is there.
  @SuppressWarnings("NullAway") // a value of T may be null exactly when T allows it
  private static <T extends @Nullable Object> Outcome<T> outcomeOf(
      @Nullable LiveAttempt<T> attempt, Ending ending) {
    return switch (ending) {
      case COMPLETED -> new Outcome.Completed<>(attempt.value, attempt.answeredRung);
      case FAILED -> new Outcome.Failed<>(attempt.failure);
      case CUT_OFF -> new Outcome.CutOff<>(attempt.value, attempt.answeredRung);
      case TIMED_OUT_TIMEOUT -> new Outcome.TimedOut<>(Bound.TIMEOUT);
      case TIMED_OUT_JOB -> new Outcome.TimedOut<>(Bound.JOB_DEADLINE);
      case EXPIRED_TTL -> new Outcome.Expired<>(Bound.TTL);
      case EXPIRED_JOB -> new Outcome.Expired<>(Bound.JOB_DEADLINE);
      case EXPIRED_TOO_LATE -> new Outcome.Expired<>(Bound.JOB_TIME);
      case CANCELLED_CALLER -> new Outcome.Cancelled<>(Cancellation.CALLER);
      case CANCELLED_JOB_CLOSED -> new Outcome.Cancelled<>(Cancellation.JOB_CLOSED);
      case CANCELLED_SHUTDOWN -> new Outcome.Cancelled<>(Cancellation.SHUTDOWN);
      case CANCELLED_REMOVED -> new Outcome.Cancelled<>(Cancellation.REMOVED);
      case CANCELLED_DECLINED -> new Outcome.Cancelled<>(Cancellation.DECLINED);
      case CANCELLED_WOULD_DEADLOCK -> new Outcome.Cancelled<>(Cancellation.WOULD_DEADLOCK);
      case CANCELLED_BUDGET -> new Outcome.Cancelled<>(Cancellation.BUDGET);
    };
  }

  @Override
  public void hedge(Reservation task, long startByNs) {
    hedge(handle(task), startByNs);
  }

  // On the dispatcher's own thread, which never waits for a slot of its ring.
  private <T extends @Nullable Object> void hedge(TaskHandle<T> task, long startByNs) {
    if (task.isCancelled() || task.account().isClosed()) {
      return;
    }
    long now = runtime.clock().nanoTime();
    var hedge = new HedgeHandle<T>(task, now, startByNs);
    if (gates.tryTakeBeside(hedge, now)) {
      admit(hedge, now);
    }
  }

  private void admit(HedgeHandle<?> second, long nowNs) {
    if (!runtime.ring().tryAdmit(second)) {
      hedgeOver(second, true, nowNs);
    }
  }

  @Override
  public void fallBeside(Reservation task, int failed) {
    fallBeside(handle(task), failed);
  }

  private <T extends @Nullable Object> void fallBeside(TaskHandle<T> task, int failed) {
    if (task.isCancelled() || task.account().isClosed()) {
      return;
    }
    long now = runtime.clock().nanoTime();
    var second = new HedgeHandle<T>(task, now, task.startByNs());
    if (gates.tryTakeBelow(second, failed, now).isAny()) {
      admit(second, now);
    }
  }

  @Override
  public void hedgeWon(Reservation task, Reservation hedge) {
    winner = handle(hedge).attempt;
    observer.hedgeWon(handle(task), hedge.isDegradable());
  }

  @Override
  public void hedgeOver(Reservation hedge, boolean waiting, long nowNs) {
    if (waiting) {
      gates.giveBackUnused(hedge, nowNs);
      funding.freed(hedge);
    }
  }

  @Override
  public void attemptOver(Reservation task, long nowNs, long ranNs) {
    TaskHandle<?> handle = handle(task);
    if (handle.isDone() || handle.original() != handle) {
      handle.attempt = null; // else it is the answer, should no other attempt start
    }
    funding.freed(task);
    observer.attemptOver(task, ranNs);
  }

  @Override
  public void retry(Reservation task, CallClass end, long atNs) {
    observer.retry(task, end, atNs);
  }

  @Override
  public void giveBackUnused(Reservation task, long nowNs) {
    gates.giveBackUnused(task, nowNs);
  }

  @Override
  public void breaker(
      TargetGate target, @Nullable AgentGate agent, BreakerState state, long untilNs) {
    observer.breaker(target, agent, state, untilNs);
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
    observer.rungBreaker(target, rung, state, untilNs);
  }

  @Override
  public void publishRung(TargetGate target, int rung, int below) {
    boolean changed = rung != target.servingRung();
    target.publishRung(rung, below);
    if (changed) {
      observer.rung(target, rung);
    }
  }

  @Override
  public void patienceOver(Reservation task) {
    observer.patienceOver(task);
  }

  @Override
  public void fall(Reservation task, CallClass end, int toRung, boolean beside) {
    observer.fall(task, end, toRung, beside);
  }

  @Override
  public void paused(TargetGate target, long untilNs) {
    observer.paused(target, untilNs);
  }

  @Override
  public void parked(Reservation task, ParkReason reason, ParkPolicy policy, long actionNs) {
    if (journal != null) {
      journal.parked(task, reason, actionNs - policy.afterNanos());
    }
    observer.parked(task, reason, policy, actionNs);
    if (reason == ParkReason.BUDGET) {
      funding.parked(task.account()); // what it lacked may have been given back meanwhile
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
    funding.left(task);
    if (by == Unparked.TIME || by == Unparked.NO_ROOM) {
      runtime.operator().byItself(task.taskId(), action, by);
    }
    observer.unparked(task, action, by);
  }

  @Override
  public void jobDeadline(JobAccount job, long deadlineNs, long leftNs) {
    job.deadlineNs(deadlineNs, leftNs);
  }

  @Override
  public void held(@Nullable AgentGate agent, @Nullable TargetGate target, long untilNs) {
    if (agent != null) {
      agent.hold(untilNs);
    }
  }

  @Override
  public void admissions(int lowest, boolean starts, long untilNs) {
    gates.publishLevel(lowest, untilNs);
  }

  @Override
  public void wordOver(@Nullable TargetGate target, @Nullable AgentGate agent, boolean ofBreaker) {
    runtime.operator().over(target, agent, ofBreaker);
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
    job.setBegun();
  }

  @Override
  public void jobClosed(JobAccount job) {
    ((LiveJob) job).closedByEngine();
  }

  @Override
  public void jobRetired(JobAccount job, Spending spent) {
    if (journal != null) {
      journal.retired(job);
    }
    runtime.checkRetired(job, spent.tokensSpent(), spent.moneySpentNanos());
    ((LiveJob) job).retired(spent);
    if (job.parent() instanceof LiveJob parent) {
      funding.freed(parent);
      if (parent.isClosed()) {
        // What this sub-job overspent may have closed its parent's account.
        parent.tellEngineClosed();
      }
    }
    runtime.jobs().retire((LiveJob) job, spent.tokensSpent() != 0 || spent.moneySpentNanos() != 0);
    observer.jobRetired((LiveJob) job);
  }

  @Override
  public void overrun(Reservation task, int overrunsOfTarget) {
    observer.overrun(handle(task).original(), overrunsOfTarget);
  }

  @Override
  public void shut(TargetGate target, Refusal reason) {
    if (target.shutIfOpen(reason, TargetGate.UNTIL_OPENED)) {
      observer.targetGate(target, false, reason);
    }
  }

  @Override
  public void open(TargetGate target) {
    if (target.openIf(Refusal.TARGET_OVERRUN)) {
      observer.targetGate(target, true, Refusal.TARGET_OVERRUN);
    }
  }

  @Override
  public void publishStartInterval(long startIntervalNs) {
    gates.publishStartInterval(startIntervalNs);
  }

  @Override
  public void burn(AgentGate agent, boolean burning, long tokens, long usual) {
    observer.burn(agent, burning, tokens, usual);
  }

  @Override
  public void alert(TargetGate target, AlertKind kind, boolean on) {
    observer.alert(target, kind, on);
  }

  @Override
  public void usageMissing(TargetGate target, boolean missing) {
    observer.usageMissing(target, missing);
  }

  @Override
  public void limitLearned(TargetGate target, long perMinute, boolean ofTokens) {
    observer.limitLearned(target, perMinute, ofTokens);
  }

  @Override
  public void permits(TargetGate target, int permits) {
    observer.permits(target, permits);
  }

  @Override
  public void level(TargetGate target, int level, long passNs) {
    boolean begins = target.level() == LevelWord.ALL;
    target.publishLevel(level, passNs);
    observer.level(target, level, begins);
  }

  @Override
  public void publishOutput(TargetGate target, @Nullable AgentGate agent, long tokens) {
    OutputEstimates.put(target, agent, tokens);
  }

  @Override
  public void outputLearned(TargetGate target, @Nullable AgentGate agent, long tokens, long calls) {
    observer.outputLearned(target, agent, tokens, calls);
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
}
