package io.headgate.journal;

import io.headgate.AgentSettings;
import io.headgate.JobSettings;
import io.headgate.OperatorWord;
import io.headgate.ParkPolicy;
import io.headgate.ParkReason;
import io.headgate.Recovery;
import io.headgate.Refusal;
import io.headgate.SpendingLimits;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Carried;
import io.headgate.admission.Earlier;
import io.headgate.admission.Gate;
import io.headgate.admission.Handled;
import io.headgate.admission.JobAccount;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;
import io.headgate.admission.Trial;
import io.headgate.engine.AttemptReport;
import io.headgate.engine.BreakerMemory;
import io.headgate.engine.Ending;
import io.headgate.engine.EngineRecorder;
import io.headgate.engine.TargetMemory;
import io.headgate.journal.sbe.AgentChangedEncoder;
import io.headgate.journal.sbe.AgentDeclaredEncoder;
import io.headgate.journal.sbe.AgentHeldEncoder;
import io.headgate.journal.sbe.AllHeldEncoder;
import io.headgate.journal.sbe.AttemptEndedEncoder;
import io.headgate.journal.sbe.AttemptStartedEncoder;
import io.headgate.journal.sbe.BreakerForcedEncoder;
import io.headgate.journal.sbe.BreakerKnownEncoder;
import io.headgate.journal.sbe.BudgetChangedEncoder;
import io.headgate.journal.sbe.CallKeptEncoder;
import io.headgate.journal.sbe.CutOffsCarriedEncoder;
import io.headgate.journal.sbe.GapEncoder;
import io.headgate.journal.sbe.HaltedEncoder;
import io.headgate.journal.sbe.JobCarriedEncoder;
import io.headgate.journal.sbe.JobClosedEncoder;
import io.headgate.journal.sbe.JobDeclaredEncoder;
import io.headgate.journal.sbe.JobOpenedEncoder;
import io.headgate.journal.sbe.JobReconfiguredEncoder;
import io.headgate.journal.sbe.JobRetiredEncoder;
import io.headgate.journal.sbe.JoinAbandonedEncoder;
import io.headgate.journal.sbe.JoinBeganEncoder;
import io.headgate.journal.sbe.MessageHeaderEncoder;
import io.headgate.journal.sbe.OperatorSaidEncoder;
import io.headgate.journal.sbe.ParkedDecidedEncoder;
import io.headgate.journal.sbe.ParkingLimitedEncoder;
import io.headgate.journal.sbe.RateLimitedEncoder;
import io.headgate.journal.sbe.RatesChangedEncoder;
import io.headgate.journal.sbe.RecoveryEndedEncoder;
import io.headgate.journal.sbe.RefusalsCountedEncoder;
import io.headgate.journal.sbe.RetriesSpreadEncoder;
import io.headgate.journal.sbe.RunEndedEncoder;
import io.headgate.journal.sbe.RunStartedEncoder;
import io.headgate.journal.sbe.SettingsDeclaredEncoder;
import io.headgate.journal.sbe.SpendingLimitedEncoder;
import io.headgate.journal.sbe.StateDigestEncoder;
import io.headgate.journal.sbe.TargetChangedEncoder;
import io.headgate.journal.sbe.TargetDeclaredEncoder;
import io.headgate.journal.sbe.TargetHeldEncoder;
import io.headgate.journal.sbe.TargetKnownEncoder;
import io.headgate.journal.sbe.TaskAdmittedEncoder;
import io.headgate.journal.sbe.TaskCancelledEncoder;
import io.headgate.journal.sbe.TaskCarriedEncoder;
import io.headgate.journal.sbe.TaskEndedEncoder;
import io.headgate.journal.sbe.TaskFundedEncoder;
import io.headgate.journal.sbe.TaskParkedEncoder;
import io.headgate.journal.sbe.TaskRecoveredEncoder;
import io.headgate.journal.sbe.TaskRefusedEncoder;
import java.util.HashMap;
import java.util.Map;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;
import org.jspecify.annotations.Nullable;

/**
 * Makes a record of each input of the engine and of what it decided, and passes it on. What records
 * refer to by number is declared by one of its own when it is first met. One thread; in steady
 * state nothing is allocated.
 */
class RecordEncoder implements EngineRecorder {
  /** So many settings have numbers at once; the next that is declared forgets them all. */
  static final int MAX_SETTINGS = 4_096;

  /** Takes a record; it is copied before the call returns. */
  @FunctionalInterface
  interface Sink {
    void write(ExpandableArrayBuffer record, int length);
  }

  private static final Refusal[] REASONS = Refusal.values();

  /** So long is a text that somebody gave, at most. */
  private static final int MOST_TEXT = 1_024;

  private final Sink sink;
  private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(4_096);
  private final Map<Record, Integer> settingsNumbers = new HashMap<>();
  private int settings;
  private int gates;
  private long jobs;

  private final MessageHeaderEncoder header = new MessageHeaderEncoder();
  private final AgentChangedEncoder agentChanged = new AgentChangedEncoder();
  private final AgentDeclaredEncoder agentDeclared = new AgentDeclaredEncoder();
  private final AgentHeldEncoder agentHeld = new AgentHeldEncoder();
  private final AllHeldEncoder allHeld = new AllHeldEncoder();
  private final AttemptEndedEncoder attemptEnded = new AttemptEndedEncoder();
  private final AttemptStartedEncoder attemptStarted = new AttemptStartedEncoder();
  private final CutOffsCarriedEncoder cutOffsCarried = new CutOffsCarriedEncoder();
  private final BreakerForcedEncoder breakerForced = new BreakerForcedEncoder();
  private final BreakerKnownEncoder breakerKnown = new BreakerKnownEncoder();
  private final BudgetChangedEncoder budgetChanged = new BudgetChangedEncoder();
  private final CallKeptEncoder callKept = new CallKeptEncoder();
  private final JobCarriedEncoder jobCarried = new JobCarriedEncoder();
  private final JobRetiredEncoder jobRetired = new JobRetiredEncoder();
  private final TaskRecoveredEncoder taskRecovered = new TaskRecoveredEncoder();
  private final RecoveryEndedEncoder recoveryEnded = new RecoveryEndedEncoder();
  private final GapEncoder gap = new GapEncoder();
  private final HaltedEncoder halted = new HaltedEncoder();
  private final JobClosedEncoder jobClosed = new JobClosedEncoder();
  private final JobDeclaredEncoder jobDeclared = new JobDeclaredEncoder();
  private final JobOpenedEncoder jobOpened = new JobOpenedEncoder();
  private final JobReconfiguredEncoder jobReconfigured = new JobReconfiguredEncoder();
  private final JoinAbandonedEncoder joinAbandoned = new JoinAbandonedEncoder();
  private final JoinBeganEncoder joinBegan = new JoinBeganEncoder();
  private final OperatorSaidEncoder operatorSaid = new OperatorSaidEncoder();
  private final ParkedDecidedEncoder parkedDecided = new ParkedDecidedEncoder();
  private final ParkingLimitedEncoder parkingLimited = new ParkingLimitedEncoder();
  private final RateLimitedEncoder rateLimited = new RateLimitedEncoder();
  private final RatesChangedEncoder ratesChanged = new RatesChangedEncoder();
  private final RefusalsCountedEncoder refusalsCounted = new RefusalsCountedEncoder();
  private final RetriesSpreadEncoder retriesSpread = new RetriesSpreadEncoder();
  private final RunEndedEncoder runEnded = new RunEndedEncoder();
  private final RunStartedEncoder runStarted = new RunStartedEncoder();
  private final SettingsDeclaredEncoder settingsDeclared = new SettingsDeclaredEncoder();
  private final SpendingLimitedEncoder spendingLimited = new SpendingLimitedEncoder();
  private final StateDigestEncoder stateDigest = new StateDigestEncoder();
  private final TargetChangedEncoder targetChanged = new TargetChangedEncoder();
  private final TargetDeclaredEncoder targetDeclared = new TargetDeclaredEncoder();
  private final TargetKnownEncoder targetKnown = new TargetKnownEncoder();
  private final TargetHeldEncoder targetHeld = new TargetHeldEncoder();
  private final TaskCarriedEncoder taskCarried = new TaskCarriedEncoder();
  private final TaskParkedEncoder taskParked = new TaskParkedEncoder();
  private final TaskAdmittedEncoder taskAdmitted = new TaskAdmittedEncoder();
  private final TaskCancelledEncoder taskCancelled = new TaskCancelledEncoder();
  private final TaskEndedEncoder taskEnded = new TaskEndedEncoder();
  private final TaskFundedEncoder taskFunded = new TaskFundedEncoder();
  private final TaskRefusedEncoder taskRefused = new TaskRefusedEncoder();

  RecordEncoder(Sink sink) {
    this.sink = sink;
  }

  private void done(MessageEncoderFlyweight message) {
    sink.write(buffer, message.limit());
  }

  private static short code(Enum<?> value) {
    return (short) value.ordinal();
  }

  private static short flag(boolean value) {
    return (short) (value ? 1 : 0);
  }

  // ---- what is referred to by number

  final void runStarted(
      long stampNs, long epochNs, long seed, Record headgate, String headgateVersion) {
    int number = numberOf(headgate);
    runStarted
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(stampNs)
        .epochNs(epochNs)
        .seed(seed)
        .settings(number)
        .headgateVersion(headgateVersion);
    done(runStarted);
  }

  /** Records are missing, since that time. How many is for who knows it to fill in. */
  final void gapEnded(long sinceNs, long stampNs) {
    gap.wrapAndApplyHeader(buffer, 0, header).stampNs(stampNs).sinceNs(sinceNs).lost(0);
    done(gap);
  }

  private int numberOf(Record of) {
    Integer known = settingsNumbers.get(of);
    if (known != null) {
      return known;
    }
    if (settingsNumbers.size() == MAX_SETTINGS) {
      settingsNumbers.clear(); // who comes back is declared anew
    }
    int number = ++settings;
    settingsNumbers.put(of, number);
    settingsDeclared
        .wrapAndApplyHeader(buffer, 0, header)
        .number(number)
        .kind(code(SettingsKind.of(of)))
        .json(SettingsJson.write(of));
    done(settingsDeclared);
    return number;
  }

  private int numberOf(AgentGate gate) {
    int known = gate.recordNumber();
    if (known != 0) {
      return known;
    }
    int number = give(gate);
    agentDeclared
        .wrapAndApplyHeader(buffer, 0, header)
        .number(number)
        .place(gate.index())
        .name(gate.id());
    done(agentDeclared);
    return number;
  }

  private int numberOf(TargetGate gate) {
    int known = gate.recordNumber();
    if (known != 0) {
      return known;
    }
    int number = give(gate);
    targetDeclared
        .wrapAndApplyHeader(buffer, 0, header)
        .number(number)
        .place(gate.index())
        .name(gate.id());
    done(targetDeclared);
    return number;
  }

  private int give(Gate gate) {
    gate.recordNumber(++gates);
    return gates;
  }

  private long numberOf(JobAccount account) {
    long known = account.recordNumber();
    if (known != 0) {
      return known;
    }
    JobAccount parent = account.parent();
    long parentNumber = parent == null ? 0 : numberOf(parent);
    int first = numberOf(account.first());
    long number = ++jobs;
    account.recordNumber(number);
    jobDeclared
        .wrapAndApplyHeader(buffer, 0, header)
        .number(number)
        .place(account.index())
        .parent(parentNumber)
        .deadlineNs(account.deadlineNs())
        .settings(first)
        .step(account.step())
        .name(account.name());
    done(jobDeclared);
    Carried carried = account.carried();
    if (carried != Carried.NOTHING) {
      jobCarried
          .wrapAndApplyHeader(buffer, 0, header)
          .job(number)
          .tokens(carried.tokens())
          .moneyNanos(carried.moneyNanos())
          .calls(carried.calls())
          .begun(flag(carried.begun()));
      done(jobCarried);
    }
    return number;
  }

  @Override
  public final void retired(JobAccount job) {
    if (job.recordNumber() != 0) {
      jobRetired.wrapAndApplyHeader(buffer, 0, header).job(job.recordNumber());
      done(jobRetired);
    }
    job.recordNumber(0);
  }

  // ---- agents and targets

  @Override
  public final void agentRegistered(long stampNs, AgentGate gate, AgentSettings settings) {
    agentChanged(stampNs, EntryChange.REGISTERED, gate, settings);
  }

  @Override
  public final void agentReconfigured(long stampNs, AgentGate gate, AgentSettings settings) {
    agentChanged(stampNs, EntryChange.RECONFIGURED, gate, settings);
  }

  @Override
  public final void agentRemoved(long stampNs, AgentGate gate) {
    agentChanged(stampNs, EntryChange.REMOVED, gate, null);
  }

  @Override
  public final void agentEvicted(long stampNs, AgentGate gate) {
    agentChanged(stampNs, EntryChange.EVICTED, gate, null);
    gate.recordNumber(0); // its place may be another's
  }

  private void agentChanged(
      long stampNs, EntryChange change, AgentGate gate, @Nullable Record settings) {
    int number = numberOf(gate);
    int with = settings == null ? 0 : numberOf(settings);
    agentChanged
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(stampNs)
        .change(code(change))
        .agent(number)
        .settings(with);
    done(agentChanged);
  }

  @Override
  public final void targetRegistered(long stampNs, TargetGate gate, TargetSettings settings) {
    targetChanged(stampNs, EntryChange.REGISTERED, gate, settings);
  }

  @Override
  public final void targetReconfigured(long stampNs, TargetGate gate, TargetSettings settings) {
    targetChanged(stampNs, EntryChange.RECONFIGURED, gate, settings);
  }

  @Override
  public final void targetRemoved(long stampNs, TargetGate gate) {
    targetChanged(stampNs, EntryChange.REMOVED, gate, null);
  }

  @Override
  public final void targetEvicted(long stampNs, TargetGate gate) {
    targetChanged(stampNs, EntryChange.EVICTED, gate, null);
    gate.recordNumber(0); // its place may be another's
  }

  private void targetChanged(
      long stampNs, EntryChange change, TargetGate gate, @Nullable Record settings) {
    int number = numberOf(gate);
    int with = settings == null ? 0 : numberOf(settings);
    targetChanged
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(stampNs)
        .change(code(change))
        .target(number)
        .settings(with);
    done(targetChanged);
  }

  @Override
  public final boolean holdAgent(long stampNs, AgentGate gate, long untilNs) {
    int number = numberOf(gate);
    agentHeld.wrapAndApplyHeader(buffer, 0, header).stampNs(stampNs).agent(number).untilNs(untilNs);
    done(agentHeld);
    return true;
  }

  @Override
  public final boolean holdTarget(long stampNs, TargetGate gate, long untilNs) {
    int number = numberOf(gate);
    targetHeld
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(stampNs)
        .target(number)
        .untilNs(untilNs);
    done(targetHeld);
    return true;
  }

  @Override
  public final Forced forceBreaker(
      long stampNs, TargetGate target, @Nullable AgentGate agent, boolean open, long untilNs) {
    int ofTarget = numberOf(target);
    int ofAgent = agent == null ? 0 : numberOf(agent);
    breakerForced
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(stampNs)
        .target(ofTarget)
        .agent(ofAgent)
        .open(flag(open))
        .untilNs(untilNs);
    done(breakerForced);
    return Forced.DONE;
  }

  @Override
  public final void breakerTurned(
      TargetGate target, @Nullable AgentGate agent, BreakerMemory memory, long nowNs) {
    breakerKnown(nowNs, target, agent, memory, false);
  }

  @Override
  public final void breakerCarried(
      long stampNs, TargetGate target, @Nullable AgentGate agent, BreakerMemory memory) {
    breakerKnown(stampNs, target, agent, memory, true);
  }

  @Override
  public final void targetLearned(TargetGate target, TargetMemory what, long value, long nowNs) {
    targetKnown(nowNs, target, what, value, false);
  }

  @Override
  public final void targetCarried(long stampNs, TargetGate target, TargetMemory what, long value) {
    targetKnown(stampNs, target, what, value, true);
  }

  private void targetKnown(
      long stampNs, TargetGate target, TargetMemory what, long value, boolean carried) {
    int number = numberOf(target);
    targetKnown
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(stampNs)
        .carried(flag(carried))
        .target(number)
        .what(code(what))
        .value(value);
    done(targetKnown);
  }

  @Override
  public final void cutOffsCarried(long stampNs, AgentGate gate, long[] atNs) {
    int agent = numberOf(gate);
    CutOffsCarriedEncoder.TimesEncoder times =
        cutOffsCarried
            .wrapAndApplyHeader(buffer, 0, header)
            .stampNs(stampNs)
            .agent(agent)
            .timesCount(atNs.length);
    for (long each : atNs) {
      times.next().atNs(each);
    }
    done(cutOffsCarried);
  }

  private void breakerKnown(
      long stampNs,
      TargetGate target,
      @Nullable AgentGate agent,
      BreakerMemory memory,
      boolean carried) {
    int ofTarget = numberOf(target);
    int ofAgent = agent == null ? 0 : numberOf(agent);
    breakerKnown
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(stampNs)
        .carried(flag(carried))
        .target(ofTarget)
        .agent(ofAgent)
        .rung((short) memory.rung())
        .state(code(memory.state()))
        .untilNs(memory.untilNs())
        .openings(memory.openings())
        .forced(flag(memory.isForced()));
    done(breakerKnown);
  }

  // ---- tasks

  @Override
  public final void taskAdmitted(long stampNs, Reservation task) {
    admitted(stampNs, task, -1);
  }

  @Override
  public final void hedgeAdmitted(long stampNs, Reservation hedge, Reservation of) {
    admitted(stampNs, hedge, of.taskId());
  }

  private void admitted(long stampNs, Reservation task, long hedgeOf) {
    int agent = numberOf(task.agentGate());
    int target = numberOf(task.targetGate());
    long job = numberOf(task.account());
    Earlier earlier = task.earlier();
    if (!earlier.equals(Earlier.NOTHING)) {
      taskCarried
          .wrapAndApplyHeader(buffer, 0, header)
          .task(task.taskId())
          .attempts(earlier.attempts())
          .parkedNs(earlier.parkedNs())
          .asked(flag(earlier.asked()));
      done(taskCarried);
    }
    Handled handled = task.handled();
    if (handled != null) {
      callKept
          .wrapAndApplyHeader(buffer, 0, header)
          .task(task.taskId())
          .run(handled.run())
          .ofTask(handled.task())
          .kind((short) handled.kind())
          .inputTokens(handled.estimate().inputTokens())
          .maxOutputTokens(handled.estimate().maxOutputTokens())
          .minOutputTokens(handled.estimate().minOutputTokens())
          .handler(handled.handler())
          .putPayload(handled.payload().bytes(), 0, handled.payload().length());
      done(callKept);
    }
    int trials = 0;
    for (Trial each = task.trial(); each != null; each = each.outer()) {
      int _ = numberOf(each.target());
      trials++;
    }
    TaskAdmittedEncoder.TrialsEncoder group =
        taskAdmitted
            .wrapAndApplyHeader(buffer, 0, header)
            .stampNs(stampNs)
            .task(task.taskId())
            .hedgeOf(hedgeOf)
            .agent(agent)
            .target(target)
            .job(job)
            .marks(task.marks())
            .arguments(task.arguments())
            .inputTokens(task.wantedInputTokens())
            .outputTokens(task.wantedOutputTokens())
            .moneyNanos(task.wantedMoneyNanos())
            .admittedNs(task.admittedNs())
            .takenNs(task.takenNs())
            .startByNs(task.startByNs())
            .timeoutNs(task.timeoutNs())
            .trialsCount(trials);
    for (Trial each = task.trial(); each != null; each = each.outer()) {
      group.next().target(each.target().recordNumber()).opening(each.opening());
    }
    done(taskAdmitted);
  }

  @Override
  public final void attemptEnded(long stampNs, Reservation task, AttemptReport report) {
    attemptEnded
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(stampNs)
        .task(task.taskId())
        .marks(task.marks())
        .moneyHeldNanos(task.wantedMoneyNanos())
        .takenNs(task.takenNs())
        .how(code(report.how()))
        .callClass(code(report.callClass()))
        .again(code(report.again().what()))
        .againRung((short) report.again().rung())
        .overspent(flag(report.overspent()))
        .source(code(report.use().source()))
        .againMoneyNanos(report.again().moneyNanos())
        .retryAfterNs(report.retryAfterNs())
        .tokens(report.tokens())
        .moneyNanos(report.moneyNanos())
        .heldTokens(report.use().heldTokens())
        .outputTokens(report.use().outputTokens())
        .callsPerMinute(report.quota().callsPerMinute())
        .tokensPerMinute(report.quota().tokensPerMinute());
    done(attemptEnded);
  }

  @Override
  public final boolean decide(long stampNs, long taskId, ParkPolicy.Action action) {
    parkedDecided
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(stampNs)
        .task(taskId)
        .action(code(action));
    done(parkedDecided);
    return true;
  }

  // ---- what has a record of the same shape

  @Override
  public final void taskCancelled(long stampNs, Reservation task) {
    taskCancelled.wrapAndApplyHeader(buffer, 0, header).stampNs(stampNs).task(task.taskId());
    done(taskCancelled);
  }

  @Override
  public final void joinBegan(long stampNs, Reservation waiter, int join, Reservation awaited) {
    joinBegan
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(stampNs)
        .task(waiter.taskId())
        .join(join)
        .awaited(awaited.taskId());
    done(joinBegan);
  }

  @Override
  public final void joinAbandoned(long stampNs, Reservation waiter, int join) {
    joinAbandoned
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(stampNs)
        .task(waiter.taskId())
        .join(join);
    done(joinAbandoned);
  }

  @Override
  public final void halt(long stampNs) {
    halted.wrapAndApplyHeader(buffer, 0, header).stampNs(stampNs);
    done(halted);
  }

  @Override
  public final void jobOpened(long stampNs, JobAccount account) {
    long number = numberOf(account);
    jobOpened.wrapAndApplyHeader(buffer, 0, header).stampNs(stampNs).job(number);
    done(jobOpened);
  }

  @Override
  public final void jobClosed(long stampNs, JobAccount account) {
    long number = numberOf(account);
    jobClosed.wrapAndApplyHeader(buffer, 0, header).stampNs(stampNs).job(number);
    done(jobClosed);
  }

  @Override
  public final void holdAll(long stampNs, int lowest, boolean starts, long untilNs) {
    allHeld
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(stampNs)
        .lowest(lowest)
        .starts(flag(starts))
        .untilNs(untilNs);
    done(allHeld);
  }

  @Override
  public final void funded(long stampNs, Reservation task) {
    taskFunded
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(stampNs)
        .task(task.taskId())
        .marks(task.marks())
        .moneyHeldNanos(task.wantedMoneyNanos())
        .takenNs(task.takenNs());
    done(taskFunded);
  }

  @Override
  public final void budgetChanged(long stampNs, JobAccount account, long tokens, long moneyNanos) {
    long number = numberOf(account);
    budgetChanged
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(stampNs)
        .job(number)
        .tokens(tokens)
        .moneyNanos(moneyNanos);
    done(budgetChanged);
  }

  @Override
  public final void jobReconfigured(long stampNs, JobAccount account, JobSettings settings) {
    long number = numberOf(account);
    int number1 = numberOf(settings);
    jobReconfigured
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(stampNs)
        .job(number)
        .settings(number1);
    done(jobReconfigured);
  }

  @Override
  public final void ratesChanged(long stampNs, JobAccount account, long tokens, long micros) {
    long number = numberOf(account);
    ratesChanged
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(stampNs)
        .job(number)
        .tokensPerMinute(tokens)
        .microsPerMinute(micros);
    done(ratesChanged);
  }

  @Override
  public final void spendingLimited(long stampNs, SpendingLimits limits) {
    int number = numberOf(limits);
    spendingLimited.wrapAndApplyHeader(buffer, 0, header).stampNs(stampNs).settings(number);
    done(spendingLimited);
  }

  @Override
  public final void rateLimited(long stampNs, long tokensPerMinute, long burstTokens) {
    rateLimited
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(stampNs)
        .tokensPerMinute(tokensPerMinute)
        .burstTokens(burstTokens);
    done(rateLimited);
  }

  @Override
  public final void parkingLimited(long stampNs, int maxParked, long maxParkedTokens) {
    parkingLimited
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(stampNs)
        .maxParked(maxParked)
        .maxParkedTokens(maxParkedTokens);
    done(parkingLimited);
  }

  @Override
  public final void retriesSpread(long stampNs, int percent) {
    retriesSpread.wrapAndApplyHeader(buffer, 0, header).stampNs(stampNs).percent(percent);
    done(retriesSpread);
  }

  // ---- what changes nothing in the engine

  /** So much was refused since that time; of one agent, or at one target, or in all. */
  public final void refused(
      long sinceNs,
      long nowNs,
      @Nullable AgentGate agent,
      @Nullable TargetGate target,
      long[] byReason,
      long lost) {
    int ofAgent = agent == null ? 0 : numberOf(agent);
    int ofTarget = target == null ? 0 : numberOf(target);
    int reasons = 0;
    for (long count : byReason) {
      reasons += count > 0 ? 1 : 0;
    }
    RefusalsCountedEncoder.CountsEncoder group =
        refusalsCounted
            .wrapAndApplyHeader(buffer, 0, header)
            .stampNs(nowNs)
            .sinceNs(sinceNs)
            .agent(ofAgent)
            .target(ofTarget)
            .lost(lost)
            .countsCount(reasons);
    for (Refusal reason : REASONS) {
      if (byReason[reason.ordinal()] > 0) {
        group.next().reason(code(reason)).times(byReason[reason.ordinal()]);
      }
    }
    done(refusalsCounted);
  }

  /** A task was refused. Allocates the job's name in bytes. */
  public final void refused(
      long stampNs,
      String job,
      AgentGate agent,
      TargetGate target,
      Refusal reason,
      long retryAfterNs) {
    int ofAgent = numberOf(agent);
    int ofTarget = numberOf(target);
    taskRefused
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(stampNs)
        .agent(ofAgent)
        .target(ofTarget)
        .reason(code(reason))
        .retryAfterNs(retryAfterNs)
        .job(job);
    done(taskRefused);
  }

  /** What an operator said. */
  public final void said(long stampNs, OperatorWord word) {
    operatorSaid
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(stampNs)
        .done(flag(word.done()))
        .verb(bounded(word.verb()))
        .subject(bounded(word.subject()))
        .change(bounded(word.change()))
        .who(bounded(word.by().who()))
        .why(bounded(word.by().why()));
    done(operatorSaid);
  }

  private static String bounded(String text) {
    return text.length() <= MOST_TEXT ? text : text.substring(0, MOST_TEXT);
  }

  // ---- what the engine decided

  @Override
  public final void started(Reservation task, int attempt, long nowNs, long deadlineNs) {
    attemptStarted
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(nowNs)
        .task(task.taskId())
        .attempt(attempt)
        .rung((short) task.rung())
        .deadlineNs(deadlineNs)
        .marks(task.marks())
        .moneyNanos(task.moneyNanos());
    done(attemptStarted);
  }

  @Override
  public final void parked(Reservation task, ParkReason reason, long sinceNs) {
    taskParked
        .wrapAndApplyHeader(buffer, 0, header)
        .task(task.taskId())
        .parked(flag(true))
        .reason(code(reason))
        .sinceNs(sinceNs);
    done(taskParked);
  }

  @Override
  public final void unparked(Reservation task) {
    taskParked
        .wrapAndApplyHeader(buffer, 0, header)
        .task(task.taskId())
        .parked(flag(false))
        .reason((short) 0)
        .sinceNs(0);
    done(taskParked);
  }

  @Override
  public final void ended(Reservation task, Ending ending, long nowNs, long ranNs) {
    taskEnded
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(nowNs)
        .task(task.taskId())
        .ending(code(ending))
        .ranNs(ranNs);
    done(taskEnded);
  }

  final void digest(long nowNs, long digest) {
    stateDigest.wrapAndApplyHeader(buffer, 0, header).stampNs(nowNs).digest(digest);
    done(stateDigest);
  }

  final void runEnded(long nowNs, long digest) {
    runEnded.wrapAndApplyHeader(buffer, 0, header).stampNs(nowNs).digest(digest);
    done(runEnded);
  }

  // ---- recovery

  final void recovered(long stampNs, long run, long task, Recovery.Fate fate) {
    taskRecovered
        .wrapAndApplyHeader(buffer, 0, header)
        .stampNs(stampNs)
        .run(run)
        .task(task)
        .fate(code(fate));
    done(taskRecovered);
  }

  /** Nothing of the runs before is left to recover. */
  public final void recoveryEnded(long stampNs) {
    recoveryEnded.wrapAndApplyHeader(buffer, 0, header).stampNs(stampNs);
    done(recoveryEnded);
  }
}
