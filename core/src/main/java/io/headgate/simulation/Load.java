package io.headgate.simulation;

import java.time.Duration;

/**
 * Jobs that arrive for a while.
 *
 * @param arrivals when
 * @param job what each does
 * @param from when the load begins, from the start of the simulation
 * @param to when the last may arrive
 */
public record Load(Arrivals arrivals, JobModel job, Duration from, Duration to) {
  /** Checks the bounds. */
  public Load {
    Checks.notNull("load's arrivals", arrivals, "use Arrivals.Poisson");
    Checks.notNull("load's job", job, "use JobModel.chat()");
    var _ = Checks.nanos("load's from", from, Duration.ZERO, Disturbance.LATEST);
    // One without a moment would have no job, and all of none in time.
    var _ = Checks.nanos("load's to", to, from.plusNanos(1), Disturbance.LATEST);
  }

  /** From the start to this time. */
  public static Load of(Arrivals arrivals, JobModel job, Duration to) {
    return new Load(arrivals, job, Duration.ZERO, to);
  }
}
