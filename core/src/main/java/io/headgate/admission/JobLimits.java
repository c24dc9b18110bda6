package io.headgate.admission;

import io.headgate.JobSettings;
import io.headgate.ParkPolicy;

/**
 * What a job may call, when its calls are held for a human, and what of its budget it keeps back:
 * read as one, since it may be changed while the job runs. Immutable.
 */
public record JobLimits(
    int maxDepth,
    int maxFanOut,
    int maxCalls,
    int maxLoops,
    ParkPolicy park,
    int wrapUpPercent,
    ParkPolicy parkAtBudget) {
  /** Those of the settings. */
  public static JobLimits of(JobSettings settings) {
    return new JobLimits(
        settings.maxDepth(),
        settings.maxFanOut(),
        settings.maxCalls(),
        settings.maxLoops(),
        settings.park(),
        settings.wrapUpPercent(),
        settings.parkAtBudget());
  }

  /** The settings with these in place of theirs. */
  public JobSettings in(JobSettings settings) {
    return settings
        .maxDepth(maxDepth)
        .maxFanOut(maxFanOut)
        .maxCalls(maxCalls)
        .maxLoops(maxLoops)
        .park(park)
        .wrapUpPercent(wrapUpPercent)
        .parkAtBudget(parkAtBudget);
  }

  /** At most those of the job of which it is a part; its own budget cannot be raised. */
  JobLimits within(JobLimits parent) {
    return new JobLimits(
        Math.min(maxDepth, parent.maxDepth),
        Math.min(maxFanOut, parent.maxFanOut),
        Math.min(maxCalls, parent.maxCalls),
        Math.min(maxLoops, parent.maxLoops),
        park.isOff() ? parent.park : park,
        wrapUpPercent,
        ParkPolicy.OFF);
  }
}
