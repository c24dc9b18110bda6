package io.headgate.simulation;

import io.headgate.admission.TargetGate;
import io.headgate.engine.Ending;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What became of each call that was answered, and how many were allowed to run at once. */
final class CallLog implements Witness {
  /**
   * A task that was completed.
   *
   * @param ranNs its last attempt
   * @param waitedNs from its admission to then
   * @param tokens that it used
   */
  record Done(long endedNs, long ranNs, long waitedNs, boolean inTime, long tokens) {}

  private record Moved(long atNs, int permits) {}

  final List<Done> done = new ArrayList<>();
  private final List<Moved> moves = new ArrayList<>();
  private final Map<VirtualTask, Long> tokens = new HashMap<>();
  private @Nullable World world;

  void watch(Flight flight) {
    world = flight.world;
  }

  @Override
  public void settling(
      VirtualTask task, long extraTokens, long extraMoney, long tokens, long money) {
    this.tokens.put(task, tokens);
  }

  @Override
  public void ended(VirtualTask task, Ending ending, boolean waiting, long nowNs, long ranNs) {
    if (ending == Ending.COMPLETED) {
      boolean inTime = nowNs <= task.job().deadlineNs();
      long used = tokens.getOrDefault(task, 0L);
      done.add(new Done(nowNs, ranNs, nowNs - ranNs - task.admittedNs(), inTime, used));
    }
    tokens.remove(task);
  }

  @Override
  public void permits(TargetGate target, int permits) {
    moves.add(new Moved(world == null ? 0 : world.agenda.nowNs(), permits));
  }

  List<Done> within(long fromNs, long toNs) {
    return done.stream().filter(each -> each.endedNs >= fromNs && each.endedNs < toNs).toList();
  }

  /** Answers in time, a second. */
  double perSecond(long fromNs, long toNs) {
    long count = within(fromNs, toNs).stream().filter(Done::inTime).count();
    return count / ((toNs - fromNs) / LimitTrial.SECOND_NS);
  }

  /** How long calls took that were answered within this time, in the mean. */
  double meanRanNs(long fromNs, long toNs) {
    return within(fromNs, toNs).stream().mapToLong(Done::ranNs).average().orElse(Double.MAX_VALUE);
  }

  /** How long those waited before their start, in the mean. */
  double meanWaitedNs(long fromNs, long toNs) {
    return within(fromNs, toNs).stream().mapToLong(Done::waitedNs).average().orElse(0);
  }

  /** The most permits within this time. */
  int mostPermits(long fromNs, long toNs) {
    int most = permitsAt(fromNs);
    for (Moved each : moves) {
      most = each.atNs >= fromNs && each.atNs < toNs ? Math.max(most, each.permits) : most;
    }
    return most;
  }

  /** Permits over this time, in the mean. */
  double meanPermits(long fromNs, long toNs) {
    double sum = 0;
    long atNs = fromNs;
    int permits = permitsAt(fromNs);
    for (Moved each : moves) {
      if (each.atNs >= fromNs && each.atNs < toNs) {
        sum += (double) permits * (each.atNs - atNs);
        atNs = each.atNs;
        permits = each.permits;
      }
    }
    return (sum + (double) permits * (toNs - atNs)) / (toNs - fromNs);
  }

  private int permitsAt(long nowNs) {
    int permits = 0;
    for (Moved each : moves) {
      permits = each.atNs <= nowNs ? each.permits : permits;
    }
    return permits;
  }
}
