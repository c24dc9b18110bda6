package io.headgate.simulation;

import static io.headgate.simulation.Violation.check;

import io.headgate.QueuePolicy;
import io.headgate.TargetSettings;
import io.headgate.simulation.Books.Flow;
import io.headgate.simulation.Books.Party;
import io.headgate.simulation.Books.TaskBooks;
import java.util.HashMap;
import java.util.Map;

/**
 * What the referee keeps of targets' queues of new jobs: of one agent's tasks the first by deadline
 * starts, or, where the queue has stood for long, the newest.
 */
final class QueueBooks {
  /** A target's. */
  private static final class OfTarget {
    int waiting;
    long emptyNs;
    long longestRunNs;
  }

  private final Map<Party, OfTarget> targets = new HashMap<>();

  private long longestJobNs;

  private OfTarget of(Party target) {
    return targets.computeIfAbsent(target, t -> new OfTarget());
  }

  /** A task of a new job begins to wait for a permit. */
  void add(Party target, long nowNs) {
    OfTarget of = of(target);
    if (of.waiting++ == 0) {
      of.emptyNs = nowNs;
    }
  }

  /** It no longer does. */
  void remove(Party target) {
    of(target).waiting--;
  }

  /** Tasks of new jobs that wait for a permit. */
  int waiting(Party target) {
    return of(target).waiting;
  }

  /** A job is closed, so long after its first start. */
  void jobTook(long ns) {
    longestJobNs = Math.max(longestJobNs, ns);
  }

  void ran(Party target, long ranNs) {
    OfTarget of = of(target);
    of.longestRunNs = Math.max(of.longestRunNs, ranNs);
  }

  /** It ends since its job could not be done in time: in a queue that stands, and not at once. */
  void checkTooLate(TaskBooks task, boolean isNew, long nowNs) {
    TargetSettings settings = task.target.target;
    QueuePolicy policy = settings == null ? QueuePolicy.OFF : settings.queue();
    check(
        isNew
            && policy.isOn()
            && nowNs - of(task.target).emptyNs >= policy.newestFirstAfterNanos()
            && nowNs - task.task.admittedNs() >= policy.newestFirstAfterNanos()
            && task.attempts == 0,
        "{} ends since it has too little time, and its queue does not stand",
        task);
    check(
        task.job.job.deadlineNs() - nowNs < longestJobNs,
        "{} ends since it has too little time, and has {} ns, while no job took longer than {}",
        task,
        task.job.job.deadlineNs() - nowNs,
        longestJobNs);
  }

  /** A task is about to start, and still waits in its flow. */
  void starts(TaskBooks task, Flow flow, boolean isNew, World world, long nowNs) {
    TaskBooks first = flow.tasks.first();
    TaskBooks newest = flow.byArrival.getLast();
    if (!isNew || first == newest) {
      check(first == task, "{} started before {}", task, first);
      return;
    }
    TargetSettings settings = task.target.target;
    QueuePolicy policy = settings == null ? QueuePolicy.OFF : settings.queue();
    OfTarget of = of(task.target);
    long stoodNs = nowNs - of.emptyNs;
    // How long a call takes in the mean is the engine's word: no longer than the longest did.
    boolean may = policy.isOn() && stoodNs >= policy.newestFirstAfterNanos();
    boolean must = may && stoodNs >= of.longestRunNs;
    check(
        (task == newest && may) || (task == first && !must),
        "{} started before {}, and the newest is {}: its queue stands for {} ns",
        task,
        first,
        newest,
        stoodNs);
    if (task == newest) {
      world.hit(FaultPoint.NEWEST_FIRST);
    }
  }
}
