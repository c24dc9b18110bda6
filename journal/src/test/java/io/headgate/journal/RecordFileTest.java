package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Records stand in their order, whatever the time of day does. */
@Timeout(60)
class RecordFileTest {
  private static final long HOUR_ENDS = Instant.parse("2026-11-30T11:00:00Z").toEpochMilli();

  @TempDir Path folder;

  private static void append(RecordFile file) {
    file.add(new UnsafeBuffer(new byte[] {1, 2, 3}), 0, 3);
    file.append();
  }

  @Test
  void aClockThatGoesBackOverAnHoursEndAddsNothingToTheFormerHoursFile() {
    Path journal = folder.resolve("journal");
    Folders.prepare(journal);
    FolderLock lock = FolderLock.take(journal);
    var epochMs = new AtomicLong(HOUR_ENDS - 2);
    try (var file = new RecordFile(journal, 0, false, epochMs::get)) {
      for (long ms : new long[] {-2, 1, -1, -3_600_000, 2}) {
        epochMs.set(HOUR_ENDS + ms);
        append(file);
      }
    } finally {
      lock.close();
    }
    assertThat(JournalFiles.of(journal))
        .map(file -> file.getFileName().toString())
        .containsExactly("20261130-10F.cq4", "20261130-11F.cq4");
    try (JournalReader reader = JournalReader.of(journal)) {
      for (int record = 1; record <= 5; record++) {
        assertThat(reader.next()).isTrue();
        assertThat(reader.sequence()).isEqualTo(record);
      }
      assertThat(reader.next()).isFalse();
    }
    assertThat(JournalReader.lastSequence(journal)).isEqualTo(5);
  }

  /** A disk that does not take what it is asked to take, as often as that is said. */
  private static final class UntakenFile extends RecordFile {
    private int fails;

    UntakenFile(Path folder, LongSupplier epochMs) {
      super(folder, 0, true, epochMs);
    }

    @Override
    void force(FileChannel file, boolean metadata) throws IOException {
      if (fails > 0) {
        fails--;
        throw new IOException("no disk");
      }
      super.force(file, metadata);
    }
  }

  @Test
  void whatTheDiskDidNotTakeIsWrittenAgainBeforeItIsAskedAgain() throws Exception {
    Path journal = folder.resolve("journal");
    Folders.prepare(journal);
    FolderLock lock = FolderLock.take(journal);
    var epochMs = new AtomicLong(HOUR_ENDS - 2);
    try (var file = new UntakenFile(journal, epochMs::get)) {
      append(file);
      file.sync();
      append(file);
      epochMs.set(HOUR_ENDS);
      append(file);
      file.fails = 2;
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(file::sync).hasMessage("journal " + journal + " cannot be synced");
        file.reopen(); // as the journaler does
      }
      for (Path each : JournalFiles.of(journal)) {
        Files.setLastModifiedTime(each, FileTime.fromMillis(0));
      }
      file.sync();
      assertThat(JournalFiles.of(journal))
          .hasSize(2)
          .allSatisfy(each -> assertThat(Files.getLastModifiedTime(each).toMillis()).isPositive());
      for (Path each : JournalFiles.of(journal)) {
        Files.setLastModifiedTime(each, FileTime.fromMillis(0));
      }
      file.sync();
      assertThat(JournalFiles.of(journal))
          .allSatisfy(each -> assertThat(Files.getLastModifiedTime(each).toMillis()).isZero());
    } finally {
      lock.close();
    }
    assertThat(JournalReader.lastSequence(journal)).isEqualTo(3);
  }
}
