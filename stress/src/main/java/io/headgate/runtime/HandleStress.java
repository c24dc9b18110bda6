package io.headgate.runtime;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.headgate.Headgate;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.Outcome.Completed;
import io.headgate.Priority;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.SystemEpochNanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * The handle: whoever waits is woken, whoever looks sees all or nothing, actions run once, one
 * cancel counts.
 */
public final class HandleStress {
  // Never stepped: it lends its clock.
  private static final LiveHeadgate HEADGATE =
      LiveHeadgate.stepped(
          HeadgateSettings.DEFAULT, SystemNanoClock.INSTANCE, SystemEpochNanoClock.INSTANCE);
  private static final AgentGate AGENT = (AgentGate) ((Headgate) HEADGATE).agent("agent");
  private static final TargetGate TARGET = (TargetGate) ((Headgate) HEADGATE).target("target");
  private static final LiveJob JOB =
      new LiveJob(
          HEADGATE, "job", true, JobSettings.DEFAULT, JobSettings.DEFAULT, 0, null, Long.MAX_VALUE);

  // A cancel is published: here somebody takes it, and finds no such task.
  private static final LiveHeadgate RUNNING = (LiveHeadgate) Headgate.builder().build();
  private static final LiveJob CANCELLED =
      new LiveJob(
          RUNNING, "job", true, JobSettings.DEFAULT, JobSettings.DEFAULT, 0, null, Long.MAX_VALUE);

  private HandleStress() {}

  private static TaskHandle<Integer> handle() {
    return handle(JOB);
  }

  private static TaskHandle<Integer> handle(LiveJob job) {
    return new TaskHandle<>(
        attempt -> 7, AGENT, TARGET, job, Priority.NORMAL, 0, 0, 0, 0, 0, 0, Long.MAX_VALUE);
  }

  // As LiveEffects does; answers how many threads were woken.
  private static int complete(TaskHandle<Integer> handle) {
    int woken = 0;
    TaskHandle.Waiter waiter = handle.complete(new Completed<>(7));
    while (waiter != null) {
      Thread thread = waiter.thread;
      if (thread != null) {
        woken++;
        LockSupport.unpark(thread);
      } else if (waiter.action != null) {
        waiter.action.run();
      }
      waiter = waiter.next;
    }
    return woken;
  }

  private static int join(TaskHandle<Integer> handle) {
    try {
      return value(handle.join());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void giveUp(TaskHandle<Integer> handle) {
    try {
      handle.join(Duration.ofNanos(1));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static int value(io.headgate.Outcome<Integer> outcome) {
    Integer value = outcome.valueOrNull();
    return value == null ? -1 : value;
  }

  /** A thread joins while the outcome comes. */
  @JCStressTest
  @Outcome(id = "7", expect = ACCEPTABLE, desc = "it is woken and sees the value")
  @State
  public static class Join {
    private final TaskHandle<Integer> handle = handle();

    @Actor
    public void ends() {
      complete(handle);
    }

    @Actor
    public void joins(I_Result r) {
      r.r1 = join(handle);
    }
  }

  /** A thread looks while the outcome comes. */
  @JCStressTest
  @Outcome(
      id = {"0", "7"},
      expect = ACCEPTABLE,
      desc = "nothing, or the whole value")
  @State
  public static class Look {
    private final TaskHandle<Integer> handle = handle();

    @Actor
    public void ends() {
      complete(handle);
    }

    @Actor
    public void looks(I_Result r) {
      r.r1 = handle.outcome().map(HandleStress::value).orElse(0);
    }
  }

  /** An action is added while the outcome comes. */
  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "it runs once")
  @State
  public static class WhenDone {
    private final TaskHandle<Integer> handle = handle();
    private final AtomicInteger runs = new AtomicInteger();

    @Actor
    public void ends() {
      complete(handle);
    }

    @Actor
    public void adds() {
      handle.whenDone(runs::incrementAndGet);
    }

    @Arbiter
    public void count(I_Result r) {
      r.r1 = runs.get();
    }
  }

  /** Two cancel. */
  @JCStressTest
  @Outcome(
      id = {"true, false", "false, true"},
      expect = ACCEPTABLE,
      desc = "one of them did")
  @State
  public static class TwoCancels {
    private final TaskHandle<Integer> handle = handle(CANCELLED);

    @Actor
    public void one(ZZ_Result r) {
      r.r1 = handle.cancel();
    }

    @Actor
    public void other(ZZ_Result r) {
      r.r2 = handle.cancel();
    }
  }

  /** A cancel comes while the outcome does. */
  @JCStressTest
  @Outcome(
      id = {"true, false", "false, false"},
      expect = ACCEPTABLE,
      desc = "asked for in time or not, and never afterwards")
  @State
  public static class CancelAgainstEnd {
    private final TaskHandle<Integer> handle = handle(CANCELLED);

    @Actor
    public void ends() {
      complete(handle);
    }

    @Actor
    public void cancels(ZZ_Result r) {
      r.r1 = handle.cancel();
    }

    @Arbiter
    public void again(ZZ_Result r) {
      r.r2 = handle.cancel() || handle.outcome().isEmpty();
    }
  }

  /** Two add actions. */
  @JCStressTest
  @Outcome(id = "2", expect = ACCEPTABLE, desc = "none is lost")
  @State
  public static class TwoActions {
    private final TaskHandle<Integer> handle = handle();
    private final AtomicInteger runs = new AtomicInteger();

    @Actor
    public void one() {
      handle.whenDone(runs::incrementAndGet);
    }

    @Actor
    public void other() {
      handle.whenDone(runs::incrementAndGet);
    }

    @Arbiter
    public void count(I_Result r) {
      complete(handle);
      r.r1 = runs.get();
    }
  }

  /** One gives up waiting while another adds an action. */
  @JCStressTest
  @Outcome(id = "0, 2", expect = ACCEPTABLE, desc = "it is forgotten, the actions are not")
  @State
  public static class GiveUp {
    private final TaskHandle<Integer> handle = handle();
    private final AtomicInteger runs = new AtomicInteger();

    public GiveUp() {
      handle.whenDone(runs::incrementAndGet);
    }

    @Actor
    public void givesUp() {
      giveUp(handle);
    }

    @Actor
    public void adds() {
      handle.whenDone(runs::incrementAndGet);
    }

    @Arbiter
    public void count(II_Result r) {
      r.r1 = complete(handle);
      r.r2 = runs.get();
    }
  }
}
