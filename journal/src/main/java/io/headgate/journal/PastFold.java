package io.headgate.journal;

import io.headgate.Handler;
import io.headgate.JobSettings;
import io.headgate.admission.Carried;
import io.headgate.admission.KeptArgument;
import io.headgate.journal.sbe.AttemptEndedDecoder;
import io.headgate.journal.sbe.AttemptStartedDecoder;
import io.headgate.journal.sbe.BudgetChangedDecoder;
import io.headgate.journal.sbe.CallKeptDecoder;
import io.headgate.journal.sbe.HaltedDecoder;
import io.headgate.journal.sbe.JobClosedDecoder;
import io.headgate.journal.sbe.JobOpenedDecoder;
import io.headgate.journal.sbe.JobReconfiguredDecoder;
import io.headgate.journal.sbe.JobRetiredDecoder;
import io.headgate.journal.sbe.MessageHeaderDecoder;
import io.headgate.journal.sbe.RatesChangedDecoder;
import io.headgate.journal.sbe.RecoveryEndedDecoder;
import io.headgate.journal.sbe.RunStartedDecoder;
import io.headgate.journal.sbe.TaskAdmittedDecoder;
import io.headgate.journal.sbe.TaskEndedDecoder;
import io.headgate.journal.sbe.TaskFundedDecoder;
import io.headgate.journal.sbe.TaskRecoveredDecoder;
import io.headgate.runtime.Past;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
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

  private static final Handler.Payload[] PAYLOADS = Handler.Payload.values();

  /** Where a task was admitted first. */
  private record Origin(long run, long task) {}

  private record Kept(Origin origin, Handler.Payload kind, String handler, KeptArgument payload) {}

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
          new Carried(tokens, moneyNanos, calls, begun));
    }
  }

  private static final class Task {
    final Origin origin;
    final ReplayedTask reservation;
    final Job job;
    final @Nullable Task hedgeOf;
    final @Nullable Kept kept;
    final long startByNs;
    int inFlight;
    boolean inDoubt;
    boolean ended;

    Task(
        Origin origin,
        ReplayedTask reservation,
        Job job,
        @Nullable Task hedgeOf,
        @Nullable Kept kept,
        long startByNs) {
      this.origin = origin;
      this.reservation = reservation;
      this.job = job;
      this.hedgeOf = hedgeOf;
      this.kept = kept;
      this.startByNs = startByNs;
    }

    Past.PastTask past() {
      boolean whole = kept != null && kept.kind == Handler.Payload.FULL;
      return new Past.PastTask(
          origin.run,
          origin.task,
          job.id,
          reservation.agentGate().id(),
          reservation.targetGate().id(),
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
          inDoubt || inFlight > 0);
    }
  }

  private final Declarations declared = new Declarations();
  private final MessageHeaderDecoder header = new MessageHeaderDecoder();
  private final RunStartedDecoder runStarted = new RunStartedDecoder();
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
  private final Long2ObjectHashMap<Job> jobs = new Long2ObjectHashMap<>();
  private final Long2ObjectHashMap<Task> tasks = new Long2ObjectHashMap<>();
  private @Nullable Kept kept;
  private long run;
  private long epochMinusNs;
  private boolean halted;

  // Of all runs. What is of one before is what has not been recovered yet.
  private final Map<String, Job> open = new LinkedHashMap<>();
  private final Map<Origin, Task> alive = new LinkedHashMap<>();
  private final Map<String, Long> closedIds = new LinkedHashMap<>();

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
          job(jobClosed.wrapAndApplyHeader(buffer, offset, header).job()).closed = true;
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
      default -> {
        boolean _ = declared.apply(header, buffer, offset);
      }
    }
  }

  /** What a Headgate that begins now is to know of those before. */
  Past past() {
    endRun();
    List<Past.ClosedId> ids = new ArrayList<>();
    closedIds.forEach((id, untilNs) -> ids.add(new Past.ClosedId(id, untilNs)));
    return new Past(
        open.values().stream().map(Job::past).toList(),
        alive.values().stream().map(Task::past).toList(),
        ids);
  }

  private Job job(long number) {
    return Declarations.known(jobs.get(number), "job", number);
  }

  private void apply(RunStartedDecoder started) {
    endRun();
    declared.beginRun();
    run = started.seed();
    epochMinusNs = started.epochNs() - started.stampNs();
    halted = false;
    closedIds.values().removeIf(untilNs -> untilNs < started.epochNs());
  }

  // What was on its way then is in doubt, and settles at all that it held.
  private void endRun() {
    for (Task each : tasks.values()) {
      if (each.inFlight > 0) {
        spend(each, each.reservation.tokens(), each.reservation.moneyNanos());
        Task of = each.hedgeOf == null ? each : each.hedgeOf;
        of.inDoubt |= !of.ended;
      }
    }
    tasks.clear();
    List<Job> parts = new ArrayList<>(jobs.values());
    parts.sort((a, b) -> Integer.compare(depth(b), depth(a)));
    for (Job each : parts) {
      if (each.closed) {
        retire(each);
      }
    }
    jobs.clear();
    kept = null;
  }

  private static int depth(Job job) {
    int depth = 0;
    for (Job at = job.parent; at != null; at = at.parent) {
      depth++;
    }
    return depth;
  }

  // ---- jobs

  private void apply(JobOpenedDecoder opened) {
    ReplayedJob as = declared.job(opened.job());
    Job parent = as.parent() instanceof ReplayedJob of ? jobs.get(of.number()) : null;
    var job = new Job(as.name(), parent, as.first(), as.deadlineNs() + epochMinusNs, as.carried());
    jobs.put(opened.job(), job);
    open.put(job.id, job);
  }

  private void apply(JobRetiredDecoder retired) {
    Job job = jobs.remove(retired.job());
    if (job != null && (job.closed || !halted)) {
      retire(job);
    }
    declared.forgetJob(retired.job());
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
    if (job.tokens > 0 || job.moneyNanos > 0) {
      closedIds.put(job.id, job.deadlineNs + GRACE_NS);
    }
  }

  private void apply(JobReconfiguredDecoder changed) {
    job(changed.job()).settings = declared.settings(JobSettings.class, changed.settings());
  }

  private void apply(BudgetChangedDecoder changed) {
    Job job = job(changed.job());
    job.settings =
        job.settings.tokenBudget(changed.tokens()).moneyBudgetNanos(changed.moneyNanos());
  }

  private void apply(RatesChangedDecoder changed) {
    Job job = job(changed.job());
    job.settings =
        job.settings
            .tokensPerMinute(changed.tokensPerMinute())
            .microsPerMinute(changed.microsPerMinute());
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
    Origin origin = kept == null ? new Origin(run, number) : kept.origin;
    ReplayedTask reservation = declared.task(admitted);
    long startByNs = reservation.startByNs();
    var task =
        new Task(
            origin,
            reservation,
            job,
            hedgeOf,
            kept,
            startByNs == Long.MAX_VALUE ? startByNs : startByNs + epochMinusNs);
    tasks.put(number, task);
    if (admitted.hedgeOf() < 0) {
      alive.remove(origin); // the order is that of the latest admission
      alive.put(origin, task);
      for (Job at = job; at != null; at = at.parent) {
        at.calls++;
      }
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
    }
  }

  private void apply(AttemptEndedDecoder ended) {
    Task task = tasks.get(ended.task());
    if (task == null) {
      return;
    }
    task.inFlight--;
    task.reservation.restore(ended.marks(), ended.moneyHeldNanos(), ended.takenNs());
    spend(task, ended.tokens(), ended.moneyNanos());
    forgetIfOver(ended.task(), task);
  }

  private void apply(TaskEndedDecoder ended) {
    Task task = tasks.get(ended.task());
    if (task == null) {
      return;
    }
    task.ended = true;
    alive.remove(task.origin, task);
    forgetIfOver(ended.task(), task);
  }

  private void forgetIfOver(long number, Task task) {
    if (task.inFlight <= 0 && (task.ended || task.hedgeOf != null)) {
      tasks.remove(number);
    }
  }

  private static void spend(Task task, long tokens, long moneyNanos) {
    task.job.tokens += tokens;
    task.job.moneyNanos += moneyNanos;
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
}
