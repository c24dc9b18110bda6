package io.headgate.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headgate.AgentSettings;
import io.headgate.Snapshot.Quantiles;
import io.headgate.admission.AgentGate;
import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

/** Sliding histograms, log buckets, and who gets which. */
class DurationsTest {
  private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final int KIND = DurationSink.RUN;

  @Test
  void fineDurationsAreWithinOnePercent() {
    FineDurations durations = new FineDurations();
    for (int i = 1; i <= 1_000; i++) {
      durations.record(KIND, i * MS, 1, 0);
    }
    Quantiles quantiles = durations.lend(0).quantiles(KIND);
    assertThat(quantiles.count()).isEqualTo(1_000);
    assertThat(quantiles.p50().toMillis()).isCloseTo(500, within(5L));
    assertThat(quantiles.p99().toMillis()).isCloseTo(990, within(10L));
    assertThat(quantiles.p999().toMillis()).isCloseTo(999, within(10L));
    assertThat(quantiles.max().toMillis()).isCloseTo(1_000, within(10L));
    assertThat(durations.lend(0).quantiles(DurationSink.WAIT)).isEqualTo(Quantiles.NONE);
  }

  @Test
  void whatWasLentDoesNotChangeAndTheRestGoesOn() {
    FineDurations durations = new FineDurations();
    durations.record(KIND, MS, 1, 0);
    DurationSink.Lent first = durations.lend(0);
    durations.record(KIND, MS, 1, 0);
    DurationSink.Lent second = durations.lend(1);
    durations.record(KIND, MS, 1, 1);
    durations.record(KIND, MS, 1, 2);
    durations.record(KIND, MS, 1, 3);
    assertThat(first.quantiles(KIND).count()).isEqualTo(1);
    assertThat(second.quantiles(KIND).count()).isEqualTo(2);
    assertThat(durations.lend(3).quantiles(KIND).count()).isEqualTo(2);
  }

  @Test
  void theIntervalSlides() {
    FineDurations fine = new FineDurations();
    CoarseDurations coarse = new CoarseDurations();
    for (DurationSink durations : new DurationSink[] {fine, coarse}) {
      durations.record(KIND, MS, 1, 5);
      assertThat(durations.lend(5).quantiles(KIND).count()).isEqualTo(1);
      assertThat(durations.lend(6).quantiles(KIND).count()).isEqualTo(1);
      assertThat(durations.lend(7).quantiles(KIND)).isEqualTo(Quantiles.NONE);
      durations.record(KIND, MS, 1, 8);
      assertThat(durations.lend(100).quantiles(KIND)).isEqualTo(Quantiles.NONE);
    }
  }

  @Test
  void coarseDurationsAreWithinAnEighth() {
    for (long ns = 1 << 17; ns < TimeUnit.HOURS.toNanos(6); ns += ns / 50) {
      long shown = CoarseDurations.middleNs(CoarseDurations.bucketOf(ns));
      assertThat(shown).as("shown for %s ns", ns).isCloseTo(ns, Percentage.withPercentage(12.5));
    }
    assertThat(CoarseDurations.bucketOf(0)).isZero();
    assertThat(CoarseDurations.bucketOf(Long.MAX_VALUE)).isEqualTo(83);
  }

  @Test
  void coarseSharesStayRightWhenABucketIsFull() {
    CoarseDurations durations = new CoarseDurations();
    for (int i = 0; i < 10_000; i++) {
      durations.record(KIND, i % 10 == 0 ? 1_000 * MS : 10 * MS, 1, 0);
    }
    Quantiles quantiles = durations.lend(0).quantiles(KIND);
    assertThat(quantiles.count()).isEqualTo(10_000);
    assertThat(quantiles.p50().toMillis()).isCloseTo(10, within(2L));
    assertThat(quantiles.p99().toMillis()).isCloseTo(1_000, within(125L));
  }

  @Test
  void theBusiestAgentsHaveFineDurations() {
    AgentDurations durations = new AgentDurations();
    AgentGate[] gates = new AgentGate[AgentDurations.FINE + 10];
    for (int i = 0; i < gates.length; i++) {
      gates[i] = gate(i);
      durations.record(gates[i], KIND, 1_000 * MS, 0);
    }
    AgentGate late = gates[gates.length - 1];
    assertThat(p50Ms(durations, gates[0], 0)).isBetween(1_000L, 1_007L);
    assertThat(p50Ms(durations, late, 0)).as("p50 of one of the others").isLessThan(995L);
    for (int i = 0; i < 50; i++) {
      durations.record(late, KIND, 1_000 * MS, 1);
    }
    assertThat(p50Ms(durations, late, 1)).as("p50 of a busy agent").isBetween(1_000L, 1_007L);
    assertThat(durations.lend(late, 1).quantiles(KIND).count()).isEqualTo(51);
    long demoted = 0;
    for (int i = 0; i < AgentDurations.FINE; i++) {
      Quantiles quantiles = durations.lend(gates[i], 1).quantiles(KIND);
      assertThat(quantiles.p50().toMillis()).isBetween(875L, 1_125L);
      demoted += quantiles.p50().toMillis() < 995 ? 1 : 0;
    }
    assertThat(demoted).as("agents that lost their place").isEqualTo(1);
  }

  @Test
  void aReusedPlaceStartsAfresh() {
    AgentDurations durations = new AgentDurations();
    AgentGate old = gate(3);
    AgentGate fresh = gate(3);
    durations.record(old, KIND, MS, 0);
    assertThat(durations.lend(fresh, 0)).isSameAs(DurationSink.NOTHING);
    durations.record(fresh, KIND, 2 * MS, 0);
    assertThat(durations.lend(fresh, 0).quantiles(KIND).count()).isEqualTo(1);
    assertThat(durations.lend(old, 0)).isSameAs(DurationSink.NOTHING);
  }

  @Test
  void ratesAreHonestFromTheStart() {
    RateWindow rates = new RateWindow();
    assertThat(rates.perSecond(5, 1_000)).isEqualTo(5);
    assertThat(rates.perSecond(50, 5_000 * MS)).isEqualTo(10);
    rates.mark(100, 10_000 * MS);
    assertThat(rates.perSecond(150, 15_000 * MS)).isEqualTo(10);
    rates.mark(100, 20_000 * MS);
    assertThat(rates.perSecond(100, 25_000 * MS)).isZero();
  }

  private static long p50Ms(AgentDurations durations, AgentGate gate, long half) {
    return durations.lend(gate, half).quantiles(KIND).p50().toMillis();
  }

  @SuppressWarnings("NullAway") // no registrar is needed
  private static AgentGate gate(int index) {
    return new AgentGate("agent-" + index, index, AgentSettings.DEFAULT, null);
  }
}
