package io.headgate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whether all is gone, or a part of it. */
final class OutageTest {
  private final Outage outage = new Outage();
  private long now;

  private void lost(int calls) {
    for (int i = 0; i < calls; i++) {
      outage.lost(++now);
    }
  }

  @Test
  void twentyTwoLostInARowAreTheWhole() {
    lost(21);
    assertThat(outage.isWhole()).isFalse();
    lost(1);
    assertThat(outage.isWhole()).isTrue();
    for (int i = 0; i < 10; i++) {
      outage.well(++now);
    }
    assertThat(outage.isWhole()).as("it answers again").isFalse();
  }

  @Test
  void halfOfThemAreNot() {
    var random = new SplittableRandom(1);
    for (int i = 0; i < 20_000; i++) {
      if (random.nextBoolean()) {
        lost(1);
      } else {
        outage.well(++now);
      }
      assertThat(outage.isWhole()).as("after %s", i).isFalse();
    }
  }

  @Test
  void thoseSayNothingThatBeganBeforeOneThatWasWell() {
    outage.well(100);
    for (int i = 0; i < 100; i++) {
      outage.lost(i + 1L);
    }
    assertThat(outage.isForgotten()).isTrue();
    outage.lost(101);
    assertThat(outage.isForgotten()).isFalse();
  }
}
