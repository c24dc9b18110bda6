package io.headgate.runtime;

import io.headgate.admission.AgentGate;
import io.headgate.admission.Gates;
import io.headgate.admission.JobAccount;
import io.headgate.admission.LimitLines;
import io.headgate.admission.Reservation;
import io.headgate.engine.Engine;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes tokens and money for tasks that are parked at their job's budget, as soon as it may cover
 * them again: since it was raised, or the limit of their agent or of all was, or since others gave
 * back what they did not use. The dispatcher's thread only.
 */
final class Funding {
  private final Gates gates;
  private final LimitLines lines = new LimitLines();
  private final List<JobAccount> freed = new ArrayList<>();

  Funding(Gates gates) {
    this.gates = gates;
  }

  /** The job's budget may cover more than before. */
  void freed(JobAccount job) {
    if (job.everParksAtBudget()) {
      freed.add(job);
    }
  }

  /**
   * What a task held and did not use is given back: its job's budget, and limits, may cover more.
   */
  void freed(Reservation task) {
    freed(task.account());
    lines.freed(task, gates);
  }

  /** It is parked no more. */
  void left(Reservation task) {
    lines.remove(task);
  }

  /** Looks at all jobs and limits of which that was said. */
  void fundFreed(Engine engine, long stampNs) {
    // Who goes on may end at once, and so free more.
    try {
      for (int i = 0; i < freed.size() || lines.isAnyFreed(); ) {
        if (i < freed.size()) {
          fund(engine, stampNs, freed.get(i++));
        } else {
          engine.advance(stampNs);
          fund(engine, stampNs, lines.next());
        }
      }
    } finally {
      freed.clear();
    }
  }

  /**
   * Looks at all, if a thread has given back what it held for a moment; no input tells of that. By
   * the engine's time, since inputs that are not applied yet may be older than the clock's.
   */
  boolean fundGivenBack(Engine engine) {
    if (!gates.takeGivenBack()) {
      return false;
    }
    List<Reservation> tasks = engine.unfunded();
    gates.publishUnfunded(!tasks.isEmpty());
    fund(engine, engine.nowNs(), tasks);
    return true;
  }

  /** Somebody is parked at a budget, who has not been tried. */
  void parked(JobAccount job) {
    gates.publishUnfunded(true);
    freed(job);
  }

  /** Looks at one, oldest task first: a large one does not keep a small one waiting. */
  void fund(Engine engine, long stampNs, JobAccount job) {
    engine.advance(stampNs);
    fund(engine, stampNs, engine.unfunded(job));
  }

  /** Likewise at those of an agent, of which more may be spent than before. */
  void fund(Engine engine, long stampNs, AgentGate agent) {
    engine.advance(stampNs);
    fund(engine, stampNs, engine.unfunded(agent));
  }

  /** Likewise at all, of which more may be spent together than before. */
  void fundAll(Engine engine, long stampNs) {
    engine.advance(stampNs);
    fund(engine, stampNs, engine.unfunded());
  }

  private void fund(Engine engine, long stampNs, List<Reservation> tasks) {
    for (Reservation task : tasks) {
      boolean _ = tryFund(engine, stampNs, task);
    }
  }

  /** Lets one go on if it is covered now; the engine has come to this time. */
  boolean tryFund(Engine engine, long stampNs, Reservation task) {
    boolean taken = gates.tryFund(task, lines);
    if (taken) {
      engine.funded(stampNs, task);
    } else if (!engine.isParkedAtBudget(task)) {
      lines.remove(task); // it waits for somebody's word, and not for what it lacks
    }
    return taken;
  }
}
