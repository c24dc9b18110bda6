package io.headgate.journal;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.CRC32C;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.TailerDirection;
import net.openhft.chronicle.wire.DocumentContext;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reads a journal's records, oldest first, also while another process writes them. Each is checked:
 * that it is whole, and that it follows the one before. Memory does not grow with the journal. One
 * thread.
 */
public final class JournalReader implements AutoCloseable {
  private static final int FIRST_BYTES = 256 * 1024;

  private final Path folder;
  private final ChronicleQueue queue;
  private final ExcerptTailer tailer;
  private final CRC32C crc = new CRC32C();
  private ByteBuffer bytes = ByteBuffer.allocateDirect(FIRST_BYTES).order(Frame.ORDER);
  private UnsafeBuffer frames = new UnsafeBuffer(bytes);
  private Bytes<?> into = Bytes.wrapForWrite(bytes);
  private int end;
  private int next;
  private int length;
  private long index;
  private long sequence;

  private JournalReader(Path folder, ChronicleQueue queue) {
    this.folder = folder;
    this.queue = queue;
    tailer = queue.createTailer();
  }

  /**
   * From the first record of the journal in that folder on.
   *
   * @throws IllegalArgumentException if there is no journal
   */
  public static JournalReader of(Path folder) {
    JvmFlags.check();
    if (!exists(folder)) {
      throw new IllegalArgumentException(
          folder + " has no journal; name the folder that was given to FolderJournal.in");
    }
    return new JournalReader(folder, RecordFile.open(folder, true));
  }

  private static boolean exists(Path folder) {
    return Files.isDirectory(folder) && Files.exists(folder.resolve(FolderLock.FILE));
  }

  /** The number of the last record in a folder; 0 if there is none. */
  static long lastSequence(Path folder) {
    try (ChronicleQueue queue = RecordFile.open(folder, false)) {
      var reader = new JournalReader(folder, queue);
      reader.tailer.direction(TailerDirection.BACKWARD).toEnd();
      if (!reader.readDocument()) {
        return 0;
      }
      reader.sequence = reader.frames.getLong(Frame.HEADER - Long.BYTES, Frame.ORDER) - 1;
      while (reader.next != reader.end) {
        reader.check();
      }
      return reader.sequence;
    }
  }

  /**
   * Goes to the next record.
   *
   * @return false if there is none, or none yet
   * @throws JournalDamagedException if what stands there is no whole record, or not the next one
   */
  public boolean next() {
    if (next == end && !readDocument()) {
      return false;
    }
    check();
    return true;
  }

  private boolean readDocument() {
    try (DocumentContext document = tailer.readingDocument()) {
      if (!document.isPresent()) {
        return false;
      }
      index = document.index();
      Bytes<?> from = Objects.requireNonNull(document.wire()).bytes();
      long remaining = from.readRemaining();
      if (remaining > bytes.capacity()) {
        bytes = ByteBuffer.allocateDirect(Math.toIntExact(remaining)).order(Frame.ORDER);
        frames = new UnsafeBuffer(bytes);
        into = Bytes.wrapForWrite(bytes);
      }
      into.clear();
      into.write(from);
      end = (int) remaining;
      next = 0;
      return true;
    }
  }

  private void check() {
    int left = end - next;
    if (left < Frame.HEADER) {
      throw damaged("it ends within a record's header, " + left + " bytes long");
    }
    int size = frames.getInt(next, Frame.ORDER);
    if (size < 0 || size > left - Frame.HEADER) {
      throw damaged("a record says that it is " + size + " bytes long, and " + left + " are left");
    }
    int checksum = frames.getInt(next + Integer.BYTES, Frame.ORDER);
    if (Frame.checksum(bytes, next, size, crc) != checksum) {
      throw damaged("a record's checksum is wrong");
    }
    long number = frames.getLong(next + Long.BYTES, Frame.ORDER);
    if (number != sequence + 1) {
      throw damaged("a record has number " + number);
    }
    sequence = number;
    length = size;
    next += Frame.HEADER + size;
  }

  private JournalDamagedException damaged(String what) {
    return new JournalDamagedException(folder, sequence, index, what);
  }

  /** Its place in the order of all: 1 for the first. */
  public long sequence() {
    return sequence;
  }

  /** Where the record stands. */
  DirectBuffer buffer() {
    return frames;
  }

  int offset() {
    return next - length;
  }

  int length() {
    return length;
  }

  /** What the journal was found in. */
  public Path folder() {
    return folder;
  }

  @Override
  public void close() {
    tailer.close();
    queue.close();
  }
}
