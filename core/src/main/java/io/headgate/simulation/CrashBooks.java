package io.headgate.simulation;

import io.headgate.CallClass;
import io.headgate.Handler;
import io.headgate.Recovery.Fate;
import io.headgate.recovery.Past;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    final String job;
    long run;
    long task;
    long admitted = NEVER;
    long ended = NEVER;
    long recovered = NEVER;
    boolean acknowledged;
    boolean inDoubt;
    boolean approved;
    final List<Tried> tries = new ArrayList<>(1);

    // As it was at the last crash, for what takes its place.
    boolean isAgain;
    boolean againInDoubt;
    long againAdmitted = NEVER;

    Known(String key, @Nullable Handler<String, ?> handler, boolean isPart, String job) {
      this.key = key;
      this.handler = handler;
      this.isPart = isPart;
      this.job = job;
    }

    boolean isOnce() {
      return handler == null || !handler.isIdempotent();
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
    long started;
    long ended = NEVER;
    boolean called;
    boolean mayBeAgain;
    long usedTokens;
    long usedMoney;

    Tried(long started, long tokens, long money, String agent, boolean isLimited) {
      this.started = started;
      this.tokens = tokens;
      this.money = money;
      this.agent = agent;
      this.isLimited = isLimited;
    }
  }

  /** A job by its id. */
  static final class Purse {
    final String id;
    final @Nullable Purse parent;
    final long budget;
    final long deadlineNs;
    long opened = NEVER;
    long closed = NEVER;

    Purse(String id, @Nullable Purse parent, long budget, long deadlineNs) {
      this.id = id;
      this.parent = parent;
      this.budget = budget;
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

  // Of the present life, by its numbers.
  private final Map<Long, Known> present = new HashMap<>();
  private final Map<Long, VirtualTask> handles = new HashMap<>();
  private final Map<Long, Purse> numbers = new HashMap<>();
  private @Nullable VirtualJob applying;
  private long run;
  private long epochNs;

  CrashBooks(boolean isWriteAhead) {
    this.isWriteAhead = isWriteAhead;
  }

  // ---- a life

  void begin(long run, long epochNs) {
    this.run = run;
    this.epochNs = epochNs;
    present.clear();
    handles.clear();
    numbers.clear();
  }

  /** What a client is about to submit. */
  Known submitting(
      String key, @Nullable Handler<String, ?> handler, boolean isPart, VirtualJob job) {
    return tasks.computeIfAbsent(
        key, _ -> new Known(key, handler, isPart, String.valueOf(job.id)));
  }

  /** It was refused. */
  void refused(String key) {
    tasks.remove(key);
  }

  @Nullable Known find(String key) {
    return tasks.get(key);
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
    jobs.computeIfAbsent(
        id,
        _ ->
            new Purse(
                id, of, job.settings.tokenBudget(), job.deadlineNs() + epochNs));
  }

  @Override
  public void applying(Input input) {
    VirtualTask task = input.task;
    if (input.kind == Input.Kind.TASK_ADMITTED && task != null) {
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

  void recorded(CrashDisk.What what, long of, long ofRun, long number) {
    switch (what) {
      case ADMITTED -> admitted(of, number);
      case STARTED -> started(of, number);
      case ATTEMPT_ENDED -> lastOf(of).ended = number;
      case ENDED -> {
        Known known = present.get(of);
        if (known != null) {
          known.ended = number;
        }
      }
      case RECOVERED -> {
        for (Known each : tasks.values()) {
          if (each.run == ofRun && each.task == of && each.admitted != NEVER) {
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
      known.tries.add(
          new Tried(
              number,
              task.tokens(),
              task.moneyNanos(),
              task.agentGate().id(),
              task.isLimited()));
    }
  }

  private Tried lastOf(long task) {
    Known known = present.get(task);
    Violation.check(known != null && !known.tries.isEmpty(), "an attempt that never started ends");
    return known.tries.getLast();
  }

  @Override
  public void calling(VirtualTask task, long nowNs) {
    Known known = tasks.get(keyOf(task));
    if (known == null) {
      return;
    }
    Violation.check(!known.tries.isEmpty(), "{} is called, and never started", known.key);
    Tried now = known.tries.getLast();
    if (known.isOnce() && !isUnsure) {
      for (Tried each : known.tries) {
        Violation.check(
            each == now || !each.called || each.mayBeAgain || known.approved,
            "{} is called twice, and must not be",
            known.key);
      }
    }
    now.called = true;
  }

  @Override
  public void settling(
      VirtualTask task, long extraTokens, long extraMoney, long tokens, long money) {
    Known known = tasks.get(keyOf(task));
    if (known != null) {
      Tried last = known.tries.getLast();
      last.usedTokens = tokens;
      last.usedMoney = money;
    }
  }

  /** Its call failed in a way that says that nothing was done. */
  void failed(String key, CallClass how) {
    Known known = tasks.get(key);
    if (known != null && (how == CallClass.UNAVAILABLE || how == CallClass.REJECTED)) {
      known.tries.getLast().mayBeAgain = true;
    }
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
      each.recovered = each.recovered > last ? NEVER : each.recovered;
      // What took its place stands for it, if that survived.
      boolean isAgain = each.isAgain && each.againAdmitted <= last;
      boolean before = isAgain ? each.againInDoubt : each.inDoubt;
      long since = isAgain ? each.againAdmitted : 0;
      each.inDoubt =
          before
              || each.tries.stream()
                  .anyMatch(tried -> tried.ended == NEVER && tried.started > since);
      each.isAgain = false;
      each.againAdmitted = NEVER;
    }
    for (Purse each : List.copyOf(jobs.values())) {
      each.closed = each.closed > last ? NEVER : each.closed;
      if (each.opened > last) {
        jobs.remove(each.id);
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
            && (as.payload() == null
                || Codecs.text(as.payload().bytes()).equals(known.key)),
        "{} is found with another argument",
        known.key);
    Violation.check(as.job().equals(known.job), "{} is found in job {}", known.key, as.job());
    Violation.check(as.isPart() == known.isPart, "{}: a part or not", known.key);
  }

  // Together with its parts, since what one leaves is its job's.
  private void checkJobs(Past past) {
    Map<String, Long> tokens = new HashMap<>();
    for (Past.PastJob each : past.jobs()) {
      Purse purse = jobs.get(each.id());
      Violation.check(purse != null, "job {} is found, and was never opened", each.id());
      tokens.merge(purse.root().id, each.carried().tokens(), Long::sum);
      Violation.check(
          each.isClosed() == (purse.closed != NEVER),
          "job {} is found closed: {}",
          each.id(),
          each.isClosed());
    }
    for (Purse each : jobs.values()) {
      if (each.parent == null && tokens.containsKey(each.id)) {
        long spent = spent(each);
        Violation.check(
            tokens.get(each.id) == spent,
            "job {} is found with {} tokens spent, but must be with {}",
            each.id,
            tokens.get(each.id),
            spent);
      }
      boolean isThere =
          tokens.containsKey(each.id)
              || past.closedIds().stream().anyMatch(id -> id.id().equals(each.id));
      Violation.check(
          isThere || each.parent != null || spent(each) == 0 || each.closed == NEVER,
          "job {} is closed, had spent {}, and its id may be used again",
          each.id,
          spent(each));
    }
  }

  /** Tokens charged to a job and its parts: what was used, or what was held by who is in doubt. */
  long spent(Purse root) {
    long sum = 0;
    for (Known each : tasks.values()) {
      Purse of = jobs.get(each.job);
      if (of != null && of.root() == root) {
        for (Tried tried : each.tries) {
          sum += tried.ended == NEVER ? tried.tokens : tried.usedTokens;
        }
      }
    }
    return sum;
  }

  private void checkAgents(Past past) {
    Map<String, Long> tokens = new HashMap<>();
    for (Known each : tasks.values()) {
      for (Tried tried : each.tries) {
        if (tried.isLimited) {
          tokens.merge(
              tried.agent, tried.ended == NEVER ? tried.tokens : tried.usedTokens, Long::sum);
        }
      }
    }
    tokens.forEach(
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

  // ---- recovery, and the end

  /** What became of a task must be what the rules say. */
  void fate(Past.PastTask task, Fate fate, @Nullable Handler<String, ?> registered) {
    Known known = null;
    for (Known each : tasks.values()) {
      known = each.run == task.run() && each.task == task.task() ? each : known;
    }
    if (known == null) {
      return;
    }
    Handler<String, ?> handler = registered == null ? null : known.handler;
    boolean isKept = handler != null && handler.payload() == Handler.Payload.FULL;
    switch (fate) {
      case WAITS ->
          Violation.check(isKept && !known.inDoubt, "{} waits, and must not", known.key);
      case RUNS_AGAIN ->
          Violation.check(
              isKept && known.inDoubt && !known.isOnce(), "{} runs again, and must not", known.key);
      case PARKED ->
          Violation.check(
              isKept && known.inDoubt && known.isOnce(), "{} is parked, and must not", known.key);
      case IN_DOUBT ->
          Violation.check(known.inDoubt, "{} ends in doubt, and is none", known.key);
      case LOST ->
          Violation.check(
              !known.inDoubt || !isKept, "{} is lost, and must be in doubt", known.key);
      case EXPIRED, POSTPONED -> {}
    }
  }

  /** All is at rest for good: nothing is left, and no budget was exceeded by what was used. */
  void checkEnd() {
    for (Known each : tasks.values()) {
      Violation.check(
          !each.isAlive(), "{} was admitted, and nobody heard of its end", each.key);
    }
    for (Purse each : jobs.values()) {
      if (each.parent == null && !isUnsure) {
        Violation.check(
            spent(each) <= each.budget,
            "job {} has spent {} tokens over all lives, and its budget is {}",
            each.id,
            spent(each),
            each.budget);
      }
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

  int size() {
    return tasks.size();
  }

  private static final class Codecs {
    static String text(byte[] bytes) {
      return io.headgate.Codec.UTF_8.decode(bytes);
    }
  }
}
