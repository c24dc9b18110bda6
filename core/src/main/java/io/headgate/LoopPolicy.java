package io.headgate;

import java.time.Duration;

/**
 * When a call of a target is one repetition too many. Immutable, changed by copies as {@link
 * AgentSettings}; changed for a target that runs, it holds from the next submission on.
 *
 * <p>Two calls are the same when they have the same target and the same {@link
 * Task#arguments(long)}; who asks does not matter. Looked at within a job, for each sub-job by
 * itself, and only for tasks with arguments: a lambda has none to look at. Therefore a tool's
 * target (one with no output tokens) refuses tasks without them, with an {@code
 * IllegalArgumentException}, unless this is {@link #OFF}.
 *
 * <p>A same call counts from its admission on, be it still on its way, exactly, however many
 * threads race; one that a later gate refuses counts no more. When a call of <em>another</em> kind
 * at a target that is a {@link TargetSettings#writer} has changed the world, the count begins anew.
 *
 * <p>A cycle is of 2 to {@code maxPeriod} calls, not all the same, that has been run through {@code
 * cycleRounds} times: the call that would begin the next round is refused. It follows the order of
 * admissions; a refused call stands in it too, so that who goes on with the cycle is refused again,
 * and who insists on that call as well. Its own writers do not excuse it, others do.
 *
 * <p>A job remembers its last 32 calls for cycles, and 128 different ones for the same: of more,
 * those that were called longest ago are forgotten, and then count from nothing. That is at most 20
 * kB a job at the defaults, and 70 kB with {@code sameCalls} of 16; nothing for a job without
 * arguments. A call with arguments costs well under a microsecond and allocates about 1 kB.
 *
 * @param sameCalls how often the same call is let in, 1 to 16, or {@link #UNLIMITED}
 * @param window within how long, 1 ms to 365 days; {@link #WHOLE_JOB} for as long as the job lasts
 * @param maxPeriod the longest cycle that is looked for, 1 to 8; 1 for none
 * @param cycleRounds how often one may be run through, 2 to 4
 * @param normaliser makes near-equal arguments equal
 */
public record LoopPolicy(
    int sameCalls,
    Duration window,
    int maxPeriod,
    int cycleRounds,
    ArgumentsNormaliser normaliser) {
  /** As {@code sameCalls}: the same call may come any number of times. */
  public static final int UNLIMITED = Integer.MAX_VALUE;

  /** The most same calls that are counted. */
  public static final int MOST_SAME_CALLS = 16;

  /** As {@code window}: as long as the job lasts. */
  public static final Duration WHOLE_JOB = Duration.ofDays(365);

  /** Three same calls in a job, two rounds of a cycle of up to eight calls. */
  public static final LoopPolicy DEFAULT =
      new LoopPolicy(3, WHOLE_JOB, 8, 2, ArgumentsNormaliser.NONE);

  /** Nothing is looked at. */
  public static final LoopPolicy OFF =
      new LoopPolicy(UNLIMITED, WHOLE_JOB, 1, 2, ArgumentsNormaliser.NONE);

  /** Checks every bound. */
  public LoopPolicy {
    if (sameCalls != UNLIMITED) {
      Bounds.check("loop's sameCalls", sameCalls, 1, MOST_SAME_CALLS);
    }
    var _ = Bounds.checkNanos("loop's window", window, Duration.ofMillis(1), WHOLE_JOB);
    Bounds.check("loop's maxPeriod", maxPeriod, 1, 8);
    Bounds.check("loop's cycleRounds", cycleRounds, 2, 4);
    Bounds.notNull("loop's normaliser", normaliser, "use ArgumentsNormaliser.NONE");
  }

  /** How often the same call is let in. */
  public LoopPolicy sameCalls(int sameCalls) {
    return new LoopPolicy(sameCalls, window, maxPeriod, cycleRounds, normaliser);
  }

  /** Within how long; for a tool that is polled, a little more than the pause between two polls. */
  public LoopPolicy window(Duration window) {
    return new LoopPolicy(sameCalls, window, maxPeriod, cycleRounds, normaliser);
  }

  /** The longest cycle that is looked for, and how often it may be run through. */
  public LoopPolicy cycles(int maxPeriod, int rounds) {
    return new LoopPolicy(sameCalls, window, maxPeriod, rounds, normaliser);
  }

  /** What makes near-equal arguments equal. */
  public LoopPolicy normaliser(ArgumentsNormaliser normaliser) {
    return new LoopPolicy(sameCalls, window, maxPeriod, cycleRounds, normaliser);
  }

  /** Whether nothing is looked at. */
  public boolean isOff() {
    return sameCalls == UNLIMITED && maxPeriod == 1;
  }
}
