package io.headgate.runtime;

import io.headgate.Counters;
import io.headgate.Refusal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The counters in the layout of Agrona's {@code CountersReader}, in memory or in a mapped file.
 * Agrona's own writer needs a JVM flag on JDK 25, hence the layout by hand. One writer; any thread
 * or process reads.
 *
 * <p>The file starts with a header of {@value #HEADER_LENGTH} bytes, all numbers in the machine's
 * byte order:
 *
 * <pre>
 *    0  int   {@value #MAGIC}, written last
 *    4  int   version, {@value #VERSION}
 *    8  int   offset of the metadata    12  int  their length
 *   16  int   offset of the values      20  int  their length
 *   24  long  process id                32  long  milliseconds since 1970 at the start
 * </pre>
 *
 * Metadata: 512 bytes a counter (int state, int type id, long free-for-reuse deadline, key to 128,
 * int length of the label, label in ASCII). Values: 128 bytes a counter, a long at the start.
 *
 * <p>The file is made under another name and moved into place, private to the owner, and locked
 * while its Headgate lives: a reader never sees half of it, and keeps what it has mapped when a new
 * Headgate takes the name over. It stays when its Headgate ends.
 */
final class CounterTable implements AutoCloseable {
  static final int MAGIC = 0x48474331;
  static final int VERSION = 1;
  static final int HEADER_LENGTH = 128;

  private static final int METADATA_LENGTH = 512;
  private static final int TYPE_ID_OFFSET = 4;
  private static final int DEADLINE_OFFSET = 8;
  private static final int LABEL_OFFSET = 128;
  private static final int RECORD_ALLOCATED = 1;
  private static final long NOT_FREE_TO_REUSE = Long.MAX_VALUE;
  private static final int VALUE_LENGTH = 128;
  // Told from others' by their type; any number that is not Aeron's would do.
  private static final int FIRST_TYPE_ID = 4_700;
  // Far from the others', so that those may grow in number.
  private static final int FIRST_REFUSAL_TYPE_ID = 5_000;

  private static final Counter[] COUNTERS = Counter.values();
  private static final Refusal[] REFUSALS = Refusal.values();
  private static final int SIZE = COUNTERS.length + REFUSALS.length;
  private static final int ALL_METADATA = SIZE * METADATA_LENGTH;
  private static final int ALL_VALUES = SIZE * VALUE_LENGTH;
  private static final int LENGTH = HEADER_LENGTH + ALL_METADATA + ALL_VALUES;
  private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
  private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

  // Beside the lock, which a process loses when it closes any channel on the same file.
  private static final Set<Path> IN_USE = ConcurrentHashMap.newKeySet();
  private static final String IS_IN_USE = "is in use by another Headgate";

  private final MemorySegment segment;
  private final @Nullable Path path;
  private final @Nullable FileChannel channel;

  private CounterTable(
      MemorySegment segment, @Nullable Path path, @Nullable FileChannel channel, long epochMs) {
    this.segment = segment;
    this.path = path;
    this.channel = channel;
    fill(epochMs);
  }

  /** In memory. */
  static CounterTable inMemory(long epochMs) {
    return new CounterTable(Arena.ofAuto().allocate(LENGTH, Long.BYTES), null, null, epochMs);
  }

  /**
   * In a file.
   *
   * @throws IllegalArgumentException if what is there is no counters file, or is in use
   * @throws UncheckedIOException if the file cannot be made
   */
  static CounterTable inFile(Path path, long epochMs) {
    Path absolute = path.toAbsolutePath().normalize();
    if (!IN_USE.add(absolute)) {
      throw unusable(path, IS_IN_USE);
    }
    CounterTable table = null;
    try {
      table = replace(absolute, epochMs);
      return table;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "counters file "
              + path
              + " cannot be made ("
              + e
              + "); its directory must exist and be writable",
          e);
    } finally {
      if (table == null) {
        IN_USE.remove(absolute);
      }
    }
  }

  // The lock of the old one is held until the new one is in place.
  private static CounterTable replace(Path path, long epochMs) throws IOException {
    FileChannel old = openOld(path);
    try {
      return createAndMove(path, epochMs);
    } finally {
      if (old != null) {
        old.close();
      }
    }
  }

  private static CounterTable createAndMove(Path path, long epochMs) throws IOException {
    Path temporary = createTemporary(path);
    CounterTable table = null;
    try {
      table = map(temporary, path, epochMs);
      Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
      return table;
    } catch (IOException | RuntimeException e) {
      if (table != null) {
        table.close();
      }
      Files.deleteIfExists(temporary);
      throw e;
    }
  }

  @SuppressWarnings("MustBeClosedChecker") // closed by the caller
  private static @Nullable FileChannel openOld(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return null;
    }
    if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
      throw unusable(path, "is no regular file");
    }
    FileChannel old = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      if (old.size() > 0 && !isOurs(old)) {
        throw unusable(path, "exists and is no counters file");
      }
      if (!tryLock(old)) {
        throw unusable(path, IS_IN_USE);
      }
      return old;
    } catch (IOException | RuntimeException e) {
      old.close();
      throw e;
    }
  }

  private static boolean isOurs(FileChannel file) throws IOException {
    return file.size() >= HEADER_LENGTH
        && (int)
                INT.get(
                    file.map(FileChannel.MapMode.READ_ONLY, 0, HEADER_LENGTH, Arena.ofAuto()), 0L)
            == MAGIC;
  }

  private static boolean tryLock(FileChannel file) throws IOException {
    try {
      return file.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  private static IllegalArgumentException unusable(Path path, String why) {
    return new IllegalArgumentException(
        "counters file " + path + " " + why + "; name another file, or remove it");
  }

  private static Path createTemporary(Path path) throws IOException {
    Path directory = path.toAbsolutePath().getParent();
    if (directory == null || path.getFileName() == null) {
      throw unusable(path, "is a directory");
    }
    boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] attributes =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    return Files.createTempFile(directory, path.getFileName() + ".", ".new", attributes);
  }

  private static CounterTable map(Path temporary, Path path, long epochMs) throws IOException {
    FileChannel channel =
        FileChannel.open(temporary, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      if (!tryLock(channel)) {
        throw new IOException("locked by somebody else");
      }
      // Written, not only mapped: a full disk shows now, not as a fault in the dispatcher.
      ByteBuffer zeros = ByteBuffer.allocate(LENGTH);
      while (zeros.hasRemaining()) {
        channel.write(zeros);
      }
      MemorySegment segment =
          channel.map(FileChannel.MapMode.READ_WRITE, 0, LENGTH, Arena.ofAuto());
      return new CounterTable(segment, path, channel, epochMs);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private void fill(long epochMs) {
    putInt(4, VERSION);
    putInt(8, HEADER_LENGTH);
    putInt(12, ALL_METADATA);
    putInt(16, HEADER_LENGTH + ALL_METADATA);
    putInt(20, ALL_VALUES);
    LONG.set(segment, 24L, ProcessHandle.current().pid());
    LONG.set(segment, 32L, epochMs);
    for (Counter counter : COUNTERS) {
      fill(idOf(counter), FIRST_TYPE_ID + counter.ordinal(), counter.label());
    }
    for (Refusal reason : REFUSALS) {
      fill(idOf(reason), FIRST_REFUSAL_TYPE_ID + reason.ordinal(), Counter.labelOf(reason));
    }
    INT.setRelease(segment, 0L, MAGIC);
  }

  private void fill(int id, int typeId, String label) {
    int at = HEADER_LENGTH + id * METADATA_LENGTH;
    byte[] bytes = label.getBytes(StandardCharsets.US_ASCII);
    putInt(at + TYPE_ID_OFFSET, typeId);
    LONG.set(segment, (long) at + DEADLINE_OFFSET, NOT_FREE_TO_REUSE);
    MemorySegment.copy(
        bytes, 0, segment, ValueLayout.JAVA_BYTE, at + LABEL_OFFSET + 4L, bytes.length);
    putInt(at + LABEL_OFFSET, bytes.length);
    INT.setRelease(segment, (long) at, RECORD_ALLOCATED);
  }

  private static int idOf(Counter counter) {
    return counter.ordinal();
  }

  private static int idOf(Refusal reason) {
    return COUNTERS.length + reason.ordinal();
  }

  private void putInt(int at, int value) {
    INT.set(segment, (long) at, value);
  }

  private static long offsetOf(int id) {
    return HEADER_LENGTH + ALL_METADATA + (long) id * VALUE_LENGTH;
  }

  /** Writes one; ordered behind the ones written before. */
  void set(Counter counter, long value) {
    LONG.setRelease(segment, offsetOf(idOf(counter)), value);
  }

  /** Likewise, how often it was this reason. */
  void set(Refusal reason, long count) {
    LONG.setRelease(segment, offsetOf(idOf(reason)), count);
  }

  long get(Counter counter) {
    return (long) LONG.getAcquire(segment, offsetOf(idOf(counter)));
  }

  /** To read by any thread. */
  Counters view() {
    MemorySegment readable = segment.asReadOnly();
    return new Counters(
        readable.asSlice(HEADER_LENGTH, ALL_METADATA).asByteBuffer().order(ByteOrder.nativeOrder()),
        readable
            .asSlice(HEADER_LENGTH + ALL_METADATA, ALL_VALUES)
            .asByteBuffer()
            .order(ByteOrder.nativeOrder()));
  }

  /** Gives the lock up; the file stays as it is, and so does what is mapped. */
  @Override
  public void close() {
    if (channel != null && path != null) {
      IN_USE.remove(path);
      try {
        channel.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
