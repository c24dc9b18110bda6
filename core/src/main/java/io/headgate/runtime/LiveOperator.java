package io.headgate.runtime;

import io.headgate.Agent;
import io.headgate.By;
import io.headgate.JobSettings;
import io.headgate.Operator;
import io.headgate.OperatorAnswer;
import io.headgate.OperatorAnswer.AlreadyDone;
import io.headgate.OperatorAnswer.Conflict;
import io.headgate.OperatorAnswer.Done;
import io.headgate.OperatorAnswer.Impossible;
import io.headgate.OperatorWord;
import io.headgate.ParkPolicy;
import io.headgate.ParkPolicy.Action;
import io.headgate.ParkReason;
import io.headgate.ParkedTask;
import io.headgate.Priority;
import io.headgate.Target;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Gates;
import io.headgate.admission.JobRates;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;
import io.headgate.engine.Engine;
import io.headgate.engine.ParkedLook;
import io.headgate.engine.Unparked;
import io.headgate.recovery.OperatorSubject;
import io.headgate.runtime.OperatorLog.Standing;
import io.headgate.runtime.OperatorLog.StandingWord;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Brings an operator's words to the engine, in the order of the ring, and keeps who said what. */
final class LiveOperator implements Operator {
  private static final long NANOS_PER_MICRO = 1_000;
  private static final Duration LEAST = Duration.ofMillis(1);
  private static final Duration MOST = Duration.ofDays(7);

  /** Before the time for which a word holds. */
  private static final String FOR = "for ";

  /** Parked tasks that are looked at in one go. */
  private static final int SLICE = 1_024;

  private static final OperatorAnswer CLOSED =
      new Impossible("this Headgate is closed, and nothing starts any more; build another one");

  /** Does it, and says why not if it could not. */
  @FunctionalInterface
  private interface Deed {
    @Nullable String on(Engine engine, long stampNs);
  }

  private final LiveHeadgate runtime;
  private final Observer observer;
  private final @Nullable JournalSink journal;

  // The dispatcher's.
  private final OperatorLog log = new OperatorLog();

  LiveOperator(LiveHeadgate runtime, Observer observer, @Nullable JournalSink journal) {
    this.runtime = runtime;
    this.observer = observer;
    this.journal = journal;
  }

  // ---- parked tasks

  // In slices, between which the dispatcher does other things; of who was parked again meanwhile
  // the later word counts.
  @Override
  public List<ParkedTask> parked() {
    Map<Long, ParkedTask> parked = new LinkedHashMap<>();
    var look = new ParkedLook();
    List<ParkedTask> slice;
    do {
      slice =
          runtime.ask(
              (engine, stampNs) -> {
                engine.advance(stampNs);
                List<ParkedTask> some = new ArrayList<>();
                boolean _ =
                    engine.lookAtParked(
                        look,
                        SLICE,
                        (task, reason, policy, parkedNs, actionNs) ->
                            some.add(parked(task, reason, policy, parkedNs, actionNs, stampNs)));
                return some;
              });
      slice.forEach(each -> parked.put(each.taskId(), each));
    } while (slice.size() == SLICE);
    return new ArrayList<>(parked.values());
  }

  private static ParkedTask parked(
      Reservation task,
      ParkReason reason,
      ParkPolicy policy,
      long parkedNs,
      long actionNs,
      long nowNs) {
    return new ParkedTask(
        task.taskId(),
        ((TaskHandle<?>) task).job().id(),
        task.agentGate().id(),
        task.targetGate().id(),
        reason,
        task.tokens(),
        task.moneyNanos(),
        task.wantedTokens() - task.tokens(),
        task.wantedMoneyNanos() - task.moneyNanos(),
        Duration.ofNanos(Math.max(0, nowNs - parkedNs)),
        policy.action(),
        Duration.ofNanos(Math.max(0, actionNs - nowNs)),
        policy.clockStands());
  }

  @Override
  public OperatorAnswer approve(long taskId, By by) {
    return decide(taskId, Action.RUN, by);
  }

  @Override
  public OperatorAnswer refuse(long taskId, By by) {
    return decide(taskId, Action.REFUSE, by);
  }

  @Override
  public OperatorAnswer degrade(long taskId, By by) {
    return decide(taskId, Action.DEGRADE, by);
  }

  private OperatorAnswer decide(long taskId, Action action, By by) {
    check(by);
    String subject = "task " + taskId;
    return ask(
        (engine, stampNs) -> {
          engine.advance(stampNs);
          Reservation unfunded = action == Action.RUN ? engine.unfunded(taskId) : null;
          boolean done =
              unfunded == null
                  ? engine.decide(stampNs, taskId, action)
                  : runtime.funding().tryFund(engine, stampNs, unfunded);
          OperatorWord before = done ? null : log.lastOf(subject);
          note(stampNs, verb(action), subject, by, done);
          if (done) {
            return new Done();
          }
          if (unfunded != null) {
            return new Impossible(subject + " " + Explainer.lacks(unfunded));
          }
          if (before == null) {
            return new Impossible(
                subject + " is not parked; look at operator().parked() for those that are");
          }
          return before.verb().equals(verb(action))
              ? new AlreadyDone(before)
              : new Conflict(before);
        });
  }

  private static String verb(Action action) {
    return switch (action) {
      case RUN -> "approve";
      case REFUSE -> "refuse";
      case DEGRADE -> "degrade";
    };
  }

  /** A parked task's action followed by itself. On the dispatcher's thread. */
  void byItself(long taskId, Action action, Unparked by) {
    String why = by == Unparked.TIME ? "nobody decided in time" : "as much is parked as may be";
    note(byItself(verb(action), "task " + taskId, why), true);
  }

  /** A word that was said for a time is over. On the dispatcher's thread. */
  void over(@Nullable TargetGate target, @Nullable AgentGate agent, boolean ofBreaker) {
    String subject;
    if (target == null) {
      subject = agent == null ? OperatorSubject.ALL : subject(agent);
    } else {
      subject = ofBreaker ? breaker(target, agent) : subject(target);
    }
    // Among what was decided: there it is as long as the word that it ends.
    OperatorWord word = byItself(ofBreaker ? "let go" : "resume", subject, "its time is over");
    log.add(word, false);
    observer.operated(word, true);
  }

  private OperatorWord byItself(String verb, String subject, String why) {
    Instant now = runtime.clock().instant(runtime.clock().nanoTime());
    return new OperatorWord(now, verb, subject, "", new By("headgate", why), true);
  }

  // ---- budgets

  @Override
  public OperatorAnswer tokenBudget(String job, long tokens, By by) {
    if (tokens == JobSettings.UNLIMITED) {
      throw new IllegalArgumentException(
          "tokens is UNLIMITED, but a job's bound can only be moved; use a large budget");
    }
    JobSettings checked = JobSettings.DEFAULT.tokenBudget(tokens);
    return budget(job, checked.tokenBudget(), null, by);
  }

  @Override
  public OperatorAnswer moneyBudget(String job, double dollars, By by) {
    JobSettings checked = JobSettings.DEFAULT.moneyBudget(dollars);
    return budget(job, null, checked.moneyBudgetNanos(), by);
  }

  private OperatorAnswer budget(
      String id, @Nullable Long tokens, @Nullable Long moneyNanos, By by) {
    Objects.requireNonNull(id, "job is null; give the id of an open job");
    check(by);
    String subject = "job " + id;
    String verb = tokens != null ? "token budget" : "money budget";
    return ask(
        (engine, stampNs) -> {
          LiveJob job = runtime.jobs().find(id);
          String change = change(job, tokens, moneyNanos);
          if (job == null) {
            note(stampNs, verb, subject, change, by, false);
            return new Impossible(subject + " is not open; open one with headgate.job(id)");
          }
          long newTokens = tokens == null ? job.tokenBudget() : tokens;
          long newMoney = moneyNanos == null ? job.moneyBudget() : moneyNanos;
          OperatorWord before = job.lastWord(verb);
          if (before != null && newTokens == job.tokenBudget() && newMoney == job.moneyBudget()) {
            note(stampNs, verb, subject, change, by, false);
            return new AlreadyDone(before);
          }
          boolean done = job.tryChangeBudget(newTokens, newMoney);
          OperatorWord word = word(stampNs, verb, subject, change, by, done);
          said(stampNs, word);
          if (done) {
            job.said(word);
            engine.budgetChanged(stampNs, job, newTokens, newMoney);
            runtime.funding().fund(engine, stampNs, job);
            return new Done(before);
          }
          return new Impossible(whyNotBudget(job, newTokens, newMoney));
        });
  }

  // Of a job that is not open nobody knows from what.
  private static String change(
      @Nullable LiveJob job, @Nullable Long tokens, @Nullable Long moneyNanos) {
    String to = tokens != null ? tokens(tokens) : dollars(Objects.requireNonNull(moneyNanos));
    if (job == null) {
      return "to " + to;
    }
    long from = tokens != null ? job.tokenBudget() : job.moneyBudget();
    return "from "
        + (unbounded(from) ? "no bound" : tokens != null ? count(from) : amount(from))
        + " to "
        + to;
  }

  private static String whyNotBudget(LiveJob job, long tokens, long moneyNanos) {
    String name = "job " + job.id();
    if (job.parent() != null) {
      return name + " is a sub-job, and lives on what its parent gave it; raise the parent's";
    }
    if (job.isClosed()) {
      return name + " is closed; open a new job";
    }
    if (unbounded(job.tokenBudget()) != unbounded(tokens)) {
      return name + " has no token budget; open jobs with one to bound them later";
    }
    if (unbounded(job.moneyBudget()) != unbounded(moneyNanos)) {
      return name + " has no money budget; open jobs with one to bound them later";
    }
    boolean byTokens = tokens < job.tokenBudget();
    return name
        + " has spent or reserved more than that; "
        + (byTokens ? tokens(job.tokensLeft()) : dollars(job.moneyLeft()))
        + " are left of its budget of "
        + (byTokens ? count(job.tokenBudget()) : dollars(job.moneyBudget()))
        + "; use a larger budget";
  }

  @Override
  public OperatorAnswer tokensPerMinute(String job, long tokens, By by) {
    if (unbounded(tokens)) {
      throw new IllegalArgumentException(
          "tokens is UNLIMITED, but a job's limit can only be moved; use a large number");
    }
    return rate(job, JobSettings.DEFAULT.tokensPerMinute(tokens).tokensPerMinute(), null, by);
  }

  @Override
  public OperatorAnswer moneyPerMinute(String job, double dollars, By by) {
    return rate(job, null, JobSettings.DEFAULT.moneyPerMinute(dollars).microsPerMinute(), by);
  }

  private OperatorAnswer rate(String id, @Nullable Long tokens, @Nullable Long micros, By by) {
    Objects.requireNonNull(id, "job is null; give the id of an open job");
    check(by);
    String subject = "job " + id;
    String verb = tokens != null ? "tokens per minute" : "money per minute";
    String to =
        "to "
            + (tokens != null
                ? tokens(tokens)
                : dollars(NANOS_PER_MICRO * Objects.requireNonNull(micros)));
    return ask(
        (engine, stampNs) -> {
          LiveJob job = runtime.jobs().find(id);
          JobRates rates = job == null ? null : job.ownRates();
          long newTokens = tokens != null ? tokens : rates == null ? 0 : rates.tokensPerMinute();
          long newMicros = micros != null ? micros : rates == null ? 0 : rates.microsPerMinute();
          OperatorWord before = job == null ? null : job.lastWord(verb);
          if (before != null
              && rates != null
              && newTokens == rates.tokensPerMinute()
              && newMicros == rates.microsPerMinute()) {
            note(stampNs, verb, subject, to, by, false);
            return new AlreadyDone(before);
          }
          boolean done = job != null && job.tryChangeRates(newTokens, newMicros, runtime.clock());
          OperatorWord word = word(stampNs, verb, subject, to, by, done);
          said(stampNs, word);
          if (job != null && done) {
            job.said(word);
            engine.ratesChanged(stampNs, job, newTokens, newMicros);
            return new Done(before);
          }
          return new Impossible(
              job == null || job.isClosed()
                  ? subject + " is not open; open one with headgate.job(id)"
                  : subject + " has no " + verb + "; open jobs with a limit to move it later");
        });
  }

  private static String tokens(long tokens) {
    return count(tokens) + " tokens";
  }

  private static String count(long tokens) {
    return String.format(Locale.ROOT, "%,d", tokens);
  }

  private static String dollars(long nanos) {
    return amount(nanos) + " dollars";
  }

  private static String amount(long nanos) {
    return BigDecimal.valueOf(nanos, 9).stripTrailingZeros().toPlainString();
  }

  private static boolean unbounded(long budget) {
    return budget == JobSettings.UNLIMITED;
  }

  // ---- pauses and levels

  @Override
  public OperatorAnswer pause(Agent agent, Duration atMost, By by) {
    return hold(own(agent), nanos(atMost), by);
  }

  @Override
  public OperatorAnswer resume(Agent agent, By by) {
    return hold(own(agent), 0, by);
  }

  @Override
  public OperatorAnswer pause(Target target, Duration atMost, By by) {
    return hold(own(target), nanos(atMost), by);
  }

  @Override
  public OperatorAnswer resume(Target target, By by) {
    return hold(own(target), 0, by);
  }

  private OperatorAnswer hold(AgentGate agent, long forNs, By by) {
    String subject = subject(agent);
    return say(
        forNs == 0 ? "resume" : "pause",
        "",
        subject,
        forNs,
        by,
        (e, now) -> {
          if (!e.holdAgent(now, agent, untilNs(now, forNs))) {
            return removed(subject);
          }
          if (forNs != 0) {
            observer.held(agent, null);
          }
          return null;
        });
  }

  private OperatorAnswer hold(TargetGate target, long forNs, By by) {
    String subject = subject(target);
    return say(
        forNs == 0 ? "resume" : "pause",
        "",
        subject,
        forNs,
        by,
        (e, now) -> {
          if (!e.holdTarget(now, target, untilNs(now, forNs))) {
            return removed(subject);
          }
          if (forNs != 0) {
            observer.held(null, target);
          }
          return null;
        });
  }

  private static String subject(AgentGate agent) {
    return OperatorSubject.ofAgent(agent.id());
  }

  private static String subject(TargetGate target) {
    return OperatorSubject.ofTarget(target.id());
  }

  private static String breaker(TargetGate target, @Nullable AgentGate agent) {
    return OperatorSubject.ofBreaker(target.id(), agent == null ? null : agent.id());
  }

  // The engine takes 0 for the end of a hold.
  private static long untilNs(long nowNs, long forNs) {
    return forNs == 0 ? 0 : nowNs + forNs;
  }

  @Override
  public OperatorAnswer pauseAll(Duration atMost, By by) {
    return holdAll("pause", "", Gates.NOBODY, false, nanos(atMost), by);
  }

  @Override
  public OperatorAnswer drain(Duration atMost, By by) {
    return holdAll("drain", "", Gates.NO_NEW_JOBS, true, nanos(atMost), by);
  }

  @Override
  public OperatorAnswer admit(Priority lowest, Duration atMost, By by) {
    Objects.requireNonNull(lowest, "lowest is null; use Priority.BACKGROUND to let all in");
    return holdAll("admit", lowest.name(), lowest.ordinal(), true, nanos(atMost), by);
  }

  @Override
  public OperatorAnswer resumeAll(By by) {
    return holdAll("resume", "", Gates.NOBODY, true, 0, by);
  }

  private OperatorAnswer holdAll(
      String verb, String whom, int lowest, boolean starts, long forNs, By by) {
    return say(
        verb,
        whom,
        OperatorSubject.ALL,
        forNs,
        by,
        (engine, now) -> {
          engine.holdAll(now, lowest, starts, untilNs(now, forNs));
          if (forNs != 0) {
            observer.held(null, null);
          }
          return null;
        });
  }

  // ---- breakers

  @Override
  public OperatorAnswer openBreaker(Target target, Duration atMost, By by) {
    return force(null, own(target), true, atMost, by);
  }

  @Override
  public OperatorAnswer closeBreaker(Target target, Duration atMost, By by) {
    return force(null, own(target), false, atMost, by);
  }

  @Override
  public OperatorAnswer openBreaker(Agent agent, Target target, Duration atMost, By by) {
    return force(own(agent), own(target), true, atMost, by);
  }

  @Override
  public OperatorAnswer closeBreaker(Agent agent, Target target, Duration atMost, By by) {
    return force(own(agent), own(target), false, atMost, by);
  }

  private OperatorAnswer force(
      @Nullable AgentGate agent, TargetGate target, boolean open, Duration atMost, By by) {
    long ns = nanos(atMost);
    String subject = breaker(target, agent);
    return say(
        open ? "open" : "close",
        "",
        subject,
        ns,
        by,
        (engine, now) ->
            switch (engine.forceBreaker(now, target, agent, open, now + ns)) {
              case DONE -> null;
              case REMOVED -> removed(subject);
              case NO_ROOM -> noRoom(subject);
            });
  }

  private static String noRoom(String subject) {
    return String.format(
        Locale.ROOT,
        "%s would be one more than the %,d breakers of agents at targets that there may be; pause"
            + " the agent or the target, or remove agents that are not needed",
        subject,
        Engine.MAX_AGENT_BREAKERS);
  }

  // ---- all of them

  /** A word of before this Headgate was built holds. On the dispatcher's thread. */
  void holdsAgain(OperatorWord word, long untilNs, long nowNs) {
    int time = word.change().lastIndexOf(FOR);
    String whom = time < 0 ? "" : word.change().substring(0, time).strip();
    log.add(word, false);
    log.stands(word, new Standing(word.verb() + " " + whom, untilNs), nowNs);
  }

  // Of two who disagree the last is heard, and told whom it overruled.
  private OperatorAnswer say(
      String verb, String whom, String subject, long forNs, By by, Deed deed) {
    check(by);
    return ask(
        (engine, stampNs) -> {
          StandingWord before = log.standing(subject, stampNs);
          String whyNot = deed.on(engine, stampNs);
          long untilNs =
              forNs != 0 ? stampNs + forNs : before == null ? 0 : before.standing().untilNs();
          var now = new Standing(verb + " " + whom, untilNs);
          String change = forNs == 0 ? "" : (whom + " " + FOR + Duration.ofNanos(forNs)).strip();
          OperatorWord word = word(stampNs, verb, subject, change, by, whyNot == null);
          said(stampNs, word);
          if (whyNot != null) {
            return new Impossible(whyNot);
          }
          log.stands(word, now, stampNs);
          return new Done(
              before == null || now.agreesWith(before.standing()) ? null : before.word());
        });
  }

  private static String removed(String subject) {
    return subject + " was removed; register it again to rule it";
  }

  // What was halted for good obeys nobody any more.
  private OperatorAnswer ask(Command.Deed<OperatorAnswer> deed) {
    return runtime.ask((engine, stampNs) -> engine.isHalted() ? CLOSED : deed.on(engine, stampNs));
  }

  private void note(long nowNs, String verb, String subject, By by, boolean done) {
    note(nowNs, verb, subject, "", by, done);
  }

  private void note(long nowNs, String verb, String subject, String change, By by, boolean done) {
    said(nowNs, word(nowNs, verb, subject, change, by, done));
  }

  private void said(long nowNs, OperatorWord word) {
    note(word, false);
    if (journal != null) {
      journal.said(nowNs, word);
    }
  }

  private OperatorWord word(
      long nowNs, String verb, String subject, String change, By by, boolean done) {
    return new OperatorWord(runtime.clock().instant(nowNs), verb, subject, change, by, done);
  }

  private void note(OperatorWord word, boolean byItself) {
    log.add(word, byItself);
    observer.operated(word, byItself);
  }

  @Override
  public List<OperatorWord> history() {
    return runtime.ask((engine, stampNs) -> log.all());
  }

  private static void check(By by) {
    Objects.requireNonNull(by, "by is null; say who and why with new By(who, why)");
  }

  private AgentGate own(Agent agent) {
    Objects.requireNonNull(agent, "agent is null; register one with headgate.agent(id)");
    return runtime.own(agent);
  }

  private TargetGate own(Target target) {
    Objects.requireNonNull(target, "target is null; register one with headgate.target(id)");
    return runtime.own(target);
  }

  private static long nanos(Duration atMost) {
    Objects.requireNonNull(atMost, "atMost is null; give the time after which it ends by itself");
    if (atMost.compareTo(LEAST) < 0 || atMost.compareTo(MOST) > 0) {
      throw new IllegalArgumentException(
          "atMost is "
              + atMost
              + ", but must be from "
              + LEAST
              + " to "
              + MOST
              + "; say it again when that time is over");
    }
    return atMost.toNanos();
  }
}
