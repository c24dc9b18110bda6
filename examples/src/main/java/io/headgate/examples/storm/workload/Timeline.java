package io.headgate.examples.storm.workload;

import java.time.Duration;

/**
 * Calm, then a surge while part of the provider is out, then calm.
 *
 * @param calmBefore how long the first calm lasts
 * @param surge how long surge and outage last
 * @param calmAfter how long jobs keep arriving after the surge
 * @param calmJobsPerSecond arrivals in calm
 * @param surgeFactor how many times that in the surge
 */
public record Timeline(
    Duration calmBefore,
    Duration surge,
    Duration calmAfter,
    double calmJobsPerSecond,
    int surgeFactor) {
  public Timeline {
    if (!calmBefore.isPositive() || surge.isNegative() || calmAfter.isNegative()) {
      throw new IllegalArgumentException(
          "a timeline has a first calm above 0 and no negative part, got %s, %s, %s"
              .formatted(calmBefore, surge, calmAfter));
    }
    if (!(calmJobsPerSecond > 0 && calmJobsPerSecond <= 1_000)
        || surgeFactor < 1
        || surgeFactor > 100) {
      throw new IllegalArgumentException(
          "calm has up to 1,000 jobs a second and the surge 1 to 100 times that, got %s and %d"
              .formatted(calmJobsPerSecond, surgeFactor));
    }
  }

  public long startNanos(Phase phase) {
    return switch (phase) {
      case BEFORE -> 0;
      case DURING -> calmBefore.toNanos();
      case AFTER -> calmBefore.plus(surge).toNanos();
    };
  }

  public long endNanos(Phase phase) {
    return startNanos(phase) + length(phase).toNanos();
  }

  public Duration length(Phase phase) {
    return switch (phase) {
      case BEFORE -> calmBefore;
      case DURING -> surge;
      case AFTER -> calmAfter;
    };
  }

  /** When the last job may arrive. */
  public long endNanos() {
    return endNanos(Phase.AFTER);
  }

  public double jobsPerSecond(Phase phase) {
    return phase == Phase.DURING ? calmJobsPerSecond * surgeFactor : calmJobsPerSecond;
  }

  /** The phase at a time; the last one after the end. */
  public Phase at(long nanos) {
    if (nanos < startNanos(Phase.DURING)) {
      return Phase.BEFORE;
    }
    return nanos < startNanos(Phase.AFTER) ? Phase.DURING : Phase.AFTER;
  }
}
