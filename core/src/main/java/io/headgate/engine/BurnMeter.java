package io.headgate.engine;

import io.headgate.BurnPolicy;
import java.util.Arrays;

/**
 * What an agent spent within the last short window, in eighths of it, against the mean of those
 * before, the last long window's weighing most. One thread; 150 bytes.
 */
final class BurnMeter {
  private static final int SLOTS = 8;

  final HeapNode<Timer> timer;
  private final long[] slots = new long[SLOTS];
  private BurnPolicy policy;
  private long slotNs;
  private long slot;

  /** The first whole one: windows are counted from it, and none that is cut passes for one. */
  private long firstSlot;

  private long inWindow;

  /** Of whole windows: their weighted sum, and the weights'. */
  private double sum;

  private double weight;
  private boolean burning;

  BurnMeter(AgentEntry agent, BurnPolicy policy, long nowNs) {
    timer = new HeapNode<>(new Timer.OfBurn(agent));
    this.policy = policy;
    follow(policy, nowNs);
  }

  /** Other windows begin anew; else what is known stays known. */
  void follow(BurnPolicy policy, long nowNs) {
    boolean same =
        slotNs != 0
            && policy.shortWindowNanos() == this.policy.shortWindowNanos()
            && policy.longWindowNanos() == this.policy.longWindowNanos();
    this.policy = policy;
    if (!same) {
      slotNs = policy.shortWindowNanos() / SLOTS;
      slot = nowNs / slotNs;
      firstSlot = Math.ceilDiv(nowNs, slotNs);
      Arrays.fill(slots, 0);
      inWindow = 0;
      sum = 0;
      weight = 0;
    }
  }

  void spend(long tokens, long nowNs) {
    roll(nowNs);
    slots[(int) (slot % SLOTS)] += tokens;
    inWindow += tokens;
  }

  private void roll(long nowNs) {
    long now = nowNs / slotNs;
    if (now - slot > SLOTS) {
      // Idle for longer than a window: what was spent before is one's, then came empty ones.
      long idle = (now - slot) / SLOTS;
      windowOver();
      double kept = StrictMath.pow(kept(), (double) idle);
      sum *= kept;
      weight = 1 - (1 - weight) * kept;
      Arrays.fill(slots, 0);
      inWindow = 0;
      slot = now;
    }
    while (slot < now) {
      slot++;
      if (slot > firstSlot && (slot - firstSlot) % SLOTS == 0) {
        windowOver();
      }
      int oldest = (int) (slot % SLOTS);
      inWindow -= slots[oldest];
      slots[oldest] = 0;
    }
  }

  private double kept() {
    return 1 - (double) policy.shortWindowNanos() / policy.longWindowNanos();
  }

  private void windowOver() {
    double share = 1 - kept();
    sum = sum * (1 - share) + inWindow * share;
    weight = weight * (1 - share) + share;
  }

  /** What it spends in a short window; 0 while that is not known. */
  long usual() {
    return weight == 0 ? 0 : (long) (sum / weight);
  }

  /** What it has spent in the last short window. */
  long inWindow() {
    return inWindow;
  }

  boolean isBurning() {
    return burning;
  }

  /** Looks at it now; answers whether an alert begins or ends. */
  boolean look(long nowNs) {
    roll(nowNs);
    double most = Math.max((double) policy.minTokens(), (double) usual() * policy.factor());
    boolean now =
        policy.isOn() && (burning ? inWindow * 2.0 > most : weight > 0 && inWindow > most);
    boolean changed = now != burning;
    burning = now;
    return changed;
  }

  /** When an alert is to be looked at again, whether or not anything is spent. */
  long nextLookNs(long nowNs) {
    return nowNs + slotNs;
  }
}
