package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.AgentSettings;
import io.headgate.recovery.Past;
import org.junit.jupiter.api.Test;

/** What is missing in a bucket comes back with time; what was spent does not. */
class UseFoldTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void whatWasSpentStaysSpentAndABucketFills() {
    var fold = new UseFold();
    fold.rate(600, 0);
    fold.use(100, 7, true, 10 * SECOND);
    fold.use(40, 3, false, 15 * SECOND);
    assertThat(fold.used()).isEqualTo(new Past.Used(100, 7, 50 + 40, 15 * SECOND));
    fold.rate(60, 16 * SECOND);
    fold.use(0, 0, false, 26 * SECOND);
    assertThat(fold.used()).isEqualTo(new Past.Used(100, 7, 70, 26 * SECOND));
    fold.rate(AgentSettings.NO_RATE, 26 * SECOND);
    fold.use(1_000, 0, true, 1_000 * SECOND);
    assertThat(fold.used().missingTokens()).isEqualTo(70);
    assertThat(fold.used().tokens()).isEqualTo(1_100);
  }
}
