package io.headgate.runtime;

import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.JobSettings;
import io.headgate.Refusal;
import io.headgate.admission.Changes;
import io.headgate.admission.Gates;
import io.headgate.admission.Ids;
import io.headgate.admission.JobAccount;
import io.headgate.admission.Refusals;
import io.headgate.recovery.Past;
import io.headgate.recovery.Reopening;
import java.util.Map;
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
  private static final long RETRY_NS = 10_000_000;
  private static final int CARVE_RACES = 64;

  private record Retired(String id, long untilNs) {}

  private final LiveHeadgate runtime;
  private final int maxJobs;
  private final AtomicInteger places = new AtomicInteger();
  private final ConcurrentLinkedQueue<Integer> freeIndexes = new ConcurrentLinkedQueue<>();
  private final ConcurrentHashMap<String, LiveJob> byId = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Retired> retired = new ConcurrentLinkedQueue<>();
  private final AtomicLong anonymous = new AtomicLong();

  // By their ids; written before anybody asks.
  private final Map<String, LiveJob> reopened = new ConcurrentHashMap<>();

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
    JobSettings from = JobSettings.DEFAULT.deadline(parent.settings().deadline());
    JobSettings asked = Changes.apply("sub-job", change, from);
    checkSubJob(asked);
    return open(id, true, asked, parent);
  }

  static void checkSubJob(JobSettings asked) {
    if (!asked.parkAtBudget().isOff()) {
      throw new IllegalArgumentException(
          "sub-job's parkAtBudget is on, but must be off, since an outermost job's budget alone can"
              + " be raised; use the outermost job's parkAtBudget");
    }
  }

  /** The open job of this id, or null. Any thread. */
  @Nullable LiveJob find(String id) {
    return byId.get(id);
  }

  /** Nobody asks any more for what was reopened; answers how many jobs that were. */
  int forgetReopened() {
    int jobs = reopened.size();
    reopened.clear();
    return jobs;
  }

  /** The job of this id that a crash had left open, or null: not a later one of the same id. */
  @Nullable LiveJob findReopened(String id) {
    return reopened.get(id);
  }

  private synchronized Job open(
      String id, boolean named, JobSettings asked, @Nullable LiveJob parent) {
    long now = runtime.clock().nanoTime();
    LiveJob known = byId.get(id);
    if (known != null) {
      return known(known, asked, parent);
    }
    drainRetired();
    if (named && memory.isRemembered(id, now)) {
      return refusing(
          id,
          asked,
          Refusal.JOB_CLOSED,
          0,
          "job " + id + " was closed, and is remembered until its deadline and a minute more");
    }
    if (runtime.gates().waitingRoom().isClosed()) {
      return refusing(id, asked, Refusal.CLOSED, 0, "job " + id);
    }
    if (runtime.gates().isJournalBehind()) {
      return refusing(id, asked, Refusal.JOURNAL_BEHIND, RETRY_NS, "job " + id);
    }
    if (named && memory.isFull(now)) {
      return refusing(
          id,
          asked,
          Refusal.JOBS_FULL,
          memory.earliestNs() - now,
          IdMemory.MAX_IDS + " ids of closed jobs are remembered, and there is room for no more");
    }
    if (parent != null && parent.isClosed()) {
      return refusing(id, asked, Refusal.JOB_CLOSED, 0, "job " + parent.id());
    }
    if (!runtime.ring().hasRoom()) {
      return refusing(id, asked, Refusal.RING_FULL, RETRY_NS, "job " + id);
    }
    if (places.incrementAndGet() > maxJobs) {
      places.decrementAndGet();
      return refusing(
          id,
          asked,
          Refusal.JOBS_FULL,
          RETRY_NS,
          "as many jobs and sub-jobs are open as maxJobs allows, which is " + maxJobs);
    }
    JobSettings settings = asked;
    if (parent != null) {
      settings = parent.inherit(asked);
      JobAccount.Reserve reserve = parent.tryCarve(settings);
      // Racers may have taken of what was left a moment ago: then what is left now will do.
      for (int race = 0; isBudget(reserve) && race < CARVE_RACES; race++) {
        JobSettings before = settings;
        settings = parent.inherit(asked);
        if (settings.equals(before)) {
          break;
        }
        reserve = parent.tryCarve(settings);
      }
      if (reserve != JobAccount.Reserve.DONE) {
        if (reserve == JobAccount.Reserve.MONEY) {
          runtime.gates().noteGivenBack(); // it had the tokens for a moment
        }
        places.decrementAndGet();
        return refusing(
            id,
            settings,
            Gates.refusalOf(reserve),
            0,
            Explainer.carveFacts(reserve, parent, id, settings));
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
            asked,
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

  /**
   * Opens what a crash left open, with what it had spent. Before anybody else can.
   *
   * @param epochNs the time of day now
   */
  synchronized void reopen(Past past, long epochNs) {
    long now = runtime.clock().nanoTime();
    past.jobs().forEach(each -> passAnonymous(each.id()));
    for (LiveJob each : Reopening.reopen(past, epochNs, now, new Places(now))) {
      reopened.put(each.id(), each);
      runtime.ring().publish(Input.Kind.JOB_OPENED, each);
    }
  }

  // As it is while the past is opened; under the lock.
  private final class Places implements Reopening.Table<LiveJob> {
    private final long nowNs;

    Places(long nowNs) {
      this.nowNs = nowNs;
    }

    @Override
    public @Nullable LiveJob find(String id) {
      return byId.get(id);
    }

    @Override
    public boolean hasRoom() {
      return places.get() < maxJobs;
    }

    @Override
    public LiveJob make(Past.PastJob job, @Nullable LiveJob parent, long deadlineNs) {
      places.incrementAndGet();
      boolean named = job.id().indexOf('~') < 0;
      var made =
          new LiveJob(
              runtime,
              job.id(),
              named,
              job.asked(),
              job.settings(),
              usedIndexes++,
              parent,
              deadlineNs);
      byId.put(job.id(), made);
      return made;
    }

    @Override
    public void remember(String id, long untilNs) {
      if (id.indexOf('~') < 0 && !memory.isFull(nowNs)) {
        memory.remember(id, untilNs);
      }
    }
  }

  // A job without an id of its own finds none that somebody else's has.
  private void passAnonymous(String id) {
    int tilde = id.indexOf('~');
    if (tilde >= 0) {
      long number = Long.parseLong(id, tilde + 1, id.length(), 10);
      anonymous.accumulateAndGet(number, Math::max);
    }
  }

  private static boolean isBudget(JobAccount.Reserve reserve) {
    return reserve == JobAccount.Reserve.TOKENS || reserve == JobAccount.Reserve.MONEY;
  }

  private Job known(LiveJob known, JobSettings asked, @Nullable LiveJob parent) {
    if (known.isClosed()) {
      return refusing(known.id(), asked, Refusal.JOB_CLOSED, 0, "job " + known.id());
    }
    if (known.parent() != parent) {
      throw new IllegalStateException(
          "job "
              + known.id()
              + " is open "
              + whose(known.parent())
              + ", but was asked for "
              + whose(parent)
              + "; use another id");
    }
    if (known.asked() != null && !known.asked().equals(asked)) {
      throw new IllegalStateException(
          "job "
              + known.id()
              + " is open with "
              + known.asked()
              + ", but was asked for with "
              + asked
              + "; use the same settings, or another id");
    }
    return known;
  }

  private static String whose(@Nullable JobAccount parent) {
    return parent instanceof LiveJob job ? "as a sub-job of " + job.id() : "as a job of its own";
  }

  private RefusingJob refusing(
      String id, JobSettings settings, Refusal reason, long retryAfterNs, String facts) {
    return new RefusingJob(runtime, id, settings, Refusals.of(reason, retryAfterNs), facts);
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
      retired.add(new Retired(job.id(), job.deadlineNs() + Reopening.GRACE_NS));
    }
    byId.remove(job.id(), job);
    freeIndexes.add(job.index());
    places.decrementAndGet();
  }

  int places() {
    return places.get();
  }
}
