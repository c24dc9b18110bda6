package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The counters agree with the snapshot, and Agrona reads them. */
@Timeout(60)
class CountersTest {
  @TempDir Path directory;

  @Test
  void agronaReadsFromTheFileWhatTheSnapshotSays() throws Exception {
    Path file = directory.resolve("counters");
    Snapshot last;
    Counters counters;
    try (var headgate = Headgate.builder().countersFile(file).build()) {
      counters = headgate.counters();
      run(headgate);
      last = headgate.snapshot();
      assertThat(Files.getPosixFilePermissions(file))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }
    Map<String, Long> inFile = readWithAgrona(file);
    assertThat(inFile).isEqualTo(counters.asMap());
    assertThat(inFile)
        .containsEntry("admitted", last.admitted())
        .containsEntry("refused", 2L)
        .containsEntry("refusedJobClosed", 2L)
        .containsEntry("started", 11L)
        .containsEntry("completed", last.outcomes().get("Completed"))
        .containsEntry("failed", last.outcomes().get("Failed"))
        .containsEntry("timedOut", 0L)
        .containsEntry("tokensSpent", last.tokensSpent())
        .containsEntry("moneySpentNanos", last.moneySpentNanos())
        .containsEntry("waiting", 0L)
        .containsEntry("inFlight", 0L)
        .containsEntry("openJobs", 0L)
        .hasSize(52 + Refusal.values().length);
    assertThat(last.moneySpentNanos()).isPositive();
    try (var files = Files.list(directory)) {
      assertThat(files).as("nothing but the file is left").containsExactly(file);
    }
  }

  private static void run(Headgate headgate) throws InterruptedException {
    var agent = headgate.agent("agent");
    var target = headgate.target("model", t -> t.price(1, 2));
    Job job = headgate.job(j -> j);
    for (int i = 0; i < 10; i++) {
      job.submitOrThrow(Task.<String>of(agent, target, Estimate.of(5, 5), attempt -> "")).join();
    }
    Task<String> failing =
        Task.of(
            agent,
            target,
            Estimate.of(5, 5),
            attempt -> {
              throw new IllegalStateException("from a test");
            });
    job.submitOrThrow(failing).join();
    job.close();
    assertThat(job.submit(failing)).isInstanceOf(Refused.class);
    assertThat(job.submit(failing)).isInstanceOf(Refused.class);
  }

  // Agrona's buffers need a flag that core does not: a JVM of its own.
  private static Map<String, Long> readWithAgrona(Path file) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-exports",
                "java.base/jdk.internal.misc=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                AgronaCountersMain.class.getName(),
                file.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    Map<String, Long> counters = new LinkedHashMap<>();
    output
        .lines()
        .map(line -> line.split("="))
        .forEach(pair -> counters.put(pair[0], Long.parseLong(pair[1])));
    return counters;
  }

  @Test
  void operatorsWordsPausesAndWhatBecomesOfJobsAreCounted() throws Exception {
    Duration hour = Duration.ofHours(1);
    By kim = new By("kim", "to see");
    Counters counters;
    try (var headgate = Headgate.builder().build()) {
      counters = headgate.counters();
      var agent = headgate.agent("agent");
      var tool = headgate.target("tool", t -> t.tool().loopGuard(LoopPolicy.DEFAULT.sameCalls(1)));
      Operator operator = headgate.operator();
      operator.pause(agent, hour, kim);
      operator.pause(agent, hour, kim);
      operator.resume(agent, kim);
      operator.pause(tool, hour, kim);
      operator.resume(tool, kim);
      operator.pauseAll(hour, kim);
      operator.drain(hour, kim);
      operator.admit(Priority.NORMAL, hour, kim);
      operator.resumeAll(kim);
      assertThat(operator.approve(4_711, kim)).isInstanceOf(OperatorAnswer.Impossible.class);
      try (Job job = headgate.job(j -> j.maxLoops(2))) {
        Task<String> same = Task.<String>of(agent, tool, attempt -> "").arguments("same");
        job.submitOrThrow(same).join();
        job.reconfigure(j -> j.maxFanOut(7));
        assertThat(Rest.refused(job.submit(same)).reason()).isEqualTo(Refusal.LOOP);
        assertThat(Rest.refused(job.submit(same)).reason()).isEqualTo(Refusal.LOOP);
        assertThat(job.isOpen()).isFalse();
      }
      var left = headgate.target("left", t -> t.retry(RetryPolicy.OFF).breaker(BreakerPolicy.OFF));
      try (Job job = headgate.job(j -> j)) {
        Task<String> rejected =
            Task.of(
                agent,
                left,
                attempt -> {
                  throw new CallException(CallClass.REJECTED, Duration.ofMillis(1), "later");
                });
        job.submitOrThrow(rejected).join();
      }
    }
    assertThat(counters.asMap())
        .containsEntry("agentsHeld", 2L)
        .containsEntry("targetsHeld", 1L)
        .containsEntry("allHeld", 3L)
        .containsEntry("operatorWords", 9L)
        .containsEntry("operatorWordsInVain", 1L)
        .containsEntry("jobsReconfigured", 1L)
        .containsEntry("jobsLoopedOut", 1L)
        .containsEntry("pauses", 1L);
  }

  @Test
  void areKeptInMemoryToo() throws Exception {
    Counters counters;
    try (var headgate = Headgate.builder().build()) {
      run(headgate);
      counters = headgate.counters();
    }
    assertThat(counters.asMap()).containsEntry("admitted", 11L).containsEntry("refused", 2L);
    assertThat(counters.values().isReadOnly()).isTrue();
  }

  @Test
  void aFileInUseIsRefusedAndAnOldOneIsReplaced() {
    Path file = directory.resolve("counters");
    try (var _ = Headgate.builder().countersFile(file).build()) {
      assertThatThrownBy(() -> Headgate.builder().countersFile(file).build())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("in use by another Headgate");
    }
    try (var second = Headgate.builder().countersFile(file).build()) {
      assertThat(second.counters().asMap()).containsEntry("admitted", 0L);
    }
  }

  @Test
  void whatIsNoCountersFileIsLeftAlone() throws Exception {
    Path precious = Files.writeString(directory.resolve("precious"), "x".repeat(10_000));
    assertThatThrownBy(() -> Headgate.builder().countersFile(precious).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is no counters file");
    assertThat(precious).hasContent("x".repeat(10_000));
    Path link = Files.createSymbolicLink(directory.resolve("link"), precious);
    assertThatThrownBy(() -> Headgate.builder().countersFile(link).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is no regular file");
    Path nowhere = directory.resolve("no/such/directory");
    assertThatThrownBy(() -> Headgate.builder().countersFile(nowhere).build())
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(nowhere.toString())
        .hasMessageContaining("must exist and be writable");
  }
}
