package io.headgate.simulation;

import io.headgate.CallClass;
import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** What a night came to, as it was or as it would have been. One thread. */
public final class NightFigures {
  private final Histogram tookMicros = new Histogram(3);
  private long jobs;
  private long jobsInTime;
  private long refused;
  private long admitted;
  private long completed;
  private long attempts;
  private long attemptsFailed;
  private long tokens;
  private long tokensOnFailures;
  private long moneyNanos;
  private long dearestJobTokens;

  /** Of nothing yet. */
  public NightFigures() {}

  /** A job came. */
  public void jobArrived() {
    jobs++;
  }

  /** Its last call was answered in time. */
  public void jobInTime() {
    jobsInTime++;
  }

  /** Nothing of it is left. */
  public void jobSpent(long tokens) {
    dearestJobTokens = Math.max(dearestJobTokens, tokens);
  }

  /** So many submissions were refused. */
  public void refused(long times) {
    refused += times;
  }

  /** A task was let in. */
  public void admitted() {
    admitted++;
  }

  /** An attempt started. */
  public void started() {
    attempts++;
  }

  /** An attempt ended. */
  public void attemptEnded(CallClass callClass, long tokens, long moneyNanos) {
    this.tokens += tokens;
    this.moneyNanos += moneyNanos;
    if (callClass != CallClass.OK) {
      attemptsFailed++;
      tokensOnFailures += tokens;
    }
  }

  /** A task ended, so long after it was let in. */
  public void ended(boolean completed, long tookNs) {
    this.completed += completed ? 1 : 0;
    tookMicros.recordValue(Math.max(0, tookNs) / 1_000);
  }

  /** Those of another run of the same night. */
  public void add(NightFigures other) {
    jobs += other.jobs;
    jobsInTime += other.jobsInTime;
    refused += other.refused;
    admitted += other.admitted;
    completed += other.completed;
    attempts += other.attempts;
    attemptsFailed += other.attemptsFailed;
    tokens += other.tokens;
    tokensOnFailures += other.tokensOnFailures;
    moneyNanos += other.moneyNanos;
    dearestJobTokens = Math.max(dearestJobTokens, other.dearestJobTokens);
    tookMicros.add(other.tookMicros);
  }

  /** All of them by name, in the order in which a person wants to read them. */
  public Map<String, Long> byName() {
    Map<String, Long> all = new LinkedHashMap<>();
    all.put("jobs", jobs);
    all.put("jobsInTime", jobsInTime);
    all.put("refused", refused);
    all.put("admitted", admitted);
    all.put("completed", completed);
    all.put("attempts", attempts);
    all.put("attemptsFailed", attemptsFailed);
    all.put("tokens", tokens);
    all.put("tokensOnFailures", tokensOnFailures);
    all.put("dearestJobTokens", dearestJobTokens);
    all.put("moneyNanos", moneyNanos);
    all.put("p50Ns", tookMicros.getValueAtPercentile(50) * 1_000);
    all.put("p99Ns", tookMicros.getValueAtPercentile(99) * 1_000);
    return all;
  }
}
