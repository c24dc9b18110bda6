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
  private final AtomicInteger probes;

  /**
   * One that is in force.
   *
   * @param untilNs when it may be over, for the retry-after; a bound, not an appointment
   * @param probes how many submissions it lets through meanwhile
   */
  public Cutoff(long untilNs, int probes) {
    this.untilNs = untilNs;
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
