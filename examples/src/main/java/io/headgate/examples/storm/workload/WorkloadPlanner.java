package io.headgate.examples.storm.workload;

import io.headgate.examples.storm.trace.Trace;
import io.headgate.examples.storm.trace.TraceCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Lays a trace onto a timeline.
 *
 * <p>Gaps between jobs are the trace's own, one after the other, rescaled block by block so that
 * each block of 2.5 seconds has the arrivals that its phase wants: bursts stay, and the calm's
 * goodput is a steady figure to measure recovery against. Silences longer than 95 % of all gaps
 * count as that, else one pause of minutes would empty a whole phase. Token counts are the trace's
 * rows in order.
 */
public final class WorkloadPlanner {
  private static final long BLOCK_NANOS = 2_500_000_000L;

  /**
   * Each further call is as likely as this: 4.3 calls on average, and 7 % of jobs go to the limit.
   */
  private static final double ONE_MORE_CALL = 0.78;

  /** The longest circle in which an agent goes. */
  private static final int LONGEST_CIRCLE = 8;

  private final SplittableRandom random;

  /** Of its own, so that the other jobs are the same whatever the share of loops. */
  private final SplittableRandom loopRandom;

  private final double loops;
  private final List<TraceCall> rows;
  private final long longestGapNanos;
  private final Duration deadlineBase;
  private final Duration deadlinePerCall;
  private final List<JobPlan> jobs = new ArrayList<>();
  private int gapCursor;
  private int rowCursor;

  private WorkloadPlanner(
      Trace trace, long seed, double loops, Duration deadlineBase, Duration deadlinePerCall) {
    if (!(loops >= 0 && loops <= 1)) {
      throw new IllegalArgumentException(
          "the share of jobs that loop is from 0 to 1, got %s; use 0 for none".formatted(loops));
    }
    this.random = new SplittableRandom(seed);
    this.loopRandom = new SplittableRandom(~seed);
    this.loops = loops;
    this.rows = trace.calls();
    this.deadlineBase = deadlineBase;
    this.deadlinePerCall = deadlinePerCall;
    var gaps = rows.stream().mapToLong(TraceCall::gapNanos).sorted().toArray();
    this.longestGapNanos = gaps[(int) (gaps.length * 0.95)];
  }

  /** A job's deadline is {@code deadlineBase} and {@code deadlinePerCall} for each of its calls. */
  public static Workload plan(
      Trace trace, long seed, Timeline timeline, Duration deadlineBase, Duration deadlinePerCall) {
    return plan(trace, seed, timeline, 0, deadlineBase, deadlinePerCall);
  }

  /**
   * The same, with a share of jobs whose agents go round in circles of 1 to 8 questions, each as
   * its first calls would be, until a framework's own limit ends that.
   *
   * @param loops 0 to 1
   */
  public static Workload plan(
      Trace trace,
      long seed,
      Timeline timeline,
      double loops,
      Duration deadlineBase,
      Duration deadlinePerCall) {
    var planner = new WorkloadPlanner(trace, seed, loops, deadlineBase, deadlinePerCall);
    for (var phase : Phase.values()) {
      planner.fill(timeline, phase);
    }
    return new Workload(trace.source(), seed, timeline, planner.jobs);
  }

  private void fill(Timeline timeline, Phase phase) {
    long start = timeline.startNanos(phase);
    long end = timeline.endNanos(phase);
    double perNano = timeline.jobsPerSecond(phase) / 1e9;
    long before = 0;
    for (long from = start; from < end; from += BLOCK_NANOS) {
      long to = Math.min(end, from + BLOCK_NANOS);
      // Rounded from the phase's start, so that no share of a job gets lost between blocks.
      long after = Math.round(perNano * (to - start));
      arrivals(from, to - from, (int) (after - before));
      before = after;
    }
  }

  private void arrivals(long from, long length, int count) {
    var gaps = new double[count + 1]; // the last one leads to the block's end
    double sum = 0;
    for (int i = 0; i <= count; i++) {
      gaps[i] = nextGapNanos();
      sum += gaps[i];
    }
    double at = 0;
    for (int i = 0; i < count; i++) {
      at += sum == 0 ? 1.0 / (count + 1) : gaps[i] / sum;
      job(from + (long) (at * length));
    }
  }

  private void job(long arrivalNanos) {
    int id = jobs.size();
    int length = 1;
    while (length < JobPlan.MAX_CALLS && random.nextDouble() < ONE_MORE_CALL) {
      length++;
    }
    var calls = new ArrayList<CallPlan>(length);
    for (int step = 0; step < length; step++) {
      var row = rows.get(rowCursor++ % rows.size());
      calls.add(
          new CallPlan(
              id, step, Math.max(1, row.contextTokens()), Math.max(1, row.generatedTokens())));
    }
    var deadline = deadlineBase.plus(deadlinePerCall.multipliedBy(length));
    boolean loops = loopRandom.nextDouble() < this.loops;
    jobs.add(new JobPlan(id, arrivalNanos, deadline, loops ? circle(id, calls) : calls, loops));
  }

  private List<CallPlan> circle(int job, List<CallPlan> calls) {
    int period = loopRandom.nextInt(1, LONGEST_CIRCLE + 1);
    var circle = new ArrayList<CallPlan>(JobPlan.MAX_ROUNDS);
    for (int step = 0; step < JobPlan.MAX_ROUNDS; step++) {
      var like = calls.get(step % period % calls.size());
      circle.add(
          new CallPlan(job, step, like.promptTokens(), like.completionTokens(), step % period));
    }
    return circle;
  }

  /** Skips the first row, whose gap is to nothing. */
  private double nextGapNanos() {
    if (rows.size() == 1) {
      return 1;
    }
    return Math.min(longestGapNanos, rows.get(1 + gapCursor++ % (rows.size() - 1)).gapNanos());
  }
}
