package io.headgate.simulation;

import io.headgate.AgentSettings;
import io.headgate.BreakerPolicy;
import io.headgate.CallClass;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.Priority;
import io.headgate.Refused;
import io.headgate.TargetSettings;
import io.headgate.Task;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.AttemptEnd;
import io.headgate.engine.AttemptReport;
import java.util.ArrayList;
import java.util.List;

/**
 * Calls of one tool, one after the other, through the real gates and the real engine, without
 * actors: a hundred times faster than a flight, where nothing but the order of calls matters.
 */
final class CallLine {
  private static final long CALL_NS = 50_000_000;

  private final World world = new World(1, Faults.NONE);
  private final VirtualHeadgate headgate;
  private final List<AgentGate> agents = new ArrayList<>();
  private final TargetGate tool;
  private final VirtualJob job;
  private long nowNs;
  private long tasks;

  /** So many agents and one tool, both breakers with this policy. */
  CallLine(int agents, BreakerPolicy policy) {
    var settings = HeadgateSettings.DEFAULT;
    headgate =
        new VirtualHeadgate(world, settings, VirtualRing.roomOf(settings), new Witness() {}, 1);
    for (int i = 0; i < agents; i++) {
      var agent = new AgentGate("agent-" + i, i, AgentSettings.DEFAULT, headgate);
      headgate.engine.agentRegistered(0, agent, agent.settings());
      this.agents.add(agent);
    }
    TargetSettings ofTool = TargetSettings.DEFAULT.tool().breaker(policy).agentBreaker(policy);
    tool = new TargetGate("tool", 0, ofTool, headgate);
    headgate.engine.targetRegistered(0, tool, ofTool);
    job = new VirtualJob(0, 0, null, JobSettings.DEFAULT, Long.MAX_VALUE);
    headgate.engine.jobOpened(0, job);
  }

  /** One call, that comes to its end; answers whether it was let in. */
  boolean call(int agent, boolean fails) {
    AgentGate gate = agents.get(agent);
    Refused<?> refused =
        headgate.gates.test(
            gate,
            tool,
            job,
            Priority.NORMAL,
            null,
            Task.NO_ARGUMENTS,
            0,
            0,
            nowNs,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            false);
    var task =
        new VirtualTask(
            gate,
            tool,
            job,
            Priority.NORMAL,
            0,
            Task.NO_ARGUMENTS,
            0,
            0,
            0,
            nowNs,
            Long.MAX_VALUE,
            _ -> {});
    if (refused != null || headgate.gates.tryTake(task, null, nowNs) != null) {
      return false;
    }
    task.number(tasks++);
    headgate.engine.taskAdmitted(nowNs, task);
    nowNs += CALL_NS;
    headgate.gates.settle(task, 0, 0, 0, 0, nowNs);
    headgate.engine.attemptEnded(
        nowNs,
        task,
        new AttemptReport(
            fails ? AttemptEnd.THREW : AttemptEnd.RETURNED,
            fails ? CallClass.FATAL : CallClass.OK,
            0,
            false,
            0,
            0,
            false));
    return true;
  }

  /** Whether this agent is cut off from the tool now. */
  boolean isCutOff(int agent) {
    return agents.get(agent).cutoff(tool.index()) != null;
  }

  /** Whether everybody is. */
  boolean isCutOff() {
    return tool.cutoff() != null;
  }
}
