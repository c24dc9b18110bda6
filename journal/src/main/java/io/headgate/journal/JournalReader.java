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
    return Files.isDirectory(folder) && Files.exists(folder.resolve(FolderLock.FILE));
  }

  /**
   * The number of the last record in a folder; 0 if there is none. Reads the last file that has
   * one.
   *
   * @throws IllegalStateException if that is damaged, and how to go on
   */
  static long lastSequence(Path folder) {
    for (int last = JournalFiles.of(folder).size() - 1; last >= 0; last--) {
      try (var reader = new JournalReader(folder, last)) {
        reader.thorough = true; // later it is looked at whole, as one of the past
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
    return end < Frame.HEADER ? 1 : frames.getLong(Long.BYTES, Frame.ORDER);
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
  private static boolean endsHere(DocumentFile file, boolean far)
      throws DocumentFile.BrokenException {
    try {
      file.checkNothingFollows(far);
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
        if (from.next() == DocumentFile.Found.NOTHING && !endsHere(from, !last || thorough)) {
          continue; // its writer went on meanwhile
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
          from.skip();
          return true;
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
