package io.headgate.journal;

import io.headgate.AgentSettings;
import io.headgate.CallClass;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.ParkPolicy;
import io.headgate.ProviderQuota;
import io.headgate.Refusal;
import io.headgate.Spending;
import io.headgate.SpendingLimits;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.JobAccount;
import io.headgate.admission.Reservation;
import io.headgate.admission.TakenAgain;
import io.headgate.admission.TargetGate;
import io.headgate.engine.AttemptEnd;
import io.headgate.engine.AttemptReport;
import io.headgate.engine.BreakerMemory;
import io.headgate.engine.CallUse;
import io.headgate.engine.Ending;
import io.headgate.engine.Engine;
import io.headgate.engine.EngineInputs;
import io.headgate.engine.TargetMemory;
import io.headgate.journal.sbe.AgentChangedDecoder;
import io.headgate.journal.sbe.AgentHeldDecoder;
import io.headgate.journal.sbe.AllHeldDecoder;
import io.headgate.journal.sbe.AttemptEndedDecoder;
import io.headgate.journal.sbe.AttemptStartedDecoder;
import io.headgate.journal.sbe.BreakerForcedDecoder;
import io.headgate.journal.sbe.BreakerKnownDecoder;
import io.headgate.journal.sbe.BudgetChangedDecoder;
import io.headgate.journal.sbe.CutOffsCarriedDecoder;
import io.headgate.journal.sbe.GapDecoder;
import io.headgate.journal.sbe.HaltedDecoder;
import io.headgate.journal.sbe.JobClosedDecoder;
import io.headgate.journal.sbe.JobOpenedDecoder;
import io.headgate.journal.sbe.JobReconfiguredDecoder;
import io.headgate.journal.sbe.JoinAbandonedDecoder;
import io.headgate.journal.sbe.JoinBeganDecoder;
import io.headgate.journal.sbe.MessageHeaderDecoder;
import io.headgate.journal.sbe.OperatorSaidDecoder;
import io.headgate.journal.sbe.ParkedDecidedDecoder;
import io.headgate.journal.sbe.ParkingLimitedDecoder;
import io.headgate.journal.sbe.RateLimitedDecoder;
import io.headgate.journal.sbe.RatesChangedDecoder;
import io.headgate.journal.sbe.RefusalsCountedDecoder;
import io.headgate.journal.sbe.RefusalsCountedDecoder.CountsDecoder;
import io.headgate.journal.sbe.RetriesSpreadDecoder;
import io.headgate.journal.sbe.RunEndedDecoder;
import io.headgate.journal.sbe.RunStartedDecoder;
import io.headgate.journal.sbe.SettingsDeclaredDecoder;
import io.headgate.journal.sbe.SpendingLimitedDecoder;
import io.headgate.journal.sbe.StateDigestDecoder;
import io.headgate.journal.sbe.TargetChangedDecoder;
import io.headgate.journal.sbe.TargetHeldDecoder;
import io.headgate.journal.sbe.TargetKnownDecoder;
import io.headgate.journal.sbe.TaskAdmittedDecoder;
import io.headgate.journal.sbe.TaskCancelledDecoder;
import io.headgate.journal.sbe.TaskEndedDecoder;
import io.headgate.journal.sbe.TaskFundedDecoder;
import io.headgate.journal.sbe.TaskRefusedDecoder;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Runs a journal's inputs through an engine again, one record after the other. What it decides is
 * told to the effects that are given; what the journal says that it decided, to the facts. One
 * thread. Memory is bounded as the engine's was.
 */
final class Replay {
  private static final TargetMemory[] MEMORIES = TargetMemory.values();
  private static final AttemptEnd[] ENDS = AttemptEnd.values();
  private static final CallClass[] CLASSES = CallClass.values();
  private static final TakenAgain.What[] TAKEN = TakenAgain.What.values();
  private static final CallUse.Source[] SOURCES = CallUse.Source.values();
  private static final EntryChange[] CHANGES = EntryChange.values();
  private static final ParkPolicy.Action[] ACTIONS = ParkPolicy.Action.values();
  private static final Ending[] ENDINGS = Ending.values();
  private static final Refusal[] REFUSALS = Refusal.values();

  /** What a journal says that was decided, and of the run. */
  interface Facts {
    /** A run begins, with an engine that knows nothing. */
    void runStarted(RunStartedDecoder run, Engine engine);

    /** That run's Headgate has these settings. */
    default void settings(HeadgateSettings settings) {}

    /** An attempt was started. */
    void started(long task, int attempt, int rung, long stampNs, long deadlineNs);

    /** A task ended. */
    void ended(long task, Ending ending, long stampNs, long ranNs);

    /** A breaker turned. */
    default void turned(
        TargetGate target, @Nullable AgentGate agent, BreakerMemory memory, long stampNs) {}

    /** What the engine's digest was when its time was that. */
    void digest(long stampNs, long digest);

    /** The run was ended in order. */
    void runEnded(long stampNs, long digest);

    /** So much was refused since that time: of one agent, or at one target, or in all. */
    default void refused(
        long sinceNs,
        long stampNs,
        @Nullable AgentGate agent,
        @Nullable TargetGate target,
        Map<Refusal, Long> counts,
        long lost) {}

    /** A task was refused. */
    default void refused(
        long stampNs,
        String job,
        AgentGate agent,
        TargetGate target,
        Refusal reason,
        long retryAfterNs) {}

    /** Records are missing: nothing of what follows in that run can be told. */
    default void gap(GapDecoder gap) {}

    /** Such a record. */
    default void untold() {}

    /** Somebody said something. */
    default void said(OperatorSaidDecoder said) {}
  }

  private final QuietEffects effects;
  private final Facts facts;
  private final @Nullable EngineInputs listener;
  private final Declarations declared = new Declarations();
  private final Long2ObjectHashMap<ReplayedTask> tasks = new Long2ObjectHashMap<>();

  // Made once, and not for each record.
  private final Consumer<Reservation> forgetTask = this::forget;
  private final Consumer<JobAccount> forgetJob = this::forget;

  private final MessageHeaderDecoder header = new MessageHeaderDecoder();
  private final RunStartedDecoder runStarted = new RunStartedDecoder();
  private final AgentChangedDecoder agentChanged = new AgentChangedDecoder();
  private final TargetChangedDecoder targetChanged = new TargetChangedDecoder();
  private final JobOpenedDecoder jobOpened = new JobOpenedDecoder();
  private final JobClosedDecoder jobClosed = new JobClosedDecoder();
  private final TaskAdmittedDecoder taskAdmitted = new TaskAdmittedDecoder();
  private final TaskCancelledDecoder taskCancelled = new TaskCancelledDecoder();
  private final AttemptEndedDecoder attemptEnded = new AttemptEndedDecoder();
  private final JoinBeganDecoder joinBegan = new JoinBeganDecoder();
  private final JoinAbandonedDecoder joinAbandoned = new JoinAbandonedDecoder();
  private final HaltedDecoder halted = new HaltedDecoder();
  private final ParkedDecidedDecoder parkedDecided = new ParkedDecidedDecoder();
  private final AgentHeldDecoder agentHeld = new AgentHeldDecoder();
  private final TargetHeldDecoder targetHeld = new TargetHeldDecoder();
  private final AllHeldDecoder allHeld = new AllHeldDecoder();
  private final BreakerForcedDecoder breakerForced = new BreakerForcedDecoder();
  private final CutOffsCarriedDecoder cutOffsCarried = new CutOffsCarriedDecoder();
  private final TargetKnownDecoder targetKnown = new TargetKnownDecoder();
  private final BreakerKnownDecoder breakerKnown = new BreakerKnownDecoder();
  private final TaskFundedDecoder taskFunded = new TaskFundedDecoder();
  private final BudgetChangedDecoder budgetChanged = new BudgetChangedDecoder();
  private final JobReconfiguredDecoder jobReconfigured = new JobReconfiguredDecoder();
  private final RatesChangedDecoder ratesChanged = new RatesChangedDecoder();
  private final SpendingLimitedDecoder spendingLimited = new SpendingLimitedDecoder();
  private final RateLimitedDecoder rateLimited = new RateLimitedDecoder();
  private final ParkingLimitedDecoder parkingLimited = new ParkingLimitedDecoder();
  private final RetriesSpreadDecoder retriesSpread = new RetriesSpreadDecoder();
  private final AttemptStartedDecoder attemptStarted = new AttemptStartedDecoder();
  private final TaskEndedDecoder taskEnded = new TaskEndedDecoder();
  private final StateDigestDecoder stateDigest = new StateDigestDecoder();
  private final RunEndedDecoder runEnded = new RunEndedDecoder();
  private final RefusalsCountedDecoder refusalsCounted = new RefusalsCountedDecoder();
  private final TaskRefusedDecoder taskRefused = new TaskRefusedDecoder();
  private final OperatorSaidDecoder operatorSaid = new OperatorSaidDecoder();
  private final GapDecoder gap = new GapDecoder();
  private @Nullable Engine engine;
  private long inputs;

  // After a gap nothing can be told until the next run.
  private boolean blind;

  /**
   * At the beginning of a journal.
   *
   * @param effects hear of what is decided now
   * @param facts hear of what was decided then
   */
  Replay(QuietEffects effects, Facts facts) {
    this(effects, facts, null);
  }

  /**
   * The same.
   *
   * @param listener hears of each input before it is applied
   */
  Replay(QuietEffects effects, Facts facts, @Nullable EngineInputs listener) {
    this.effects = effects;
    this.facts = facts;
    this.listener = listener;
  }

  /** How many inputs the engines were given. */
  long inputs() {
    return inputs;
  }

  /** The engine of the present run. */
  Engine engine() {
    if (engine == null) {
      throw new IllegalStateException("its first record is none of a run's beginning");
    }
    return engine;
  }

  /** What a job of the present run has spent by now; null if it is over, or was never opened. */
  @Nullable Spending spendingOf(long job) {
    return engine().spendingOf(declared.job(job));
  }

  private <S extends Record> S settings(Class<S> type, int number) {
    return declared.settings(type, number);
  }

  private AgentGate agent(int number) {
    return declared.agent(number);
  }

  private TargetGate target(int number) {
    return declared.target(number);
  }

  private ReplayedJob job(long number) {
    return declared.job(number);
  }

  /**
   * Applies a record.
   *
   * @throws IllegalStateException if it makes no sense after those before it
   */
  void apply(DirectBuffer buffer, int offset) {
    header.wrap(buffer, offset);
    if (blind && !isKnownToTheBlind(header.templateId())) {
      facts.untold();
      return;
    }
    switch (header.templateId()) {
      case RunStartedDecoder.TEMPLATE_ID ->
          apply(runStarted.wrapAndApplyHeader(buffer, offset, header));
      case AgentChangedDecoder.TEMPLATE_ID ->
          apply(agentChanged.wrapAndApplyHeader(buffer, offset, header));
      case TargetChangedDecoder.TEMPLATE_ID ->
          apply(targetChanged.wrapAndApplyHeader(buffer, offset, header));
      case JobOpenedDecoder.TEMPLATE_ID ->
          apply(jobOpened.wrapAndApplyHeader(buffer, offset, header));
      case JobClosedDecoder.TEMPLATE_ID ->
          apply(jobClosed.wrapAndApplyHeader(buffer, offset, header));
      case TaskAdmittedDecoder.TEMPLATE_ID ->
          apply(taskAdmitted.wrapAndApplyHeader(buffer, offset, header));
      case TaskCancelledDecoder.TEMPLATE_ID ->
          apply(taskCancelled.wrapAndApplyHeader(buffer, offset, header));
      case AttemptEndedDecoder.TEMPLATE_ID ->
          apply(attemptEnded.wrapAndApplyHeader(buffer, offset, header));
      case JoinBeganDecoder.TEMPLATE_ID ->
          apply(joinBegan.wrapAndApplyHeader(buffer, offset, header));
      case JoinAbandonedDecoder.TEMPLATE_ID ->
          apply(joinAbandoned.wrapAndApplyHeader(buffer, offset, header));
      case HaltedDecoder.TEMPLATE_ID -> apply(halted.wrapAndApplyHeader(buffer, offset, header));
      case ParkedDecidedDecoder.TEMPLATE_ID ->
          apply(parkedDecided.wrapAndApplyHeader(buffer, offset, header));
      case AgentHeldDecoder.TEMPLATE_ID ->
          apply(agentHeld.wrapAndApplyHeader(buffer, offset, header));
      case TargetHeldDecoder.TEMPLATE_ID ->
          apply(targetHeld.wrapAndApplyHeader(buffer, offset, header));
      case AllHeldDecoder.TEMPLATE_ID -> apply(allHeld.wrapAndApplyHeader(buffer, offset, header));
      case BreakerForcedDecoder.TEMPLATE_ID ->
          apply(breakerForced.wrapAndApplyHeader(buffer, offset, header));
      case CutOffsCarriedDecoder.TEMPLATE_ID ->
          apply(cutOffsCarried.wrapAndApplyHeader(buffer, offset, header));
      case TargetKnownDecoder.TEMPLATE_ID ->
          apply(targetKnown.wrapAndApplyHeader(buffer, offset, header));
      case BreakerKnownDecoder.TEMPLATE_ID ->
          apply(breakerKnown.wrapAndApplyHeader(buffer, offset, header));
      case TaskFundedDecoder.TEMPLATE_ID ->
          apply(taskFunded.wrapAndApplyHeader(buffer, offset, header));
      case BudgetChangedDecoder.TEMPLATE_ID ->
          apply(budgetChanged.wrapAndApplyHeader(buffer, offset, header));
      case JobReconfiguredDecoder.TEMPLATE_ID ->
          apply(jobReconfigured.wrapAndApplyHeader(buffer, offset, header));
      case RatesChangedDecoder.TEMPLATE_ID ->
          apply(ratesChanged.wrapAndApplyHeader(buffer, offset, header));
      case SpendingLimitedDecoder.TEMPLATE_ID ->
          apply(spendingLimited.wrapAndApplyHeader(buffer, offset, header));
      case RateLimitedDecoder.TEMPLATE_ID ->
          apply(rateLimited.wrapAndApplyHeader(buffer, offset, header));
      case ParkingLimitedDecoder.TEMPLATE_ID ->
          apply(parkingLimited.wrapAndApplyHeader(buffer, offset, header));
      case RetriesSpreadDecoder.TEMPLATE_ID ->
          apply(retriesSpread.wrapAndApplyHeader(buffer, offset, header));
      case AttemptStartedDecoder.TEMPLATE_ID ->
          apply(attemptStarted.wrapAndApplyHeader(buffer, offset, header));
      case TaskEndedDecoder.TEMPLATE_ID ->
          apply(taskEnded.wrapAndApplyHeader(buffer, offset, header));
      case StateDigestDecoder.TEMPLATE_ID ->
          apply(stateDigest.wrapAndApplyHeader(buffer, offset, header));
      case RunEndedDecoder.TEMPLATE_ID ->
          apply(runEnded.wrapAndApplyHeader(buffer, offset, header));
      case RefusalsCountedDecoder.TEMPLATE_ID ->
          apply(refusalsCounted.wrapAndApplyHeader(buffer, offset, header));
      case TaskRefusedDecoder.TEMPLATE_ID ->
          apply(taskRefused.wrapAndApplyHeader(buffer, offset, header));
      case OperatorSaidDecoder.TEMPLATE_ID ->
          facts.said(operatorSaid.wrapAndApplyHeader(buffer, offset, header));
      case GapDecoder.TEMPLATE_ID -> {
        blind = true;
        facts.gap(gap.wrapAndApplyHeader(buffer, offset, header));
      }
      default -> {
        // Else it is of a newer Headgate, which says that it can be left out.
        boolean _ = declared.apply(header, buffer, offset);
      }
    }
    forgetWhoIsGone();
  }

  // What the next run refers to stands before it.
  private static boolean isKnownToTheBlind(int template) {
    return template == RunStartedDecoder.TEMPLATE_ID
        || template == SettingsDeclaredDecoder.TEMPLATE_ID
        || template == GapDecoder.TEMPLATE_ID;
  }

  private void forgetWhoIsGone() {
    effects.forEachOver(forgetTask, forgetJob);
  }

  private void forget(Reservation task) {
    if (task.slot() < 0) {
      tasks.remove(task.taskId());
    }
  }

  private void forget(JobAccount job) {
    declared.forgetJob(((ReplayedJob) job).number());
  }

  // ---- what is referred to by number

  private void apply(RunStartedDecoder run) {
    HeadgateSettings of = settings(HeadgateSettings.class, run.settings());
    blind = false;
    declared.beginRun();
    tasks.clear();
    engine = new Engine(of, run.seed(), effects, listener);
    facts.runStarted(run, engine);
    facts.settings(of);
  }

  // ---- inputs

  private void apply(AgentChangedDecoder changed) {
    inputs++;
    long stampNs = changed.stampNs();
    AgentGate agent = agent(changed.agent());
    switch (Declarations.of(CHANGES, changed.change())) {
      case REGISTERED ->
          engine()
              .agentRegistered(stampNs, agent, settings(AgentSettings.class, changed.settings()));
      case RECONFIGURED ->
          engine()
              .agentReconfigured(stampNs, agent, settings(AgentSettings.class, changed.settings()));
      case REMOVED -> engine().agentRemoved(stampNs, agent);
      case EVICTED -> {
        engine().agentEvicted(stampNs, agent);
        declared.forgetAgent(changed.agent());
      }
    }
  }

  private void apply(TargetChangedDecoder changed) {
    inputs++;
    long stampNs = changed.stampNs();
    TargetGate target = target(changed.target());
    switch (Declarations.of(CHANGES, changed.change())) {
      case REGISTERED ->
          engine()
              .targetRegistered(
                  stampNs, target, settings(TargetSettings.class, changed.settings()));
      case RECONFIGURED ->
          engine()
              .targetReconfigured(
                  stampNs, target, settings(TargetSettings.class, changed.settings()));
      case REMOVED -> engine().targetRemoved(stampNs, target);
      case EVICTED -> {
        engine().targetEvicted(stampNs, target);
        declared.forgetTarget(changed.target());
      }
    }
  }

  private void apply(JobOpenedDecoder opened) {
    inputs++;
    engine().jobOpened(opened.stampNs(), job(opened.job()));
  }

  private void apply(JobClosedDecoder closed) {
    inputs++;
    engine().jobClosed(closed.stampNs(), job(closed.job()));
  }

  private void apply(TaskAdmittedDecoder admitted) {
    inputs++;
    long hedgeOf = admitted.hedgeOf();
    ReplayedTask task = declared.task(admitted);
    tasks.put(task.taskId(), task);
    if (hedgeOf < 0) {
      engine().taskAdmitted(admitted.stampNs(), task);
    } else {
      ReplayedTask first = tasks.get(hedgeOf);
      engine().hedgeAdmitted(admitted.stampNs(), task, first == null ? gone(task) : first);
    }
  }

  // One of which the engine knows nothing any more, and need not.
  private static Reservation gone(ReplayedTask like) {
    return new Gone(like);
  }

  private static final class Gone extends Reservation {
    Gone(Reservation like) {
      super(like, 0, 0);
    }
  }

  private void apply(TaskCancelledDecoder cancelled) {
    inputs++;
    ReplayedTask task = tasks.get(cancelled.task());
    if (task == null) {
      engine().advance(cancelled.stampNs()); // it had ended
    } else {
      engine().taskCancelled(cancelled.stampNs(), task);
    }
  }

  private void apply(AttemptEndedDecoder ended) {
    inputs++;
    ReplayedTask task = Declarations.known(tasks.get(ended.task()), "task", ended.task());
    engine().advance(ended.stampNs()); // as when that was written
    task.restore(ended.marks(), ended.moneyHeldNanos(), ended.takenNs());
    engine()
        .attemptEnded(
            ended.stampNs(),
            task,
            new AttemptReport(
                Declarations.of(ENDS, ended.how()),
                Declarations.of(CLASSES, ended.callClass()),
                ended.retryAfterNs(),
                new TakenAgain(
                    Declarations.of(TAKEN, ended.again()),
                    ended.againRung(),
                    ended.againMoneyNanos()),
                ended.tokens(),
                ended.moneyNanos(),
                ended.overspent() != 0,
                new CallUse(
                    Declarations.of(SOURCES, ended.source()),
                    ended.heldTokens(),
                    ended.outputTokens()),
                new ProviderQuota(ended.callsPerMinute(), ended.tokensPerMinute())));
  }

  private void apply(JoinBeganDecoder began) {
    inputs++;
    ReplayedTask task = Declarations.known(tasks.get(began.task()), "task", began.task());
    ReplayedTask awaited = tasks.get(began.awaited());
    engine().joinBegan(began.stampNs(), task, began.join(), awaited == null ? gone(task) : awaited);
  }

  private void apply(JoinAbandonedDecoder abandoned) {
    inputs++;
    ReplayedTask task = tasks.get(abandoned.task());
    if (task == null) {
      engine().advance(abandoned.stampNs()); // it had ended
    } else {
      engine().joinAbandoned(abandoned.stampNs(), task, abandoned.join());
    }
  }

  private void apply(HaltedDecoder halted) {
    inputs++;
    engine().halt(halted.stampNs());
  }

  private void apply(ParkedDecidedDecoder decided) {
    inputs++;
    boolean _ =
        engine()
            .decide(decided.stampNs(), decided.task(), Declarations.of(ACTIONS, decided.action()));
  }

  private void apply(AgentHeldDecoder held) {
    inputs++;
    boolean _ = engine().holdAgent(held.stampNs(), agent(held.agent()), held.untilNs());
  }

  private void apply(TargetHeldDecoder held) {
    inputs++;
    boolean _ = engine().holdTarget(held.stampNs(), target(held.target()), held.untilNs());
  }

  private void apply(AllHeldDecoder held) {
    inputs++;
    engine().holdAll(held.stampNs(), held.lowest(), held.starts() != 0, held.untilNs());
  }

  private void apply(BreakerForcedDecoder forced) {
    inputs++;
    AgentGate agent = forced.agent() == 0 ? null : agent(forced.agent());
    EngineInputs.Forced _ =
        engine()
            .forceBreaker(
                forced.stampNs(),
                target(forced.target()),
                agent,
                forced.open() != 0,
                forced.untilNs());
  }

  // An input, if it is carried; else a fact.
  private void apply(BreakerKnownDecoder known) {
    AgentGate agent = known.agent() == 0 ? null : agent(known.agent());
    TargetGate target = target(known.target());
    BreakerMemory memory = Declarations.memory(known);
    if (known.carried() == 0) {
      facts.turned(target, agent, memory, known.stampNs());
    } else {
      inputs++;
      engine().breakerCarried(known.stampNs(), target, agent, memory);
    }
  }

  private void apply(TargetKnownDecoder known) {
    if (known.carried() != 0) {
      inputs++;
      engine()
          .targetCarried(
              known.stampNs(),
              target(known.target()),
              Declarations.of(MEMORIES, known.what()),
              known.value());
    }
  }

  private void apply(CutOffsCarriedDecoder carried) {
    inputs++;
    long stampNs = carried.stampNs();
    AgentGate agent = agent(carried.agent());
    CutOffsCarriedDecoder.TimesDecoder times = carried.times();
    var atNs = new long[times.count()];
    for (int i = 0; i < atNs.length; i++) {
      atNs[i] = times.next().atNs();
    }
    engine().cutOffsCarried(stampNs, agent, atNs);
  }

  private void apply(TaskFundedDecoder funded) {
    inputs++;
    ReplayedTask task = Declarations.known(tasks.get(funded.task()), "task", funded.task());
    engine().advance(funded.stampNs()); // as when that was written
    task.restore(funded.marks(), funded.moneyHeldNanos(), funded.takenNs());
    engine().funded(funded.stampNs(), task);
  }

  private void apply(BudgetChangedDecoder changed) {
    inputs++;
    engine()
        .budgetChanged(
            changed.stampNs(), job(changed.job()), changed.tokens(), changed.moneyNanos());
  }

  private void apply(JobReconfiguredDecoder changed) {
    inputs++;
    engine()
        .jobReconfigured(
            changed.stampNs(), job(changed.job()), settings(JobSettings.class, changed.settings()));
  }

  private void apply(RatesChangedDecoder changed) {
    inputs++;
    engine()
        .ratesChanged(
            changed.stampNs(),
            job(changed.job()),
            changed.tokensPerMinute(),
            changed.microsPerMinute());
  }

  private void apply(SpendingLimitedDecoder limited) {
    inputs++;
    engine().spendingLimited(limited.stampNs(), settings(SpendingLimits.class, limited.settings()));
  }

  private void apply(RateLimitedDecoder limited) {
    inputs++;
    engine().rateLimited(limited.stampNs(), limited.tokensPerMinute(), limited.burstTokens());
  }

  private void apply(ParkingLimitedDecoder limited) {
    inputs++;
    engine().parkingLimited(limited.stampNs(), limited.maxParked(), limited.maxParkedTokens());
  }

  private void apply(RetriesSpreadDecoder spread) {
    inputs++;
    engine().retriesSpread(spread.stampNs(), spread.percent());
  }

  // ---- facts

  private void apply(AttemptStartedDecoder started) {
    facts.started(
        started.task(), started.attempt(), started.rung(), started.stampNs(), started.deadlineNs());
  }

  private void apply(TaskEndedDecoder ended) {
    facts.ended(
        ended.task(), Declarations.of(ENDINGS, ended.ending()), ended.stampNs(), ended.ranNs());
  }

  private void apply(StateDigestDecoder digest) {
    facts.digest(digest.stampNs(), digest.digest());
  }

  private void apply(RunEndedDecoder ended) {
    facts.runEnded(ended.stampNs(), ended.digest());
  }

  // ---- what changed nothing in the engine

  private void apply(RefusalsCountedDecoder counted) {
    AgentGate agent = counted.agent() == 0 ? null : agent(counted.agent());
    TargetGate target = counted.target() == 0 ? null : target(counted.target());
    var counts = new EnumMap<Refusal, Long>(Refusal.class);
    for (CountsDecoder each : counted.counts()) {
      counts.put(Declarations.of(REFUSALS, each.reason()), each.times());
    }
    facts.refused(counted.sinceNs(), counted.stampNs(), agent, target, counts, counted.lost());
  }

  private void apply(TaskRefusedDecoder refused) {
    AgentGate agent = agent(refused.agent());
    TargetGate target = target(refused.target());
    Refusal reason = Declarations.of(REFUSALS, refused.reason());
    long retryAfterNs = refused.retryAfterNs();
    facts.refused(refused.stampNs(), refused.job(), agent, target, reason, retryAfterNs);
  }
}
