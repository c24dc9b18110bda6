package io.headgate.simulation;

import io.headgate.Refusal;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.Ending;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.HdrHistogram.Histogram;

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
  private final Set<VirtualJob> inTime = new HashSet<>();
  private final long intervalNs;
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

  private Interval now() {
    long at = Math.min(intervals.size() - 1, world.agenda.nowNs() / intervalNs);
    Interval interval = intervals.get((int) at);
    interval.waiting = Math.max(interval.waiting, waiting);
    interval.inFlight = Math.max(interval.inFlight, inFlight);
    return interval;
  }

  void jobArrived() {
    now().arrived++;
  }

  void jobInTime(VirtualJob job) {
    now().inTime++;
    inTime.add(job);
  }

  @Override
  public void refused(VirtualJob job, AgentGate agent, TargetGate target, Refusal reason) {
    now().refused++;
  }

  @Override
  public void taken(VirtualTask task) {
    waiting++;
    mostWaiting = Math.max(mostWaiting, waiting);
    var _ = now();
  }

  @Override
  public void givingBack(VirtualTask task) {
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
  public void jobRetired(VirtualJob job, long spentTokens, long spentMoney) {
    if (job.parentJob() != null) {
      return; // its root's figure is that of them all
    }
    tokens += spentTokens;
    money += spentMoney;
    if (!inTime.remove(job)) {
      wastedTokens += spentTokens;
      wastedMoney += spentMoney;
    }
  }
}
