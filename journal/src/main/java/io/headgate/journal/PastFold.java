package io.headgate.journal;

import io.headgate.AgentSettings;
import io.headgate.By;
import io.headgate.CallClass;
import io.headgate.Estimate;
import io.headgate.Handler;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.OperatorWord;
import io.headgate.ParkReason;
import io.headgate.SpendingLimits;
import io.headgate.TargetSettings;
import io.headgate.admission.Carried;
import io.headgate.admission.Earlier;
import io.headgate.admission.EarlierCall;
import io.headgate.admission.KeptArgument;
import io.headgate.admission.TakenAgain;
import io.headgate.engine.AttemptEnd;
import io.headgate.engine.BreakerMemory;
import io.headgate.engine.HeardMemory;
import io.headgate.engine.TargetMemory;
import io.headgate.journal.PastState.DeclaredJob;
import io.headgate.journal.PastState.Job;
import io.headgate.journal.PastState.Kept;
import io.headgate.journal.PastState.Origin;
import io.headgate.journal.PastState.Task;
import io.headgate.journal.sbe.AgentChangedDecoder;
import io.headgate.journal.sbe.AgentDeclaredDecoder;
import io.headgate.journal.sbe.AgentHeldDecoder;
import io.headgate.journal.sbe.AllHeldDecoder;
import io.headgate.journal.sbe.AttemptEndedDecoder;
import io.headgate.journal.sbe.AttemptStartedDecoder;
import io.headgate.journal.sbe.BreakerHeardDecoder;
import io.headgate.journal.sbe.BreakerKnownDecoder;
import io.headgate.journal.sbe.BudgetChangedDecoder;
import io.headgate.journal.sbe.CallKeptDecoder;
import io.headgate.journal.sbe.HaltedDecoder;
import io.headgate.journal.sbe.JobCarriedDecoder;
import io.headgate.journal.sbe.JobClosedDecoder;
import io.headgate.journal.sbe.JobDeclaredDecoder;
import io.headgate.journal.sbe.JobLoopedDecoder;
import io.headgate.journal.sbe.JobOpenedDecoder;
import io.headgate.journal.sbe.JobReconfiguredDecoder;
import io.headgate.journal.sbe.JobRetiredDecoder;
import io.headgate.journal.sbe.MessageHeaderDecoder;
import io.headgate.journal.sbe.OperatorSaidDecoder;
import io.headgate.journal.sbe.RateLimitedDecoder;
import io.headgate.journal.sbe.RatesChangedDecoder;
import io.headgate.journal.sbe.RecoveryEndedDecoder;
import io.headgate.journal.sbe.RunStartedDecoder;
import io.headgate.journal.sbe.SettingsDeclaredDecoder;
import io.headgate.journal.sbe.SpendingLimitedDecoder;
import io.headgate.journal.sbe.TargetChangedDecoder;
import io.headgate.journal.sbe.TargetDeclaredDecoder;
import io.headgate.journal.sbe.TargetHeldDecoder;
import io.headgate.journal.sbe.TargetKnownDecoder;
import io.headgate.journal.sbe.TaskAdmittedDecoder;
import io.headgate.journal.sbe.TaskCarriedDecoder;
import io.headgate.journal.sbe.TaskEndedDecoder;
import io.headgate.journal.sbe.TaskFellDecoder;
import io.headgate.journal.sbe.TaskFundedDecoder;
import io.headgate.journal.sbe.TaskParkedDecoder;
import io.headgate.journal.sbe.TaskRecoveredDecoder;
import io.headgate.recovery.Past;
import io.headgate.recovery.Past.PastHold;
import io.headgate.recovery.Past.PastTarget;
import io.headgate.recovery.Reopening;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What recovery needs to know, kept record by record: facts alone, decided by nobody anew, so that
 * it is the same whichever version of Headgate reads them. One thread. Memory is bounded as that of
 * the Headgate was that wrote.
 */
final class PastFold {
  /** Of a job; its loop guard remembers fewer. */
  private static final int EARLIER_CALLS = 128;

  private static final AttemptEnd[] ENDS = AttemptEnd.values();
  private static final CallClass[] CLASSES = CallClass.values();
  private static final TakenAgain.What[] TAKEN = TakenAgain.What.values();
  private static final TargetMemory[] MEMORIES = TargetMemory.values();
  private static final ParkReason[] PARKED = ParkReason.values();
  private static final int MANY = 10_000;
  private static final SettingsKind[] KINDS = SettingsKind.values();
  private static final Handler.Payload[] PAYLOADS = Handler.Payload.values();

  private final MessageHeaderDecoder header = new MessageHeaderDecoder();
  private final RunStartedDecoder runStarted = new RunStartedDecoder();
  private final SettingsDeclaredDecoder settingsDeclared = new SettingsDeclaredDecoder();
  private final AgentDeclaredDecoder agentDeclared = new AgentDeclaredDecoder();
  private final TargetDeclaredDecoder targetDeclared = new TargetDeclaredDecoder();
  private final JobDeclaredDecoder jobDeclared = new JobDeclaredDecoder();
  private final JobCarriedDecoder jobCarried = new JobCarriedDecoder();
  private final AgentChangedDecoder agentChanged = new AgentChangedDecoder();
  private final TargetChangedDecoder targetChanged = new TargetChangedDecoder();
  private final RateLimitedDecoder rateLimited = new RateLimitedDecoder();
  private final SpendingLimitedDecoder spendingLimited = new SpendingLimitedDecoder();
  private final JobOpenedDecoder jobOpened = new JobOpenedDecoder();
  private final JobClosedDecoder jobClosed = new JobClosedDecoder();
  private final JobRetiredDecoder jobRetired = new JobRetiredDecoder();
  private final JobLoopedDecoder jobLooped = new JobLoopedDecoder();
  private final JobReconfiguredDecoder jobReconfigured = new JobReconfiguredDecoder();
  private final BudgetChangedDecoder budgetChanged = new BudgetChangedDecoder();
  private final RatesChangedDecoder ratesChanged = new RatesChangedDecoder();
  private final AgentHeldDecoder agentHeld = new AgentHeldDecoder();
  private final TargetHeldDecoder targetHeld = new TargetHeldDecoder();
  private final AllHeldDecoder allHeld = new AllHeldDecoder();
  private final OperatorSaidDecoder operatorSaid = new OperatorSaidDecoder();
  private final TargetKnownDecoder targetKnown = new TargetKnownDecoder();
  private final BreakerHeardDecoder breakerHeard = new BreakerHeardDecoder();
  private final BreakerKnownDecoder breakerKnown = new BreakerKnownDecoder();
  private final CallKeptDecoder callKept = new CallKeptDecoder();
  private final TaskAdmittedDecoder taskAdmitted = new TaskAdmittedDecoder();
  private final TaskCarriedDecoder taskCarried = new TaskCarriedDecoder();
  private final TaskParkedDecoder taskParked = new TaskParkedDecoder();
  private final TaskFellDecoder taskFell = new TaskFellDecoder();
  private final TaskFundedDecoder taskFunded = new TaskFundedDecoder();
  private final AttemptStartedDecoder attemptStarted = new AttemptStartedDecoder();
  private final AttemptEndedDecoder attemptEnded = new AttemptEndedDecoder();
  private final TaskEndedDecoder taskEnded = new TaskEndedDecoder();
  private final TaskRecoveredDecoder taskRecovered = new TaskRecoveredDecoder();

  private final PastState state;

  // Of the task that is admitted next.
  private @Nullable Kept kept;
  private @Nullable Earlier earlier;
  private int mostClosedIds = MANY;

  // Whether a run has begun in which nobody is registered yet, and its jobs are opened again.
  private boolean reopening;

  /** Nothing is known. */
  PastFold() {
    this(new PastState());
  }

  private PastFold(PastState state) {
    this.state = state;
  }

  /** One that knows what that one knew. */
  static PastFold of(PastImage image) {
    return new PastFold(PastState.of(image));
  }

  /** All that it knows, after the record of that number. */
  PastImage image(long sequence) {
    return state.image(sequence);
  }

  /**
   * Takes note of a record.
   *
   * @throws IllegalStateException if it makes no sense after those before it
   */
  void apply(DirectBuffer buffer, int offset) {
    header.wrap(buffer, offset);
    switch (header.templateId()) {
      case RunStartedDecoder.TEMPLATE_ID ->
          apply(runStarted.wrapAndApplyHeader(buffer, offset, header));
      case JobOpenedDecoder.TEMPLATE_ID ->
          apply(jobOpened.wrapAndApplyHeader(buffer, offset, header));
      case JobClosedDecoder.TEMPLATE_ID ->
          apply(jobClosed.wrapAndApplyHeader(buffer, offset, header));
      case JobRetiredDecoder.TEMPLATE_ID ->
          apply(jobRetired.wrapAndApplyHeader(buffer, offset, header));
      case JobLoopedDecoder.TEMPLATE_ID ->
          apply(jobLooped.wrapAndApplyHeader(buffer, offset, header));
      case JobReconfiguredDecoder.TEMPLATE_ID ->
          apply(jobReconfigured.wrapAndApplyHeader(buffer, offset, header));
      case BudgetChangedDecoder.TEMPLATE_ID ->
          apply(budgetChanged.wrapAndApplyHeader(buffer, offset, header));
      case RatesChangedDecoder.TEMPLATE_ID ->
          apply(ratesChanged.wrapAndApplyHeader(buffer, offset, header));
      case CallKeptDecoder.TEMPLATE_ID ->
          apply(callKept.wrapAndApplyHeader(buffer, offset, header));
      case TaskAdmittedDecoder.TEMPLATE_ID ->
          apply(taskAdmitted.wrapAndApplyHeader(buffer, offset, header));
      case TaskCarriedDecoder.TEMPLATE_ID ->
          earlier = Declarations.earlier(taskCarried.wrapAndApplyHeader(buffer, offset, header));
      case TaskParkedDecoder.TEMPLATE_ID ->
          apply(taskParked.wrapAndApplyHeader(buffer, offset, header));
      case TaskFellDecoder.TEMPLATE_ID ->
          apply(taskFell.wrapAndApplyHeader(buffer, offset, header));
      case TaskFundedDecoder.TEMPLATE_ID ->
          apply(taskFunded.wrapAndApplyHeader(buffer, offset, header));
      case AttemptStartedDecoder.TEMPLATE_ID ->
          apply(attemptStarted.wrapAndApplyHeader(buffer, offset, header));
      case AttemptEndedDecoder.TEMPLATE_ID ->
          apply(attemptEnded.wrapAndApplyHeader(buffer, offset, header));
      case TaskEndedDecoder.TEMPLATE_ID ->
          apply(taskEnded.wrapAndApplyHeader(buffer, offset, header));
      case TaskRecoveredDecoder.TEMPLATE_ID ->
          apply(taskRecovered.wrapAndApplyHeader(buffer, offset, header));
      case RecoveryEndedDecoder.TEMPLATE_ID -> recoveryEnded();
      case HaltedDecoder.TEMPLATE_ID -> state.halted = true;
      case TargetKnownDecoder.TEMPLATE_ID ->
          apply(targetKnown.wrapAndApplyHeader(buffer, offset, header));
      case BreakerHeardDecoder.TEMPLATE_ID ->
          apply(breakerHeard.wrapAndApplyHeader(buffer, offset, header));
      case BreakerKnownDecoder.TEMPLATE_ID ->
          apply(breakerKnown.wrapAndApplyHeader(buffer, offset, header));
      case AgentHeldDecoder.TEMPLATE_ID ->
          apply(agentHeld.wrapAndApplyHeader(buffer, offset, header));
      case TargetHeldDecoder.TEMPLATE_ID ->
          apply(targetHeld.wrapAndApplyHeader(buffer, offset, header));
      case AllHeldDecoder.TEMPLATE_ID -> apply(allHeld.wrapAndApplyHeader(buffer, offset, header));
      case OperatorSaidDecoder.TEMPLATE_ID ->
          apply(operatorSaid.wrapAndApplyHeader(buffer, offset, header));
      case AgentChangedDecoder.TEMPLATE_ID ->
          apply(agentChanged.wrapAndApplyHeader(buffer, offset, header));
      case TargetChangedDecoder.TEMPLATE_ID ->
          apply(targetChanged.wrapAndApplyHeader(buffer, offset, header));
      case RateLimitedDecoder.TEMPLATE_ID ->
          apply(rateLimited.wrapAndApplyHeader(buffer, offset, header));
      case SpendingLimitedDecoder.TEMPLATE_ID ->
          apply(spendingLimited.wrapAndApplyHeader(buffer, offset, header));
      case SettingsDeclaredDecoder.TEMPLATE_ID ->
          apply(settingsDeclared.wrapAndApplyHeader(buffer, offset, header));
      case AgentDeclaredDecoder.TEMPLATE_ID ->
          apply(agentDeclared.wrapAndApplyHeader(buffer, offset, header));
      case TargetDeclaredDecoder.TEMPLATE_ID ->
          apply(targetDeclared.wrapAndApplyHeader(buffer, offset, header));
      case JobDeclaredDecoder.TEMPLATE_ID ->
          apply(jobDeclared.wrapAndApplyHeader(buffer, offset, header));
      case JobCarriedDecoder.TEMPLATE_ID ->
          apply(jobCarried.wrapAndApplyHeader(buffer, offset, header));
      default -> {} // nothing that recovery needs
    }
  }

  /** What is known of the present run. */
  PastState state() {
    return state;
  }

  /** Whether the last record's meaning does not depend on the next. */
  boolean isWhole() {
    return kept == null && earlier == null && !reopening;
  }

  /** What a Headgate that begins now is to know of those before. */
  Past past() {
    endRun();
    return state.past();
  }

  private UseFold useOf(String agent) {
    return state.useOf.computeIfAbsent(agent, _ -> new UseFold());
  }

  // Null for one that was retired before its owner, or a submitter who was on the way, had heard of
  // that: it is declared once more then, and means nothing.
  private @Nullable Job job(long number) {
    return state.jobs.get(number);
  }

  private void apply(RunStartedDecoder started) {
    endRun();
    state.agents.clear();
    state.targets.clear();
    state.declared.clear();
    state.run = started.seed();
    state.epochMinusNs = started.epochNs() - started.stampNs();
    state.halted = false;
    reopening = !state.open.isEmpty();
    state.closedIds.values().removeIf(untilNs -> untilNs < started.epochNs());
    state.useOf.values().removeIf(each -> each.isNothing(started.epochNs()));
    state.learned.forgetOld(started.epochNs());
    state.breakers.forgetOld(started.epochNs());
    state.holds.forgetOld(started.epochNs(), state.breakers.forced());
    var headgate =
        (HeadgateSettings)
            Declarations.known(
                state.settings.get(started.settings()), "settings", started.settings());
    state.useOfAll.tokensPerMinute(headgate.tokensPerMinute(), started.epochNs());
    state.useOfAll.microsPerMinute(headgate.spending().microsPerMinute(), started.epochNs());
  }

  // What was on its way then is in doubt, and settles at all that it held.
  private void endRun() {
    for (Task each : state.tasks.values()) {
      if (each.inFlight > 0) {
        spend(each, each.reservation.tokens(), each.reservation.moneyNanos(), state.nowNs);
        Task of = each.hedgeOf == null ? each : each.hedgeOf;
        of.inDoubt |= !of.ended;
      }
    }
    for (Task each : state.tasks.values()) {
      if (state.alive.get(each.origin) == each && !each.isInDoubt()) {
        each.job.count(each, -1); // it is counted when it is let in again, or was never made
      }
    }
    state.tasks.clear();
    List<Job> present = new ArrayList<>(state.jobs.values());
    if (reopening) {
      present.replaceAll(this::before); // it had come to nothing: it is as if it had not been
      reopening = false;
    }
    for (Job each : partsFirst(present)) {
      if (isClosed(each)) {
        retire(each);
      }
    }
    state.jobs.clear();
    kept = null;
    earlier = null;
  }

  // As it was before it was opened again.
  private Job before(Job reopened) {
    Job was = reopened.was;
    if (was == null) {
      return reopened;
    }
    was.closed |= reopened.closed;
    was.settings = reopened.settings;
    state.open.put(was.id, was);
    return was;
  }

  private static List<Job> partsFirst(Collection<Job> jobs) {
    List<Job> sorted = new ArrayList<>(jobs);
    sorted.sort(Comparator.comparingInt(Job::depth).reversed());
    return sorted;
  }

  // With a job its parts are closed.
  private static boolean isClosed(Job job) {
    Job at = job;
    while (at != null && !at.closed) {
      at = at.parent;
    }
    return at != null;
  }

  // ---- what is referred to by number

  private void apply(SettingsDeclaredDecoder record) {
    int number = record.number();
    if (number % RecordEncoder.MAX_SETTINGS == 1) {
      state.settings.clear(); // as the writer did
    }
    state.settings.put(
        number, SettingsJson.read(Declarations.of(KINDS, record.kind()), record.json()));
  }

  private void apply(AgentDeclaredDecoder record) {
    state.agents.put(record.number(), record.name());
  }

  private void apply(TargetDeclaredDecoder record) {
    state.targets.put(record.number(), record.name());
  }

  private void apply(JobDeclaredDecoder record) {
    state.declared.put(
        record.number(),
        new DeclaredJob(
            record.name(),
            record.parent(),
            jobSettings(record.settings()),
            record.deadlineNs() + state.epochMinusNs));
  }

  private void apply(JobCarriedDecoder record) {
    declared(record.job()).carried =
        new Carried(record.tokens(), record.moneyNanos(), record.calls(), record.begun() != 0);
  }

  private JobSettings jobSettings(int number) {
    return (JobSettings) Declarations.known(state.settings.get(number), "settings", number);
  }

  private DeclaredJob declared(long number) {
    return Declarations.known(state.declared.get(number), "job", number);
  }

  // ---- limits

  // A host has its jobs back before it can register anybody. What a part that is not among them had
  // spent is its job's since.
  private void reopened() {
    if (!reopening) {
      return;
    }
    reopening = false;
    state.jobs.values().forEach(each -> each.was = null);
    Set<Object> present = Collections.newSetFromMap(new IdentityHashMap<>());
    present.addAll(state.jobs.values());
    for (Job each : List.copyOf(state.open.values())) {
      if (!present.contains(each) && isPaidFor(each, present)) {
        state.open.remove(each.id);
      }
    }
  }

  private boolean isPaidFor(Job part, Set<Object> present) {
    Job at = part.parent;
    while (at != null && !present.contains(state.open.get(at.id))) {
      at = at.parent;
    }
    return at != null;
  }

  private void apply(AgentChangedDecoder changed) {
    reopened();
    if (changed.change() == EntryChange.EVICTED.ordinal()) {
      state.breakers.forgetAgent(agentId(changed.agent()));
      state.useOf.remove(agentId(changed.agent())); // it had used nothing that still counts
    }
    if (changed.settings() != 0) {
      var of =
          (AgentSettings)
              Declarations.known(
                  state.settings.get(changed.settings()), "settings", changed.settings());
      UseFold use = useOf(agentId(changed.agent()));
      long atNs = changed.stampNs() + state.epochMinusNs;
      use.tokensPerMinute(of.tokensPerMinute(), atNs);
      use.microsPerMinute(of.spending().microsPerMinute(), atNs);
    }
  }

  private String agentId(int number) {
    return Declarations.known(state.agents.get(number), "agent", number);
  }

  private String targetId(int number) {
    return Declarations.known(state.targets.get(number), "target", number);
  }

  // ---- breakers

  private void apply(BreakerKnownDecoder known) {
    if (known.carried() != 0) {
      return; // it is known already, and if it goes on, that is said
    }
    BreakerMemory memory = Declarations.memory(known);
    state.breakers.turned(
        new PastBreakers.Of(
            targetId(known.target()),
            known.agent() == 0 ? null : agentId(known.agent()),
            memory.rung()),
        memory.until(memory.untilNs() + state.epochMinusNs),
        known.stampNs() + state.epochMinusNs);
  }

  private void apply(BreakerHeardDecoder heard) {
    if (heard.carried() != 0) {
      return; // it is known already
    }
    HeardMemory memory = Declarations.memory(heard);
    state.breakers.heard(
        new PastBreakers.Of(
            targetId(heard.target()),
            heard.agent() == 0 ? null : agentId(heard.agent()),
            memory.rung()),
        memory.later(state.epochMinusNs));
  }

  private void apply(TargetChangedDecoder changed) {
    if (changed.change() == EntryChange.EVICTED.ordinal()) {
      state.breakers.forgetTarget(targetId(changed.target()));
      state.learned.forget(targetId(changed.target()));
    }
    if (changed.settings() != 0) {
      var of =
          (TargetSettings)
              Declarations.known(
                  state.settings.get(changed.settings()), "settings", changed.settings());
      String id = targetId(changed.target());
      boolean _ = of.writer() ? state.writers.add(id) : state.writers.remove(id);
    }
  }

  private void apply(RateLimitedDecoder limited) {
    state.useOfAll.tokensPerMinute(
        limited.tokensPerMinute(), limited.stampNs() + state.epochMinusNs);
  }

  private void apply(SpendingLimitedDecoder limited) {
    var limits =
        (SpendingLimits)
            Declarations.known(
                state.settings.get(limited.settings()), "settings", limited.settings());
    state.useOfAll.microsPerMinute(
        limits.microsPerMinute(), limited.stampNs() + state.epochMinusNs);
  }

  private void apply(TargetKnownDecoder known) {
    if (known.carried() == 0) {
      TargetMemory what = Declarations.of(MEMORIES, known.what());
      long value = what == TargetMemory.PAUSE ? epochNs(known.value()) : known.value();
      state.learned.put(new PastTarget(targetId(known.target()), what, value));
    }
  }

  // ---- operators' words

  private void apply(AgentHeldDecoder held) {
    String agent = agentId(held.agent());
    state.holds.put(new PastHold(agent, null, 0, true, epochNs(held.untilNs())));
    if (held.untilNs() == 0) {
      state.breakers.forgetCutOffs(agent);
    }
  }

  private void apply(TargetHeldDecoder held) {
    state.holds.put(new PastHold(null, targetId(held.target()), 0, true, epochNs(held.untilNs())));
  }

  private void apply(AllHeldDecoder held) {
    state.holds.put(
        new PastHold(null, null, held.lowest(), held.starts() != 0, epochNs(held.untilNs())));
  }

  // 0 is for no time.
  private long epochNs(long ns) {
    return ns == 0 ? 0 : ns + state.epochMinusNs;
  }

  private void apply(OperatorSaidDecoder said) {
    if (said.done() != 0) {
      Instant at = Instant.ofEpochSecond(0, said.stampNs() + state.epochMinusNs);
      // In the record's order.
      String verb = said.verb();
      String subject = said.subject();
      String change = said.change();
      state.holds.said(
          new OperatorWord(at, verb, subject, change, new By(said.who(), said.why()), true));
    }
  }

  // ---- jobs

  private void apply(JobOpenedDecoder opened) {
    DeclaredJob as = declared(opened.job());
    Job before = state.open.get(as.id); // then it is opened again, as it was changed since
    if (before != null && before.isOverBefore(as.deadlineNs)) {
      forget(before); // but for one that is over, and whose id is another's now
      before = null;
    }
    JobSettings asked = before == null ? as.asked : before.asked;
    var job = new Job(as.id, state.jobs.get(as.parent), asked, as.deadlineNs, as.carried);
    job.settings = as.asked;
    job.was = reopening ? before : null;
    state.jobs.put(opened.job(), job);
    state.open.put(job.id, job);
    if (before != null) {
      job.goOnAs(before);
    }
    job.limit(opened.stampNs() + state.epochMinusNs);
  }

  private void forget(Job over) {
    state.open.values().removeIf(each -> each.isPartOf(over));
  }

  private void apply(JobClosedDecoder closed) {
    Job job = job(closed.job());
    if (job == null) {
      state.declared.remove(closed.job());
    } else {
      job.closed = true;
    }
  }

  private void apply(JobRetiredDecoder retired) {
    Job job = state.jobs.remove(retired.job());
    if (job != null && (isClosed(job) || !state.halted)) {
      retire(job);
    } else if (job != null && reopening) {
      Job _ = before(job);
    }
    state.declared.remove(retired.job());
  }

  // What was left open when its Headgate was shut down is open, and is opened by the next one.
  private void retire(Job job) {
    if (!state.open.remove(job.id, job)) {
      return;
    }
    Job parent = job.parent;
    if (parent != null) {
      parent.tokens += job.tokens;
      parent.moneyNanos += job.moneyNanos;
    }
    Job was = job.was;
    if (was != null && was.parent != null) {
      was.parent.tokens += was.tokens;
      was.parent.moneyNanos += was.moneyNanos;
    }
    // Its id must not find a fresh budget.
    if ((job.tokens > 0 || job.moneyNanos > 0) && job.id.indexOf('~') < 0) {
      state.closedIds.put(job.id, job.deadlineNs + Reopening.GRACE_NS);
      if (state.closedIds.size() > mostClosedIds) {
        state.closedIds.values().removeIf(untilNs -> untilNs < state.nowNs);
        mostClosedIds = Math.max(MANY, 2 * state.closedIds.size());
      }
    }
  }

  private void apply(JobLoopedDecoder looped) {
    Job job = job(looped.job());
    if (job != null) {
      job.loops = looped.loops();
    }
  }

  private void apply(JobReconfiguredDecoder changed) {
    Job job = job(changed.job());
    if (job != null) {
      job.settings = jobSettings(changed.settings());
      job.limit(changed.stampNs() + state.epochMinusNs);
    }
  }

  private void apply(BudgetChangedDecoder changed) {
    Job job = job(changed.job());
    if (job != null) {
      job.settings =
          job.settings.tokenBudget(changed.tokens()).moneyBudgetNanos(changed.moneyNanos());
    }
  }

  private void apply(RatesChangedDecoder changed) {
    Job job = job(changed.job());
    if (job != null) {
      job.settings =
          job.settings
              .tokensPerMinute(changed.tokensPerMinute())
              .microsPerMinute(changed.microsPerMinute());
      job.limit(changed.stampNs() + state.epochMinusNs);
    }
  }

  // ---- tasks

  private void apply(CallKeptDecoder record) {
    var origin = new Origin(record.run(), record.ofTask());
    Handler.Payload kind = Declarations.of(PAYLOADS, record.kind());
    String handler = record.handler(); // in the record's order
    byte[] payload = new byte[record.payloadLength()];
    int _ = record.getPayload(payload, 0, payload.length);
    boolean isOld = record.inputTokens() == CallKeptDecoder.inputTokensNullValue();
    Estimate estimate =
        isOld
            ? null
            : new Estimate(
                record.inputTokens(), record.maxOutputTokens(), record.minOutputTokens());
    kept = new Kept(origin, kind, handler, new KeptArgument(payload), estimate);
  }

  private void apply(TaskAdmittedDecoder admitted) {
    long number = admitted.task();
    Job job = job(admitted.job());
    Task hedgeOf = admitted.hedgeOf() < 0 ? null : state.tasks.get(admitted.hedgeOf());
    Kept kept = this.kept;
    this.kept = null;
    Earlier earlier = this.earlier;
    this.earlier = null;
    if (job == null) {
      return; // it ends at once
    }
    Origin origin = kept == null ? new Origin(state.run, number) : kept.origin();
    var reservation =
        new RememberedTask(
            admitted.marks(),
            admitted.arguments(),
            admitted.inputTokens(),
            admitted.outputTokens(),
            admitted.moneyNanos());
    long startByNs = admitted.startByNs();
    var task =
        new Task(
            origin,
            reservation,
            agentId(admitted.agent()),
            targetId(admitted.target()),
            job,
            hedgeOf,
            kept,
            startByNs == Long.MAX_VALUE ? startByNs : startByNs + state.epochMinusNs,
            admitted.admittedNs() + state.epochMinusNs);
    if (earlier != null) {
      task.attempts = earlier.attempts();
      task.asked = earlier.asked();
      task.leastRung = earlier.leastRung();
      task.parkedNs =
          earlier.parkedNs() == Earlier.NOT_PARKED ? 0 : earlier.parkedNs() + state.epochMinusNs;
    }
    state.tasks.put(number, task);
    if (admitted.hedgeOf() < 0) {
      Task before = state.alive.remove(origin); // the order is that of the latest admission
      state.alive.put(origin, task);
      if (before == null || !before.isInDoubt()) {
        job.count(task, 1); // else it is counted already
      }
    }
  }

  private void apply(TaskFundedDecoder funded) {
    Task task = state.tasks.get(funded.task());
    if (task != null) {
      task.reservation.restore(funded.marks(), funded.moneyHeldNanos(), funded.takenNs());
    }
  }

  private void apply(TaskParkedDecoder parked) {
    Task task = state.tasks.get(parked.task());
    if (task != null && parked.parked() != 0) {
      task.parkedNs = parked.sinceNs() + state.epochMinusNs;
      task.parkedFor = Declarations.of(PARKED, parked.reason());
      if (parked.standing() == 1) { // an older Headgate did not say
        task.stand(parked.atNs() + state.epochMinusNs);
      }
    } else if (task != null) {
      task.goOn(parked.atNs() + state.epochMinusNs);
      task.asked |= task.parkedNs != 0 && task.parkedFor != ParkReason.BUDGET;
      task.parkedNs = 0;
    }
  }

  private void apply(AttemptStartedDecoder started) {
    Task task = state.tasks.get(started.task());
    if (task != null) {
      task.inFlight++;
      if (started.marks() != AttemptStartedDecoder.marksNullValue()) {
        task.reservation.restore(started.marks(), started.moneyNanos(), task.reservation.takenNs());
      }
      Task of = task.hedgeOf == null ? task : task.hedgeOf;
      of.attempts = started.attempt();
      of.parkedNs = 0;
      task.job.begun = true;
      state.nowNs = Math.max(state.nowNs, started.stampNs() + state.epochMinusNs);
      state.useOfAll.use(0, 0, false, state.nowNs); // a snapshot knows the time by that
    }
  }

  private void apply(AttemptEndedDecoder ended) {
    Task task = state.tasks.get(ended.task());
    if (task == null) {
      return;
    }
    task.inFlight--;
    task.reservation.restore(ended.marks(), ended.moneyHeldNanos(), ended.takenNs());
    spend(task, ended.tokens(), ended.moneyNanos(), ended.stampNs() + state.epochMinusNs);
    if (Declarations.of(ENDS, ended.how()).started() && state.writers.contains(task.target)) {
      task.job.wrote();
    }
    Task of = task.hedgeOf == null ? task : task.hedgeOf;
    if (leavesNothing(ended, of)) {
      over(of);
    }
    forgetIfOver(ended.task(), task);
  }

  private void apply(TaskEndedDecoder ended) {
    Task task = state.tasks.get(ended.task());
    if (task == null) {
      return;
    }
    if (!task.ended) {
      over(task);
    }
    task.goOn(ended.stampNs() + state.epochMinusNs); // if it was still held
    forgetIfOver(ended.task(), task);
  }

  private void apply(TaskFellDecoder fell) {
    Task task = state.tasks.get(fell.task());
    if (task != null) {
      task.leastRung = fell.rung();
    }
  }

  // Then its end follows. A crash may come in between, and what was answered is not asked again.
  private boolean leavesNothing(AttemptEndedDecoder ended, Task of) {
    return !of.ended
        && (Declarations.of(CLASSES, ended.callClass()) == CallClass.OK
            || (Declarations.of(TAKEN, ended.again()) == TakenAgain.What.NOTHING
                && of.inFlight <= 0
                && state.tasks.values().stream()
                    .noneMatch(each -> each.hedgeOf == of && each.inFlight > 0)));
  }

  private void over(Task task) {
    task.ended = true;
    state.alive.remove(task.origin, task);
    remember(task);
  }

  // Of one that has not ended, that which takes its place is remembered.
  private static void remember(Task task) {
    long arguments = task.reservation.arguments();
    if (arguments == io.headgate.Task.NO_ARGUMENTS || task.hedgeOf != null) {
      return;
    }
    Deque<EarlierCall> earlier = task.job.earlier();
    earlier.add(new EarlierCall(task.target, arguments, task.admittedNs));
    if (earlier.size() > EARLIER_CALLS) {
      earlier.remove();
    }
  }

  private void forgetIfOver(long number, Task task) {
    if (task.inFlight <= 0 && (task.ended || task.hedgeOf != null)) {
      state.tasks.remove(number);
    }
  }

  private void spend(Task task, long tokens, long moneyNanos, long atNs) {
    state.nowNs = Math.max(state.nowNs, atNs);
    task.job.spend(tokens, moneyNanos, atNs);
    useOf(task.agent).use(tokens, moneyNanos, task.reservation.isLimited(), atNs);
    state.useOfAll.use(tokens, moneyNanos, task.reservation.isLimitedWithAll(), atNs);
  }

  // ---- recovery

  private void apply(TaskRecoveredDecoder recovered) {
    state.alive.remove(new Origin(recovered.run(), recovered.task()));
  }

  private void recoveryEnded() {
    Set<Object> present = Collections.newSetFromMap(new IdentityHashMap<>());
    present.addAll(state.tasks.values());
    present.addAll(state.jobs.values());
    state.alive.values().removeIf(task -> !present.contains(task));
    for (Job each : partsFirst(state.open.values())) {
      if (!present.contains(each)) {
        retire(each); // there was no room for it
      }
    }
  }
}
