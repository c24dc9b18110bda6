package io.headgate.examples.storm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StormOptionsTest {
  @TempDir Path folder;

  @Test
  void hasDefaultsForAll() {
    var options = StormOptions.of(new Properties());

    assertThat(options.trace()).isEmpty();
    assertThat(options.arms()).containsExactly(StormArm.values());
    assertThat(options.output()).isEqualTo(Path.of("examples/target/storm"));
  }

  /** Maven hands on what was not given as an empty property. */
  @Test
  void blankIsAsGoodAsNothing() {
    assertThat(options("storm.seed", " ", "storm.trace", "", "storm.output", "", "storm.arms", ""))
        .isEqualTo(StormOptions.of(new Properties()));
  }

  @Test
  void takesWhatIsGiven() throws IOException {
    var trace = Files.writeString(folder.resolve("t.csv"), "x");

    var options = options("storm.seed", "-7", "storm.trace", trace.toString());

    assertThat(options.seed()).isEqualTo(-7);
    assertThat(options.trace()).contains(trace);
  }

  @Test
  void aSeedThatIsNoNumberNamesValueBoundAndMend() {
    assertBad("storm.seed", "abc", "storm.seed is 'abc'", "whole number from -9223372036854775808");
    assertBad("storm.seed", "99999999999999999999", "-Dstorm.seed=4711");
  }

  @Test
  void aMissingTraceNamesItsPlaceAndMend() {
    var missing = folder.resolve("none.csv").toString();

    assertBad(
        "storm.trace", missing, "'" + missing + "'", "none at " + missing, "leave the option");
    assertBad("storm.trace", folder.toString(), "must be a CSV file that can be read");
    assertBad("storm.trace", "a\0b", "storm.trace is not a path");
  }

  @Test
  void armsAreChosenByName() {
    assertThat(options("storm.arms", "untuned, naive").arms())
        .containsExactly(StormArm.NAIVE, StormArm.UNTUNED);
    assertBad("storm.arms", "naive,best", "storm.arms is 'naive,best'", "naive, headgate and");
    assertBad("storm.arms", ",", "leave it away for all");
  }

  @Test
  void anOutputThatIsAFileIsRefused() throws IOException {
    var file = Files.writeString(folder.resolve("file"), "x").toString();

    assertBad("storm.output", file, "must be a directory");
  }

  @Test
  void theJournalCanBeLeftOut() {
    assertThat(options().journal()).isTrue();
    assertThat(options("storm.journal", "false").journal()).isFalse();
    assertBad("storm.journal", "no", "storm.journal is 'no', but must be true or false");
    assertBad("storm.ladder", "no", "storm.ladder is 'no', but must be true or false");
  }

  private static void assertBad(String option, String value, String... parts) {
    assertThatThrownBy(() -> options(option, value))
        .isInstanceOf(BadOptionException.class)
        .message()
        .contains(parts)
        .doesNotContain("\n");
  }

  private static StormOptions options(String... pairs) {
    var properties = new Properties();
    for (int i = 0; i < pairs.length; i += 2) {
      properties.setProperty(pairs[i], pairs[i + 1]);
    }
    return StormOptions.of(properties);
  }
}
