package io.headgate.engine;

import io.headgate.AgentSettings;
import io.headgate.ParkPolicy;
import io.headgate.admission.AgentGate;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** An agent as the engine knows it. */
final class AgentEntry {
  private static final int MAX_CUT_OFFS = 64;
  private static final long HOUR_NS = 3_600_000_000_000L;

  final AgentGate gate;
  final HeapNode<AgentEntry> backlogNode = new HeapNode<>(this);
  final HeapNode<AgentEntry> readyNode = new HeapNode<>(this);
  AgentSettings settings;
  boolean removed;

  /** Virtual token counter: tokens served over weight, times {@link StartOrder#SCALE}. */
  long served;

  /** How often its counter was lifted. */
  int lifts;

  /** Flows with waiting tasks. */
  @Nullable Flow firstFlow;

  /** When an operator held it up, or let it go on, last. */
  long freeNs;

  final Ledger ledger = new Ledger();
  final RetryBudget retryBudget = new RetryBudget();

  /** An operator's word on it; null before the first. */
  @Nullable Hold hold;

  /** Its new jobs' tasks that wait for a permit. */
  int queuedNew;

  int publishedQueuedNew;

  private @Nullable RecentTimes cutOffs;

  /** By the target's index; of those targets whose calls failed of late. */
  private @Nullable Breaker[] breakers = new Breaker[0];

  /** By the target's index; of those targets whose estimates learn. */
  private @Nullable LearnedOutput[] outputs = new LearnedOutput[0];

  AgentEntry(AgentGate gate, AgentSettings settings) {
    this.gate = gate;
    this.settings = settings;
  }

  @Nullable Breaker breaker(TargetEntry target) {
    int index = target.gate.index();
    Breaker breaker = index < breakers.length ? breakers[index] : null;
    return breaker == null || breaker.target != target ? null : breaker;
  }

  void breaker(TargetEntry target, @Nullable Breaker breaker) {
    int index = target.gate.index();
    if (index >= breakers.length) {
      breakers = Arrays.copyOf(breakers, index + 1);
    }
    breakers[index] = breaker;
  }

  /** One more than the largest index of a target that there may be one of. */
  int breakerSlots() {
    return breakers.length;
  }

  @Nullable Breaker breakerAt(int target) {
    return breakers[target];
  }

  boolean isHeld() {
    return Hold.isOn(hold);
  }

  void wasCutOff(long nowNs) {
    if (cutOffs == null) {
      cutOffs = new RecentTimes(MAX_CUT_OFFS);
    }
    cutOffs.add(nowNs);
  }

  void forgetCutOffs() {
    if (cutOffs != null) {
      cutOffs.clear();
    }
  }

  /** Whether its work is held for a human, since it was cut off so often. */
  boolean isParked(long nowNs) {
    ParkPolicy policy = settings.park();
    return cutOffs != null
        && policy.trigger() == ParkPolicy.Trigger.CUT_OFFS
        && cutOffs.hasSince((int) policy.threshold(), nowNs - HOUR_NS);
  }

  @Nullable LearnedOutput output(TargetEntry target) {
    int index = target.gate.index();
    LearnedOutput output = index < outputs.length ? outputs[index] : null;
    return output == null || output.target != target ? null : output;
  }

  /** Of the target with this index, which is below {@link #outputSlots}. */
  @Nullable LearnedOutput outputAt(int index) {
    return outputs[index];
  }

  int outputSlots() {
    return outputs.length;
  }

  void output(TargetEntry target, @Nullable LearnedOutput output) {
    int index = target.gate.index();
    if (index >= outputs.length) {
      outputs = Arrays.copyOf(outputs, index + 1);
    }
    outputs[index] = output;
  }

  int outputCount() {
    int count = 0;
    for (LearnedOutput output : outputs) {
      count += output == null ? 0 : 1;
    }
    return count;
  }

  /** Where its spending may be an alert. */
  @Nullable BurnMeter burn;

  boolean mayStart() {
    return !isHeld() && ledger.running + ledger.claimed < settings.maxInFlight();
  }

  boolean mayResume() {
    return ledger.running < settings.maxInFlight();
  }
}
