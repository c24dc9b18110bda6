package io.headgate;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The counters of a Headgate in the layout of Agrona's {@code CountersReader}, as two read-only
 * direct buffers: wrap both in {@code UnsafeBuffer} to read them with Agrona (which needs {@code
 * --add-exports java.base/jdk.internal.misc=ALL-UNNAMED} on JDK 25), or use {@link #asMap()}. The
 * dispatcher writes them, at most every ten milliseconds while it works and within 60 when idle;
 * any thread may read. Beside those of what happens there is one for each {@link Refusal}: {@code
 * refusedJobMoneyRate}, behind the others. Each value is a whole one; together they are a few
 * milliseconds apart at most.
 *
 * @param metadata 512 bytes a counter: state, type id, label
 * @param values 128 bytes a counter, a long at the start
 */
public record Counters(ByteBuffer metadata, ByteBuffer values) {
  private static final int METADATA_LENGTH = 512;
  private static final int LABEL_OFFSET = 128;
  private static final int VALUE_LENGTH = 128;

  /** What they are now, by label, in the order of their ids. */
  public Map<String, Long> asMap() {
    ByteBuffer labels = metadata.duplicate().order(ByteOrder.nativeOrder());
    ByteBuffer longs = values.duplicate().order(ByteOrder.nativeOrder());
    Map<String, Long> map = new LinkedHashMap<>();
    for (int id = 0; id < labels.capacity() / METADATA_LENGTH; id++) {
      int at = id * METADATA_LENGTH + LABEL_OFFSET;
      byte[] label = new byte[labels.getInt(at)];
      labels.get(at + Integer.BYTES, label);
      map.put(new String(label, StandardCharsets.US_ASCII), longs.getLong(id * VALUE_LENGTH));
    }
    return map;
  }
}
