package io.headgate.bench.ours;

import io.headgate.Agent;
import io.headgate.Headgate;
import io.headgate.LoopPolicy;
import io.headgate.Outcome;
import io.headgate.Snapshot;
import io.headgate.Target;
import io.headgate.Task;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What a snapshot costs who asks for it, the way to the dispatcher, which parks, and back included.
 * Each agent has made a call, so that there are durations to show.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SnapshotBenchmark {
  /** Agents that are shown. */
  @Param({"1", "1000"})
  public int agents;

  private @Nullable Headgate headgate;

  /** Made by JMH. */
  public SnapshotBenchmark() {}

  /** Registers the agents, and lets each make its call. */
  @Setup
  public void setup() throws InterruptedException {
    Headgate headgate = Headgate.builder().build();
    Target target = headgate.target("target", t -> t.tool().loopGuard(LoopPolicy.OFF));
    try (var job = headgate.job(j -> j)) {
      for (int i = 0; i < agents; i++) {
        Agent agent = headgate.agent("agent-" + i);
        var outcome = job.submitOrThrow(Task.<String>of(agent, target, attempt -> "")).join();
        if (!(outcome instanceof Outcome.Completed<String>)) {
          throw new IllegalStateException("not completed: " + outcome);
        }
      }
    }
    this.headgate = headgate;
  }

  /** Ends the dispatcher's thread. */
  @TearDown
  public void close() {
    assert headgate != null;
    headgate.close();
  }

  @Benchmark
  public Snapshot snapshot() {
    assert headgate != null;
    Snapshot snapshot = headgate.snapshot();
    if (snapshot.agents().size() != agents) {
      throw new IllegalStateException(snapshot.agents().size() + " agents, not " + agents);
    }
    return snapshot;
  }
}
