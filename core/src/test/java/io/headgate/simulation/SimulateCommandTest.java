package io.headgate.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code headgate simulate} prints and answers. */
@Timeout(60)
class SimulateCommandTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String arguments) throws Exception {
    return SimulateCommand.run(
        List.of(arguments.split(" ", -1)),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        () -> 0,
        () -> true);
  }

  private String said() {
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void lastLineSaysHowManyPassed() throws Exception {
    assertThat(run("--seeds 20 --from 5 --jobs 2")).isZero();
    assertThat(said().lines().toList().getLast()).isEqualTo("20 passed, 0 failed");
    assertThat(said()).contains("refused waiting room full", "timers of one moment", "pairs never");
  }

  @Test
  void anotherRunComesToTheSameDigests(@TempDir Path folder) throws Exception {
    Path digests = folder.resolve("digests");
    assertThat(run("--seeds 3 --from 100 --digests " + digests)).isZero();
    assertThat(Files.readAllLines(digests)).hasSize(1).allMatch(line -> line.startsWith("100 "));
    assertThat(run("--check " + digests)).isZero();
    Files.writeString(digests, "100 123abc\n");
    assertThat(run("--check " + digests)).isOne();
    assertThat(said()).contains("seed 100 came to another digest");
  }

  @Test
  void saysHowOftenEachPairCameUp(@TempDir Path folder) throws Exception {
    Path pairs = folder.resolve("pairs.csv");
    assertThat(run("--seeds 20 --from 5 --jobs 2 --pairs " + pairs)).isZero();

    List<String> lines = Files.readAllLines(pairs);
    assertThat(lines.getFirst()).isEqualTo("event,other,seeds");
    int together = countOf(lines, "ended completed,ended failed");
    assertThat(together).isBetween(1, 20);
    assertThat(together).isLessThanOrEqualTo(seedsOf("ended failed"));
    assertThat(countOf(lines, "refused closed,ended completed"))
        .isLessThanOrEqualTo(seedsOf("refused closed"));

    // The triangle says the same, to the digit.
    int column = numberOf("ended completed");
    String row =
        said()
            .lines()
            .filter(line -> line.matches(" *\\d+ ended failed +[.1-9]+"))
            .findFirst()
            .orElseThrow()
            .strip();
    String cells = row.substring(row.lastIndexOf(' ') + 1);
    assertThat(cells.charAt(column)).isEqualTo(together < 10 ? '1' : '2');
  }

  private static int countOf(List<String> lines, String pair) {
    return lines.stream()
        .filter(line -> line.startsWith(pair + ","))
        .mapToInt(line -> Integer.parseInt(line.substring(line.lastIndexOf(',') + 1)))
        .findFirst()
        .orElseThrow();
  }

  // The first line of an event: number, name, seeds, times.
  private String[] wordsOf(String event) {
    return said()
        .lines()
        .map(String::strip)
        .filter(line -> line.matches("\\d+ " + event + " +[\\d,]+ +[\\d,]+"))
        .findFirst()
        .orElseThrow()
        .split(" +", -1);
  }

  private int numberOf(String event) {
    return Integer.parseInt(wordsOf(event)[0]);
  }

  private int seedsOf(String event) {
    String[] words = wordsOf(event);
    return Integer.parseInt(words[words.length - 2].replace(",", ""));
  }

  @Test
  void aFileThatCannotBeWrittenIsToldBeforeTheFlight(@TempDir Path folder) throws Exception {
    assertThat(run("--seeds 20 --pairs " + folder.resolve("none/pairs"))).isEqualTo(2);
    assertThat(run("--seeds 20 --digests " + folder)).isEqualTo(2);
    assertThat(said()).doesNotContain("each flown three times");
    Path one = folder.resolve("one");
    assertThat(run("--seeds 20 --pairs " + one + " --digests " + one)).isEqualTo(2);
    assertThat(run("--check " + one + " --pairs " + one)).isEqualTo(2);
    assertThat(one).doesNotExist();
  }

  @Test
  void aFileThatHoldsNoDigestsIsToldSo(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("digests");
    Files.writeString(file, "hello\n");
    assertThat(run("--check " + file)).isEqualTo(2);
    Files.writeString(file, "ten abc\n");
    assertThat(run("--check " + file)).isEqualTo(2);
    Files.writeString(file, "");
    assertThat(run("--check " + file)).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains(file + " holds no digest");
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("'hello' in " + file + " is no seed and digest", "is ten, but must be a whole");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--seeds 0|--seeds is 0, but must be a whole number from 1 to 100000000",
        "--seeds ten|--seeds is ten, but must be a whole number",
        "--from 1|--seeds is missing",
        "--seeds 1 --jobs 0|--jobs is 0, but must be a whole number from 1 to 256",
        "--seeds 1 --storm 3|--storm is unknown",
        "--seeds|--seeds has no value",
        "--seeds 1 --set speed=3|option 'speed=3' is unknown",
        "--seeds 1 --set agents=99|agents is 99, but must be from 1 to 6",
        "--seeds 1 --set agents=x|agents is 'x', but must be a whole number",
        "--check /no/such/file|check the path"
      })
  void badArgumentsSayWhatIsWrong(String arguments, String message) throws Exception {
    assertThat(run(arguments)).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains(message);
  }

  @Test
  void optionsAreReadAsTheyArePrinted() {
    for (long seed = 0; seed < 200; seed++) {
      String printed = Options.of(seed).toString();
      assertThat(Options.parse(printed).toString()).isEqualTo(printed);
    }
    assertThat(Options.atRest().toString()).isEmpty();
  }
}
