package io.headgate.admission;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What lets nobody through but a few probes: a breaker that is open or half open, or a target that
 * asked to be left alone. Made by the engine, read by submitters, replaced as a whole. How many
 * probes start is the engine's to bound, exactly; the permits here only keep the others out of the
 * waiting room.
 */
public final class Cutoff {
  private final long untilNs;
  private final boolean pause;
  private final int trial;
  private final AtomicInteger probes;

  /**
   * One that is in force.
   *
   * @param untilNs when it may be over, for the retry-after; a bound, not an appointment
   * @param probes how many submissions it lets through meanwhile
   * @param pause whether the target said itself when it takes calls again
   * @param trial by which probes and what is part of them are known, while it is half open; else 0
   */
  public Cutoff(long untilNs, int probes, boolean pause, int trial) {
    this.untilNs = untilNs;
    this.pause = pause;
    this.trial = trial;
    this.probes = new AtomicInteger(probes);
  }

  /** Puts it in force, or ends what was, for everybody or for one agent. By the dispatcher. */
  public static void put(TargetGate target, @Nullable AgentGate agent, @Nullable Cutoff cutoff) {
    if (agent == null) {
      target.cutOff(cutoff);
    } else {
      agent.cutOff(target.index(), cutoff);
    }
  }

  boolean isShut() {
    return probes.get() <= 0;
  }

  /**
   * Whether a task of a job that has begun may come in and wait for its end: the target has said
   * when that is, and the job would be lost.
   *
   * @param startByNs by the task's TTL and its job's deadline
   */
  boolean isWaitedFor(boolean begun, long startByNs) {
    return pause && begun && untilNs < startByNs;
  }

  /** Whether what an attempt of that trial submits is let through with it. */
  boolean lets(@Nullable Trial of, TargetGate target) {
    return trial != 0 && Trial.isOf(of, target, trial);
  }

  boolean tryPass() {
    if (probes.getAndDecrement() > 0) {
      return true;
    }
    probes.getAndIncrement();
    return false;
  }

  void giveBack() {
    probes.getAndIncrement();
  }

  /** When it may be over. */
  long untilNs() {
    return untilNs;
  }
}
