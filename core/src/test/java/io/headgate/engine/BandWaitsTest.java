package io.headgate.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headgate.Priority;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** How long the next start takes, and how much longer for what comes before it. */
final class BandWaitsTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int CRITICAL = Priority.CRITICAL.ordinal();
  private static final int NORMAL = Priority.NORMAL.ordinal();
  private static final int BACKGROUND = Priority.BACKGROUND.ordinal();

  private final BandWaits waits = new BandWaits();

  @Test
  void theMeanIsOfAsManyCallsAsRun() {
    waits.ran(SECOND, 64);
    assertThat(waits.intervalNs(64)).isEqualTo(SECOND / 64.0);
    for (int i = 1; i < 64; i++) {
      waits.ran((i % 4 == 0 ? 4 : 1) * SECOND, 64);
    }
    assertThat(waits.intervalNs(1)).isCloseTo(1.75 * SECOND, within(0.1 * SECOND));
    // Two service times later nearly all is of what is now.
    for (int i = 0; i < 128; i++) {
      waits.ran(10 * SECOND, 64);
    }
    assertThat(waits.intervalNs(1)).isBetween(8.5 * SECOND, 10.0 * SECOND);
  }

  @Test
  void whereFewRunItFollowsSoonerAndNeverOneCallAlone() {
    for (int i = 0; i < 100; i++) {
      waits.ran(SECOND, 2);
    }
    waits.ran(17 * SECOND, 2);
    assertThat(waits.intervalNs(1)).isEqualTo(2.0 * SECOND);
  }

  @Test
  void whatIsMoreUrgentStretchesTheWaitOfTheOthersOnly() {
    var random = new SplittableRandom(1);
    for (int i = 0; i < 2_000; i++) {
      if (random.nextInt(10) < 4) {
        waits.arrived(CRITICAL);
      }
      waits.arrived(BACKGROUND);
      waits.started(1);
    }
    assertThat(waits.stretch(CRITICAL)).isEqualTo(1);
    assertThat(waits.stretch(NORMAL)).isCloseTo(1 / 0.6, within(0.2));
    assertThat(waits.stretch(BACKGROUND)).isEqualTo(waits.stretch(NORMAL));
  }

  @Test
  void moreThanEverStartsStretchesItTenfoldAndNoMore() {
    for (int i = 0; i < 2_000; i++) {
      waits.arrived(CRITICAL);
      waits.arrived(CRITICAL);
      waits.started(1);
    }
    assertThat(waits.stretch(NORMAL)).isCloseTo(10, within(1e-9));
  }

  @Test
  void whileItStandsStillAsManyCountAsRanBefore() {
    for (int i = 0; i < 100; i++) {
      waits.started(32);
      waits.ran(10 * SECOND, 32);
    }
    assertThat(waits.intervalWhenItGoesOnNs(0)).isCloseTo(10 * SECOND / 32.0, within(1.0));
    assertThat(waits.intervalWhenItGoesOnNs(64)).as("more run").isEqualTo(10 * SECOND / 64.0);
    for (int i = 0; i < 200; i++) {
      waits.started(1);
    }
    assertThat(waits.intervalWhenItGoesOnNs(0)).isCloseTo(10.0 * SECOND, within(0.1 * SECOND));
  }
}
