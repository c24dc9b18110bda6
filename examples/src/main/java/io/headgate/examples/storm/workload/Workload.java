package io.headgate.examples.storm.workload;

import java.util.List;

/**
 * Everything that will be asked, in the order of arrival.
 *
 * @param source for the report: where gaps and token counts came from
 */
public record Workload(String source, long seed, Timeline timeline, List<JobPlan> jobs) {
  public Workload {
    jobs = List.copyOf(jobs);
  }

  public long calls() {
    return jobs.stream().mapToLong(job -> job.calls().size()).sum();
  }

  /** Calls a second that the jobs of a phase bring, spread evenly over the phase. */
  public double callsPerSecond(Phase phase) {
    long calls =
        jobs.stream()
            .filter(job -> timeline.at(job.arrivalNanos()) == phase)
            .mapToLong(job -> job.calls().size())
            .sum();
    double seconds = timeline.length(phase).toNanos() / 1e9;
    return seconds == 0 ? 0 : calls / seconds;
  }
}
