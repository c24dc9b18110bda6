package io.headgate.simulation;

import io.headgate.Spending;
import io.headgate.engine.Ending;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Records what a report is made of: sums, durations, and a time line of even intervals. */
final class Recorder implements Witness {
  private static final int DIGITS = 2;

  /** One interval of the time line. */
  static final class Interval {
    long arrived;
    long inTime;
    long refused;
    long waiting;
    long inFlight;
    final Histogram total = histogram();
  }

  final List<Interval> intervals = new ArrayList<>();
  final Histogram wait = histogram();
  final Histogram run = histogram();
  final Histogram total = histogram();
  private final Interval after = new Interval();
  private final long intervalNs;
  private int reached;
  private long lastWaiting;
  private long lastInFlight;
  private final World world;
  long tokens;
  long wastedTokens;
  long money;
  long wastedMoney;
  long mostInFlight;
  long mostWaiting;
  private long inFlight;
  private long waiting;

  Recorder(World world, long lengthNs, int intervals) {
    this.world = world;
    intervalNs = Math.max(1, Math.ceilDiv(lengthNs, intervals));
    for (int i = 0; i < intervals; i++) {
      this.intervals.add(new Interval());
    }
  }

  private static Histogram histogram() {
    var histogram = new Histogram(DIGITS);
    histogram.setAutoResize(true);
    return histogram;
  }

  Duration interval() {
    return Duration.ofNanos(intervalNs);
  }

  // What happens after the load belongs to no interval of it.
  private Interval now() {
    long at = world.agenda.nowNs() / intervalNs;
    for (; reached < Math.min(at, intervals.size()); reached++) {
      // Nothing happened since the last event, so the levels were as it left them.
      Interval passed = intervals.get(reached);
      passed.waiting = Math.max(passed.waiting, lastWaiting);
      passed.inFlight = Math.max(passed.inFlight, lastInFlight);
    }
    lastWaiting = waiting;
    lastInFlight = inFlight;
    Interval interval = at < intervals.size() ? intervals.get((int) at) : after;
    interval.waiting = Math.max(interval.waiting, waiting);
    interval.inFlight = Math.max(interval.inFlight, inFlight);
    return interval;
  }

  @Override
  public void jobArrived() {
    now().arrived++;
  }

  @Override
  public void jobRefused() {
    now().refused++;
  }

  // Before or after the job has retired.
  @Override
  public void jobOver(VirtualJob job, boolean inTime) {
    if (inTime) {
      now().inTime++;
    }
    settle(job);
  }

  private void settle(VirtualJob job) {
    Boolean inTime = job.inTime;
    if (inTime != null && !inTime && job.spentTokens >= 0) {
      wastedTokens += job.spentTokens;
      wastedMoney += job.spentMoney;
    }
  }

  @Override
  public void refused(Rejection rejection) {
    now().refused++;
  }

  @Override
  public void taken(VirtualTask task, @Nullable VirtualAttempt caller) {
    waiting++;
    mostWaiting = Math.max(mostWaiting, waiting);
    var _ = now();
  }

  @Override
  public void givingBack(VirtualTask task, @Nullable VirtualAttempt caller) {
    waiting--;
  }

  @Override
  public void started(VirtualTask task, int attempt, long nowNs, long deadlineNs) {
    waiting--;
    inFlight++;
    mostInFlight = Math.max(mostInFlight, inFlight);
    wait.recordValue(Math.max(0, nowNs - task.admittedNs()));
    var _ = now();
  }

  @Override
  public void ended(VirtualTask task, Ending ending, boolean ofWaiting, long nowNs, long ranNs) {
    if (ofWaiting) {
      waiting--;
    } else {
      run.recordValue(ranNs);
    }
    long totalNs = Math.max(0, nowNs - task.admittedNs());
    total.recordValue(totalNs);
    now().total.recordValue(totalNs);
  }

  @Override
  public void attemptOver(VirtualTask task, long nowNs) {
    inFlight--;
    var _ = now();
  }

  @Override
  public void jobRetired(VirtualJob job, Spending spent) {
    if (job.parentJob() != null) {
      return; // its root's figure is that of them all
    }
    tokens += spent.tokensSpent();
    money += spent.moneySpentNanos();
    job.spentTokens = spent.tokensSpent();
    job.spentMoney = spent.moneySpentNanos();
    settle(job);
  }
}
