package io.headgate.bench.ratios;

import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** What a row compares: a probe, or something worked out of several. */
sealed interface Figure {
  /** One probe. */
  record Of(Probe probe) implements Figure {}

  /** The largest of several: the slowest reason, the worst crowd. */
  record Max(List<Figure> figures) implements Figure {}

  /** The least of several: the best peer. */
  record Min(List<Figure> figures) implements Figure {}

  /** Another in a larger unit. */
  record Scaled(Figure figure, double factor) implements Figure {}

  /** One over another. */
  record Quotient(Figure above, Figure below) implements Figure {}

  static Figure of(Probe probe) {
    return new Of(probe);
  }

  default Stream<Probe> probes() {
    return switch (this) {
      case Of(var probe) -> Stream.of(probe);
      case Max(var figures) -> figures.stream().flatMap(Figure::probes);
      case Min(var figures) -> figures.stream().flatMap(Figure::probes);
      case Scaled(var figure, var _) -> figure.probes();
      case Quotient(var above, var below) -> Stream.concat(above.probes(), below.probes());
    };
  }

  default double value(ToDoubleFunction<Probe> measured) {
    return switch (this) {
      case Of(var probe) -> measured.applyAsDouble(probe);
      case Max(var figures) ->
          figures.stream().mapToDouble(f -> f.value(measured)).max().orElse(Double.NaN);
      case Min(var figures) ->
          figures.stream().mapToDouble(f -> f.value(measured)).min().orElse(Double.NaN);
      case Scaled(var figure, var factor) -> factor * figure.value(measured);
      case Quotient(var above, var below) -> above.value(measured) / below.value(measured);
    };
  }
}
