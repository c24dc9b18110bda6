package io.headgate.bench.ours;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.Job;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.bench.TemporaryFolder;
import io.headgate.journal.FoldedFolder;
import io.headgate.journal.FolderJournal;
import io.headgate.journal.TailedFolder;
import io.headgate.journal.Verification;
import io.headgate.recovery.Past;
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
 * A journal that is verified, one that is read for recovery, and one that Chronicle's own tailer
 * reads, with each record checked and decoded.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Replays {
  /** Made by JMH. */
  public Replays() {}

  /** A journal. */
  @State(Scope.Benchmark)
  public static class Night {
    /** How many turns of ten calls are in it. */
    @Param("500")
    public int turns;

    final TemporaryFolder folder = new TemporaryFolder();

    /** Made by JMH. */
    public Night() {}

    /** Written by a host whose calls are over at once. */
    @Setup
    public void write() throws InterruptedException {
      try (Headgate headgate =
          Headgate.builder().journal(FolderJournal.in(folder.path())).build()) {
        Agent agent = headgate.agent("agent");
        Target target = headgate.target("target");
        Task<String> task = Task.of(agent, target, Estimate.of(1, 1), _ -> "");
        for (int turn = 0; turn < turns; turn++) {
          try (Job job = headgate.job(j -> j.tokenBudget(1_000))) {
            for (int call = 0; call < 10; call++) {
              if (job.submit(task) instanceof Admitted<String> handle) {
                var _ = handle.join();
              }
            }
          }
        }
      }
    }

    /** It is gone. */
    @TearDown
    public void close() {
      folder.close();
    }
  }

  @Benchmark
  public @Nullable String verify(Night night) {
    Verification found = Verification.of(night.folder.path());
    if (!found.isSound()) {
      throw new IllegalStateException(found.mismatch());
    }
    return found.mismatch();
  }

  @Benchmark
  public Past recover(Night night) {
    return FoldedFolder.past(night.folder.path());
  }

  /** A bare tailer that decodes and checks. */
  @Benchmark
  public long tail(Night night) {
    try (var tailed = new TailedFolder(night.folder.path())) {
      return tailed.decode() + tailed.sequence();
    }
  }
}
