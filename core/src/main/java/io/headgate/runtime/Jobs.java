package io.headgate.runtime;

import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.JobSettings;
import io.headgate.Refusal;
import io.headgate.admission.Changes;
import io.headgate.admission.Ids;
import io.headgate.admission.JobAccount;
import io.headgate.admission.Refusals;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The table of jobs: places, ids, and the memory of ids that were used. Opening takes a lock among
 * openers; retiring, on the dispatcher's thread, takes none.
 */
final class Jobs {
  /** How long an id is remembered beyond its job's deadline. */
  static final long GRACE_NS = 60_000_000_000L;

  private static final long RETRY_NS = 10_000_000;

  private record Retired(String id, long untilNs) {}

  private final LiveHeadgate runtime;
  private final int maxJobs;
  private final AtomicInteger places = new AtomicInteger();
  private final ConcurrentLinkedQueue<Integer> freeIndexes = new ConcurrentLinkedQueue<>();
  private final ConcurrentHashMap<String, LiveJob> byId = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Retired> retired = new ConcurrentLinkedQueue<>();
  private final AtomicLong anonymous = new AtomicLong();

  // Guarded by this.
  private final IdMemory memory = new IdMemory();
  private int usedIndexes;

  Jobs(LiveHeadgate runtime, HeadgateSettings settings) {
    this.runtime = runtime;
    this.maxJobs = settings.maxJobs();
  }

  Job open(String id, UnaryOperator<JobSettings> change) {
    Ids.check("job", id);
    return open(id, true, Changes.apply("job", change, JobSettings.DEFAULT), null);
  }

  Job open(UnaryOperator<JobSettings> change) {
    return open(nextId("job"), false, Changes.apply("job", change, JobSettings.DEFAULT), null);
  }

  private String nextId(String prefix) {
    // No user's id has a tilde, so nobody is handed another's job.
    return prefix + "~" + anonymous.incrementAndGet();
  }

  Job split(LiveJob parent, String id, UnaryOperator<JobSettings> change) {
    Ids.check("sub-job", id);
    return open(id, true, inherit(parent, change), parent);
  }

  // What a sub-job leaves open it takes from its parent: all that is left, and the parent's
  // deadline.
  private JobSettings inherit(LiveJob parent, UnaryOperator<JobSettings> change) {
    JobSettings asked =
        Changes.apply(
            "sub-job", change, JobSettings.DEFAULT.deadline(parent.settings().deadline()));
    long tokens = asked.tokenBudget();
    if (tokens == JobSettings.UNLIMITED && parent.tokenBudget() != JobSettings.UNLIMITED) {
      tokens = Math.max(1, parent.tokensLeft());
    }
    long money = asked.moneyBudgetNanos();
    if (money == JobSettings.UNLIMITED && parent.moneyBudget() != JobSettings.UNLIMITED) {
      money = Math.max(1, parent.moneyLeft());
    }
    return new JobSettings(tokens, money, asked.deadline(), asked.maxTasks());
  }

  private synchronized Job open(
      String id, boolean named, JobSettings settings, @Nullable LiveJob parent) {
    long now = runtime.clock().nanoTime();
    LiveJob known = byId.get(id);
    if (known != null) {
      return known(known, settings, parent);
    }
    drainRetired();
    if (named && memory.isRemembered(id, now)) {
      return refusing(id, settings, Refusal.JOB_CLOSED, 0);
    }
    if (runtime.gates().waitingRoom().isClosed()) {
      return refusing(id, settings, Refusal.CLOSED, 0);
    }
    if (named && memory.isFull(now)) {
      return refusing(id, settings, Refusal.JOBS_FULL, memory.earliestNs() - now);
    }
    if (parent != null && parent.isClosed()) {
      return refusing(id, settings, Refusal.JOB_CLOSED, 0);
    }
    if (places.incrementAndGet() > maxJobs) {
      places.decrementAndGet();
      return refusing(id, settings, Refusal.JOBS_FULL, RETRY_NS);
    }
    if (parent != null) {
      JobAccount.Reserve reserve =
          parent.tryReserve(carved(settings.tokenBudget()), carved(settings.moneyBudgetNanos()));
      if (reserve != JobAccount.Reserve.DONE) {
        places.decrementAndGet();
        return refusing(id, settings, io.headgate.admission.Gates.refusalOf(reserve), 0);
      }
    }
    long deadlineNs = now + settings.deadline().toNanos();
    if (parent != null) {
      deadlineNs = Math.min(deadlineNs, parent.deadlineNs());
    }
    Integer index = freeIndexes.poll();
    LiveJob job =
        new LiveJob(
            runtime,
            id,
            named,
            settings,
            index != null ? index : usedIndexes++,
            parent,
            deadlineNs);
    byId.put(id, job);
    // Under the lock: a sub-job is never published before its parent, nor an index before it is
    // free.
    runtime.ring().publish(Input.Kind.JOB_OPENED, job);
    return job;
  }

  private Job known(LiveJob known, JobSettings settings, @Nullable LiveJob parent) {
    if (known.isClosed()) {
      return refusing(known.id(), settings, Refusal.JOB_CLOSED, 0);
    }
    if (known.parent() != parent || (parent == null && !known.settings().equals(settings))) {
      throw new IllegalStateException(
          "job "
              + known.id()
              + " is open with "
              + known.settings()
              + ", but was asked for with "
              + settings
              + "; use the same settings, or another id");
    }
    return known;
  }

  private static long carved(long budget) {
    return budget == JobSettings.UNLIMITED ? 0 : budget;
  }

  private RefusingJob refusing(String id, JobSettings settings, Refusal reason, long retryAfterNs) {
    return new RefusingJob(runtime, id, settings, Refusals.of(reason, retryAfterNs));
  }

  private void drainRetired() {
    Retired each = retired.poll();
    while (each != null) {
      memory.remember(each.id, each.untilNs);
      each = retired.poll();
    }
  }

  /**
   * Frees the job's place. On the dispatcher's thread.
   *
   * @param usedBudget whether anything was spent: an id that was used must not find a fresh budget
   */
  void retire(LiveJob job, boolean usedBudget) {
    if (job.isNamed() && usedBudget) {
      retired.add(new Retired(job.id(), job.deadlineNs() + GRACE_NS));
    }
    byId.remove(job.id(), job);
    freeIndexes.add(job.index());
    places.decrementAndGet();
  }

  int places() {
    return places.get();
  }
}
