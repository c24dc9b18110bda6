package io.headgate.runtime;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.headgate.HeadgateSettings;
import io.headgate.admission.Gates;
import org.agrona.concurrent.SystemEpochNanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/** Nobody is let in behind the back of a dispatcher that has ended: the real room and ring. */
public final class ShutdownStress {
  private ShutdownStress() {}

  /** A submission comes while the end does. */
  @JCStressTest
  @Outcome(id = "true, false, true", expect = ACCEPTABLE, desc = "let in, and the end waits")
  @Outcome(
      id = {"false, true, false", "false, false, false"},
      expect = ACCEPTABLE,
      desc = "refused, and it ended, or has to look once more")
  @Outcome(id = "true, true, true", expect = FORBIDDEN, desc = "let in where nobody looks")
  @State
  public static class SubmitAgainstEnd {
    private static final HeadgateSettings SMALL =
        HeadgateSettings.DEFAULT.maxInFlight(1).maxSuspended(1).maxWaiting(1).maxJobs(1);
    private final RuntimeClock clock =
        new RuntimeClock(SystemNanoClock.INSTANCE, SystemEpochNanoClock.INSTANCE);
    private final Gates gates = new Gates(SMALL, clock);
    private final InputRing ring = new InputRing(SMALL, clock);

    // As LiveHeadgate.submit does, as far as the end is concerned.
    @Actor
    public void submits(ZZZ_Result r) {
      r.r1 = gates.waitingRoom().tryTake(1);
      if (r.r1) {
        ring.publish(Input.Kind.TASK_ADMITTED, this);
      }
    }

    // As LiveHeadgate.shutdown and mayTerminate do.
    @Actor
    public void ends(ZZZ_Result r) {
      gates.waitingRoom().close();
      r.r2 = gates.waitingRoom().taken() == 0 && ring.isEmpty();
    }

    @Arbiter
    public void look(ZZZ_Result r) {
      r.r3 = !ring.isEmpty();
    }
  }
}
