package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.recovery.Past;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What former Headgates wrote goes, as a whole, and recovery does not miss it. */
@Timeout(120)
class RetentionTest {
  private static final Duration LONG = Duration.ofDays(1);
  private static final long MUCH = 1L << 40;

  @TempDir Path folder;

  private Past past;
  private long last;
  private List<Path> files;

  @BeforeEach
  void threeRuns() throws Exception {
    for (int run = 0; run < 4; run++) {
      long _ = RecordedHost.run(folder, 1, 2);
    }
    last = JournalReader.lastSequence(folder);
    past = PastReader.read(folder, JournalReader.lastSequence(folder));
    files = JournalFiles.of(folder);
    assertThat(files).hasSizeGreaterThanOrEqualTo(4);
  }

  private void retain(Duration keepFor, long keepBytes, long covered, Duration later)
      throws Exception {
    Retention.apply(
        folder, keepFor, keepBytes, covered, System.currentTimeMillis() + later.toMillis());
  }

  private void assertTwoRunsAreLeft() {
    Verification found = Verification.of(folder);
    assertThat(found.mismatch()).isNull();
    assertThat(found.runs()).isEqualTo(2);
    assertThat(PastReader.read(folder, JournalReader.lastSequence(folder))).isEqualTo(past);
    assertThat(JournalReader.lastSequence(folder)).isEqualTo(last);
  }

  @Test
  void whatIsTooOldGoesButForTheLastOfThem() throws Exception {
    retain(LONG, MUCH, last, LONG.minusHours(1));
    assertThat(JournalFiles.of(folder)).isEqualTo(files);
    retain(LONG, MUCH, last, LONG.plusHours(1));
    assertTwoRunsAreLeft();
    assertThat(files.getFirst()).doesNotExist();
  }

  @Test
  void soDoesWhatIsTooMuch() throws Exception {
    retain(LONG, 1, last, Duration.ZERO);
    assertTwoRunsAreLeft();
    // Another Headgate goes on there.
    long _ = RecordedHost.run(folder, 1, 2);
    Verification found = Verification.of(folder);
    assertThat(found.mismatch()).isNull();
    assertThat(found.runs()).isEqualTo(3);
  }

  @Test
  void nothingGoesForWhichNoSnapshotStands() throws Exception {
    retain(LONG, 1, 0, Duration.ZERO);
    assertThat(JournalFiles.of(folder)).isEqualTo(files);
  }

  @Test
  void aDeletionThatIsCutOffLeavesNoGap() throws Exception {
    byte[] first = Files.readAllBytes(files.getFirst());
    retain(LONG, 1, last, Duration.ZERO);
    Files.write(files.getFirst(), first);
    assertTwoRunsAreLeft();
    retain(LONG, MUCH, last, Duration.ZERO);
    assertThat(files.getFirst()).doesNotExist();
    assertTwoRunsAreLeft();
  }

  @Test
  void whoReadsThereMeanwhileIsToldToReadAgain() throws Exception {
    try (JournalReader reader = JournalReader.of(folder)) {
      assertThat(reader.next()).isTrue();
      retain(LONG, 1, last, Duration.ZERO);
      assertThat(files.getFirst()).doesNotExist();
      assertThatThrownBy(
              () -> {
                while (reader.next()) {
                  // to the end of what is there
                }
              })
          .isInstanceOf(IllegalStateException.class)
          .isNotInstanceOf(JournalDamagedException.class)
          .hasMessageContaining("older ones are not kept: read it again");
    }
  }

  @Test
  void whoReadsFurtherOnReadsOn() throws Exception {
    long from = 0;
    for (Path each : files.subList(files.size() - 2, files.size())) {
      try (JournalReader reader = JournalReader.ofFile(folder, each)) {
        assertThat(reader.next()).isTrue();
        from = from == 0 ? reader.sequence() : from;
      }
    }
    try (JournalReader reader = JournalReader.after(folder, from)) {
      retain(LONG, 1, last, Duration.ZERO);
      assertThat(files.getFirst()).doesNotExist();
      while (reader.next()) {
        // to the end
      }
      assertThat(reader.sequence()).isEqualTo(last);
    }
  }

  @Test
  void aFileKeepsItsNumber() throws Exception {
    List<Integer> before = numbers();
    assertThat(before.getFirst()).isEqualTo(1);
    retain(LONG, 1, last, Duration.ZERO);
    List<Integer> left = numbers();
    assertThat(left).isEqualTo(before.subList(before.size() - left.size(), before.size()));
    JournalFiles.putAside(folder);
    assertThat(numbers()).isEqualTo(left);
  }

  private List<Integer> numbers() {
    List<Path> now = JournalFiles.of(folder);
    return IntStream.range(0, now.size()).mapToObj(i -> JournalFiles.number(now, i)).toList();
  }
}
