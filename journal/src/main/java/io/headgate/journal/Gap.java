package io.headgate.journal;

import io.headgate.journal.sbe.GapDecoder;
import io.headgate.journal.sbe.GapEncoder;
import io.headgate.journal.sbe.MessageHeaderDecoder;
import java.io.IOException;
import java.nio.file.Path;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Records that cannot be written, if their Headgate goes on without. They are taken note of as
 * recovery would take it, and when the disk is back that is left as a snapshot, beside a record
 * that says how much is missing. The journaler's, but for what says otherwise.
 */
final class Gap {
  private final Path folder;
  private final PastFold fold;
  private final UnsafeBuffer record = new UnsafeBuffer(new byte[64]);
  private final GapEncoder encoder = new GapEncoder();
  private final MessageHeaderDecoder header = new MessageHeaderDecoder();
  private volatile long from;
  private volatile long until;
  private volatile boolean open;
  private volatile int asked;

  /**
   * There is none yet.
   *
   * @param fold knows all that stands in the folder
   */
  Gap(Path folder, PastFold fold) {
    this.folder = folder;
    this.fold = fold;
  }

  /** Whether that record is the one that stands for a gap. */
  static boolean is(MessageHeaderDecoder header, DirectBuffer buffer, int offset) {
    return header.wrap(buffer, offset).templateId() == GapDecoder.TEMPLATE_ID;
  }

  boolean isRecord(DirectBuffer buffer, int offset) {
    return is(header, buffer, offset);
  }

  /** Takes note of a record that may come to be lost. */
  void note(DirectBuffer buffer, int offset) {
    fold.apply(buffer, offset);
  }

  /** From that record on nothing is written. */
  void begin(long record) {
    until = Long.MAX_VALUE;
    from = record;
    open = true;
  }

  /** Has the dispatcher write down that it is over. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread does
  void ask() {
    asked++;
  }

  /**
   * What was noted is left as a snapshot of the journal as it is after the gap's record.
   *
   * @param sequence that record's number
   * @throws IOException if the disk does not take it
   */
  void leaveSnapshot(long sequence) throws IOException {
    Snapshots.write(folder, fold.image(sequence));
  }

  /** That record, with how many are missing before it. */
  UnsafeBuffer filled(DirectBuffer buffer, int offset, int length, long lost) {
    this.record.putBytes(0, buffer, offset, length);
    encoder.wrap(this.record, MessageHeaderDecoder.ENCODED_LENGTH).lost(lost);
    return this.record;
  }

  /** That record is written: nothing more is missing. */
  void end(long record) {
    until = record - 1;
    open = false;
  }

  /** Any thread. */
  boolean isOpen() {
    return open;
  }

  /** How often its end was asked for. Any thread. */
  int asked() {
    return asked;
  }

  /** Whether that record is in the last gap. Any thread. */
  boolean hasLost(long record) {
    return from > 0 && record >= from && record <= until;
  }
}
