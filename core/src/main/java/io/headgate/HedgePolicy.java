package io.headgate;

import java.time.Duration;

/**
 * When a slow call is made a second time, beside the first ("hedged request", Dean and Barroso,
 * <i>The Tail at Scale</i>, CACM 2013): the first good answer is the task's, and the other attempt
 * is cancelled. Only for tasks that say that their call may be made twice ({@link
 * Task#idempotent}), at most once for each task, and only while it runs on the first rung of its
 * target's ladder.
 *
 * <p>The second attempt starts when the first has run for longer than this percentile of the
 * target's calls. It spends of the target's and the agent's retry budget ({@link
 * RetryPolicy#budgetPercent}, also if retries are off), takes a waiting place, tokens and money of
 * its own, and is subject to the retry's watermark; where one of them is lacking, while nothing
 * more may start, or while the target or the agent is cut off, paused or held, there is none. It
 * has the deadline of the first, and counts as one of its task's attempts.
 *
 * <p>A first attempt that fails, and is not tried again, leaves its task to the second: the task
 * fails when both have.
 *
 * <p>Both attempts run the whole call, so both submit what it submits: the children of a hedged
 * call count twice in the job's calls, at the loop guard ({@link LoopPolicy#sameCalls}, 3 unless
 * set) and in the budgets. Hedge calls that submit nothing, or leave room for that in these bounds.
 * The second attempt itself counts as no call of the job.
 *
 * <p>Immutable, changed by copies as {@link AgentSettings}.
 *
 * @param percentile of the run times of about the last thousand calls, 50 to 99
 * @param minCalls before anything is hedged, 1 to 1,000, or {@link #NEVER}
 * @param minDelay the least wait before the second attempt, 0 to 1 day
 */
public record HedgePolicy(int percentile, int minCalls, Duration minDelay) {
  /** As {@code minCalls}: nothing is hedged. */
  public static final int NEVER = Integer.MAX_VALUE;

  /** Nothing is hedged. */
  public static final HedgePolicy OFF = new HedgePolicy(95, NEVER, Duration.ofMillis(10));

  /** After the 95th percentile of at least 20 calls, and 10 ms at least. */
  public static final HedgePolicy DEFAULT = OFF.minCalls(20);

  private static final int MAX_MIN_CALLS = 1_000;

  /** Checks every bound. */
  public HedgePolicy {
    Bounds.check("hedge policy's percentile", percentile, 50, 99);
    if (minCalls != NEVER) {
      Bounds.check("hedge policy's minCalls", minCalls, 1, MAX_MIN_CALLS);
    }
    var _ =
        Bounds.checkNanos("hedge policy's minDelay", minDelay, Duration.ZERO, Duration.ofDays(1));
  }

  /** Whether anything is hedged. */
  public boolean isOn() {
    return minCalls != NEVER;
  }

  /** After which percentile of the run times. */
  public HedgePolicy percentile(int percentile) {
    return new HedgePolicy(percentile, minCalls, minDelay);
  }

  /** From how many calls on. */
  public HedgePolicy minCalls(int minCalls) {
    return new HedgePolicy(percentile, minCalls, minDelay);
  }

  /** The least wait before the second attempt. */
  public HedgePolicy minDelay(Duration minDelay) {
    return new HedgePolicy(percentile, minCalls, minDelay);
  }

  /** The least wait before the second attempt, in nanoseconds. */
  public long minDelayNanos() {
    return minDelay.toNanos();
  }
}
