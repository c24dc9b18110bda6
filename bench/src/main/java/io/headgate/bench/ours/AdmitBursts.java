package io.headgate.bench.ours;

import io.headgate.Admission;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.bench.Blocker;
import io.headgate.bench.Burst;
import io.headgate.runtime.SteppedHeadgate;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Control;

/** What an admitted {@code submit} costs its caller, drained outside the clock. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AdmitBursts {
  /** Made by JMH. */
  public AdmitBursts() {}

  /** A Headgate at its running cap, so that what is admitted waits. */
  @State(Scope.Benchmark)
  public abstract static class Gate extends Burst {
    private final SteppedHeadgate stepped;
    private final Headgate headgate;
    private final Task<String> task;
    private @Nullable Job job;

    /** One with or without rates and budgets. */
    protected Gate(boolean allGates) {
      HeadgateSettings settings = HeadgateSettings.DEFAULT.maxInFlight(1);
      stepped = new SteppedHeadgate(allGates ? settings.tokensPerMinute(1_000_000_000) : settings);
      headgate = stepped.headgate();
      Agent agent =
          headgate.agent(
              "agent",
              a ->
                  allGates
                      ? a.maxWaiting(4_096).tokensPerMinute(1_000_000_000)
                      : a.maxWaiting(4_096));
      Target target = headgate.target("target", t -> t.maxInFlight(1));
      task = Task.<String>of(agent, target, Estimate.of(500, 500), attempt -> "");
      var _ = Blocker.submit(headgate, agent, target);
      stepped.settle();
      this.allGates = allGates;
    }

    private final boolean allGates;

    @Override
    protected final void once() {
      Job job = this.job;
      assert job != null;
      Admission<String> admission = job.submit(task);
      if (!(admission instanceof Admitted<String>)) {
        throw new IllegalStateException("this measures refusal: " + admission);
      }
    }

    @Override
    protected final void drain() {
      if (job != null) {
        job.close();
      }
      stepped.settle();
      job = headgate.job(j -> allGates ? j.tokenBudget(100_000_000) : j);
      stepped.settle();
    }
  }

  /** Agent's and overall places, agent's and overall rates, a job's budget. */
  @State(Scope.Benchmark)
  public static class AllGates extends Gate {
    /** Made by JMH. */
    public AllGates() {
      super(true);
    }
  }

  /** Places alone. */
  @State(Scope.Benchmark)
  public static class CapsOnly extends Gate {
    /** Made by JMH. */
    public CapsOnly() {
      super(false);
    }
  }

  @Benchmark
  public void allGates(AllGates gate, Burst.Clock clock, Control control) {
    gate.run(clock, control);
  }

  @Benchmark
  public void capsOnly(CapsOnly gate, Burst.Clock clock, Control control) {
    gate.run(clock, control);
  }
}
