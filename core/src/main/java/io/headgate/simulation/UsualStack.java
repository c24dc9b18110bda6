package io.headgate.simulation;

import io.headgate.BreakerPolicy;
import io.headgate.DegradationPolicy;
import io.headgate.HeadgateSettings;
import io.headgate.TargetSettings;
import java.time.Duration;

/**
 * What a host has that wraps its calls one by one: a circuit breaker and three attempts as
 * Resilience4j has them by default, or a fallback in a {@code catch}. It knows no agents, no jobs
 * and no queue, and hears no {@code Retry-After}.
 */
final class UsualStack {
  private static final int ATTEMPTS = 3;
  private static final Duration WAIT = Duration.ofMillis(500);
  private static final Duration OPEN = Duration.ofSeconds(60);
  private static final Duration FOREVER = Duration.ofDays(1);

  /** Of which its breaker looks at the share that failed: half of them open it. */
  static final int CALLS = 100;

  private static final int PROBES = 10;
  private static final Duration AT_ONCE = Duration.ofMillis(1);
  private static final Duration NEVER_SLOW = Duration.ofHours(1);

  private UsualStack() {}

  /**
   * Half of the last hundred calls failed, or all of them longer than a minute: open for a minute,
   * then ten calls to see.
   */
  static TargetSettings target(TargetSettings settings) {
    return Overload.bare(settings)
        .breaker(
            BreakerPolicy.DEFAULT
                .failures(50, CALLS)
                .window(FOREVER, CALLS)
                .slow(OPEN, 100)
                .open(OPEN, OPEN)
                .probes(PROBES));
  }

  /** A full bulkhead is waited for by one call at most. */
  static HeadgateSettings host(HeadgateSettings settings) {
    return settings.maxWaiting(1).begunPercent(0);
  }

  /** Its client, which tries again whatever failed or was refused. */
  static JobModel.Manners client(Duration patience) {
    return new JobModel.Manners(ATTEMPTS - 1, false, patience, WAIT);
  }

  /**
   * What a client does that catches the exception, or its own time-out, and asks the next one: it
   * knows no run times, and forgets at once what it saw.
   */
  static TargetSettings fallback(TargetSettings settings, DegradationPolicy ladder) {
    return Overload.bare(settings)
        .degradation(ladder.latencyBudget(NEVER_SLOW).probing(AT_ONCE, AT_ONCE, 1));
  }
}
