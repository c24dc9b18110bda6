package io.headgate.simulation;

import io.headgate.Refusal;
import io.headgate.engine.Ending;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/**
 * What came of a simulation. Immutable.
 *
 * @param length of the load
 * @param jobs that arrived
 * @param jobsInTime that did all their work before their deadline
 * @param submissions of tasks, each retry counted
 * @param admitted of them
 * @param attempts that were started
 * @param calls that clients wanted, however often they had to ask for one: attempts over calls is
 *     the amplification
 * @param refusals by reason, of tasks and of jobs
 * @param outcomes of tasks, by kind
 * @param answers tasks that completed, by rung of their target's ladder, from the first
 * @param waited from admission to start
 * @param ran from start to end
 * @param took from admission to end
 * @param tokens spent in all
 * @param tokensWasted of them, on jobs that were not finished in time
 * @param moneyNanos spent in all, in nano-dollars
 * @param moneyWastedNanos of it, on jobs that were not finished in time
 * @param mostInFlight attempts at once
 * @param mostWaiting tasks at once
 * @param trouble from the first surge or disturbance to the end of the last, if there were any
 * @param timeToRecover from the end of the trouble until jobs finish at nine tenths of their rate
 *     of before and no interval's p99 is beyond one and a half times the worst of before, over
 *     three intervals; empty if there was no trouble, if nothing finished before it, or if it never
 *     was so
 * @param timeline of even intervals
 * @param digest of everything that happened: the same for the same simulation and seed
 */
public record SimulationReport(
    Duration length,
    long jobs,
    long jobsInTime,
    long submissions,
    long admitted,
    long attempts,
    long calls,
    Map<Refusal, Long> refusals,
    Map<String, Long> outcomes,
    List<Long> answers,
    Times waited,
    Times ran,
    Times took,
    long tokens,
    long tokensWasted,
    long moneyNanos,
    long moneyWastedNanos,
    long mostInFlight,
    long mostWaiting,
    Optional<Span> trouble,
    Optional<Duration> timeToRecover,
    List<Interval> timeline,
    long digest) {
  private static final double RECOVERED = 0.9;
  private static final double SECOND_NS = 1e9;
  private static final double NANOS_PER_DOLLAR = 1e9;
  private static final int SMOOTH = 3;
  private static final double SLOWER = 1.5;

  /**
   * A part of the simulation's time.
   *
   * @param from inclusive
   * @param to exclusive
   */
  public record Span(Duration from, Duration to) {}

  /**
   * Durations, within 1 %.
   *
   * @param count of those measured
   * @param p50 half are shorter
   * @param p99 all but one in a hundred are shorter
   * @param max the longest
   */
  public record Times(long count, Duration p50, Duration p99, Duration max) {
    private static Times of(Histogram histogram) {
      return new Times(
          histogram.getTotalCount(),
          Duration.ofNanos(histogram.getValueAtPercentile(50)),
          Duration.ofNanos(histogram.getValueAtPercentile(99)),
          Duration.ofNanos(histogram.getMaxValue()));
    }
  }

  /**
   * What happened in one interval.
   *
   * @param from when it begins
   * @param arrived jobs a second
   * @param goodput jobs finished in time, a second
   * @param refused submissions a second
   * @param waiting at most
   * @param inFlight at most
   * @param p99 of the tasks that ended in it, from admission to end
   */
  public record Interval(
      Duration from,
      double arrived,
      double goodput,
      double refused,
      long waiting,
      long inFlight,
      Duration p99) {}

  /** The share of the jobs that were finished in time; 1 if there were none. */
  public double goodput() {
    return jobs == 0 ? 1 : (double) jobsInTime / jobs;
  }

  /** Whether there was no trouble, or jobs finish again as before it. */
  public boolean recovered() {
    return trouble.isEmpty() || timeToRecover.isPresent();
  }

  static SimulationReport of(
      Flight flight, Flight.Result result, Duration length, Optional<Span> trouble) {
    Recorder recorder = flight.recorder();
    Tally tally = result.tally();
    List<Interval> timeline = timeline(recorder);
    return new SimulationReport(
        length,
        tally.jobs,
        tally.jobsInTime,
        tally.submissions,
        tally.admitted,
        tally.attempts,
        tally.calls,
        refusals(tally),
        outcomes(tally),
        Arrays.stream(tally.answers).boxed().toList(),
        Times.of(recorder.wait),
        Times.of(recorder.run),
        Times.of(recorder.total),
        recorder.tokens,
        recorder.wastedTokens,
        recorder.money,
        recorder.wastedMoney,
        recorder.mostInFlight,
        recorder.mostWaiting,
        trouble,
        trouble.flatMap(span -> timeToRecover(span, timeline)),
        timeline,
        result.digest());
  }

  private static Map<Refusal, Long> refusals(Tally tally) {
    Map<Refusal, Long> refusals = new EnumMap<>(Refusal.class);
    for (Refusal reason : Refusal.values()) {
      if (tally.refusals[reason.ordinal()] > 0) {
        refusals.put(reason, tally.refusals[reason.ordinal()]);
      }
    }
    return refusals;
  }

  private static Map<String, Long> outcomes(Tally tally) {
    Map<String, Long> outcomes = new LinkedHashMap<>();
    for (Ending ending : Ending.values()) {
      if (tally.endings[ending.ordinal()] > 0) {
        outcomes.put(
            ending.name().toLowerCase(Locale.ROOT).replace('_', ' '),
            tally.endings[ending.ordinal()]);
      }
    }
    return outcomes;
  }

  private static List<Interval> timeline(Recorder recorder) {
    List<Interval> timeline = new ArrayList<>();
    double perSecond = SECOND_NS / recorder.interval().toNanos();
    for (Recorder.Interval interval : recorder.intervals) {
      timeline.add(
          new Interval(
              recorder.interval().multipliedBy(timeline.size()),
              interval.arrived * perSecond,
              interval.inTime * perSecond,
              interval.refused * perSecond,
              interval.waiting,
              interval.inFlight,
              Duration.ofNanos(interval.total.getValueAtPercentile(99))));
    }
    return timeline;
  }

  // By the mean of three intervals, since single ones of few jobs jump.
  private static Optional<Duration> timeToRecover(Span trouble, List<Interval> timeline) {
    double before =
        timeline.stream()
            .filter(each -> each.from().compareTo(trouble.from()) < 0)
            .mapToDouble(Interval::goodput)
            .average()
            .orElse(0);
    Duration p99Before =
        timeline.stream()
            .filter(each -> each.from().compareTo(trouble.from()) < 0)
            .map(Interval::p99)
            .max(Duration::compareTo)
            .orElse(Duration.ZERO);
    if (before == 0) {
      return Optional.empty(); // there was nothing to come back to
    }
    for (int i = 0; i + SMOOTH <= timeline.size(); i++) {
      Interval first = timeline.get(i);
      double mean =
          timeline.subList(i, i + SMOOTH).stream()
              .mapToDouble(Interval::goodput)
              .average()
              .orElse(0);
      boolean fast =
          timeline.subList(i, i + SMOOTH).stream()
              .allMatch(each -> each.p99().toNanos() <= SLOWER * p99Before.toNanos());
      if (first.from().compareTo(trouble.to()) >= 0 && fast && mean >= RECOVERED * before) {
        return Optional.of(first.from().minus(trouble.to()));
      }
    }
    return Optional.empty();
  }

  /** Dollars spent in all. */
  public double dollars() {
    return moneyNanos / NANOS_PER_DOLLAR;
  }

  /** Dollars spent on jobs that were not finished in time. */
  public double dollarsWasted() {
    return moneyWastedNanos / NANOS_PER_DOLLAR;
  }

  /** All of it, as lines of text. */
  public String toTable() {
    var table = new StringBuilder();
    row(
        table,
        "jobs in time",
        String.format(Locale.ROOT, "%,d of %,d, %.1f %%", jobsInTime, jobs, goodput() * 100));
    row(table, "tasks admitted", count(admitted) + " of " + count(submissions) + " submissions");
    refusals.forEach(
        (reason, count) ->
            row(
                table,
                "refused: " + reason.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                count(count)));
    outcomes.forEach((outcome, count) -> row(table, "ended: " + outcome, count(count)));
    row(table, "waited p50, p99, max", times(waited));
    row(table, "ran p50, p99, max", times(ran));
    row(table, "took p50, p99, max", times(took));
    row(table, "tokens", count(tokens) + ", wasted " + count(tokensWasted));
    row(
        table,
        "dollars",
        String.format(Locale.ROOT, "%.2f, wasted %.2f", dollars(), dollarsWasted()));
    row(table, "most in flight, waiting", count(mostInFlight) + ", " + count(mostWaiting));
    if (trouble.isPresent()) {
      row(table, "time to recover", timeToRecover.map(SimulationReport::seconds).orElse("never"));
    }
    return table.toString();
  }

  private static void row(StringBuilder table, String name, String value) {
    table.append(String.format(Locale.ROOT, "%-34s %s%n", name, value));
  }

  private static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  private static String times(Times times) {
    return seconds(times.p50) + ", " + seconds(times.p99) + ", " + seconds(times.max);
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.3f s", time.toNanos() / SECOND_NS);
  }

  /** Goodput, refusals, depth and p99 over time, as one SVG image. */
  public String toSvg() {
    return new ReportChart(this).svg();
  }
}
