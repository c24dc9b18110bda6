package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process under storm is killed at random moments. What it was told and what it did is kept
 * outside of it: nothing that was acknowledged is missing from its journal, and no call was made of
 * whose start that knows nothing.
 */
@Timeout(600)
class KillTest {
  private static final int ROUNDS = Integer.getInteger("headgate.kill.rounds", 4);
  private static final long FIRST_WAIT_NS = TimeUnit.SECONDS.toNanos(60);

  @TempDir Path folder;

  @Test
  void nothingThatWasAcknowledgedIsLost() throws Exception {
    var random = new SplittableRandom(4711);
    Path journal = folder.resolve("journal");
    long acknowledged = 0;
    for (int round = 1; round <= ROUNDS; round++) {
      Path said = Files.createDirectory(folder.resolve("round-" + round));
      if (round % 2 == 0) {
        killed(start(journal, said, 0), said, random.nextLong(300_000_000));
      } else {
        // Halts within a call: what was on its way to the journal just then is lost.
        Process host = start(journal, said, 1 + random.nextInt(200));
        boolean ended = host.waitFor(60, TimeUnit.SECONDS);
        host.destroyForcibly();
        assertThat(ended).as(Files.readString(said.resolve("output"))).isTrue();
        assertThat(host.exitValue()).as(Files.readString(said.resolve("output"))).isEqualTo(9);
      }
      Set<Long> acks = numbers(said.resolve("acknowledged"));
      Set<Long> calls = numbers(said.resolve("called"));
      Set<Long> admitted = new HashSet<>();
      Set<Long> started = new HashSet<>();
      int[] runs = {0};
      int last = round;
      Narrator.tell(
          journal,
          happening -> {
            switch (happening.kind()) {
              case RUN_STARTED -> runs[0]++;
              case TASK_ADMITTED -> add(admitted, happening, runs[0] == last);
              case ATTEMPT_STARTED -> add(started, happening, runs[0] == last);
              default -> {}
            }
            return true;
          });
      assertThat(runs[0]).as("runs").isEqualTo(round);
      assertThat(admitted).as("acknowledged in round " + round).containsAll(acks);
      assertThat(started).as("called in round " + round).containsAll(calls);
      assertThat(calls).isNotEmpty();
      acknowledged += acks.size();
      Verification found = Verification.of(journal);
      assertThat(found.mismatch()).as("round " + round).isNull();
      assertThat(found.endedInOrder()).isFalse();
    }
    assertThat(acknowledged).isPositive();
  }

  private static void add(Set<Long> tasks, Happening happening, boolean isLast) {
    if (isLast) {
      tasks.add(happening.task());
    }
  }

  private static void killed(Process host, Path said, long afterNs) throws Exception {
    awaitCalls(host, said);
    LockSupport.parkNanos(afterNs);
    host.destroyForcibly();
    assertThat(host.waitFor(20, TimeUnit.SECONDS)).isTrue();
  }

  private static Process start(Path journal, Path said, int haltAtCall) throws IOException {
    List<String> command =
        ChildJvm.command(
            KilledHost.class, journal.toString(), said.toString(), Integer.toString(haltAtCall));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(said.resolve("output").toFile())
        .start();
  }

  private static void awaitCalls(Process host, Path said) throws IOException {
    long start = System.nanoTime();
    Path called = said.resolve("called");
    while (!Files.exists(called) || Files.size(called) == 0) {
      if (!host.isAlive() || System.nanoTime() - start > FIRST_WAIT_NS) {
        host.destroyForcibly();
        throw new AssertionError(
            "the host made no call: " + Files.readString(said.resolve("output")));
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  // Of what was written in whole.
  private static Set<Long> numbers(Path file) throws IOException {
    Set<Long> numbers = new HashSet<>();
    String text = Files.exists(file) ? Files.readString(file) : "";
    for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
      numbers.add(Long.parseLong(line));
    }
    return numbers;
  }
}
