package io.headgate.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Reads one of Chronicle's files without Chronicle, which may wait, throw or fault on what a dead
 * writer or a bad disk left there. Only reads, never maps, and believes no length before it was
 * compared with what is left. One thread.
 *
 * <pre>
 *   a document: a word of 4 bytes, then its bytes; the next begins at a multiple of 4
 *   the word:   bit 31 unfinished, bit 30 not data, the others the length; 0: nothing yet
 * </pre>
 */
final class DocumentFile implements AutoCloseable {
  private static final int UNFINISHED = 1 << 31;
  private static final int NO_DATA = 1 << 30;
  private static final int LENGTH = NO_DATA - 1;
  private static final int END = UNFINISHED | NO_DATA;
  private static final byte[] FIRST = "header".getBytes(StandardCharsets.US_ASCII);
  private static final int FIRST_AT = 2;

  /** What Chronicle writes behind the word of the end, when it goes on in the next hour's file. */
  private static final int END_NAME = 'F' << 24 | 'O' << 16 | 'E' << 8 | 0xc3;

  private static final int LOOK = 1 << 20;
  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(LOOK).asReadOnlyBuffer();
  private static final int AHEAD = 1 << 16;
  private static final int LEAST_LOOK = 1 << 12;

  /** What {@link #next} found. */
  enum Found {
    /** A document with data. */
    DATA,
    /** One that is Chronicle's own. */
    OTHER,
    /** None, or none yet. */
    NOTHING,
    /** One that was not finished: by whoever writes now, or by one who died. */
    UNFINISHED
  }

  /** It is not what was written. */
  static final class BrokenException extends Exception {
    private static final long serialVersionUID = 1L;

    BrokenException(String what) {
      super(what);
    }
  }

  private final Path path;
  private final FileChannel channel;
  private final ByteBuffer word = ByteBuffer.allocateDirect(Integer.BYTES).order(Frame.ORDER);

  // What was read ahead, from a multiple of 4 on. Of that only documents are taken behind which
  // another stood already: nobody writes there any more.
  private final ByteBuffer ahead = ByteBuffer.allocateDirect(AHEAD).order(Frame.ORDER).limit(0);
  private long aheadAt;
  private boolean isAhead;

  private @Nullable ByteBuffer look;
  private long position;
  private int length;

  DocumentFile(Path path) {
    this.path = path;
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
    } catch (IOException e) {
      throw new UncheckedIOException("journal's file " + path + " cannot be read", e);
    }
  }

  Path path() {
    return path;
  }

  /** Where the document begins at which it stands. */
  long position() {
    return position;
  }

  /** How long the document is that was found, in bytes. */
  int length() {
    return length;
  }

  /** Goes on to what {@link #next} found last. */
  void skip() {
    position = (position + Integer.BYTES + length + 3) & ~3L;
  }

  /** Looks at what stands here, and stays. */
  Found next() throws BrokenException {
    length = 0;
    int header = wordAhead();
    isAhead = header != 0;
    if (!isAhead) {
      if (!read(word.clear(), position)) {
        return Found.NOTHING;
      }
      header = word.getInt(0);
    }
    if (header == 0 || header == END) {
      return Found.NOTHING;
    }
    if (header == UNFINISHED) {
      return Found.UNFINISHED;
    }
    if (header < 0) {
      throw new BrokenException("a document that has a length says that it is unfinished");
    }
    int bytes = header & LENGTH;
    if (!isAhead) {
      long left = size() - position - Integer.BYTES;
      if (bytes > left) {
        throw new BrokenException(
            "a document says that it is " + bytes + " bytes long, and " + left + " are left");
      }
    }
    length = bytes;
    boolean data = (header & NO_DATA) == 0;
    if (position == 0 && (data || !isFirst())) {
      throw new BrokenException("it does not begin as a file of Chronicle's");
    }
    return data ? Found.DATA : Found.OTHER;
  }

  // The word that stands here, if its document was read ahead; else 0.
  private int wordAhead() {
    long at = position - aheadAt;
    boolean isRead = at >= 0 && at + Integer.BYTES <= ahead.limit();
    int there = isRead ? ahead.getInt((int) at) : 0;
    long behind = (at + Integer.BYTES + (there & LENGTH) + 3) & ~3L;
    boolean reachesBeyond = behind + Integer.BYTES > ahead.limit();
    if (!isRead || (there > 0 && reachesBeyond && at > 0)) {
      aheadAt = position;
      readSome(ahead.clear(), position);
      ahead.flip();
      return ahead.limit() < Integer.BYTES ? 0 : wordAhead();
    }
    return there > 0 && !reachesBeyond && ahead.getInt((int) behind) != 0 ? there : 0;
  }

  private boolean isFirst() {
    ByteBuffer name = ByteBuffer.allocate(FIRST.length);
    return length > FIRST_AT + FIRST.length
        && read(name, Integer.BYTES + FIRST_AT)
        && ByteBuffer.wrap(FIRST).equals(name.flip());
  }

  /** Reads the document's bytes, as many as fit. */
  void read(ByteBuffer into) throws BrokenException {
    if (isAhead) {
      int at = (int) (position - aheadAt) + Integer.BYTES;
      int fits = Math.min(into.remaining(), length);
      into.put(into.position(), ahead, at, fits).position(into.position() + fits);
    } else if (!read(into, position + Integer.BYTES)) {
      throw new BrokenException("it became shorter while it was read");
    }
  }

  /**
   * Reads what stands here without a length: Chronicle writes a document's bytes first, and then
   * its word. Who was killed in between, or is just there, leaves some, or all of them.
   *
   * @return how many bytes, up to the last that is not zero; at most as many as fit
   */
  int readUnnamed(ByteBuffer into) {
    if (!isWord(0, position)) {
      return 0;
    }
    int most = Math.max(0, readSome(into, position + Integer.BYTES));
    while (most > 0 && into.get(most - 1) == 0) {
      most--;
    }
    return most;
  }

  /**
   * Nothing may stand after the end.
   *
   * @param unnamed how many bytes are known to stand there all the same
   * @param far whether to look at all of it, or only at what is near
   */
  void checkNothingFollows(int unnamed, boolean far) throws BrokenException {
    long at = position + Integer.BYTES + unnamed;
    if (look == null) {
      look = ByteBuffer.allocateDirect(Math.clamp(size() - at, LEAST_LOOK, LOOK));
    }
    if (isWord(END, position) && isWord(END_NAME, at)) {
      at += Integer.BYTES;
    }
    do {
      ByteBuffer part = look.clear();
      int read = readSome(part, at);
      if (read <= 0) {
        return;
      }
      if (!isZero(part.flip())) {
        // Unless it was written since.
        if (next() == Found.NOTHING) {
          throw new BrokenException("it ends there, and yet something follows");
        }
        return;
      }
      at += read;
    } while (far);
  }

  private boolean isWord(int wanted, long at) {
    return read(word.clear(), at) && word.getInt(0) == wanted;
  }

  private static boolean isZero(ByteBuffer bytes) {
    return bytes.mismatch(ZEROS.slice(0, bytes.remaining())) < 0;
  }

  // Whether there was as much.
  private boolean read(ByteBuffer into, long at) {
    int from = into.position();
    while (into.hasRemaining()) {
      int read = readSome(into, at + into.position() - from);
      if (read < 0) {
        return false;
      }
    }
    return true;
  }

  private int readSome(ByteBuffer into, long at) {
    try {
      return channel.read(into, at);
    } catch (IOException e) {
      throw cannot(e);
    }
  }

  /** How long the file is now, in bytes. */
  long size() {
    try {
      return channel.size();
    } catch (IOException e) {
      throw cannot(e);
    }
  }

  private UncheckedIOException cannot(IOException e) {
    return new UncheckedIOException("journal's file " + path + " cannot be read", e);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException _) {
      // it was only read
    }
  }
}
