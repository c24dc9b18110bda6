package io.headgate.runtime;

import io.headgate.AlertKind;
import io.headgate.CallClass;
import io.headgate.Counters;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.OperatorWord;
import io.headgate.ParkPolicy;
import io.headgate.ParkReason;
import io.headgate.Refusal;
import io.headgate.Snapshot;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;
import io.headgate.engine.BreakerState;
import io.headgate.engine.Ending;
import io.headgate.engine.Engine;
import io.headgate.engine.Unparked;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Measures what happens: histograms, rates, counters, events. All methods are called on the
 * dispatcher's thread; none blocks or runs user code.
 */
interface Observer {
  /** A task was let in. */
  void admitted(Reservation task, long nowNs);

  /** An attempt was started. */
  void started(Reservation task, int attempt, long nowNs);

  /** An attempt failed, and another one is to start at that time or later. */
  void retry(Reservation task, CallClass end, long atNs);

  /**
   * A second attempt answered before the first.
   *
   * @param beside whether at a rung below, beside one that did not end
   */
  void hedgeWon(TaskHandle<?> task, boolean beside);

  /** A breaker changed its state; of everybody if there is no agent. */
  void breaker(TargetGate target, @Nullable AgentGate agent, BreakerState state, long untilNs);

  /** A breaker of a rung below the first changed its state. */
  void rungBreaker(TargetGate target, int rung, BreakerState state, long untilNs);

  /** Another rung of a target's ladder serves; none, if there are no so many. */
  void rung(TargetGate target, int rung);

  /** A task has waited for the first rung's pace for as long as it is to. */
  void patienceOver(Reservation task);

  /** An attempt failed, and another one is to start at the next rung. */
  void fall(Reservation task, CallClass end, int toRung, boolean beside);

  /** A target asked to be left alone until then; 0 when that is over. */
  void paused(TargetGate target, long untilNs);

  /** A task is held for a human. */
  void parked(Reservation task, ParkReason reason, ParkPolicy policy, long actionNs);

  /** What was held, or was to be, goes on. */
  void unparked(Reservation task, ParkPolicy.Action action, Unparked by);

  /**
   * An operator said something.
   *
   * @param byItself whether nobody did, and a parked task's own action followed
   */
  void operated(OperatorWord word, boolean byItself);

  /** An operator held an agent's work up, or a target's; if there is neither, that of all. */
  void held(@Nullable AgentGate agent, @Nullable TargetGate target);

  /** An overall bound was changed: what holds from then on. */
  void limitsChanged(HeadgateSettings inForce);

  /** A job was changed while it ran: what holds from then on. */
  void jobReconfigured(LiveJob job, JobSettings settings);

  /** A job was cut off, since its calls went round in circles too often. */
  void loopedOut(LiveJob job);

  /** An agent's spending became an alert, or is none any more. */
  void burn(AgentGate agent, boolean burning, long tokens, long usual);

  /** Something is amiss with a target, or no longer. */
  void alert(TargetGate target, AlertKind kind, boolean on);

  /** A target's calls say nothing of their usage, or do again. */
  void usageMissing(TargetGate target, boolean missing);

  /** What a target's provider takes was learned, or has changed. */
  void limitLearned(TargetGate target, long perMinute, boolean ofTokens);

  /**
   * What calls use for their answers was learned, or has changed; of everybody's if there is no
   * agent.
   */
  void outputLearned(TargetGate target, @Nullable AgentGate agent, long tokens, long calls);

  /** How many attempts may run at a target at once has changed. */
  void permits(TargetGate target, int permits);

  /** As many of the keys of new jobs are let in at a target; all were before, if it begins. */
  void level(TargetGate target, int level, boolean begins);

  /** A task ended. */
  void ended(Reservation task, Ending ending, boolean waiting, long nowNs, long ranNs);

  /** An attempt's thread ended. */
  void attemptOver(Reservation task, long ranNs);

  /** An attempt outlived its task. */
  void overrun(Reservation task, int overrunsOfTarget);

  /** A target was shut or opened. */
  void targetGate(TargetGate target, boolean open, Refusal reason);

  /** A job was opened. */
  void jobOpened(LiveJob job);

  /** A job is gone. */
  void jobRetired(LiveJob job);

  /** A turn of the dispatcher is over: counters may be published now and then. */
  void turn(Engine engine, long nowNs);

  /**
   * Takes the picture of this moment: copies what a snapshot needs, and no more.
   *
   * @return what builds the snapshot, on the asker's thread
   */
  Supplier<Snapshot> picture(Engine engine);

  /** What it counts. Any thread. */
  Counters counters();

  /** The dispatcher has ended: what is to be delivered and published is, in bounded time. */
  void close(Engine engine);
}
