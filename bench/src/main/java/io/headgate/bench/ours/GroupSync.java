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
import io.headgate.bench.TemporaryFolder;
import io.headgate.journal.AppendedFile;
import io.headgate.journal.Durability;
import io.headgate.journal.FolderJournal;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.SyncMode;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Calls whose starts must be on the disk before they are made, so many under way; and bare appends
 * of as many bytes, of which as many wait for the disk, synced as many at a time as have come.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class GroupSync {
  private static final int UNDER_WAY = 64;

  /** Of an admission, a start, an attempt's end and a task's end. */
  private static final int RECORD_BYTES = 80;

  private static final int RECORDS = 4;

  /** Made by JMH. */
  public GroupSync() {}

  /** A Headgate, and one thread's calls. */
  @State(Scope.Thread)
  public static class Ours {
    private final TemporaryFolder folder = new TemporaryFolder();
    private final Headgate headgate =
        Headgate.builder().journal(FolderJournal.in(folder.path(), Durability.SYNC)).build();
    private final Agent agent = headgate.agent("agent", a -> a.maxWaiting(4_096));
    private final Target target = headgate.target("target", t -> t.maxInFlight(2 * UNDER_WAY));
    private final Job job =
        headgate.job(j -> j.tokenBudget(1_000_000_000).deadline(Duration.ofDays(1)));
    private final Task<String> task =
        Task.<String>of(
                agent,
                target,
                Estimate.of(1, 1),
                attempt -> {
                  attempt.usage(0, 0);
                  return "";
                })
            .ephemeral();
    private final Pipeline<Admitted<String>> pipeline =
        new Pipeline<>(UNDER_WAY) {
          @Override
          protected Admitted<String> submit() {
            return job.submitOrThrow(task);
          }

          @Override
          protected void join(Admitted<String> call) throws InterruptedException {
            if (!(call.join() instanceof Outcome.Completed<String>)) {
              throw new IllegalStateException("not completed: " + call.outcome());
            }
          }
        };

    /** Made by JMH. */
    public Ours() {}

    /** Nothing is under way between iterations. */
    @TearDown(Level.Iteration)
    public void finish() throws Exception {
      pipeline.finish();
    }

    /** Ends it. */
    @TearDown
    public void close() {
      headgate.close();
      folder.close();
    }
  }

  /** A queue, a thread that appends and syncs, and one that waits for it. */
  @State(Scope.Thread)
  public static class Bare {
    private final TemporaryFolder folder = new TemporaryFolder();
    private final ChronicleQueue queue =
        SingleChronicleQueueBuilder.binary(folder.path().toFile())
            .rollCycle(RollCycles.FAST_HOURLY)
            .syncMode(SyncMode.SYNC)
            .build();
    private final AtomicLong asked = new AtomicLong();
    private final AtomicLong synced = new AtomicLong();
    private final Thread waiter = Thread.currentThread();
    private final Thread writer = Thread.ofPlatform().daemon().start(this::write);
    private volatile boolean over;
    private final Pipeline<Long> pipeline =
        new Pipeline<>(UNDER_WAY) {
          @Override
          protected Long submit() {
            long mine = asked.incrementAndGet();
            LockSupport.unpark(writer);
            return mine;
          }

          @Override
          protected void join(Long mine) {
            while (synced.get() < mine) {
              LockSupport.park();
            }
          }
        };

    /** Made by JMH. */
    public Bare() {}

    private void write() {
      int bytes = AppendedFile.bytes(RECORD_BYTES, RECORDS);
      Bytes<?> document = Bytes.wrapForRead(ByteBuffer.allocateDirect(UNDER_WAY * bytes));
      try (ExcerptAppender appender = queue.createAppender()) {
        while (!over) {
          long until = asked.get();
          int come = (int) (until - synced.get());
          if (come == 0) {
            LockSupport.park();
            continue;
          }
          document.readPositionRemaining(0, (long) come * bytes);
          appender.writeBytes(document);
          appender.sync();
          synced.set(until);
          LockSupport.unpark(waiter);
        }
      }
    }

    /** Nothing is under way between iterations. */
    @TearDown(Level.Iteration)
    public void finish() throws Exception {
      pipeline.finish();
    }

    /** Ends it. */
    @TearDown
    public void close() throws InterruptedException {
      over = true;
      LockSupport.unpark(writer);
      writer.join();
      queue.close();
      folder.close();
    }
  }

  @Benchmark
  public void headgate(Ours ours) throws Exception {
    ours.pipeline.turn();
  }

  @Benchmark
  public void bare(Bare bare) throws Exception {
    bare.pipeline.turn();
  }
}
