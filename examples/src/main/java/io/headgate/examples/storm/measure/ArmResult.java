package io.headgate.examples.storm.measure;

import io.headgate.examples.storm.provider.ProviderStats;
import io.headgate.examples.storm.workload.Phase;
import io.headgate.examples.storm.workload.Timeline;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * All that one arm's run came to. {@code offered = admitted + refused} and {@code admitted =
 * completed + expired + failed} hold, or the arm has lost a call.
 *
 * @param name of the arm
 * @param offered calls that jobs asked for; retries are no calls of their own
 * @param admitted of these, let in
 * @param refused of these, not let in
 * @param completed admitted calls that were answered, in time for their job or not
 * @param expired admitted calls that their TTL, timeout or job's deadline ended
 * @param failed admitted calls that were given up for any other reason
 * @param tokensSpent what the provider billed
 * @param tokensUseful what it billed for jobs finished within their deadline, without lost attempts
 * @param tokensOfLosers what it billed for attempts that lost against another of the same call
 * @param tokensOfLoops what it billed for jobs that go round in circles, which have no answer
 * @param dollarsSpent its bill
 * @param jobsOffered jobs that arrived
 * @param jobsFinished jobs whose last call was answered within the job's deadline
 * @param rungs who answered its calls, and what of its jobs that leaves
 * @param goodput jobs finished per second, and their recovery
 * @param servedAtBest jobs per second that the models which the arm may use could finish in the
 *     surge, if nothing of what is left of them were wasted; NaN without a surge
 * @param p99MillisDuring 99th percentile of the time from a call being asked for to its end, over
 *     the calls that ended in the surge; refusals do not count, and a call still open at the
 *     surge's end counts with its age
 * @param maxInFlight most calls under way at once
 * @param maxWaiting most calls that waited in the arm for their start at once
 * @param provider the provider's own books
 * @param cpu of this process
 * @param seconds the run second by second
 * @param samples the gauges, ten times a second
 * @param policies when each of its policies acted, a lane each
 * @param notes what else the arm has to say, a line each
 * @param violations invariants found broken at the end; empty when all is well
 */
public record ArmResult(
    String name,
    long offered,
    long admitted,
    long refused,
    long completed,
    long expired,
    long failed,
    long tokensSpent,
    long tokensUseful,
    long tokensOfLosers,
    long tokensOfLoops,
    double dollarsSpent,
    long jobsOffered,
    long jobsFinished,
    Rungs rungs,
    Goodput goodput,
    double servedAtBest,
    double p99MillisDuring,
    int maxInFlight,
    int maxWaiting,
    ProviderStats provider,
    Cpu cpu,
    List<Second> seconds,
    List<Sample> samples,
    List<PolicyLane> policies,
    List<String> notes,
    List<String> violations) {
  public ArmResult {
    seconds = List.copyOf(seconds);
    samples = List.copyOf(samples);
    policies = List.copyOf(policies);
    notes = List.copyOf(notes);
    violations = List.copyOf(violations);
  }

  /** Goodput in the surge, of {@link #servedAtBest}. */
  public double goodputOfBest() {
    return goodput.during() / servedAtBest;
  }

  /** Tokens that were useful, of those spent; NaN of none. */
  public double usefulShare() {
    return tokensSpent == 0 ? Double.NaN : (double) tokensUseful / tokensSpent;
  }

  /** The same, with more to say. */
  public ArmResult with(List<String> moreNotes, List<String> moreViolations) {
    return new ArmResult(
        name,
        offered,
        admitted,
        refused,
        completed,
        expired,
        failed,
        tokensSpent,
        tokensUseful,
        tokensOfLosers,
        tokensOfLoops,
        dollarsSpent,
        jobsOffered,
        jobsFinished,
        rungs,
        goodput,
        servedAtBest,
        p99MillisDuring,
        maxInFlight,
        maxWaiting,
        provider,
        cpu,
        seconds,
        samples,
        policies,
        Stream.concat(notes.stream(), moreNotes.stream()).toList(),
        Stream.concat(violations.stream(), moreViolations.stream()).toList());
  }

  /** What the arm and its provider know at the end. */
  public record Closing(
      String name,
      int maxInFlight,
      int maxWaiting,
      ProviderStats provider,
      double dollarsSpent,
      long tokensUseful,
      long tokensOfLosers,
      long tokensOfLoops,
      double servedAtBest,
      Cpu cpu,
      List<Sample> samples,
      List<PolicyLane> policies,
      List<String> notes,
      List<String> violations) {}

  /** Works it out, when every job has ended. */
  public static ArmResult of(Closing closing, Recorder recorder, Timeline timeline) {
    var calls = recorder.calls();
    var jobs = recorder.jobs();
    long refused = count(calls, CallEnd.REFUSED);
    var violations = new ArrayList<>(closing.violations());
    if (recorder.openCalls() > 0) {
      violations.add(recorder.openCalls() + " calls never ended");
    }
    if (jobs.size() != recorder.jobsOfferedSoFar()) {
      violations.add(
          "%d jobs arrived and %d ended".formatted(recorder.jobsOfferedSoFar(), jobs.size()));
    }
    return new ArmResult(
        closing.name(),
        recorder.callsOfferedSoFar(),
        recorder.callsOfferedSoFar() - refused,
        refused,
        count(calls, CallEnd.COMPLETED),
        count(calls, CallEnd.EXPIRED),
        count(calls, CallEnd.FAILED),
        closing.provider().billed().tokens(),
        closing.tokensUseful(),
        closing.tokensOfLosers(),
        closing.tokensOfLoops(),
        closing.dollarsSpent(),
        recorder.jobsOfferedSoFar(),
        jobs.stream().filter(JobRecord::finished).count(),
        Rungs.of(calls, jobs),
        Goodput.of(jobs, timeline),
        closing.servedAtBest(),
        p99During(calls, timeline),
        closing.maxInFlight(),
        closing.maxWaiting(),
        closing.provider(),
        closing.cpu(),
        seconds(calls, jobs, closing.samples()),
        closing.samples(),
        closing.policies(),
        closing.notes(),
        violations);
  }

  private static long count(List<CallRecord> calls, CallEnd end) {
    return calls.stream().filter(call -> call.end() == end).count();
  }

  private static double p99During(List<CallRecord> calls, Timeline timeline) {
    long from = timeline.startNanos(Phase.DURING);
    long to = timeline.endNanos(Phase.DURING);
    var ages =
        calls.stream()
            .filter(call -> call.end() != CallEnd.REFUSED)
            .filter(call -> call.offeredNanos() < to && call.endedNanos() >= from)
            .map(call -> Math.min(call.endedNanos(), to) - call.offeredNanos())
            .toList();
    return Percentile.millis(ages, 0.99);
  }

  private static List<Second> seconds(
      List<CallRecord> calls, List<JobRecord> jobs, List<Sample> samples) {
    long length = samples.isEmpty() ? 0 : samples.getLast().atNanos();
    var seconds = new ArrayList<Second>();
    for (long from = 0; from < length; from += 1_000_000_000L) {
      long start = from;
      var latencies =
          calls.stream()
              .filter(call -> call.end() != CallEnd.REFUSED && in(call.endedNanos(), start))
              .map(CallRecord::latencyNanos)
              .toList();
      seconds.add(
          new Second(
              (int) jobs.stream().filter(job -> in(job.plan().arrivalNanos(), start)).count(),
              (int) jobs.stream().filter(j -> j.finished() && in(j.endedNanos(), start)).count(),
              (int) calls.stream().filter(call -> in(call.offeredNanos(), start)).count(),
              Percentile.millis(latencies, 0.5),
              Percentile.millis(latencies, 0.99)));
    }
    return seconds;
  }

  private static boolean in(long nanos, long secondStart) {
    return nanos >= secondStart && nanos < secondStart + 1_000_000_000L;
  }
}
