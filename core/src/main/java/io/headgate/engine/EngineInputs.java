package io.headgate.engine;

import io.headgate.AgentSettings;
import io.headgate.JobSettings;
import io.headgate.ParkPolicy;
import io.headgate.SpendingLimits;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.JobAccount;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;
import org.jspecify.annotations.Nullable;

/**
 * All that ever changes an engine: who has these calls, in their order and with their stamps, and
 * the settings and the seed, has every decision. Implemented by {@link Engine}, and by what writes
 * its inputs down. Stamps are in nanoseconds; one thread.
 */
public interface EngineInputs {
  /** An agent was registered at its gate's index, or came back there. */
  void agentRegistered(long stampNs, AgentGate gate, AgentSettings settings);

  /** An agent's settings changed. */
  void agentReconfigured(long stampNs, AgentGate gate, AgentSettings settings);

  /** An agent was removed: what waits for it is cancelled. */
  void agentRemoved(long stampNs, AgentGate gate);

  /** A removed agent, at rest, was forgotten; its index may be used again. */
  void agentEvicted(long stampNs, AgentGate gate);

  /** A target was registered at its gate's index, or came back there. */
  void targetRegistered(long stampNs, TargetGate gate, TargetSettings settings);

  /** A target's settings changed. */
  void targetReconfigured(long stampNs, TargetGate gate, TargetSettings settings);

  /** A target was removed: what waits for it is cancelled. */
  void targetRemoved(long stampNs, TargetGate gate);

  /** A removed target, at rest, was forgotten; its index may be used again. */
  void targetEvicted(long stampNs, TargetGate gate);

  /** A job was opened, or a sub-job was split off its parent. */
  void jobOpened(long stampNs, JobAccount account);

  /** A job's owner closed it. */
  void jobClosed(long stampNs, JobAccount account);

  /** A task was admitted: its place, its tokens and its job's budget are taken. */
  void taskAdmitted(long stampNs, Reservation task);

  /** A task's handle was cancelled. */
  void taskCancelled(long stampNs, Reservation task);

  /** An attempt's thread has ended, settled what it used, and perhaps taken for another one. */
  void attemptEnded(long stampNs, Reservation task, AttemptReport report);

  /** An attempt's thread waits for another task's end, in its {@code join} number {@code join}. */
  void joinBegan(long stampNs, Reservation waiter, int join, Reservation awaited);

  /** An attempt's thread no longer waits: its time is over, or somebody interrupted it. */
  void joinAbandoned(long stampNs, Reservation waiter, int join);

  /**
   * What a second attempt of a running task needs was taken: of a slow one for the same rung, or
   * for a rung below, of one whose call does not end.
   *
   * @param hedge what was taken
   * @param of the task's own
   */
  void hedgeAdmitted(long stampNs, Reservation hedge, Reservation of);

  /** Nothing is started any more; what waits is cancelled and what runs is stopped. */
  void halt(long stampNs);

  /**
   * A parked task's lot is decided. What its job's budget does not cover cannot be let run: see
   * {@link #funded}.
   *
   * @return whether it was parked, and could be let run if that is said
   */
  boolean decide(long stampNs, long taskId, ParkPolicy.Action action);

  /**
   * Nothing of an agent starts, nor is let in.
   *
   * @param untilNs when that ends by itself; 0: it ends now, and what the agent was cut off for is
   *     forgotten
   * @return whether the agent is registered
   */
  boolean holdAgent(long stampNs, AgentGate gate, long untilNs);

  /**
   * Nothing of a target starts, nor is let in.
   *
   * @param untilNs when that ends by itself; 0: it ends now
   * @return whether the target is registered
   */
  boolean holdTarget(long stampNs, TargetGate gate, long untilNs);

  /**
   * Whom admission lets in, in place of what was said before.
   *
   * @param lowest the lowest priority, by ordinal, or {@link io.headgate.admission.Gates#NOBODY},
   *     or {@link io.headgate.admission.Gates#NO_NEW_JOBS}
   * @param starts whether what waits goes on starting
   * @param untilNs when that ends by itself; 0: it ends now
   */
  void holdAll(long stampNs, int lowest, boolean starts, long untilNs);

  /** What came of the wish to force a breaker. */
  enum Forced {
    /** It was. */
    DONE,
    /** The target or the agent is not registered any more. */
    REMOVED,
    /** The agent has none at this target, and {@link Engine#MAX_AGENT_BREAKERS} others have one. */
    NO_ROOM
  }

  /**
   * A breaker is opened, or closed and kept so.
   *
   * @param agent whom it cuts off; null for everybody
   * @param untilNs an open one lets probes through after that; nothing opens a closed one before
   */
  Forced forceBreaker(
      long stampNs, TargetGate target, @Nullable AgentGate agent, boolean open, long untilNs);

  /**
   * A breaker goes on as it was in an engine before this one. One whose policy is off now does not;
   * nor does one that has turned since.
   *
   * @param agent whom it cuts off; null for everybody
   */
  void breakerCarried(
      long stampNs, TargetGate target, @Nullable AgentGate agent, BreakerMemory memory);

  /**
   * An agent was cut off from targets in an engine before this one: its work may be held for that.
   *
   * @param atNs when, the oldest first
   */
  void cutOffsCarried(long stampNs, AgentGate gate, long[] atNs);

  /**
   * What was learned of a target in an engine before this one goes on, if its settings still want
   * it.
   */
  void targetCarried(long stampNs, TargetGate target, TargetMemory what, long value);

  /**
   * Tokens and money were taken for a task that was parked for want of them: it goes on. The engine
   * has come to this time before they were taken, so that the task is still parked.
   */
  void funded(long stampNs, Reservation task);

  /** A job's account was given this budget; see {@link JobAccount#tryChangeBudget}. */
  void budgetChanged(long stampNs, JobAccount account, long tokens, long moneyNanos);

  /**
   * A job's limits were changed; see {@link JobAccount#tryChangeLimits}. Of these the engine uses
   * the rules by which its tasks are held for a human; who is parked already stays so.
   */
  void jobReconfigured(long stampNs, JobAccount account, JobSettings settings);

  /** What a job may spend in a minute was changed. Decides nothing, as {@link #spendingLimited}. */
  void ratesChanged(long stampNs, JobAccount account, long tokens, long micros);

  /**
   * What all agents together may spend was changed. Decides nothing: who is let in is not asked.
   */
  void spendingLimited(long stampNs, SpendingLimits limits);

  /** The bucket of all agents was changed. Decides nothing, as {@link #spendingLimited}. */
  void rateLimited(long stampNs, long tokensPerMinute, long burstTokens);

  /** What may be parked at once was changed: who is parked stays so. */
  void parkingLimited(long stampNs, int maxParked, long maxParkedTokens);

  /** How far refusals are spread was changed. Decides nothing, as {@link #spendingLimited}. */
  void retriesSpread(long stampNs, int percent);
}
