package io.headgate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** How long a job takes, as the door sees it. */
final class JobTimesTest {
  private final JobTimes times = new JobTimes();

  @Test
  void ofAFewNothingIsKnown() {
    for (int i = 0; i < 7; i++) {
      times.ended(1_000);
      assertThat(times.typicalNs()).isZero();
    }
    times.ended(1_000);
    assertThat(times.typicalNs()).as("all alike").isEqualTo(1_000);
  }

  @Test
  void mostAreDoneWithinIt() {
    var random = new SplittableRandom(7);
    int within = 0;
    for (int i = 0; i < 10_000; i++) {
      long ns = (long) (1e9 * (0.5 + random.nextExponential()));
      within += i >= 100 && ns <= times.typicalNs() ? 1 : 0;
      times.ended(ns);
    }
    assertThat(within / 9_900.0).isBetween(0.8, 0.97);
  }

  @Test
  void followsWhatHasChanged() {
    for (int i = 0; i < 20; i++) {
      times.ended(1_000_000);
    }
    for (int i = 0; i < 100; i++) {
      times.ended(3_000_000);
    }
    assertThat(times.typicalNs()).isBetween(2_900_000L, 3_300_000L);
  }
}
