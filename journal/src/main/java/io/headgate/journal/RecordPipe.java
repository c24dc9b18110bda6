package io.headgate.journal;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * The way of records from the dispatcher to the journaler: one writer, one reader, no waiting. What
 * does not fit, since the disk is slow, is kept on the heap in order: nothing is lost and the
 * dispatcher never waits. It stays bounded, since {@link #isBehind} keeps new tasks out meanwhile
 * and what was let in comes to an end.
 */
final class RecordPipe {
  private static final int TYPE = 1;

  private final OneToOneRingBuffer ring;
  private final int high;

  // The writer's.
  private final Deque<UnsafeBuffer> overflow = new ArrayDeque<>();

  private volatile boolean behind;

  /**
   * @param bytes a power of two
   */
  RecordPipe(int bytes) {
    ring =
        new OneToOneRingBuffer(
            new UnsafeBuffer(
                ByteBuffer.allocateDirect(bytes + RingBufferDescriptor.TRAILER_LENGTH)));
    high = bytes / 2;
  }

  /** Passes a copy of a record on. By the writer. */
  void write(DirectBuffer record, int length) {
    if (overflow.isEmpty()
        && length <= ring.maxMsgLength()
        && ring.write(TYPE, record, 0, length)) {
      return;
    }
    var copy = new UnsafeBuffer(new byte[length]);
    copy.putBytes(0, record, 0, length);
    overflow.add(copy);
    behind = true;
  }

  /** Passes on what did not fit before, and looks how much is on its way. By the writer. */
  void turn() {
    for (UnsafeBuffer first = overflow.peek(); first != null; first = overflow.peek()) {
      if (!ring.write(TYPE, first, 0, first.capacity())) {
        behind = true;
        return;
      }
      overflow.remove();
    }
    boolean full = ring.size() > high;
    if (full != behind) {
      behind = full;
    }
  }

  /** Whether much more may come before admission gives way. By the writer. */
  boolean hasRoom() {
    return overflow.isEmpty() && ring.size() < high / 2;
  }

  /** Whether the writer has something that did not fit. By the writer. */
  boolean hasOverflow() {
    return !overflow.isEmpty();
  }

  /** Takes what has come, at most so many records. By the reader. */
  int read(MessageHandler handler, int max) {
    return ring.read(handler, max);
  }

  boolean isEmpty() {
    return ring.consumerPosition() == ring.producerPosition();
  }

  /** The reader has caught up: a writer that sleeps need not be waited for. By the reader. */
  void caughtUp() {
    if (behind && isEmpty()) {
      behind = false;
    }
  }

  boolean isBehind() {
    return behind;
  }
}
