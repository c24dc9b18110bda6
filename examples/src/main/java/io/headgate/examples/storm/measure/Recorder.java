package io.headgate.examples.storm.measure;

import io.headgate.examples.storm.workload.CallPlan;
import io.headgate.examples.storm.workload.JobPlan;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Takes down what an arm does. Any thread may write; it holds no more than the workload has jobs
 * and calls.
 */
public final class Recorder {
  /**
   * An attempt that lost.
   *
   * @param attempt its name in the provider's books
   */
  public record LostAttempt(int job, String attempt) {}

  /** A call under way. */
  public final class OpenCall {
    private final long offeredNanos = now();

    private OpenCall() {}

    /** Says how it ended; the first word counts. */
    public void end(CallEnd end) {
      end(end, AnswerRung.TOP);
    }

    /** The same of one that may have been answered by another than it asked for. */
    public void end(CallEnd end, AnswerRung rung) {
      if (openCalls.remove(this)) {
        calls.add(new CallRecord(offeredNanos, now(), end, rung));
      }
    }
  }

  private final long startNanos;
  private final Consumer<JobRecord> onFinished;
  private final Set<OpenCall> openCalls = ConcurrentHashMap.newKeySet();
  private final Queue<CallRecord> calls = new ConcurrentLinkedQueue<>();
  private final Queue<JobRecord> jobs = new ConcurrentLinkedQueue<>();
  private final Queue<LostAttempt> lost = new ConcurrentLinkedQueue<>();
  private final AtomicInteger jobsOffered = new AtomicInteger();
  private final AtomicInteger jobsFinished = new AtomicInteger();
  private final AtomicLong callsOffered = new AtomicLong();

  /**
   * A recorder whose clock starts at {@code startNanos} of {@link System#nanoTime()}.
   *
   * @param onFinished hears of each job that finished in time
   */
  public Recorder(long startNanos, Consumer<JobRecord> onFinished) {
    this.startNanos = startNanos;
    this.onFinished = onFinished;
  }

  /** Nanoseconds since the start of the arm. */
  public long now() {
    return System.nanoTime() - startNanos;
  }

  public void jobOffered() {
    jobsOffered.incrementAndGet();
  }

  /** A job's end, said once for each job. */
  public void jobEnded(JobPlan plan, boolean answered) {
    jobEnded(plan, answered, AnswerRung.TOP);
  }

  /** The same of one whose calls may have been answered by others than they asked for. */
  public void jobEnded(JobPlan plan, boolean answered, AnswerRung lowest) {
    var ended = new JobRecord(plan, now(), answered, lowest);
    jobs.add(ended);
    if (ended.finished()) {
      jobsFinished.incrementAndGet();
      onFinished.accept(ended);
    }
  }

  /** An attempt's answer came too late, or not at all, since a second one beside it was faster. */
  public void attemptLost(CallPlan call, int attempt) {
    lost.add(new LostAttempt(call.job(), call.attempt(attempt)));
  }

  /** Attempts that lost against another of the same call. */
  public List<LostAttempt> attemptsLost() {
    return List.copyOf(lost);
  }

  /** The jobs that finished in time. */
  public List<JobRecord> jobsInTime() {
    return jobs.stream().filter(JobRecord::finished).toList();
  }

  public OpenCall callOffered() {
    callsOffered.incrementAndGet();
    var call = new OpenCall();
    openCalls.add(call);
    return call;
  }

  public int jobsOfferedSoFar() {
    return jobsOffered.get();
  }

  public int jobsFinishedSoFar() {
    return jobsFinished.get();
  }

  public long callsOfferedSoFar() {
    return callsOffered.get();
  }

  List<CallRecord> calls() {
    return List.copyOf(calls);
  }

  List<JobRecord> jobs() {
    return List.copyOf(jobs);
  }

  int openCalls() {
    return openCalls.size();
  }
}
