package io.headgate.simulation;

import io.headgate.admission.Ids;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Jobs that arrive for a while.
 *
 * @param arrivals when
 * @param job what each does
 * @param from when the load begins, from the start of the simulation
 * @param to when the last may arrive
 * @param agent whose jobs these are; null for all agents in turn
 */
public record Load(
    Arrivals arrivals, JobModel job, Duration from, Duration to, @Nullable String agent) {
  /** Checks the bounds. */
  public Load {
    Checks.notNull("load's arrivals", arrivals, "use Arrivals.Poisson");
    Checks.notNull("load's job", job, "use JobModel.chat()");
    var _ = Checks.nanos("load's from", from, Duration.ZERO, Disturbance.LATEST);
    // One without a moment would have no job, and all of none in time.
    var _ = Checks.nanos("load's to", to, from.plusNanos(1), Disturbance.LATEST);
    if (agent != null) {
      Ids.check("agent", agent);
    }
  }

  /** Of all agents in turn. */
  public Load(Arrivals arrivals, JobModel job, Duration from, Duration to) {
    this(arrivals, job, from, to, null);
  }

  /** From the start to this time. */
  public static Load of(Arrivals arrivals, JobModel job, Duration to) {
    return new Load(arrivals, job, Duration.ZERO, to);
  }

  /** Of this agent alone. */
  public Load by(String agent) {
    return new Load(arrivals, job, from, to, agent);
  }
}
