package io.headgate.recovery;

import io.headgate.Estimate;
import io.headgate.JobSettings;
import io.headgate.OperatorWord;
import io.headgate.Priority;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Carried;
import io.headgate.admission.EarlierCall;
import io.headgate.admission.Gates;
import io.headgate.admission.KeptArgument;
import io.headgate.engine.BreakerMemory;
import io.headgate.engine.TargetMemory;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a journal knows of the Headgates before this one, as facts. Times are of day, in nanoseconds
 * since 1970. Immutable.
 *
 * @param jobs those that are not over, each after the one of which it is a part
 * @param tasks those that have not ended, in the order of their admission
 * @param closedIds of jobs that are over, and must not find a fresh budget
 * @param usedByAll what all agents together have used of their limits
 * @param usedBy likewise of agents by id, as far as they have used any
 * @param breakers that have opened of late
 * @param cutOffs when agents were cut off from targets, by the agent's id, the oldest first
 * @param targets what was learned of targets
 * @param holds of operators, on agents, on targets and on all
 * @param words of those, and of who forced a breaker, by what they are about
 */
public record Past(
    List<PastJob> jobs,
    List<PastTask> tasks,
    List<ClosedId> closedIds,
    Used usedByAll,
    Map<String, Used> usedBy,
    List<PastBreaker> breakers,
    Map<String, List<Long>> cutOffs,
    List<PastTarget> targets,
    List<PastHold> holds,
    Map<String, OperatorWord> words) {
  /** There was nothing before. */
  public static final Past NONE =
      new Past(
          List.of(),
          List.of(),
          List.of(),
          Used.NOTHING,
          Map.of(),
          List.of(),
          Map.of(),
          List.of(),
          List.of(),
          Map.of());

  /**
   * A job that is not over.
   *
   * @param parent the id of the job of which it is a part; null for none
   * @param asked what it was opened with; null for a part, which took what that left open
   * @param settings the same, with what was changed since
   * @param calls what its loop guard may remember, the oldest first; of tasks that have ended
   */
  public record PastJob(
      String id,
      @Nullable String parent,
      @Nullable JobSettings asked,
      JobSettings settings,
      long deadlineNs,
      boolean isClosed,
      Carried carried,
      List<EarlierCall> calls) {}

  /**
   * A task that has not ended.
   *
   * @param run in whose journal it was admitted first
   * @param task its number there
   * @param handler its name; null for a bare call
   * @param payload its whole argument, if that was kept
   * @param estimate as it was asked for, as far as that is known
   * @param startByNs by when it must start; {@link Long#MAX_VALUE} for no bound
   * @param isPart whether another call had submitted it
   * @param isInFlight whether its call may have been made, and nobody knows
   * @param attempts that were started
   * @param parkedNs since when it is held for a human; 0 if it is not
   * @param wasAsked whether it was let go on by a human, or by its time
   */
  public record PastTask(
      long run,
      long task,
      String job,
      String agent,
      String target,
      @Nullable String handler,
      @Nullable KeptArgument payload,
      long arguments,
      Priority priority,
      Estimate estimate,
      long startByNs,
      boolean isDegradable,
      boolean wrapsUp,
      boolean isIdempotent,
      boolean isPart,
      boolean isInFlight,
      int attempts,
      long parkedNs,
      boolean wasAsked) {}

  /**
   * What was used of an agent's limits, or of all.
   *
   * @param tokens since a limit was first set
   * @param moneyNanos likewise
   * @param missingTokens in the bucket, at the end of what is known
   * @param atNs when that was
   */
  public record Used(long tokens, long moneyNanos, long missingTokens, long atNs) {
    /** Nothing. */
    public static final Used NOTHING = new Used(0, 0, 0, 0);

    /**
     * All agents together find their limits used as far as before.
     *
     * @param nowNs the Headgate's time now
     * @param epochNs the time of day now
     */
    public void carryInto(Gates gates, long nowNs, long epochNs) {
      if (tokens > 0 || moneyNanos > 0) {
        gates.carrySpending(tokens, moneyNanos);
      }
      gates.bucket().settle(0, missingTokens, sinceThen(nowNs, epochNs));
    }

    /** So does a new agent. */
    public void carryInto(AgentGate agent, long nowNs, long epochNs) {
      if (tokens > 0 || moneyNanos > 0) {
        agent.carrySpending(tokens, moneyNanos);
      }
      agent.bucket().settle(0, missingTokens, sinceThen(nowNs, epochNs));
    }

    // By the Headgate's clock: what has passed since fills the bucket.
    private long sinceThen(long nowNs, long epochNs) {
      return nowNs - Math.max(0, epochNs - atNs);
    }
  }

  /**
   * A breaker.
   *
   * @param agent whom it cuts off; null for everybody
   */
  public record PastBreaker(String target, @Nullable String agent, BreakerMemory memory) {
    /** What it is, as an operator's word names it. */
    public String subject() {
      return OperatorSubject.ofBreaker(target, agent);
    }
  }

  /** What was learned of a target; a time is one of day. */
  public record PastTarget(String target, TargetMemory what, long value) {}

  /**
   * An operator's word that holds for a time.
   *
   * @param agent whose work it holds up
   * @param target likewise; if there is neither, it is about all
   * @param lowest of one about all: the lowest priority that is let in
   * @param starts likewise: whether what waits goes on starting
   */
  public record PastHold(
      @Nullable String agent, @Nullable String target, int lowest, boolean starts, long untilNs) {
    /** What it is about, as an operator's word names it. */
    public String subject() {
      return agent != null
          ? OperatorSubject.ofAgent(agent)
          : target != null ? OperatorSubject.ofTarget(target) : OperatorSubject.ALL;
    }

    /** Whether it is about everybody. */
    boolean isOfAll() {
      return agent == null && target == null;
    }
  }

  /** A job's id that may not be used again yet. */
  public record ClosedId(String id, long untilNs) {}

  /** Whether there was nothing before. */
  public boolean isNothing() {
    return equals(NONE);
  }
}
