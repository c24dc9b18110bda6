package io.headgate.simulation;

import io.headgate.AgentSettings;
import io.headgate.HeadgateSettings;
import io.headgate.TargetSettings;
import java.util.List;

/**
 * All that one simulation is made of beside its seed.
 *
 * @param ringRoom slots of the ring for tasks; 0 for as many as a live one has
 * @param quietFromNs from when on there is no load but the last one, and no fault
 * @param endNs by when everything must have ended
 */
record Scenario(
    HeadgateSettings settings,
    int ringRoom,
    List<AgentPart> agents,
    List<TargetPart> targets,
    List<Load> loads,
    Faults faults,
    Operator operator,
    long quietFromNs,
    long endNs) {
  record AgentPart(String id, AgentSettings settings) {}

  /**
   * @param streams whether its calls charge their output as it comes
   */
  record TargetPart(String id, TargetSettings settings, ProviderModel provider, boolean streams) {}

  /**
   * What an operator does while faults last.
   *
   * @param reconfigurations of agents and targets
   * @param removals of agents and targets, which come back
   * @param shutdownNs when it is shut down; {@link Long#MAX_VALUE} for never
   * @param drainNs how long what is left may run then
   * @param earlyCloses the share of jobs that are closed while they run, in thousandths
   * @param splits the share of jobs that split a sub-job off, in thousandths
   */
  record Operator(
      int reconfigurations,
      int removals,
      long shutdownNs,
      long drainNs,
      int earlyCloses,
      int splits) {
    static final Operator NONE = new Operator(0, 0, Long.MAX_VALUE, 0, 0, 0);
  }
}
