package io.headgate.journal;

import io.headgate.AgentSettings;
import io.headgate.Handler;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.TargetSettings;
import io.headgate.admission.Carried;
import io.headgate.admission.EarlierCall;
import io.headgate.admission.KeptArgument;
import io.headgate.engine.AttemptEnd;
import io.headgate.journal.sbe.AgentChangedDecoder;
import io.headgate.journal.sbe.AgentDeclaredDecoder;
import io.headgate.journal.sbe.AttemptEndedDecoder;
import io.headgate.journal.sbe.AttemptStartedDecoder;
import io.headgate.journal.sbe.BudgetChangedDecoder;
import io.headgate.journal.sbe.CallKeptDecoder;
import io.headgate.journal.sbe.HaltedDecoder;
import io.headgate.journal.sbe.JobCarriedDecoder;
import io.headgate.journal.sbe.JobClosedDecoder;
import io.headgate.journal.sbe.JobDeclaredDecoder;
import io.headgate.journal.sbe.JobOpenedDecoder;
import io.headgate.journal.sbe.JobReconfiguredDecoder;
import io.headgate.journal.sbe.JobRetiredDecoder;
import io.headgate.journal.sbe.MessageHeaderDecoder;
import io.headgate.journal.sbe.RateLimitedDecoder;
import io.headgate.journal.sbe.RatesChangedDecoder;
import io.headgate.journal.sbe.RecoveryEndedDecoder;
import io.headgate.journal.sbe.RunStartedDecoder;
import io.headgate.journal.sbe.SettingsDeclaredDecoder;
import io.headgate.journal.sbe.TargetChangedDecoder;
import io.headgate.journal.sbe.TargetDeclaredDecoder;
import io.headgate.journal.sbe.TaskAdmittedDecoder;
import io.headgate.journal.sbe.TaskEndedDecoder;
import io.headgate.journal.sbe.TaskFundedDecoder;
import io.headgate.journal.sbe.TaskRecoveredDecoder;
import io.headgate.runtime.Past;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What recovery needs to know, kept record by record: facts alone, decided by nobody anew, so that
 * it is the same whichever version of Headgate reads them. One thread. Memory is bounded as that of
 * the Headgate was that wrote.
 */
final class PastFold {
  /** How long a closed job's id is remembered beyond its deadline; as the runtime does. */
  private static final long GRACE_NS = 60_000_000_000L;

  /** Of a job; its loop guard remembers fewer. */
  private static final int EARLIER_CALLS = 128;

  private static final AttemptEnd[] ENDS = AttemptEnd.values();
  private static final int MANY = 10_000;
  private static final SettingsKind[] KINDS = SettingsKind.values();
  private static final Handler.Payload[] PAYLOADS = Handler.Payload.values();

  /** Where a task was admitted first. */
  private record Origin(long run, long task) {}

  private record Kept(Origin origin, Handler.Payload kind, String handler, KeptArgument payload) {}

  /** A job that was declared, and perhaps not opened yet. */
  private static final class DeclaredJob {
    final String id;
    final long parent;
    final JobSettings asked;
    final long deadlineNs;
    Carried carried = Carried.NOTHING;

    DeclaredJob(String id, long parent, JobSettings asked, long deadlineNs) {
      this.id = id;
      this.parent = parent;
      this.asked = asked;
      this.deadlineNs = deadlineNs;
    }
  }

  private static final class Job {
    final String id;
    final @Nullable Job parent;
    final JobSettings asked;
    final long deadlineNs;
    JobSettings settings;
    boolean closed;
    long tokens;
    long moneyNanos;
    long calls;
    boolean begun;

    /** What its loop guard may remember. */
    final Deque<EarlierCall> earlier = new ArrayDeque<>();

    Job(String id, @Nullable Job parent, JobSettings asked, long deadlineNs, Carried carried) {
      this.id = id;
      this.parent = parent;
      this.asked = asked;
      this.settings = asked;
      this.deadlineNs = deadlineNs;
      tokens = carried.tokens();
      moneyNanos = carried.moneyNanos();
      calls = carried.calls();
      begun = carried.begun();
    }

    Past.PastJob past() {
      return new Past.PastJob(
          id,
          parent == null ? null : parent.id,
          parent == null ? asked : null,
          settings,
          deadlineNs,
          closed,
          new Carried(tokens, moneyNanos, calls, begun),
          List.copyOf(earlier));
    }

    Job root() {
      Job at = this;
      while (at.parent != null) {
        at = at.parent;
      }
      return at;
    }
  }

  private static final class Task {
    final Origin origin;
    final RememberedTask reservation;
    final String agent;
    final String target;
    final Job job;
    final @Nullable Task hedgeOf;
    final @Nullable Kept kept;
    final long startByNs;
    final long admittedNs;
    int inFlight;
    boolean inDoubt;
    boolean ended;

    Task(
        Origin origin,
        RememberedTask reservation,
        String agent,
        String target,
        Job job,
        @Nullable Task hedgeOf,
        @Nullable Kept kept,
        long startByNs,
        long admittedNs) {
      this.origin = origin;
      this.reservation = reservation;
      this.agent = agent;
      this.target = target;
      this.job = job;
      this.hedgeOf = hedgeOf;
      this.kept = kept;
      this.startByNs = startByNs;
      this.admittedNs = admittedNs;
    }

    boolean isInDoubt() {
      return inDoubt || inFlight > 0 || reservation.isInDoubt();
    }

    Past.PastTask past() {
      boolean whole = kept != null && kept.kind == Handler.Payload.FULL;
      return new Past.PastTask(
          origin.run,
          origin.task,
          job.id,
          agent,
          target,
          kept == null ? null : kept.handler,
          whole && kept != null ? kept.payload : null,
          reservation.arguments(),
          reservation.priority(),
          reservation.wantedInputTokens(),
          reservation.wantedOutputTokens(),
          startByNs,
          reservation.isDegradable(),
          reservation.wrapsUp(),
          reservation.isIdempotent(),
          reservation.isChild(),
          isInDoubt());
    }
  }

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
  private final JobOpenedDecoder jobOpened = new JobOpenedDecoder();
  private final JobClosedDecoder jobClosed = new JobClosedDecoder();
  private final JobRetiredDecoder jobRetired = new JobRetiredDecoder();
  private final JobReconfiguredDecoder jobReconfigured = new JobReconfiguredDecoder();
  private final BudgetChangedDecoder budgetChanged = new BudgetChangedDecoder();
  private final RatesChangedDecoder ratesChanged = new RatesChangedDecoder();
  private final CallKeptDecoder callKept = new CallKeptDecoder();
  private final TaskAdmittedDecoder taskAdmitted = new TaskAdmittedDecoder();
  private final TaskFundedDecoder taskFunded = new TaskFundedDecoder();
  private final AttemptStartedDecoder attemptStarted = new AttemptStartedDecoder();
  private final AttemptEndedDecoder attemptEnded = new AttemptEndedDecoder();
  private final TaskEndedDecoder taskEnded = new TaskEndedDecoder();
  private final TaskRecoveredDecoder taskRecovered = new TaskRecoveredDecoder();

  // Of the present run, by its numbers.
  private final Map<Integer, Record> settings = new HashMap<>();
  private final Map<Integer, String> agents = new HashMap<>();
  private final Map<Integer, String> targets = new HashMap<>();
  private final Map<Long, DeclaredJob> declared = new HashMap<>();
  private final Long2ObjectHashMap<Job> jobs = new Long2ObjectHashMap<>();
  private final Long2ObjectHashMap<Task> tasks = new Long2ObjectHashMap<>();
  private final Set<String> writers = new HashSet<>();
  private @Nullable Kept kept;
  private long run;
  private long epochMinusNs;

  // When an attempt started or ended last.
  private long nowNs;
  private boolean halted;

  // Of all runs. What is of one before is what has not been recovered yet.
  private final Map<String, Job> open = new LinkedHashMap<>();
  private final Map<Origin, Task> alive = new LinkedHashMap<>();
  private final Map<String, Long> closedIds = new LinkedHashMap<>();
  private int mostClosedIds = MANY;
  private final Map<String, UseFold> useOf = new LinkedHashMap<>();
  private UseFold useOfAll = new UseFold();

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
      case HaltedDecoder.TEMPLATE_ID -> halted = true;
      case AgentChangedDecoder.TEMPLATE_ID ->
          apply(agentChanged.wrapAndApplyHeader(buffer, offset, header));
      case TargetChangedDecoder.TEMPLATE_ID ->
          apply(targetChanged.wrapAndApplyHeader(buffer, offset, header));
      case RateLimitedDecoder.TEMPLATE_ID ->
          apply(rateLimited.wrapAndApplyHeader(buffer, offset, header));
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

  /** Whether the last record's meaning does not depend on the next. */
  boolean isWhole() {
    return kept == null;
  }

  /** What a Headgate that begins now is to know of those before. */
  Past past() {
    endRun();
    List<Past.ClosedId> ids = new ArrayList<>();
    closedIds.forEach((id, untilNs) -> ids.add(new Past.ClosedId(id, untilNs)));
    return new Past(
        open.values().stream().map(Job::past).toList(),
        alive.values().stream().map(Task::past).toList(),
        ids,
        useOfAll.used(),
        used());
  }

  private Map<String, Past.Used> used() {
    Map<String, Past.Used> used = new LinkedHashMap<>();
    useOf.forEach(
        (agent, each) -> {
          if (!each.isNothing()) {
            used.put(agent, each.used());
          }
        });
    return used;
  }

  private UseFold useOf(String agent) {
    return useOf.computeIfAbsent(agent, _ -> new UseFold());
  }

  // Null for one that was retired before its owner, or a submitter who was on the way, had heard of
  // that: it is declared once more then, and means nothing.
  private @Nullable Job job(long number) {
    return jobs.get(number);
  }

  private void apply(RunStartedDecoder started) {
    endRun();
    agents.clear();
    targets.clear();
    declared.clear();
    run = started.seed();
    epochMinusNs = started.epochNs() - started.stampNs();
    halted = false;
    closedIds.values().removeIf(untilNs -> untilNs < started.epochNs());
    var headgate =
        (HeadgateSettings)
            Declarations.known(settings.get(started.settings()), "settings", started.settings());
    useOfAll.rate(headgate.tokensPerMinute(), started.epochNs());
  }

  // What was on its way then is in doubt, and settles at all that it held.
  private void endRun() {
    for (Task each : tasks.values()) {
      if (each.inFlight > 0) {
        spend(each, each.reservation.tokens(), each.reservation.moneyNanos(), nowNs);
        Task of = each.hedgeOf == null ? each : each.hedgeOf;
        of.inDoubt |= !of.ended;
      }
    }
    for (Task each : tasks.values()) {
      if (alive.get(each.origin) == each && !each.isInDoubt()) {
        count(each.job, -1); // it is counted when it is let in again, or was never made
      }
    }
    tasks.clear();
    List<Job> parts = new ArrayList<>(jobs.values());
    parts.sort((a, b) -> Integer.compare(depth(b), depth(a)));
    for (Job each : parts) {
      if (isClosed(each)) {
        retire(each);
      }
    }
    jobs.clear();
    kept = null;
  }

  // With a job its parts are closed.
  private static boolean isClosed(Job job) {
    Job at = job;
    while (at != null && !at.closed) {
      at = at.parent;
    }
    return at != null;
  }

  private static int depth(Job job) {
    int depth = 0;
    for (Job at = job.parent; at != null; at = at.parent) {
      depth++;
    }
    return depth;
  }

  // ---- what is referred to by number

  private void apply(SettingsDeclaredDecoder record) {
    int number = record.number();
    if (number % RecordEncoder.MAX_SETTINGS == 1) {
      settings.clear(); // as the writer did
    }
    settings.put(number, SettingsJson.read(Declarations.of(KINDS, record.kind()), record.json()));
  }

  private void apply(AgentDeclaredDecoder record) {
    agents.put(record.number(), record.name());
  }

  private void apply(TargetDeclaredDecoder record) {
    targets.put(record.number(), record.name());
  }

  private void apply(JobDeclaredDecoder record) {
    declared.put(
        record.number(),
        new DeclaredJob(
            record.name(),
            record.parent(),
            jobSettings(record.settings()),
            record.deadlineNs() + epochMinusNs));
  }

  private void apply(JobCarriedDecoder record) {
    declared(record.job()).carried =
        new Carried(record.tokens(), record.moneyNanos(), record.calls(), record.begun() != 0);
  }

  private JobSettings jobSettings(int number) {
    return (JobSettings) Declarations.known(settings.get(number), "settings", number);
  }

  private DeclaredJob declared(long number) {
    return Declarations.known(declared.get(number), "job", number);
  }

  // ---- limits

  private void apply(AgentChangedDecoder changed) {
    if (changed.settings() != 0) {
      var of =
          (AgentSettings)
              Declarations.known(settings.get(changed.settings()), "settings", changed.settings());
      useOf(agentId(changed.agent())).rate(of.tokensPerMinute(), changed.stampNs() + epochMinusNs);
    }
  }

  private String agentId(int number) {
    return Declarations.known(agents.get(number), "agent", number);
  }

  private void apply(TargetChangedDecoder changed) {
    if (changed.settings() != 0) {
      var of =
          (TargetSettings)
              Declarations.known(settings.get(changed.settings()), "settings", changed.settings());
      String id = Declarations.known(targets.get(changed.target()), "target", changed.target());
      boolean _ = of.writer() ? writers.add(id) : writers.remove(id);
    }
  }

  private void apply(RateLimitedDecoder limited) {
    useOfAll.rate(limited.tokensPerMinute(), limited.stampNs() + epochMinusNs);
  }

  // ---- jobs

  private void apply(JobOpenedDecoder opened) {
    DeclaredJob as = declared(opened.job());
    Job before = open.get(as.id); // then it is opened again, as it was changed since
    JobSettings asked = before == null ? as.asked : before.asked;
    var job = new Job(as.id, jobs.get(as.parent), asked, as.deadlineNs, as.carried);
    job.settings = as.asked;
    jobs.put(opened.job(), job);
    open.put(job.id, job);
    if (before != null) {
      job.earlier.addAll(before.earlier); // it goes on
    }
  }

  private void apply(JobClosedDecoder closed) {
    Job job = job(closed.job());
    if (job == null) {
      declared.remove(closed.job());
    } else {
      job.closed = true;
    }
  }

  private void apply(JobRetiredDecoder retired) {
    Job job = jobs.remove(retired.job());
    if (job != null && (job.closed || !halted)) {
      retire(job);
    }
    declared.remove(retired.job());
  }

  // What was left open when its Headgate was shut down is open, and is opened by the next one.
  private void retire(Job job) {
    if (!open.remove(job.id, job)) {
      return;
    }
    Job parent = job.parent;
    if (parent != null) {
      parent.tokens += job.tokens;
      parent.moneyNanos += job.moneyNanos;
    }
    if ((job.tokens > 0 || job.moneyNanos > 0) && job.id.indexOf('~') < 0) {
      closedIds.put(job.id, job.deadlineNs + GRACE_NS);
      if (closedIds.size() > mostClosedIds) {
        closedIds.values().removeIf(untilNs -> untilNs < nowNs);
        mostClosedIds = Math.max(MANY, 2 * closedIds.size());
      }
    }
  }

  private void apply(JobReconfiguredDecoder changed) {
    Job job = job(changed.job());
    if (job != null) {
      job.settings = jobSettings(changed.settings());
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
    }
  }

  // ---- tasks

  private void apply(CallKeptDecoder record) {
    var origin = new Origin(record.run(), record.ofTask());
    Handler.Payload kind = Declarations.of(PAYLOADS, record.kind());
    String handler = record.handler(); // in the record's order
    byte[] payload = new byte[record.payloadLength()];
    int _ = record.getPayload(payload, 0, payload.length);
    kept = new Kept(origin, kind, handler, new KeptArgument(payload));
  }

  private void apply(TaskAdmittedDecoder admitted) {
    long number = admitted.task();
    Job job = job(admitted.job());
    Task hedgeOf = admitted.hedgeOf() < 0 ? null : tasks.get(admitted.hedgeOf());
    Kept kept = this.kept;
    this.kept = null;
    if (job == null) {
      return; // it ends at once
    }
    Origin origin = kept == null ? new Origin(run, number) : kept.origin;
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
            Declarations.known(targets.get(admitted.target()), "target", admitted.target()),
            job,
            hedgeOf,
            kept,
            startByNs == Long.MAX_VALUE ? startByNs : startByNs + epochMinusNs,
            admitted.admittedNs() + epochMinusNs);
    tasks.put(number, task);
    if (admitted.hedgeOf() < 0) {
      alive.remove(origin); // the order is that of the latest admission
      alive.put(origin, task);
      count(job, 1);
    }
  }

  private static void count(Job job, int calls) {
    for (Job at = job; at != null; at = at.parent) {
      at.calls += calls;
    }
  }

  private void apply(TaskFundedDecoder funded) {
    Task task = tasks.get(funded.task());
    if (task != null) {
      task.reservation.restore(funded.marks(), funded.moneyHeldNanos(), funded.takenNs());
    }
  }

  private void apply(AttemptStartedDecoder started) {
    Task task = tasks.get(started.task());
    if (task != null) {
      task.inFlight++;
      task.job.begun = true;
      nowNs = Math.max(nowNs, started.stampNs() + epochMinusNs);
    }
  }

  private void apply(AttemptEndedDecoder ended) {
    Task task = tasks.get(ended.task());
    if (task == null) {
      return;
    }
    task.inFlight--;
    task.reservation.restore(ended.marks(), ended.moneyHeldNanos(), ended.takenNs());
    spend(task, ended.tokens(), ended.moneyNanos(), ended.stampNs() + epochMinusNs);
    if (Declarations.of(ENDS, ended.how()).started() && writers.contains(task.target)) {
      wrote(task.job.root());
    }
    forgetIfOver(ended.task(), task);
  }

  private void apply(TaskEndedDecoder ended) {
    Task task = tasks.get(ended.task());
    if (task == null) {
      return;
    }
    task.ended = true;
    alive.remove(task.origin, task);
    remember(task);
    forgetIfOver(ended.task(), task);
  }

  // Of one that has not ended, that which takes its place is remembered.
  private static void remember(Task task) {
    long arguments = task.reservation.arguments();
    if (arguments == io.headgate.Task.NO_ARGUMENTS || task.hedgeOf != null) {
      return;
    }
    Deque<EarlierCall> earlier = task.job.earlier;
    earlier.add(new EarlierCall(task.target, arguments, task.admittedNs));
    if (earlier.size() > EARLIER_CALLS) {
      earlier.remove();
    }
  }

  // The world is another one: who calls again is in no loop.
  private void wrote(Job root) {
    for (Job each : open.values()) {
      if (each.root() == root) {
        each.earlier.clear();
      }
    }
  }

  private void forgetIfOver(long number, Task task) {
    if (task.inFlight <= 0 && (task.ended || task.hedgeOf != null)) {
      tasks.remove(number);
    }
  }

  private void spend(Task task, long tokens, long moneyNanos, long atNs) {
    nowNs = Math.max(nowNs, atNs);
    task.job.tokens += tokens;
    task.job.moneyNanos += moneyNanos;
    useOf(task.agent).use(tokens, moneyNanos, task.reservation.isLimited(), atNs);
    useOfAll.use(tokens, moneyNanos, task.reservation.isLimitedWithAll(), atNs);
  }

  // ---- recovery

  private void apply(TaskRecoveredDecoder recovered) {
    alive.remove(new Origin(recovered.run(), recovered.task()));
  }

  private void recoveryEnded() {
    Set<Object> present = Collections.newSetFromMap(new IdentityHashMap<>());
    present.addAll(tasks.values());
    present.addAll(jobs.values());
    alive.values().removeIf(task -> !present.contains(task));
    open.values().removeIf(job -> !present.contains(job));
  }

  // ---- to be written down, and read again

  /** All that it knows, after the record of that number. */
  PastImage image(long sequence) {
    Map<Integer, PastImage.OfSettings> ofSettings = new HashMap<>();
    settings.forEach(
        (number, each) ->
            ofSettings.put(
                number,
                new PastImage.OfSettings(
                    SettingsKind.of(each).ordinal(), SettingsJson.write(each))));
    Map<Long, PastImage.OfDeclared> ofDeclared = new HashMap<>();
    declared.forEach((number, each) -> ofDeclared.put(number, image(each)));
    IdentityHashMap<Job, Long> numbers = new IdentityHashMap<>();
    jobs.forEach((number, each) -> numbers.put(each, number));
    IdentityHashMap<Task, Long> ofPresent = new IdentityHashMap<>();
    tasks.forEach((number, each) -> ofPresent.put(each, number));
    Set<Task> everyTask = new LinkedHashSet<>(alive.values());
    tasks.keySet().stream().sorted().forEach(number -> everyTask.add(tasks.get(number)));
    Map<String, PastImage.OfUse> ofUse = new LinkedHashMap<>();
    useOf.forEach((agent, each) -> ofUse.put(agent, each.image()));
    return new PastImage(
        sequence,
        run,
        epochMinusNs,
        halted,
        ofSettings,
        Map.copyOf(agents),
        Map.copyOf(targets),
        ofDeclared,
        open.values().stream().map(each -> image(each, numbers.getOrDefault(each, 0L))).toList(),
        everyTask.stream()
            .map(each -> image(each, ofPresent.getOrDefault(each, -1L), ofPresent))
            .toList(),
        new LinkedHashMap<>(closedIds),
        useOfAll.image(),
        ofUse,
        writers.stream().sorted().toList());
  }

  private static PastImage.OfDeclared image(DeclaredJob job) {
    return new PastImage.OfDeclared(
        job.id,
        job.parent,
        SettingsJson.write(job.asked),
        job.deadlineNs,
        job.carried.tokens(),
        job.carried.moneyNanos(),
        job.carried.calls(),
        job.carried.begun());
  }

  private static PastImage.OfJob image(Job job, long number) {
    return new PastImage.OfJob(
        number,
        job.id,
        job.parent == null ? null : job.parent.id,
        SettingsJson.write(job.asked),
        SettingsJson.write(job.settings),
        job.deadlineNs,
        job.closed,
        job.tokens,
        job.moneyNanos,
        job.calls,
        job.begun,
        List.copyOf(job.earlier));
  }

  private PastImage.OfTask image(Task task, long number, IdentityHashMap<Task, Long> numbers) {
    Kept call = task.kept;
    return new PastImage.OfTask(
        number,
        task.origin.run,
        task.origin.task,
        task.job.id,
        task.agent,
        task.target,
        task.hedgeOf == null ? -1 : numbers.getOrDefault(task.hedgeOf, -1L),
        call == null ? null : call.handler,
        call == null ? 0 : call.kind.ordinal(),
        call == null ? null : Base64.getEncoder().encodeToString(call.payload.bytes()),
        task.reservation.marks(),
        task.reservation.arguments(),
        task.reservation.wantedInputTokens(),
        task.reservation.wantedOutputTokens(),
        task.reservation.wantedMoneyNanos(),
        task.startByNs,
        task.admittedNs,
        task.inFlight,
        task.inDoubt,
        task.ended,
        alive.get(task.origin) == task);
  }

  /** One that knows what that one knew. */
  static PastFold of(PastImage image) {
    var fold = new PastFold();
    fold.run = image.run();
    fold.epochMinusNs = image.epochMinusNs();
    fold.halted = image.halted();
    image
        .settings()
        .forEach(
            (number, each) ->
                fold.settings.put(
                    number,
                    SettingsJson.read(Declarations.of(KINDS, (short) each.kind()), each.json())));
    fold.agents.putAll(image.agents());
    fold.targets.putAll(image.targets());
    image
        .declared()
        .forEach(
            (number, each) -> {
              var job =
                  new DeclaredJob(each.id(), each.parent(), job(each.asked()), each.deadlineNs());
              job.carried =
                  new Carried(each.tokens(), each.moneyNanos(), each.calls(), each.begun());
              fold.declared.put(number, job);
            });
    for (PastImage.OfJob each : image.jobs()) {
      fold.add(each);
    }
    for (PastImage.OfTask each : image.tasks()) {
      fold.add(each);
    }
    fold.closedIds.putAll(image.closedIds());
    if (image.useOfAll() != null) {
      fold.useOfAll = UseFold.of(image.useOfAll());
      fold.nowNs = image.useOfAll().atNs();
    }
    if (image.writers() != null) {
      fold.writers.addAll(image.writers());
    }
    if (image.useOf() != null) {
      image.useOf().forEach((agent, each) -> fold.useOf.put(agent, UseFold.of(each)));
    }
    return fold;
  }

  private static JobSettings job(String json) {
    return (JobSettings) SettingsJson.read(SettingsKind.JOB, json);
  }

  private void add(PastImage.OfJob each) {
    Job parent = each.parent() == null ? null : open.get(each.parent());
    var job =
        new Job(
            each.id(),
            parent,
            job(each.asked()),
            each.deadlineNs(),
            new Carried(each.tokens(), each.moneyNanos(), each.calls(), each.begun()));
    job.settings = job(each.settings());
    job.closed = each.closed();
    if (each.earlier() != null) {
      job.earlier.addAll(each.earlier());
    }
    open.put(job.id, job);
    if (each.number() != 0) {
      jobs.put(each.number(), job);
    }
  }

  private void add(PastImage.OfTask each) {
    Job job = open.get(each.job());
    if (job == null) {
      return;
    }
    var origin = new Origin(each.run(), each.task());
    Kept call =
        each.handler() == null || each.payload() == null
            ? null
            : new Kept(
                origin,
                Declarations.of(PAYLOADS, (short) each.kind()),
                each.handler(),
                new KeptArgument(Base64.getDecoder().decode(each.payload())));
    var task =
        new Task(
            origin,
            new RememberedTask(
                each.marks(),
                each.arguments(),
                each.inputTokens(),
                each.outputTokens(),
                each.moneyNanos()),
            each.agent(),
            each.target(),
            job,
            each.hedgeOf() < 0 ? null : tasks.get(each.hedgeOf()),
            call,
            each.startByNs(),
            each.admittedNs());
    task.inFlight = each.inFlight();
    task.inDoubt = each.inDoubt();
    task.ended = each.ended();
    if (each.number() >= 0) {
      tasks.put(each.number(), task);
    }
    if (each.isAlive()) {
      alive.put(origin, task);
    }
  }
}
