package io.headgate.engine;

import io.headgate.AlertKind;
import io.headgate.CallClass;
import io.headgate.ParkPolicy;
import io.headgate.ParkReason;
import io.headgate.Refusal;
import io.headgate.admission.AgentGate;
import io.headgate.admission.JobAccount;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Effects that are written down, one line each, and otherwise come to nothing. */
abstract class EffectLog implements Effects {
  final List<String> log = new ArrayList<>();

  @Override
  public void overrun(Reservation task, int overrunsOfTarget) {
    log.add("overrun " + task.taskId() + " of " + overrunsOfTarget);
  }

  @Override
  public void shut(TargetGate target, Refusal reason) {
    log.add("shut " + target.id() + " " + reason);
  }

  @Override
  public void open(TargetGate target) {
    log.add("open " + target.id());
  }

  @Override
  public void rungBreaker(TargetGate target, int rung, BreakerState state, long untilNs) {
    log.add("breaker " + target.id() + " rung " + rung + " " + state);
  }

  @Override
  public void patienceOver(Reservation task) {}

  @Override
  public void startsCheaper(Reservation task, long leftNanos, long nowNs) {
    log.add("cheaper " + task.taskId() + " " + leftNanos);
  }

  @Override
  public void fallBeside(Reservation task, int failed) {
    log.add("beside " + task.taskId() + " " + failed);
  }

  @Override
  public void publishRung(TargetGate target, int rung, int below) {
    target.publishRung(rung, below);
    log.add("rung " + target.id() + " " + rung);
  }

  @Override
  public void fall(Reservation task, CallClass end, int toRung, boolean beside) {
    log.add("fall " + task.taskId() + " " + end + " " + toRung + (beside ? " beside" : ""));
  }

  @Override
  public void burn(AgentGate agent, boolean burning, long tokens, long usual) {
    log.add("burn " + agent.id() + " " + burning + " " + tokens + " usual " + usual);
  }

  @Override
  public void alert(TargetGate target, AlertKind kind, boolean on) {
    log.add("alert " + target.id() + " " + kind + " " + on);
  }

  @Override
  public void usageMissing(TargetGate target, boolean missing) {
    log.add("usage of " + target.id() + " missing " + missing);
  }

  @Override
  public void limitLearned(TargetGate target, long perMinute, boolean ofTokens) {
    log.add("limit of " + target.id() + " " + perMinute + (ofTokens ? " tokens" : " calls"));
  }

  @Override
  public void permits(TargetGate target, int permits) {
    log.add("permits of " + target.id() + " " + permits);
  }

  @Override
  public void level(TargetGate target, int level, long passNs) {
    target.publishLevel(level, passNs);
    log.add("level of " + target.id() + " " + level);
  }

  @Override
  public void publishOutput(TargetGate target, @Nullable AgentGate agent, long tokens) {
    log.add("output of " + target.id() + (agent == null ? "" : " by " + agent.id()) + " " + tokens);
  }

  @Override
  public void outputLearned(TargetGate target, @Nullable AgentGate agent, long tokens, long calls) {
    log.add("learned " + target.id() + (agent == null ? "" : " by " + agent.id()) + " " + tokens);
  }

  @Override
  public void parked(Reservation task, ParkReason reason, ParkPolicy policy, long actionNs) {
    log.add("parked " + task.taskId() + " " + reason + " " + actionNs);
  }

  @Override
  public void unparked(Reservation task, ParkPolicy.Action action, Unparked by) {
    log.add("unparked " + task.taskId() + " " + action + " " + by);
  }

  @Override
  public void publishParking(boolean full) {
    log.add("parking full " + full);
  }

  @Override
  public void jobDeadline(JobAccount job, long deadlineNs, long leftNs) {
    job.deadlineNs(deadlineNs, leftNs);
    log.add("deadline " + job.index() + " " + deadlineNs);
  }

  @Override
  public void held(@Nullable AgentGate agent, @Nullable TargetGate target, long untilNs) {
    log.add("held " + agent + " " + target + " " + untilNs);
  }

  @Override
  public void wordOver(@Nullable TargetGate target, @Nullable AgentGate agent, boolean ofBreaker) {
    log.add("word over " + (ofBreaker ? "breaker " : "") + agent + " " + target);
  }

  @Override
  public void admissions(int lowest, boolean starts, long untilNs) {
    log.add("admissions " + lowest + " " + starts + " " + untilNs);
  }

  @Override
  public void retry(Reservation task, CallClass end, long atNs) {
    log.add("retry " + task.taskId() + " " + end + " " + atNs);
  }

  @Override
  public void hedge(Reservation task, long startByNs) {
    log.add("hedge " + task.taskId() + " " + startByNs);
  }

  @Override
  public void hedgeWon(Reservation task, Reservation hedge) {
    log.add("hedge " + hedge.taskId() + " won for " + task.taskId());
  }

  @Override
  public void hedgeOver(Reservation hedge, boolean waiting, long nowNs) {
    log.add("hedge " + hedge.taskId() + " over " + waiting);
  }

  @Override
  public void giveBackUnused(Reservation task, long nowNs) {
    log.add("unused " + task.taskId());
  }

  @Override
  public void paused(TargetGate target, long untilNs) {
    log.add("paused " + target.id() + " " + untilNs);
  }
}
