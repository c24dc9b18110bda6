package io.headgate.examples.storm.report;

import io.headgate.examples.storm.measure.ArmResult;
import io.headgate.examples.storm.workload.Phase;
import io.headgate.examples.storm.workload.Workload;
import java.util.List;

/**
 * Everything that the reports show.
 *
 * @param scale how many times provider's times and deadlines were scaled down
 * @param outPercent of the provider in the surge
 * @param arms in the order of their runs
 */
public record StormReport(int scale, int outPercent, Workload workload, List<ArmResult> arms) {
  public StormReport {
    arms = List.copyOf(arms);
  }

  /** How long the longest arm ran. */
  double seconds() {
    return arms.stream()
        .flatMap(arm -> arm.samples().stream())
        .mapToDouble(sample -> sample.atNanos() / 1e9)
        .max()
        .orElse(workload.timeline().endNanos() / 1e9);
  }

  /** When the surge begins and ends. */
  double[] surgeSeconds() {
    var timeline = workload.timeline();
    return new double[] {
      timeline.startNanos(Phase.DURING) / 1e9, timeline.endNanos(Phase.DURING) / 1e9
    };
  }

  /** Every invariant that was found broken, with its arm. */
  public List<String> violations() {
    return arms.stream()
        .flatMap(arm -> arm.violations().stream().map(line -> arm.name() + ": " + line))
        .toList();
  }
}
