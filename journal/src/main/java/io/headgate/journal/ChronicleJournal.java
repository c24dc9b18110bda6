package io.headgate.journal;

import io.headgate.HeadgateSettings;
import io.headgate.Recovery;
import io.headgate.recovery.Past;
import io.headgate.runtime.JournalSink;
import io.headgate.runtime.JournalSource;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.agrona.ExpandableArrayBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A journal in a folder, before it is opened. */
final class ChronicleJournal implements JournalSource {
  private static final int PIPE_BYTES = 8 << 20;

  private final Path folder;
  private final FolderSettings how;
  private final Opens opens;

  /** Opens a file, as {@link RecordFile#RecordFile(Path, long, boolean)} does. */
  @FunctionalInterface
  interface Opens {
    RecordFile open(Path folder, long last, boolean sync);
  }

  ChronicleJournal(Path folder, FolderSettings how) {
    this(folder, how, RecordFile::new);
  }

  ChronicleJournal(Path folder, FolderSettings how, Opens opens) {
    this.folder = folder;
    this.how = how;
    this.opens = opens;
  }

  @Override
  public JournalSink open(
      HeadgateSettings settings, long seed, long nowNs, long epochNs, Runnable progress) {
    JvmFlags.check();
    Folders.prepare(folder);
    FolderLock lock = FolderLock.take(folder);
    try {
      long last = JournalReader.lastSequence(folder);
      PastFold fold = PastReader.fold(folder, last);
      RecordFile file = opens.open(folder, last, how.durability() == Durability.SYNC);
      var writer = new Writer(folder, lock, file, how, fold, progress);
      writer.begin(settings, seed, nowNs, epochNs);
      return writer;
    } catch (RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /** The dispatcher's end of it. */
  private static final class Writer extends RecordEncoder implements JournalSink {
    private static final long DIGEST_EVERY = 1_024;
    private static final long LINGER_MS = 10_000;
    private static final Logger LOG = LoggerFactory.getLogger(ChronicleJournal.class);

    private final FolderSettings how;
    private final Past past;
    private final RecordPipe pipe;
    private final Journaler journaler;
    private final Thread thread;
    private final SnapshotKeeper keeper;
    private final Thread keepersThread;
    private final Counted counted;
    private final @Nullable Gap gap;
    private long digested;
    private long gapSinceNs;
    private boolean inGap;
    private int askedForEnd;

    Writer(
        Path folder,
        FolderLock lock,
        RecordFile file,
        FolderSettings how,
        PastFold fold,
        Runnable progress) {
      this(new Counted(new RecordPipe(PIPE_BYTES)), folder, lock, file, how, fold, progress);
    }

    private Writer(
        Counted counted,
        Path folder,
        FolderLock lock,
        RecordFile file,
        FolderSettings how,
        PastFold fold,
        Runnable progress) {
      super(counted);
      past = fold.past();
      gap = how.whileFailing() == WhileFailing.RUN_UNJOURNALED ? new Gap(folder, fold) : null;
      this.counted = counted;
      this.pipe = counted.pipe;
      this.how = how;
      journaler =
          new Journaler(
              pipe, file, lock, folder, isWriteAhead(), how.leastFreeBytes(), gap, progress);
      thread = Thread.ofPlatform().daemon().name("headgate-journaler").unstarted(journaler);
      keeper = new SnapshotKeeper(folder, how, file.sequence());
      keepersThread = Thread.ofPlatform().daemon().name("headgate-snapshots").unstarted(keeper);
    }

    void begin(HeadgateSettings settings, long seed, long nowNs, long epochNs) {
      runStarted(nowNs, epochNs, seed, settings, version());
      thread.start();
      keepersThread.start();
    }

    private static String version() {
      String version = ChronicleJournal.class.getPackage().getImplementationVersion();
      return version == null ? "development" : version;
    }

    @Override
    public Past past() {
      return past;
    }

    @Override
    public void recovered(long stampNs, Past.PastTask task, Recovery.Fate fate) {
      recovered(stampNs, task.run(), task.task(), fate);
    }

    @Override
    public boolean isWriteAhead() {
      return how.durability() != Durability.ASYNC;
    }

    @Override
    public long refusalsEveryNs() {
      return how.refusalsEvery().toNanos();
    }

    @Override
    public boolean wantsEachRefusal() {
      return how.eachRefusal();
    }

    @Override
    public boolean hasRoom() {
      return pipe.hasRoom();
    }

    @Override
    public long written() {
      return counted.records;
    }

    @Override
    public long durable() {
      return journaler.durable();
    }

    @Override
    public void want(long record) {
      journaler.want(record);
    }

    @Override
    public boolean hasLost(long record) {
      return gap != null && gap.hasLost(record);
    }

    // How long it lasts is the engine's to say; how much is missing, the journaler's.
    private void lookAt(Gap gap, long nowNs) {
      if (gap.isOpen() && !inGap) {
        gapSinceNs = nowNs;
      }
      inGap = gap.isOpen();
      if (gap.asked() != askedForEnd) {
        askedForEnd = gap.asked();
        gapEnded(gapSinceNs, nowNs);
      }
    }

    @Override
    public void turn(long nowNs, long digest) {
      if (gap != null) {
        lookAt(gap, nowNs);
      }
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
      if (gap != null) {
        gapEnded(inGap ? gapSinceNs : nowNs, nowNs); // if there is one, or comes to be one yet
      }
      runEnded(nowNs, digest);
      boolean interrupted = false;
      long untilMs = System.currentTimeMillis() + LINGER_MS;
      while (pipe.hasOverflow() && System.currentTimeMillis() < untilMs) {
        pipe.turn();
        LockSupport.parkNanos(1_000_000);
      }
      keeper.end(keepersThread);
      try {
        keepersThread.join(LINGER_MS); // it writes in the folder, whose lock the other one has
      } catch (InterruptedException e) {
        interrupted = true;
      }
      journaler.end(thread);
      try {
        thread.join(LINGER_MS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
      if (thread.isAlive()) {
        LOG.error("the journal is closed, and its disk has not taken all that was written yet");
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public boolean isBehind() {
      return pipe.isBehind() || journaler.isFailing();
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
