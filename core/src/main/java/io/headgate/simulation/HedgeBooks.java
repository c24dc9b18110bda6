package io.headgate.simulation;

import static io.headgate.simulation.Violation.check;

import io.headgate.CallClass;
import io.headgate.HedgePolicy;
import io.headgate.TargetSettings;
import io.headgate.simulation.Books.Party;
import io.headgate.simulation.Books.State;
import io.headgate.simulation.Books.TaskBooks;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the referee keeps of second attempts, from the design alone: there is one for a task at
 * most, only if that may be called twice, after as much time as the policy says, never after the
 * first one's deadline; what wins has answered.
 */
final class HedgeBooks {
  /** From then on the engine forgets a half of what it saw, and its quantiles are its own. */
  private static final int FORGETS = 1_024;

  /** After so many calls the engine looks again. */
  private static final int LOOK_CALLS = 8;

  private static final long UNIT_NS = 1 << 18;

  private final Map<Party, List<Long>> runs = new HashMap<>();

  private static HedgePolicy policy(TaskBooks task) {
    TargetSettings settings = task.target.target;
    return settings == null ? HedgePolicy.OFF : settings.hedge();
  }

  /** A call has ended: of its own, or because its second attempt was faster. */
  void ran(TaskBooks task, CallClass end, long ranNs) {
    boolean whole =
        end == CallClass.OK
            || end == CallClass.BAD_ANSWER
            || end == CallClass.TIMED_OUT
            || (end == CallClass.CANCELLED && task.lost);
    if (whole) {
      runs.computeIfAbsent(task.target, t -> new ArrayList<>()).add(ranNs);
    }
  }

  /** A second attempt is wanted beside a task's first. */
  void asked(TaskBooks task, long nowNs) {
    HedgePolicy policy = policy(task);
    long ranNs = nowNs - task.startedNs;
    List<Long> seen = runs.getOrDefault(task.target, List.of());
    check(
        task.state == State.RUNNING && !task.ended && !task.hedged && task.hedgeOf == null,
        "{} is hedged while {}",
        task,
        task.state);
    task.hedged = true;
    check(
        policy.isOn() && task.task.isIdempotent() && task.rung == 0, "{} must not be hedged", task);
    check(
        seen.size() >= policy.minCalls() && ranNs >= policy.minDelay().toNanos(),
        "{} is hedged after {} calls of its target and {} ns",
        task,
        seen.size(),
        ranNs);
    // As it was when the attempt started, or some calls before that.
    if (seen.size() < FORGETS) {
      long within = seen.stream().filter(ns -> ns <= ranNs + UNIT_NS).count();
      int since = task.runsSeen - LOOK_CALLS;
      check(
          100.0 * within / policy.percentile() >= since,
          "{} is hedged after {} ns, within which were {} of {} calls",
          task,
          ranNs,
          within,
          since);
    }
  }

  /** How many calls of the target have ended. */
  int seen(Party target) {
    return runs.getOrDefault(target, List.of()).size();
  }

  /** A second attempt starts. */
  static void starts(TaskBooks hedge, TaskBooks first, long deadlineNs) {
    if (hedge.isBeside()) {
      check(
          !first.ended && first.hedge == hedge && first.givenUp && first.rung < hedge.task.rung(),
          "{} starts below {}, which goes on",
          hedge,
          first);
      return;
    }
    check(
        !first.ended && first.hedge == hedge && first.hedged,
        "{} starts, and its task has ended",
        hedge);
    check(
        first.task.taskId() < hedge.task.taskId()
            && hedge.task.tokens() == first.task.wantedTokens(), // it may go on for nothing
        "{} is not as its first",
        hedge);
    check(deadlineNs <= hedge.task.startByNs(), "{} may run longer than the first attempt", hedge);
  }
}
