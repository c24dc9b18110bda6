package io.headgate.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.agrona.MutableDirectBuffer;

/**
 * What stands before each record: its length, a checksum of all that follows, and its own sequence
 * number, so that what was lost, repeated or changed below us is noticed.
 *
 * <pre>
 *   0        4        8                16
 *   length   CRC-32C  sequence number  record ...     little-endian
 * </pre>
 */
final class Frame {
  static final int HEADER = 16;
  static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  private static final int CHECKED_FROM = 8;

  private Frame() {}

  /** Fills in the header of a record that stands behind it. */
  static void seal(MutableDirectBuffer buffer, int at, int length, long sequence, CRC32C crc) {
    buffer.putInt(at, length, ORDER);
    buffer.putLong(at + 8, sequence, ORDER);
    buffer.putInt(at + 4, checksum(view(buffer), at, length, crc), ORDER);
  }

  static int checksum(ByteBuffer bytes, int at, int length, CRC32C crc) {
    crc.reset();
    bytes.limit(at + HEADER + length).position(at + CHECKED_FROM);
    crc.update(bytes); // allocates nothing, as a slice would
    bytes.clear();
    return (int) crc.getValue();
  }

  private static ByteBuffer view(MutableDirectBuffer buffer) {
    ByteBuffer bytes = buffer.byteBuffer();
    assert bytes != null;
    return bytes;
  }
}
