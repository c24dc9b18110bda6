package io.headgate.examples.storm.provider;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RateLimitTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void letsABurstPassAndThenTheRate() {
    var limit = new RateLimit(10, 3, 0);

    assertThat(limit.take(0)).isZero();
    assertThat(limit.take(0)).isZero();
    assertThat(limit.take(0)).isZero();
    assertThat(limit.take(0)).isEqualTo(SECOND / 10);
    assertThat(limit.take(SECOND / 10)).isZero();
    assertThat(limit.take(SECOND / 10)).isEqualTo(SECOND / 10);
  }

  @Test
  void savesUpNoMoreThanTheBurst() {
    var limit = new RateLimit(10, 3, 0);

    int passed = 0;
    while (limit.take(3_600 * SECOND) == 0) {
      passed++;
    }

    assertThat(passed).isEqualTo(3);
  }
}
