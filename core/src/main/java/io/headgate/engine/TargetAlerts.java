package io.headgate.engine;

import io.headgate.AlertKind;
import java.util.Arrays;

/**
 * Which alerts of a target are on. One begins at once, and ends when what it is about has been over
 * for {@value #HOLD_NS} ns without a break, so that it does not flap. Not thread-safe.
 */
final class TargetAlerts {
  /** Ten seconds. */
  static final long HOLD_NS = 10_000_000_000L;

  static final AlertKind[] KINDS = AlertKind.values();
  private static final long NEVER = Long.MAX_VALUE;

  private final boolean[] on = new boolean[KINDS.length];

  /** Since when it is over; never while it is not. */
  private final long[] overNs = new long[KINDS.length];

  TargetAlerts() {
    Arrays.fill(overNs, NEVER);
  }

  /** Looks whether it holds, and answers whether the alert begins or ends with that. */
  boolean look(AlertKind kind, boolean holds, long nowNs) {
    int i = kind.ordinal();
    if (holds) {
      overNs[i] = NEVER;
      boolean begins = !on[i];
      on[i] = true;
      return begins;
    }
    if (!on[i]) {
      return false;
    }
    if (overNs[i] == NEVER) {
      overNs[i] = nowNs;
    }
    boolean ends = nowNs - overNs[i] >= HOLD_NS;
    if (ends) {
      overNs[i] = NEVER;
      on[i] = false;
    }
    return ends;
  }

  boolean isOn(AlertKind kind) {
    return on[kind.ordinal()];
  }

  /** When one of them may end; {@link Long#MAX_VALUE} if none is about to. */
  long nextNs() {
    long first = NEVER;
    for (int i = 0; i < overNs.length; i++) {
      first = Math.min(first, overNs[i]);
    }
    return first == NEVER ? NEVER : first + HOLD_NS;
  }
}
