package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.headgate.recovery.Past;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Journals that older Headgates wrote (of version 1: commit b4104aa and what followed; of version
 * 2: 1e1d4b6's parents). In each a run of {@link RecordedHost}, closed, and one that was halted
 * under {@code WRITE_AHEAD}: its job {@code spent} had five answers of 157 tokens, its job {@code
 * busy} four calls of 200, of which its agent's cap lets two begin. The lock is not in it.
 */
@Timeout(60)
class OldJournalsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"1, 301", "2, 309"})
  void itsPastIsWhatItsHeadgateHadDone(int version, long records) throws Exception {
    unpack(version);
    Past past = PastReader.read(folder, records);
    assertThat(past.jobs())
        .extracting(Past.PastJob::id, job -> job.settings().tokenBudget(), Past.PastJob::isClosed)
        .containsExactly(tuple("spent", 10_000L, false), tuple("busy", 5_000L, false));
    assertThat(past.jobs().getFirst().carried().tokens()).isEqualTo(5 * 157);
    assertThat(past.tasks())
        .extracting(Past.PastTask::job, Past.PastTask::agent, Past.PastTask::isInFlight)
        .containsExactly(
            tuple("busy", "agent-of-old", true),
            tuple("busy", "agent-of-old", true),
            tuple("busy", "agent-of-old", false),
            tuple("busy", "agent-of-old", false));
  }

  @ParameterizedTest
  @CsvSource({"1, 301", "2, 309"})
  void itsStoriesAreTold(int version, long records) throws Exception {
    unpack(version);
    Verification read = Verification.of(folder);
    // What another version's engine decides may differ; what is on record may not.
    assertThat(read.records()).isEqualTo(records);
    assertThat(read.runs()).isEqualTo(2);
    List<Happening> told = new ArrayList<>();
    Narrator.tell(folder, told::add);
    assertThat(told)
        .filteredOn(each -> "spent".equals(each.job()))
        .filteredOn(each -> each.kind() == Happening.Kind.ATTEMPT_ENDED)
        .extracting(each -> each.more().get("tokens"))
        .allSatisfy(tokens -> assertThat(tokens).hasToString("157"))
        .hasSize(5);
  }

  private void unpack(int version) throws IOException {
    String name = "version-" + version + ".zip";
    try (InputStream packed =
            Objects.requireNonNull(OldJournalsTest.class.getResourceAsStream(name), name);
        var zip = new ZipInputStream(packed, StandardCharsets.UTF_8)) {
      for (ZipEntry each = zip.getNextEntry(); each != null; each = zip.getNextEntry()) {
        Files.copy(zip, folder.resolve(Path.of(each.getName()).getFileName()));
      }
    }
  }
}
