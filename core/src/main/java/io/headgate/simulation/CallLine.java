package io.headgate.simulation;

import io.headgate.AgentSettings;
import io.headgate.CallClass;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.Priority;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Spending;
import io.headgate.TargetSettings;
import io.headgate.Task;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TakenAgain;
import io.headgate.admission.TargetGate;
import io.headgate.engine.AttemptEnd;
import io.headgate.engine.AttemptReport;
import io.headgate.engine.CallUse;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Calls one after the other, each to its end, through the real gates and the real engine, without
 * actors: a hundred times faster than a flight, where nothing but the order of calls matters.
 */
final class CallLine {
  /**
   * What is called, and how that ends.
   *
   * @param target its index
   * @param arguments their digest, or {@link Task#NO_ARGUMENTS}
   * @param inputTokens reserved and used
   * @param outputTokens reserved and used
   * @param ns how long it takes
   * @param end what its end means
   */
  record Step(
      int target, long arguments, long inputTokens, long outputTokens, long ns, CallClass end) {
    /** Of a tool without arguments. */
    static Step ofTool(CallClass end) {
      return new Step(0, Task.NO_ARGUMENTS, 0, 0, CALL_NS, end);
    }
  }

  private static final long CALL_NS = 50_000_000;

  /** Keeps what a job has spent, once it has retired. */
  private static final Witness BOOKS =
      new Witness() {
        @Override
        public void jobRetired(VirtualJob job, Spending spent) {
          job.spentTokens = spent.tokensSpent();
          job.spentMoney = spent.moneySpentNanos();
        }
      };

  private final World world = new World(1, Faults.NONE);
  private final VirtualHeadgate headgate;
  private final List<AgentGate> agents = new ArrayList<>();
  private final List<TargetGate> targets = new ArrayList<>();
  private int jobs;
  private long nowNs;
  private long tasks;

  /** So many agents, and these targets. */
  CallLine(int agents, List<TargetSettings> targets) {
    var settings = HeadgateSettings.DEFAULT;
    headgate = new VirtualHeadgate(world, settings, VirtualRing.roomOf(settings), BOOKS, 1);
    for (int i = 0; i < agents; i++) {
      var agent = new AgentGate("agent-" + i, i, AgentSettings.DEFAULT, headgate);
      headgate.engine.agentRegistered(0, agent, agent.settings());
      this.agents.add(agent);
    }
    for (int i = 0; i < targets.size(); i++) {
      var target = new TargetGate("target-" + i, i, targets.get(i), headgate);
      headgate.engine.targetRegistered(0, target, target.settings());
      this.targets.add(target);
    }
  }

  VirtualJob open(JobSettings settings) {
    var job =
        new VirtualJob(null, jobs, jobs++, null, settings, nowNs + settings.deadline().toNanos());
    headgate.engine.jobOpened(nowNs, job);
    return job;
  }

  /** Closes it, after which it knows what it has spent. */
  void close(VirtualJob job) {
    job.closeAccount();
    if (!job.engineKnowsClosed) {
      job.engineKnowsClosed = true;
      headgate.engine.jobClosed(nowNs, job);
    }
  }

  /** Lets time pass. */
  void pass(long ns) {
    nowNs += ns;
  }

  /** One call, that comes to its end; answers why it was not let in, or null if it was. */
  @Nullable Refusal call(VirtualJob job, int agent, Step step) {
    AgentGate gate = agents.get(agent);
    TargetGate target = targets.get(step.target);
    TargetSettings settings = target.settings();
    long tokens = step.inputTokens + step.outputTokens;
    long money = settings.price().costNanos(step.inputTokens, step.outputTokens);
    Refused<?> refused =
        headgate.gates.test(
            gate,
            target,
            job,
            Priority.NORMAL,
            null,
            step.arguments,
            tokens,
            money,
            nowNs,
            Long.MAX_VALUE,
            job.deadlineNs(),
            true,
            false);
    var task =
        new VirtualTask(
            gate,
            target,
            job,
            Priority.NORMAL,
            0,
            step.arguments,
            step.inputTokens,
            step.outputTokens,
            money,
            nowNs,
            Long.MAX_VALUE,
            _ -> {});
    if (refused == null) {
      refused = headgate.gates.tryTake(task, null, nowNs);
    }
    if (refused != null) {
      if (refused.reason() == Refusal.LOOP && job.isLoopedOut()) {
        close(job);
      }
      return refused.reason();
    }
    task.number(tasks++);
    headgate.engine.taskAdmitted(nowNs, task);
    nowNs += step.ns;
    headgate.gates.settle(task, 0, 0, tokens, money, nowNs);
    if (settings.writer()) {
      headgate.gates.wrote(task, step.end);
    }
    headgate.engine.attemptEnded(
        nowNs,
        task,
        new AttemptReport(
            step.end == CallClass.OK ? AttemptEnd.RETURNED : AttemptEnd.THREW,
            step.end,
            0,
            TakenAgain.NOTHING,
            tokens,
            money,
            false,
            CallUse.NONE));
    return null;
  }

  /** Whether this agent is cut off from the target now. */
  boolean isCutOff(int agent, int target) {
    return agents.get(agent).cutoff(target) != null;
  }
}
