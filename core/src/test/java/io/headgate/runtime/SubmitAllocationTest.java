package io.headgate.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.JobSettings;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Target;
import io.headgate.Task;
import java.lang.management.ManagementFactory;
import java.util.function.UnaryOperator;
import org.agrona.concurrent.CachedEpochClock;
import org.agrona.concurrent.CachedNanoClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A refusal allocates nothing; an admitted submission allocates the handle and nothing else. */
@Timeout(60)
class SubmitAllocationTest {
  private static final int WAITING = 4_096;
  private static final int LOOPS = 200_000;
  private static final int HANDLE_BYTES = 128;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final CachedNanoClock clock = new CachedNanoClock();
  private final CachedEpochClock epoch = new CachedEpochClock();
  private final LiveHeadgate headgate =
      LiveHeadgate.stepped(
          HeadgateSettings.DEFAULT.maxWaiting(WAITING).begunPercent(0).tokensPerMinute(1_000_000),
          clock,
          epoch::time);
  private final Target target = headgate.target("target", t -> t.price(1, 1));

  @Test
  void aRefusalForEachGateAllocatesNothing() {
    Agent agent = headgate.agent("agent");
    Agent slow = headgate.agent("slow", a -> a.tokensPerMinute(60).burstTokens(10));
    Agent crowded = headgate.agent("crowded", a -> a.maxWaiting(1));
    Agent gone = headgate.agent("gone");
    gone.remove();
    Job job = headgate.job(j -> j.tokenBudget(100_000));
    Job poor = headgate.job(j -> j.moneyBudget(1e-9));
    Job closed = headgate.job(j -> j);
    closed.close();

    assertAllocatesNothing(closed, task(agent, 1), Refusal.JOB_CLOSED);
    assertAllocatesNothing(job, task(gone, 1), Refusal.AGENT_REMOVED);
    assertThat(job.submit(task(crowded, 1))).isInstanceOf(Admitted.class);
    assertAllocatesNothing(job, task(crowded, 1), Refusal.AGENT_WAITING_ROOM_FULL);
    assertThat(job.submit(task(slow, 10))).isInstanceOf(Admitted.class);
    assertAllocatesNothing(job, task(slow, 10), Refusal.AGENT_RATE);
    assertAllocatesNothing(job, task(slow, 11), Refusal.EXCEEDS_BURST);
    assertAllocatesNothing(job, task(agent, 100_001), Refusal.TOKEN_BUDGET);
    assertAllocatesNothing(poor, task(agent, 10_000), Refusal.MONEY_BUDGET);
    Agent limited = headgate.agent("limited", a -> a.spending(l -> l.tokens(9)));
    assertAllocatesNothing(job, task(limited, 10), Refusal.AGENT_TOKEN_LIMIT);
    Agent frugal = headgate.agent("frugal", a -> a.spending(l -> l.moneyPerMinute(0.01)));
    assertThat(job.submit(task(frugal, 10_000))).isInstanceOf(Admitted.class);
    assertAllocatesNothing(job, task(frugal, 10_000), Refusal.AGENT_MONEY_RATE);
    Job slowJob = headgate.job(j -> j.tokensPerMinute(9).moneyPerMinute(0.000_008));
    assertThat(slowJob.submit(task(agent, 8))).isInstanceOf(Admitted.class);
    assertAllocatesNothing(slowJob, task(agent, 2), Refusal.JOB_RATE);
    assertAllocatesNothing(slowJob, task(agent, 1), Refusal.JOB_MONEY_RATE);
    fill(job, agent);
    assertAllocatesNothing(job, task(agent, 1), Refusal.WAITING_ROOM_FULL);
  }

  private static void assertAllocatesNothing(Job job, Task<String> task, Refusal reason) {
    assertThat(job.submit(task))
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.reason()).isEqualTo(reason));
    long least = Long.MAX_VALUE;
    // The first rounds warm up; a compiler that deoptimizes may allocate on this thread, once.
    for (int round = 0; round < 5 && least > 0; round++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < LOOPS; i++) {
        var _ = job.submit(task);
      }
      least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    assertThat(least / (double) LOOPS).as("bytes a refusal %s", reason).isLessThan(1);
  }

  @Test
  void anAdmittedSubmissionAllocatesTheHandleAlone() {
    assertAllocatesTheHandleAlone(task(headgate.agent("agent"), 1));
  }

  private void assertAllocatesTheHandleAlone(Task<String> task) {
    assertAllocatesTheHandleAlone(task, j -> j);
  }

  private void assertAllocatesTheHandleAlone(
      Task<String> task, UnaryOperator<JobSettings> settings) {
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 5; round++) {
      Job job = headgate.job(settings);
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < WAITING; i++) {
        var _ = job.submit(task);
      }
      long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
      assertThat(headgate.gates().waitingRoom().taken()).as("admitted").isEqualTo(WAITING);
      least = Math.min(least, bytes);
      job.close();
      while (headgate.gates().waitingRoom().taken() > 0 || headgate.jobs().places() > 0) {
        headgate.step();
      }
    }
    // A little slack: a buffer of the thread may be thrown away in the middle.
    assertThat(least / (double) WAITING)
        .as("bytes an admitted task")
        .isBetween(64.0, HANDLE_BYTES + 1.0);
  }

  @Test
  void limitsAllocateNothingMore() {
    Agent agent =
        headgate.agent(
            "agent",
            a -> a.spending(l -> l.tokens(1_000_000_000).money(1_000).moneyPerMinute(999)));
    assertAllocatesTheHandleAlone(task(agent, 1));
  }

  @Test
  void limitsOfAJobAllocateNothingMore() {
    assertAllocatesTheHandleAlone(
        task(headgate.agent("agent"), 1), j -> j.tokensPerMinute(1_000_000).moneyPerMinute(900));
  }

  private void fill(Job job, Agent agent) {
    Task<String> small = task(agent, 0);
    while (headgate.gates().waitingRoom().taken() < WAITING) {
      assertThat(job.submit(small)).isInstanceOf(Admitted.class);
    }
  }

  private Task<String> task(Agent agent, long tokens) {
    return Task.of(agent, target, Estimate.of(tokens, 0), attempt -> "never");
  }
}
