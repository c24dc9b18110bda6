package io.headgate.replay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.headgate.Agent;
import io.headgate.Headgate;
import io.headgate.Job;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.journal.FolderJournal;
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

  private String said() {
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void eachCommandIsListedAndHasHelpWithAnExample() throws Exception {
    assertThat(run("--help")).isZero();
    String all = said();
    for (String command :
        List.of(
            "verify",
            "stats",
            "job",
            "inspect",
            "report",
            "export",
            "simulate",
            "experiment",
            "stat",
            "completion")) {
      assertThat(all).contains("\n  " + command + " ");
      out.reset();
      assertThat(run(command, "--help")).as(command).isZero();
      assertThat(said()).as(command).contains("Example", "headgate " + command);
      out.reset();
      assertThat(run("help", command)).as(command).isZero();
      assertThat(said()).as(command).contains("Example");
    }
    out.reset();
    assertThat(run("experiment", "--help")).isZero();
    assertThat(said()).contains("retry-storm", "Exit codes:");
  }

  @Test
  void whatIsGivenWrongIsNamed() throws Exception {
    assertThat(run("simulate", "--seeds", "many")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("--seeds", "many");
    assertThat(run("experiment", "none-such")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("there is none named none-such");
    assertThat(run("verify", "--fast", "x")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("--fast");
  }

  @Test
  void bashCompletesCommandsAndOptions(@TempDir Path folder) throws Exception {
    assertThat(run("completion")).isZero();
    Path script = Files.writeString(folder.resolve("completion"), said());
    String ask =
        """
        source %s
        COMP_WORDS=(headgate st); COMP_CWORD=1; _complete_headgate; echo "${COMPREPLY[@]}"
        """
            .formatted(script);
    Process bash = new ProcessBuilder("bash", "-c", ask).redirectErrorStream(true).start();
    String answer = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(bash.waitFor()).as(answer).isZero();
    assertThat(answer).contains("stat", "stats").doesNotContain("verify");
  }

  @Test
  void statShowsTheCountersOfAHeadgateThatRuns(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("counters");
    try (Headgate headgate = Headgate.builder().countersFile(file).build()) {
      Agent agent = headgate.agent("agent");
      Target target = headgate.target("target");
      try (Job job = headgate.job(j -> j)) {
        var _ = job.submitOrThrow(Task.of(agent, target, _ -> "")).join();
      }
      JsonNode counters;
      do { // they are published every few milliseconds
        out.reset();
        assertThat(run("stat", file.toString(), "--times", "1", "--json")).isZero();
        counters = new JsonMapper().readTree(said());
      } while (counters.path("completed").asLong() == 0);
      assertThat(counters.path("admitted").asLong()).isEqualTo(1);
      out.reset();
      assertThat(run("stat", file.toString(), "--times", "2", "--every", "0.01")).isZero();
      assertThat(said())
          .contains("process " + ProcessHandle.current().pid() + ", up ")
          .containsPattern("completed +1\\R")
          .doesNotContain("retries", "\u001b");
    }
    assertThat(run("stat", folder.resolve("none").toString())).isEqualTo(2);
    Path other = Files.write(folder.resolve("other"), new byte[4_096]);
    assertThat(run("stat", other.toString())).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("none is not there", "is no counters file: it does not begin as one");
  }

  @Test
  void coloursAndBarsAreForATerminalAlone(@TempDir Path folder) throws Exception {
    try (Headgate _ = Headgate.builder().journal(FolderJournal.in(folder)).build()) {
      // its records are enough
    }
    List<String> verify = List.of("verify", folder.toString());
    var plain = new PrintStream(out, true, StandardCharsets.UTF_8);
    var aside = new PrintStream(err, true, StandardCharsets.UTF_8);
    assertThat(Main.run(verify, plain, aside, false)).isZero();
    assertThat(said()).endsWith("every decision is as it was\n").doesNotContain("\u001b");
    assertThat(err.size()).isZero();
    assertThat(Main.run(verify, plain, aside, true)).isZero();
    assertThat(said()).endsWith("\u001b[32mevery decision is as it was\u001b[0m\n");
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("] ", " %").endsWith("\r\u001b[K");
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
