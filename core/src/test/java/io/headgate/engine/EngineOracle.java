package io.headgate.engine;

import io.headgate.AgentSettings;
import io.headgate.HeadgateSettings;
import io.headgate.TargetSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What must always hold, told from inputs and effects by plain counting over plain lists. Shares no
 * code with the engine; O(n) in everything.
 */
final class EngineOracle {
  enum State {
    WAITING,
    RUNNING,
    SUSPENDED,
    RESUMING,
    GONE
  }

  /** An agent's or a target's books; a new one after an eviction. */
  static final class Party {
    final int number;
    final int index;
    AgentSettings agentSettings = AgentSettings.DEFAULT;
    TargetSettings targetSettings = TargetSettings.DEFAULT;
    boolean removed;
    boolean evicted;
    int waiting;
    int running;
    int claimed;
    int overruns;
    int live;
    long reserved;
    long spent;

    Party(int number, int index) {
      this.number = number;
      this.index = index;
    }
  }

  /** A job's books. */
  static final class J {
    final int number;
    final int index;
    final @Nullable J parent;
    final long deadline;
    final long budget;
    boolean open = true;
    boolean begun;
    boolean retired;
    boolean overspent;
    int tasks;
    int children;
    long reserved;
    long spent;

    J(int number, int index, @Nullable J parent, long deadline, long budget) {
      this.number = number;
      this.index = index;
      this.parent = parent;
      this.deadline = deadline;
      this.budget = budget;
    }

    J root() {
      J job = this;
      while (job.parent != null) {
        job = job.parent;
      }
      return job;
    }

    long left() {
      return budget == Long.MAX_VALUE ? Long.MAX_VALUE : budget - reserved - spent;
    }

    long carved() {
      return budget == Long.MAX_VALUE ? 0 : budget;
    }
  }

  /** A task's books. */
  static final class T {
    final int id;
    final Party agent;
    final Party target;
    final J job;
    final boolean child;
    final int band;
    final long tokens;
    final long startBy;
    final long timeout;
    long appliedAt;
    State state = State.WAITING;
    boolean ended;
    boolean overrun;
    boolean stopDue;
    long deadline;
    int join;
    boolean inJoin;
    @Nullable T waitsFor;

    T(
        int id,
        Party agent,
        Party target,
        J job,
        boolean child,
        int band,
        long tokens,
        long startBy,
        long timeout) {
      this.id = id;
      this.agent = agent;
      this.target = target;
      this.job = job;
      this.child = child;
      this.band = band;
      this.tokens = tokens;
      this.startBy = startBy;
      this.timeout = timeout;
    }

    int lane() {
      return band * 3 + (child ? 0 : job.begun ? 1 : 2);
    }

    long due() {
      return Math.min(Math.min(startBy, job.deadline), appliedAt + 60_000_000_000L);
    }

    boolean hasThread() {
      return state != State.WAITING && state != State.GONE;
    }
  }

  final HeadgateSettings settings;
  final Party all = new Party(-1, -1);
  final List<Party> agents = new ArrayList<>();
  final List<Party> targets = new ArrayList<>();
  final List<J> jobs = new ArrayList<>();
  final List<T> tasks = new ArrayList<>();

  /** Tasks that are not gone. */
  final List<T> live = new ArrayList<>();

  boolean halted;

  /** Whose thread the present input says has ended, and how. */
  private @Nullable T threadEnds;

  private @Nullable AttemptEnd how;
  private long used;

  /** Whom the present input cancels. */
  private @Nullable T cancelled;

  EngineOracle(HeadgateSettings settings) {
    this.settings = settings;
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in a library that core has not
  static void check(boolean holds, String what, Object... details) {
    if (!holds) {
      throw new AssertionError(what.formatted(details));
    }
  }

  // ---- before an input

  void opened(J job) {
    jobs.add(job);
    if (job.parent != null) {
      job.begun = job.parent.begun && !job.parent.retired;
      if (!job.parent.retired) {
        job.parent.children++;
        job.parent.reserved += job.carved();
      }
    }
  }

  void admitted(T task, long now) {
    task.appliedAt = now;
    tasks.add(task);
    live.add(task);
    task.job.tasks++;
    task.job.reserved += task.tokens;
    for (Party party : partiesOf(task)) {
      party.waiting++;
      party.live++;
      party.reserved += task.tokens;
    }
    check(all.waiting <= settings.maxWaiting(), "the test overfilled the waiting room");
  }

  void threadEnds(T task, AttemptEnd how, long used) {
    check(task.hasThread() && !task.inJoin, "the test ended a thread that is not there");
    threadEnds = task;
    this.how = how;
    this.used = used;
  }

  void cancels(T task) {
    cancelled = task;
  }

  void joins(T waiter, int join, T awaited) {
    waiter.join = join;
    waiter.inJoin = true;
    if (waiter.ended || awaited.ended) {
      return;
    }
    if (suspended() == settings.maxSuspended() || circle(waiter, awaited)) {
      cancelled = awaited;
      return;
    }
    waiter.state = State.SUSPENDED;
    waiter.waitsFor = awaited;
    for (Party party : partiesOf(waiter)) {
      party.running--;
    }
  }

  void abandons(T waiter, int join) {
    if (waiter.state == State.SUSPENDED && waiter.join == join) {
      wake(waiter);
    }
  }

  private static boolean circle(T waiter, T awaited) {
    for (T at = awaited; at != null; at = at.waitsFor) {
      if (at == waiter) {
        return true;
      }
    }
    return false;
  }

  private static void wakeUp(List<T> live, T ended, EngineOracle oracle) {
    for (T task : live) {
      if (task.waitsFor == ended) {
        oracle.wake(task);
      }
    }
  }

  private void wake(T waiter) {
    waiter.state = State.RESUMING;
    waiter.waitsFor = null;
    for (Party party : partiesOf(waiter)) {
      party.claimed++;
    }
  }

  private Party[] partiesOf(T task) {
    return new Party[] {all, task.agent, task.target};
  }

  int suspended() {
    int count = 0;
    for (T task : live) {
      if (task.state == State.SUSPENDED || task.state == State.RESUMING) {
        count++;
      }
    }
    return count;
  }

  // ---- effects

  void start(T task, int attempt, long now, long deadline) {
    check(task.state == State.WAITING && !task.ended, "task %d started as %s", task.id, task.state);
    check(attempt == 1, "task %d started as attempt %d", task.id, attempt);
    check(now <= task.startBy, "task %d started after its TTL", task.id);
    check(now <= task.job.deadline, "task %d started after its job's deadline", task.id);
    check(task.job.open, "task %d of a closed job started", task.id);
    check(!halted, "task %d started after the halt", task.id);
    check(mayStart(task), "task %d started above a cap", task.id);
    check(
        deadline == Math.min(now + task.timeout, task.job.deadline),
        "task %d has a wrong deadline",
        task.id);
    for (T other : live) {
      if (other.state == State.WAITING && mayStart(other)) {
        check(
            task.lane() <= other.lane(),
            "task %d of lane %d started before task %d of lane %d",
            task.id,
            task.lane(),
            other.id,
            other.lane());
        if (other.lane() == task.lane()
            && other.agent == task.agent
            && other.target == task.target) {
          check(
              task.due() < other.due() || (task.due() == other.due() && task.id <= other.id),
              "task %d started before task %d, which is due earlier",
              task.id,
              other.id);
        }
      }
    }
    task.state = State.RUNNING;
    task.deadline = deadline;
    for (Party party : partiesOf(task)) {
      party.waiting--;
      party.running++;
    }
    J root = task.job.root();
    for (J job : jobs) {
      if (!job.retired && job.root() == root) {
        job.begun = true;
      }
    }
  }

  private boolean mayStart(T task) {
    return all.running + all.claimed < settings.maxInFlight()
        && task.agent.running + task.agent.claimed < task.agent.agentSettings.maxInFlight()
        && task.target.running + task.target.claimed < task.target.targetSettings.maxInFlight()
        && task.target.overruns < task.target.targetSettings.overrunLimit()
        && !task.agent.removed
        && !task.target.removed;
  }

  void stop(T task) {
    check(task.stopDue, "task %d was stopped out of turn", task.id);
    task.stopDue = false;
  }

  void resume(T task, int join) {
    check(task.inJoin && task.join == join, "task %d is not in join %d", task.id, join);
    task.inJoin = false;
    if (task.state == State.RESUMING) {
      check(mayResume(task), "task %d resumed above a cap", task.id);
      task.state = State.RUNNING;
      for (Party party : partiesOf(task)) {
        party.claimed--;
        party.running++;
      }
      if (task.ended) {
        task.stopDue = true;
        overrun(task);
      }
    }
    check(task.state == State.RUNNING, "task %d resumed as %s", task.id, task.state);
  }

  private boolean mayResume(T task) {
    return all.running < settings.maxInFlight()
        && task.agent.running < task.agent.agentSettings.maxInFlight()
        && task.target.running < task.target.targetSettings.maxInFlight();
  }

  private void overrun(T task) {
    task.overrun = true;
    all.overruns++;
    task.target.overruns++;
  }

  void end(T task, Ending ending, boolean waiting, long now) {
    check(!task.ended, "task %d ended twice", task.id);
    check(waiting == (task.state == State.WAITING), "task %d ended as waiting", task.id);
    check(mayEndAs(task, ending, now), "task %d ended as %s at %d", task.id, ending, now);
    task.ended = true;
    wakeUp(live, task, this);
    if (waiting) {
      settle(task, 0);
      for (Party party : partiesOf(task)) {
        party.waiting--;
      }
    } else if (task == threadEnds) {
      check(task.state == State.RUNNING, "task %d ended as %s", task.id, task.state);
    } else if (task.state == State.RUNNING) {
      task.stopDue = true;
      overrun(task);
    } else if (task.state == State.SUSPENDED) {
      wake(task);
    }
  }

  private boolean mayEndAs(T task, Ending ending, long now) {
    boolean isThreadsEnd = task == threadEnds;
    return switch (ending) {
      case COMPLETED -> isThreadsEnd && how == AttemptEnd.RETURNED;
      case FAILED -> isThreadsEnd && how == AttemptEnd.THREW;
      case CUT_OFF -> isThreadsEnd && how == AttemptEnd.CUT_OFF;
      case TIMED_OUT_TIMEOUT -> !isThreadsEnd && task.hasThread() && now == task.deadline;
      case TIMED_OUT_JOB -> !isThreadsEnd && task.hasThread() && now == task.job.deadline;
      case EXPIRED_TTL ->
          task.state == State.WAITING
              && (now == task.startBy || (now == task.appliedAt && now > task.startBy));
      case EXPIRED_JOB -> task.state == State.WAITING && now == task.job.deadline;
      case EXPIRED_TOO_LATE -> false;
      case CANCELLED_CALLER -> task == cancelled;
      case CANCELLED_WOULD_DEADLOCK -> task == cancelled;
      case CANCELLED_JOB_CLOSED -> !task.job.open;
      case CANCELLED_DECLINED, CANCELLED_BUDGET -> false; // it parks nothing
      case CANCELLED_SHUTDOWN -> halted;
      case CANCELLED_REMOVED ->
          task.state == State.WAITING && (task.agent.removed || task.target.removed);
    };
  }

  private void settle(T task, long used) {
    check(task.state != State.GONE, "task %d settled twice", task.id);
    task.job.tasks--;
    task.job.reserved -= task.tokens;
    task.job.spent += used;
    if (used > task.tokens && task.job.left() < 0) {
      task.job.overspent = true;
    }
    for (Party party : partiesOf(task)) {
      party.live--;
      party.reserved -= task.tokens;
      party.spent += used;
    }
    if (task.state == State.WAITING) {
      task.state = State.GONE;
    }
  }

  void over(T task) {
    check(task == threadEnds, "task %d's thread did not end", task.id);
    check(task.ended, "task %d has no outcome, and its thread is over", task.id);
    check(task.state == State.RUNNING, "task %d is over as %s", task.id, task.state);
    settle(task, used);
    for (Party party : partiesOf(task)) {
      party.running--;
    }
    if (task.overrun) {
      all.overruns--;
      task.target.overruns--;
    }
    task.state = State.GONE;
  }

  void begun(J job) {
    check(job.begun, "job %d is told to have begun", job.number);
  }

  void closed(J job) {
    check(job.open, "job %d closed twice", job.number);
    job.open = false;
  }

  void retired(J job, long spent) {
    check(!job.open && !job.retired, "job %d retired, open or twice", job.number);
    check(job.tasks == 0 && job.children == 0, "job %d retired with something left", job.number);
    check(job.reserved == 0, "job %d retired with a reservation", job.number);
    check(spent == job.spent, "job %d spent %d, not %d", job.number, job.spent, spent);
    job.retired = true;
    J parent = job.parent;
    if (parent != null && !parent.retired) {
      parent.children--;
      parent.reserved -= job.carved();
      parent.spent += spent;
      parent.overspent |= parent.left() < 0;
    }
  }

  // ---- after an input

  void after(Engine engine, List<Ledger> ofAgents, List<Ledger> ofTargets, long now) {
    live.removeIf(task -> task.state == State.GONE);
    threadEnds = null;
    cancelled = null;
    check(engine.nowNs() == now, "the time is %d", engine.nowNs());
    check(engine.nextTimerNs() >= now, "a timer of %d has not fired", engine.nextTimerNs());
    for (T task : live) {
      check(!task.stopDue, "task %d ended and was not stopped", task.id);
      if (!task.ended) {
        long due =
            task.state == State.WAITING ? Math.min(task.startBy, task.job.deadline) : task.deadline;
        check(due >= now, "task %d was due at %d", task.id, due);
        check(task.job.open, "task %d outlives its job", task.id);
        check(!halted, "task %d outlives the halt", task.id);
      }
      check(
          halted || task.state != State.WAITING || !mayStart(task), "task %d could start", task.id);
      check(task.state != State.RESUMING || !mayResume(task), "task %d could resume", task.id);
    }
    int open = 0;
    for (J job : jobs) {
      if (!job.retired) {
        open++;
        check(!job.open || job.deadline >= now, "job %d is past its deadline", job.number);
        check(job.open || job.tasks + job.children > 0, "job %d is not retired", job.number);
        check(job.overspent || job.left() >= 0, "job %d is past its budget", job.number);
      }
    }
    check(engine.openJobs() == open, "%d jobs, not %d", open, engine.openJobs());
    check(engine.suspended() == suspended(), "%d are suspended", suspended());
    check(suspended() <= settings.maxSuspended(), "%d are suspended", suspended());
    check(engine.isIdle() == live.isEmpty(), "%d are live", live.size());
    compare("all", all, engine.ledger());
    for (int i = 0; i < agents.size(); i++) {
      if (!agents.get(i).evicted) {
        compare("agent " + i, agents.get(i), ofAgents.get(i));
      }
    }
    for (int i = 0; i < targets.size(); i++) {
      if (!targets.get(i).evicted) {
        compare("target " + i, targets.get(i), ofTargets.get(i));
      }
    }
    check(all.running <= settings.maxInFlight(), "%d run", all.running);
  }

  private void compare(String whose, Party party, Ledger ledger) {
    Objects.requireNonNull(ledger, whose);
    List<Long> expected =
        List.of(
            (long) party.live,
            (long) party.waiting,
            (long) party.running,
            (long) party.claimed,
            party.reserved,
            party.spent);
    List<Long> actual =
        List.of(
            (long) ledger.live(),
            (long) ledger.waiting(),
            (long) ledger.running(),
            (long) ledger.claimed,
            ledger.reservedTokens(),
            ledger.spentTokens());
    check(expected.equals(actual), "%s: counted %s, ledger %s", whose, expected, actual);
    if (party == all || targets.contains(party)) {
      check(party.overruns == ledger.overruns(), "%s: %d overruns", whose, party.overruns);
    }
  }

  void assertAtRest() {
    check(live.isEmpty(), "%d tasks are left", live.size());
    check(all.spent >= 0 && all.reserved == 0 && all.running == 0, "something is left");
    for (T task : tasks) {
      check(task.ended, "task %d never ended", task.id);
    }
    for (J job : jobs) {
      check(job.retired, "job %d never retired", job.number);
    }
  }
}
