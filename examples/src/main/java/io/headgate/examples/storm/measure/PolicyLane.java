package io.headgate.examples.storm.measure;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that one policy did, in the order of time.
 *
 * @param policy its name
 */
public record PolicyLane(String policy, List<PolicyAct> acts) {
  public PolicyLane {
    acts = List.copyOf(acts);
  }

  /** How often it acted. */
  public long total() {
    return acts.stream().mapToLong(PolicyAct::times).sum();
  }

  /** How often it acted in each of so many seconds; what came later counts in the last one. */
  public long[] perSecond(int seconds) {
    var counts = new long[seconds];
    for (var act : acts) {
      if (seconds > 0) {
        counts[second(act, seconds)] += act.times();
      }
    }
    return counts;
  }

  /** What it did in one of so many seconds, and how often. */
  public Map<String, Long> inSecond(int second, int seconds) {
    Map<String, Long> done = new LinkedHashMap<>();
    for (var act : acts) {
      if (second(act, seconds) == second) {
        done.merge(act.what(), act.times(), Long::sum);
      }
    }
    return done;
  }

  private static int second(PolicyAct act, int seconds) {
    return Math.clamp(act.atNanos() / 1_000_000_000L, 0, seconds - 1);
  }

  /** One lane for each policy, also for those that had nothing to do, in this order. */
  public static List<PolicyLane> of(List<String> policies, List<PolicyAct> acts) {
    var lanes = new ArrayList<PolicyLane>();
    for (var policy : policies) {
      lanes.add(
          new PolicyLane(
              policy, acts.stream().filter(act -> act.policy().equals(policy)).toList()));
    }
    return lanes;
  }
}
