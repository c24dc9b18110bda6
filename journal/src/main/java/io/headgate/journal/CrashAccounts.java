package io.headgate.journal;

import io.headgate.Spending;
import io.headgate.admission.Reservation;
import io.headgate.admission.Trial;
import io.headgate.engine.Ending;
import io.headgate.engine.Engine;
import io.headgate.journal.sbe.AttemptEndedDecoder;
import io.headgate.journal.sbe.JobClosedDecoder;
import io.headgate.journal.sbe.JobOpenedDecoder;
import io.headgate.journal.sbe.MessageHeaderDecoder;
import io.headgate.journal.sbe.RunStartedDecoder;
import io.headgate.journal.sbe.TaskAdmittedDecoder;
import io.headgate.recovery.Past;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Compares what recovery folds out of a journal with what an engine says that is given its inputs
 * again: the tokens and the money of each open job.
 */
final class CrashAccounts {
  private static final class Quiet extends QuietEffects implements Replay.Facts {
    @Override
    public void start(
        Reservation task, int attempt, long nowNs, long deadlineNs, @Nullable Trial trial) {}

    @Override
    public void runStarted(RunStartedDecoder run, Engine engine) {}

    @Override
    public void started(long task, int attempt, int rung, long stampNs, long deadlineNs) {}

    @Override
    public void ended(long task, Ending ending, long stampNs, long ranNs) {}

    @Override
    public void digest(long stampNs, long digest) {}

    @Override
    public void runEnded(long stampNs, long digest) {}
  }

  private static final int EVERY = 4;

  private final MessageHeaderDecoder header = new MessageHeaderDecoder();
  private final PastFold fold = new PastFold();
  private final Replay replay;

  CrashAccounts() {
    var quiet = new Quiet();
    replay = new Replay(quiet, quiet);
  }

  /** What differs first in a journal; null if nothing does. */
  @Nullable String compare(Path folder) {
    try (JournalReader reader = JournalReader.of(folder)) {
      return compare(reader);
    }
  }

  /** What is known after that, without a snapshot. */
  Past past() {
    return fold.past();
  }

  private @Nullable String compare(JournalReader reader) {
    long inputs = 0;
    while (reader.next()) {
      header.wrap(reader.buffer(), reader.offset());
      // Within the consequences of one input, either may be ahead of the other.
      boolean isInput =
          switch (header.templateId()) {
            case TaskAdmittedDecoder.TEMPLATE_ID,
                AttemptEndedDecoder.TEMPLATE_ID,
                JobOpenedDecoder.TEMPLATE_ID,
                JobClosedDecoder.TEMPLATE_ID ->
                true;
            default -> false;
          };
      // When a Headgate is shut down, its engine closes what stays open for the next one.
      if (isInput && !fold.state().halted && inputs++ % EVERY == 0) {
        // What was due before it has come to pass, and is written.
        replay.engine().advance(stampNs(reader));
        String differs = compareJobs();
        if (differs != null) {
          return "before record " + reader.sequence() + ": " + differs;
        }
      }
      replay.apply(reader.buffer(), reader.offset());
      fold.apply(reader.buffer(), reader.offset());
    }
    return null;
  }

  // The first field of each input.
  private static long stampNs(JournalReader reader) {
    return reader
        .buffer()
        .getLong(reader.offset() + MessageHeaderDecoder.ENCODED_LENGTH, Frame.ORDER);
  }

  private @Nullable String compareJobs() {
    for (var each : fold.state().jobs.entrySet()) {
      PastState.Job job = each.getValue();
      Spending spent = replay.spendingOf(each.getKey());
      if (spent != null
          && (spent.tokensSpent() != job.tokens || spent.moneySpentNanos() != job.moneyNanos)) {
        return "job "
            + job.id
            + " has spent "
            + job.tokens
            + " tokens and "
            + job.moneyNanos
            + " nano-dollars by its records, and "
            + spent.tokensSpent()
            + " and "
            + spent.moneySpentNanos()
            + " by its engine";
      }
    }
    return null;
  }
}
