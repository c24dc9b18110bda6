package io.headgate.runtime;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.headgate.Agent;
import io.headgate.Headgate;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.LoopPolicy;
import io.headgate.Target;
import io.headgate.Task;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import org.agrona.concurrent.SystemEpochNanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;
import org.openjdk.jcstress.infra.results.Z_Result;

/** Dispatcher and launcher never sleep over work that was handed to them. */
public final class WakeUpStress {
  private WakeUpStress() {}

  /** An input is published while the dispatcher lies down: the real ring, the real clock. */
  @JCStressTest
  @Outcome(
      id = {"true, true", "false, true", "false, false"},
      expect = ACCEPTABLE,
      desc = "it saw the input, or it is woken")
  @Outcome(id = "true, false", expect = FORBIDDEN, desc = "it sleeps over an input")
  @State
  public static class Dispatcher {
    private static final HeadgateSettings SMALL =
        HeadgateSettings.DEFAULT.maxInFlight(1).maxSuspended(1).maxWaiting(1).maxJobs(1);
    private final RuntimeClock clock =
        new RuntimeClock(SystemNanoClock.INSTANCE, SystemEpochNanoClock.INSTANCE);
    private final InputRing ring = new InputRing(SMALL, clock);

    public Dispatcher() {
      clock.refresh(clock.nanoTime());
    }

    @Actor
    public void submitter() {
      ring.publish(Input.Kind.JOB_CLOSED, this);
    }

    // As Dispatcher.park does.
    @Actor
    public void dispatcher(ZZ_Result r) {
      clock.park();
      VarHandle.fullFence();
      r.r1 = ring.isEmpty();
    }

    @Arbiter
    public void look(ZZ_Result r) {
      boolean claimed = !clock.isParked();
      clock.park();
      r.r2 = claimed && clock.isParked();
    }
  }

  /** Attempts are offered while the launcher lies down, again and again. */
  @JCStressTest
  @Outcome(id = "true", expect = ACCEPTABLE, desc = "it took all")
  @Outcome(id = "false", expect = FORBIDDEN, desc = "it sleeps over an attempt")
  @State
  public static class Launch {
    private static final int OFFERS = 8;
    private static final int MAX_SPINS = 64;
    private static final long LOST_NS = 5_000_000_000L;
    private final Launcher launcher = new Launcher(OFFERS, new ErrorLog());
    private volatile int offered;

    // As the dispatcher does. Nothing is in the slot, so that no thread is started for it.
    @SuppressWarnings("NullAway")
    @Actor
    public void dispatcher() {
      int spins = 1;
      for (int i = 1; i <= OFFERS; i++) {
        launcher.offer(null);
        launcher.wake();
        offered = i;
        // Another moment each time for the launcher to be anywhere in its lying down.
        spins = (spins * 5 + i) % MAX_SPINS;
        for (int spin = 0; spin < spins; spin++) {
          Thread.onSpinWait();
        }
      }
    }

    @Actor
    public void waits(Z_Result r) {
      long start = System.nanoTime();
      while (offered < OFFERS || !launcher.isEmpty()) {
        if (System.nanoTime() - start > LOST_NS) {
          return;
        }
        Thread.yield();
      }
      r.r1 = true;
    }

    @Arbiter
    public void ends(Z_Result r) {
      launcher.close();
    }
  }

  /** Two submit to a whole Headgate that goes to sleep after each task, launcher included. */
  @JCStressTest
  @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "both tasks ran")
  @State
  public static class Whole {
    private static final Duration LOST = Duration.ofSeconds(20);
    private static final Headgate HEADGATE = Headgate.builder().build();
    private static final Agent AGENT = HEADGATE.agent("agent");
    private static final Target TARGET =
        HEADGATE.target("tool", t -> t.tool().loopGuard(LoopPolicy.OFF));
    private static final Job JOB = HEADGATE.job(j -> j.deadline(Duration.ofDays(1)));
    private static final Task<String> TASK = Task.of(AGENT, TARGET, attempt -> "done");

    @Actor
    public void one(ZZ_Result r) {
      r.r1 = runs();
    }

    @Actor
    public void other(ZZ_Result r) {
      r.r2 = runs();
    }

    private static boolean runs() {
      try {
        return JOB.submitOrThrow(TASK).join(LOST).isPresent();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }
}
