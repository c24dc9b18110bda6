package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.HeadgateSettings;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The journaler by itself, on the test's thread: what is in the pipe is all that ever comes. */
@Timeout(60)
class JournalerTest {
  /** More than a document takes, and than is taken out of the pipe at once. */
  private static final int MANY = 3_000;

  private final RecordPipe pipe = new RecordPipe(1 << 20);
  private final Records records = new Records(pipe);

  @TempDir Path folders;
  private Path folder = Path.of("");

  private static final class Records extends RecordEncoder {
    Records(RecordPipe pipe) {
      super(pipe::write);
      runStarted(0, 0, 1, HeadgateSettings.DEFAULT, "test");
    }

    void some(int many) {
      for (int i = 0; i < many; i++) {
        recoveryEnded(i);
      }
    }
  }

  /** Its first append fails. */
  private static final class FailsOnce extends RecordFile {
    private boolean hasFailed;

    FailsOnce(Path folder) {
      super(folder, 0, false);
    }

    @Override
    void append() {
      if (!hasFailed) {
        hasFailed = true;
        throw new IllegalStateException("no disk");
      }
      super.append();
    }
  }

  @BeforeEach
  void prepare() {
    folder = folders.resolve("journal");
    Folders.prepare(folder);
  }

  private void run(RecordFile file, FolderLock lock) {
    var journaler =
        new Journaler(
            pipe, file, lock, folder, false, 0, new Gap(folder, new PastFold()), () -> {});
    journaler.end(Thread.currentThread());
    journaler.run();
  }

  private long gapsOnRecord() {
    long gaps = 0;
    var header = new io.headgate.journal.sbe.MessageHeaderDecoder();
    try (JournalReader reader = JournalReader.of(folder)) {
      while (reader.next()) {
        gaps += Gap.is(header, reader.buffer(), reader.offset()) ? 1 : 0;
      }
    }
    return gaps;
  }

  @Test
  void aGapWhoseEndIsAskedForTwiceEndsOnce() {
    records.some(MANY);
    records.gapEnded(1, 2);
    records.gapEnded(1, 3);
    records.some(5);
    run(new FailsOnce(folder), FolderLock.take(folder));
    assertThat(gapsOnRecord()).isEqualTo(1);
    long last = JournalReader.lastSequence(folder);
    assertThat(last).isEqualTo(1 + 5);
    assertThat(PastReader.read(folder, last).isNothing()).isTrue();
  }

  @Test
  void aGapAtTheVeryEndIsOnRecord() {
    records.some(5);
    records.gapEnded(1, 2);
    records.runEnded(3, 0);
    run(new FailsOnce(folder), FolderLock.take(folder));
    assertThat(gapsOnRecord()).isEqualTo(1);
    assertThat(PastReader.read(folder, JournalReader.lastSequence(folder)).isNothing()).isTrue();
    assertThat(Verification.of(folder).gaps()).isEqualTo(1);
  }
}
