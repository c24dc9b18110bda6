package io.headgate.journal;

import io.headgate.AgentSettings;
import io.headgate.CallClass;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.ParkPolicy;
import io.headgate.Refusal;
import io.headgate.Spending;
import io.headgate.SpendingLimits;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.JobAccount;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;
import io.headgate.admission.Trial;
import io.headgate.engine.AttemptReport;
import io.headgate.engine.BreakerMemory;
import io.headgate.engine.Ending;
import io.headgate.engine.Engine;
import io.headgate.engine.EngineInputs;
import io.headgate.engine.TargetMemory;
import io.headgate.journal.sbe.RunStartedDecoder;
import io.headgate.simulation.Night;
import io.headgate.simulation.NightFigures;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads what each job did in a journal, as scripts that can be flown again, and what it all came
 * to. Memory: the scripts of one run, and what was open at once. One thread.
 */
public final class NightReader {
  /**
   * One run of a Headgate.
   *
   * @param night to be flown under the other policy
   * @param then what it came to
   * @param silentJobs jobs of which nothing was let in
   * @param refusals on record that might have been let in later
   * @param eachRefusal whether each is on record by itself, and not only their number
   */
  public record Run(
      Night night, NightFigures then, long silentJobs, long refusals, boolean eachRefusal) {}

  private final Scribe scribe;
  private final Replay replay;

  /** At the beginning of a journal. */
  NightReader(Policy policy, Consumer<Run> to) {
    scribe = new Scribe(policy, to);
    replay = new Replay(scribe, scribe, scribe);
    scribe.replay = replay;
  }

  /**
   * Reads all that is there now, one run after the other.
   *
   * @param policy under which the nights are to be flown
   * @throws IllegalArgumentException if there is no journal
   * @throws JournalDamagedException where it is not what was written
   */
  public static void read(Path folder, Policy policy, Consumer<Run> to) {
    try (JournalReader reader = JournalReader.of(folder)) {
      var night = new NightReader(policy, to);
      while (reader.next()) {
        night.apply(reader.buffer(), reader.offset());
      }
      night.end();
    }
  }

  /** Takes note of a record. */
  void apply(DirectBuffer buffer, int offset) {
    replay.apply(buffer, offset);
  }

  /** No record follows: its last run is told. */
  void end() {
    scribe.endRun();
  }

  /** A job that may still do something. */
  private static final class OpenJob {
    final int number;
    final int parent;
    final long openedNs;
    final JobAccount account;
    final JobSettings first;
    final List<OpenCall> calls = new ArrayList<>();
    final List<Integer> ends = new ArrayList<>();
    final List<OpenTask> running = new ArrayList<>();
    final List<Night.Change> changes = new ArrayList<>();
    JobSettings now;
    long lastEndNs;
    boolean lastCompleted;
    boolean refusedLast;
    int closesAfter = -1;
    long closeNs;

    OpenJob(int number, int parent, long openedNs, JobAccount account) {
      this.number = number;
      this.parent = parent;
      this.openedNs = openedNs;
      this.account = account;
      first = account.first();
      now = first;
      lastEndNs = openedNs;
    }

    boolean isDone() {
      return lastCompleted && !refusedLast && lastEndNs <= account.deadlineNs();
    }

    Night.Job script(long startNs, JobSettings settings) {
      return new Night.Job(
          openedNs - startNs,
          parent,
          settings,
          calls.stream().map(OpenCall::script).toList(),
          List.copyOf(ends),
          closesAfter,
          closeNs,
          List.copyOf(changes),
          isDone());
    }
  }

  /** What was asked for, and what became of it. */
  private static final class OpenCall {
    final int number;
    final Reservation task;
    final long outputTokens;
    final List<Night.Attempt> attempts = new ArrayList<>(1);
    int after = -1;
    long thinkNs;
    long cancelNs = Long.MAX_VALUE;
    boolean completed;

    /** The attempt that is thought to have made it, and as what act. */
    @Nullable Running maker;

    Night.@Nullable Act making;

    OpenCall(int number, Reservation task, long outputTokens) {
      this.number = number;
      this.task = task;
      this.outputTokens = outputTokens;
    }

    Night.Call script() {
      long startByNs = task.startByNs();
      return new Night.Call(
          task.agentGate().id(),
          task.targetGate().id(),
          task.wantedInputTokens(),
          outputTokens,
          task.priority(),
          startByNs == Long.MAX_VALUE ? startByNs : Math.max(0, startByNs - task.admittedNs()),
          task.arguments(),
          task.isDegradable(),
          task.wrapsUp(),
          task.isIdempotent(),
          after,
          thinkNs,
          completed,
          cancelNs,
          List.copyOf(attempts));
    }
  }

  /** A task that has not ended, or whose attempt has not. */
  private static final class OpenTask {
    final OpenJob job;
    final Reservation task;

    /** Null for a second attempt beside the first. */
    final @Nullable OpenCall call;

    @Nullable Running run;
    boolean over;

    OpenTask(OpenJob job, Reservation task, @Nullable OpenCall call) {
      this.job = job;
      this.task = task;
      this.call = call;
    }
  }

  /** An attempt that runs. */
  private static final class Running {
    final int number;
    final int rung;
    final long startedNs;
    final List<Night.Act> acts = new ArrayList<>(0);
    long waitedNs;
    long waitsSinceNs = Long.MAX_VALUE;
    long stoppedNs = Long.MAX_VALUE;

    Running(int number, int rung, long startedNs) {
      this.number = number;
      this.rung = rung;
      this.startedNs = startedNs;
    }

    boolean isStopped() {
      return stoppedNs != Long.MAX_VALUE;
    }

    /** How long it has run by itself. */
    long ownNs(long nowNs) {
      return Math.max(0, Math.min(nowNs, waitsSinceNs) - startedNs - waitedNs);
    }
  }

  private static final class Scribe extends QuietEffects implements EngineInputs, Replay.Facts {
    private static final int ASKS_AGAIN = 3;
    private static final int MOST_ASKS = 50;

    /** Refusals of which no job is known: more are not flown than that, but fewer, evenly. */
    private static final long MAX_UNSEEN = 100_000;

    private final Policy policy;
    private final Consumer<Run> to;
    private final Map<JobAccount, OpenJob> open = new HashMap<>();
    private final Map<String, OpenJob> openByName = new HashMap<>();
    private final Map<TargetGate, TargetSettings> targetsNow = new HashMap<>();
    private final Long2ObjectHashMap<OpenTask> tasks = new Long2ObjectHashMap<>();
    private final Set<String> agentIds = new HashSet<>();
    private final Set<String> targetIds = new HashSet<>();
    private final List<Night.Unseen> refused = new ArrayList<>();
    private List<Night.Job> jobs = new ArrayList<>();
    private List<Night.Word> words = new ArrayList<>();
    private NightFigures then = new NightFigures();
    private @Nullable Replay replay;
    private HeadgateSettings settings = HeadgateSettings.DEFAULT;
    private HeadgateSettings now = HeadgateSettings.DEFAULT;
    private boolean runs;
    private boolean eachRefusal;
    private long startNs;

    Scribe(Policy policy, Consumer<Run> to) {
      this.policy = policy;
      this.to = to;
    }

    // ---- runs

    @Override
    public void runStarted(RunStartedDecoder run, Engine engine) {
      endRun();
      runs = true;
      startNs = run.stampNs();
    }

    @Override
    public void settings(HeadgateSettings then) {
      now = then;
      settings = policy.applied(then, "");
    }

    @Override
    public void runEnded(long stampNs, long digest) {
      catchUp(stampNs);
    }

    @Override
    public void started(long task, int attempt, int rung, long stampNs, long deadlineNs) {
      catchUp(stampNs);
    }

    @Override
    public void ended(long task, Ending ending, long stampNs, long ranNs) {
      catchUp(stampNs);
    }

    @Override
    public void digest(long stampNs, long digest) {}

    // After what a timer did there may be no input.
    private void catchUp(long stampNs) {
      if (nowNs() < stampNs) {
        assert replay != null;
        replay.engine().advance(stampNs + 1);
      }
    }

    void endRun() {
      if (!runs) {
        return;
      }
      List.copyOf(open.values()).forEach(this::close);
      tasks.clear();
      targetsNow.clear();
      long silent = jobs.stream().filter(Night.Job::isSilent).count();
      long refusals = refused.stream().mapToLong(Night.Unseen::times).sum();
      // Who was forgotten keeps its place.
      int agents = Math.max(settings.maxAgents(), agentIds.size());
      int targets = Math.max(settings.maxTargets(), targetIds.size());
      var night =
          new Night(
              settings.maxAgents(agents).maxTargets(targets),
              words,
              jobs,
              silent > 0 ? List.of() : unseen(refusals),
              silent == 0 ? ASKS_AGAIN : asksAgain((double) refusals / (double) silent));
      to.accept(new Run(night, then, silent, refusals, eachRefusal));
      jobs = new ArrayList<>();
      words = new ArrayList<>();
      refused.clear();
      agentIds.clear();
      targetIds.clear();
      then = new NightFigures();
      eachRefusal = false;
      runs = false;
    }

    // A job of which nothing was let in asked for as many calls at once as others did, and for each
    // so often before it gave up.
    private int asksAgain(double refusalsEach) {
      long spoke = jobs.stream().filter(job -> job.parent() < 0 && !job.ends().isEmpty()).count();
      long atOnce =
          jobs.stream()
              .filter(job -> job.parent() < 0)
              .flatMap(job -> job.calls().stream())
              .filter(call -> call.after() == 0)
              .count();
      double asks = refusalsEach * (double) Math.max(1, spoke) / (double) Math.max(1, atOnce);
      return Math.clamp(Math.round(asks) - 1, 0, MOST_ASKS);
    }

    private List<Night.Unseen> unseen(long refusals) {
      double share = Math.min(1, (double) MAX_UNSEEN / Math.max(1, refusals));
      return refused.stream()
          .map(
              each ->
                  new Night.Unseen(
                      each.fromNs(), each.toNs(), Math.round(share * (double) each.times())))
          .toList();
    }

    private void close(OpenJob job) {
      open.remove(job.account);
      openByName.remove(job.account.name(), job);
      if (job.parent < 0 && job.isDone()) {
        then.jobInTime();
      }
      JobSettings first = policy.applied(job.first, job.account.name());
      jobs.set(job.number, job.script(startNs, first));
    }

    private void say(long stampNs, Consumer<Night.Stage> word) {
      words.add(new Night.Word(stampNs - startNs, word));
    }

    private long nowNs() {
      assert replay != null;
      return replay.engine().nowNs();
    }

    // ---- jobs

    @Override
    public void jobOpened(long stampNs, JobAccount account) {
      JobAccount parent = account.parent();
      OpenJob whole = parent == null ? null : open.get(parent);
      var job = new OpenJob(jobs.size(), whole == null ? -1 : whole.number, stampNs, account);
      jobs.add(job.script(startNs, job.first)); // until more is known
      open.put(account, job);
      openByName.put(account.name(), job);
      if (job.parent < 0) {
        then.jobArrived();
      }
    }

    @Override
    public void jobClosed(long stampNs, JobAccount account) {
      OpenJob job = open.get(account);
      if (job != null && job.closesAfter < 0) {
        job.closesAfter = job.ends.size();
        job.closeNs = Math.max(0, stampNs - job.lastEndNs);
      }
    }

    @Override
    public void jobRetired(JobAccount account, Spending spent) {
      super.jobRetired(account, spent);
      OpenJob job = open.get(account);
      if (job != null) {
        if (job.parent < 0) {
          then.jobSpent(spent.tokensSpent());
        }
        close(job);
      }
    }

    @Override
    public void budgetChanged(long stampNs, JobAccount account, long tokens, long moneyNanos) {
      OpenJob job = open.get(account);
      if (job != null) {
        change(stampNs, job, job.now.tokenBudget(tokens).moneyBudgetNanos(moneyNanos));
      }
    }

    @Override
    public void jobReconfigured(long stampNs, JobAccount account, JobSettings to) {
      OpenJob job = open.get(account);
      if (job != null) {
        JobSettings now = job.now;
        change(
            stampNs,
            job,
            to.tokenBudget(now.tokenBudget()).moneyBudgetNanos(now.moneyBudgetNanos()));
      }
    }

    private void change(long stampNs, OpenJob job, JobSettings to) {
      job.now = to;
      job.changes.add(
          new Night.Change(stampNs - job.openedNs, policy.applied(to, job.account.name())));
    }

    @Override
    public void ratesChanged(long stampNs, JobAccount account, long tokens, long micros) {}

    // ---- calls

    @Override
    public void taskAdmitted(long stampNs, Reservation task) {
      OpenJob job = open.get(task.account());
      if (job == null) {
        return;
      }
      then.admitted();
      var call = new OpenCall(job.calls.size(), task, outputTokens(task));
      OpenTask maker = task.isChild() ? maker(job, task.depth() - 1) : null;
      if (maker == null || maker.run == null) {
        call.after = job.ends.size();
        call.thinkNs = Math.max(0, task.admittedNs() - job.lastEndNs);
        job.refusedLast = false;
      } else {
        made(call, maker.run, maker.run.ownNs(task.admittedNs()));
      }
      job.calls.add(call);
      tasks.put(task.taskId(), new OpenTask(job, task, call));
    }

    // What was asked for, if what was reserved can say so.
    private long outputTokens(Reservation task) {
      TargetSettings target = targetsNow.getOrDefault(task.targetGate(), TargetSettings.DEFAULT);
      boolean isOfTarget =
          task.wantedOutputTokens() == target.maxOutputTokens()
              || target.estimates().isOn()
              || target.degradation().isStatic(task.reservedRung());
      return isOfTarget ? -1 : task.wantedOutputTokens();
    }

    // Which call made another is not on record: it is taken to be the one that began last, until
    // one waits for it.
    private static @Nullable OpenTask maker(OpenJob job, int depth) {
      for (OpenTask each : job.running.reversed()) {
        Running run = each.run;
        if (each.task.depth() == depth && run != null && run.waitsSinceNs == Long.MAX_VALUE) {
          return each;
        }
      }
      return null;
    }

    private static void made(OpenCall call, Running by, long ownNs) {
      call.after = -1;
      call.maker = by;
      call.making = new Night.Act(ownNs, call.number, false, Long.MAX_VALUE);
      by.acts.add(call.making);
    }

    @Override
    public void hedgeAdmitted(long stampNs, Reservation hedge, Reservation of) {
      OpenJob job = open.get(hedge.account());
      if (job != null) {
        tasks.put(hedge.taskId(), new OpenTask(job, hedge, null));
      }
    }

    @Override
    public void taskCancelled(long stampNs, Reservation task) {
      OpenTask one = tasks.get(task.taskId());
      if (one != null && one.call != null && !one.over) {
        one.call.cancelNs = Math.max(0, stampNs - task.admittedNs());
      }
    }

    @Override
    public void end(Reservation task, Ending ending, boolean waiting, long nowNs, long ranNs) {
      super.end(task, ending, waiting, nowNs, ranNs);
      OpenTask one = tasks.get(task.taskId());
      if (one == null || one.call == null) {
        return;
      }
      boolean completed = ending == Ending.COMPLETED;
      then.ended(completed, nowNs - task.admittedNs());
      one.call.completed = completed;
      if (one.call.after >= 0) {
        one.job.ends.add(one.call.number);
        one.job.lastEndNs = nowNs;
        one.job.lastCompleted = completed;
      }
      over(one);
    }

    @Override
    public void hedgeOver(Reservation hedge, boolean waiting, long nowNs) {
      super.hedgeOver(hedge, waiting, nowNs);
      OpenTask one = tasks.get(hedge.taskId());
      if (one != null) {
        over(one);
      }
    }

    private void over(OpenTask one) {
      one.over = true;
      if (one.run == null) {
        tasks.remove(one.task.taskId());
      }
    }

    // ---- attempts

    @Override
    public void start(
        Reservation task, int attempt, long nowNs, long deadlineNs, @Nullable Trial trial) {
      then.started();
      OpenTask one = tasks.get(task.taskId());
      if (one != null) {
        one.run = new Running(attempt, task.rung(), nowNs);
        one.job.running.add(one);
      }
    }

    @Override
    public void stop(Reservation task) {
      OpenTask one = tasks.get(task.taskId());
      if (one != null && one.run != null) {
        one.run.stoppedNs = nowNs();
      }
    }

    @Override
    public void joinBegan(long stampNs, Reservation waiter, int join, Reservation awaited) {
      OpenTask one = tasks.get(waiter.taskId());
      OpenTask other = tasks.get(awaited.taskId());
      if (one == null || one.run == null) {
        return;
      }
      Running run = one.run;
      if (other != null && other.call != null && other.job == one.job) {
        adopt(run, stampNs, other.call, waiter.depth());
        run.acts.add(new Night.Act(run.ownNs(stampNs), other.call.number, true, Long.MAX_VALUE));
      }
      run.waitsSinceNs = stampNs;
    }

    // Who waits for it made it.
    private static void adopt(Running run, long stampNs, OpenCall call, int depth) {
      Running guessed = call.maker;
      if (guessed != null
          && guessed != run
          && call.task.depth() == depth + 1
          && call.task.admittedNs() >= run.startedNs) {
        guessed.acts.remove(call.making);
        long agoNs = stampNs - call.task.admittedNs();
        made(call, run, Math.max(0, run.ownNs(stampNs) - agoNs));
      }
    }

    @Override
    public void joinAbandoned(long stampNs, Reservation waiter, int join) {
      OpenTask one = tasks.get(waiter.taskId());
      if (one != null && one.run != null && !one.run.isStopped()) {
        List<Night.Act> acts = one.run.acts;
        if (!acts.isEmpty() && acts.getLast().joins()) {
          Night.Act last = acts.removeLast();
          long patienceNs = Math.max(0, stampNs - one.run.waitsSinceNs);
          acts.add(new Night.Act(last.afterNs(), last.call(), true, patienceNs));
        }
      }
    }

    @Override
    public void resume(Reservation task, int join) {
      OpenTask one = tasks.get(task.taskId());
      if (one != null && one.run != null && one.run.waitsSinceNs != Long.MAX_VALUE) {
        one.run.waitedNs += Math.max(0, nowNs() - one.run.waitsSinceNs);
        one.run.waitsSinceNs = Long.MAX_VALUE;
      }
    }

    @Override
    public void attemptEnded(long stampNs, Reservation task, AttemptReport report) {
      then.attemptEnded(report.callClass(), report.tokens(), report.moneyNanos());
      OpenTask one = tasks.get(task.taskId());
      if (one == null || one.run == null) {
        return;
      }
      if (one.call != null) {
        one.call.attempts.add(attempt(stampNs, one.run, task, report));
      }
      one.run = null;
      one.job.running.remove(one);
      if (one.over) {
        tasks.remove(task.taskId());
      }
    }

    private Night.Attempt attempt(
        long stampNs, Running run, Reservation task, AttemptReport report) {
      boolean hangs =
          run.isStopped()
              && report.callClass() == CallClass.TIMED_OUT
              && stampNs - run.startedNs >= task.timeoutNs();
      boolean isCutShort = run.isStopped() || !report.how().started();
      return new Night.Attempt(
          run.number,
          run.rung,
          run.startedNs - startNs,
          run.ownNs(stampNs),
          hangs ? Night.End.HANGS : isCutShort ? Night.End.CUT_SHORT : Night.End.OVER,
          Math.max(0, stampNs - run.stoppedNs),
          report.callClass(),
          report.retryAfterNs(),
          switch (report.use().source()) {
            case REPORTED, NONE -> Night.Use.REPORTED;
            case CHARGED -> Night.Use.CHARGED;
            // What certainly was not done costs nothing, though nobody said so.
            case ASSUMED -> report.tokens() == 0 ? Night.Use.REPORTED : Night.Use.UNKNOWN;
          },
          Math.max(0, report.tokens() - report.use().outputTokens()),
          report.use().outputTokens(),
          report.quota(),
          List.copyOf(run.acts));
    }

    // ---- refusals

    @Override
    public void refused(
        long sinceNs,
        long stampNs,
        @Nullable AgentGate agent,
        @Nullable TargetGate target,
        Map<Refusal, Long> counts,
        long lost) {
      if (agent != null || target != null) {
        return; // counted with all
      }
      long later = 0;
      for (Map.Entry<Refusal, Long> each : counts.entrySet()) {
        then.refused(each.getValue());
        later += each.getKey().retryable() ? each.getValue() : 0;
      }
      if (later > 0) {
        long fromNs = Math.max(0, sinceNs - startNs);
        refused.add(new Night.Unseen(fromNs, Math.max(fromNs, stampNs - startNs), later));
      }
    }

    @Override
    public void refused(
        long stampNs,
        String name,
        AgentGate agent,
        TargetGate target,
        Refusal reason,
        long retryAfterNs) {
      eachRefusal = true;
      OpenJob job = openByName.get(name);
      // While an attempt runs, it may have been one of its calls.
      if (job != null && job.running.isEmpty()) {
        job.refusedLast = true;
      }
    }

    // ---- what was registered, changed and said

    @Override
    public void agentRegistered(long stampNs, AgentGate gate, AgentSettings settings) {
      AgentSettings to = policy.applied(settings, gate.id());
      say(agentIds.add(gate.id()) ? startNs : stampNs, stage -> stage.set(gate.id(), to));
    }

    @Override
    public void agentReconfigured(long stampNs, AgentGate gate, AgentSettings settings) {
      agentRegistered(stampNs, gate, settings);
    }

    @Override
    public void agentRemoved(long stampNs, AgentGate gate) {
      say(stampNs, stage -> stage.removeAgent(gate.id()));
    }

    @Override
    public void agentEvicted(long stampNs, AgentGate gate) {}

    @Override
    public void targetRegistered(long stampNs, TargetGate gate, TargetSettings settings) {
      targetsNow.put(gate, settings);
      TargetSettings to = policy.applied(settings, gate.id());
      say(targetIds.add(gate.id()) ? startNs : stampNs, stage -> stage.set(gate.id(), to));
    }

    @Override
    public void targetReconfigured(long stampNs, TargetGate gate, TargetSettings settings) {
      targetRegistered(stampNs, gate, settings);
    }

    @Override
    public void targetRemoved(long stampNs, TargetGate gate) {
      say(stampNs, stage -> stage.removeTarget(gate.id()));
    }

    @Override
    public void targetEvicted(long stampNs, TargetGate gate) {
      targetsNow.remove(gate);
    }

    @Override
    public void halt(long stampNs) {}

    @Override
    public boolean decide(long stampNs, long taskId, ParkPolicy.Action action) {
      return true;
    }

    @Override
    public boolean holdAgent(long stampNs, AgentGate gate, long untilNs) {
      say(stampNs, stage -> stage.holdAgent(gate.id(), forNs(stampNs, untilNs)));
      return true;
    }

    @Override
    public boolean holdTarget(long stampNs, TargetGate gate, long untilNs) {
      say(stampNs, stage -> stage.holdTarget(gate.id(), forNs(stampNs, untilNs)));
      return true;
    }

    @Override
    public void holdAll(long stampNs, int lowest, boolean starts, long untilNs) {
      say(stampNs, stage -> stage.holdAll(lowest, starts, forNs(stampNs, untilNs)));
    }

    @Override
    public Forced forceBreaker(
        long stampNs, TargetGate target, @Nullable AgentGate agent, boolean open, long untilNs) {
      String ofAgent = agent == null ? null : agent.id();
      say(
          stampNs,
          stage -> stage.forceBreaker(target.id(), ofAgent, open, forNs(stampNs, untilNs)));
      return Forced.DONE;
    }

    private static long forNs(long stampNs, long untilNs) {
      return untilNs == 0 ? 0 : Math.max(1, Math.min(Long.MAX_VALUE / 4, untilNs - stampNs));
    }

    // Of a night before this one.
    @Override
    public void breakerCarried(
        long stampNs, TargetGate target, @Nullable AgentGate agent, BreakerMemory memory) {}

    // Likewise.
    @Override
    public void targetCarried(long stampNs, TargetGate target, TargetMemory what, long value) {}

    // Likewise.
    @Override
    public void cutOffsCarried(long stampNs, AgentGate gate, long[] atNs) {}

    @Override
    public void funded(long stampNs, Reservation task) {}

    @Override
    public void spendingLimited(long stampNs, SpendingLimits limits) {
      HeadgateSettings to = changed(now.spending(limits));
      say(stampNs, stage -> stage.limitSpending(to.spending()));
    }

    @Override
    public void rateLimited(long stampNs, long tokensPerMinute, long burstTokens) {
      HeadgateSettings to =
          changed(
              now.burstTokens(AgentSettings.ONE_MINUTE)
                  .tokensPerMinute(tokensPerMinute)
                  .burstTokens(burstTokens));
      say(stampNs, stage -> stage.limitRate(to.tokensPerMinute(), to.burstTokens()));
    }

    @Override
    public void parkingLimited(long stampNs, int maxParked, long maxParkedTokens) {
      HeadgateSettings to = changed(now.maxParked(maxParked).maxParkedTokens(maxParkedTokens));
      say(stampNs, stage -> stage.limitParking(to.maxParked(), to.maxParkedTokens()));
    }

    @Override
    public void retriesSpread(long stampNs, int percent) {
      HeadgateSettings to = changed(now.retrySpreadPercent(percent));
      say(stampNs, stage -> stage.spreadRetries(to.retrySpreadPercent()));
    }

    private HeadgateSettings changed(HeadgateSettings to) {
      now = to;
      return policy.applied(to, "");
    }
  }
}
