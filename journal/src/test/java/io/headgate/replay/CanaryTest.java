package io.headgate.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A secret that a host has in prompts, arguments, answers and exceptions is nowhere in what
 * Headgate writes, on whatever level it logs; and nothing is written, nor connected to, elsewhere.
 */
@Timeout(180)
class CanaryTest {
  private static final String SECRET = "c4n4ry-7f3a-sings";

  @TempDir static Path folder;

  private final CommandLineRun line = new CommandLineRun();

  @BeforeAll
  static void aNight() throws Exception {
    for (String each : List.of("run", "home", "work", "tmp", "jfr")) {
      Files.createDirectory(folder.resolve(each));
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + Path.of("bin", "jvm.flags").toAbsolutePath());
    command.addAll(
        List.of(
            "-Duser.home=" + folder.resolve("home"),
            "-Djava.io.tmpdir=" + folder.resolve("tmp"),
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=trace",
            "-Xlog:class+load=info:file=" + folder.resolve("run").resolve("classes"),
            "-XX:FlightRecorderOptions:repository=" + folder.resolve("jfr"),
            "-XX:StartFlightRecording:settings=profile,filename=" + folder.resolve("night.jfr"),
            "-cp",
            System.getProperty("java.class.path"),
            CanaryHost.class.getName(),
            folder.resolve("run").toString()));
    var builder =
        new ProcessBuilder(command)
            .directory(folder.resolve("work").toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("run").resolve("log").toFile());
    builder.environment().put("HOME", folder.resolve("home").toString());
    Process host = builder.start();
    try (OutputStream in = host.getOutputStream()) {
      in.write(SECRET.getBytes(StandardCharsets.UTF_8));
    }
    boolean ended = host.waitFor(120, TimeUnit.SECONDS);
    host.destroyForcibly();
    String log = Files.readString(folder.resolve("run").resolve("log"));
    assertThat(ended).as(log).isTrue();
    assertThat(host.exitValue()).as(log).isZero();
  }

  private static List<Path> files(Path in) throws IOException {
    try (Stream<Path> all = Files.walk(in)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  private static void assertSilent(String what, byte[] bytes) {
    for (var charset : List.of(StandardCharsets.UTF_8, StandardCharsets.UTF_16LE)) {
      String secret = new String(SECRET.getBytes(charset), StandardCharsets.ISO_8859_1);
      assertThat(new String(bytes, StandardCharsets.ISO_8859_1).contains(secret))
          .as("the secret in " + what)
          .isFalse();
    }
  }

  @Test
  void itIsInNoFile() throws Exception {
    List<Path> files = files(folder.resolve("run"));
    assertThat(files)
        .map(file -> file.getFileName().toString())
        .contains("log", "events", "counters", "snapshot", "headgate.lock")
        .anyMatch(name -> name.endsWith(".cq4"));
    for (Path file : files) {
      try (var in = Files.newInputStream(file)) {
        assertSilent(file.toString(), in.readNBytes(8 << 20)); // more is empty
      }
    }
    assertThat(folder.resolve("run").resolve("log")).content().contains(" threw ");
    assertThat(folder.resolve("run").resolve("events")).content().contains("Refusals");
  }

  @Test
  void itIsInNoEventOfJfr() throws Exception {
    int ours = 0;
    for (RecordedEvent event : RecordingFile.readAllEvents(folder.resolve("night.jfr"))) {
      if (event.getEventType().getName().startsWith("io.headgate.")) {
        ours++;
        assertSilent(
            event.getEventType().getName(), event.toString().getBytes(StandardCharsets.UTF_8));
      }
    }
    assertThat(ours).isGreaterThan(5);
  }

  @Test
  void noCommandSaysIt() throws Exception {
    String journal = folder.resolve("run").resolve("journal").toString();
    Path page = folder.resolve("page.html");
    List<List<String>> commands =
        List.of(
            List.of("inspect", journal),
            List.of("inspect", journal, "--json"),
            List.of("export", journal),
            List.of("export", journal, "--format", "jsonl"),
            List.of("stats", journal),
            List.of("job", journal, "job"),
            List.of("verify", journal),
            List.of("report", journal, "--output", page.toString()));
    for (List<String> command : commands) {
      assertThat(line.run(command.toArray(String[]::new))).as("%s", command).isZero();
      assertThat(line.said()).as("%s", command).isNotEmpty();
      assertSilent(command.toString(), line.said().getBytes(StandardCharsets.UTF_8));
    }
    assertSilent("the page", Files.readAllBytes(page));
  }

  @Test
  void nothingIsWrittenElsewhereAndNobodyIsCalled() throws Exception {
    for (String watched : List.of("home", "work", "tmp")) {
      assertThat(files(folder.resolve(watched))).as(watched).isEmpty();
    }
    Path run = folder.resolve("run");
    assertThat(run.resolve("descriptors")).content().doesNotContain("socket:");
    List<String> classes = Files.readAllLines(run.resolve("classes"));
    assertThat(classes).anyMatch(line -> line.contains(" net.openhft.chronicle.queue."));
    // Not those of channels: the recording loads them, to watch them.
    assertThat(classes)
        .filteredOn(
            line ->
                line.contains(" java.net.Socket ")
                    || line.contains(" sun.net.www.protocol.http.")
                    || line.contains(" jdk.internal.net.http.")
                    || line.contains(".chronicle.analytics."))
        .isEmpty();
  }
}
