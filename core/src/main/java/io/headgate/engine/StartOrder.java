package io.headgate.engine;

import io.headgate.DegradationPolicy;
import io.headgate.Priority;
import io.headgate.admission.Trial;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Who starts next: band of priority, then class (awaited, begun, new), then the agent that was
 * served the fewest tokens for its weight, then the earliest deadline; of new jobs, while their
 * queue stands, the newest. Every step is O(log n) in agents, targets and tasks.
 *
 * <p>Fair share is the Virtual Token Counter (Sheng et al., OSDI'24): an agent's counter grows by
 * the tokens it was served over its weight; one that comes back from idleness is lifted to the
 * least counter of those that wait for others' permits, so that idleness saves nothing up, nor does
 * a neighbour that waits for its own cap. Tasks of one agent and target in one lane are a flow. A
 * flow is listed with its target while its agent is below its cap, and a target is listed in a lane
 * while it is below its own, so that a task that cannot start holds up no other.
 *
 * <p>Ageing: a task counts as due one minute after its admission, however late its deadline is, so
 * that a stream of urgent tasks does not starve it inside its class.
 */
final class StartOrder {
  static final int CLASSES = StartClass.values().length;
  static final int LANES = Priority.values().length * CLASSES;

  /** Units of a virtual counter for one token at weight 1. */
  static final long SCALE = 1_000;

  /** What a start costs at least, so that calls without tokens are not free. */
  static final long LEAST_TOKENS = 100;

  private static final int LOWEST_RUNG = DegradationPolicy.MAX_RUNGS - 1;
  private static final int PARTS = 2 * Ladder.PART_OF_AGENTS - 1;

  static final long AGEING_NS = 60_000_000_000L;

  private final Heap<TargetEntry>[] lanes;
  private final Heap<AgentEntry> backlog = new Heap<>();

  /** Of the backlog, the agents below their own caps. */
  private final Heap<AgentEntry> ready = new Heap<>();

  private final Long2ObjectHashMap<Flow> flows = new Long2ObjectHashMap<>();
  private @Nullable Flow freeFlow;
  private long servedFloor;

  @SuppressWarnings({"unchecked", "rawtypes"}) // generic array
  StartOrder() {
    lanes = new Heap[LANES];
    for (int lane = 0; lane < LANES; lane++) {
      lanes[lane] = new Heap<>();
    }
  }

  /** The task to start next, if its agent's and target's caps leave any; null otherwise. */
  @Nullable TaskEntry peek(long nowNs) {
    for (int lane = 0; lane < LANES; lane++) {
      TargetEntry target = lanes[lane].peek();
      if (target != null) {
        Flow flow = target.flows[lane].peek();
        assert flow != null;
        return flow.isOfNewJobs() && target.stands(nowNs) ? flow.newest : flow.tasks.peek();
      }
    }
    return null;
  }

  /** Whether the task, which is about to start, does so before one whose deadline is earlier. */
  boolean isBeforeOlder(TaskEntry task) {
    Flow flow = task.flow;
    return flow != null && flow.isOfNewJobs() && flow.tasks.peek() != task;
  }

  /** Agents that have something waiting for a permit. */
  int backlogged() {
    return backlog.size();
  }

  void add(TaskEntry task, long dueNs) {
    Flow flow = flowOf(task);
    task.flow = flow;
    flow.tasks.add(task.queueNode, dueNs, task.task().taskId());
    if (flow.isOfNewJobs()) {
      flow.addNewest(task);
    }
    list(flow);
  }

  private Flow flowOf(TaskEntry task) {
    AgentEntry agent = task.agent();
    TargetEntry target = task.target();
    int lane = task.task().priority().ordinal() * CLASSES + task.startClass.ordinal();
    long key = keyOf(task, lane);
    Flow flow = flows.get(key);
    if (flow == null) {
      flow = newFlow(agent, target, lane);
      flow.key = key;
      flow.leastRung = task.leastRung;
      flow.degradable = task.task().isDegradable();
      flow.patient = task.patient;
      flow.part = partOf(task);
      flows.put(key, flow);
      if (!agent.backlogNode.isIn()) {
        join(agent);
      }
    }
    return flow;
  }

  /** The task's class has changed, its rung or its patience. */
  void move(TaskEntry task) {
    // Its new flow first: were its agent without one for a moment, it would pass for idle, and lose
    // what it is behind.
    var _ = flowOf(task);
    long dueNs = task.queueNode.key;
    remove(task);
    add(task, dueNs);
  }

  void remove(TaskEntry task) {
    Flow flow = task.flow;
    assert flow != null;
    task.flow = null;
    flow.tasks.remove(task.queueNode);
    if (flow.isOfNewJobs()) {
      flow.forget(task);
    }
    if (flow.tasks.isEmpty()) {
      unlist(flow);
      flows.remove(flow.key);
      free(flow);
    }
  }

  /** The agent came to its cap, or away from it. */
  void agentChanged(AgentEntry agent) {
    boolean may = agent.mayStart();
    if (agent.backlogNode.isIn() && may != agent.readyNode.isIn()) {
      if (may) {
        ready.add(agent.readyNode, agent.served, agent.gate.index());
      } else {
        ready.remove(agent.readyNode);
      }
    }
    for (Flow flow = agent.firstFlow; flow != null; flow = flow.nextOfAgent) {
      relist(flow);
    }
  }

  private void relist(Flow flow) {
    boolean may = flow.mayStart();
    if (may != flow.node.isIn()) {
      if (may) {
        list(flow);
      } else {
        unlist(flow);
      }
    }
  }

  /** With which probes of now it is let through. */
  static int partOf(TaskEntry task) {
    Trial trial = task.partOf;
    if (trial == null) {
      return 0;
    }
    TargetEntry target = task.target();
    int part = isOn(trial, target, task.agent().breaker(target)) ? Ladder.PART_OF_AGENTS : 0;
    for (int rung = 0; rung < target.ladder.settings().size(); rung++) {
      part |= isOn(trial, target, target.ladder.breakerAt(rung)) ? 1 << rung : 0;
    }
    return part;
  }

  private static boolean isOn(Trial trial, TargetEntry target, @Nullable Breaker breaker) {
    return breaker != null && Trial.isOf(trial, target.gate, breaker.trial());
  }

  /** One of the target's breakers is no longer half open: what was part of its probes waits on. */
  void trialOver(TargetEntry target) {
    Flow next;
    for (Flow flow = target.firstFlow; flow != null; flow = next) {
      next = flow.nextOfTarget;
      TaskEntry task = flow.part == 0 ? null : flow.tasks.peek();
      while (task != null && partOf(task) != flow.part) {
        move(task);
        task = flow.tasks.peek();
      }
    }
  }

  /** The agent was cut off from the target, or may call it again. */
  void breakerChanged(AgentEntry agent, TargetEntry target) {
    Breaker breaker = agent.breaker(target);
    for (Flow flow = agent.firstFlow; flow != null; flow = flow.nextOfAgent) {
      if (flow.target == target) {
        flow.breaker = breaker;
        relist(flow);
      }
    }
  }

  /** The target came to its cap, or away from it, or was shut or opened. */
  void targetChanged(TargetEntry target) {
    if (target.ladder.changed()) {
      for (Flow flow = target.firstFlow; flow != null; flow = flow.nextOfTarget) {
        relist(flow);
      }
    }
    boolean may = target.mayStart();
    if (may == target.listed) {
      return;
    }
    target.listed = may;
    for (int lane = 0; lane < LANES; lane++) {
      refresh(target, lane);
    }
  }

  /** A task starts: its agent counts as served what it reserved. */
  void started(TaskEntry task) {
    task.served = virtual(task.agent(), task.task().tokens());
    task.liftsBefore = task.agent().lifts;
    serve(task.agent(), task.served);
  }

  /** Its attempt ended and used so much, by which what was counted at the start is corrected. */
  void ended(TaskEntry task, long tokens) {
    long change = virtual(task.agent(), tokens) - task.served;
    // What was counted before a lift, the lift has forgiven; to give it back would be a credit.
    if (change > 0 || task.liftsBefore == task.agent().lifts) {
      serve(task.agent(), change);
    }
  }

  private static long virtual(AgentEntry agent, long tokens) {
    return Math.max(tokens, LEAST_TOKENS) * SCALE / agent.settings.weight();
  }

  private void serve(AgentEntry agent, long change) {
    agent.served += change;
    if (agent.backlogNode.isIn()) {
      backlog.rekey(agent.backlogNode, agent.served);
    }
    if (agent.readyNode.isIn()) {
      ready.rekey(agent.readyNode, agent.served);
    }
    for (Flow flow = agent.firstFlow; flow != null; flow = flow.nextOfAgent) {
      if (flow.node.isIn()) {
        flow.target().flows[flow.lane].rekey(flow.node, agent.served);
        refresh(flow.target(), flow.lane);
      }
    }
  }

  private void join(AgentEntry agent) {
    AgentEntry least = ready.isEmpty() ? backlog.peek() : ready.peek();
    long floor = least == null ? servedFloor : least.served;
    if (agent.served < floor) {
      agent.served = floor;
      agent.lifts++;
    }
    backlog.add(agent.backlogNode, agent.served, agent.gate.index());
    if (agent.mayStart()) {
      ready.add(agent.readyNode, agent.served, agent.gate.index());
    }
  }

  private void list(Flow flow) {
    if (!flow.node.isIn() && flow.mayStart()) {
      flow.target().flows[flow.lane].add(flow.node, flow.agent().served, tieOf(flow));
    }
    refresh(flow.target(), flow.lane);
  }

  private void unlist(Flow flow) {
    if (flow.node.isIn()) {
      flow.target().flows[flow.lane].remove(flow.node);
      refresh(flow.target(), flow.lane);
    }
  }

  private void refresh(TargetEntry target, int lane) {
    HeapNode<TargetEntry> node = target.laneNodes[lane];
    HeapNode<Flow> first = target.listed ? target.flows[lane].peekNode() : null;
    if (first == null) {
      if (node.isIn()) {
        lanes[lane].remove(node);
      }
    } else if (!node.isIn()) {
      lanes[lane].add(node, first.key, target.gate.index());
    } else if (node.key != first.key) {
      lanes[lane].rekey(node, first.key);
    }
  }

  private static long keyOf(TaskEntry task, int lane) {
    return ((long) task.agent().gate.index() << 32)
        | ((long) task.target().gate.index() << 18)
        | (partOf(task) << 9)
        | (task.patient ? 1 << 8 : 0)
        | (task.leastRung << 5)
        | (task.task().isDegradable() ? 1 << 4 : 0)
        | lane;
  }

  // Of one agent's, those first that are part of probes, for which these wait; then those that were
  // admitted in trouble, or have failed: they are older. And those that have waited for so long
  // that
  // they are no longer patient.
  private static long tieOf(Flow flow) {
    return ((long) flow.agent().gate.index() << 14)
        | ((PARTS - flow.part) << 5)
        | (flow.patient ? 1 << 4 : 0)
        | (LOWEST_RUNG - flow.leastRung)
        | (flow.degradable ? 1 << 3 : 0);
  }

  private Flow newFlow(AgentEntry agent, TargetEntry target, int lane) {
    Flow flow = freeFlow;
    if (flow == null) {
      flow = new Flow();
    } else {
      freeFlow = flow.nextOfAgent;
    }
    flow.agent = agent;
    flow.target = target;
    flow.lane = lane;
    flow.breaker = agent.breaker(target);
    flow.previousOfAgent = null;
    flow.nextOfAgent = agent.firstFlow;
    if (flow.nextOfAgent != null) {
      flow.nextOfAgent.previousOfAgent = flow;
    }
    agent.firstFlow = flow;
    flow.previousOfTarget = null;
    flow.nextOfTarget = target.firstFlow;
    if (flow.nextOfTarget != null) {
      flow.nextOfTarget.previousOfTarget = flow;
    }
    target.firstFlow = flow;
    return flow;
  }

  private void free(Flow flow) {
    AgentEntry agent = flow.agent();
    if (flow.previousOfAgent == null) {
      agent.firstFlow = flow.nextOfAgent;
    } else {
      flow.previousOfAgent.nextOfAgent = flow.nextOfAgent;
    }
    if (flow.nextOfAgent != null) {
      flow.nextOfAgent.previousOfAgent = flow.previousOfAgent;
    }
    TargetEntry target = flow.target();
    if (flow.previousOfTarget == null) {
      target.firstFlow = flow.nextOfTarget;
    } else {
      flow.previousOfTarget.nextOfTarget = flow.nextOfTarget;
    }
    if (flow.nextOfTarget != null) {
      flow.nextOfTarget.previousOfTarget = flow.previousOfTarget;
    }
    flow.nextOfTarget = null;
    flow.previousOfTarget = null;
    flow.agent = null;
    flow.target = null;
    flow.breaker = null;
    flow.previousOfAgent = null;
    flow.nextOfAgent = freeFlow;
    freeFlow = flow;
    if (agent.firstFlow == null) {
      backlog.remove(agent.backlogNode);
      if (agent.readyNode.isIn()) {
        ready.remove(agent.readyNode);
      }
      servedFloor = Math.max(servedFloor, agent.served);
    }
  }
}
