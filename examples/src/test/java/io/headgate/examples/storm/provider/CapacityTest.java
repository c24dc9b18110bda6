package io.headgate.examples.storm.provider;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CapacityTest {
  private static final ProviderSettings SETTINGS =
      new ProviderSettings(
          10,
          new ModelSpeed(ofMillis(400), 2_000, 30, 10),
          80,
          80,
          ofSeconds(10),
          ofSeconds(90),
          ofMillis(500),
          2.5,
          10);

  private static final Set<ModelKind> LARGE = EnumSet.of(ModelKind.LARGE);

  @Test
  void aWholeModelDoesAsMuchAsItHasMachines() {
    assertThat(new Capacity(SETTINGS, 0).workPerSecond(LARGE)).isEqualTo(10);
  }

  /** Of the faults 30 % cost as much as an answer: 10 % are dribbled, 20 % malformed. */
  @Test
  void halfOfItAnswersLessThanHalfAsMuch() {
    assertThat(new Capacity(SETTINGS, 0.5).workPerSecond(LARGE)).isEqualTo(5 / 1.3);
    // A quarter out: one fault for three answers.
    assertThat(new Capacity(SETTINGS, 0.25).workPerSecond(LARGE)).isEqualTo(7.5 / 1.1);
  }

  @Test
  void theSmallerOneIsNeverOut() {
    // Half as many machines, each twice as fast.
    assertThat(new Capacity(SETTINGS, 0.5).workPerSecond(EnumSet.allOf(ModelKind.class)))
        .isEqualTo(5 / 1.3 + 10);
  }

  @Test
  void anAnswerTakesItsOverheadItsPromptAndItsTokens() {
    assertThat(new Capacity(SETTINGS, 0.5).work(2_000, 60))
        .isCloseTo((0.4 + 1 + 2) / 10, within(1e-9));
  }
}
