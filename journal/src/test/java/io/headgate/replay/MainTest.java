package io.headgate.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command line, and the script that starts it. */
@Timeout(120)
class MainTest {
  private static final Path SCRIPT = Path.of("bin", "headgate").toAbsolutePath();

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... arguments) throws Exception {
    return Main.run(
        List.of(arguments),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  @Test
  void oneSeedInAHundredIsFlownInASecondJvm() throws Exception {
    assertThat(run("simulate", "--seeds", "100", "--from", "1")).isZero();
    List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(lines).contains("second JVM: 1 passed, 0 failed");
    assertThat(lines.getLast()).isEqualTo("100 passed, 0 failed");
  }

  @Test
  void anUnknownCommandIsNamed() throws Exception {
    assertThat(run("fly")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("no command fly", "simulate --seeds");
    assertThat(run()).isEqualTo(2);
    assertThat(run("help")).isZero();
  }

  @Test
  void theScriptSaysHowToBuildWhatIsMissing(@TempDir Path folder) throws Exception {
    Path bin = Files.createDirectories(folder.resolve("a folder").resolve("bin"));
    Path script = Files.copy(SCRIPT, bin.resolve("headgate"), StandardCopyOption.COPY_ATTRIBUTES);
    Process process =
        new ProcessBuilder(script.toString(), "help").redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isEqualTo(2);
    assertThat(said).contains("headgate.jar is missing", "mvn -q -pl journal -am package");
  }
}
