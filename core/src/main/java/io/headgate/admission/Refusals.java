package io.headgate.admission;

import io.headgate.Refusal;
import io.headgate.Refused;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The answers of refusal, made beforehand: one for each reason and rounded retry-after. The scale
 * is log-linear, 32 steps an octave from 1 µs to 19 hours, rounded up: so fine that who is spread
 * over an octave does not come back in a few clumps.
 */
public final class Refusals {
  private static final int STEP_BITS = 5;
  private static final int STEPS = 1 << STEP_BITS;
  private static final int MIN_BITS = 10;
  private static final int MAX_BITS = 46;
  private static final long LONGEST_NS = 1L << MAX_BITS;
  private static final int PERCENT = 100;
  private static final int LENGTH = 2 + (MAX_BITS - MIN_BITS) * STEPS;
  private static final Refused<?>[][] ANSWERS = new Refused<?>[Refusal.values().length][LENGTH];

  static {
    for (int i = 0; i < LENGTH; i++) {
      Duration retryAfter = Duration.ofNanos(upperNs(i));
      for (Refusal reason : Refusal.values()) {
        if (i > 0 && !reason.retryable()) {
          continue; // waiting never helps
        }
        ANSWERS[reason.ordinal()][i] = new Refused<@Nullable Object>(reason, retryAfter);
      }
    }
  }

  private Refusals() {}

  /** The answer for a reason that waiting does not help. */
  public static Refused<?> of(Refusal reason) {
    return ANSWERS[reason.ordinal()][0];
  }

  /**
   * Later, evenly by the hash, from at once to so many percent of a time: who is told to come back
   * with many others.
   */
  static long spread(long retryAfterNs, long overNs, int percent, long hash) {
    long most = Math.clamp(overNs, 0, LONGEST_NS) * percent / PERCENT;
    return retryAfterNs <= 0
        ? retryAfterNs
        : Math.min(retryAfterNs, LONGEST_NS) + Math.unsignedMultiplyHigh(hash, most + 1);
  }

  /** The answer for a reason and a time to come back, at most 1/32 later than asked for. */
  public static Refused<?> of(Refusal reason, long retryAfterNs) {
    return ANSWERS[reason.ordinal()][reason.retryable() ? indexOf(retryAfterNs) : 0];
  }

  static int indexOf(long ns) {
    if (ns <= 0) {
      return 0;
    }
    if (ns <= 1L << MIN_BITS) {
      return 1;
    }
    // The step whose upper end is at or above ns: steps are (low, high], hence the minus one.
    long below = ns - 1;
    int octave = 63 - Long.numberOfLeadingZeros(below);
    if (octave >= MAX_BITS) {
      return LENGTH - 1;
    }
    int step = (int) (below >>> (octave - STEP_BITS)) & (STEPS - 1);
    return 2 + (octave - MIN_BITS) * STEPS + step;
  }

  static long upperNs(int index) {
    if (index < 2) {
      return index == 0 ? 0 : 1L << MIN_BITS;
    }
    int octave = MIN_BITS + (index - 2) / STEPS;
    int step = (index - 2) % STEPS;
    return (1L << octave) + ((step + 1L) << (octave - STEP_BITS));
  }
}
