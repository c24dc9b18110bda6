package io.headgate.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** How long calls take by the length of their prompts and answers. */
final class CallShapeTest {
  private final CallShape shape = new CallShape();
  private final SplittableRandom random = new SplittableRandom(1);

  // 0.5 s, and 12.5 ms a token, with noise.
  private void learn(int calls, double tokens, double slowdown) {
    for (int i = 0; i < calls; i++) {
      long of = (long) (tokens * StrictMath.exp(0.5 * random.nextGaussian()));
      double seconds = (0.5 + 0.0125 * of) * StrictMath.exp(0.3 * random.nextGaussian());
      shape.add(0, of, seconds * 1e9 * slowdown, slowdown);
    }
  }

  @Test
  void beforeAnythingIsKnownAllCallsAreAlike() {
    assertThat(shape.of(0, 0)).isEqualTo(1);
    assertThat(shape.of(0, 10_000)).isEqualTo(1);
  }

  @Test
  void itLearnsWhatATokenTakes() {
    learn(3_000, 100, 1);
    assertThat(shape.of(0, 400) / shape.of(0, 100)).isCloseTo(5.5 / 1.75, within(0.3));
    assertThat(shape.of(0, 0) / shape.of(0, 100)).isCloseTo(0.5 / 1.75, within(0.1));
  }

  @Test
  void aSlowTargetHasTheSameShape() {
    learn(3_000, 100, 1);
    double before = shape.of(0, 400);
    learn(3_000, 100, 3);
    assertThat(shape.of(0, 400)).isCloseTo(before, within(0.1 * before));
  }

  @Test
  void whatIsLongInTheMeanChangesAndACallIsAsLongAsItWas() {
    learn(3_000, 50, 1);
    double before = shape.of(0, 200);
    learn(5_000, 400, 1);
    assertThat(shape.of(0, 200)).isCloseTo(before, within(0.15 * before));
  }

  @Test
  void callsOfOneLengthSayNothingOfOthers() {
    for (int i = 0; i < 100; i++) {
      shape.add(0, 100, 1e9, 1);
    }
    assertThat(shape.of(0, 100)).isCloseTo(1, within(1e-9));
  }

  @Test
  void noTokensAtAllAreNoError() {
    for (int i = 0; i < 100; i++) {
      shape.add(0, 0, 1e9, 1);
    }
    assertThat(shape.of(0, 0)).isCloseTo(1, within(1e-9));
    assertThat(shape.of(0, 100)).isFinite();
  }

  // Prompts that differ by much more than the answers do, as those of code completions.
  @Test
  void itLearnsWhatATokenOfThePromptTakes() {
    for (int i = 0; i < 400; i++) {
      long in = (long) (1_000 * StrictMath.exp(1.1 * random.nextGaussian()));
      long out = (long) (13 * StrictMath.exp(1.1 * random.nextGaussian()));
      double seconds = 0.4 + in / 2_000.0 + out / 30.0;
      shape.add(in, out, seconds * 1e9 * StrictMath.exp(0.05 * random.nextGaussian()), 1);
    }
    assertThat(shape.of(7_000, 20) / shape.of(500, 20))
        .isCloseTo((0.4 + 3.5 + 20 / 30.0) / (0.4 + 0.25 + 20 / 30.0), within(0.3));
    assertThat(shape.of(500, 200) / shape.of(500, 20))
        .isCloseTo((0.4 + 0.25 + 200 / 30.0) / (0.4 + 0.25 + 20 / 30.0), within(0.4));
  }

  @Test
  void whereThePromptCountsForNothingItIsNotTakenForTheAnswer() {
    for (int i = 0; i < 3_000; i++) {
      long in = (long) (400 * StrictMath.exp(0.3 * random.nextGaussian()));
      long out = (long) (100 * StrictMath.exp(0.5 * random.nextGaussian()));
      double seconds = (0.5 + 0.0125 * out) * StrictMath.exp(0.3 * random.nextGaussian());
      shape.add(in, out, seconds * 1e9, 1);
    }
    assertThat(shape.of(800, 100) / shape.of(400, 100)).isCloseTo(1, within(0.15));
    assertThat(shape.of(400, 400) / shape.of(400, 100)).isCloseTo(5.5 / 1.75, within(0.4));
  }
}
