package io.headgate.admission;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.headgate.LoopPolicy;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** Same calls of one job: let in exactly so often, given back whole. */
public final class LoopGuardStress {
  private static final LoopPolicy TWICE = LoopPolicy.DEFAULT.sameCalls(2);
  private static final long KEY = 7;

  private LoopGuardStress() {}

  // 1 for yes, as results have it.
  private static int calls(LoopGuard guard) {
    return guard.tryTake(KEY, TWICE, 0) > 0 ? 1 : 0;
  }

  /** One call has been made, and two want to make the last. */
  @JCStressTest
  @Outcome(
      id = {"1, 0, 2", "0, 1, 2"},
      expect = ACCEPTABLE,
      desc = "one of them makes it")
  @State
  public static class LastCall {
    private final LoopGuard guard = new LoopGuard(null);

    /** Made by jcstress. */
    public LastCall() {
      var _ = calls(guard);
    }

    @Actor
    public void one(III_Result r) {
      r.r1 = calls(guard);
    }

    @Actor
    public void other(III_Result r) {
      r.r2 = calls(guard);
    }

    @Arbiter
    public void look(III_Result r) {
      r.r3 = guard.sameCalls(KEY, TWICE, 0);
    }
  }

  /** The last call is given back while another wants it. */
  @JCStressTest
  @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "it was back in time")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "it came too late for the other")
  @State
  public static class GivenBack {
    private final LoopGuard guard = new LoopGuard(null);
    private final long ticket;

    /** Made by jcstress. */
    public GivenBack() {
      var _ = calls(guard);
      ticket = guard.tryTake(KEY, TWICE, 0);
    }

    @Actor
    public void giver() {
      guard.giveBack(KEY, ticket);
    }

    @Actor
    public void caller(II_Result r) {
      r.r1 = calls(guard);
    }

    @Arbiter
    public void look(II_Result r) {
      r.r2 = guard.sameCalls(KEY, TWICE, 0);
    }
  }

  /** The first two calls of a job make its guard at once. */
  @JCStressTest
  @Outcome(id = "1, 1, 2", expect = ACCEPTABLE, desc = "both are counted by one guard")
  @State
  public static class FirstCalls {
    private final JobAccount job = new JobAccount(0, null, Long.MAX_VALUE, 10, 10, 8) {
          // an account without a runtime around it
        };

    @Actor
    public void one(III_Result r) {
      r.r1 = calls(job.loopGuard());
    }

    @Actor
    public void other(III_Result r) {
      r.r2 = calls(job.loopGuard());
    }

    @Arbiter
    public void look(III_Result r) {
      r.r3 = job.loopGuard().sameCalls(KEY, TWICE, 0);
    }
  }
}
