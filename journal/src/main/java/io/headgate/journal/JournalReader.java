package io.headgate.journal;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32C;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a journal's records, oldest first, also while another process writes them. Each is checked:
 * that it is whole, and that it follows the one before. Memory does not grow with the journal. One
 * thread.
 */
public final class JournalReader implements AutoCloseable {
  private static final int FIRST_BYTES = 256 * 1024;

  /** So much may stand in a file without a length, and more is none that a writer left. */
  private static final int MOST_UNNAMED = 1 << 20;

  private static final long NOWHERE = -1;

  /** As the number of the last record: whatever comes first is the next. */
  private static final long UNKNOWN = -1;

  private final Path folder;
  private final CRC32C crc = new CRC32C();
  private ByteBuffer bytes = ByteBuffer.allocateDirect(FIRST_BYTES).order(Frame.ORDER);
  private UnsafeBuffer frames = new UnsafeBuffer(bytes);
  private @Nullable DocumentFile file;

  // In the folder's order, in which a file stays where it is when it is put aside.
  private int fileNumber;

  // Where the document began that was read last.
  private long position;
  private int end;
  private int next;
  private int length;
  private long sequence;
  private boolean thorough;
  private boolean publishedAlone;

  // Where records were read of a document that had no length.
  private long unnamedAt = NOWHERE;

  // Which number a record would have that is torn there.
  private long tornNumber;

  private JournalReader(Path folder, int fileNumber) {
    this.folder = folder;
    this.fileNumber = fileNumber;
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
    var reader = new JournalReader(folder, 0);
    Retention.Beginning beginning = Retention.beginning(folder);
    reader.sequence = beginning == null ? 0 : beginning.record() - 1;
    return reader;
  }

  /** From that file's first record on, whatever its number. */
  static JournalReader ofFile(Path folder, Path file) {
    var reader = new JournalReader(folder, JournalFiles.of(folder).indexOf(file));
    reader.sequence = UNKNOWN;
    if (reader.readDocument()) {
      reader.sequence = reader.firstNumber() - 1;
    }
    return reader;
  }

  /**
   * From the record after that number on.
   *
   * @throws JournalDamagedException if it is not there, though there are later ones
   */
  static JournalReader after(Path folder, long sequence) {
    if (sequence == 0) {
      return of(folder);
    }
    for (int from = JournalFiles.of(folder).size() - 1; from >= 0; from--) {
      var reader = new JournalReader(folder, from);
      reader.sequence = UNKNOWN; // all that it has may be the beginning of its first record
      if (reader.readDocument() && reader.firstNumber() <= sequence + 1) {
        reader.sequence = reader.firstNumber() - 1;
        while (reader.sequence < sequence && reader.next()) {
          // what is known already
        }
        return reader;
      }
      reader.close();
    }
    return of(folder);
  }

  private static boolean exists(Path folder) {
    // A copy may have been made without the lock, which is empty.
    return Files.isDirectory(folder)
        && (Files.exists(folder.resolve(FolderLock.FILE)) || !JournalFiles.of(folder).isEmpty());
  }

  /** How many records there are, for who shows how far it is; 0 if that cannot be told. */
  public static long countIn(Path folder) {
    try {
      return exists(folder) ? lastSequence(folder) : 0;
    } catch (IllegalStateException | IllegalArgumentException _) {
      return 0; // whoever reads it is told
    }
  }

  /**
   * The number of the last record in a folder; 0 if there is none. Reads the last file that has
   * one.
   *
   * @throws IllegalStateException if that is damaged, and how to go on
   */
  static long lastSequence(Path folder) {
    return lastSequence(folder, false);
  }

  /**
   * The same.
   *
   * @param publishedAlone whether what stands in a document without a length does not count: its
   *     writer writes it anew
   */
  static long lastSequence(Path folder, boolean publishedAlone) {
    for (int last = JournalFiles.of(folder).size() - 1; last >= 0; last--) {
      try (var reader = new JournalReader(folder, last)) {
        reader.sequence = UNKNOWN;
        reader.publishedAlone = publishedAlone;
        reader.thorough = !publishedAlone; // later it is looked at whole, as one of the past
        if (reader.readDocument()) {
          reader.sequence = reader.firstNumber() - 1;
          reader.check();
          while (reader.next()) {
            // to the end
          }
          return reader.sequence;
        }
      } catch (JournalDamagedException e) {
        throw notWritable(e);
      }
    }
    return 0;
  }

  /** What to say of a damaged journal to who wants to go on writing it. */
  static IllegalStateException notWritable(JournalDamagedException e) {
    return new IllegalStateException(
        e.getMessage()
            + ", and nothing is added after it: move the folder's files elsewhere, where"
            + " `headgate verify` reads what is sound, or name another folder",
        e);
  }

  private long firstNumber() {
    return end < Frame.HEADER ? 1 : numberAt(0);
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

  // False if what was no end yet a moment ago is none any more.
  private static boolean endsHere(DocumentFile file, int unnamed, boolean far)
      throws DocumentFile.BrokenException {
    try {
      file.checkNothingFollows(unnamed, far);
      return true;
    } catch (DocumentFile.BrokenException e) {
      if (file.next() == DocumentFile.Found.NOTHING) {
        throw e;
      }
      return false;
    }
  }

  private boolean readDocument() {
    for (DocumentFile from = file(); from != null; from = file()) {
      try {
        if (readDocument(from)) {
          return true;
        }
        boolean last = JournalFiles.of(folder).size() <= fileNumber + 1;
        // Looked at once more, since its writer may have gone on before it began another.
        if (!last && readDocument(from)) {
          return true;
        }
        if (from.next() == DocumentFile.Found.NOTHING) {
          if (last && publishedAlone) {
            return false;
          }
          int unnamed = readUnnamed(from);
          if (!endsHere(from, unnamed, !last || thorough)) {
            continue; // its writer went on meanwhile
          }
          if (next < end) {
            return true;
          }
        }
        if (last) {
          return false;
        }
      } catch (DocumentFile.BrokenException e) {
        position = from.position();
        throw damaged(String.valueOf(e.getMessage()));
      }
      from.close();
      file = null;
      fileNumber++;
      unnamedAt = NOWHERE;
    }
    return false;
  }

  // The present one; null if there is none yet.
  private @Nullable DocumentFile file() {
    if (file == null) {
      List<Path> files = JournalFiles.of(folder);
      file = fileNumber < files.size() ? new DocumentFile(files.get(fileNumber)) : null;
    }
    return file;
  }

  private boolean readDocument(DocumentFile from) throws DocumentFile.BrokenException {
    for (DocumentFile.Found found = from.next(); ; found = from.next()) {
      switch (found) {
        case NOTHING, UNFINISHED -> {
          return false;
        }
        case OTHER -> {
          read(from);
          if (isNextRecord()) {
            throw new DocumentFile.BrokenException("a document with records says that it has none");
          }
          end = next;
          from.skip();
        }
        case DATA -> {
          read(from);
          if (from.position() == unnamedAt) {
            skipTold();
          }
          from.skip();
          if (next < end || end == 0) {
            return true;
          }
        }
      }
    }
  }

  private void read(DocumentFile from) throws DocumentFile.BrokenException {
    int remaining = from.length();
    if (remaining > bytes.capacity()) {
      bytes = ByteBuffer.allocateDirect(remaining).order(Frame.ORDER);
      frames = new UnsafeBuffer(bytes);
    }
    from.read(bytes.clear().limit(remaining));
    bytes.clear();
    position = from.position();
    end = remaining;
    next = 0;
  }

  // What a document says that has no length yet, or never had, since its writer was killed: whole
  // records are read, and what is left of another was never there. But nothing whole may come
  // after that. Answers how many bytes stand there.
  private int readUnnamed(DocumentFile from) throws DocumentFile.BrokenException {
    int most = (int) Math.min(MOST_UNNAMED, from.size());
    if (bytes.capacity() < most) {
      bytes = ByteBuffer.allocateDirect(MOST_UNNAMED).order(Frame.ORDER);
      frames = new UnsafeBuffer(bytes);
    }
    for (int before = 0; ; ) {
      int unnamed = from.readUnnamed(bytes.clear());
      int there = bytes.position(); // the last record may end with zeros
      bytes.clear();
      next = 0;
      end = unnamed == 0 ? 0 : there;
      position = from.position();
      unnamedAt = position;
      skipTold();
      end = wholeUntil(end);
      if (isTorn(end, unnamed) && !isWholeAfter(end, unnamed, there)) {
        return Math.max(end, unnamed);
      }
      // Its writer may be in the midst of it: then it is another the next time.
      crc.reset();
      crc.update(bytes.limit(unnamed));
      bytes.clear();
      if ((int) crc.getValue() == before) {
        throw new DocumentFile.BrokenException("it ends there, and yet something follows");
      }
      before = (int) crc.getValue();
    }
  }

  private int wholeUntil(int limit) {
    int at = next;
    long number = sequence == UNKNOWN && at + Frame.HEADER <= limit ? numberAt(at) : sequence + 1;
    while (isWhole(at, limit, number)) {
      at += Frame.HEADER + frames.getInt(at, Frame.ORDER);
      number++;
    }
    tornNumber = number;
    return at;
  }

  // What a writer left is the beginning of the next record, and nothing behind that.
  private boolean isTorn(int at, int to) {
    if (to - at < Frame.HEADER) {
      return true;
    }
    int size = frames.getInt(at, Frame.ORDER);
    return size >= to - at - Frame.HEADER && numberAt(at) == tornNumber;
  }

  private boolean isWholeAfter(int from, int to, int limit) {
    for (int at = from; at < to && at <= limit - Frame.HEADER; at++) {
      long number = numberAt(at);
      if (number > sequence && number - sequence < MOST_UNNAMED && isWhole(at, limit, number)) {
        return true;
      }
    }
    return false;
  }

  private long numberAt(int at) {
    return frames.getLong(at + Long.BYTES, Frame.ORDER);
  }

  private boolean isWhole(int at, int limit, long number) {
    int left = limit - at - Frame.HEADER;
    int size = left < 0 ? -1 : frames.getInt(at, Frame.ORDER);
    return size >= 0
        && size <= left
        && numberAt(at) == number
        && Frame.checksum(bytes, at, size, crc) == frames.getInt(at + Integer.BYTES, Frame.ORDER);
  }

  // Of a document of which some records were read when it had no length yet.
  private void skipTold() {
    while (next + Frame.HEADER <= end
        && numberAt(next) <= sequence
        && isWhole(next, end, numberAt(next))) {
      next += Frame.HEADER + frames.getInt(next, Frame.ORDER);
    }
  }

  private boolean isNextRecord() {
    return end >= Frame.HEADER
        && frames.getLong(Long.BYTES, Frame.ORDER) == sequence + 1
        && frames.getInt(0, Frame.ORDER) >= 0
        && frames.getInt(0, Frame.ORDER) <= end - Frame.HEADER;
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
    assert file != null;
    return new JournalDamagedException(file.path(), sequence, position, what);
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

  @Override
  public void close() {
    if (file != null) {
      file.close();
    }
  }
}
