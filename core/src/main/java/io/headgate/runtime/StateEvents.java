package io.headgate.runtime;

import io.headgate.AlertKind;
import io.headgate.HeadgateSettings;
import io.headgate.OperatorWord;
import io.headgate.Refusal;
import io.headgate.Snapshot;
import io.headgate.SpendingLimits;
import io.headgate.admission.Reservation;
import java.util.Map;
import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * JFR: changes of state. Those of targets' gates, overruns and jobs are committed on the
 * dispatcher's thread, those of the registry on the caller's. While nobody records, each costs a
 * look at a flag.
 */
final class StateEvents {
  private StateEvents() {}

  /** A target was shut or opened by its limit on overruns. */
  @Name("io.headgate.TargetGate")
  @Label("Target Gate")
  @Category("Headgate")
  @StackTrace(false)
  static final class TargetGateEvent extends Event {
    private static final TargetGateEvent PROBE = new TargetGateEvent();

    @Label("Target")
    String target = "";

    @Label("Open")
    boolean open;

    @Label("Reason")
    String reason = "";

    static void emit(String target, boolean open, String reason) {
      if (PROBE.isEnabled()) {
        var event = new TargetGateEvent();
        event.target = target;
        event.open = open;
        event.reason = reason;
        event.commit();
      }
    }
  }

  /** An attempt outlived its task. */
  @Name("io.headgate.Overrun")
  @Label("Overrun")
  @Category("Headgate")
  @StackTrace(false)
  static final class OverrunEvent extends Event {
    private static final OverrunEvent PROBE = new OverrunEvent();

    @Label("Task")
    long task;

    @Label("Target")
    String target = "";

    @Label("Running")
    int running;

    static void emit(long task, String target, int running) {
      if (PROBE.isEnabled()) {
        var event = new OverrunEvent();
        event.task = task;
        event.target = target;
        event.running = running;
        event.commit();
      }
    }
  }

  /** An attempt failed, and another one is to start. */
  @Name("io.headgate.Retry")
  @Label("Retry")
  @Category("Headgate")
  @StackTrace(false)
  static final class RetryEvent extends Event {
    private static final RetryEvent PROBE = new RetryEvent();

    @Label("Task")
    long task;

    @Label("Agent")
    String agent = "";

    @Label("Target")
    String target = "";

    @Label("Call Class")
    String callClass = "";

    static void emit(long task, String agent, String target, String callClass) {
      if (PROBE.isEnabled()) {
        var event = new RetryEvent();
        event.task = task;
        event.agent = agent;
        event.target = target;
        event.callClass = callClass;
        event.commit();
      }
    }
  }

  /** A second attempt was started beside a slow first one, or answered before it. */
  @Name("io.headgate.Hedge")
  @Label("Hedge")
  @Category("Headgate")
  @StackTrace(false)
  static final class HedgeEvent extends Event {
    private static final HedgeEvent PROBE = new HedgeEvent();

    @Label("Task")
    long task;

    @Label("Agent")
    String agent = "";

    @Label("Target")
    String target = "";

    @Label("Won")
    boolean won;

    static void emit(long task, String agent, String target, boolean won) {
      if (PROBE.isEnabled()) {
        var event = new HedgeEvent();
        event.task = task;
        event.agent = agent;
        event.target = target;
        event.won = won;
        event.commit();
      }
    }
  }

  /** A breaker changed its state. */
  @Name("io.headgate.Breaker")
  @Label("Breaker")
  @Category("Headgate")
  @StackTrace(false)
  static final class BreakerEvent extends Event {
    private static final BreakerEvent PROBE = new BreakerEvent();

    @Label("Target")
    String target = "";

    @Label("Rung")
    int rung;

    @Label("Agent")
    String agent = "";

    @Label("State")
    String state = "";

    static void emit(String target, int rung, String agent, String state) {
      if (PROBE.isEnabled()) {
        var event = new BreakerEvent();
        event.target = target;
        event.rung = rung;
        event.agent = agent;
        event.state = state;
        event.commit();
      }
    }
  }

  /** Another rung of a target's ladder serves; one without a name if none does. */
  @Name("io.headgate.Rung")
  @Label("Rung")
  @Category("Headgate")
  @StackTrace(false)
  static final class RungEvent extends Event {
    private static final RungEvent PROBE = new RungEvent();

    @Label("Target")
    String target = "";

    @Label("Rung")
    int rung;

    @Label("Rung Name")
    String rungName = "";

    static void emit(String target, int rung, String name) {
      if (PROBE.isEnabled()) {
        var event = new RungEvent();
        event.target = target;
        event.rung = rung;
        event.rungName = name;
        event.commit();
      }
    }
  }

  /** An attempt failed, and another one is to start at the next rung. */
  @Name("io.headgate.Fall")
  @Label("Fall")
  @Category("Headgate")
  @StackTrace(false)
  static final class FallEvent extends Event {
    private static final FallEvent PROBE = new FallEvent();

    @Label("Task")
    long task;

    @Label("Agent")
    String agent = "";

    @Label("Target")
    String target = "";

    @Label("Call Class")
    String callClass = "";

    @Label("To Rung")
    int toRung;

    @Label("Beside a Call That Does Not End")
    boolean beside;

    static void emit(Reservation task, String callClass, int toRung, boolean beside) {
      if (PROBE.isEnabled()) {
        var event = new FallEvent();
        event.task = task.taskId();
        event.agent = task.agentGate().id();
        event.target = task.targetGate().id();
        event.callClass = callClass;
        event.toRung = toRung;
        event.beside = beside;
        event.commit();
      }
    }
  }

  /** A target asked to be left alone, or that is over. */
  @Name("io.headgate.Pause")
  @Label("Pause")
  @Category("Headgate")
  @StackTrace(false)
  static final class PauseEvent extends Event {
    private static final PauseEvent PROBE = new PauseEvent();

    @Label("Target")
    String target = "";

    @Label("Paused")
    boolean paused;

    static void emit(String target, boolean paused) {
      if (PROBE.isEnabled()) {
        var event = new PauseEvent();
        event.target = target;
        event.paused = paused;
        event.commit();
      }
    }
  }

  /** What was refused since the last of its kind, for one reason. */
  @Name("io.headgate.Refusals")
  @Label("Refusals")
  @Category("Headgate")
  @StackTrace(false)
  static final class RefusalsEvent extends Event {
    private static final RefusalsEvent PROBE = new RefusalsEvent();

    @Label("Reason")
    String reason = "";

    @Label("Count")
    long count;

    static void emit(Map<Refusal, Long> refused) {
      if (PROBE.isEnabled()) {
        refused.forEach(
            (reason, count) -> {
              var event = new RefusalsEvent();
              event.reason = reason.name();
              event.count = count;
              event.commit();
            });
      }
    }
  }

  /** A task is held for a human, or no longer. */
  @Name("io.headgate.Park")
  @Label("Park")
  @Category("Headgate")
  @StackTrace(false)
  static final class ParkEvent extends Event {
    private static final ParkEvent PROBE = new ParkEvent();

    @Label("Task")
    long task;

    @Label("Agent")
    String agent = "";

    @Label("Target")
    String target = "";

    @Label("Cause")
    String cause = "";

    static void emit(Reservation task, String cause) {
      if (PROBE.isEnabled()) {
        var event = new ParkEvent();
        event.task = task.taskId();
        event.agent = task.agentGate().id();
        event.target = task.targetGate().id();
        event.cause = cause;
        event.commit();
      }
    }
  }

  /** An operator said something. */
  @Name("io.headgate.Operator")
  @Label("Operator")
  @Category("Headgate")
  @StackTrace(false)
  static final class OperatorEvent extends Event {
    private static final OperatorEvent PROBE = new OperatorEvent();

    @Label("Verb")
    String verb = "";

    @Label("Subject")
    String subject = "";

    @Label("Change")
    String change = "";

    @Label("Who")
    String who = "";

    @Label("Why")
    String why = "";

    @Label("Done")
    boolean done;

    static void emit(OperatorWord word) {
      if (PROBE.isEnabled()) {
        var event = new OperatorEvent();
        event.verb = word.verb();
        event.subject = word.subject();
        event.change = word.change();
        event.who = word.by().who();
        event.why = word.by().why();
        event.done = word.done();
        event.commit();
      }
    }
  }

  /** An agent's spending became an alert, or is none any more. */
  @Name("io.headgate.BurnRate")
  @Label("Burn Rate")
  @Category("Headgate")
  @StackTrace(false)
  static final class BurnRateEvent extends Event {
    private static final BurnRateEvent PROBE = new BurnRateEvent();

    @Label("Agent")
    String agent = "";

    @Label("Burning")
    boolean burning;

    @Label("Tokens")
    long tokens;

    @Label("Usual Tokens")
    long usual;

    static void emit(String agent, boolean burning, long tokens, long usual) {
      if (PROBE.isEnabled()) {
        var event = new BurnRateEvent();
        event.agent = agent;
        event.burning = burning;
        event.tokens = tokens;
        event.usual = usual;
        event.commit();
      }
    }
  }

  /** A target's calls say nothing of their usage, or do again. */
  @Name("io.headgate.UsageMissing")
  @Label("Usage Missing")
  @Category("Headgate")
  @StackTrace(false)
  static final class UsageMissingEvent extends Event {
    private static final UsageMissingEvent PROBE = new UsageMissingEvent();

    @Label("Target")
    String target = "";

    @Label("Missing")
    boolean missing;

    static void emit(String target, boolean missing) {
      if (PROBE.isEnabled()) {
        var event = new UsageMissingEvent();
        event.target = target;
        event.missing = missing;
        event.commit();
      }
    }
  }

  /** How many attempts may run at a target at once has changed. */
  @Name("io.headgate.ConcurrencyLimit")
  @Label("Concurrency Limit")
  @Category("Headgate")
  @StackTrace(false)
  static final class ConcurrencyEvent extends Event {
    private static final ConcurrencyEvent PROBE = new ConcurrencyEvent();

    @Label("Target")
    String target = "";

    @Label("Permits")
    int permits;

    static void emit(String target, int permits) {
      if (PROBE.isEnabled()) {
        var event = new ConcurrencyEvent();
        event.target = target;
        event.permits = permits;
        event.commit();
      }
    }
  }

  /** Something is amiss with a target, or no longer. */
  @Name("io.headgate.Alert")
  @Label("Alert")
  @Category("Headgate")
  @StackTrace(false)
  static final class AlertEvent extends Event {
    private static final AlertEvent PROBE = new AlertEvent();

    @Label("Target")
    String target = "";

    @Label("Kind")
    String kind = "";

    @Label("On")
    boolean on;

    @Label("What Was Done")
    String did = "";

    static void emit(String target, AlertKind kind, boolean on) {
      if (PROBE.isEnabled()) {
        var event = new AlertEvent();
        event.target = target;
        event.kind = kind.name();
        event.on = on;
        event.did = kind.did();
        event.commit();
      }
    }
  }

  /** Which new jobs a target lets in has changed. */
  @Name("io.headgate.AdmissionLevel")
  @Label("Admission Level")
  @Category("Headgate")
  @StackTrace(false)
  static final class LevelEvent extends Event {
    private static final LevelEvent PROBE = new LevelEvent();

    @Label("Target")
    String target = "";

    @Label("Lowest Priority")
    String lowest = "";

    @Label("Share of It")
    double share;

    static void emit(String target, Snapshot.Level level) {
      if (PROBE.isEnabled()) {
        var event = new LevelEvent();
        event.target = target;
        event.lowest = level.lowest().name();
        event.share = level.share();
        event.commit();
      }
    }
  }

  /** What a target's provider takes was learned, or has changed. */
  @Name("io.headgate.LimitLearned")
  @Label("Limit Learned")
  @Category("Headgate")
  @StackTrace(false)
  static final class LimitEvent extends Event {
    private static final LimitEvent PROBE = new LimitEvent();

    @Label("Target")
    String target = "";

    @Label("Per Minute")
    long perMinute;

    @Label("Of Tokens")
    boolean ofTokens;

    static void emit(String target, long perMinute, boolean ofTokens) {
      if (PROBE.isEnabled()) {
        var event = new LimitEvent();
        event.target = target;
        event.perMinute = perMinute;
        event.ofTokens = ofTokens;
        event.commit();
      }
    }
  }

  /** What calls use for their answers was learned, or has changed; everybody's without an agent. */
  @Name("io.headgate.EstimateLearned")
  @Label("Estimate Learned")
  @Category("Headgate")
  @StackTrace(false)
  static final class EstimateEvent extends Event {
    private static final EstimateEvent PROBE = new EstimateEvent();

    @Label("Target")
    String target = "";

    @Label("Agent")
    String agent = "";

    @Label("Output Tokens")
    long outputTokens;

    @Label("Calls")
    long calls;

    static void emit(String target, String agent, long outputTokens, long calls) {
      if (PROBE.isEnabled()) {
        var event = new EstimateEvent();
        event.target = target;
        event.agent = agent;
        event.outputTokens = outputTokens;
        event.calls = calls;
        event.commit();
      }
    }
  }

  /** A task was let in with what its job keeps back for one that wraps up. */
  @Name("io.headgate.WrapUp")
  @Label("Wrap-Up")
  @Category("Headgate")
  @StackTrace(false)
  static final class WrapUpEvent extends Event {
    private static final WrapUpEvent PROBE = new WrapUpEvent();

    @Label("Task")
    long task;

    @Label("Job")
    String job = "";

    @Label("Agent")
    String agent = "";

    @Label("Target")
    String target = "";

    static void emit(Reservation task, String job) {
      if (PROBE.isEnabled()) {
        var event = new WrapUpEvent();
        event.task = task.taskId();
        event.job = job;
        event.agent = task.agentGate().id();
        event.target = task.targetGate().id();
        event.commit();
      }
    }
  }

  /** An overall bound was changed: what holds from then on. */
  @Name("io.headgate.LimitsChanged")
  @Label("Limits Changed")
  @Category("Headgate")
  @StackTrace(false)
  static final class LimitsEvent extends Event {
    private static final LimitsEvent PROBE = new LimitsEvent();

    @Label("Tokens")
    long tokens;

    @Label("Money in Nano-Dollars")
    long moneyNanos;

    @Label("Micro-Dollars per Minute")
    long microsPerMinute;

    @Label("Tokens per Minute")
    long tokensPerMinute;

    @Label("Burst Tokens")
    long burstTokens;

    @Label("Parked Tasks at Most")
    int maxParked;

    @Label("Parked Tokens at Most")
    long maxParkedTokens;

    @Label("Retry Spread in Percent")
    int retrySpreadPercent;

    static void emit(HeadgateSettings inForce) {
      if (PROBE.isEnabled()) {
        SpendingLimits spending = inForce.spending();
        var event = new LimitsEvent();
        event.tokens = spending.tokens();
        event.moneyNanos = spending.moneyNanos();
        event.microsPerMinute = spending.microsPerMinute();
        event.tokensPerMinute = inForce.tokensPerMinute();
        event.burstTokens = inForce.burstTokens();
        event.maxParked = inForce.maxParked();
        event.maxParkedTokens = inForce.maxParkedTokens();
        event.retrySpreadPercent = inForce.retrySpreadPercent();
        event.commit();
      }
    }
  }

  /** A job was cut off, since its calls went round in circles too often. */
  @Name("io.headgate.JobLoopedOut")
  @Label("Job Looped Out")
  @Category("Headgate")
  @StackTrace(false)
  static final class JobLoopedOutEvent extends Event {
    private static final JobLoopedOutEvent PROBE = new JobLoopedOutEvent();

    @Label("Job")
    String job = "";

    @Label("Loops")
    int loops;

    static void emit(String job, int loops) {
      if (PROBE.isEnabled()) {
        var event = new JobLoopedOutEvent();
        event.job = job;
        event.loops = loops;
        event.commit();
      }
    }
  }

  /** A job was opened, or nothing of it is left. */
  @Name("io.headgate.Job")
  @Label("Job")
  @Category("Headgate")
  @StackTrace(false)
  static final class JobEvent extends Event {
    private static final JobEvent PROBE = new JobEvent();

    @Label("Job")
    String job = "";

    @Label("Open")
    boolean open;

    static void emit(String job, boolean open) {
      if (PROBE.isEnabled()) {
        var event = new JobEvent();
        event.job = job;
        event.open = open;
        event.commit();
      }
    }
  }

  /** An agent or target was registered, reconfigured or removed. */
  @Name("io.headgate.Registration")
  @Label("Registration")
  @Category("Headgate")
  @StackTrace(false)
  static final class RegistrationEvent extends Event {
    private static final RegistrationEvent PROBE = new RegistrationEvent();

    @Label("What")
    String what = "";

    @Label("Id")
    String id = "";

    @Label("Change")
    String change = "";

    static void emit(String what, String id, String change) {
      if (PROBE.isEnabled()) {
        var event = new RegistrationEvent();
        event.what = what;
        event.id = id;
        event.change = change;
        event.commit();
      }
    }
  }
}
