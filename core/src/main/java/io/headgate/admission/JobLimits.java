package io.headgate.admission;

import io.headgate.JobSettings;
import io.headgate.ParkPolicy;

/**
 * What a job may call, and when its calls are held for a human: read as one, since it may be
 * changed while the job runs. Immutable.
 */
public record JobLimits(int maxDepth, int maxFanOut, int maxCalls, int maxLoops, ParkPolicy park) {
  /** Those of the settings. */
  public static JobLimits of(JobSettings settings) {
    return new JobLimits(
        settings.maxDepth(),
        settings.maxFanOut(),
        settings.maxCalls(),
        settings.maxLoops(),
        settings.park());
  }

  /** The settings with these in place of theirs. */
  public JobSettings in(JobSettings settings) {
    return settings
        .maxDepth(maxDepth)
        .maxFanOut(maxFanOut)
        .maxCalls(maxCalls)
        .maxLoops(maxLoops)
        .park(park);
  }

  /** At most those of the job of which it is a part. */
  JobLimits within(JobLimits parent) {
    return new JobLimits(
        Math.min(maxDepth, parent.maxDepth),
        Math.min(maxFanOut, parent.maxFanOut),
        Math.min(maxCalls, parent.maxCalls),
        Math.min(maxLoops, parent.maxLoops),
        park.isOff() ? parent.park : park);
  }
}
