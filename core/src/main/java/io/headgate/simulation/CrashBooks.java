package io.headgate.simulation;

import io.headgate.AgentSettings;
import io.headgate.CallClass;
import io.headgate.Codec;
import io.headgate.Handler;
import io.headgate.JobSettings;
import io.headgate.Recovery.Fate;
import io.headgate.Refusal;
import io.headgate.recovery.Past;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Who watches a host from outside over all its lives: plain lists of what was promised, which calls
 * were made and what they used, each with the number of the record that says so. After a crash it
 * strikes out what did not survive, and knows by the documented rules what must be found.
 */
final class CrashBooks implements Witness {
  private static final long NEVER = Long.MAX_VALUE;

  /** A task under the name by which its calls are known, over all lives. */
  static final class Known {
    final String key;
    final @Nullable Handler<String, ?> handler;
    final boolean isPart;
    final Purse purse;
    long run;
    long task;
    long admitted = NEVER;
    long ended = NEVER;
    long recovered = NEVER;
    boolean acknowledged;
    boolean inDoubt;
    boolean approved;
    boolean approvedForGood;
    long letGo = NEVER;
    boolean isPostponed;
    final List<Tried> tries = new ArrayList<>(1);

    // As it was at the last crash, for what takes its place.
    boolean isAgain;
    boolean againInDoubt;
    long againAdmitted = NEVER;

    // When it was admitted last, as far as that survived.
    long since;

    Known(String key, @Nullable Handler<String, ?> handler, boolean isPart, Purse purse) {
      this.key = key;
      this.handler = handler;
      this.isPart = isPart;
      this.purse = purse;
    }

    boolean isOnce() {
      return handler == null || !handler.isIdempotent();
    }

    /** Whether no other attempt was under way when that one ended. */
    boolean isAlone(Tried over) {
      return tries.stream()
          .noneMatch(
              each ->
                  each != over
                      && !each.isOfBefore
                      && each.started < over.ended
                      && each.ended > over.ended);
    }

    boolean isAlive() {
      return admitted != NEVER && ended == NEVER && recovered == NEVER;
    }
  }

  /** An attempt: when the records say that it started and ended, and what it took. */
  static final class Tried {
    final long tokens;
    final long money;
    final String agent;
    final boolean isLimited;
    final int rung;
    long started;
    long ended = NEVER;
    boolean called;
    boolean answered;
    boolean mayBeAgain;

    // Whether its process has died.
    boolean isOfBefore;

    // Whether nothing comes after it: what it says is the answer.
    boolean isLast;
    long usedTokens;
    long usedMoney;

    Tried(long started, VirtualTask task) {
      this.started = started;
      tokens = task.tokens();
      money = task.moneyNanos();
      agent = task.agentGate().id();
      isLimited = task.isLimited();
      rung = task.rung();
    }
  }

  /** A job by its id. */
  static final class Purse {
    final String id;
    final @Nullable Purse parent;

    // Whose id it has, since that had spent nothing or is forgotten.
    final @Nullable Purse before;
    long budget;
    long moneyBudget;
    final long deadlineNs;
    long opened = NEVER;
    long closed = NEVER;

    Purse(
        String id,
        @Nullable Purse parent,
        @Nullable Purse before,
        JobSettings settings,
        long deadlineNs) {
      this.id = id;
      this.parent = parent;
      this.before = before;
      budget = settings.tokenBudget();
      moneyBudget = settings.moneyBudgetNanos();
      this.deadlineNs = deadlineNs;
    }

    Purse root() {
      Purse at = this;
      while (at.parent != null) {
        at = at.parent;
      }
      return at;
    }
  }

  private final Map<String, Known> tasks = new LinkedHashMap<>();
  private final Map<String, Purse> jobs = new LinkedHashMap<>();
  private final boolean isWriteAhead;

  // Whether something was lost that no durability had promised.
  private boolean isUnsure;

  // Whether a host had less room once, so that jobs may be gone.
  private boolean roomLacked;

  // Of the present life, by its numbers.
  private final Map<Long, Known> present = new HashMap<>();
  private final Map<Long, VirtualTask> handles = new HashMap<>();
  private final Map<Long, Tried> running = new HashMap<>();
  private final Map<Long, Purse> numbers = new HashMap<>();
  private @Nullable VirtualJob applying;
  private long run;
  private long epochNs;

  CrashBooks(boolean isWriteAhead) {
    this.isWriteAhead = isWriteAhead;
  }

  // ---- a life

  /**
   * It begins.
   *
   * @param lacksRoom whether some jobs may find none
   */
  void begin(long run, long epochNs, boolean lacksRoom) {
    roomLacked |= lacksRoom;
    this.run = run;
    this.epochNs = epochNs;
    present.clear();
    handles.clear();
    running.clear();
    numbers.clear();
  }

  /** What a client is about to submit. */
  void submitting(
      String key, @Nullable Handler<String, ?> handler, boolean isPart, VirtualJob job) {
    Purse purse = jobs.get(String.valueOf(job.id));
    if (purse == null) {
      throw new IllegalStateException("a job of nobody");
    }
    tasks.put(key, new Known(key, handler, isPart, purse));
  }

  /** It was refused. */
  void refused(String key) {
    tasks.remove(key);
  }

  /** It is durable, its submitter was told. */
  void acknowledge(String key) {
    Known known = tasks.get(key);
    if (known != null) {
      known.acknowledged = true;
    }
  }

  @Override
  public void jobMade(VirtualJob job) {
    String id = String.valueOf(job.id);
    VirtualJob parent = job.parentJob();
    Purse of = parent == null ? null : jobs.get(String.valueOf(parent.id));
    jobs.put(id, new Purse(id, of, jobs.get(id), job.settings, job.deadlineNs() + epochNs));
  }

  @Override
  public void applying(Input input) {
    VirtualTask task = input.task;
    boolean isAdmission =
        input.kind == Input.Kind.TASK_ADMITTED || input.kind == Input.Kind.HEDGE_ADMITTED;
    if (isAdmission && task != null) {
      handles.put(task.taskId(), task);
      Known known = tasks.get(keyOf(task));
      if (known != null) {
        present.put(task.taskId(), known);
      }
    }
    applying = input.job;
  }

  static String keyOf(VirtualTask task) {
    return switch (task.call) {
      case KeptCall kept -> kept.argument();
      case BareCall bare -> bare.key();
      default -> throw new IllegalStateException("a call of nobody");
    };
  }

  /** A call that is lost in a crash. */
  record BareCall(String key, VirtualCall work) implements VirtualCall {
    @Override
    public void run(VirtualAttempt attempt) throws CallFailed, Actor.Interrupted {
      work.run(attempt);
    }
  }

  void recorded(CrashDisk.What what, long of, long with, long number) {
    switch (what) {
      case ADMITTED -> admitted(of, number);
      case STARTED -> started(of, number);
      case ATTEMPT_ENDED -> {
        Tried over = running(of);
        over.ended = number;
        over.answered |= with < 0;
        over.isLast = with <= 0;
        over.mayBeAgain |= with > 0; // then its policy says so
      }
      case ENDED -> {
        Known known = present.get(of);
        if (known != null) {
          known.ended = number;
        }
      }
      case LET_GO -> {
        Known known = present.get(of);
        if (known != null && known.approved) {
          known.letGo = Math.min(known.letGo, number);
        }
      }
      case RECOVERED -> {
        for (Known each : tasks.values()) {
          if (each.run == with && each.task == of && each.admitted != NEVER) {
            each.recovered = number;
          }
        }
      }
      case JOB_OPENED -> {
        VirtualJob job = applying;
        Purse purse = job == null ? null : jobs.get(String.valueOf(job.id));
        if (purse != null) {
          numbers.put(of, purse);
          purse.opened = Math.min(purse.opened, number);
        }
      }
      case JOB_CLOSED -> {
        Purse purse = numbers.get(of);
        if (purse != null) {
          purse.closed = Math.min(purse.closed, number);
        }
      }
    }
  }

  private void admitted(long of, long number) {
    Known known = present.get(of);
    if (known == null) {
      return;
    }
    if (known.admitted == NEVER) {
      known.admitted = number;
      known.run = run;
      known.task = of;
    } else {
      known.isAgain = true;
      known.againAdmitted = number;
      known.againInDoubt = known.inDoubt && known.isOnce();
    }
  }

  private void started(long of, long number) {
    Known known = present.get(of);
    VirtualTask task = handles.get(of);
    if (known != null && task != null) {
      var tried = new Tried(number, task);
      known.tries.add(tried);
      running.put(of, tried);
    }
  }

  private Tried running(long task) {
    Tried tried = running.get(task);
    if (tried == null) {
      throw new Violation("an attempt of task " + task + " never started");
    }
    return tried;
  }

  @Override
  public void calling(VirtualTask task, long nowNs) {
    Known known = tasks.get(keyOf(task));
    if (known == null) {
      return;
    }
    Tried now = running(task.taskId());
    if (known.isOnce() && !isUnsure) {
      for (Tried each : known.tries) {
        // Who falls while the slower call goes on asks another beside it.
        boolean isBeside = running.containsValue(each) && each.rung != now.rung;
        Violation.check(
            each == now || !each.called || each.mayBeAgain || isBeside || known.approved,
            "{} is called twice, and must not be",
            known.key);
      }
    }
    now.called = true;
  }

  @Override
  public void settling(
      VirtualTask task, long extraTokens, long extraMoney, long tokens, long money) {
    if (tasks.containsKey(keyOf(task))) {
      Tried over = running(task.taskId());
      over.usedTokens = tokens;
      over.usedMoney = money;
    }
  }

  /** Its call failed in a way that says that nothing was done. */
  void failed(VirtualTask task, CallClass how) {
    running(task.taskId()).mayBeAgain = how == CallClass.UNAVAILABLE || how == CallClass.REJECTED;
  }

  /** A human said that it is to be made. */
  void approve(VirtualTask task) {
    Known known = tasks.get(keyOf(task));
    if (known != null) {
      known.approved = true;
    }
  }

  // ---- a crash

  /**
   * Strikes out what did not survive.
   *
   * @param last the number of the last record that did
   * @param isPromised whether what was acknowledged must have survived
   */
  void crash(long last, boolean isPromised) {
    for (Known each : List.copyOf(tasks.values())) {
      if (each.admitted > last) {
        Violation.check(
            !isPromised || !each.acknowledged,
            "{} was acknowledged, and its admission did not survive",
            each.key);
        tasks.remove(each.key);
      }
      for (Tried tried : List.copyOf(each.tries)) {
        if (tried.started > last) {
          Violation.check(
              !isPromised || !isWriteAhead || !tried.called,
              "{} was called, and its start did not survive",
              each.key);
          isUnsure |= tried.called;
          each.tries.remove(tried);
        } else if (tried.ended > last) {
          tried.ended = NEVER;
          tried.mayBeAgain = false;
        }
      }
      each.ended = each.ended > last ? NEVER : each.ended;
      for (Tried tried : each.tries) {
        if (tried.ended <= last && tried.isLast && (tried.answered || each.isAlone(tried))) {
          each.ended = Math.min(each.ended, tried.ended);
        }
      }
      each.recovered = each.recovered > last ? NEVER : each.recovered;
      // What took its place stands for it, if that survived.
      boolean isAgain = each.isAgain && each.againAdmitted <= last;
      boolean isSettled = each.letGo <= last; // a human has said that it is to be made
      boolean before = !isSettled && (isAgain ? each.againInDoubt : each.inDoubt);
      each.letGo = NEVER;
      each.approvedForGood |= isSettled;
      each.approved = each.approvedForGood;
      each.since = isAgain ? each.againAdmitted : each.since;
      long since = each.since;
      each.inDoubt =
          before
              || each.tries.stream()
                  .anyMatch(tried -> tried.ended == NEVER && tried.started > since);
      each.tries.forEach(tried -> tried.isOfBefore = true);
      each.isPostponed = false;
      each.isAgain = false;
      each.againAdmitted = NEVER;
    }
    for (Purse each : List.copyOf(jobs.values())) {
      for (Purse at = each; at != null; at = at.before) {
        at.closed = at.closed > last ? NEVER : at.closed;
      }
      Purse at = each;
      while (at != null && at.opened > last) {
        at = at.before;
      }
      if (at == null) {
        jobs.remove(each.id);
      } else {
        jobs.put(each.id, at);
      }
    }
  }

  /** What was found must be what survived. */
  void check(Past past) {
    Map<String, Past.PastTask> found = new HashMap<>();
    for (Past.PastTask each : past.tasks()) {
      found.put(each.run() + "/" + each.task(), each);
    }
    for (Known each : tasks.values()) {
      Past.PastTask as = found.remove(each.run + "/" + each.task);
      Violation.check(
          (as != null) == each.isAlive(),
          "{} is {}, but must be: {}",
          each.key,
          as == null ? "not found" : "found",
          each.isAlive());
      if (as != null) {
        check(each, as);
      }
    }
    Violation.check(found.isEmpty(), "of {} nobody knows", found.keySet());
    checkJobs(past);
    checkAgents(past);
  }

  private static void check(Known known, Past.PastTask as) {
    Violation.check(
        as.isInFlight() == known.inDoubt,
        "{} is found in flight: {}, but must be: {}",
        known.key,
        as.isInFlight(),
        known.inDoubt);
    Handler<String, ?> handler = known.handler;
    boolean isKept = handler != null && handler.payload() == Handler.Payload.FULL;
    Violation.check(
        (as.payload() != null) == isKept
            && (as.payload() == null || Codec.UTF_8.decode(as.payload().bytes()).equals(known.key)),
        "{} is found with another argument",
        known.key);
    Violation.check(as.job().equals(known.purse.id), "{} is found in job {}", known.key, as.job());
    Violation.check(as.isPart() == known.isPart, "{}: a part or not", known.key);
  }

  // Together with its parts, since what one leaves is its job's.
  private void checkJobs(Past past) {
    Map<String, Long> tokens = new HashMap<>();
    Map<String, Long> money = new HashMap<>();
    Set<String> found = new HashSet<>();
    past.closedIds().forEach(each -> found.add(each.id()));
    for (Past.PastJob each : past.jobs()) {
      found.add(each.id());
      Purse purse = jobs.get(each.id());
      if (purse == null) {
        throw new Violation("job " + each.id() + " is found, and was never opened");
      }
      tokens.merge(purse.root().id, each.carried().tokens(), Long::sum);
      money.merge(purse.root().id, each.carried().moneyNanos(), Long::sum);
      Violation.check(
          each.isClosed() == (purse.closed != NEVER),
          "job {} is found closed: {}",
          each.id(),
          each.isClosed());
    }
    for (Purse each : jobs.values()) {
      boolean isOpen = each.root().closed == NEVER && each.closed == NEVER;
      Violation.check(
          !isOpen || epochNs >= each.deadlineNs || found.contains(each.id) || spent(each) == 0,
          "job {} was open, and is not found",
          each.id);
      if (each.parent == null && tokens.containsKey(each.id)) {
        long spent = spent(each);
        Violation.check(
            tokens.get(each.id) == spent,
            "job {} is found with {} tokens spent, but must be with {}",
            each.id,
            tokens.get(each.id),
            spent);
        Violation.check(
            money.getOrDefault(each.id, 0L) == spentMoney(each),
            "job {} is found with {} nano-dollars spent, but must be with {}",
            each.id,
            money.get(each.id),
            spentMoney(each));
      }
      boolean isThere =
          tokens.containsKey(each.id)
              || past.closedIds().stream().anyMatch(id -> id.id().equals(each.id));
      Violation.check(
          isThere
              || each.parent != null
              || spent(each) == 0
              || each.closed == NEVER
              || epochNs >= each.deadlineNs,
          "job {} is closed, had spent {}, and its id may be used again",
          each.id,
          spent(each));
    }
  }

  /** Tokens charged to a job and its parts: what was used, or what was held by who is in doubt. */
  long spent(Purse root) {
    return spent(root, tried -> tried.ended == NEVER ? tried.tokens : tried.usedTokens);
  }

  private long spentMoney(Purse root) {
    return spent(root, tried -> tried.ended == NEVER ? tried.money : tried.usedMoney);
  }

  private long spent(Purse root, ToLongFunction<Tried> of) {
    return tasks.values().stream()
        .filter(each -> each.purse.root() == root)
        .flatMap(each -> each.tries.stream())
        .mapToLong(of)
        .sum();
  }

  private void checkAgents(Past past) {
    spentByAgents()
        .forEach(
            (agent, spent) -> {
              Past.Used used = past.usedBy().getOrDefault(agent, Past.Used.NOTHING);
              Violation.check(
                  used.tokens() == spent,
                  "agent {} is found with {} tokens spent, but must be with {}",
                  agent,
                  used.tokens(),
                  spent);
            });
  }

  private Map<String, Long> spentByAgents() {
    Map<String, Long> tokens = new HashMap<>();
    for (Known each : tasks.values()) {
      for (Tried tried : each.tries) {
        if (tried.isLimited) {
          tokens.merge(
              tried.agent, tried.ended == NEVER ? tried.tokens : tried.usedTokens, Long::sum);
        }
      }
    }
    return tokens;
  }

  // ---- recovery, and the end

  /**
   * What became of a task must be what the rules say.
   *
   * @param refusal why it was not let in once more; null if it was, or was not even submitted
   * @param isWithoutJob whether there is no job of its id
   * @param isClosed whether that is closed
   * @param nowEpochNs the time of day now
   */
  void fate(
      Past.PastTask task,
      Fate fate,
      @Nullable Handler<String, ?> registered,
      @Nullable Refusal refusal,
      boolean isWithoutJob,
      boolean isClosed,
      long nowEpochNs) {
    Known known = null;
    for (Known each : tasks.values()) {
      known = each.run == task.run() && each.task == task.task() ? each : known;
    }
    if (known == null) {
      return;
    }
    Handler<String, ?> handler = registered == null ? null : known.handler;
    boolean isKept = handler != null && handler.payload() == Handler.Payload.FULL;
    boolean comesBack = fate == Fate.WAITS || fate == Fate.RUNS_AGAIN || fate == Fate.PARKED;
    Violation.check(
        !comesBack || jobs.get(known.purse.id) == known.purse,
        "{} is {} in a later job of the same id",
        known.key,
        fate);
    switch (fate) {
      case WAITS -> Violation.check(isKept && !known.inDoubt, "{} waits, and must not", known.key);
      case RUNS_AGAIN ->
          Violation.check(
              isKept && known.inDoubt && !known.isOnce(), "{} runs again, and must not", known.key);
      case PARKED ->
          Violation.check(
              isKept
                  && known.inDoubt
                  && known.isOnce()
                  && handler != null
                  && handler.inDoubt() == Handler.InDoubt.PARK,
              "{} is parked, and must not",
              known.key);
      case IN_DOUBT -> Violation.check(known.inDoubt, "{} ends in doubt, and is none", known.key);
      case LOST -> {
        Violation.check(!known.inDoubt || !isKept, "{} is lost, and must be in doubt", known.key);
        boolean isKeptOut = refusal != null && !refusal.retryable();
        Violation.check(
            !isKept || known.isPart || isKeptOut, "{} is lost, and must come back", known.key);
      }
      case POSTPONED -> known.isPostponed = true;
      case EXPIRED ->
          Violation.check(
              isClosed
                  || (isWithoutJob && roomLacked)
                  || nowEpochNs >= task.startByNs()
                  || isOver(known.purse, nowEpochNs),
              "{} has expired, and there is time",
              known.key);
    }
  }

  // Whether nothing can be done in it any more: it, or one of which it is a part.
  private boolean isOver(Purse purse, long nowEpochNs) {
    for (Purse at = purse; at != null; at = at.parent) {
      if (nowEpochNs >= at.deadlineNs || at.closed != NEVER || jobs.get(at.id) != at) {
        return true;
      }
    }
    return false;
  }

  /** All is at rest for good: nothing is left, and no budget was exceeded by what was used. */
  void checkEnd(Map<String, AgentSettings> agents) {
    Map<String, Long> spentBy = spentByAgents();
    agents.forEach(
        (agent, settings) ->
            Violation.check(
                isUnsure || spentBy.getOrDefault(agent, 0L) <= settings.spending().tokens(),
                "agent {} has spent {} tokens over all lives, and may {}",
                agent,
                spentBy.get(agent),
                settings.spending().tokens()));
    for (Known each : tasks.values()) {
      Violation.check(
          !each.isAlive() || each.isPostponed,
          "{} was admitted, and nobody heard of its end",
          each.key);
    }
    for (Purse each : jobs.values()) {
      if (each.parent == null && !isUnsure) {
        Violation.check(
            spent(each) <= each.budget,
            "job {} has spent {} tokens over all lives, and its budget is {}",
            each.id,
            spent(each),
            each.budget);
        Violation.check(
            spentMoney(each) <= each.moneyBudget,
            "job {} has spent {} nano-dollars over all lives, and its budget is {}",
            each.id,
            spentMoney(each),
            each.moneyBudget);
      }
    }
  }

  /** A human raises a job's budget. */
  void raise(VirtualJob job, long budget) {
    Purse purse = jobs.get(String.valueOf(job.id));
    if (purse != null) {
      purse.budget = Math.max(purse.budget, budget);
      purse.moneyBudget = JobSettings.UNLIMITED;
    }
  }

  /** Whether a job's id must be refused now. */
  boolean isShut(String id, long nowEpochNs) {
    Purse purse = jobs.get(id);
    return purse != null
        && purse.parent == null
        && purse.closed != NEVER
        && spent(purse) > 0
        && nowEpochNs < purse.deadlineNs;
  }
}
