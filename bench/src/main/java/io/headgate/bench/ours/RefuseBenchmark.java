package io.headgate.bench.ours;

import io.headgate.Admission;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.runtime.SteppedHeadgate;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What a refused {@code submit} costs its caller: one row for each reason that can occur. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RefuseBenchmark {
  private static final Estimate ONE = Estimate.of(1, 0);

  /** Made by JMH. */
  public RefuseBenchmark() {}

  /** Why it is refused. */
  @Param({
    "CLOSED",
    "JOB_CLOSED",
    "TARGET_REMOVED",
    "TARGET_OVERRUN",
    "AGENT_REMOVED",
    "DEADLINE_PASSED",
    "WOULD_EXPIRE",
    "AGENT_WAITING_ROOM_FULL",
    "WAITING_ROOM_FULL",
    "AGENT_RATE",
    "GLOBAL_RATE",
    "EXCEEDS_BURST",
    "JOBS_FULL",
    "JOB_TASKS_FULL",
    "TOKEN_BUDGET",
    "MONEY_BUDGET"
  })
  public Refusal reason = Refusal.CLOSED;

  private @Nullable Task<String> task;
  private @Nullable Job job;

  private HeadgateSettings settings() {
    HeadgateSettings all = HeadgateSettings.DEFAULT.maxInFlight(1);
    return switch (reason) {
      case WAITING_ROOM_FULL -> all.maxWaiting(2);
      case GLOBAL_RATE -> all.tokensPerMinute(1).burstTokens(1_000);
      case EXCEEDS_BURST -> all.tokensPerMinute(1).burstTokens(1);
      case JOBS_FULL -> all.maxJobs(1);
      default -> all;
    };
  }

  /** Brings a Headgate, stepped by hand, to where it refuses for this reason. */
  @Setup
  public void setup() throws InterruptedException {
    var stepped = new SteppedHeadgate(settings());
    Headgate headgate = stepped.headgate();
    Agent agent =
        headgate.agent(
            "agent",
            a ->
                switch (reason) {
                  case AGENT_WAITING_ROOM_FULL -> a.maxWaiting(1);
                  case AGENT_RATE -> a.tokensPerMinute(1).burstTokens(1_000);
                  default -> a;
                });
    Target target =
        headgate.target(
            "target",
            t ->
                switch (reason) {
                  case TARGET_OVERRUN -> t.maxOverruns(1).timeout(Duration.ofMillis(100));
                  case MONEY_BUDGET -> t.price(1, 1);
                  default -> t;
                });
    Job job =
        headgate.job(
            j ->
                switch (reason) {
                  case TOKEN_BUDGET -> j.tokenBudget(9);
                  case MONEY_BUDGET -> j.moneyBudget(9_999e-9);
                  case JOB_TASKS_FULL -> j.maxTasks(1);
                  default -> j;
                });
    stepped.settle();
    Task<String> task = Task.<String>of(agent, target, ONE, attempt -> "");
    switch (reason) {
      case JOB_TASKS_FULL, AGENT_WAITING_ROOM_FULL, WAITING_ROOM_FULL -> {
        while (job.submit(task) instanceof Admitted<String>) {
          Thread.onSpinWait();
        }
      }
      case AGENT_RATE, GLOBAL_RATE -> {
        task = Task.<String>of(agent, target, Estimate.of(1_000, 0), attempt -> "");
        var _ = job.submitOrThrow(task);
      }
      case EXCEEDS_BURST, TOKEN_BUDGET, MONEY_BUDGET ->
          task = Task.<String>of(agent, target, Estimate.of(5, 5), attempt -> "");
      case JOBS_FULL -> job = headgate.job(j -> j);
      case JOB_CLOSED -> job.close();
      case TARGET_REMOVED -> target.remove();
      case AGENT_REMOVED -> agent.remove();
      case TARGET_OVERRUN -> overrun(stepped, job, agent, target);
      case WOULD_EXPIRE -> {
        occupy(stepped, job, agent, target);
        task = task.ttl(Duration.ofNanos(1_000));
      }
      case DEADLINE_PASSED -> {
        job = headgate.job(j -> j.deadline(Duration.ofMillis(1)));
        long passed = System.nanoTime() + 2_000_000;
        while (System.nanoTime() < passed) {
          LockSupport.parkNanos(100_000);
        }
        stepped.step(); // opens the job and turns the coarse clock; its timer fires a turn later
      }
      case CLOSED -> {
        var closed = new Thread(headgate::close);
        closed.setDaemon(true);
        closed.start();
        while (!(job.submit(task) instanceof Refused<String>)) {
          Thread.onSpinWait();
        }
      }
      default -> throw new IllegalStateException("no row for " + reason);
    }
    this.job = job;
    this.task = task;
    Admission<String> answer = job.submit(task);
    if (!(answer instanceof Refused<String>(var because, var _)) || because != reason) {
      throw new IllegalStateException("expected a refusal " + reason + ", got " + answer);
    }
  }

  // A call that has run for a while, and two that wait: the estimated wait is known.
  private static void occupy(SteppedHeadgate stepped, Job job, Agent agent, Target target)
      throws InterruptedException {
    var first = new CountDownLatch(1);
    var never = new CountDownLatch(1);
    var handle =
        job.submitOrThrow(
            Task.<String>of(
                agent,
                target,
                ONE,
                attempt -> {
                  first.await();
                  return "";
                }));
    stepped.settle();
    LockSupport.parkNanos(20_000_000);
    for (int i = 0; i < 3; i++) {
      var _ =
          job.submitOrThrow(
              Task.<String>of(
                  agent,
                  target,
                  ONE,
                  attempt -> {
                    never.await();
                    return "";
                  }));
    }
    first.countDown();
    while (handle.outcome().isEmpty()) {
      stepped.step();
    }
  }

  // A call that goes on past its time. Of one whose thread was late to start nothing is left: then
  // once more.
  private static void overrun(SteppedHeadgate stepped, Job job, Agent agent, Target target) {
    var started = new CountDownLatch(1);
    while (started.getCount() > 0) {
      if (job.submit(Task.<String>of(agent, target, ONE, attempt -> runOn(started)))
          instanceof Admitted<String> handle) {
        while (handle.outcome().isEmpty()) {
          stepped.step();
        }
      }
      stepped.step();
    }
  }

  private static String runOn(CountDownLatch started) {
    started.countDown();
    while (true) {
      LockSupport.parkNanos(1_000_000_000L);
      var _ = Thread.interrupted();
    }
  }

  @Benchmark
  public Admission<String> refuse() {
    Job job = this.job;
    Task<String> task = this.task;
    assert job != null && task != null;
    Admission<String> answer = job.submit(task);
    if (!(answer instanceof Refused<String>)) {
      throw new IllegalStateException("this measures admission: " + answer);
    }
    return answer;
  }
}
