package io.headgate.bench.ours;

import io.headgate.bench.TemporaryFolder;
import io.headgate.journal.AppendedFile;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A document of the journal, with a number and a checksum of each of its records, and a bare append
 * of as many bytes. New files for each iteration, since they are gigabytes soon.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Appends {
  /** As an admission's record is. */
  private static final int RECORD_BYTES = 118;

  /** In each document. */
  public static final int RECORDS = 64;

  /** Made by JMH. */
  public Appends() {}

  /** The journal's. */
  @State(Scope.Thread)
  public static class Ours {
    private @Nullable TemporaryFolder folder;
    @Nullable AppendedFile file;

    /** Made by JMH. */
    public Ours() {}

    /** A new file. */
    @Setup(Level.Iteration)
    public void open() {
      folder = new TemporaryFolder();
      file = new AppendedFile(folder.path(), RECORD_BYTES, RECORDS);
    }

    /** It is gone. */
    @TearDown(Level.Iteration)
    public void close() {
      assert file != null && folder != null;
      file.close();
      folder.close();
    }
  }

  /** Chronicle's. */
  @State(Scope.Thread)
  public static class Bare {
    private final ByteBuffer bytes =
        ByteBuffer.allocateDirect(AppendedFile.bytes(RECORD_BYTES, RECORDS));
    final Bytes<?> document = Bytes.wrapForRead(bytes);
    private @Nullable TemporaryFolder folder;
    private @Nullable ChronicleQueue queue;
    @Nullable ExcerptAppender appender;

    /** Made by JMH. */
    public Bare() {}

    /** A new queue. */
    @Setup(Level.Iteration)
    public void open() {
      folder = new TemporaryFolder();
      queue =
          SingleChronicleQueueBuilder.binary(folder.path().toFile())
              .rollCycle(RollCycles.FAST_HOURLY)
              .build();
      appender = queue.createAppender();
    }

    /** It is gone. */
    @TearDown(Level.Iteration)
    public void close() {
      assert appender != null && queue != null && folder != null;
      appender.close();
      queue.close();
      folder.close();
    }
  }

  @Benchmark
  public void journal(Ours ours) {
    assert ours.file != null;
    ours.file.append();
  }

  @Benchmark
  public void chronicle(Bare bare) {
    assert bare.appender != null;
    bare.document.readPositionRemaining(0, AppendedFile.bytes(RECORD_BYTES, RECORDS));
    bare.appender.writeBytes(bare.document);
  }
}
