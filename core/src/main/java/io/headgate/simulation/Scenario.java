package io.headgate.simulation;

import io.headgate.AgentSettings;
import io.headgate.HeadgateSettings;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * All that one simulation is made of beside its seed.
 *
 * @param ringRoom slots of the ring for tasks; 0 for as many as a live one has
 * @param calm what is flown and checked after all that; null for nothing
 * @param quietFromNs from when on there is no load but the last one, and no fault
 * @param endNs by when everything must have ended
 */
record Scenario(
    HeadgateSettings settings,
    int ringRoom,
    List<AgentPart> agents,
    List<TargetPart> targets,
    List<Load> loads,
    @Nullable Calm calm,
    Faults faults,
    Operator operator,
    long quietFromNs,
    long endNs) {
  record AgentPart(String id, AgentSettings settings) {}

  /** So many agents with nothing set, {@code agent-0} and on. */
  static List<AgentPart> agents(int number) {
    return IntStream.range(0, number)
        .mapToObj(i -> new AgentPart("agent-" + i, AgentSettings.DEFAULT))
        .toList();
  }

  /**
   * Without faults and without words; what operators say, an experiment says itself.
   *
   * @param length of the loads
   * @param rest by when all has ended, after them
   */
  static Scenario plain(
      HeadgateSettings settings,
      List<AgentPart> agents,
      List<TargetPart> targets,
      List<Load> loads,
      Duration length,
      Duration rest) {
    long lengthNs = length.toNanos();
    return new Scenario(
        settings,
        0,
        agents,
        targets,
        loads,
        null,
        Faults.NONE,
        Operator.NONE,
        lengthNs,
        lengthNs + rest.toNanos());
  }

  /**
   * @param inCalm its provider once the storm is over
   * @param streams whether its calls charge their output as it comes
   * @param lower what stands behind the rungs below the first; if there are fewer, the last again
   * @param lock what its calls hold one at a time, with those of all targets that name the same;
   *     null for nothing
   */
  record TargetPart(
      String id,
      TargetSettings settings,
      ProviderModel provider,
      ProviderModel inCalm,
      boolean streams,
      List<ProviderModel> lower,
      @Nullable SharedLock lock) {
    TargetPart(
        String id,
        TargetSettings settings,
        ProviderModel provider,
        ProviderModel inCalm,
        boolean streams,
        List<ProviderModel> lower) {
      this(id, settings, provider, inCalm, streams, lower, null);
    }

    TargetPart(
        String id,
        TargetSettings settings,
        ProviderModel provider,
        ProviderModel inCalm,
        boolean streams) {
      this(id, settings, provider, inCalm, streams, List.of());
    }
  }

  /**
   * A load below capacity: right after the storm on top of what that has left, and once more when
   * all is at rest; then every job must be done.
   *
   * @param jobs in the mean
   * @param inputTokens of a call, if its bucket can bear as many
   * @param outputTokens likewise
   * @param callNs how long a call takes at most, however many of these run at once
   * @param cutOffNs for how long its targets may still be cut off after the storm
   * @param afterStormNs how long it lasts on top of what the storm has left
   */
  record Calm(
      int jobs,
      long inputTokens,
      long outputTokens,
      long callNs,
      long cutOffNs,
      long afterStormNs) {}

  /**
   * What an operator does while faults last.
   *
   * @param reconfigurations of agents and targets
   * @param changes of any settings of agents and targets, of which a reconfiguration changes a few
   * @param words said to agents, targets and all, of parked tasks, of breakers and budgets
   * @param limits changes of what all agents together may spend
   * @param jobs changes of what a job may call
   * @param removals of agents and targets, which come back
   * @param shutdownNs when it is shut down; {@link Long#MAX_VALUE} for never
   * @param drainNs how long what is left may run then
   * @param earlyCloses the share of jobs that are closed while they run, in thousandths
   * @param splits the share of jobs that split a sub-job off, in thousandths
   * @param jobBudgets changes of what becomes of the end of a job's budget, and of first limits
   * @param parking changes of what may be parked, and of how far refusals are spread
   */
  record Operator(
      int reconfigurations,
      int changes,
      int words,
      int limits,
      int jobs,
      int removals,
      long shutdownNs,
      long drainNs,
      int earlyCloses,
      int splits,
      int jobBudgets,
      int parking,
      int policies) {
    static final Operator NONE = new Operator(0, 0, 0, 0, 0, 0, Long.MAX_VALUE, 0, 0, 0, 0, 0, 0);
  }
}
