package io.headgate;

import java.time.Duration;

/**
 * Finds by itself how many calls of a target may run at once: as many as it serves without slowing
 * down, and a little more, so that it is never idle. The limit follows the latency of calls against
 * that of an uncongested target, each normalised by the length of its answer, since a long answer
 * is not a slow one; and it gives way when the target rejects calls or is unavailable; what it
 * answers so is no failure to a breaker, see {@link BreakerPolicy}. It starts at {@code first},
 * grows while more wants to start and calls stay fast, by doubling until it was too large once, and
 * every so often lets fewer calls run for a moment, to see what latency is without congestion now.
 *
 * <p>Never above {@link TargetSettings#maxInFlight}. Of the attempts on the first rung of a ladder.
 * What may not start yet waits in the waiting room. Attempts that wait in a {@code join} say
 * nothing of the target, and take their permits back whatever the limit is.
 *
 * <p>Calls that never answer are no congestion: a call is <i>lost</i> that is out for far longer
 * than those that answer take, while a fair share of those that began with it was over in time.
 * What it holds stands beside the limit, so the part of the target that is alive is used, and its
 * timeout is no cause to give way, nor to a breaker to cut it off ({@link BreakerPolicy}). When
 * more than {@code maxLostPercent} are not over in time it is the target that is slow, and none
 * counts as lost. A timeout of less than about twice and a half of what calls take cannot be told
 * from slowness.
 *
 * <p>The rule is that of a gradient limiter (Netflix concurrency-limits) with the estimate of
 * Little's law, as in BBR: what runs at once, over how much slower it runs than alone, is what the
 * target can carry.
 *
 * @param first permits before anything is known, 1 to 100,000, or {@link #NEVER}
 * @param least permits that are always left, 1 to 100,000
 * @param probeEvery the longest time without a look at uncongested latency while calls press, 1 s
 *     to 1 h
 * @param maxLostPercent the largest share of calls that may be lost, 0 to 95; 0 to tell none from
 *     slow ones
 */
public record ConcurrencyPolicy(int first, int least, Duration probeEvery, int maxLostPercent) {
  /** As {@code first}: the target's {@code maxInFlight} alone holds. */
  public static final int NEVER = Integer.MAX_VALUE;

  /** No limit but {@code maxInFlight}. */
  public static final ConcurrencyPolicy OFF =
      new ConcurrencyPolicy(NEVER, 2, Duration.ofSeconds(60), 75);

  /** From 20 permits on, never below 2, a look once a minute, up to 75 % of calls lost. */
  public static final ConcurrencyPolicy DEFAULT = OFF.first(20);

  private static final int MAX = 100_000;

  /** Checks every bound. */
  public ConcurrencyPolicy {
    if (first != NEVER) {
      Bounds.check("concurrency policy's first", first, 1, MAX);
    }
    Bounds.check("concurrency policy's least", least, 1, MAX);
    var _ =
        Bounds.checkNanos(
            "concurrency policy's probeEvery",
            probeEvery,
            Duration.ofSeconds(1),
            Duration.ofHours(1));
    Bounds.check("concurrency policy's maxLostPercent", maxLostPercent, 0, 95);
  }

  /** Whether there is such a limit. */
  public boolean isOn() {
    return first != NEVER;
  }

  /** Whether lost calls are told from slow ones. */
  public boolean tellsLost() {
    return maxLostPercent > 0;
  }

  /** Permits before anything is known. */
  public ConcurrencyPolicy first(int first) {
    return new ConcurrencyPolicy(first, least, probeEvery, maxLostPercent);
  }

  /** Permits that are always left. */
  public ConcurrencyPolicy least(int least) {
    return new ConcurrencyPolicy(first, least, probeEvery, maxLostPercent);
  }

  /** The longest time without a look at uncongested latency. */
  public ConcurrencyPolicy probeEvery(Duration probeEvery) {
    return new ConcurrencyPolicy(first, least, probeEvery, maxLostPercent);
  }

  /** The largest share of calls that may be lost. */
  public ConcurrencyPolicy maxLostPercent(int maxLostPercent) {
    return new ConcurrencyPolicy(first, least, probeEvery, maxLostPercent);
  }

  /** The same, 0 to 1. */
  public double maxLost() {
    return maxLostPercent / 100.0;
  }

  /** The longest time without a look, in nanoseconds. */
  public long probeEveryNanos() {
    return probeEvery.toNanos();
  }
}
