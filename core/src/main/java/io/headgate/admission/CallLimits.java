package io.headgate.admission;

import io.headgate.AgentSettings;
import io.headgate.LoopPolicy;
import io.headgate.Refusal;
import io.headgate.TargetSettings;
import io.headgate.Task;
import org.jspecify.annotations.Nullable;

/**
 * The gate of limits on what a job calls: depth, fan-out, calls in all and at a target, and
 * repetitions, in this order. Any thread; lock-free; writes nothing for a call that none of them
 * bounds. A repetition that is refused is noted by the job, up to a thousand times.
 */
final class CallLimits {
  private CallLimits() {}

  /** Whether any of them bounds this call. */
  static boolean bound(
      @Nullable Caller caller, JobAccount job, TargetSettings target, long arguments) {
    return caller != null
        || job.countsCalls()
        || target.maxCallsPerJob() != AgentSettings.UNLIMITED
        || isGuarded(target, arguments);
  }

  private static boolean isGuarded(TargetSettings target, long arguments) {
    return arguments != Task.NO_ARGUMENTS && !target.loopGuard().isOff();
  }

  /**
   * Reads what {@link #tryTake} would come to; null if all let it pass.
   *
   * @param isCounted whether it is among the job's calls already
   */
  static @Nullable Refusal test(
      @Nullable Caller caller,
      JobAccount job,
      TargetGate target,
      long arguments,
      boolean isCounted,
      long nowNs) {
    TargetSettings settings = target.settings();
    if (!bound(caller, job, settings, arguments)) {
      return null;
    }
    JobLimits limits = job.limits();
    if (caller != null) {
      if (caller.childDepth() > limits.maxDepth()) {
        return Refusal.DEPTH;
      }
      if (caller.children() >= limits.maxFanOut()) {
        return Refusal.FAN_OUT;
      }
    }
    for (JobAccount at = isCounted ? null : job; at != null; at = at.parent()) {
      if (at.hasAllItsCalls()) {
        return Refusal.JOB_CALLS;
      }
      if (at.calls(target) >= settings.maxCallsPerJob()) {
        return Refusal.TARGET_CALLS;
      }
    }
    if (isGuarded(settings, arguments)) {
      LoopGuard guard = job.loopGuardOrNull();
      long key = LoopGuard.key(target, arguments);
      if (guard != null && guard.test(key, settings.loopGuard(), nowNs) != LoopGuard.PASSES) {
        return trip(guard, key, nowNs, limits);
      }
    }
    return null;
  }

  private static Refusal trip(LoopGuard guard, long key, long nowNs, JobLimits limits) {
    return guard.trip(key, nowNs, limits.maxLoops()) == LoopGuard.CUT_OFF_BEFORE
        ? Refusal.JOB_CLOSED
        : Refusal.LOOP;
  }

  /** Counts the call at all of them, or at none; null if it was counted. */
  static @Nullable Refusal tryTake(Reservation task, @Nullable Caller caller, long nowNs) {
    JobAccount job = task.account();
    TargetGate target = task.targetGate();
    TargetSettings settings = target.settings();
    if (!bound(caller, job, settings, task.arguments())) {
      return null;
    }
    JobLimits limits = job.limits();
    if (caller != null) {
      if (caller.childDepth() > limits.maxDepth()) {
        return Refusal.DEPTH;
      }
      if (!caller.tryTakeChild(limits.maxFanOut())) {
        return Refusal.FAN_OUT;
      }
    }
    Refusal refusal = tryTakeCalls(task, settings);
    if (refusal == null && isGuarded(settings, task.arguments())) {
      LoopGuard guard = job.loopGuard();
      long key = LoopGuard.key(target, task.arguments());
      LoopPolicy policy = settings.loopGuard();
      long ticket = guard.tryTake(key, policy, nowNs);
      task.loopTicket(Math.max(0, ticket));
      if (ticket < 0) {
        giveBackCalls(task, null);
        refusal = trip(guard, key, nowNs, limits);
      }
    }
    if (refusal != null && caller != null) {
      caller.giveBackChild();
    }
    return refusal;
  }

  private static @Nullable Refusal tryTakeCalls(Reservation task, TargetSettings settings) {
    int max = settings.maxCallsPerJob();
    boolean counted = max != AgentSettings.UNLIMITED;
    boolean inJobs = task.account().countsCalls();
    task.countedAtTarget(counted);
    task.countedInJobs(inJobs);
    if (task.earlier().isCounted()) {
      return null;
    }
    for (JobAccount at = task.account(); at != null; at = at.parent()) {
      if (inJobs && !at.tryTakeCall()) {
        giveBackCalls(task, at);
        return Refusal.JOB_CALLS;
      }
      if (counted && !at.tryTakeCall(task.targetGate(), max)) {
        if (inJobs) {
          at.giveBackCall();
        }
        giveBackCalls(task, at);
        return Refusal.TARGET_CALLS;
      }
    }
    return null;
  }

  private static void giveBackCalls(Reservation task, @Nullable JobAccount before) {
    if (task.earlier().isCounted()) {
      return;
    }
    for (JobAccount at = task.account(); at != before && at != null; at = at.parent()) {
      if (task.isCountedInJobs()) {
        at.giveBackCall();
      }
      if (task.isCountedAtTarget()) {
        at.giveBackCall(task.targetGate());
      }
    }
  }

  /** Undoes {@link #tryTake} for a call that a later gate has refused. */
  static void giveBack(Reservation task, @Nullable Caller caller) {
    if (task.loopTicket() != 0) {
      LoopGuard guard = task.account().loopGuard();
      guard.giveBack(LoopGuard.key(task.targetGate(), task.arguments()), task.loopTicket());
      task.loopTicket(0);
    }
    giveBackCalls(task, null);
    task.countedAtTarget(false);
    task.countedInJobs(false);
    if (caller != null) {
      caller.giveBackChild();
    }
  }

  /** A call of a writer is over, and may have changed the world. */
  static void wrote(Reservation task) {
    LoopGuard outermost = task.account().outermost().loopGuardOrNull();
    if (outermost != null) {
      boolean guarded = task.loopTicket() != 0;
      outermost.wrote(
          guarded ? task.account().loopGuardOrNull() : null,
          guarded ? LoopGuard.key(task.targetGate(), task.arguments()) : LoopGuard.NO_KEY);
    }
  }
}
