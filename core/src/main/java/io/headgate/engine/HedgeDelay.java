package io.headgate.engine;

import io.headgate.HedgePolicy;
import org.jspecify.annotations.Nullable;

/** For how long a target's call runs before it counts as slow enough for a second one. */
final class HedgeDelay {
  /** It is not known yet. */
  static final long NEVER = Long.MAX_VALUE;

  /** In units of a quarter of a millisecond, so that the histogram reaches over four minutes. */
  private static final int UNIT_SHIFT = 18;

  /** Between two looks at the quantile. */
  private static final int LOOK_CALLS = 8;

  private @Nullable LogHistogram runs;
  private long delayNs = NEVER;
  private int sinceLook;

  /** A call of the target has run for so long, or for longer and was cancelled. */
  void ran(long ranNs, HedgePolicy policy) {
    if (!policy.isOn()) {
      runs = null;
      return;
    }
    if (runs == null) {
      runs = new LogHistogram();
      sinceLook = LOOK_CALLS;
    }
    runs.add(ranNs >> UNIT_SHIFT);
    sinceLook++;
  }

  /** After how long a second call starts beside the first; {@link #NEVER} while it is not known. */
  long ns(HedgePolicy policy) {
    LogHistogram runs = this.runs;
    if (!policy.isOn() || runs == null || runs.total() < policy.minCalls()) {
      return NEVER;
    }
    if (sinceLook >= LOOK_CALLS || delayNs == NEVER) {
      sinceLook = 0;
      delayNs = (runs.quantile(policy.percentile()) + 1) << UNIT_SHIFT;
    }
    return Math.max(delayNs, policy.minDelayNanos());
  }

  /** The policy has changed, and with it perhaps the percentile. */
  void look() {
    delayNs = NEVER;
  }
}
