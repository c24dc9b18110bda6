package io.headgate.engine;

import io.headgate.RetryPolicy;

/**
 * How many retries a target or an agent may still cause: a share of first attempts, and a few a
 * minute beside that. In thousandths of a retry. Bounded, so that a long calm does not save up a
 * storm.
 */
final class RetryBudget {
  private static final long ONE = 1_000;
  private static final long PERCENT = ONE / 100;
  private static final long MAX_SAVED = 20 * ONE;
  private static final long NS_PER_MILLI_OF_ONE_A_MINUTE = 60_000_000_000L / ONE;

  private long saved;
  private long floorFromNs;
  private boolean begun;

  /** A first attempt has started. */
  void first(RetryPolicy policy, long nowNs) {
    refill(policy, nowNs);
    saved = Math.min(MAX_SAVED, saved + policy.budgetPercent() * PERCENT);
  }

  /** Whether there is one left. */
  boolean allows(RetryPolicy policy, long nowNs) {
    refill(policy, nowNs);
    return saved >= ONE;
  }

  /** Spends one. */
  void spend() {
    saved -= ONE;
    assert saved >= 0;
  }

  private void refill(RetryPolicy policy, long nowNs) {
    long floor = policy.budgetFloor();
    if (floor == 0) {
      return; // an agent's is shared by targets, of which others may have one
    }
    if (!begun) {
      begun = true;
      floorFromNs = nowNs;
      saved = Math.min(MAX_SAVED, saved + floor * ONE);
      return;
    }
    long nsEach = NS_PER_MILLI_OF_ONE_A_MINUTE / floor;
    long millis = (nowNs - floorFromNs) / nsEach;
    floorFromNs += millis * nsEach;
    // Not beyond a minute's: what is saved above that came from first attempts.
    if (saved < floor * ONE) {
      saved = Math.min(Math.min(MAX_SAVED, floor * ONE), saved + Math.min(millis, floor * ONE));
    }
  }
}
