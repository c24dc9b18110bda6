package io.headgate.engine;

import org.jspecify.annotations.Nullable;

/** The waiting tasks of one agent for one target in one lane, by deadline. */
final class Flow {
  private static final int NEW = StartClass.NEW.ordinal();

  final Heap<TaskEntry> tasks = new Heap<>();

  /** Its place among the flows of its target and lane, while its agent may start. */
  final HeapNode<Flow> node = new HeapNode<>(this);

  @Nullable AgentEntry agent;
  @Nullable TargetEntry target;

  /** Cuts its agent off from its target; null while there is nothing against it. */
  @Nullable Breaker breaker;

  /** Under which the order finds it again. */
  long key;

  int lane;

  /** The first rung at which its tasks may start, and whether lower ones may answer them. */
  int leastRung;

  boolean degradable;

  /** Whether they wait for the first rung's pace, and do not go to one below. */
  boolean patient;

  /** With which probes they are let through; see {@link Ladder#mayStart}. */
  int part;

  @Nullable Flow nextOfTarget;
  @Nullable Flow previousOfTarget;
  @Nullable Flow nextOfAgent;
  @Nullable Flow previousOfAgent;

  /** Of new jobs' tasks: that which came last; each knows the one before it. */
  @Nullable TaskEntry newest;

  boolean isOfNewJobs() {
    return lane % StartOrder.CLASSES == NEW;
  }

  void addNewest(TaskEntry task) {
    task.older = newest;
    if (newest != null) {
      newest.newer = task;
    }
    newest = task;
  }

  void forget(TaskEntry task) {
    TaskEntry older = task.older;
    TaskEntry newer = task.newer;
    if (older != null) {
      older.newer = newer;
    }
    if (newer != null) {
      newer.older = older;
    } else {
      newest = older;
    }
    task.older = null;
    task.newer = null;
  }

  boolean mayStart() {
    return agent().mayStart()
        && target().ladder.mayStart(leastRung, degradable, patient, breaker, part);
  }

  AgentEntry agent() {
    assert agent != null;
    return agent;
  }

  TargetEntry target() {
    assert target != null;
    return target;
  }
}
