package io.headgate.simulation;

import io.headgate.simulation.Night.Attempt;
import io.headgate.simulation.Night.Call;
import io.headgate.simulation.Night.End;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToLongFunction;

/**
 * The model of what is not on record: what was, near that time. An attempt of the same target and
 * rung if there is one, else of the same target, else of any; a job that had all that it wanted if
 * there is one. Immutable.
 */
final class Likenesses {
  /** So many of the nearest are drawn from. */
  private static final int NEAREST = 32;

  private record Place(String target, int rung) {}

  private final Map<Place, List<Attempt>> ofRungs = new HashMap<>();
  private final Map<String, List<Attempt>> ofTargets = new HashMap<>();
  private final List<Attempt> all = new ArrayList<>();
  private final List<Night.Job> jobs;

  Likenesses(Night night) {
    List<Night.Job> whole = new ArrayList<>();
    for (Night.Job job : night.jobs()) {
      if (job.parent() < 0 && !job.ends().isEmpty()) {
        whole.add(job);
      }
      for (Call call : job.calls()) {
        call.attempts().forEach(attempt -> add(call.target(), attempt));
      }
    }
    List<Night.Job> done = whole.stream().filter(Night.Job::done).toList();
    jobs = done.isEmpty() ? whole : done;
    Comparator<Attempt> byTime = Comparator.comparingLong(Attempt::startedNs);
    ofRungs.values().forEach(each -> each.sort(byTime));
    ofTargets.values().forEach(each -> each.sort(byTime));
    all.sort(byTime);
    check(night);
  }

  // Before anything is flown.
  private void check(Night night) {
    boolean drawsJobs =
        night.unseen().stream().anyMatch(each -> each.times() > 0)
            || night.jobs().stream().anyMatch(Night.Job::isSilent);
    if (drawsJobs && jobs.isEmpty()) {
      throw new IllegalArgumentException(
          "no job on record had a call let in, so that nobody knows what they wanted; use a journal"
              + " of a night in which some were");
    }
    if (!jobs.isEmpty() && all.isEmpty()) {
      throw new IllegalArgumentException(
          "no attempt on record came to its end, so that nobody knows how long one takes; use a"
              + " journal of a night in which calls were answered");
    }
  }

  private void add(String target, Attempt attempt) {
    if (attempt.end() != End.CUT_SHORT) {
      ofRungs
          .computeIfAbsent(new Place(target, attempt.rung()), _ -> new ArrayList<>())
          .add(attempt);
      ofTargets.computeIfAbsent(target, _ -> new ArrayList<>()).add(attempt);
      all.add(attempt);
    }
  }

  /** One of the nearest attempts. */
  Attempt attempt(String target, int rung, long nowNs, SplittableRandom random) {
    List<Attempt> like = ofRungs.get(new Place(target, rung));
    like = like == null ? ofTargets.getOrDefault(target, all) : like;
    return near(like, Attempt::startedNs, nowNs, random);
  }

  /** One of the nearest jobs. */
  Night.Job job(long nowNs, SplittableRandom random) {
    return near(jobs, Night.Job::atNs, nowNs, random);
  }

  private static <T> T near(
      List<T> all, ToLongFunction<T> time, long nowNs, SplittableRandom random) {
    int at = 0;
    for (int end = all.size(); at < end; ) {
      int middle = (at + end) >>> 1;
      if (time.applyAsLong(all.get(middle)) < nowNs) {
        at = middle + 1;
      } else {
        end = middle;
      }
    }
    int from = Math.max(0, Math.min(at - NEAREST / 2, all.size() - NEAREST));
    return all.get(from + random.nextInt(Math.min(NEAREST, all.size() - from)));
  }
}
