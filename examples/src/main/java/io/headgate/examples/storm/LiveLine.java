package io.headgate.examples.storm;

import io.headgate.examples.storm.measure.Sample;
import io.headgate.examples.storm.workload.Phase;
import java.util.Locale;

/**
 * What a second of a run looks like in the terminal.
 *
 * @param jobsOffered in this second
 * @param jobsFinished in this second, in time
 * @param cpuPercent of all cores, by this process
 */
record LiveLine(
    String arm, Phase phase, Sample sample, int jobsOffered, int jobsFinished, double cpuPercent) {
  private static final int BAR = 10;

  /** Plain ASCII, since a terminal's encoding is anybody's guess. */
  String text(double totalSeconds) {
    double at = sample.atNanos() / 1e9;
    int filled = Math.clamp(Math.round(BAR * at / totalSeconds), 0, BAR);
    return String.format(
        Locale.ROOT,
        "%-8s %2.0f s [%s%s] %-10s jobs %3d/s  in flight %3d  waiting %2d  goodput %2d/s  cpu %2.0f"
            + " %%",
        arm,
        at,
        "#".repeat(filled),
        ".".repeat(BAR - filled),
        phase.title(),
        jobsOffered,
        sample.inFlight(),
        sample.waiting(),
        jobsFinished,
        cpuPercent);
  }
}
