package io.headgate.journal;

import io.headgate.journal.sbe.AttemptEndedDecoder;
import io.headgate.journal.sbe.AttemptStartedDecoder;
import io.headgate.journal.sbe.MessageHeaderDecoder;
import io.headgate.journal.sbe.TaskAdmittedDecoder;
import io.headgate.journal.sbe.TaskEndedDecoder;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A journal's folder for benchmarks, read by Chronicle's own tailer: each record is checked, and
 * the fields of the four kinds that nearly all are of are decoded. One thread.
 */
public final class TailedFolder implements AutoCloseable {
  private static final int LARGEST = 1 << 20;

  private final ChronicleQueue queue;
  private final ExcerptTailer tailer;
  private final ByteBuffer bytes = ByteBuffer.allocateDirect(LARGEST);
  private final Bytes<ByteBuffer> document = Bytes.wrapForWrite(bytes);
  private final ByteBuffer view = bytes.duplicate().order(Frame.ORDER);
  private final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
  private final CRC32C crc = new CRC32C();
  private final MessageHeaderDecoder header = new MessageHeaderDecoder();
  private final TaskAdmittedDecoder admitted = new TaskAdmittedDecoder();
  private final AttemptStartedDecoder started = new AttemptStartedDecoder();
  private final AttemptEndedDecoder attempt = new AttemptEndedDecoder();
  private final TaskEndedDecoder ended = new TaskEndedDecoder();
  private long sequence;

  /** At its beginning. */
  public TailedFolder(Path folder) {
    queue =
        SingleChronicleQueueBuilder.binary(folder.toFile())
            .rollCycle(RollCycles.FAST_HOURLY)
            .readOnly(true)
            .build();
    tailer = queue.createTailer();
  }

  /**
   * Reads to the end.
   *
   * @return something of all that was decoded
   * @throws IllegalStateException if a record is not sound
   */
  public long decode() {
    long sum = 0;
    document.clear();
    while (tailer.readBytes(document)) {
      int length = (int) document.readRemaining();
      for (int at = 0; at < length; at += Frame.HEADER + view.getInt(at)) {
        sequence++;
        if (view.getLong(at + 8) != sequence
            || view.getInt(at + 4) != Frame.checksum(bytes, at, view.getInt(at), crc)) {
          throw new IllegalStateException("record " + sequence + " is not sound");
        }
        sum += decode(at + Frame.HEADER);
      }
      document.clear();
    }
    return sum;
  }

  /** How many records were read. */
  public long sequence() {
    return sequence;
  }

  private long decode(int at) {
    header.wrap(buffer, at);
    return switch (header.templateId()) {
      case TaskAdmittedDecoder.TEMPLATE_ID -> of(admitted.wrapAndApplyHeader(buffer, at, header));
      case AttemptStartedDecoder.TEMPLATE_ID -> of(started.wrapAndApplyHeader(buffer, at, header));
      case AttemptEndedDecoder.TEMPLATE_ID -> of(attempt.wrapAndApplyHeader(buffer, at, header));
      case TaskEndedDecoder.TEMPLATE_ID -> of(ended.wrapAndApplyHeader(buffer, at, header));
      default -> header.blockLength();
    };
  }

  private static long of(TaskAdmittedDecoder task) {
    long sum = 0;
    for (TaskAdmittedDecoder.TrialsDecoder trial : task.trials()) {
      sum += trial.target() + trial.opening();
    }
    return sum
        + task.stampNs()
        + task.task()
        + task.hedgeOf()
        + task.agent()
        + task.target()
        + task.job()
        + task.marks()
        + task.arguments()
        + task.inputTokens()
        + task.outputTokens()
        + task.moneyNanos()
        + task.admittedNs()
        + task.takenNs()
        + task.startByNs()
        + task.timeoutNs();
  }

  private static long of(AttemptStartedDecoder start) {
    return start.stampNs() + start.task() + start.attempt() + start.rung() + start.deadlineNs();
  }

  private static long of(AttemptEndedDecoder end) {
    return end.stampNs()
        + end.task()
        + end.marks()
        + end.moneyHeldNanos()
        + end.takenNs()
        + end.how()
        + end.callClass()
        + end.again()
        + end.againRung()
        + end.overspent()
        + end.source()
        + end.againMoneyNanos()
        + end.retryAfterNs()
        + end.tokens()
        + end.moneyNanos()
        + end.heldTokens()
        + end.outputTokens()
        + end.callsPerMinute()
        + end.tokensPerMinute();
  }

  private static long of(TaskEndedDecoder end) {
    return end.stampNs() + end.task() + end.ending() + end.ranNs();
  }

  @Override
  public void close() {
    tailer.close();
    queue.close();
  }
}
