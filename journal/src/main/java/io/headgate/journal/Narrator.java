package io.headgate.journal;

import io.headgate.AgentSettings;
import io.headgate.AlertKind;
import io.headgate.CallClass;
import io.headgate.JobSettings;
import io.headgate.ParkPolicy;
import io.headgate.ParkReason;
import io.headgate.Refusal;
import io.headgate.Spending;
import io.headgate.SpendingLimits;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.JobAccount;
import io.headgate.admission.LevelWord;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;
import io.headgate.admission.Trial;
import io.headgate.engine.AttemptReport;
import io.headgate.engine.BreakerMemory;
import io.headgate.engine.BreakerState;
import io.headgate.engine.Ending;
import io.headgate.engine.Engine;
import io.headgate.engine.EngineInputs;
import io.headgate.engine.TargetMemory;
import io.headgate.engine.Unparked;
import io.headgate.journal.Happening.Kind;
import io.headgate.journal.sbe.GapDecoder;
import io.headgate.journal.sbe.OperatorSaidDecoder;
import io.headgate.journal.sbe.RunStartedDecoder;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Tells all that happened, in its order: what came from outside, as the journal has it, and what
 * the engine decided, by deciding it again. Memory does not grow with the journal. One thread.
 */
public final class Narrator {
  private final JournalReader reader;
  private final Teller teller;
  private final Replay replay;

  private Narrator(JournalReader reader, Predicate<Happening> to) {
    this.reader = reader;
    teller = new Teller(to);
    replay = new Replay(teller, teller, teller);
    teller.narrator = this;
  }

  /**
   * Tells all that is there now.
   *
   * @param to hears of each, and answers whether to go on
   * @throws IllegalArgumentException if there is no journal
   * @throws JournalDamagedException where it is not what was written; what came before was told
   */
  public static void tell(Path folder, Predicate<Happening> to) {
    try (JournalReader reader = JournalReader.of(folder)) {
      var narrator = new Narrator(reader, to);
      boolean _ = narrator.more();
    }
  }

  /** The same as {@link #tell}, of a journal that may go on. */
  public static Narrator of(JournalReader reader, Predicate<Happening> to) {
    return new Narrator(reader, to);
  }

  /**
   * Tells what has come since.
   *
   * @return whether whoever hears of it wants more
   */
  public boolean more() {
    while (!teller.enough && reader.next()) {
      replay.apply(reader.buffer(), reader.offset());
    }
    return !teller.enough;
  }

  /** Hears of inputs, of decisions, and of what the journal says of the run. */
  private static final class Teller extends QuietEffects implements EngineInputs, Replay.Facts {
    private final Predicate<Happening> to;
    private @Nullable Narrator narrator;
    private boolean enough;
    private long startNs;
    private Instant start = Instant.EPOCH;

    Teller(Predicate<Happening> to) {
      this.to = to;
    }

    // ---- telling

    private void say(
        Kind kind,
        long atNs,
        @Nullable JobAccount job,
        @Nullable AgentGate agent,
        @Nullable TargetGate target,
        long task,
        Object... more) {
      say(
          kind,
          at(atNs),
          job == null ? null : job.name(),
          agent == null ? null : agent.id(),
          target == null ? null : target.id(),
          task,
          more);
    }

    private void say(
        Kind kind,
        Instant at,
        @Nullable String job,
        @Nullable String agent,
        @Nullable String target,
        long task,
        Object... more) {
      if (enough || narrator == null) {
        return;
      }
      Map<String, Object> all = new LinkedHashMap<>();
      for (int i = 0; i < more.length; i += 2) {
        all.put((String) more[i], more[i + 1]);
      }
      enough =
          !to.test(
              new Happening(narrator.reader.sequence(), at, kind, job, agent, target, task, all));
    }

    private Instant at(long atNs) {
      return start.plusNanos(atNs - startNs);
    }

    private void tell(Kind kind, long atNs, Reservation task, Object... more) {
      say(kind, atNs, task.account(), task.agentGate(), task.targetGate(), task.taskId(), more);
    }

    // Of a decision that says no time of its own.
    private long nowNs() {
      assert narrator != null;
      return narrator.replay.engine().nowNs();
    }

    private Object atOrNever(long atNs) {
      return atNs == Long.MAX_VALUE ? "never" : at(atNs);
    }

    // ---- the run

    @Override
    public void runStarted(RunStartedDecoder run, Engine engine) {
      startNs = run.stampNs();
      start = Instant.EPOCH.plusNanos(run.epochNs());
      say(
          Kind.RUN_STARTED,
          startNs,
          null,
          null,
          null,
          -1,
          "headgate",
          run.headgateVersion(),
          "schema",
          run.sbeSchemaVersion());
    }

    @Override
    public void runEnded(long stampNs, long digest) {
      say(Kind.RUN_ENDED, stampNs, null, null, null, -1);
    }

    @Override
    public void started(long task, int attempt, int rung, long stampNs, long deadlineNs) {
      catchUp(stampNs);
    }

    @Override
    public void ended(long task, Ending ending, long stampNs, long ranNs) {
      catchUp(stampNs);
    }

    // What a timer did is told when it was done, and not with the next input.
    private void catchUp(long stampNs) {
      assert narrator != null;
      Engine engine = narrator.replay.engine();
      if (engine.nowNs() < stampNs) {
        engine.advance(stampNs + 1);
      }
    }

    @Override
    public void digest(long stampNs, long digest) {}

    // ---- what changed nothing

    @Override
    public void refused(
        long sinceNs,
        long stampNs,
        @Nullable AgentGate agent,
        @Nullable TargetGate target,
        Map<Refusal, Long> counts,
        long lost) {
      List<Object> more = new ArrayList<>(List.of("since", at(sinceNs)));
      counts.forEach((reason, count) -> more.addAll(List.of(reason.name(), count)));
      if (lost > 0) {
        more.addAll(List.of("notOnRecordByItself", lost));
      }
      say(Kind.REFUSALS, stampNs, null, agent, target, -1, more.toArray());
    }

    @Override
    public void refused(
        long stampNs,
        String job,
        AgentGate agent,
        TargetGate target,
        Refusal reason,
        long retryAfterNs) {
      say(
          Kind.REFUSED,
          at(stampNs),
          job,
          agent.id(),
          target.id(),
          -1,
          "reason",
          reason,
          "retryAfter",
          retryAfterNs);
    }

    // Its subject says what it is about: a task, a job, an agent, a target, or something else.
    @Override
    public void gap(GapDecoder gap) {
      say(
          Kind.GAP,
          at(gap.stampNs()),
          null,
          null,
          null,
          -1,
          "since",
          at(gap.sinceNs()),
          "lostRecords",
          gap.lost());
    }

    @Override
    public void said(OperatorSaidDecoder said) {
      Instant at = at(said.stampNs());
      boolean done = said.done() != 0;
      String verb = said.verb();
      String subject = said.subject();
      String change = said.change();
      String task = of("task ", subject);
      say(
          Kind.SAID,
          at,
          of("job ", subject),
          of("agent ", subject),
          of("target ", subject),
          task == null ? -1 : Long.parseLong(task),
          "who",
          said.who(),
          "why",
          said.why(),
          "word",
          verb,
          "about",
          subject,
          "change",
          change.isEmpty() ? "none" : change,
          "done",
          done);
    }

    private static @Nullable String of(String what, String subject) {
      return subject.startsWith(what) ? subject.substring(what.length()) : null;
    }

    // ---- inputs

    @Override
    public void agentRegistered(long stampNs, AgentGate gate, AgentSettings settings) {
      say(Kind.AGENT, stampNs, null, gate, null, -1, "change", "registered");
    }

    @Override
    public void agentReconfigured(long stampNs, AgentGate gate, AgentSettings settings) {
      say(Kind.AGENT, stampNs, null, gate, null, -1, "change", "reconfigured");
    }

    @Override
    public void agentRemoved(long stampNs, AgentGate gate) {
      say(Kind.AGENT, stampNs, null, gate, null, -1, "change", "removed");
    }

    @Override
    public void agentEvicted(long stampNs, AgentGate gate) {
      say(Kind.AGENT, stampNs, null, gate, null, -1, "change", "forgotten");
    }

    @Override
    public void targetRegistered(long stampNs, TargetGate gate, TargetSettings settings) {
      say(Kind.TARGET, stampNs, null, null, gate, -1, "change", "registered");
    }

    @Override
    public void targetReconfigured(long stampNs, TargetGate gate, TargetSettings settings) {
      say(Kind.TARGET, stampNs, null, null, gate, -1, "change", "reconfigured");
    }

    @Override
    public void targetRemoved(long stampNs, TargetGate gate) {
      say(Kind.TARGET, stampNs, null, null, gate, -1, "change", "removed");
    }

    @Override
    public void targetEvicted(long stampNs, TargetGate gate) {
      say(Kind.TARGET, stampNs, null, null, gate, -1, "change", "forgotten");
    }

    @Override
    public void jobOpened(long stampNs, JobAccount account) {
      JobSettings settings = account.first();
      JobAccount parent = account.parent();
      say(
          Kind.JOB_OPENED,
          stampNs,
          account,
          null,
          null,
          -1,
          "parent",
          parent == null ? "none" : parent.name(),
          "tokens",
          bounded(settings.tokenBudget()),
          "money",
          bounded(settings.moneyBudgetNanos()),
          "deadline",
          atOrNever(account.deadlineNs()));
    }

    private static Object bounded(long budget) {
      return budget == JobSettings.UNLIMITED ? "unlimited" : budget;
    }

    @Override
    public void jobClosed(long stampNs, JobAccount account) {
      say(Kind.JOB_CLOSED, stampNs, account, null, null, -1, "by", "its owner");
    }

    @Override
    public void taskAdmitted(long stampNs, Reservation task) {
      tell(
          Kind.TASK_ADMITTED,
          stampNs,
          task,
          "tokens",
          task.tokens(),
          "money",
          task.moneyNanos(),
          "priority",
          task.priority(),
          "depth",
          task.depth(),
          "startBy",
          atOrNever(task.startByNs()));
    }

    @Override
    public void hedgeAdmitted(long stampNs, Reservation hedge, Reservation of) {
      tell(
          Kind.HEDGE_ADMITTED,
          stampNs,
          hedge,
          "of",
          of.taskId(),
          "tokens",
          hedge.tokens(),
          "money",
          hedge.moneyNanos());
    }

    @Override
    public void taskCancelled(long stampNs, Reservation task) {
      tell(Kind.TASK_CANCELLED, stampNs, task);
    }

    @Override
    public void attemptEnded(long stampNs, Reservation task, AttemptReport report) {
      tell(
          Kind.ATTEMPT_ENDED,
          stampNs,
          task,
          "how",
          report.how(),
          "class",
          report.callClass(),
          "tokens",
          report.tokens(),
          "money",
          report.moneyNanos(),
          "held",
          report.use().heldTokens(),
          "usage",
          report.use().source(),
          "retryAfter",
          report.retryAfterNs(),
          "again",
          report.again().what(),
          "overspent",
          report.overspent());
    }

    @Override
    public void joinBegan(long stampNs, Reservation waiter, int join, Reservation awaited) {
      tell(Kind.JOIN, stampNs, waiter, "change", "waits", "for", awaited.taskId());
    }

    @Override
    public void joinAbandoned(long stampNs, Reservation waiter, int join) {
      tell(Kind.JOIN, stampNs, waiter, "change", "waits no more");
    }

    @Override
    public void halt(long stampNs) {
      say(Kind.HALTED, stampNs, null, null, null, -1);
    }

    @Override
    public boolean decide(long stampNs, long taskId, ParkPolicy.Action action) {
      say(Kind.OPERATOR, stampNs, null, null, null, taskId, "word", "decide", "action", action);
      return true;
    }

    @Override
    public boolean holdAgent(long stampNs, AgentGate gate, long untilNs) {
      say(Kind.OPERATOR, stampNs, null, gate, null, -1, hold(untilNs));
      return true;
    }

    @Override
    public boolean holdTarget(long stampNs, TargetGate gate, long untilNs) {
      say(Kind.OPERATOR, stampNs, null, null, gate, -1, hold(untilNs));
      return true;
    }

    private Object[] hold(long untilNs) {
      return untilNs == 0
          ? new Object[] {"word", "resume"}
          : new Object[] {"word", "pause", "until", atOrNever(untilNs)};
    }

    @Override
    public void holdAll(long stampNs, int lowest, boolean starts, long untilNs) {
      say(
          Kind.OPERATOR,
          stampNs,
          null,
          null,
          null,
          -1,
          "word",
          untilNs == 0 ? "admit all" : "admission level",
          "lowest",
          lowest,
          "starts",
          starts);
    }

    @Override
    public Forced forceBreaker(
        long stampNs, TargetGate target, @Nullable AgentGate agent, boolean open, long untilNs) {
      say(
          Kind.OPERATOR,
          stampNs,
          null,
          agent,
          target,
          -1,
          "word",
          open ? "force open" : "force closed",
          "until",
          atOrNever(untilNs));
      return Forced.DONE;
    }

    @Override
    public void breakerCarried(
        long stampNs, TargetGate target, @Nullable AgentGate agent, BreakerMemory memory) {
      say(
          Kind.CARRIED,
          stampNs,
          null,
          agent,
          target,
          -1,
          "breaker",
          memory.state(),
          "rung",
          memory.rung(),
          "until",
          atOrNever(memory.untilNs()),
          "openings",
          memory.openings(),
          "forced",
          memory.isForced());
    }

    @Override
    public void targetCarried(long stampNs, TargetGate target, TargetMemory what, long value) {
      Object told = what == TargetMemory.PAUSE ? atOrNever(value) : value;
      say(Kind.CARRIED, stampNs, null, null, target, -1, "what", what, "value", told);
    }

    @Override
    public void cutOffsCarried(long stampNs, AgentGate gate, long[] atNs) {
      say(Kind.CARRIED, stampNs, null, gate, null, -1, "cutOffs", atNs.length);
    }

    @Override
    public void funded(long stampNs, Reservation task) {
      tell(Kind.FUNDED, stampNs, task, "tokens", task.wantedTokens());
    }

    @Override
    public void budgetChanged(long stampNs, JobAccount account, long tokens, long moneyNanos) {
      say(
          Kind.JOB_CHANGED,
          stampNs,
          account,
          null,
          null,
          -1,
          "tokens",
          bounded(tokens),
          "money",
          bounded(moneyNanos));
    }

    @Override
    public void jobReconfigured(long stampNs, JobAccount account, JobSettings settings) {
      say(Kind.JOB_CHANGED, stampNs, account, null, null, -1, "change", "limits");
    }

    @Override
    public void ratesChanged(long stampNs, JobAccount account, long tokens, long micros) {
      say(
          Kind.JOB_CHANGED,
          stampNs,
          account,
          null,
          null,
          -1,
          "tokensPerMinute",
          tokens,
          "microsPerMinute",
          micros);
    }

    @Override
    public void spendingLimited(long stampNs, SpendingLimits limits) {
      say(Kind.OPERATOR, stampNs, null, null, null, -1, "word", "limit spending");
    }

    @Override
    public void rateLimited(long stampNs, long tokensPerMinute, long burstTokens) {
      say(
          Kind.OPERATOR,
          stampNs,
          null,
          null,
          null,
          -1,
          "word",
          "limit rate",
          "tokensPerMinute",
          tokensPerMinute);
    }

    @Override
    public void parkingLimited(long stampNs, int maxParked, long maxParkedTokens) {
      say(
          Kind.OPERATOR,
          stampNs,
          null,
          null,
          null,
          -1,
          "word",
          "limit parking",
          "maxParked",
          maxParked);
    }

    @Override
    public void retriesSpread(long stampNs, int percent) {
      say(
          Kind.OPERATOR,
          stampNs,
          null,
          null,
          null,
          -1,
          "word",
          "spread retries",
          "percent",
          percent);
    }

    // ---- decisions

    @Override
    public void start(
        Reservation task, int attempt, long nowNs, long deadlineNs, @Nullable Trial trial) {
      tell(
          Kind.ATTEMPT_STARTED,
          nowNs,
          task,
          "attempt",
          attempt,
          "rung",
          task.rung(),
          "waited",
          nowNs - task.takenNs(),
          "deadline",
          atOrNever(deadlineNs),
          "probe",
          trial != null);
    }

    @Override
    public void retry(Reservation task, CallClass end, long atNs) {
      tell(Kind.RETRY, nowNs(), task, "after", end, "at", atOrNever(atNs));
    }

    @Override
    public void fall(Reservation task, CallClass end, int toRung, boolean beside) {
      tell(Kind.FALL, nowNs(), task, "after", end, "rung", toRung, "beside", beside);
    }

    @Override
    public void stop(Reservation task) {
      tell(Kind.STOP, nowNs(), task);
    }

    @Override
    public void overrun(Reservation task, int overrunsOfTarget) {
      tell(Kind.OVERRUN, nowNs(), task, "overrunsOfTarget", overrunsOfTarget);
    }

    @Override
    public void parked(Reservation task, ParkReason reason, ParkPolicy policy, long actionNs) {
      tell(
          Kind.PARKED,
          nowNs(),
          task,
          "reason",
          reason,
          "action",
          policy.action(),
          "byItself",
          atOrNever(actionNs));
    }

    @Override
    public void unparked(Reservation task, ParkPolicy.Action action, Unparked by) {
      tell(Kind.UNPARKED, nowNs(), task, "action", action, "by", by);
    }

    @Override
    public void end(Reservation task, Ending ending, boolean waiting, long nowNs, long ranNs) {
      super.end(task, ending, waiting, nowNs, ranNs);
      tell(
          Kind.TASK_ENDED,
          nowNs,
          task,
          "ending",
          ending,
          "started",
          !waiting,
          "took",
          nowNs - task.admittedNs(),
          "ran",
          ranNs);
    }

    @Override
    public void jobClosed(JobAccount job) {
      say(Kind.JOB_CLOSED, nowNs(), job, null, null, -1, "by", "the engine");
    }

    @Override
    public void jobRetired(JobAccount job, Spending spent) {
      super.jobRetired(job, spent);
      say(
          Kind.JOB_RETIRED,
          nowNs(),
          job,
          null,
          null,
          -1,
          "tokens",
          spent.tokensSpent(),
          "money",
          spent.moneySpentNanos(),
          "tokensOnFailures",
          spent.waste().tokensOnFailures(),
          "tokensTooLate",
          spent.waste().tokensTooLate());
    }

    @Override
    public void jobDeadline(JobAccount job, long deadlineNs, long leftNs) {
      say(Kind.JOB_CHANGED, nowNs(), job, null, null, -1, "deadline", atOrNever(deadlineNs));
    }

    @Override
    public void breaker(
        TargetGate target, @Nullable AgentGate agent, BreakerState state, long untilNs) {
      say(Kind.BREAKER, nowNs(), null, agent, target, -1, "state", state);
    }

    @Override
    public void rungBreaker(TargetGate target, int rung, BreakerState state, long untilNs) {
      say(Kind.BREAKER, nowNs(), null, null, target, -1, "rung", rung, "state", state);
    }

    @Override
    public void publishRung(TargetGate target, int rung, int below) {
      say(Kind.RUNG, nowNs(), null, null, target, -1, "rung", rung);
    }

    @Override
    public void paused(TargetGate target, long untilNs) {
      say(
          Kind.PAUSED,
          nowNs(),
          null,
          null,
          target,
          -1,
          "until",
          untilNs == 0 ? "over" : atOrNever(untilNs));
    }

    @Override
    public void permits(TargetGate target, int permits) {
      if (permits != Integer.MAX_VALUE) {
        say(Kind.LIMIT, nowNs(), null, null, target, -1, "permits", permits);
      }
    }

    @Override
    public void limitLearned(TargetGate target, long perMinute, boolean ofTokens) {
      say(
          Kind.QUOTA,
          nowNs(),
          null,
          null,
          target,
          -1,
          ofTokens ? "tokensPerMinute" : "callsPerMinute",
          perMinute);
    }

    @Override
    public void level(TargetGate target, int level, long passNs) {
      say(
          Kind.LEVEL,
          nowNs(),
          null,
          null,
          target,
          -1,
          "keys",
          level == LevelWord.ALL ? "all" : level);
    }

    @Override
    public void alert(TargetGate target, AlertKind kind, boolean on) {
      say(Kind.ALERT, nowNs(), null, null, target, -1, "kind", kind, "on", on);
    }

    @Override
    public void usageMissing(TargetGate target, boolean missing) {
      say(Kind.ALERT, nowNs(), null, null, target, -1, "kind", "USAGE_MISSING", "on", missing);
    }

    @Override
    public void burn(AgentGate agent, boolean burning, long tokens, long usual) {
      say(
          Kind.ALERT,
          nowNs(),
          null,
          agent,
          null,
          -1,
          "kind",
          "BURN",
          "on",
          burning,
          "tokens",
          tokens,
          "usual",
          usual);
    }
  }
}
