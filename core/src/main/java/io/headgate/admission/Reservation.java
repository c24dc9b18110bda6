package io.headgate.admission;

import io.headgate.Priority;

/**
 * What admission took for one task, and what the engine must know of it. Written by the submitter
 * before the task is published; constant after that, but for the settlement, which is done once by
 * the thread that ends the last attempt or, if none started, by the dispatcher.
 */
public abstract class Reservation {
  private final AgentGate agent;
  private final TargetGate target;
  private final JobAccount account;
  private final long inputTokens;
  private final long outputTokens;
  private final long moneyNanos;
  private final long admittedNs;
  private final long startByNs;
  private final long timeoutNs;
  private final Priority priority;
  private final boolean child;
  private long takenNs;
  private long id = -1;
  private int slot = -1;

  /** Says what is about to be taken. */
  protected Reservation(
      AgentGate agent,
      TargetGate target,
      JobAccount account,
      Priority priority,
      boolean child,
      long inputTokens,
      long outputTokens,
      long moneyNanos,
      long admittedNs,
      long startByNs) {
    this.agent = agent;
    this.target = target;
    this.account = account;
    this.priority = priority;
    this.child = child;
    this.inputTokens = inputTokens;
    this.outputTokens = outputTokens;
    this.moneyNanos = moneyNanos;
    this.admittedNs = admittedNs;
    this.takenNs = admittedNs;
    this.startByNs = startByNs;
    this.timeoutNs = target.timeoutNs();
  }

  /** Who asks. */
  public final AgentGate agentGate() {
    return agent;
  }

  /** What is called. */
  public final TargetGate targetGate() {
    return target;
  }

  /** Who pays. */
  public final JobAccount account() {
    return account;
  }

  /** Its band. */
  public final Priority priority() {
    return priority;
  }

  /** Whether an attempt that runs submitted it: somebody may wait for it. */
  public final boolean isChild() {
    return child;
  }

  /** Tokens held: input and output. */
  public final long tokens() {
    return inputTokens + outputTokens;
  }

  /** Input tokens held. */
  public final long inputTokens() {
    return inputTokens;
  }

  /** Output tokens held: the output cap. */
  public final long outputTokens() {
    return outputTokens;
  }

  /** Nano-dollars held. */
  public final long moneyNanos() {
    return moneyNanos;
  }

  /** When it was admitted. */
  public final long admittedNs() {
    return admittedNs;
  }

  /** When what it holds now was taken: at its admission, or for a further attempt. */
  public final long takenNs() {
    return takenNs;
  }

  // By the thread of the attempt that has ended, before its end is published.
  final void takenAgain(long nowNs) {
    takenNs = nowNs;
  }

  /** The last moment at which it may start, by its TTL; {@link Long#MAX_VALUE} for none. */
  public final long startByNs() {
    return startByNs;
  }

  /** The bound on an attempt's run when it was admitted. */
  public final long timeoutNs() {
    return timeoutNs;
  }

  /** Its number: the order of admission. */
  public final long taskId() {
    return id;
  }

  /** Numbers it, before it is published. */
  public final void number(long id) {
    this.id = id;
  }

  /** Its place in the engine's table of tasks. Only the engine's thread reads or writes it. */
  public final int slot() {
    return slot;
  }

  /** Gives it a place in the engine's table of tasks. Only the engine calls it. */
  public final void slot(int slot) {
    this.slot = slot;
  }
}
