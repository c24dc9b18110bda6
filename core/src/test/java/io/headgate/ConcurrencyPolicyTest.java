package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Its bounds, and what is said of values beyond them. */
final class ConcurrencyPolicyTest {
  private static final ConcurrencyPolicy POLICY = ConcurrencyPolicy.DEFAULT;

  @Test
  void offAndOn() {
    assertThat(ConcurrencyPolicy.OFF.isOn()).isFalse();
    assertThat(POLICY.isOn()).isTrue();
    assertThat(POLICY.first(ConcurrencyPolicy.NEVER)).isEqualTo(ConcurrencyPolicy.OFF);
  }

  @Test
  void everyBoundIsChecked() {
    assertThatThrownBy(() -> POLICY.first(0))
        .hasMessageContaining("first")
        .hasMessageContaining("0");
    assertThatThrownBy(() -> POLICY.first(100_001)).hasMessageContaining("100001");
    assertThatThrownBy(() -> POLICY.least(0)).hasMessageContaining("least");
    assertThatThrownBy(() -> POLICY.least(100_001)).hasMessageContaining("least");
    assertThatThrownBy(() -> POLICY.probeEvery(Duration.ofMillis(999)))
        .hasMessageContaining("probeEvery");
    assertThatThrownBy(() -> POLICY.probeEvery(Duration.ofHours(2)))
        .hasMessageContaining("probeEvery");
    assertThatThrownBy(() -> POLICY.maxLostPercent(-1)).hasMessageContaining("maxLostPercent");
    assertThatThrownBy(() -> POLICY.maxLostPercent(96)).hasMessageContaining("96");
  }

  @Test
  void theBoundsThemselvesAreAllowed() {
    assertThat(POLICY.first(1).least(1).probeEvery(Duration.ofSeconds(1)).first()).isEqualTo(1);
    assertThat(POLICY.first(100_000).least(100_000).probeEvery(Duration.ofHours(1)).least())
        .isEqualTo(100_000);
    assertThat(POLICY.maxLostPercent(0).tellsLost()).isFalse();
    assertThat(POLICY.maxLostPercent(95).maxLost()).isEqualTo(0.95);
  }
}
