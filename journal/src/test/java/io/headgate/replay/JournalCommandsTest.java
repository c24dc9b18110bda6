package io.headgate.replay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Attempt;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.Job;
import io.headgate.RetryPolicy;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.journal.FolderJournal;
import io.headgate.journal.Happening;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the command line says of a journal with two jobs, of which one's call failed once. */
@Timeout(60)
class JournalCommandsTest {
  @TempDir static Path folder;

  private final CommandLineRun line = new CommandLineRun();

  @BeforeAll
  static void aNight() throws InterruptedException {
    try (Headgate headgate =
        Headgate.builder().journal(FolderJournal.in(folder.resolve("night"))).build()) {
      Agent agent = headgate.agent("researcher");
      Target target =
          headgate.target(
              "gpt-large",
              t ->
                  t.price(1, 2)
                      .retry(
                          RetryPolicy.DEFAULT.backoff(Duration.ofMillis(1), Duration.ofMillis(2))));
      try (Job job = headgate.job("ticket-1", j -> j.tokenBudget(1_000))) {
        join(job.submit(Task.of(agent, target, Estimate.of(10, 90), JournalCommandsTest::flaky)));
      }
      try (Job job = headgate.job("ticket-2", j -> j.moneyBudget(1))) {
        join(
            job.submit(
                Task.of(
                    agent,
                    target,
                    Estimate.of(10, 90),
                    attempt -> {
                      attempt.usage(7, 13);
                      return "secret answer";
                    })));
      }
    }
  }

  private static void join(Object admission) throws InterruptedException {
    var _ = ((Admitted<?>) admission).join();
  }

  private static String flaky(Attempt attempt) throws ConnectException {
    if (attempt.number() == 1) {
      throw new ConnectException("secret host");
    }
    attempt.usage(20, 30);
    return "secret answer";
  }

  private int run(String... arguments) throws Exception {
    return line.run(arguments);
  }

  private String night() {
    return folder.resolve("night").toString();
  }

  private String said() {
    return line.said();
  }

  @Test
  void verifyFindsEveryDecisionAgain() throws Exception {
    assertThat(run("verify", night())).isZero();
    assertThat(said()).contains("of 1 runs").endsWith("every decision is as it was\n");
  }

  @Test
  void jobTellsOneStoryWithTheReasonOfEachDecision() throws Exception {
    assertThat(run("job", night(), "ticket-1")).isZero();
    assertThat(said())
        .containsSubsequence(
            "job ticket-1, opened at",
            "opened with 1000 tokens and unlimited money",
            "(researcher at gpt-large) let in: it holds 100 tokens and $0.000190",
            "attempt 1 starts after",
            "the attempt ended: UNAVAILABLE",
            "to be tried again at",
            "since it was UNAVAILABLE",
            "attempt 2 starts after",
            "the attempt ended: OK, used 50 of 100 tokens, $0.000080",
            "ended: COMPLETED after",
            "closed by its owner",
            "over: it spent 50 tokens and $0.000080; of the tokens 0 on failures")
        .doesNotContain("ticket-2");
  }

  @Test
  void aJobThatNeverWasIsNamed() throws Exception {
    assertThat(run("job", night(), "ticket-3")).isEqualTo(1);
    assertThat(said()).contains("the journal has no job ticket-3");
  }

  @Test
  void statsAddsUp() throws Exception {
    assertThat(run("stats", night(), "--by", "job")).isZero();
    List<String> lines = said().lines().toList();
    assertThat(lines).hasSize(4);
    assertThat(lines.get(1).split(" +"))
        .startsWith("ticket-1", "1", "1", "0", "2", "1", "0", "0", "0");
    assertThat(lines.get(2).split(" +"))
        .startsWith("ticket-2", "1", "1", "0", "1", "1", "0", "0", "0");
    assertThat(lines.get(3).split(" +"))
        .startsWith("all", "2", "2", "0", "3", "2", "0", "0", "0")
        .contains("70", "$0.000113");
  }

  @Test
  void inspectFiltersAndSpeaksJson() throws Exception {
    assertThat(run("inspect", night(), "--job", "ticket-2", "--kind", "task_ended", "--json"))
        .isZero();
    JsonNode line = new JsonMapper().readTree(said());
    assertThat(line.path("kind").asText()).isEqualTo("TASK_ENDED");
    assertThat(line.path("agent").asText()).isEqualTo("researcher");
    assertThat(line.path("ending").asText()).isEqualTo("COMPLETED");
    assertThat(line.path("took").asLong()).isPositive();
    assertThat(Instant.parse(line.path("at").asText()))
        .isBetween(Instant.now().minusSeconds(300), Instant.now());
  }

  @Test
  void inspectStopsAtItsLimitAndAtItsTime() throws Exception {
    assertThat(run("inspect", night(), "--limit", "3")).isZero();
    assertThat(said().lines()).hasSize(3);
    assertThat(run("inspect", night(), "--to", "2020-01-01T00:00:00Z")).isZero();
    assertThat(said()).isEmpty();
    assertThat(run("inspect", night(), "--outcome", "failed")).isZero();
    assertThat(said()).isEmpty();
    assertThat(run("inspect", night(), "--outcome", "completed")).isZero();
    assertThat(said().lines()).hasSize(2);
  }

  @Test
  void exportHasALineForEachAttempt() throws Exception {
    assertThat(run("export", night())).isZero();
    List<String> lines = said().lines().toList();
    assertThat(lines).hasSize(4);
    assertThat(lines.getFirst()).isEqualTo(String.join(",", AttemptRow.NAMES));
    assertThat(lines.get(1))
        .matches("ticket-1,researcher,gpt-large,\\d+,1,0,first,100,0,0,UNAVAILABLE,.*");
    assertThat(lines.get(2))
        .matches("ticket-1,researcher,gpt-large,\\d+,2,0,retry,100,50,80000,OK,.*");
    assertThat(lines.get(3))
        .matches("ticket-2,researcher,gpt-large,\\d+,1,0,first,100,20,33000,OK,.*");
    for (String line : lines) {
      assertThat(line.split(",")).as(line).hasSize(AttemptRow.NAMES.size());
    }
  }

  @Test
  void exportSpeaksJson() throws Exception {
    assertThat(run("export", night(), "--format", "jsonl")).isZero();
    List<String> lines = said().lines().toList();
    assertThat(lines).hasSize(3);
    JsonNode retry = new JsonMapper().readTree(lines.get(1));
    assertThat(retry.fieldNames()).toIterable().containsExactlyElementsOf(AttemptRow.NAMES);
    assertThat(retry.path("why").asText()).isEqualTo("retry");
    assertThat(retry.path("used_tokens").asLong()).isEqualTo(50);
    assertThat(Instant.parse(retry.path("ended").asText()))
        .isAfter(Instant.parse(retry.path("started").asText()));
  }

  @Test
  void ofADamagedJournalWhatCameBeforeIsExported() throws Exception {
    Path damaged = Files.createDirectory(folder.resolve("damaged"));
    try (var files = Files.list(folder.resolve("night"))) {
      for (Path file : files.toList()) {
        try (var in = Files.newInputStream(file)) {
          byte[] bytes = in.readNBytes(1 << 20);
          int at = new String(bytes, StandardCharsets.ISO_8859_1).lastIndexOf("ticket-2");
          if (at >= 0) {
            bytes[at] = 'T';
          }
          Files.write(damaged.resolve(file.getFileName()), bytes);
        }
      }
    }
    assertThat(run("export", damaged.toString())).isEqualTo(1);
    assertThat(said().lines()).hasSize(3);
    assertThat(line.complained()).contains("is damaged after its record");
  }

  @Test
  void reportIsOnePageWithTheSameFigures() throws Exception {
    Path file = folder.resolve("night.html");
    assertThat(run("report", night(), "--output", file.toString())).isZero();
    assertThat(said()).contains(file.toString());
    assertThat(file)
        .content()
        .contains(
            "2 tasks let in, 3 attempts, of which 1 failed; 70 tokens and $0.000113",
            "attempts that failed",
            ">retry</text>",
            "</html>")
        .doesNotContain("<script", "http", "secret", "NaN");
  }

  @Test
  void nothingThatACallSaidIsThere() throws Exception {
    assertThat(run("inspect", night())).isZero();
    assertThat(said()).contains("ticket-1").doesNotContain("secret");
  }

  @Test
  void aFolderWithoutAJournalIsNamed() throws Exception {
    for (String command : List.of("verify", "stats", "inspect", "export", "report")) {
      assertThat(run(command, folder.toString())).as(command).isEqualTo(2);
    }
    assertThat(line.complained()).contains(folder + " has no journal");
  }

  @Test
  void eachCommandHasHelpWithAnExample() throws Exception {
    for (String command : List.of("verify", "stats", "inspect", "job", "export", "report")) {
      assertThat(run(command, "--help")).as(command).isZero();
      assertThat(said()).as(command).contains("Example", "headgate " + command + " ");
    }
  }

  @Test
  void theExamplesOfHelpWork() throws Exception {
    int tried = 0;
    for (String command : List.of("verify", "stats", "inspect", "job", "export", "report")) {
      assertThat(run(command, "--help")).isZero();
      for (String each :
          said()
              .lines()
              .filter(l -> l.contains("headgate " + command + " ") && !l.startsWith("Usage"))
              .toList()) {
        List<String> words =
            Arrays.stream(
                    each.replaceFirst(".*headgate ", "")
                        .replaceFirst("[>|].*", "")
                        .strip()
                        .split(" +", -1))
                .map(w -> w.equals("DIR") || w.startsWith("/var/lib") ? night() : w)
                .map(w -> w.equals("night.html") ? folder.resolve(w).toString() : w)
                .toList();
        if (!words.contains("--follow") && words.contains(night())) {
          int code = run(words.toArray(String[]::new));
          assertThat(code).as(each + line.complained()).isEqualTo(command.equals("job") ? 1 : 0);
          tried++;
        }
      }
    }
    assertThat(tried).isGreaterThan(6);
  }

  @Test
  void whatCannotBeIsSaid() throws Exception {
    assertThat(run("inspect", night(), "--outcome", "NONSENSE")).isEqualTo(2);
    assertThat(line.complained()).contains("NONSENSE", "COMPLETED");
    assertThat(run("inspect", night(), "--limit", "-5")).isEqualTo(2);
    assertThat(line.complained()).contains("--limit is -5");
    String nowhere = folder.resolve("nowhere/x.html").toString();
    assertThat(run("report", night(), "-o", nowhere)).isEqualTo(2);
    assertThat(line.complained()).isEqualTo("headgate: " + nowhere + " (NoSuchFileException)\n");
    assertThat(run("export", folder.toString())).isEqualTo(2);
    assertThat(said()).isEmpty();
  }

  @Test
  void whatAPersonWroteIsNoOrderToATerminal() {
    assertThat(Lines.plain("since\u001b[2J it\nforges"))
        .isEqualTo("since\\u001b[2J it\\u000aforges");
    assertThat(Lines.plain("ein\u00e4 \u2713")).isEqualTo("ein\u00e4 \u2713");
    var said =
        new Happening(
            1,
            Instant.EPOCH,
            Happening.Kind.SAID,
            null,
            null,
            null,
            -1,
            Map.of("why", "x\n2027-01-01 forged"));
    assertThat(Lines.text(said).lines()).hasSize(1);
  }
}
