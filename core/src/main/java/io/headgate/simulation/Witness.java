package io.headgate.simulation;

import io.headgate.AgentSettings;
import io.headgate.AlertKind;
import io.headgate.CallClass;
import io.headgate.JobSettings;
import io.headgate.ParkPolicy;
import io.headgate.ParkReason;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Spending;
import io.headgate.SpendingLimits;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TakenAgain;
import io.headgate.admission.TargetGate;
import io.headgate.engine.BreakerState;
import io.headgate.engine.Ending;
import io.headgate.engine.Unparked;
import org.jspecify.annotations.Nullable;

/**
 * Who sees what happens: a referee who checks it, a recorder who counts it. What is seen at the
 * gates runs ahead of what is seen at the engine.
 */
interface Witness {
  /**
   * A submission that was refused.
   *
   * @param caller the attempt that submitted it, if one did
   * @param arguments their digest, or none
   * @param tokens that it asked for
   * @param money in nano-dollars, likewise
   * @param degradable whether a lower rung might have answered
   * @param nowNs its time, by the submitter's clock
   */
  record Rejection(
      VirtualJob job,
      AgentGate agent,
      TargetGate target,
      @Nullable VirtualAttempt caller,
      long arguments,
      long tokens,
      long money,
      boolean degradable,
      long nowNs,
      Refused<?> refused) {
    boolean child() {
      return caller != null;
    }

    Refusal reason() {
      return refused.reason();
    }
  }

  // ---- at the gates

  /** All gates were passed; the task has no number yet. */
  default void taken(VirtualTask task, @Nullable VirtualAttempt caller) {}

  /** What was taken is about to be given back, since there was no slot. */
  default void givingBack(VirtualTask task, @Nullable VirtualAttempt caller) {}

  /** A reservation was enlarged while its call streamed. */
  default void enlarged(VirtualTask task, long tokens, long money) {}

  /** A submission was refused. */
  default void refused(Rejection rejection) {}

  /** An agent's settings are about to change at the gates. */
  default void changing(AgentGate agent, AgentSettings to) {}

  /** An attempt that is over is about to settle. */
  default void settling(
      VirtualTask task, long extraTokens, long extraMoney, long tokens, long money) {}

  /**
   * An attempt is about to start that costs less than is held; the rest is about to be given back.
   */
  default void startsCheaper(VirtualTask task, long leftNanos) {}

  /** A task has waited for the first rung's pace for as long as it is to. */
  default void patienceOver(VirtualTask task) {}

  /** A call of a writer is over, and its job's guard was told so. */
  default void wrote(VirtualTask task, CallClass end) {}

  /** What an attempt needs that is to follow a failed one was taken, or a part of it. */
  default void takenAgain(VirtualTask task, TakenAgain again) {}

  /** A parked task's tokens and money were taken, at last; the engine is about to be told. */
  default void funded(VirtualTask task) {}

  /** What all together may spend is about to change at the gates. */
  default void limiting(SpendingLimits to) {}

  /** The bucket of all is about to change at the gates. */
  default void limitingRate(long tokensPerMinute, long burstTokens) {}

  /** How far refusals are spread is about to change at the gates. */
  default void spreading(int percent) {}

  /** What may be parked is about to change in the engine, which has come to its time. */
  default void limitingParking(int maxParked, long maxParkedTokens) {}

  /** What a job may spend in a minute is about to change at the gates, if it is open. */
  default void changingRates(VirtualJob job, long tokens, long micros) {}

  /** A job's limits are about to change, at the gates and in the engine, if it is open. */
  default void changing(VirtualJob job, JobSettings to) {}

  /** A limit was changed, and whoever it let go on has gone on. */
  default void limitRaised() {}

  /** A budget was raised, and whoever it covers now has gone on. */
  default void raised(VirtualJob job) {}

  /** A job was opened, its budget carved out of its parent's if it has one. */
  default void jobMade(VirtualJob job) {}

  /** A job's owner closed its account. */
  default void jobShut(VirtualJob job) {}

  // ---- at an attempt's thread

  /** The last look was taken: the call begins. */
  default void calling(VirtualTask task, long nowNs) {}

  // ---- at the engine: inputs

  /** Timers are about to be fired up to this time, each with its own as the time. */
  default void advancing(long stampNs) {}

  /** An input with its stamp, as the dispatcher hands it to the engine; its timers have fired. */
  default void applying(Input input) {}

  default void agentSet(AgentGate agent, AgentSettings settings) {}

  default void targetSet(TargetGate target, TargetSettings settings) {}

  default void agentGone(AgentGate agent) {}

  default void targetGone(TargetGate target) {}

  /** A removed agent is about to be forgotten: its place may be another's. */
  default void agentEvicted(AgentGate agent) {}

  default void halting() {}

  /** An operator's word is about to be given to the engine; 0 to end it. */
  default void holding(@Nullable AgentGate agent, @Nullable TargetGate target, long untilNs) {}

  /** Likewise, and the engine has come to its time. */
  default void forcing(TargetGate target, @Nullable AgentGate agent, boolean open, long untilNs) {}

  // ---- at the engine: effects

  default void started(VirtualTask task, int attempt, long nowNs, long deadlineNs) {}

  default void stopAsked(VirtualTask task) {}

  default void resumed(VirtualTask task, int join) {}

  default void ended(VirtualTask task, Ending ending, boolean waiting, long nowNs, long ranNs) {}

  /** The attempt failed, has settled, and another one starts at that time. */
  default void retried(VirtualTask task, CallClass end, long atNs) {}

  /** The attempt failed, has settled, and another one starts at the next rung. */
  default void fell(VirtualTask task, CallClass end, int toRung) {}

  /** A task's attempt is slow, and a second one is wanted beside it. */
  default void hedgeAsked(VirtualTask task, long nowNs) {}

  /** A task's attempt does not end when it is told to: one at a lower rung is wanted beside it. */
  default void fallsBeside(VirtualTask task, int failed) {}

  /** The second attempt answered first; the task's end follows. */
  default void hedgeWon(VirtualTask task, VirtualTask hedge) {}

  /** The second attempt is no longer wanted, or its own end was told to its task. */
  default void hedgeOver(VirtualTask hedge, boolean waiting, long nowNs) {}

  default void rungBreaker(TargetGate target, int rung, BreakerState state, long untilNs) {}

  /** What was taken once more is about to be given back. */
  default void givingBackUnused(VirtualTask task) {}

  default void breaker(
      TargetGate target, @Nullable AgentGate agent, BreakerState state, long untilNs) {}

  /** An agent's spending became an alert, or is none any more. */
  default void burning(AgentGate agent, boolean burning, long tokens) {}

  /** Something is amiss with a target, or no longer. */
  default void alert(TargetGate target, AlertKind kind, boolean on) {}

  /** A target's calls say nothing of their usage, or do again. */
  default void usageMissing(TargetGate target, boolean missing) {}

  /** How many of a target's attempts may run at once has changed. */
  default void permits(TargetGate target, int permits) {}

  /** As many of the keys of new jobs are let in at a target. */
  default void level(TargetGate target, int level, long passNs) {}

  /** What a target's provider takes was learned, or has changed. */
  default void limitLearned(TargetGate target, long perMinute, boolean ofTokens) {}

  /** What is reserved for the output of calls, as it was learned. */
  default void outputLearned(TargetGate target, @Nullable AgentGate agent, long tokens) {}

  /** That is told to who listens. */
  default void outputTold(TargetGate target, @Nullable AgentGate agent, long tokens) {}

  default void paused(TargetGate target, long untilNs) {}

  default void parked(VirtualTask task, ParkReason reason, ParkPolicy policy, long actionNs) {}

  default void unparked(VirtualTask task, ParkPolicy.Action action, Unparked by) {}

  default void jobDeadline(VirtualJob job, long deadlineNs, long leftNs) {}

  default void held(@Nullable AgentGate agent, @Nullable TargetGate target, long untilNs) {}

  default void admissions(int lowest, boolean starts, long untilNs) {}

  /** An operator's word is over by itself; that on a breaker, if it is one of those. */
  default void wordOver(
      @Nullable TargetGate target, @Nullable AgentGate agent, boolean ofBreaker) {}

  default void attemptOver(VirtualTask task, long nowNs) {}

  default void jobBegun(VirtualJob job) {}

  default void jobClosed(VirtualJob job) {}

  /** A client wants a job. */
  default void jobArrived() {}

  /** Its client knows what became of it. */
  default void jobOver(VirtualJob job, boolean inTime) {}

  /** A job that came was not let in at all. */
  default void jobRefused() {}

  default void jobRetired(VirtualJob job, Spending spent) {}

  // ---- the dispatcher

  /** The dispatcher comes so late to its turn. */
  default void stalled(long untilNs) {}

  /** A turn of the dispatcher is over, and what it asked for is carried out. */
  default void turnOver(boolean quiet) {}
}
