package io.headgate.examples.storm.measure;

import io.headgate.examples.storm.workload.Phase;
import io.headgate.examples.storm.workload.Timeline;
import java.util.List;

/**
 * Jobs finished in time, per second, and how long they took to be back after the surge.
 *
 * @param before the surge, without the first two seconds, in which no job can have ended yet
 * @param during the surge
 * @param after it, until the last job arrives
 * @param recoverySeconds from the surge's end to the first moment at which the {@value
 *     #WINDOW_SECONDS} s before it brought at least {@value #SHARE} of {@code before}; if there is
 *     none, to the last job's arrival
 * @param recovered whether there was one
 */
public record Goodput(
    double before, double during, double after, double recoverySeconds, boolean recovered) {
  /**
   * Some 18 jobs at calm's pace, whose number alone scatters by a quarter: a healthy arm passes the
   * bar within seconds, and one at half the pace now and then. A wider window would hold more of
   * the surge.
   */
  static final double WINDOW_SECONDS = 3;

  static final double SHARE = 0.95;

  private static final long RAMP_NANOS = 2_000_000_000L;
  private static final long STEP_NANOS = 100_000_000L;

  static Goodput of(List<JobRecord> jobs, Timeline timeline) {
    var ends = jobs.stream().filter(JobRecord::finished).mapToLong(JobRecord::endedNanos).toArray();
    long ramp = Math.min(RAMP_NANOS, timeline.calmBefore().toNanos() / 2);
    double before = rate(ends, ramp, timeline.endNanos(Phase.BEFORE));
    long surgeEnd = timeline.endNanos(Phase.DURING);
    long end = timeline.endNanos();
    long window = (long) (WINDOW_SECONDS * 1e9);
    long back = surgeEnd;
    while (back <= end && rate(ends, back - window, back) < SHARE * before) {
      back += STEP_NANOS;
    }
    boolean recovered = back <= end;
    return new Goodput(
        before,
        rate(ends, timeline.startNanos(Phase.DURING), surgeEnd),
        rate(ends, surgeEnd, end),
        ((recovered ? back : end) - surgeEnd) / 1e9,
        recovered);
  }

  private static double rate(long[] ends, long from, long to) {
    long count = 0;
    for (long end : ends) {
      if (end >= from && end < to) {
        count++;
      }
    }
    return to > from ? count / ((to - from) / 1e9) : 0;
  }
}
