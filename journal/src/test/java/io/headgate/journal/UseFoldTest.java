package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.AgentSettings;
import io.headgate.recovery.Past;
import org.junit.jupiter.api.Test;

/** What is missing in a bucket comes back with time; what was spent does not. */
class UseFoldTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long MICRO = 1_000;

  @Test
  void whatWasSpentStaysSpentAndABucketFills() {
    var fold = new UseFold();
    fold.tokensPerMinute(600, 0);
    fold.use(100, 7, true, 10 * SECOND);
    fold.use(40, 3, false, 15 * SECOND);
    assertThat(fold.used()).isEqualTo(new Past.Used(100, 7, 50 + 40, 0, 15 * SECOND));
    fold.tokensPerMinute(60, 16 * SECOND);
    fold.use(0, 0, false, 26 * SECOND);
    assertThat(fold.used()).isEqualTo(new Past.Used(100, 7, 70, 0, 26 * SECOND));
    fold.tokensPerMinute(AgentSettings.NO_RATE, 26 * SECOND);
    fold.use(1_000, 0, true, 1_000 * SECOND);
    assertThat(fold.used().missingTokens()).isEqualTo(70);
    assertThat(fold.used().tokens()).isEqualTo(1_100);
  }

  @Test
  void moneyAMinuteComesBackLikewise() {
    var fold = new UseFold();
    fold.microsPerMinute(60, 0);
    fold.use(0, 30 * MICRO - 1, true, 10 * SECOND); // rounded up
    fold.use(0, 1_000 * MICRO, false, 10 * SECOND); // of no limit's
    fold.use(0, 10 * MICRO, true, 20 * SECOND);
    assertThat(fold.used().missingMicros()).isEqualTo(30);
    assertThat(UseFold.of(fold.image()).used()).isEqualTo(fold.used());
    fold.use(0, 0, true, 15 * SECOND); // a clock that was put back takes nothing away
    assertThat(fold.used().missingMicros()).isEqualTo(30);
    fold.use(0, 0, true, 50 * SECOND);
    assertThat(fold.isNothing()).isFalse(); // it was spent
    assertThat(fold.used().missingMicros()).isZero();
  }
}
