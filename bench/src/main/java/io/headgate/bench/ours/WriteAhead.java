package io.headgate.bench.ours;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.Job;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.bench.TemporaryFolder;
import io.headgate.journal.Durability;
import io.headgate.journal.FolderJournal;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * From {@code submit} until the call runs, one by one, where its start must be on record before it;
 * and from a bare append until another thread has read it, or has started a virtual thread then.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WriteAhead {
  /** Those of an admission and a start, in their frames. */
  private static final int BYTES = 195;

  /** Made by JMH. */
  public WriteAhead() {}

  private static void await(AtomicLong count, long least) {
    while (count.get() < least) {
      Thread.yield();
    }
  }

  /** A Headgate. */
  @State(Scope.Benchmark)
  public static class Ours {
    private final TemporaryFolder folder = new TemporaryFolder();
    private final Headgate headgate =
        Headgate.builder().journal(FolderJournal.in(folder.path(), Durability.WRITE_AHEAD)).build();
    private final Agent agent = headgate.agent("agent");
    private final Target target = headgate.target("target", t -> t.maxInFlight(256));
    private final Job job =
        headgate.job(j -> j.tokenBudget(1_000_000_000).deadline(Duration.ofDays(1)));
    private final AtomicLong begun = new AtomicLong();
    private final Task<String> task =
        Task.<String>of(
                agent,
                target,
                Estimate.of(1, 1),
                attempt -> {
                  begun.incrementAndGet();
                  attempt.usage(0, 0);
                  return "";
                })
            .ephemeral();

    /** Made by JMH. */
    public Ours() {}

    /** Ends it. */
    @TearDown
    public void close() {
      headgate.close();
      folder.close();
    }
  }

  /** A queue with a thread that tails it. */
  @State(Scope.Benchmark)
  public static class Bare {
    /** Whether what is read starts a virtual thread, as a call has one. */
    @Param({"false", "true"})
    public boolean starts;

    private final TemporaryFolder folder = new TemporaryFolder();
    private final ChronicleQueue queue =
        SingleChronicleQueueBuilder.binary(folder.path().toFile())
            .rollCycle(RollCycles.FAST_HOURLY)
            .build();
    private final Bytes<?> document = Bytes.wrapForRead(ByteBuffer.allocateDirect(BYTES));
    private final AtomicLong read = new AtomicLong();
    private final Thread reader = Thread.ofPlatform().daemon().start(this::tail);
    private volatile boolean over;
    private @Nullable ExcerptAppender appender;

    /** Made by JMH. */
    public Bare() {}

    private void tail() {
      Bytes<ByteBuffer> taken = Bytes.wrapForWrite(ByteBuffer.allocateDirect(2 * BYTES));
      try (ExcerptTailer tailer = queue.createTailer()) {
        while (!over) {
          taken.clear();
          if (!tailer.readBytes(taken)) {
            Thread.yield();
          } else if (starts) {
            var _ = Thread.startVirtualThread(read::incrementAndGet);
          } else {
            read.incrementAndGet();
          }
        }
      }
    }

    private void append() {
      if (appender == null) {
        appender = queue.createAppender(); // the thread's own
      }
      document.readPositionRemaining(0, BYTES);
      appender.writeBytes(document);
    }

    /** Ends it. */
    @TearDown
    public void close() throws InterruptedException {
      over = true;
      reader.join();
      if (appender != null) {
        appender.close();
      }
      queue.close();
      folder.close();
    }
  }

  @Benchmark
  public void start(Ours ours) {
    long mine = ours.begun.get() + 1;
    if (!(ours.job.submit(ours.task) instanceof Admitted<String>)) {
      throw new IllegalStateException("this measures refusal");
    }
    await(ours.begun, mine);
  }

  @Benchmark
  public void appendAndTail(Bare bare) {
    long mine = bare.read.get() + 1;
    bare.append();
    await(bare.read, mine);
  }
}
