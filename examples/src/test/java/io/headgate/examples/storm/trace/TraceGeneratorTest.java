package io.headgate.examples.storm.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

class TraceGeneratorTest {
  private static final Trace TRACE = TraceGenerator.generate(1, 9_000);

  @Test
  void theSameSeedGivesTheSameTrace() {
    assertThat(TraceGenerator.generate(1, 9_000)).isEqualTo(TRACE);
    assertThat(TraceGenerator.generate(2, 9_000).calls()).isNotEqualTo(TRACE.calls());
  }

  /** The bounds are a third around what Azure's trace of code completions shows. */
  @Test
  void hasTheShapeOfARecordedTrace() {
    assertQuantile(TraceCall::contextTokens, 0.5, 1_469);
    assertQuantile(TraceCall::contextTokens, 0.25, 578);
    assertQuantile(TraceCall::contextTokens, 0.9, 5_194);
    assertQuantile(TraceCall::generatedTokens, 0.5, 13);
    assertQuantile(TraceCall::generatedTokens, 0.9, 55);
    assertQuantile(TraceCall::generatedTokens, 0.99, 252);
    assertQuantile(TraceCall::gapNanos, 0.5, 64_000_000);
    assertQuantile(TraceCall::gapNanos, 0.9, 273_000_000);
  }

  @Test
  void staysWithinTheContextWindow() {
    assertThat(TRACE.calls())
        .allSatisfy(
            call -> {
              assertThat(call.contextTokens()).isBetween(3, TraceGenerator.MAX_CONTEXT);
              assertThat(call.generatedTokens()).isBetween(6, TraceGenerator.MAX_GENERATED);
            });
  }

  /** Poisson arrivals would have a coefficient of variation of 1. */
  @Test
  void arrivesInBursts() {
    var gaps = TRACE.calls().stream().mapToDouble(TraceCall::gapNanos).toArray();
    double mean = mean(gaps);
    double variance = 0;
    for (double gap : gaps) {
      variance += (gap - mean) * (gap - mean) / gaps.length;
    }

    assertThat(Math.sqrt(variance) / mean).isGreaterThan(3);
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static void assertQuantile(
      ToLongFunction<TraceCall> value, double quantile, double recorded) {
    var sorted = TRACE.calls().stream().mapToLong(value).sorted().toArray();
    assertThat((double) sorted[(int) (sorted.length * quantile)])
        .isBetween(recorded / 1.34, recorded * 1.34);
  }
}
