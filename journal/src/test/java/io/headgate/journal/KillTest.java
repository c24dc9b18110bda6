package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process under storm is killed at random moments, again and again, and takes up what it left
 * each time. What it was told and what it did is kept outside of it.
 */
@Timeout(3_600)
class KillTest {
  private static final int ROUNDS = Integer.getInteger("headgate.kill.rounds", 50);
  private static final long SEED = Long.getLong("headgate.kill.seed", 4711);

  /** Rounds of one journal, which is read whole after each. */
  private static final int CHAIN = 10;

  private static final long FIRST_WAIT_NS = TimeUnit.SECONDS.toNanos(60);

  private static final List<String> NAMESPACE =
      List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc");

  @TempDir Path folder;

  private final Set<String> acknowledged = new HashSet<>();
  private final List<String> calls = new ArrayList<>();
  private final List<Long> firstAdmissionsMs = new ArrayList<>();

  @Test
  void nothingThatWasAcknowledgedIsLostAndNothingIsMadeTwiceThatMustNot() throws Exception {
    for (int first = 0; first < ROUNDS; first += CHAIN) {
      acknowledged.clear();
      calls.clear();
      Path chain = Files.createDirectory(folder.resolve("from-" + first));
      killAgainAndAgain(chain, Math.min(CHAIN, ROUNDS - first), new SplittableRandom(SEED + first));
    }
    firstAdmissionsMs.sort(null);
    System.out.println( // a figure for docs, on which nothing is asserted
        "KillTest: from a restart's builder to its first admission: median "
            + firstAdmissionsMs.get(firstAdmissionsMs.size() / 2)
            + " ms, most "
            + firstAdmissionsMs.getLast()
            + " ms, of "
            + firstAdmissionsMs.size());
  }

  private void killAgainAndAgain(Path folder, int rounds, SplittableRandom random)
      throws Exception {
    Path journal = folder.resolve("journal");
    for (int round = 1; round <= rounds; round++) {
      Path said = Files.createDirectory(folder.resolve("round-" + round));
      if (round % 2 == 0) {
        killed(start(journal, said, 0), said, random.nextLong(300_000_000));
      } else {
        // Halts within a call, perhaps in the midst of recovery: what was on its way to the journal
        // just then is lost.
        assertThat(ended(start(journal, said, 1 + random.nextInt(200)), said)).isEqualTo(9);
      }
      heard(said);
      Kept kept = Kept.of(journal);
      assertThat(kept.runs).as("runs").isEqualTo(round);
      assertThat(kept.admitted).as("acknowledged until round " + round).containsAll(acknowledged);
      assertThat(kept.started).as("called until round " + round).containsAll(calls);
      Verification found = Verification.of(journal);
      assertThat(found.mismatch()).as("round " + round).isNull();
      assertThat(found.endedInOrder()).isFalse();
    }
    Path said = Files.createDirectory(folder.resolve("end"));
    assertThat(ended(start(journal, said, -1), said)).isZero();
    heard(said);
    assertThat(Verification.of(journal).mismatch()).isNull();
    check(Kept.of(journal));
  }

  /**
   * In a container each has the same number, so that no number tells a dead writer from a living.
   */
  @Test
  void eachAsTheFirstProcessOfItsOwnNamespace() throws Exception {
    Assumptions.assumeTrue(hasNamespaces(), "processes may not have a namespace of their own here");
    Path journal = folder.resolve("journal");
    for (int round = 1; round <= 2; round++) {
      Path said = Files.createDirectory(folder.resolve("round-" + round));
      assertThat(ended(start(NAMESPACE, journal, said, 100, List.of()), said)).isEqualTo(9);
      heard(said);
      assertThat(lines(said.resolve("pid"))).containsExactly("1");
    }
    Path said = Files.createDirectory(folder.resolve("lives"));
    Process lives = start(NAMESPACE, journal, said, 0, List.of());
    try {
      awaitCalls(lives, said);
      Path second = Files.createDirectory(folder.resolve("second"));
      assertThat(ended(start(NAMESPACE, journal, second, 1, List.of()), second)).isEqualTo(1);
      assertThat(Files.readString(second.resolve("output")))
          .contains("is written by another Headgate");
    } finally {
      lives.descendants().forEach(ProcessHandle::destroyForcibly);
      lives.destroyForcibly();
    }
    assertThat(lives.waitFor(20, TimeUnit.SECONDS)).isTrue();
    heard(said);
    Path end = Files.createDirectory(folder.resolve("end"));
    assertThat(ended(start(NAMESPACE, journal, end, -1, List.of()), end)).isZero();
    heard(end);
    assertThat(Verification.of(journal).mismatch()).isNull();
    check(Kept.of(journal));
  }

  private static boolean hasNamespaces() throws InterruptedException {
    List<String> command = new ArrayList<>(NAMESPACE);
    command.add("true");
    try {
      return new ProcessBuilder(command).start().waitFor() == 0;
    } catch (IOException e) {
      return false; // it is not installed
    }
  }

  /** At each of the points at which files are half made, over hours, snapshots and retention. */
  @Test
  void norWhenItDiesInTheMidstOfChangingFiles() throws Exception {
    Path journal = folder.resolve("journal");
    Kept all = new Kept();
    Map<String, String> byOrigin = new HashMap<>();
    List<String> deaths = new ArrayList<>(List.of("", "", ""));
    for (KillPoint point : KillPoint.values()) {
      deaths.add(point + ":1");
    }
    deaths.addAll(List.of("APPEND:40", "APPENDED:9", "SNAPSHOT_MADE:2"));
    int round = 0;
    for (String death : deaths) {
      Path said = Files.createDirectory(folder.resolve(++round + "-" + death.replace(':', '-')));
      List<String> options = List.of("-Dheadgate.kill.changes=true", "-Dheadgate.kill.at=" + death);
      Process host = start(List.of(), journal, said, death.isEmpty() ? 300 : 0, options);
      assertThat(ended(host, said)).as("at " + death).isEqualTo(9);
      heard(said);
      Kept kept = Kept.of(journal, byOrigin);
      assertThat(kept.admitted).containsAll(lines(said.resolve("acknowledged")));
      assertThat(kept.started).containsAll(lines(said.resolve("called")));
      assertThat(Verification.of(journal).mismatch()).as("at " + death).isNull();
      all.add(kept);
    }
    Path said = Files.createDirectory(folder.resolve("end"));
    assertThat(ended(start(journal, said, -1), said)).isZero();
    heard(said);
    all.add(Kept.of(journal, byOrigin));
    assertThat(Kept.of(journal).runs).as("the others are deleted").isLessThan(round);
    check(all);
  }

  private void check(Kept kept) {
    assertThat(acknowledged).as("acknowledged").isNotEmpty();
    Set<String> made = new HashSet<>(calls);
    assertThat(made).as("made").anyMatch(name -> name.startsWith(KilledHost.PURSE));
    List<String> once = calls.stream().filter(name -> name.startsWith(KilledHost.ONCE)).toList();
    assertThat(once).as("must not be made twice").doesNotHaveDuplicates();
    // What was never called has ended before it could be, or is in doubt.
    assertThat(acknowledged)
        .as("acknowledged, and lost")
        .allMatch(
            name ->
                made.contains(name) || kept.ended.contains(name) || kept.inDoubt.contains(name));
    assertThat(kept.inDoubt).allMatch(name -> name.startsWith(KilledHost.ONCE));
    long ofPurse = calls.stream().filter(name -> name.startsWith(KilledHost.PURSE)).count();
    assertThat(ofPurse * KilledHost.CALL_TOKENS)
        .as("tokens of one job, over all processes")
        .isLessThanOrEqualTo(KilledHost.PURSE_TOKENS);
  }

  private void heard(Path said) throws IOException {
    acknowledged.addAll(lines(said.resolve("acknowledged")));
    calls.addAll(lines(said.resolve("called")));
    lines(said.resolve("first-admission-ms")).stream()
        .map(Long::valueOf)
        .forEach(firstAdmissionsMs::add);
  }

  private static int ended(Process host, Path said) throws Exception {
    boolean ended = host.waitFor(60, TimeUnit.SECONDS);
    host.destroyForcibly();
    assertThat(ended).as(said + ": " + Files.readString(said.resolve("output"))).isTrue();
    return host.exitValue();
  }

  private static void killed(Process host, Path said, long afterNs) throws Exception {
    awaitCalls(host, said);
    LockSupport.parkNanos(afterNs);
    host.destroyForcibly();
    assertThat(host.waitFor(20, TimeUnit.SECONDS)).isTrue();
  }

  private static Process start(Path journal, Path said, int haltAtCall) throws IOException {
    return start(List.of(), journal, said, haltAtCall, List.of());
  }

  private static Process start(
      List<String> before, Path journal, Path said, int haltAtCall, List<String> options)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            ChildJvm.command(
                KilledHost.class,
                journal.toString(),
                said.toString(),
                Integer.toString(haltAtCall)));
    command.addAll(1, options);
    command.addAll(0, before);
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

  // What was written in whole.
  private static List<String> lines(Path file) throws IOException {
    String text = Files.exists(file) ? Files.readString(file) : "";
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
  }
}
