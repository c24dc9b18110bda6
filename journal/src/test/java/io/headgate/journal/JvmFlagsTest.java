package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What the journal asks for stands in the file that the launcher, the build and hosts use. */
class JvmFlagsTest {
  @Test
  void theFileHasAllThatIsNeeded() throws IOException {
    assertThat(Files.readAllLines(Path.of("bin", "jvm.flags"))).containsAll(JvmFlags.NEEDED);
  }
}
