package io.headgate.engine;

/**
 * How long jobs take from their first start to their owner's close: the mean of about the last
 * sixteen, and twice their mean deviation on top, so that most are done within it. Jobs that came
 * to their deadline count with what they had until then. Not thread-safe.
 */
final class JobTimes {
  private static final int FEW = 8;
  private static final int SHIFT = 4;
  private static final int DEVIATIONS = 2;

  private int jobs;
  private long meanNs;
  private long deviationNs;

  void ended(long ns) {
    if (jobs == 0) {
      meanNs = ns;
    }
    jobs = Math.min(jobs + 1, FEW);
    deviationNs += (Math.abs(ns - meanNs) - deviationNs) >> SHIFT;
    meanNs += (ns - meanNs) >> SHIFT;
  }

  /** What they take in the mean; 0 if too few are known. */
  long meanNs() {
    return jobs < FEW ? 0 : meanNs;
  }

  /** Within which most are done; 0 while too few are known. */
  long typicalNs() {
    return jobs < FEW ? 0 : meanNs + DEVIATIONS * deviationNs;
  }
}
