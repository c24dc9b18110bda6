package io.headgate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.AgentSettings;
import io.headgate.CallClass;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.Priority;
import io.headgate.ProviderQuota;
import io.headgate.Spending;
import io.headgate.TargetSettings;
import io.headgate.Task;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Cutoff;
import io.headgate.admission.JobAccount;
import io.headgate.admission.Registrar;
import io.headgate.admission.Reservation;
import io.headgate.admission.TakenAgain;
import io.headgate.admission.TargetGate;
import io.headgate.admission.Trial;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** An engine in virtual time, with hand-made reservations and effects that are written down. */
final class EngineHarness extends EffectLog {
  static final long SEED = 42;
  static final long SECOND = 1_000_000_000L;
  static final long HOUR = 3_600 * SECOND;

  /** A registrar that nothing asks. */
  static final Registrar NOBODY =
      new Registrar() {
        @Override
        public void reconfigure(AgentGate agent, AgentSettings settings) {}

        @Override
        public void reconfigure(TargetGate target, TargetSettings settings) {}

        @Override
        public void remove(AgentGate agent) {}

        @Override
        public void remove(TargetGate target) {}
      };

  /** A job whose account is never asked to reserve anything. */
  static final class FakeJob extends JobAccount {
    int begun;
    int closed;
    int retired;
    long spentTokens;
    long spentMoney;
    Spending spending = Spending.NONE;

    FakeJob(int index, @Nullable JobAccount parent, long deadlineNs, long tokens, long money) {
      super(index, parent, deadlineNs, tokens, money, 100_000);
    }

    FakeJob(int index, long deadlineNs, JobSettings settings) {
      super(index, index, null, deadlineNs, settings);
    }
  }

  /** A reservation, and what became of it. */
  static final class FakeTask extends Reservation {
    final @Nullable FakeTask of;
    int attempts;
    long startedNs = -1;
    long deadlineNs = -1;
    @Nullable Ending ending;
    boolean endedWaiting;
    long endedNs = -1;
    long ranNs = -1;
    int stops;
    int resumedJoin;
    int overs;
    @Nullable Trial partOf;
    @Nullable Trial handsOn;

    @Override
    public @Nullable Trial trial() {
      return partOf;
    }

    FakeTask(
        AgentGate agent, TargetGate target, JobAccount job, Options options, long nowNs, long id) {
      super(
          agent,
          target,
          job,
          options.priority,
          options.child ? 1 : 0,
          Task.NO_ARGUMENTS,
          options.tokens,
          0,
          options.money,
          nowNs,
          options.ttlNs == Long.MAX_VALUE ? Long.MAX_VALUE : nowNs + options.ttlNs);
      number(id);
      reserveAt(options.rung, options.degradable);
      of = null;
      if (options.idempotent) {
        setIdempotent();
      }
      if (options.unfunded) {
        unfund();
      }
    }

    /** For a second attempt beside the first. */
    FakeTask(FakeTask of, long nowNs, long startByNs, long id) {
      super(of, nowNs, startByNs);
      this.of = of;
      number(id);
    }

    boolean runs() {
      return startedNs >= 0 && overs == 0;
    }

    @Override
    public String toString() {
      return "task " + taskId();
    }
  }

  /** What a task asks for beside the usual. */
  static final class Options {
    Priority priority = Priority.NORMAL;
    boolean child;
    long tokens = 100;
    long money;
    long ttlNs = Long.MAX_VALUE;
    int rung;
    boolean degradable = true;
    boolean idempotent;

    Options idempotent() {
      idempotent = true;
      return this;
    }

    boolean unfunded;

    Options unfunded() {
      unfunded = true;
      return this;
    }

    Options rung(int rung) {
      this.rung = rung;
      return this;
    }

    Options firm() {
      degradable = false;
      return this;
    }

    Options priority(Priority priority) {
      this.priority = priority;
      return this;
    }

    Options child() {
      this.child = true;
      return this;
    }

    Options tokens(long tokens) {
      this.tokens = tokens;
      return this;
    }

    Options money(long money) {
      this.money = money;
      return this;
    }

    Options ttl(long ttlNs) {
      this.ttlNs = ttlNs;
      return this;
    }
  }

  final HeadgateSettings settings;
  final Engine engine;
  final List<FakeTask> started = new ArrayList<>();
  final List<FakeTask> ended = new ArrayList<>();
  final List<FakeJob> closed = new ArrayList<>();
  final List<FakeJob> retired = new ArrayList<>();

  /** As last published. */
  long startIntervalNs;

  /** Of each target, by index. */
  final long[] waitOfNewNs;

  final long[] waitOfBegunNs;
  int estimatesPublished;
  long now;
  private final Deque<Integer> freeJobs = new ArrayDeque<>();
  private int usedJobs;
  private int usedAgents;
  private int usedTargets;
  private long nextId;

  EngineHarness(UnaryOperator<HeadgateSettings> change) {
    settings = change.apply(HeadgateSettings.DEFAULT);
    engine = new Engine(settings, SEED, this);
    waitOfNewNs = new long[settings.maxTargets()];
    waitOfBegunNs = new long[settings.maxTargets()];
  }

  // ---- inputs, stamped with now

  EngineHarness at(long ns) {
    now = ns;
    return this;
  }

  void advance(long ns) {
    now = ns;
    engine.advance(ns);
  }

  AgentGate agent(UnaryOperator<AgentSettings> change) {
    return agentAt(usedAgents++, change);
  }

  AgentGate agentAt(int index, UnaryOperator<AgentSettings> change) {
    AgentSettings settings = change.apply(AgentSettings.DEFAULT);
    AgentGate gate = new AgentGate("agent-" + index, index, settings, NOBODY);
    engine.agentRegistered(now, gate, settings);
    return gate;
  }

  AgentGate agent() {
    return agent(a -> a);
  }

  TargetGate target(UnaryOperator<TargetSettings> change) {
    return targetAt(usedTargets++, change);
  }

  TargetGate targetAt(int index, UnaryOperator<TargetSettings> change) {
    TargetSettings settings = change.apply(TargetSettings.DEFAULT);
    TargetGate gate = new TargetGate("target-" + index, index, settings, NOBODY);
    engine.targetRegistered(now, gate, settings);
    return gate;
  }

  TargetGate target() {
    return target(t -> t);
  }

  FakeJob job() {
    return jobUntil(HOUR * 24);
  }

  FakeJob jobUntil(long deadlineNs) {
    return open(null, deadlineNs, JobSettings.UNLIMITED);
  }

  FakeJob job(JobSettings settings) {
    Integer index = freeJobs.poll();
    FakeJob job =
        new FakeJob(
            index == null ? usedJobs++ : index, now + settings.deadline().toNanos(), settings);
    engine.jobOpened(now, job);
    return job;
  }

  FakeJob open(@Nullable FakeJob parent, long deadlineNs, long tokenBudget) {
    FakeJob job = unopened(parent, deadlineNs, tokenBudget);
    engine.jobOpened(now, job);
    return job;
  }

  FakeJob unopened(@Nullable FakeJob parent, long deadlineNs, long tokenBudget) {
    Integer index = freeJobs.poll();
    return new FakeJob(
        index == null ? usedJobs++ : index, parent, deadlineNs, tokenBudget, JobSettings.UNLIMITED);
  }

  FakeJob split(FakeJob parent) {
    return open(parent, parent.deadlineNs(), JobSettings.UNLIMITED);
  }

  FakeTask submit(FakeJob job, AgentGate agent, TargetGate target) {
    return submit(job, agent, target, o -> o);
  }

  FakeTask submit(FakeJob job, AgentGate agent, TargetGate target, UnaryOperator<Options> change) {
    FakeTask task = new FakeTask(agent, target, job, change.apply(new Options()), now, nextId++);
    engine.taskAdmitted(now, task);
    return task;
  }

  /** What a task needs at that rung was taken, beside its call that does not end. */
  FakeTask beside(FakeTask of, int rung) {
    FakeTask second = new FakeTask(of, now, of.startByNs(), nextId++);
    second.reserveAt(rung, true);
    engine.hedgeAdmitted(now, second, of);
    return second;
  }

  /** What a second attempt needs was taken. */
  FakeTask hedge(FakeTask of) {
    FakeTask hedge = new FakeTask(of, now, of.deadlineNs, nextId++);
    engine.hedgeAdmitted(now, hedge, of);
    return hedge;
  }

  /** What an attempt submits, which hands on of which probes it is part. */
  FakeTask child(
      FakeTask parent,
      FakeJob job,
      AgentGate agent,
      TargetGate target,
      UnaryOperator<Options> change) {
    FakeTask task =
        new FakeTask(agent, target, job, change.apply(new Options().child()), now, nextId++);
    task.partOf = parent.handsOn;
    engine.taskAdmitted(now, task);
    return task;
  }

  void finish(FakeTask task) {
    finish(task, AttemptEnd.RETURNED, task.tokens(), false);
  }

  void finish(FakeTask task, AttemptEnd how, long tokens, boolean overspent) {
    engine.attemptEnded(now, task, AttemptReport.of(how, tokens, task.moneyNanos(), overspent));
  }

  /** An attempt ended, and its answer said what its target lets through. */
  void finish(FakeTask task, CallClass end, ProviderQuota quota) {
    AttemptEnd how = end == CallClass.OK ? AttemptEnd.RETURNED : AttemptEnd.THREW;
    engine.attemptEnded(
        now,
        task,
        new AttemptReport(
            how, end, 0, TakenAgain.NOTHING, task.tokens(), 0, false, CallUse.NONE, quota));
  }

  /** An attempt failed, and has taken what another one needs. */
  void fail(FakeTask task, CallClass end) {
    fail(task, end, 0, true);
  }

  void fail(FakeTask task, CallClass end, long retryAfterNs, boolean takenAgain) {
    engine.attemptEnded(
        now,
        task,
        new AttemptReport(
            AttemptEnd.THREW,
            end,
            retryAfterNs,
            takenAgain ? TakenAgain.all(task) : TakenAgain.NOTHING,
            task.tokens(),
            0,
            false,
            CallUse.NONE));
  }

  /** It failed, and of what another attempt needs a place alone was taken. */
  void failUnfunded(FakeTask task, CallClass end) {
    fail(task, end, TakenAgain.PLACE);
  }

  void fail(FakeTask task, CallClass end, TakenAgain again) {
    engine.attemptEnded(
        now,
        task,
        new AttemptReport(AttemptEnd.THREW, end, 0, again, task.tokens(), 0, false, CallUse.NONE));
  }

  void cancel(FakeTask task) {
    engine.taskCancelled(now, task);
  }

  void join(FakeTask waiter, int join, FakeTask awaited) {
    engine.joinBegan(now, waiter, join, awaited);
  }

  // ---- what must hold when nothing is left

  void assertAtRest() {
    assertThat(engine.isIdle()).as("nothing waits, runs or is suspended").isTrue();
    assertThat(engine.suspended()).as("suspended").isZero();
    assertAtRest("overall", engine.ledger());
    engine.forEachAgent((gate, ledger) -> assertAtRest(gate.id(), ledger));
    engine.forEachTarget((gate, ledger) -> assertAtRest(gate.id(), ledger));
  }

  private static void assertAtRest(String whose, Ledger ledger) {
    assertThat(
            new long[] {
              ledger.live(),
              ledger.waiting(),
              ledger.running(),
              ledger.claimed,
              ledger.overruns(),
              ledger.reservedTokens(),
              ledger.reservedMoney()
            })
        .as(whose + ": live, waiting, running, claimed, overruns, tokens, money")
        .containsOnly(0);
  }

  // ---- effects

  @Override
  public void start(
      Reservation task, int attempt, long nowNs, long deadlineNs, @Nullable Trial trial) {
    FakeTask fake = (FakeTask) task;
    assertThat(fake.ending).as("the ending of %s at its start", fake).isNull();
    FakeTask counts = fake.of == null ? fake : fake.of;
    assertThat(attempt).as("the attempt of %s", fake).isEqualTo(counts.attempts + 1);
    counts.attempts = attempt;
    fake.startedNs = nowNs;
    fake.handsOn = trial;
    fake.deadlineNs = deadlineNs;
    started.add(fake);
    log.add("start " + task.taskId() + " at " + nowNs + " until " + deadlineNs);
  }

  @Override
  public void stop(Reservation task) {
    ((FakeTask) task).stops++;
    log.add("stop " + task.taskId());
  }

  @Override
  public void resume(Reservation task, int join) {
    ((FakeTask) task).resumedJoin = join;
    log.add("resume " + task.taskId() + " from join " + join);
  }

  @Override
  public void end(Reservation task, Ending ending, boolean waiting, long nowNs, long ranNs) {
    FakeTask fake = (FakeTask) task;
    assertThat(fake.ending).as("the ending of %s before", fake).isNull();
    fake.ending = ending;
    fake.endedWaiting = waiting;
    fake.endedNs = nowNs;
    fake.ranNs = ranNs;
    ended.add(fake);
    log.add("end " + task.taskId() + " " + ending + " at " + nowNs);
  }

  @Override
  public void attemptOver(Reservation task, long nowNs, long ranNs) {
    ((FakeTask) task).overs++;
    log.add("over " + task.taskId() + " at " + nowNs);
  }

  @Override
  public void jobBegun(JobAccount job) {
    ((FakeJob) job).begun++;
    log.add("begun " + job.index());
  }

  @Override
  public void jobClosed(JobAccount job) {
    ((FakeJob) job).closed++;
    closed.add((FakeJob) job);
    log.add("closed " + job.index());
  }

  @Override
  public void jobRetired(JobAccount job, Spending spent) {
    FakeJob fake = (FakeJob) job;
    fake.retired++;
    fake.spentTokens = spent.tokensSpent();
    fake.spentMoney = spent.moneySpentNanos();
    fake.spending = spent;
    retired.add(fake);
    freeJobs.add(job.index());
    log.add(
        "retired "
            + job.index()
            + " spent "
            + spent.tokensSpent()
            + " and "
            + spent.moneySpentNanos());
  }

  @Override
  public void publishStartInterval(long intervalNs) {
    startIntervalNs = intervalNs;
  }

  @Override
  public void publishQueued(AgentGate agent, int queuedNew) {
    agent.publishQueued(queuedNew);
  }

  @Override
  public void publishRound(TargetGate target, int priority, long roundNs) {
    target.publishRound(priority, roundNs);
  }

  @Override
  public void publishEstimates(
      TargetGate target, int priority, long waitOfNewNs, long waitOfBegunNs, long jobNs) {
    target.publishEstimates(priority, waitOfNewNs, waitOfBegunNs, jobNs);
    if (priority == Priority.NORMAL.ordinal()) {
      this.waitOfNewNs[target.index()] = waitOfNewNs;
      this.waitOfBegunNs[target.index()] = waitOfBegunNs;
      estimatesPublished++;
    }
  }

  @Override
  public void breaker(
      TargetGate target, @Nullable AgentGate agent, BreakerState state, long untilNs) {
    log.add("breaker " + target.id() + " " + (agent == null ? "" : agent.id() + " ") + state);
  }

  @Override
  public void cutOff(
      TargetGate target,
      @Nullable AgentGate agent,
      long untilNs,
      int probes,
      boolean pause,
      int trial) {
    Cutoff.put(target, agent, new Cutoff(untilNs, probes, pause, trial));
  }

  @Override
  public void restore(TargetGate target, @Nullable AgentGate agent) {
    Cutoff.put(target, agent, null);
  }
}
