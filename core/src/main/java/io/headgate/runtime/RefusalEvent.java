package io.headgate.runtime;

import io.headgate.Refused;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Throttle;
import jdk.jfr.Timespan;

/**
 * JFR: one refusal, on the submitter's thread. A storm of them is sampled, a hundred a second.
 * Costs a look at a flag and allocates nothing while nobody records.
 */
@Name("io.headgate.Refusal")
@Label("Refusal")
@Category("Headgate")
@Description("A task that was not let in; sampled under storm")
@StackTrace(false)
@Throttle("100/s")
final class RefusalEvent extends Event {
  /** Never committed: asked whether anybody records. */
  private static final RefusalEvent PROBE = new RefusalEvent();

  @Label("Reason")
  String reason = "";

  @Label("Retry After")
  @Timespan(Timespan.NANOSECONDS)
  long retryAfter;

  @Label("Job")
  String job = "";

  @Label("Agent")
  String agent = "";

  @Label("Target")
  String target = "";

  static void emit(Refused<?> refused, String job, AgentGate agent, TargetGate target) {
    if (PROBE.isEnabled()) {
      RefusalEvent event = new RefusalEvent();
      if (event.shouldCommit()) {
        event.reason = refused.reason().name();
        event.retryAfter = refused.retryAfter().toNanos();
        event.job = job;
        event.agent = agent.id();
        event.target = target.id();
        event.commit();
      }
    }
  }
}
