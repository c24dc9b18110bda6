package io.headgate.journal;

import io.headgate.HeadgateSettings;
import io.headgate.runtime.JournalSink;
import io.headgate.runtime.JournalSource;
import java.nio.file.Path;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.EpochNanoClock;
import org.agrona.concurrent.NanoClock;

/** A journal in a folder, before it is opened. */
final class ChronicleJournal implements JournalSource {
  private static final int PIPE_BYTES = 8 << 20;

  private final Path folder;

  ChronicleJournal(Path folder) {
    this.folder = folder;
  }

  @Override
  public JournalSink open(
      HeadgateSettings settings, long seed, NanoClock nanoClock, EpochNanoClock epochClock) {
    JvmFlags.check();
    Folders.prepare(folder);
    FolderLock lock = FolderLock.take(folder);
    try {
      long last = JournalReader.lastSequence(folder);
      return new Writer(
          folder, lock, new RecordFile(folder, last), settings, seed, nanoClock, epochClock);
    } catch (RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /** The dispatcher's end of it. */
  private static final class Writer extends RecordEncoder implements JournalSink {
    private static final long DIGEST_EVERY = 1_024;
    private static final long LINGER_MS = 10_000;

    private final RecordPipe pipe;
    private final FolderLock lock;
    private final Journaler journaler;
    private final Thread thread;
    private final Counted counted;
    private long digested;

    Writer(
        Path folder,
        FolderLock lock,
        RecordFile file,
        HeadgateSettings settings,
        long seed,
        NanoClock nanoClock,
        EpochNanoClock epochClock) {
      this(new Counted(new RecordPipe(PIPE_BYTES)), folder, lock, file);
      runStarted(nanoClock.nanoTime(), epochClock.nanoTime(), seed, settings, version());
      thread.start();
    }

    private Writer(Counted counted, Path folder, FolderLock lock, RecordFile file) {
      super(counted);
      this.counted = counted;
      this.pipe = counted.pipe;
      this.lock = lock;
      journaler = new Journaler(pipe, file, folder);
      thread = Thread.ofPlatform().daemon().name("headgate-journaler").unstarted(journaler);
    }

    private static String version() {
      String version = ChronicleJournal.class.getPackage().getImplementationVersion();
      return version == null ? "development" : version;
    }

    @Override
    public void turn(long nowNs, long digest) {
      if (counted.records - digested >= DIGEST_EVERY) {
        digest(nowNs, digest);
        digested = counted.records;
      }
      pipe.turn();
      if (!pipe.isEmpty()) {
        journaler.wake(thread);
      }
    }

    @Override
    public void close(long nowNs, long digest) {
      runEnded(nowNs, digest);
      boolean interrupted = false;
      long untilMs = System.currentTimeMillis() + LINGER_MS;
      while (pipe.hasOverflow() && System.currentTimeMillis() < untilMs) {
        pipe.turn();
        Thread.onSpinWait();
      }
      journaler.end(thread);
      try {
        thread.join(LINGER_MS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
      lock.close();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public boolean isBehind() {
      return pipe.isBehind();
    }

    @Override
    public String toString() {
      return "journal's writer";
    }
  }

  /** Counts what goes into the pipe. */
  private static final class Counted implements RecordEncoder.Sink {
    final RecordPipe pipe;
    long records;

    Counted(RecordPipe pipe) {
      this.pipe = pipe;
    }

    @Override
    public void write(ExpandableArrayBuffer record, int length) {
      records++;
      pipe.write(record, length);
    }
  }

  @Override
  public String toString() {
    return "FolderJournal[" + folder + "]";
  }
}
