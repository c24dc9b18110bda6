package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A journal gives the same decisions again, to the bit. */
@Timeout(120)
class VerificationTest {
  @TempDir Path folder;

  @Test
  void whatThreadsDidIsDecidedAgain() throws InterruptedException {
    long admitted = RecordedHost.run(folder, 4, 40);
    assertThat(admitted).as("of 960").isGreaterThan(400);
    Verification found = Verification.of(folder);
    assertThat(found.mismatch()).isNull();
    assertThat(found.endedInOrder()).isTrue();
    assertThat(found.facts()).isGreaterThan(admitted);
    assertThat(found.digests()).isPositive();
    assertThat(found.runs()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(Durability.class)
  void withWhateverDurability(Durability durability) throws InterruptedException {
    long admitted = RecordedHost.run(folder, durability, 2, 10);
    Verification found = Verification.of(folder);
    assertThat(found.mismatch()).isNull();
    assertThat(found.endedInOrder()).isTrue();
    assertThat(found.facts()).isGreaterThan(admitted);
  }

  @Test
  void oneRunAfterTheOther() throws InterruptedException {
    for (int run = 0; run < 3; run++) {
      long _ = RecordedHost.run(folder, 1, 3);
    }
    Verification found = Verification.of(folder);
    assertThat(found.mismatch()).isNull();
    assertThat(found.runs()).isEqualTo(3);
  }
}
