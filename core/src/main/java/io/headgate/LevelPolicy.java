package io.headgate;

import java.time.Duration;

/**
 * Which new jobs a target lets in while more come than it can begin: its admission level. When a
 * new job would wait for longer than {@code delay}, or than three calls take there in the mean if
 * that is longer, those of the lowest priority are let in no more, then those of the next, in 1,024
 * steps each by a hash of the job's id, until as many come as begin; when they wait for less, the
 * level rises again (DAGOR: Zhou et al., <i>Overload Control for Scaling WeChat Microservices</i>,
 * SoCC 2018). Who is kept out is refused {@link Refusal#LEVEL}.
 *
 * <p>A job is wholly in or wholly out: only the first calls of jobs are kept out, never one of a
 * job of which a task was let in, of its sub-jobs, or from inside a running call. Nor one of an
 * agent whose turn comes within 0.6 of that delay: a neighbour's queue is not its own. Nor while a
 * {@link ConcurrencyPolicy} has not found yet how many calls the target bears.
 *
 * <p>Off by default: it keeps waits short and spends less in vain, but under a loud neighbour it
 * turns away one or two in a hundred jobs of agents that want less than their share.
 *
 * <p>Immutable, changed by copies as {@link AgentSettings}.
 *
 * @param delay 1 ms to 1 day, or {@link #NEVER}
 */
public record LevelPolicy(Duration delay) {
  /** As {@code delay}: every priority is let in. */
  public static final Duration NEVER = Duration.ofNanos(Long.MAX_VALUE);

  /** Every priority is let in. */
  public static final LevelPolicy OFF = new LevelPolicy(NEVER);

  /** A second, or as long as three calls take. */
  public static final LevelPolicy DEFAULT = new LevelPolicy(Duration.ofSeconds(1));

  /** Checks the bound. */
  public LevelPolicy {
    if (!NEVER.equals(delay)) {
      var _ =
          Bounds.checkNanos(
              "level policy's delay", delay, Duration.ofMillis(1), Duration.ofDays(1));
    }
  }

  /** Whether the level ever falls. */
  public boolean isOn() {
    return !NEVER.equals(delay);
  }

  /** How long a new job may wait at least, in nanoseconds. */
  public long delayNanos() {
    return delay.toNanos();
  }
}
