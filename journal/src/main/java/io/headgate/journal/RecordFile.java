package io.headgate.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.core.time.TimeProvider;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Appends records to a Chronicle Queue: many in one document, each in a {@link Frame}. A document
 * is made whole first and written by one call, so that none is ever held open. The journaler's
 * thread, which nobody interrupts.
 */
class RecordFile implements AutoCloseable {
  private static final int DOCUMENT = 64 * 1024;
  private static final int NONE = -1;

  private final ChronicleQueue queue;
  private final Path folder;
  private final boolean syncs;
  private final CRC32C crc = new CRC32C();
  private ByteBuffer bytes = ByteBuffer.allocateDirect(2 * DOCUMENT);
  private UnsafeBuffer frames = new UnsafeBuffer(bytes);

  // Of the present hour's file, which has that number.
  private @Nullable FileChannel synced;
  private int syncedCycle;

  // Whether the disk did not take what was appended, when it was last asked to.
  private boolean unsynced;

  // Chronicle lets one thread use each: made by the one that appends.
  private @Nullable ExcerptAppender appender;
  private @Nullable Bytes<?> document;
  private int length;
  private long sequence;

  /**
   * In files of its own: those that are there become the past.
   *
   * @param last the sequence number of the last record that is there
   * @param syncs whether {@link #sync} does anything
   */
  RecordFile(Path folder, long last, boolean syncs) {
    this(folder, last, syncs, System::currentTimeMillis);
  }

  /** The same, by another clock. */
  RecordFile(Path folder, long last, boolean syncs, LongSupplier epochMs) {
    this.folder = folder;
    this.syncs = syncs;
    JournalFiles.putAside(folder);
    queue = open(folder, epochMs);
    sequence = last;
  }

  private static ChronicleQueue open(Path folder, LongSupplier epochMs) {
    System.setProperty("chronicle.analytics.disable", "true");
    System.setProperty("chronicle.announcer.disable", "true");
    System.setProperty("chronicle.disk.monitor.disable", "true"); // the journaler looks itself
    return SingleChronicleQueueBuilder.binary(folder.toFile())
        .rollCycle(RollCycles.FAST_HOURLY)
        .timeProvider(new ForwardTime(epochMs))
        .build();
  }

  /** The time of day, which never goes back: else Chronicle would add to a former hour's file. */
  private static final class ForwardTime implements TimeProvider {
    private final LongSupplier epochMs;
    private final AtomicLong lastMs = new AtomicLong();

    ForwardTime(LongSupplier epochMs) {
      this.epochMs = epochMs;
    }

    @Override
    public long currentTimeMillis() {
      return lastMs.accumulateAndGet(epochMs.getAsLong(), Math::max);
    }
  }

  /** Whether the document is as long as it should be. */
  boolean isFull() {
    return length >= DOCUMENT;
  }

  boolean isEmpty() {
    return length == 0;
  }

  /** Adds a record to the document; nothing is written yet. */
  void add(DirectBuffer record, int offset, int size) {
    int end = length + Frame.HEADER + size;
    if (end > frames.capacity()) {
      grow(Math.max(end, 2 * frames.capacity()));
    }
    frames.putBytes(length + Frame.HEADER, record, offset, size);
    Frame.seal(frames, length, size, ++sequence, crc);
    length = end;
  }

  private void grow(int capacity) {
    ByteBuffer larger = ByteBuffer.allocateDirect(capacity);
    larger.put(0, bytes, 0, length);
    bytes = larger;
    frames = new UnsafeBuffer(bytes);
    document = null;
  }

  /**
   * Writes the document. If that fails it is kept, and may be tried again.
   *
   * @throws RuntimeException as Chronicle does
   */
  void append() {
    if (appender == null) {
      appender = queue.createAppender();
    }
    if (document == null) {
      document = Bytes.wrapForRead(bytes);
    }
    document.readPositionRemaining(0, length);
    KillPoint.APPEND.here();
    appender.writeBytes(document);
    KillPoint.APPENDED.here();
    length = 0;
  }

  /**
   * What was appended is on the disk when this returns, if that is wanted at all. Not by Chronicle,
   * which tells nobody of an error.
   *
   * @throws UncheckedIOException if the disk says that it is not; it may be tried again
   */
  void sync() {
    if (!syncs || (appender == null && !unsynced)) {
      return;
    }
    boolean again = unsynced;
    unsynced = true;
    try {
      if (again || synced == null || appender == null || appender.cycle() != syncedCycle) {
        syncAll(again);
        syncedCycle = appender == null ? NONE : appender.cycle();
      } else {
        force(synced, false);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("journal " + folder + " cannot be synced", e);
    }
    unsynced = false;
  }

  // All that Chronicle may have written to, also of hours that are over, and the names of new ones.
  private void syncAll(boolean again) throws IOException {
    if (synced != null) {
      synced.close();
      synced = null;
    }
    for (Path file : JournalFiles.of(folder)) {
      if (JournalFiles.isLive(file)) {
        if (synced != null) {
          synced.close();
        }
        synced = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        if (again) {
          writeAgain(synced);
        }
        force(synced, true);
      }
    }
    FileChannel names;
    try {
      names = FileChannel.open(folder, StandardOpenOption.READ);
    } catch (IOException _) {
      return; // a system that cannot do that to a folder does it by itself
    }
    try (names) {
      force(names, true);
    }
  }

  // What the system failed to write it takes for written from then on, and says so when it is asked
  // again: only what is written anew does it try again.
  private static void writeAgain(FileChannel file) throws IOException {
    ByteBuffer some = ByteBuffer.allocate(DOCUMENT);
    ByteBuffer nothing = ByteBuffer.allocate(DOCUMENT);
    int read;
    for (long at = 0; (read = file.read(some.clear(), at)) > 0; at += read) {
      if (!some.flip().equals(nothing.limit(read))) {
        writeAll(file, some, at);
      }
    }
  }

  private static void writeAll(FileChannel file, ByteBuffer bytes, long at) throws IOException {
    while (bytes.hasRemaining()) {
      at += file.write(bytes, at);
    }
  }

  /** Waits until what was written to it is on the disk. */
  void force(FileChannel file, boolean metadata) throws IOException {
    file.force(metadata);
  }

  /** Whether that is wanted. */
  boolean syncs() {
    return syncs;
  }

  /**
   * After an append that failed: begins anew at the end of what is there, which tells whether the
   * document is.
   *
   * @throws RuntimeException as Chronicle does
   */
  void reopen() {
    if (appender != null) {
      appender.close();
      appender = null;
    }
    document = null;
    if (length > 0 && JournalReader.lastSequence(folder, true) == sequence) {
      length = 0; // it had been written after all
    }
  }

  /** Gives up what was added and is not written. */
  void drop() {
    length = 0;
  }

  /**
   * After that: goes on at the end of what is there.
   *
   * @throws RuntimeException as Chronicle does
   */
  void resume() {
    reopen();
    sequence = JournalReader.lastSequence(folder, true);
  }

  /** The number of the last record that was added. */
  long sequence() {
    return sequence;
  }

  @Override
  public void close() {
    if (appender != null) {
      appender.close();
    }
    queue.close();
    if (synced != null) {
      try {
        synced.close();
      } catch (IOException e) {
        throw new UncheckedIOException("journal " + folder + " cannot be closed", e);
      }
    }
  }
}
