package io.headgate.replay;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads the counters that a Headgate keeps in a file, in the layout that {@code
 * docs/observation.md} describes. Plain reads: whoever writes them is not disturbed. No length is
 * believed before it was compared with what is there.
 *
 * @param pid of the process that keeps them
 * @param since when it began
 */
record CountersFile(long pid, Instant since, Map<String, Long> values) {
  private static final int MAGIC = 0x48474331;
  private static final int VERSION = 1;
  private static final int HEADER = 128;
  private static final int METADATA = 512;
  private static final int VALUE = 128;
  private static final int LABEL_AT = 128;
  private static final int ALLOCATED = 1;
  private static final int MOST = 16 << 20;

  /**
   * What stands there now.
   *
   * @throws IllegalArgumentException if it is no such file
   */
  static CountersFile read(Path path) throws IOException {
    ByteBuffer all;
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size < HEADER || size > MOST) {
        throw no(path, "it is " + size + " bytes long");
      }
      all = ByteBuffer.allocate((int) size).order(ByteOrder.nativeOrder());
      while (all.hasRemaining() && channel.read(all, all.position()) > 0) {
        // on
      }
      all.flip();
    }
    if (all.limit() < HEADER || all.getInt(0) != MAGIC) {
      throw no(path, "it does not begin as one");
    }
    if (all.getInt(4) != VERSION) {
      throw no(path, "its version is " + all.getInt(4) + ", and this reads " + VERSION);
    }
    int metadata = part(path, all, 8, METADATA);
    int values = part(path, all, 16, VALUE);
    int counters = Math.min(all.getInt(12) / METADATA, all.getInt(20) / VALUE);
    Map<String, Long> read = new LinkedHashMap<>();
    for (int i = 0; i < counters; i++) {
      int at = metadata + i * METADATA;
      int length = all.getInt(at + LABEL_AT);
      if (all.getInt(at) == ALLOCATED && length > 0 && length <= METADATA - LABEL_AT - 4) {
        byte[] label = new byte[length];
        all.get(at + LABEL_AT + 4, label);
        read.put(new String(label, StandardCharsets.US_ASCII), all.getLong(values + i * VALUE));
      }
    }
    return new CountersFile(all.getLong(24), Instant.ofEpochMilli(all.getLong(32)), read);
  }

  // Where one begins, of which the header says where and how long it is.
  private static int part(Path path, ByteBuffer all, int at, int each) {
    int offset = all.getInt(at);
    int length = all.getInt(at + 4);
    if (offset < HEADER || length < 0 || length > all.limit() - offset || length % each != 0) {
      throw no(path, "it says that " + length + " bytes stand at " + offset);
    }
    return offset;
  }

  private static IllegalArgumentException no(Path path, String why) {
    return new IllegalArgumentException(
        path + " is no counters file: " + why + "; name the one given to countersFile(path)");
  }

  /** Whether the process that keeps them is still there, on this machine. */
  boolean isKept() {
    return ProcessHandle.of(pid).isPresent();
  }
}
