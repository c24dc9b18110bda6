package io.headgate.simulation;

import io.headgate.AgentSettings;
import io.headgate.HeadgateSettings;
import io.headgate.Refusal;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.admission.TokenBucket;
import io.headgate.engine.AttemptEnd;
import io.headgate.engine.Ending;
import io.headgate.engine.Engine;
import io.headgate.engine.Ledger;
import io.headgate.simulation.Books.Flow;
import io.headgate.simulation.Books.JobBooks;
import io.headgate.simulation.Books.Party;
import io.headgate.simulation.Books.Rivals;
import io.headgate.simulation.Books.State;
import io.headgate.simulation.Books.TaskBooks;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.helpers.MessageFormatter;

/**
 * Checks the design's invariants after every event, by plain counting from what was asked for and
 * what came of it. Written from the design; shares no code with the engine or the gates.
 *
 * <p>What is taken at the gates is noted after it was taken, what is given back before it is given
 * back: so between two steps of a submitter the books hold no more than the gates do, and a bound
 * that the books exceed is exceeded. Where nobody is between two steps, both must be equal.
 */
final class Referee implements Witness {
  static final int LANES = 9;

  private static final int CLASSES = 3;
  private static final int NEW = 2;
  private static final int BEGUN = 1;
  private static final long AGEING_NS = 60_000_000_000L;
  private static final long LEAST_TOKENS = 100;
  private static final long TICK_NS = 1_000_000;
  private static final int QUIET_LOOKS = 8;
  private static final double NS_PER_MINUTE = 60e9;

  /** Counters of served tokens may be whole thousandths. */
  private static final double SHARE_ROUNDING = 1e-3;

  private final World world;
  private final HeadgateSettings settings;
  private final Party all = new Party("all", -1);
  private final Map<Object, Party> parties = new LinkedHashMap<>();
  private final Map<VirtualJob, JobBooks> jobs = new LinkedHashMap<>();
  private final List<JobBooks> retired = new ArrayList<>();
  private final Map<VirtualTask, TaskBooks> tasks = new HashMap<>();
  private final Map<Long, Flow> flows = new LinkedHashMap<>();
  private final Map<Long, Rivals> rivals = new HashMap<>();
  private final PriorityQueue<TaskBooks> dues =
      new PriorityQueue<>((one, other) -> Long.compare(due(one), due(other)));
  private @Nullable VirtualHeadgate headgate;
  private int suspended;
  private boolean halted;
  private long stalledUntilNs;
  private long engineNs;
  private long timersBeforeNs = Long.MAX_VALUE;
  private long looks;
  private long lastTimerNs = -1;
  private long overdueNs = -1;
  private @Nullable VirtualTask endsByItself;
  private AttemptEnd ending = AttemptEnd.RETURNED;
  private @Nullable VirtualTask expectsResume;

  Referee(World world, HeadgateSettings settings) {
    this.world = world;
    this.settings = settings;
    all.maxInFlight = settings.maxInFlight();
    rate(all.bucket, settings.tokensPerMinute(), settings.burstTokens());
  }

  void watch(VirtualHeadgate headgate) {
    this.headgate = headgate;
  }

  private static void rate(Books.Bucket bucket, long tokensPerMinute, long burstTokens) {
    bucket.rated = tokensPerMinute != AgentSettings.NO_RATE;
    bucket.tokensPerNs = tokensPerMinute / NS_PER_MINUTE;
    bucket.burst = burstTokens == AgentSettings.ONE_MINUTE ? tokensPerMinute : burstTokens;
  }

  private static void check(boolean holds, String what, @Nullable Object... about) {
    if (!holds) {
      throw new Violation(MessageFormatter.basicArrayFormat(what, about));
    }
  }

  private Party party(Object gate) {
    Party party = parties.get(gate);
    if (party == null) {
      party = new Party(gate.toString(), parties.size());
      parties.put(gate, party);
      if (gate instanceof AgentGate agent) {
        rate(party.bucket, agent.settings().tokensPerMinute(), agent.settings().burstTokens());
      }
    }
    return party;
  }

  private JobBooks books(VirtualJob job) {
    JobBooks books = jobs.get(job);
    if (books == null) {
      throw new Violation(job + " is unknown");
    }
    return books;
  }

  private TaskBooks books(VirtualTask task) {
    TaskBooks books = tasks.get(task);
    if (books == null) {
      throw new Violation(task + " is unknown or gone");
    }
    return books;
  }

  private static long due(TaskBooks task) {
    return task.state == State.WAITING ? task.startByNs() : task.deadlineNs;
  }

  // ---- at the gates

  @Override
  public void jobMade(VirtualJob job) {
    VirtualJob parent = job.parentJob();
    JobBooks of = new JobBooks(job, parent == null ? null : books(parent));
    jobs.put(job, of);
    if (of.parent != null) {
      of.parent.children.add(of);
      of.parent.live++;
      of.parent.reserved += job.carvedTokens();
      of.parent.reservedMoney += job.carvedMoneyNanos();
      checkBudget(of.parent);
    }
  }

  @Override
  public void jobShut(VirtualJob job) {
    JobBooks of = jobs.get(job);
    if (of != null) { // else it has retired, and is forgotten
      of.shut = true;
      finish(of);
    }
  }

  @Override
  public void taken(VirtualTask task) {
    Party agent = party(task.agentGate());
    agent.atGates++;
    all.atGates++;
    check(
        all.atGates <= settings.maxWaiting(),
        "{} places are taken of {}",
        all.atGates,
        settings.maxWaiting());
    if (!agent.changed) {
      int max = task.agentGate().settings().maxWaiting();
      check(agent.atGates <= max, "{} has taken {} places of {}", agent, agent.atGates, max);
    }
    boolean others = world.othersInAdmissionSince(task.admittedNs());
    agent.bucket.take(task.tokens(), task.admittedNs(), others);
    all.bucket.take(task.tokens(), task.admittedNs(), others);
    JobBooks job = books(task.job());
    unfinish(job);
    job.live++;
    job.reserved += task.tokens();
    job.reservedMoney += task.moneyNanos();
    check(
        job.live <= job.job.settings.maxTasks(),
        "{} has {} live of {}",
        job.job,
        job.live,
        job.job.settings.maxTasks());
    checkBudget(job);
  }

  // Invariant 4: reserved and charged by our own decision never exceed the budget.
  // While others are between two steps, an overspend that they cause may not be told yet: then the
  // account itself is compared, as soon as they are through.
  private void checkBudget(JobBooks job) {
    if (!job.overspent && !world.othersInAdmissionSince(Long.MAX_VALUE)) {
      check(
          !job.tokensBounded() || job.reserved + job.spent <= job.job.tokenBudget(),
          "{} has reserved {} and spent {} of {} tokens",
          job.job,
          job.reserved,
          job.spent,
          job.job.tokenBudget());
      check(
          !job.moneyBounded() || job.reservedMoney + job.spentMoney <= job.job.moneyBudget(),
          "{} has reserved {} and spent {} of {} nano-dollars",
          job.job,
          job.reservedMoney,
          job.spentMoney,
          job.job.moneyBudget());
    }
  }

  // Nobody is refused without a cause. Only where no submitter is ever held up: else what it was
  // refused for may be over before it is noted.
  @Override
  public void refused(VirtualJob job, AgentGate agent, TargetGate target, Refusal reason) {
    if (world.faults.yieldShare() > 0) {
      return;
    }
    Party asker = party(agent);
    Party asked = party(target);
    JobBooks of = jobs.get(job);
    boolean cause =
        switch (reason) {
          case WAITING_ROOM_FULL -> all.atGates >= settings.maxWaitingNew();
          case AGENT_WAITING_ROOM_FULL -> asker.atGates >= agent.settings().maxWaiting();
          case TARGET_OVERRUN -> asked.overruns >= asked.maxOverruns;
          case JOB_CLOSED -> of == null || of.shut || !of.open || of.overspent;
          case JOB_TASKS_FULL -> of != null && of.live >= job.settings.maxTasks();
          case DEADLINE_PASSED -> world.nanoTime() >= job.deadlineNs();
          case AGENT_RATE -> asker.bucket.rated;
          case GLOBAL_RATE -> all.bucket.rated;
          case TOKEN_BUDGET -> of == null || of.tokensBounded();
          case MONEY_BUDGET -> of == null || of.moneyBounded();
          case LEVEL, TARGET_UNAVAILABLE, AGENT_PAUSED -> false; // no policy can cause them yet
          default -> true;
        };
    check(cause, "{} at {} is refused for {}, and there is no cause", agent, target, reason);
  }

  @Override
  public void enlarged(VirtualTask task, long tokens, long money) {
    JobBooks job = books(task.job());
    job.reserved += tokens;
    job.reservedMoney += money;
    checkBudget(job);
  }

  @Override
  public void givingBack(VirtualTask task) {
    Party agent = party(task.agentGate());
    agent.atGates--;
    all.atGates--;
    settle(task, 0, 0, 0, 0, task.admittedNs());
  }

  @Override
  public void settling(
      VirtualTask task, long extraTokens, long extraMoney, long tokens, long money) {
    JobBooks job = books(task.job());
    // What a provider reports beyond what is held may be more than is left: then it is overspent.
    if ((job.tokensBounded()
            && tokens > task.tokens() + extraTokens
            && job.reserved - task.tokens() - extraTokens + job.spent + tokens
                > job.job.tokenBudget())
        || (job.moneyBounded()
            && money > task.moneyNanos() + extraMoney
            && job.reservedMoney - task.moneyNanos() - extraMoney + job.spentMoney + money
                > job.job.moneyBudget())) {
      markOverspent(job);
    }
    settle(task, extraTokens, extraMoney, tokens, money, world.nanoTime());
  }

  private static void markOverspent(JobBooks job) {
    for (JobBooks at = job; at != null; at = at.parent) {
      at.overspent = true;
    }
  }

  private void settle(
      VirtualTask task, long extraTokens, long extraMoney, long tokens, long money, long nowNs) {
    Party agent = party(task.agentGate());
    boolean others = !world.gatesAreQuiet();
    agent.bucket.settle(task.tokens(), tokens, nowNs, world.nanoTime(), others);
    all.bucket.settle(task.tokens(), tokens, nowNs, world.nanoTime(), others);
    JobBooks job = books(task.job());
    job.live--;
    job.reserved -= task.tokens() + extraTokens;
    job.spent += tokens;
    job.reservedMoney -= task.moneyNanos() + extraMoney;
    job.spentMoney += money;
    check(job.live >= 0, "{} settled more often than it reserved", job.job);
    checkBudget(job);
    finish(job);
  }

  // A sub-job returns its rest exactly once, when it is closed and its last reservation is settled.
  private void finish(JobBooks from) {
    for (JobBooks job = from;
        job != null && job.shut && job.live == 0 && !job.returned;
        job = job.parent) {
      job.returned = true;
      JobBooks parent = job.parent;
      if (parent != null) {
        parent.live--;
        parent.reserved -= job.job.carvedTokens();
        parent.spent += job.spent;
        parent.reservedMoney -= job.job.carvedMoneyNanos();
        parent.spentMoney += job.spentMoney;
        checkBudget(parent);
      }
    }
  }

  // A submitter was held up between its take and its note: what looked finished meanwhile was not.
  private static void unfinish(JobBooks from) {
    for (JobBooks job = from; job != null && job.returned; job = job.parent) {
      job.returned = false;
      JobBooks parent = job.parent;
      if (parent != null) {
        parent.live++;
        parent.reserved += job.job.carvedTokens();
        parent.spent -= job.spent;
        parent.reservedMoney += job.job.carvedMoneyNanos();
        parent.spentMoney -= job.spentMoney;
      }
    }
  }

  // ---- at an attempt's thread

  // Invariant 5, once more: the thread may have come late to its call.
  @Override
  public void calling(VirtualTask task, long nowNs) {
    check(
        nowNs <= task.startByNs(),
        "{} is called {} ns after its TTL",
        task,
        nowNs - task.startByNs());
    check(nowNs <= task.job().deadlineNs(), "{} is called after its job's deadline", task);
  }

  // ---- at the engine: inputs

  @Override
  public void advancing(long stampNs) {
    timersBeforeNs = stampNs;
  }

  @Override
  public void agentSet(AgentGate agent, AgentSettings settings) {
    Party party = party(agent);
    party.bucket.changed = party.set;
    party.changed = party.set;
    party.set = true;
    party.gone = false;
    party.maxInFlight = settings.maxInFlight();
    party.weight = settings.weight();
  }

  @Override
  public void targetSet(TargetGate target, TargetSettings settings) {
    Party party = party(target);
    party.gone = false;
    party.maxInFlight = settings.maxInFlight();
    party.maxOverruns = settings.overrunLimit();
  }

  @Override
  public void agentGone(AgentGate agent) {
    Party party = party(agent);
    party.gone = true;
    party.changed = true;
  }

  @Override
  public void targetGone(TargetGate target) {
    party(target).gone = true;
  }

  @Override
  public void halting() {
    halted = true;
  }

  @Override
  public void applying(Input input) {
    checkResumed();
    checkPrompt(input);
    timersBeforeNs = Long.MAX_VALUE;
    engineNs = Math.max(engineNs, input.stampNs);
    VirtualTask task = input.task;
    endsByItself = null;
    switch (input.kind) {
      case TASK_ADMITTED -> {
        if (task != null) {
          admitted(task);
        }
      }
      case ATTEMPT_ENDED -> {
        VirtualAttempt attempt = input.attempt;
        if (task != null && attempt != null) {
          attemptEnds(books(task), attempt);
        }
      }
      case JOIN_BEGAN -> {
        VirtualTask other = input.other;
        if (task != null && other != null) {
          joinBegins(books(task), tasks.get(other), input.join);
        }
      }
      case JOIN_ABANDONED -> {
        if (task != null) {
          TaskBooks of = tasks.get(task);
          if (of != null && of.state == State.SUSPENDED && of.join == input.join) {
            stopWaiting(of);
          }
        }
      }
      case JOB_OPENED -> {
        if (input.job != null) {
          JobBooks job = books(input.job);
          job.begun = job.parent != null && job.parent.begun;
        }
      }
      case TASK_CANCELLED, JOB_CLOSED, COMMAND -> {}
    }
  }

  // Whatever is published wakes the dispatcher: an input waits for a stall, and for nothing else.
  private void checkPrompt(Input input) {
    long waitedNs = world.agenda.nowNs() - Math.max(input.publishedNs, stalledUntilNs);
    check(
        waitedNs <= TICK_NS,
        "{} number {} lay in the ring for {} ns, and the dispatcher slept",
        input.kind,
        input.sequence,
        waitedNs);
  }

  private void admitted(VirtualTask task) {
    JobBooks job = books(task.job());
    Party agent = party(task.agentGate());
    Party target = party(task.targetGate());
    long dueNs = Math.min(Math.min(task.startByNs(), job.job.deadlineNs()), engineNs + AGEING_NS);
    var of = new TaskBooks(task, agent, target, job, dueNs);
    check(tasks.put(task, of) == null, "{} was admitted twice", task);
    job.tasks++;
    for (Party party : new Party[] {all, agent, target}) {
      party.waiting++;
      party.live++;
      party.reservedTokens += task.tokens();
    }
    check(
        all.waiting <= settings.maxWaiting(), "{} wait of {}", all.waiting, settings.maxWaiting());
    of.lane = task.priority().ordinal() * CLASSES + (task.isChild() ? 0 : job.begun ? BEGUN : NEW);
    queue(of);
    job.waiting.put(task, of);
    dues.add(of);
    world.mix(task.taskId());
  }

  private Flow flow(TaskBooks task) {
    long key = ((long) task.agent.index << 32) | ((long) task.target.index << 8) | task.lane;
    return flows.computeIfAbsent(key, k -> new Flow(task.agent, task.target, task.lane));
  }

  private void queue(TaskBooks task) {
    flow(task).tasks.add(task);
  }

  private void unqueue(TaskBooks task) {
    check(flow(task).tasks.remove(task), "{} does not wait", task);
  }

  private void leaveWaiting(TaskBooks task) {
    unqueue(task);
    task.job.waiting.remove(task.task);
    all.waiting--;
    task.target.waiting--;
    if (--task.agent.waiting == 0) {
      emptied(task.agent);
    }
  }

  private static void emptied(Party agent) {
    agent.emptied++;
    agent.period++;
  }

  private void attemptEnds(TaskBooks task, VirtualAttempt attempt) {
    if (task.state != State.RUNNING) {
      throw new Violation(task + " ended its attempt while " + task.state);
    }
    if (attempt.overspent()) {
      // More was reserved than is noted yet, where a submitter is held up: then only this says so.
      check(
          attempt.settledTokens() > task.task.tokens()
              || attempt.settledMoney() > task.task.moneyNanos(),
          "{} overspent, and used no more than it had reserved",
          task);
      markOverspent(task.job);
    }
    endsByItself = task.task;
    ending = attempt.end();
    task.job.engineSpent += attempt.settledTokens();
    task.job.engineSpentMoney += attempt.settledMoney();
    for (Party party : new Party[] {all, task.agent, task.target}) {
      party.spentTokens += attempt.settledTokens();
    }
    served(task, cost(task.agent, attempt.settledTokens()) - task.served);
    if (task.ended) {
      overrun(task, false);
    }
  }

  private void overrun(TaskBooks task, boolean begins) {
    check(task.overrun != begins, "{}: overrun counted twice", task);
    task.overrun = begins;
    int change = begins ? 1 : -1;
    all.overruns += change;
    task.target.overruns += change;
  }

  // ---- joins

  private void joinBegins(TaskBooks task, @Nullable TaskBooks other, int join) {
    check(task.state == State.RUNNING, "{} joins while {}", task, task.state);
    task.join = join;
    if (task.ended || other == null || other.ended) {
      expectsResume = task.task;
      return;
    }
    boolean circle = false;
    for (TaskBooks at = other; at != null; at = at.waitsFor) {
      circle |= at == task;
    }
    if (circle || suspended == settings.maxSuspended()) {
      if (circle) {
        world.hit(FaultPoint.CIRCLE_OF_JOINS);
      }
      expectsResume = task.task;
      return;
    }
    task.state = State.SUSPENDED;
    task.waitsFor = other;
    other.waiters.add(task);
    suspended++;
    permits(task, -1);
  }

  private void permits(TaskBooks task, int change) {
    all.running += change;
    task.agent.running += change;
    task.target.running += change;
    if (change > 0) {
      checkCap(all);
      checkCap(task.agent);
      checkCap(task.target);
    }
  }

  // Invariant 3. A cap that was lowered below what runs holds back starts, and stops nothing.
  private static void checkCap(Party party) {
    check(
        party.running <= party.maxInFlight,
        "{} runs {} of {}",
        party,
        party.running,
        party.maxInFlight);
  }

  private void claim(TaskBooks task, int change) {
    all.claimed += change;
    task.agent.claimed += change;
    task.target.claimed += change;
  }

  private void stopWaiting(TaskBooks task) {
    TaskBooks awaited = task.waitsFor;
    if (awaited != null) {
      awaited.waiters.remove(task);
    }
    task.waitsFor = null;
    task.state = State.RESUMING;
    claim(task, 1);
  }

  private void checkResumed() {
    check(expectsResume == null, "{} was to go on from its join, and did not", expectsResume);
  }

  @Override
  public void resumed(VirtualTask resumed, int join) {
    TaskBooks task = books(resumed);
    check(task.join == join, "{} resumed from join {}, not from {}", task, join, task.join);
    world.mix(join);
    if (expectsResume == resumed) {
      expectsResume = null;
      check(task.state == State.RUNNING, "{} goes on while {}", task, task.state);
      return;
    }
    // Invariant 7: it has its permits again before join returns.
    check(task.state == State.RESUMING, "{} resumed while {}", task, task.state);
    task.state = State.RUNNING;
    suspended--;
    claim(task, -1);
    permits(task, 1);
    if (task.ended) {
      overrun(task, true);
    }
  }

  // ---- starts

  @Override
  public void started(VirtualTask started, int attempt, long nowNs, long deadlineNs) {
    seen(nowNs);
    TaskBooks task = books(started);
    check(task.state == State.WAITING && !task.ended, "{} started while {}", task, task.state);
    check(attempt == 1, "{} started attempt {}", task, attempt);
    check(!halted, "{} started after the halt", task);
    check(task.job.open, "{} started after its job was closed", task);
    check(!task.agent.gone && !task.target.gone, "{} started after a removal", task);
    // Invariant 5.
    check(nowNs <= started.startByNs(), "{} started after its TTL", task);
    check(nowNs <= task.job.job.deadlineNs(), "{} started after its job's deadline", task);
    long expectedNs = Math.min(nowNs + started.timeoutNs(), task.job.job.deadlineNs());
    check(deadlineNs == expectedNs, "{} got the deadline {}, not {}", task, deadlineNs, expectedNs);
    check(
        task.target.overruns < task.target.maxOverruns,
        "{} started in spite of {} overruns",
        task,
        task.target.overruns);
    checkOrder(task);
    // Who waits for its permits in a join comes first.
    check(
        all.hasPermit() && task.agent.hasPermit() && task.target.hasPermit(),
        "{} started without a permit to spare: all {}+{}, agent {}+{}, target {}+{}",
        task,
        all.running,
        all.claimed,
        task.agent.running,
        task.agent.claimed,
        task.target.running,
        task.target.claimed);
    checkShare(task);
    task.emptiedBefore = task.agent.emptied; // it may itself be the last to leave
    leaveWaiting(task);
    task.state = State.RUNNING;
    task.deadlineNs = deadlineNs;
    permits(task, 1);
    dues.add(task);
    task.agent.atGates--;
    all.atGates--;
    task.served = cost(task.agent, started.tokens());
    served(task, task.served);
    world.mix(started.taskId());
  }

  private static boolean mayStart(Flow flow) {
    return !flow.tasks.isEmpty()
        && flow.agent.hasPermit()
        && flow.target.hasPermit()
        && flow.target.overruns < flow.target.maxOverruns;
  }

  // Bands before classes before shares before deadlines.
  private void checkOrder(TaskBooks task) {
    for (Flow flow : flows.values()) {
      check(
          flow.lane >= task.lane || !mayStart(flow),
          "{} started in lane {}, and {} waits in lane {}",
          task,
          task.lane,
          flow.tasks.isEmpty() ? null : flow.tasks.first(),
          flow.lane);
    }
    Flow own = flow(task);
    TaskBooks first = own.tasks.first();
    check(first == task, "{} started before {}", task, first);
  }

  private static double cost(Party agent, long tokens) {
    return (double) Math.max(tokens, LEAST_TOKENS) / agent.weight;
  }

  private static void served(TaskBooks task, double change) {
    Party agent = task.agent;
    agent.served += change;
    agent.servings++;
    // Of what was counted before it came back from idleness, a part may be forgiven already.
    if (change < 0 && task.emptiedBefore != agent.emptied) {
      agent.period++;
    }
  }

  /*
   * Virtual Token Counter (Sheng et al., OSDI'24): of those that may start in a lane, the one starts
   * that was served least for its weight. By how much each is forgiven as it comes back from
   * idleness is not known here, but between two such moments it does not change: so there is no
   * start of the one at which it was further ahead of the other than at a start of the other.
   */
  private void checkShare(TaskBooks task) {
    for (Flow flow : flows.values()) {
      if (flow.lane == task.lane && flow.agent != task.agent && mayStart(flow)) {
        checkShare(task.agent, flow.agent);
      }
    }
  }

  private void checkShare(Party starting, Party waiting) {
    boolean inOrder = starting.index < waiting.index;
    Party one = inOrder ? starting : waiting;
    Party other = inOrder ? waiting : starting;
    Rivals of =
        rivals.compute(
            ((long) one.index << 32) | other.index,
            (_, known) -> known != null && known.isOf(one, other) ? known : new Rivals(one, other));
    double ahead = one.served - other.served;
    if (inOrder) {
      of.mostAsOneStarted = Math.max(of.mostAsOneStarted, ahead);
    } else {
      of.leastAsOtherStarted = Math.min(of.leastAsOtherStarted, ahead);
    }
    double tooMuch = of.mostAsOneStarted - of.leastAsOtherStarted;
    check(
        tooMuch <= 1 + SHARE_ROUNDING * (one.servings + other.servings),
        "{} started before {}, which was served {} tokens less for its weight",
        starting,
        waiting,
        tooMuch);
  }

  // ---- ends

  @Override
  public void stopAsked(VirtualTask stopped) {
    TaskBooks task = books(stopped);
    check(task.state == State.RUNNING, "{} is to be stopped while {}", task, task.state);
    world.mix(stopped.taskId());
  }

  @Override
  public void ended(VirtualTask ended, Ending how, boolean waiting, long nowNs, long ranNs) {
    seen(nowNs);
    TaskBooks task = books(ended);
    // Invariant 2.
    check(!task.ended && ended.ending == null, "{} ended twice", task);
    check(waiting == (task.state == State.WAITING), "{} ended as {}", task, task.state);
    checkCause(task, how, nowNs);
    task.ended = true;
    for (TaskBooks waiter : task.waiters.toArray(TaskBooks[]::new)) {
      stopWaiting(waiter);
    }
    if (waiting) {
      leaveWaiting(task);
      task.agent.atGates--;
      all.atGates--;
      settle(ended, 0, 0, 0, 0, nowNs);
      gone(task);
    } else if (task.state == State.SUSPENDED) {
      stopWaiting(task);
    } else if (task.state == State.RUNNING && endsByItself != ended) {
      overrun(task, true);
      dues.remove(task);
    }
    world.mix(ended.taskId() * 31 + how.ordinal());
  }

  private void byTimer(long dueNs) {
    if (dueNs == lastTimerNs) {
      world.hit(FaultPoint.TIMERS_OF_ONE_MOMENT);
    }
    lastTimerNs = dueNs;
  }

  private void checkCause(TaskBooks task, Ending how, long nowNs) {
    long jobNs = task.job.job.deadlineNs();
    boolean byItself = endsByItself == task.task;
    boolean unrun = task.state == State.WAITING || (byItself && !ending.started());
    switch (how) {
      case COMPLETED ->
          check(byItself && ending == AttemptEnd.RETURNED, "{} completed by itself", task);
      case FAILED -> check(byItself && ending == AttemptEnd.THREW, "{} failed by itself", task);
      case CUT_OFF ->
          check(byItself && ending == AttemptEnd.CUT_OFF, "{} was cut off by itself", task);
      case TIMED_OUT_TIMEOUT, TIMED_OUT_JOB -> {
        boolean byJob = how == Ending.TIMED_OUT_JOB;
        check(task.state != State.WAITING, "{} timed out while it waited", task);
        check(!byJob || nowNs >= jobNs, "{} timed out {} ns before its job", task, jobNs - nowNs);
        check(
            unrun || nowNs == (byJob ? jobNs : task.deadlineNs),
            "{} timed out at {}, and its deadline is {}",
            task,
            nowNs,
            byJob ? jobNs : task.deadlineNs);
        checkTimer(task, byJob ? jobNs : task.deadlineNs);
        checkTick(task, byJob ? jobNs : task.deadlineNs);
        byTimer(nowNs);
      }
      case EXPIRED_TTL -> {
        check(unrun, "{} expired while it ran", task);
        check(
            nowNs >= task.task.startByNs(),
            "{} expired {} ns before its TTL",
            task,
            task.task.startByNs() - nowNs);
        checkTimer(task, task.task.startByNs());
        if (!byItself) {
          checkTick(task, task.task.startByNs());
          byTimer(nowNs);
        }
      }
      case EXPIRED_JOB -> {
        check(unrun, "{} expired while it ran", task);
        check(nowNs >= jobNs, "{} expired {} ns before its job", task, jobNs - nowNs);
        checkTimer(task, jobNs);
      }
      case CANCELLED_CALLER -> check(task.task.cancelled, "{} was cancelled by nobody", task);
      case CANCELLED_JOB_CLOSED ->
          check(
              task.job.shut || !task.job.open || task.job.overspent,
              "{} was cancelled with its job, which is open",
              task);
      case CANCELLED_SHUTDOWN -> check(halted, "{} was cancelled by no halt", task);
      case CANCELLED_REMOVED ->
          check(task.agent.gone || task.target.gone, "{} was cancelled by no removal", task);
      case CANCELLED_WOULD_DEADLOCK ->
          check(expectsResume != null, "{} was ended for no circle", task);
    }
  }

  // An input of the very moment of a timer comes before it: a task may start until its time is
  // over.
  private void checkTimer(TaskBooks task, long dueNs) {
    check(
        timersBeforeNs == Long.MAX_VALUE || dueNs < timersBeforeNs,
        "{}: its timer of {} fired before the inputs of that moment",
        task,
        dueNs);
  }

  // Invariant 5: a deadline interrupts within one tick, unless the process itself was held up.
  private void checkTick(TaskBooks task, long dueNs) {
    long lateNs = world.nanoTime() - dueNs;
    boolean heldUp =
        world.faults.clockJumps() > 0
            || stalledUntilNs >= world.agenda.nowNs() - lateNs
            || task.task.admittedNs() > dueNs - TICK_NS;
    check(heldUp || lateNs <= TICK_NS, "{}: its deadline was noticed {} ns late", task, lateNs);
  }

  @Override
  public void attemptOver(VirtualTask over, long nowNs) {
    seen(nowNs);
    TaskBooks task = books(over);
    check(task.ended, "{} has no outcome, and its attempt is over", task);
    check(task.state == State.RUNNING, "{} is over while {}", task, task.state);
    permits(task, -1);
    gone(task);
  }

  private void gone(TaskBooks task) {
    task.state = State.GONE;
    tasks.remove(task.task);
    dues.remove(task);
    task.job.tasks--;
    for (Party party : new Party[] {all, task.agent, task.target}) {
      party.live--;
      party.reservedTokens -= task.task.tokens();
    }
  }

  // ---- jobs

  @Override
  public void jobBegun(VirtualJob job) {
    JobBooks of = books(job);
    check(!of.begun, "{} began twice", job);
    of.begun = true;
    for (TaskBooks task : of.waiting.values().toArray(TaskBooks[]::new)) {
      if (task.lane % CLASSES == NEW) {
        unqueue(task);
        task.lane--;
        queue(task);
      }
    }
  }

  @Override
  public void jobClosed(VirtualJob job) {
    JobBooks of = books(job);
    check(of.open, "{} was closed twice", job);
    boolean cause =
        of.shut
            || of.overspent
            || halted
            || engineNs >= job.deadlineNs()
            || (of.parent != null && (!of.parent.open || of.parent.retired));
    check(cause || world.nanoTime() >= job.deadlineNs(), "{} was closed by nobody", job);
    of.open = false;
    of.shut = true;
    finish(of);
  }

  @Override
  public void jobRetired(VirtualJob job, long tokens, long money) {
    JobBooks of = books(job);
    check(!of.open && !of.retired, "{} retired while it is open, or twice", job);
    check(of.tasks == 0, "{} retired with {} tasks", job, of.tasks);
    check(
        tokens == of.engineSpent && money == of.engineSpentMoney,
        "{} spent {} tokens by the ledger, and {} were settled",
        job,
        tokens,
        of.engineSpent);
    of.retired = true;
    retired.add(of);
    if (of.parent != null) {
      of.parent.engineSpent += tokens;
      of.parent.engineSpentMoney += money;
      of.parent.children.remove(of);
    }
    world.mix(tokens);
  }

  // ---- the dispatcher

  @Override
  public void stalled(long untilNs) {
    stalledUntilNs = Math.max(stalledUntilNs, untilNs);
  }

  private void seen(long nowNs) {
    engineNs = Math.max(engineNs, nowNs);
  }

  @Override
  public void turnOver(boolean quiet) {
    checkResumed();
    endsByItself = null;
    timersBeforeNs = Long.MAX_VALUE;
    VirtualHeadgate headgate = this.headgate;
    if (headgate == null) {
      return;
    }
    checkLedgers(headgate.engine);
    checkDues(headgate.engine);
    checkWork();
    forgetRetired();
    if (quiet && ++looks % QUIET_LOOKS == 0) {
      checkGates(headgate);
    }
  }

  // A submitter that took from a job, and was held up before that was noted, is still to come.
  private void forgetRetired() {
    if (!world.gatesAreQuiet()) {
      return;
    }
    retired.removeIf(
        job -> {
          boolean forgotten = job.live == 0 && (job.returned || job.parent == null);
          return forgotten && jobs.remove(job.job) != null;
        });
  }

  private void checkLedgers(Engine engine) {
    checkLedger(all, engine.ledger());
    check(
        engine.suspended() == suspended,
        "the engine knows {} suspended, and there are {}",
        engine.suspended(),
        suspended);
    parties.forEach(
        (gate, party) -> {
          Ledger ledger =
              gate instanceof AgentGate agent
                  ? engine.ledgerOf(agent)
                  : engine.ledgerOf((TargetGate) gate);
          if (ledger != null) {
            checkLedger(party, ledger);
          }
        });
  }

  private static void checkLedger(Party party, Ledger ledger) {
    equal(party, "waiting", ledger.waiting(), party.waiting);
    equal(party, "running", ledger.running(), party.running);
    equal(party, "live", ledger.live(), party.live);
    equal(party, "overruns", ledger.overruns(), party.overruns);
    equal(party, "reserved tokens", ledger.reservedTokens(), party.reservedTokens);
    equal(party, "spent tokens", ledger.spentTokens(), party.spentTokens);
  }

  private static void equal(Object whose, String what, long said, long counted) {
    check(said == counted, "{} of {} is {}, and counted are {}", what, whose, said, counted);
  }

  // No permit lies idle while a task waits that could take it.
  private void checkWork() {
    if (halted || !all.hasPermit()) {
      return;
    }
    for (Flow flow : flows.values()) {
      check(
          !mayStart(flow) || flow.target.gone || flow.agent.gone,
          "{} waits, and there are permits: all {}+{} of {}",
          flow.tasks.isEmpty() ? "nobody" : flow.tasks.first(),
          all.running,
          all.claimed,
          all.maxInFlight);
    }
  }

  // Nothing is past its time and still as it was.
  private void checkDues(Engine engine) {
    TaskBooks first = dues.peek();
    while (first != null && (first.ended || first.state == State.GONE)) {
      dues.poll();
      first = dues.peek();
    }
    check(
        first == null || due(first) >= engine.nowNs(),
        "{} is {}, and was due {} ns ago",
        first,
        first == null ? null : first.state,
        first == null ? 0 : engine.nowNs() - due(first));
    // A job may be opened after its own deadline, by an opener that was held up: the next turn ends
    // it.
    long timerNs = engine.nextTimerNs();
    boolean overdue = timerNs < engine.nowNs();
    check(
        !overdue || timerNs != overdueNs,
        "a timer was due {} ns ago, and a turn ago",
        engine.nowNs() - timerNs);
    overdueNs = overdue ? timerNs : -1;
  }

  /** Invariant 1, where nobody is between two steps: what the gates hold is what the books hold. */
  void checkGates(VirtualHeadgate headgate) {
    equal(all, "places at the gates", headgate.gates.waitingRoom().taken(), all.atGates);
    checkBucket(all, headgate.gates.bucket());
    parties.forEach(
        (gate, party) -> {
          if (gate instanceof AgentGate agent) {
            equal(party, "places at the gates", agent.waitingRoom().taken(), party.atGates);
            checkBucket(party, agent.bucket());
          }
        });
    for (JobBooks job : jobs.values()) {
      checkAccount(job);
    }
  }

  private static void checkAccount(JobBooks job) {
    equal(job.job, "live reservations", job.job.liveReservations(), job.live);
    if (job.overspent) {
      check(
          job.job.isClosed()
              || job.parent != null
              || !job.children.isEmpty()
              || job.job.overspentTokens() == 0,
          "{} overspent, and is open",
          job.job);
    } else {
      if (job.tokensBounded()) {
        equal(
            job.job,
            "tokens left",
            job.job.tokensLeft(),
            job.job.tokenBudget() - job.reserved - job.spent);
      }
      if (job.moneyBounded()) {
        equal(
            job.job,
            "nano-dollars left",
            job.job.moneyLeft(),
            job.job.moneyBudget() - job.reservedMoney - job.spentMoney);
      }
    }
  }

  // A submitter that was held up took at a time of its own, so what dripped in meanwhile may
  // differ.
  private void checkBucket(Party party, TokenBucket bucket) {
    Books.Bucket books = party.bucket;
    if (!books.rated || books.changed || world.faults.clockJumps() > 0) {
      return;
    }
    long nowNs = world.nanoTime();
    books.fill(nowNs);
    double slack =
        2
            + books.burst * 1e-6
            + books.takes * books.tokensPerNs * 2 // each cost is rounded up to a nanosecond
            + books.tokensPerNs * (world.faults.maxYieldNs() * 32.0 + TICK_NS)
            + party.live;
    long wanted = (long) Math.max(1, books.burst);
    double missing = bucket.waitNs(wanted, nowNs) * books.tokensPerNs;
    check(
        missing - books.missing <= slack + books.doubtOfLess
            && books.missing - missing <= slack + books.doubt,
        "the bucket of {} misses {} tokens, and counted are {}, give or take {}",
        party,
        missing,
        books.missing,
        slack);
  }

  /** All is over: everything is back where it began, to the last one. */
  void checkRest(VirtualHeadgate headgate) {
    check(
        tasks.isEmpty(),
        "{} tasks are left, of them {}",
        tasks.size(),
        tasks.isEmpty() ? null : tasks.values().iterator().next());
    equal(all, "places", all.atGates, 0);
    equal(all, "running", all.running, 0);
    equal(all, "suspended", suspended, 0);
    check(headgate.engine.isIdle(), "the engine is not idle");
    equal("the engine", "open jobs", headgate.engine.openJobs(), 0);
    checkLedgers(headgate.engine);
    checkGates(headgate);
    for (JobBooks job : jobs.values()) {
      check(job.retired && job.live == 0, "{} is left", job.job);
    }
  }
}
