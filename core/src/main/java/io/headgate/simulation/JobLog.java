package io.headgate.simulation;

import io.headgate.Priority;
import io.headgate.Spending;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What became of each job that came, and when. */
final class JobLog implements Witness {
  /**
   * A job whose client has gone.
   *
   * @param openedNs when it came
   * @param overNs when its client knew
   */
  record Over(VirtualJob job, long openedNs, long overNs, boolean inTime) {}

  private final List<Over> over = new ArrayList<>();
  private final List<VirtualJob> retired = new ArrayList<>();
  private @Nullable World world;

  void watch(Flight flight) {
    world = flight.world;
  }

  @Override
  public void jobOver(VirtualJob job, boolean inTime) {
    long nowNs = world == null ? 0 : world.agenda.nowNs();
    over.add(new Over(job, job.openedNs, nowNs, inTime));
  }

  @Override
  public void jobRetired(VirtualJob job, Spending spent) {
    job.spentTokens = spent.tokensSpent();
    if (job.parentJob() == null) {
      retired.add(job);
    }
  }

  /** That of the jobs of some agents alone. */
  JobLog of(Predicate<String> agents) {
    var log = new JobLog();
    over.stream().filter(each -> agents.test(each.job.agent)).forEach(log.over::add);
    retired.stream().filter(job -> agents.test(job.agent)).forEach(log.retired::add);
    return log;
  }

  private Stream<Over> finished(long fromNs, long toNs) {
    return over.stream().filter(each -> each.inTime && each.overNs >= fromNs && each.overNs < toNs);
  }

  /** Jobs finished in time that ended within this time. */
  long inTime(long fromNs, long toNs) {
    return finished(fromNs, toNs).count();
  }

  /** The same, a second. */
  double perSecond(long fromNs, long toNs) {
    return inTime(fromNs, toNs) / ((toNs - fromNs) / LimitTrial.SECOND_NS);
  }

  /** The fewest of any whole window within this time. */
  long worstWindow(long fromNs, long toNs, long windowNs) {
    long worst = Long.MAX_VALUE;
    for (long at = fromNs; at + windowNs <= toNs; at += windowNs) {
      worst = Math.min(worst, inTime(at, at + windowNs));
    }
    return worst;
  }

  /**
   * Of those that ended within this time, how the jobs that want the most calls fare: the share of
   * them among what finished in time, over their share among those that want so many.
   *
   * @param longest calls of the jobs that count as long, at least
   * @param share of all jobs that are so long
   */
  double longest(long fromNs, long toNs, int longest, double share) {
    long all = inTime(fromNs, toNs);
    long ofLong = finished(fromNs, toNs).filter(each -> each.job.wanted >= longest).count();
    return all == 0 ? 0 : ofLong / (share * all);
  }

  /** Within which this share of the jobs that finished in time did so. */
  double tookNs(double share) {
    return tookNs(share, 0, Long.MAX_VALUE);
  }

  /** The same, of those that ended within this time. */
  double tookNs(double share, long fromNs, long toNs) {
    long[] took =
        finished(fromNs, toNs).mapToLong(each -> each.overNs - each.openedNs).sorted().toArray();
    return took.length == 0 ? 0 : (double) took[(int) Math.ceil(share * took.length) - 1];
  }

  /** The mean time of the jobs that finished in time, and ended within this time. */
  double meanNs(long fromNs, long toNs) {
    return finished(fromNs, toNs)
        .mapToLong(each -> each.overNs - each.openedNs)
        .average()
        .orElse(Double.POSITIVE_INFINITY);
  }

  /** Of the jobs of this priority that came, those that finished in time. */
  double shareInTime(Priority priority) {
    long came = over.stream().filter(each -> each.job.priority == priority).count();
    long inTime =
        over.stream().filter(each -> each.inTime && each.job.priority == priority).count();
    return came == 0 ? 1 : (double) inTime / came;
  }

  /** Of the jobs that came, those that finished in time. */
  double share() {
    long inTime = over.stream().filter(Over::inTime).count();
    return over.isEmpty() ? 1 : (double) inTime / over.size();
  }

  /** Of the jobs that came within this time, those that finished in time. */
  double shareOfThoseThatCame(long fromNs, long toNs) {
    List<Over> came =
        over.stream().filter(each -> each.openedNs >= fromNs && each.openedNs < toNs).toList();
    long inTime = came.stream().filter(Over::inTime).count();
    return came.isEmpty() ? 1 : (double) inTime / came.size();
  }

  /** Tokens spent on jobs that finished in time, of all. */
  double useful() {
    long all = 0;
    long useful = 0;
    for (VirtualJob job : retired) {
      VirtualJob whole = job.partOf == null ? job : job.partOf;
      all += job.spentTokens;
      useful += Boolean.TRUE.equals(whole.inTime) ? job.spentTokens : 0;
    }
    return all == 0 ? 1 : (double) useful / all;
  }
}
