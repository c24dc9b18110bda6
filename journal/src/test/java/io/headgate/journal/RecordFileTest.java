package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
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
}
