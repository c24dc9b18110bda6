package io.headgate.admission;

import io.headgate.Agent;
import io.headgate.AgentSettings;
import io.headgate.Refusal;
import io.headgate.SpendingLimits;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.agrona.concurrent.NanoClock;
import org.jspecify.annotations.Nullable;

/**
 * An agent as admission sees it: its waiting places and its token bucket. Submitters and the
 * dispatcher write the two words; the rest is published by the registrar.
 */
public final class AgentGate extends Gate implements Agent {
  private final WaitingRoom waitingRoom = new WaitingRoom();
  private final TokenBucket bucket;
  private final OutputEstimates outputEstimates = new OutputEstimates();
  private final Object reconfiguring = new Object();
  private volatile AgentSettings settings;
  private volatile int queuedNew;

  // Made when a limit is first set, and kept: what was spent stays spent.
  private volatile @Nullable SpendingAccount spending;

  // By the target's index; null while the agent is cut off from none. Replaced as a whole.
  private volatile @Nullable Cutoff @Nullable [] cutoffs;

  /** A gate at this index of the engine's table of agents. */
  public AgentGate(String id, int index, AgentSettings settings, Registrar registrar) {
    super(id, index, registrar);
    this.settings = settings;
    this.bucket = new TokenBucket(settings.tokensPerMinute(), settings.burstTokens());
    this.spending = SpendingAccount.of(settings.spending());
  }

  @Override
  public AgentSettings settings() {
    return settings;
  }

  @Override
  public void reconfigure(UnaryOperator<AgentSettings> change) {
    // One at a time, so that of two changes of different settings none is lost.
    synchronized (reconfiguring) {
      registrar.reconfigure(this, Changes.apply("agent", change, settings));
    }
  }

  @Override
  public void remove() {
    registrar.remove(this);
  }

  /** Takes over changed settings. Called by the registrar, one at a time. */
  public void apply(AgentSettings settings, NanoClock clock) {
    limit(settings.spending(), clock);
    this.settings = settings;
    bucket.reconfigure(settings.tokensPerMinute(), settings.burstTokens(), clock);
  }

  private void limit(SpendingLimits limits, NanoClock clock) {
    SpendingAccount account = spending;
    if (account != null) {
      account.limit(limits, clock);
    } else {
      spending = SpendingAccount.of(limits);
    }
  }

  /** What it has reserved and spent since a limit was first set; null if there never was one. */
  public @Nullable SpendingAccount spending() {
    return spending;
  }

  /** Counts what it had spent before the process died. Before it is published. */
  public void carrySpending(long tokens, long moneyNanos) {
    spending = SpendingAccount.carried(spending, tokens, moneyNanos);
  }

  /** Whether its quotas cannot be told from new ones. */
  public boolean isBlank(long nowNs) {
    SpendingAccount account = spending;
    return bucket.isFull(nowNs) && (account == null || account.isBlank(nowNs));
  }

  /** Its places. */
  public WaitingRoom waitingRoom() {
    return waitingRoom;
  }

  /** Its tokens. */
  public TokenBucket bucket() {
    return bucket;
  }

  /** An operator pauses it until then, or ends that (0). Called by the dispatcher. */
  public void hold(long untilNs) {
    boolean _ =
        untilNs == 0 ? openIf(Refusal.AGENT_PAUSED) : shutIfOpen(Refusal.AGENT_PAUSED, untilNs);
  }

  /** Publishes how many tasks of its new jobs wait. Called by the dispatcher, seldom. */
  public void publishQueued(int queuedNew) {
    this.queuedNew = queuedNew;
  }

  /** As last published. */
  public int queuedNew() {
    return queuedNew;
  }

  OutputEstimates outputEstimates() {
    return outputEstimates;
  }

  /** Cuts it off from one target, or ends that. Called by the dispatcher. */
  public void cutOff(int target, @Nullable Cutoff cutoff) {
    @Nullable Cutoff[] before = cutoffs;
    @Nullable Cutoff[] after =
        before == null
            ? new Cutoff[target + 1]
            : Arrays.copyOf(before, Math.max(before.length, target + 1));
    after[target] = cutoff;
    boolean any = false;
    for (Cutoff each : after) {
      any |= each != null;
    }
    cutoffs = any ? after : null;
  }

  /** What cuts it off from the target at this index, or null. */
  public @Nullable Cutoff cutoff(int target) {
    @Nullable Cutoff[] present = cutoffs;
    return present == null || target >= present.length ? null : present[target];
  }
}
