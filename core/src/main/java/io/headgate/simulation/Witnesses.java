package io.headgate.simulation;

import io.headgate.AgentSettings;
import io.headgate.AlertKind;
import io.headgate.CallClass;
import io.headgate.JobSettings;
import io.headgate.ParkPolicy;
import io.headgate.ParkReason;
import io.headgate.Spending;
import io.headgate.SpendingLimits;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TakenAgain;
import io.headgate.admission.TargetGate;
import io.headgate.engine.BreakerState;
import io.headgate.engine.Ending;
import io.headgate.engine.Unparked;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Several witnesses, who see everything in this order. */
record Witnesses(List<Witness> each) implements Witness {
  @Override
  public void taken(VirtualTask task, @Nullable VirtualAttempt caller) {
    each.forEach(w -> w.taken(task, caller));
  }

  @Override
  public void wrote(VirtualTask task, CallClass end) {
    each.forEach(w -> w.wrote(task, end));
  }

  @Override
  public void takenAgain(VirtualTask task, TakenAgain again) {
    each.forEach(w -> w.takenAgain(task, again));
  }

  @Override
  public void funded(VirtualTask task) {
    each.forEach(w -> w.funded(task));
  }

  @Override
  public void limiting(SpendingLimits to) {
    each.forEach(w -> w.limiting(to));
  }

  @Override
  public void limitingRate(long tokensPerMinute, long burstTokens) {
    each.forEach(w -> w.limitingRate(tokensPerMinute, burstTokens));
  }

  @Override
  public void spreading(int percent) {
    each.forEach(w -> w.spreading(percent));
  }

  @Override
  public void limitingParking(int maxParked, long maxParkedTokens) {
    each.forEach(w -> w.limitingParking(maxParked, maxParkedTokens));
  }

  @Override
  public void changingRates(VirtualJob job, long tokens, long micros) {
    each.forEach(w -> w.changingRates(job, tokens, micros));
  }

  @Override
  public void changing(VirtualJob job, JobSettings to) {
    each.forEach(w -> w.changing(job, to));
  }

  @Override
  public void limitRaised() {
    each.forEach(Witness::limitRaised);
  }

  @Override
  public void raised(VirtualJob job) {
    each.forEach(w -> w.raised(job));
  }

  @Override
  public void retried(VirtualTask task, CallClass end, long atNs) {
    each.forEach(w -> w.retried(task, end, atNs));
  }

  @Override
  public void givingBackUnused(VirtualTask task) {
    each.forEach(w -> w.givingBackUnused(task));
  }

  @Override
  public void breaker(
      TargetGate target, @Nullable AgentGate agent, BreakerState state, long untilNs) {
    each.forEach(w -> w.breaker(target, agent, state, untilNs));
  }

  @Override
  public void fell(VirtualTask task, CallClass end, int toRung) {
    each.forEach(w -> w.fell(task, end, toRung));
  }

  @Override
  public void hedgeAsked(VirtualTask task, long nowNs) {
    each.forEach(w -> w.hedgeAsked(task, nowNs));
  }

  @Override
  public void patienceOver(VirtualTask task) {
    each.forEach(w -> w.patienceOver(task));
  }

  @Override
  public void startsCheaper(VirtualTask task, long leftNanos) {
    each.forEach(w -> w.startsCheaper(task, leftNanos));
  }

  @Override
  public void fallsBeside(VirtualTask task, int failed) {
    each.forEach(w -> w.fallsBeside(task, failed));
  }

  @Override
  public void hedgeWon(VirtualTask task, VirtualTask hedge) {
    each.forEach(w -> w.hedgeWon(task, hedge));
  }

  @Override
  public void hedgeOver(VirtualTask hedge, boolean waiting, long nowNs) {
    each.forEach(w -> w.hedgeOver(hedge, waiting, nowNs));
  }

  @Override
  public void rungBreaker(TargetGate target, int rung, BreakerState state, long untilNs) {
    each.forEach(w -> w.rungBreaker(target, rung, state, untilNs));
  }

  @Override
  public void burning(AgentGate agent, boolean burning, long tokens) {
    each.forEach(w -> w.burning(agent, burning, tokens));
  }

  @Override
  public void usageMissing(TargetGate target, boolean missing) {
    each.forEach(w -> w.usageMissing(target, missing));
  }

  @Override
  public void permits(TargetGate target, int permits) {
    each.forEach(w -> w.permits(target, permits));
  }

  @Override
  public void alert(TargetGate target, AlertKind kind, boolean on) {
    each.forEach(w -> w.alert(target, kind, on));
  }

  @Override
  public void level(TargetGate target, int level, long passNs) {
    each.forEach(w -> w.level(target, level, passNs));
  }

  @Override
  public void limitLearned(TargetGate target, long perMinute, boolean ofTokens) {
    each.forEach(w -> w.limitLearned(target, perMinute, ofTokens));
  }

  @Override
  public void outputLearned(TargetGate target, @Nullable AgentGate agent, long tokens) {
    each.forEach(w -> w.outputLearned(target, agent, tokens));
  }

  @Override
  public void outputTold(TargetGate target, @Nullable AgentGate agent, long tokens) {
    each.forEach(w -> w.outputTold(target, agent, tokens));
  }

  @Override
  public void paused(TargetGate target, long untilNs) {
    each.forEach(w -> w.paused(target, untilNs));
  }

  @Override
  public void givingBack(VirtualTask task, @Nullable VirtualAttempt caller) {
    each.forEach(w -> w.givingBack(task, caller));
  }

  @Override
  public void enlarged(VirtualTask task, long tokens, long money) {
    each.forEach(w -> w.enlarged(task, tokens, money));
  }

  @Override
  public void refused(Rejection rejection) {
    each.forEach(w -> w.refused(rejection));
  }

  @Override
  public void changing(AgentGate agent, AgentSettings to) {
    each.forEach(w -> w.changing(agent, to));
  }

  @Override
  public void settling(
      VirtualTask task, long extraTokens, long extraMoney, long tokens, long money) {
    each.forEach(w -> w.settling(task, extraTokens, extraMoney, tokens, money));
  }

  @Override
  public void jobMade(VirtualJob job) {
    each.forEach(w -> w.jobMade(job));
  }

  @Override
  public void jobShut(VirtualJob job) {
    each.forEach(w -> w.jobShut(job));
  }

  @Override
  public void calling(VirtualTask task, long nowNs) {
    each.forEach(w -> w.calling(task, nowNs));
  }

  @Override
  public void advancing(long stampNs) {
    each.forEach(w -> w.advancing(stampNs));
  }

  @Override
  public void applying(Input input) {
    each.forEach(w -> w.applying(input));
  }

  @Override
  public void agentSet(AgentGate agent, AgentSettings settings) {
    each.forEach(w -> w.agentSet(agent, settings));
  }

  @Override
  public void targetSet(TargetGate target, TargetSettings settings) {
    each.forEach(w -> w.targetSet(target, settings));
  }

  @Override
  public void agentGone(AgentGate agent) {
    each.forEach(w -> w.agentGone(agent));
  }

  @Override
  public void targetGone(TargetGate target) {
    each.forEach(w -> w.targetGone(target));
  }

  @Override
  public void agentEvicted(AgentGate agent) {
    each.forEach(w -> w.agentEvicted(agent));
  }

  @Override
  public void holding(@Nullable AgentGate agent, @Nullable TargetGate target, long untilNs) {
    each.forEach(w -> w.holding(agent, target, untilNs));
  }

  @Override
  public void forcing(TargetGate target, @Nullable AgentGate agent, boolean open, long untilNs) {
    each.forEach(w -> w.forcing(target, agent, open, untilNs));
  }

  @Override
  public void parked(VirtualTask task, ParkReason reason, ParkPolicy policy, long actionNs) {
    each.forEach(w -> w.parked(task, reason, policy, actionNs));
  }

  @Override
  public void unparked(VirtualTask task, ParkPolicy.Action action, Unparked by) {
    each.forEach(w -> w.unparked(task, action, by));
  }

  @Override
  public void jobDeadline(VirtualJob job, long deadlineNs, long leftNs) {
    each.forEach(w -> w.jobDeadline(job, deadlineNs, leftNs));
  }

  @Override
  public void held(@Nullable AgentGate agent, @Nullable TargetGate target, long untilNs) {
    each.forEach(w -> w.held(agent, target, untilNs));
  }

  @Override
  public void wordOver(@Nullable TargetGate target, @Nullable AgentGate agent, boolean ofBreaker) {
    each.forEach(w -> w.wordOver(target, agent, ofBreaker));
  }

  @Override
  public void admissions(int lowest, boolean starts, long untilNs) {
    each.forEach(w -> w.admissions(lowest, starts, untilNs));
  }

  @Override
  public void halting() {
    each.forEach(Witness::halting);
  }

  @Override
  public void started(VirtualTask task, int attempt, long nowNs, long deadlineNs) {
    each.forEach(w -> w.started(task, attempt, nowNs, deadlineNs));
  }

  @Override
  public void stopAsked(VirtualTask task) {
    each.forEach(w -> w.stopAsked(task));
  }

  @Override
  public void resumed(VirtualTask task, int join) {
    each.forEach(w -> w.resumed(task, join));
  }

  @Override
  public void ended(VirtualTask task, Ending ending, boolean waiting, long nowNs, long ranNs) {
    each.forEach(w -> w.ended(task, ending, waiting, nowNs, ranNs));
  }

  @Override
  public void attemptOver(VirtualTask task, long nowNs) {
    each.forEach(w -> w.attemptOver(task, nowNs));
  }

  @Override
  public void jobBegun(VirtualJob job) {
    each.forEach(w -> w.jobBegun(job));
  }

  @Override
  public void jobClosed(VirtualJob job) {
    each.forEach(w -> w.jobClosed(job));
  }

  @Override
  public void jobArrived() {
    each.forEach(Witness::jobArrived);
  }

  @Override
  public void jobRefused() {
    each.forEach(Witness::jobRefused);
  }

  @Override
  public void jobOver(VirtualJob job, boolean inTime) {
    each.forEach(w -> w.jobOver(job, inTime));
  }

  @Override
  public void jobRetired(VirtualJob job, Spending spent) {
    each.forEach(w -> w.jobRetired(job, spent));
  }

  @Override
  public void stalled(long untilNs) {
    each.forEach(w -> w.stalled(untilNs));
  }

  @Override
  public void turnOver(boolean quiet) {
    each.forEach(w -> w.turnOver(quiet));
  }
}
