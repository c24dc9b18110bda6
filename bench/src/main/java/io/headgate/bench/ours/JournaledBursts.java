package io.headgate.bench.ours;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.IdleMode;
import io.headgate.Job;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.bench.Blocker;
import io.headgate.bench.Burst;
import io.headgate.bench.TemporaryFolder;
import io.headgate.journal.Durability;
import io.headgate.journal.FolderJournal;
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
import org.openjdk.jmh.infra.Control;

/** An admitted {@code submit}, with a journal and without, while the dispatcher spins. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class JournaledBursts {
  /** Made by JMH. */
  public JournaledBursts() {}

  /** A Headgate at its running cap. */
  @State(Scope.Benchmark)
  public static class Live extends Burst {
    /** A durability, or that there is no journal. */
    @Param({"NONE", "ASYNC", "WRITE_AHEAD"})
    public String journal = "NONE";

    private @Nullable TemporaryFolder folder;
    private @Nullable Headgate headgate;
    private @Nullable Blocker blocker;
    private @Nullable Task<String> task;
    private @Nullable Job job;

    /** Made by JMH. */
    public Live() {}

    /** Begins it. */
    @Setup(Level.Trial)
    public void open() {
      folder = new TemporaryFolder();
      Headgate.Builder builder =
          Headgate.builder()
              .maxInFlight(1)
              .tokensPerMinute(1_000_000_000)
              .idleMode(IdleMode.BUSY_SPIN);
      if (!journal.equals("NONE")) {
        builder.journal(FolderJournal.in(folder.path(), Durability.valueOf(journal)));
      }
      headgate = builder.build();
      Agent agent =
          headgate.agent("agent", a -> a.maxWaiting(4_096).tokensPerMinute(1_000_000_000));
      Target target = headgate.target("target", t -> t.maxInFlight(1));
      task = Task.<String>of(agent, target, Estimate.of(500, 500), attempt -> "").ephemeral();
      blocker = Blocker.submit(headgate, agent, target);
    }

    @Override
    protected void once() {
      assert job != null && task != null;
      if (!(job.submit(task) instanceof Admitted<String>)) {
        throw new IllegalStateException("this measures refusal");
      }
    }

    // A snapshot waits for its turn behind all that was published before; the journal, which may
    // be slower than that, is waited for too.
    @Override
    protected void drain() {
      assert headgate != null && task != null;
      if (job != null) {
        if (!journal.equals("NONE")) {
          var _ = job.submitOrThrow(task).durable().join();
        }
        job.close();
      }
      job = headgate.job(j -> j.tokenBudget(100_000_000));
      if (headgate.snapshot().waiting() != 0) {
        throw new IllegalStateException("something still waits");
      }
    }

    /** Ends the dispatcher's thread. */
    @TearDown
    public void close() {
      assert blocker != null && headgate != null && folder != null;
      blocker.letGo();
      headgate.close();
      folder.close();
    }
  }

  @Benchmark
  public void admit(Live live, Burst.Clock clock, Control control) {
    live.run(clock, control);
  }
}
