package io.headgate.bench.ours;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.Job;
import io.headgate.Outcome;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.bench.Pipeline;
import io.headgate.bench.peers.GuardedCall;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The whole way of an empty call from {@code submit} to {@code join}. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EndToEnd {
  /** Attempts at once, ours and the semaphore's. */
  public static final int IN_FLIGHT = 256;

  /** Made by JMH. */
  public EndToEnd() {}

  /**
   * A Headgate with all gates on, as it comes: its dispatcher parks when there is nothing to do.
   */
  @State(Scope.Benchmark)
  public static class Gate {
    final Headgate headgate =
        Headgate.builder().maxInFlight(IN_FLIGHT).tokensPerMinute(1_000_000_000).build();
    final Agent agent =
        headgate.agent("agent", a -> a.maxWaiting(4_096).tokensPerMinute(1_000_000_000));
    final Target target = headgate.target("target", t -> t.maxInFlight(IN_FLIGHT));
    final Job job = headgate.job(j -> j.tokenBudget(1_000_000_000).deadline(Duration.ofDays(1)));
    final Task<String> task =
        Task.<String>of(
            agent,
            target,
            Estimate.of(1, 1),
            attempt -> {
              attempt.usage(0, 0);
              return "";
            });

    /** Made by JMH. */
    public Gate() {}

    /** Ends it. */
    @TearDown
    public void close() {
      headgate.close();
    }
  }

  /** A thread's calls under way through Headgate. */
  @State(Scope.Thread)
  public static class Ours {
    /** How many. */
    @Param({"1", "200"})
    public int depth;

    @Nullable Pipeline<Admitted<String>> pipeline;

    /** Made by JMH. */
    public Ours() {}

    /** Empty at first. */
    @Setup
    public void setup(Gate gate) {
      pipeline =
          new Pipeline<Admitted<String>>(depth) {
            @Override
            protected Admitted<String> submit() {
              return gate.job.submitOrThrow(gate.task);
            }

            @Override
            protected void join(Admitted<String> call) throws InterruptedException {
              if (!(call.join() instanceof Outcome.Completed<String>)) {
                throw new IllegalStateException("not completed: " + call.outcome());
              }
            }
          };
    }

    /** Nothing is under way between iterations. */
    @TearDown(Level.Iteration)
    public void finish() throws Exception {
      assert pipeline != null;
      pipeline.finish();
    }
  }

  /** The permits. */
  @State(Scope.Benchmark)
  public static class Permits {
    final Semaphore semaphore = new Semaphore(IN_FLIGHT);

    /** Made by JMH. */
    public Permits() {}
  }

  /** A thread's calls under way behind a semaphore, each on a virtual thread of its own. */
  @State(Scope.Thread)
  public static class Bare {
    /** How many. */
    @Param({"1", "200"})
    public int depth;

    @Nullable Pipeline<Thread> pipeline;

    /** Made by JMH. */
    public Bare() {}

    /** Empty at first. */
    @Setup
    public void setup(Permits permits) {
      pipeline =
          new Pipeline<Thread>(depth) {
            @Override
            protected Thread submit() throws InterruptedException {
              permits.semaphore.acquire();
              return Thread.ofVirtual().start(permits.semaphore::release);
            }

            @Override
            protected void join(Thread call) throws InterruptedException {
              call.join();
            }
          };
    }

    /** Nothing is under way between iterations. */
    @TearDown(Level.Iteration)
    public void finish() throws Exception {
      assert pipeline != null;
      pipeline.finish();
    }
  }

  /** Resilience4j's gates. */
  @State(Scope.Benchmark)
  public static class Guards {
    final GuardedCall.Gates gates = new GuardedCall.Gates(IN_FLIGHT, Duration.ofMinutes(1));

    /** Made by JMH. */
    public Guards() {}
  }

  /** A thread's calls under way behind Resilience4j's three gates. */
  @State(Scope.Thread)
  public static class Guarded {
    /** How many. */
    @Param({"1", "200"})
    public int depth;

    @Nullable Pipeline<Future<String>> pipeline;

    /** Made by JMH. */
    public Guarded() {}

    /** Empty at first. */
    @Setup
    public void setup(Guards guards) {
      pipeline =
          new Pipeline<Future<String>>(depth) {
            @Override
            protected Future<String> submit() {
              return GuardedCall.submit(guards.gates, () -> "");
            }

            @Override
            protected void join(Future<String> call) throws Exception {
              var _ = call.get();
            }
          };
    }

    /** Nothing is under way between iterations. */
    @TearDown(Level.Iteration)
    public void finish() throws Exception {
      assert pipeline != null;
      pipeline.finish();
    }
  }

  @Benchmark
  public void resilience4j(Guarded guarded) throws Exception {
    assert guarded.pipeline != null;
    guarded.pipeline.turn();
  }

  @Benchmark
  public void headgate(Ours ours) throws Exception {
    assert ours.pipeline != null;
    ours.pipeline.turn();
  }

  @Benchmark
  public void semaphore(Bare bare) throws Exception {
    assert bare.pipeline != null;
    bare.pipeline.turn();
  }
}
