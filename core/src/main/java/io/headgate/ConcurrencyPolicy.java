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
 * <p>The rule is that of a gradient limiter (Netflix concurrency-limits) with the estimate of
 * Little's law, as in BBR: what runs at once, over how much slower it runs than alone, is what the
 * target can carry.
 *
 * @param first permits before anything is known, 1 to 100,000, or {@link #NEVER}
 * @param least permits that are always left, 1 to 100,000
 * @param probeEvery the longest time without a look at uncongested latency while calls press, 1 s
 *     to 1 h
 */
public record ConcurrencyPolicy(int first, int least, Duration probeEvery) {
  /** As {@code first}: the target's {@code maxInFlight} alone holds. */
  public static final int NEVER = Integer.MAX_VALUE;

  /** No limit but {@code maxInFlight}. */
  public static final ConcurrencyPolicy OFF =
      new ConcurrencyPolicy(NEVER, 2, Duration.ofSeconds(60));

  /** From 20 permits on, never below 2, a look once a minute. */
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
  }

  /** Whether there is such a limit. */
  public boolean isOn() {
    return first != NEVER;
  }

  /** Permits before anything is known. */
  public ConcurrencyPolicy first(int first) {
    return new ConcurrencyPolicy(first, least, probeEvery);
  }

  /** Permits that are always left. */
  public ConcurrencyPolicy least(int least) {
    return new ConcurrencyPolicy(first, least, probeEvery);
  }

  /** The longest time without a look at uncongested latency. */
  public ConcurrencyPolicy probeEvery(Duration probeEvery) {
    return new ConcurrencyPolicy(first, least, probeEvery);
  }

  /** The same in nanoseconds. */
  public long probeEveryNanos() {
    return probeEvery.toNanos();
  }
}
