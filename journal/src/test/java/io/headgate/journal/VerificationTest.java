package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A journal gives the same decisions again, to the bit. */
@Timeout(120)
class VerificationTest {
  @TempDir Path folder;

  @Test
  void whatThreadsDidIsDecidedAgain() throws InterruptedException {
    long admitted = RecordedHost.run(folder, 4, 40);
    Verification found = Verification.of(folder);
    assertThat(found.mismatch()).isNull();
    assertThat(found.endedInOrder()).isTrue();
    assertThat(found.facts()).isGreaterThan(admitted);
    assertThat(found.digests()).isPositive();
    assertThat(found.runs()).isEqualTo(1);
  }
}
