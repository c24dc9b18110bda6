package io.headgate.journal;

import io.headgate.AlertKind;
import io.headgate.CallClass;
import io.headgate.ParkPolicy;
import io.headgate.ParkReason;
import io.headgate.Refusal;
import io.headgate.Spending;
import io.headgate.admission.AgentGate;
import io.headgate.admission.JobAccount;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;
import io.headgate.admission.Trial;
import io.headgate.engine.BreakerState;
import io.headgate.engine.Effects;
import io.headgate.engine.Ending;
import io.headgate.engine.Unparked;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Carries nothing out, and keeps in mind who may be gone: for who wants to hear of some of the
 * engine's decisions. Who overrides calls this one too.
 */
class QuietEffects implements Effects {
  private final List<Reservation> over = new ArrayList<>();
  private final List<JobAccount> retired = new ArrayList<>();

  /** Who may be gone since the last call; each is told once. */
  final void forEachOver(Consumer<Reservation> task, Consumer<JobAccount> job) {
    if (!over.isEmpty()) {
      over.forEach(task);
      over.clear();
    }
    if (!retired.isEmpty()) {
      retired.forEach(job);
      retired.clear();
    }
  }

  @Override
  public void start(
      Reservation task, int attempt, long nowNs, long deadlineNs, @Nullable Trial trial) {}

  @Override
  public void startsCheaper(Reservation task, long leftNanos, long nowNs) {}

  @Override
  public void patienceOver(Reservation task) {}

  @Override
  public void stop(Reservation task) {}

  @Override
  public void resume(Reservation task, int join) {}

  @Override
  public void end(Reservation task, Ending ending, boolean waiting, long nowNs, long ranNs) {
    over.add(task);
  }

  @Override
  public void attemptOver(Reservation task, long nowNs, long ranNs) {
    over.add(task);
  }

  @Override
  public void retry(Reservation task, CallClass end, long atNs) {}

  @Override
  public void hedge(Reservation task, long startByNs) {}

  @Override
  public void fallBeside(Reservation task, int failed) {}

  @Override
  public void hedgeWon(Reservation task, Reservation hedge) {}

  @Override
  public void hedgeOver(Reservation hedge, boolean waiting, long nowNs) {
    over.add(hedge);
  }

  @Override
  public void giveBackUnused(Reservation task, long nowNs) {}

  @Override
  public void jobBegun(JobAccount job) {}

  @Override
  public void jobClosed(JobAccount job) {}

  @Override
  public void jobRetired(JobAccount job, Spending spent) {
    retired.add(job);
  }

  @Override
  public void overrun(Reservation task, int overrunsOfTarget) {}

  @Override
  public void shut(TargetGate target, Refusal reason) {}

  @Override
  public void open(TargetGate target) {}

  @Override
  public void breaker(
      TargetGate target, @Nullable AgentGate agent, BreakerState state, long untilNs) {}

  @Override
  public void rungBreaker(TargetGate target, int rung, BreakerState state, long untilNs) {}

  @Override
  public void publishRung(TargetGate target, int rung, int below) {}

  @Override
  public void fall(Reservation task, CallClass end, int toRung, boolean beside) {}

  @Override
  public void paused(TargetGate target, long untilNs) {}

  @Override
  public void limitLearned(TargetGate target, long perMinute, boolean ofTokens) {}

  @Override
  public void permits(TargetGate target, int permits) {}

  @Override
  public void level(TargetGate target, int level, long passNs) {}

  @Override
  public void parked(Reservation task, ParkReason reason, ParkPolicy policy, long actionNs) {}

  @Override
  public void unparked(Reservation task, ParkPolicy.Action action, Unparked by) {}

  @Override
  public void publishParking(boolean full) {}

  @Override
  public void jobDeadline(JobAccount job, long deadlineNs, long leftNs) {}

  @Override
  public void held(@Nullable AgentGate agent, @Nullable TargetGate target, long untilNs) {}

  @Override
  public void admissions(int lowest, boolean starts, long untilNs) {}

  @Override
  public void wordOver(@Nullable TargetGate target, @Nullable AgentGate agent, boolean ofBreaker) {}

  @Override
  public void cutOff(
      TargetGate target,
      @Nullable AgentGate agent,
      long untilNs,
      int probes,
      boolean pause,
      int trial) {}

  @Override
  public void restore(TargetGate target, @Nullable AgentGate agent) {}

  @Override
  public void burn(AgentGate agent, boolean burning, long tokens, long usual) {}

  @Override
  public void alert(TargetGate target, AlertKind kind, boolean on) {}

  @Override
  public void usageMissing(TargetGate target, boolean missing) {}

  @Override
  public void publishStartInterval(long startIntervalNs) {}

  @Override
  public void publishOutput(TargetGate target, @Nullable AgentGate agent, long tokens) {}

  @Override
  public void outputLearned(
      TargetGate target, @Nullable AgentGate agent, long tokens, long calls) {}

  @Override
  public void publishQueued(AgentGate agent, int queuedNew) {}

  @Override
  public void publishRound(TargetGate target, int priority, long roundNs) {}

  @Override
  public void publishEstimates(
      TargetGate target, int priority, long waitOfNewNs, long waitOfBegunNs, long jobNs) {}
}
