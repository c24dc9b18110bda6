package io.headgate.simulation;

import io.headgate.Spending;
import java.util.ArrayList;
import java.util.List;
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

  /** Jobs finished in time that ended within this time. */
  long inTime(long fromNs, long toNs) {
    return over.stream()
        .filter(each -> each.inTime && each.overNs >= fromNs && each.overNs < toNs)
        .count();
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
    long ofLong =
        over.stream()
            .filter(each -> each.inTime && each.overNs >= fromNs && each.overNs < toNs)
            .filter(each -> each.job.wanted >= longest)
            .count();
    return all == 0 ? 0 : ofLong / (share * all);
  }

  /** Tokens spent on jobs that finished in time, of all. */
  double useful() {
    long all = 0;
    long useful = 0;
    for (VirtualJob job : retired) {
      all += job.spentTokens;
      useful += Boolean.TRUE.equals(job.inTime) ? job.spentTokens : 0;
    }
    return all == 0 ? 1 : (double) useful / all;
  }

  void debug() {
    for (int w = 28; w < 64; w++) {
      long a = w * 10_000_000_000L;
      long b = a + 10_000_000_000L;
      long in = inTime(a, b);
      long out = over.stream().filter(e -> !e.inTime && e.overNs >= a && e.overNs < b && e.job.spentTokens > 0).count();
      long ref = over.stream().filter(e -> !e.inTime && e.overNs >= a && e.overNs < b && e.job.spentTokens <= 0).count();
      double took = over.stream().filter(e -> e.inTime && e.overNs >= a && e.overNs < b).mapToDouble(e -> (e.overNs - e.openedNs) / 1e9).average().orElse(0);
      double wanted = over.stream().filter(e -> e.inTime && e.overNs >= a && e.overNs < b).mapToDouble(e -> e.job.wanted).average().orElse(0);
      System.err.printf("%d s: done %d failed with tokens %d without %d took %.1f wanted %.2f%n", w * 10, in, out, ref, took, wanted);
    }
  }
}
