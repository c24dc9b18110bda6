package io.headgate.journal;

import io.headgate.Estimate;
import io.headgate.Handler;
import io.headgate.JobSettings;
import io.headgate.ParkReason;
import io.headgate.admission.Carried;
import io.headgate.admission.EarlierCall;
import io.headgate.admission.KeptArgument;
import io.headgate.recovery.Past;
import io.headgate.recovery.Reopening;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link PastFold} knows: jobs and tasks that are not over, and what was used of limits; as
 * an image, too, and as what the next Headgate is to know. One thread.
 */
final class PastState {
  /** As the number of whose second attempt it is: it has ended already. */
  private static final long FIRST_IS_OVER = -2;

  private static final SettingsKind[] KINDS = SettingsKind.values();
  private static final ParkReason[] PARKED = ParkReason.values();
  private static final Handler.Payload[] PAYLOADS = Handler.Payload.values();

  /** Where a task was admitted first. */
  record Origin(long run, long task) {}

  /** A task's call; the estimate is null if an older Headgate wrote it. */
  record Kept(
      Origin origin,
      Handler.Payload kind,
      String handler,
      KeptArgument payload,
      @Nullable Estimate estimate) {}

  /** A job that was declared, and perhaps not opened yet. */
  static final class DeclaredJob {
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

  static final class Job {
    /** More than there are at once. */
    private static final int MOST_TARGETS = 10_000;

    final String id;
    final @Nullable Job parent;
    final JobSettings asked;
    long deadlineNs;
    JobSettings settings;
    boolean closed;

    /** How many of its tasks, and of its parts', let its clock stand still, and since when. */
    int standing;

    long stoodFromNs;

    // As it was when the run began in which it is opened again, while nothing else has happened.
    @Nullable Job was;
    long tokens;
    long moneyNanos;
    long calls;
    boolean begun;

    /** What it has used of its own limits a minute; null if it never had one. */
    @Nullable UseFold use;

    /** Calls at targets that limit them, by the targets' ids. */
    final Map<String, Integer> callsAt = new LinkedHashMap<>();

    /** Its calls that were refused as repetitions. */
    int loops;

    /** What its loop guard may remember. */
    private final Deque<EarlierCall> earlier = new ArrayDeque<>();

    // How often the whole job has changed the world, and how often when that was noted.
    private long writes;
    private long writesKnown;

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

    /** It is counted, or no longer is, among the calls of it and of what it is a part of. */
    void count(Task task, int calls) {
      for (Job at = this; at != null; at = at.parent) {
        at.calls += calls;
        if (task.reservation.isCountedAtTarget()) {
          at.count(task.target, calls);
        }
      }
    }

    private void count(String target, int calls) {
      int counted = callsAt.merge(target, calls, Integer::sum);
      if (counted == 0) {
        callsAt.remove(target);
      } else if (callsAt.size() > MOST_TARGETS) {
        callsAt.remove(callsAt.keySet().iterator().next());
      }
    }

    /** It is the one that was open before. */
    void goOnAs(Job before) {
      earlier().addAll(before.earlier());
      callsAt.putAll(before.callsAt);
      loops = before.loops;
      use = before.use;
    }

    /** Other limits a minute hold from now on. */
    void limit(long nowNs) {
      boolean isLimited =
          settings.tokensPerMinute() != JobSettings.UNLIMITED
              || settings.microsPerMinute() != JobSettings.UNLIMITED;
      if (use == null && isLimited) {
        use = new UseFold();
      }
      if (use != null) {
        use.tokensPerMinute(settings.tokensPerMinute(), nowNs);
        use.microsPerMinute(settings.microsPerMinute(), nowNs);
      }
    }

    /** It has spent so much, and so have the jobs of which it is a part, of their minute. */
    void spend(long tokens, long moneyNanos, long nowNs) {
      this.tokens += tokens;
      this.moneyNanos += moneyNanos;
      for (Job at = this; at != null; at = at.parent) {
        if (at.use != null) {
          at.use.use(tokens, moneyNanos, true, nowNs);
        }
      }
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
          List.copyOf(earlier()),
          new LinkedHashMap<>(callsAt),
          loops,
          use == null ? Past.Used.NOTHING : use.used(),
          standing == 0 ? 0 : stoodFromNs);
    }

    private void stand(long nowNs) {
      if (standing++ == 0) {
        stoodFromNs = nowNs;
      }
    }

    private void goOn(long nowNs) {
      if (--standing == 0) {
        deadlineNs += nowNs - stoodFromNs;
      }
    }

    /** Whether it is no continuation of that one, whose id it has since that is over. */
    boolean isLaterThan(Job other) {
      return other.isOverBefore(deadlineNs);
    }

    /**
     * Whether a job with that deadline is another one: the same one's differs only by what a clock
     * was put right since, and another could not be opened for a minute. One whose clock stood
     * still is not over.
     */
    boolean isOverBefore(long othersDeadlineNs) {
      return standing == 0 && othersDeadlineNs > deadlineNs + Reopening.GRACE_NS;
    }

    /** Whether it is that job, or of its parts. */
    boolean isPartOf(Job whole) {
      Job at = this;
      while (at != whole && at.parent != null) {
        at = at.parent;
      }
      return at == whole;
    }

    /** Of how many it is a part, one within the other. */
    int depth() {
      int depth = 0;
      for (Job at = parent; at != null; at = at.parent) {
        depth++;
      }
      return depth;
    }

    /** What its loop guard remembers, the oldest first. */
    Deque<EarlierCall> earlier() {
      long now = root().writes;
      if (writesKnown != now) {
        writesKnown = now;
        earlier.clear();
      }
      return earlier;
    }

    /** The world is another one: who calls again is in no loop, in the whole job. */
    void wrote() {
      root().writes++;
    }

    Job root() {
      Job at = this;
      while (at.parent != null) {
        at = at.parent;
      }
      return at;
    }
  }

  static final class Task {
    final Origin origin;
    final RememberedTask reservation;
    final String agent;
    final String target;
    final Job job;
    final @Nullable Task hedgeOf;
    final @Nullable Kept kept;
    final long admittedNs;
    long startByNs;
    int inFlight;
    boolean inDoubt;
    boolean ended;

    /** Started, in all runs. */
    int attempts;

    /** Since when it is held for a human; 0 if it is not. */
    long parkedNs;

    ParkReason parkedFor = ParkReason.ASK_FIRST;

    /** Since when its clock stands still; 0 if it does not. */
    long stoodFromNs;

    /** It goes on at this rung or below. */
    int leastRung;

    /** Whether it was let go on. */
    boolean asked;

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

    /** Its clock, and those of its jobs, stand still from now on. */
    void stand(long nowNs) {
      stoodFromNs = nowNs;
      for (Job at = job; at != null; at = at.parent) {
        at.stand(nowNs);
      }
    }

    /** They go on. */
    void goOn(long nowNs) {
      if (stoodFromNs == 0) {
        return;
      }
      if (startByNs != Long.MAX_VALUE) {
        startByNs += nowNs - stoodFromNs;
      }
      stoodFromNs = 0;
      for (Job at = job; at != null; at = at.parent) {
        at.goOn(nowNs);
      }
    }

    boolean isInDoubt() {
      return inDoubt || inFlight > 0 || (reservation.isInDoubt() && !asked);
    }

    // By when it starts, at the latest, is somebody else's to say.
    private Past.PastTask past(long startByNs) {
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
          estimate(),
          startByNs,
          reservation.isDegradable(),
          reservation.wrapsUp(),
          reservation.isIdempotent(),
          reservation.isChild(),
          isInDoubt(),
          attempts,
          parkedNs,
          asked,
          stoodFromNs,
          leastRung);
    }

    private Estimate estimate() {
      return kept != null && kept.estimate != null
          ? kept.estimate
          : Estimate.of(reservation.wantedInputTokens(), reservation.wantedOutputTokens());
    }
  }

  // Of the present run, by its numbers.
  final Map<Integer, Record> settings = new HashMap<>();
  final Map<Integer, String> agents = new HashMap<>();
  final Map<Integer, String> targets = new HashMap<>();
  final Map<Long, DeclaredJob> declared = new HashMap<>();
  final Long2ObjectHashMap<Job> jobs = new Long2ObjectHashMap<>();
  final Long2ObjectHashMap<Task> tasks = new Long2ObjectHashMap<>();
  final Set<String> writers = new HashSet<>();
  long run;
  long epochMinusNs;

  // When an attempt started or ended last.
  long nowNs;
  boolean halted;

  // Of all runs. What is of one before is what has not been recovered yet.
  final Map<String, Job> open = new LinkedHashMap<>();
  final Map<Origin, Task> alive = new LinkedHashMap<>();
  final Map<String, Long> closedIds = new LinkedHashMap<>();
  final Map<String, UseFold> useOf = new LinkedHashMap<>();
  final PastBreakers breakers = new PastBreakers();
  final PastHolds holds = new PastHolds();
  final PastTargets learned = new PastTargets();
  UseFold useOfAll = new UseFold();

  /** What a Headgate that begins now is to know, once the last run is over. */
  Past past() {
    List<Past.ClosedId> ids = new ArrayList<>();
    closedIds.forEach((id, untilNs) -> ids.add(new Past.ClosedId(id, untilNs)));
    return new Past(
        openJobs().map(Job::past).toList(),
        alive.values().stream().map(this::past).toList(),
        ids,
        useOfAll.used(),
        used(),
        breakers.past(),
        breakers.cutOffs(),
        learned.past(),
        holds.past(),
        holds.words());
  }

  // Each after the one of which it is a part, which may have been opened again after it.
  private Stream<Job> openJobs() {
    return open.values().stream().sorted(Comparator.comparingInt(Job::depth));
  }

  // One whose job is over must not start in a later one of the same id.
  private Past.PastTask past(Task task) {
    return task.past(
        isOver(task.job) ? Math.min(task.startByNs, task.job.deadlineNs) : task.startByNs);
  }

  private boolean isOver(Job job) {
    Job now = open.get(job.id);
    return now == null || now.isLaterThan(job);
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
        openJobs().map(each -> image(each, numbers.getOrDefault(each, 0L))).toList(),
        everyTask.stream()
            .map(each -> image(each, ofPresent.getOrDefault(each, -1L), ofPresent))
            .toList(),
        new LinkedHashMap<>(closedIds),
        useOfAll.image(),
        ofUse,
        writers.stream().sorted().toList(),
        breakers.past(),
        breakers.cutOffs(),
        learned.past(),
        holds.past(),
        holds.words().values().stream().map(PastImage.OfWord::of).toList());
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
        List.copyOf(job.earlier()),
        new LinkedHashMap<>(job.callsAt),
        job.loops,
        job.use == null ? null : job.use.image(),
        job.standing,
        job.stoodFromNs);
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
        task.hedgeOf == null ? -1 : numbers.getOrDefault(task.hedgeOf, FIRST_IS_OVER),
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
        alive.get(task.origin) == task,
        isOver(task.job) ? task.job.deadlineNs : 0,
        call == null ? null : call.estimate,
        task.attempts,
        task.parkedNs,
        task.parkedFor.ordinal(),
        task.asked,
        task.stoodFromNs,
        task.leastRung);
  }

  /** One that knows what that one knew. */
  static PastState of(PastImage image) {
    var state = new PastState();
    state.run = image.run();
    state.epochMinusNs = image.epochMinusNs();
    state.halted = image.halted();
    image
        .settings()
        .forEach(
            (number, each) ->
                state.settings.put(
                    number,
                    SettingsJson.read(Declarations.of(KINDS, (short) each.kind()), each.json())));
    state.agents.putAll(image.agents());
    state.targets.putAll(image.targets());
    image
        .declared()
        .forEach(
            (number, each) -> {
              var job =
                  new DeclaredJob(each.id(), each.parent(), job(each.asked()), each.deadlineNs());
              job.carried =
                  new Carried(each.tokens(), each.moneyNanos(), each.calls(), each.begun());
              state.declared.put(number, job);
            });
    for (PastImage.OfJob each : image.jobs()) {
      state.add(each);
    }
    for (PastImage.OfTask each : image.tasks()) {
      state.add(each);
    }
    state.closedIds.putAll(image.closedIds());
    if (image.useOfAll() != null) {
      state.useOfAll = UseFold.of(image.useOfAll());
      state.nowNs = image.useOfAll().atNs();
    }
    if (image.writers() != null) {
      state.writers.addAll(image.writers());
    }
    if (image.breakers() != null) {
      state.breakers.putAll(image.breakers());
    }
    if (image.cutOffs() != null) {
      state.breakers.putCutOffs(image.cutOffs());
    }
    if (image.learned() != null) {
      image.learned().forEach(state.learned::put);
    }
    if (image.holds() != null) {
      image.holds().forEach(state.holds::put);
    }
    if (image.words() != null) {
      image.words().forEach(each -> state.holds.said(each.word()));
    }
    if (image.useOf() != null) {
      image.useOf().forEach((agent, each) -> state.useOf.put(agent, UseFold.of(each)));
    }
    return state;
  }

  private static JobSettings job(String json) {
    return (JobSettings) SettingsJson.read(SettingsKind.JOB, json);
  }

  private void add(PastImage.OfJob each) {
    String of = each.parent();
    Job parent = of == null ? null : open.get(of);
    if (of != null && parent == null) { // that is gone: it is nobody's, but a part all the same
      parent = new Job(of, null, JobSettings.DEFAULT, each.deadlineNs(), Carried.NOTHING);
    }
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
      job.earlier().addAll(each.earlier());
    }
    if (each.callsAt() != null) {
      job.callsAt.putAll(each.callsAt());
    }
    job.loops = each.loops();
    job.standing = each.standing();
    job.stoodFromNs = each.stoodFromNs();
    if (each.use() != null) {
      job.use = UseFold.of(each.use());
    }
    open.put(job.id, job);
    if (each.number() != 0) {
      jobs.put(each.number(), job);
    }
  }

  private void add(PastImage.OfTask each) {
    Job job = open.get(each.job());
    if (each.overAtNs() != 0) {
      job = new Job(each.job(), null, JobSettings.DEFAULT, each.overAtNs(), Carried.NOTHING);
    } else if (job == null) {
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
                new KeptArgument(Base64.getDecoder().decode(each.payload())),
                each.estimate());
    Task first = each.hedgeOf() < 0 ? null : tasks.get(each.hedgeOf());
    if (each.hedgeOf() == FIRST_IS_OVER) {
      first = made(each, origin, job, null, call);
      first.ended = true;
    }
    Task task = made(each, origin, job, first, call);
    task.inFlight = each.inFlight();
    task.inDoubt = each.inDoubt();
    task.ended = each.ended();
    task.attempts = each.attempts();
    task.parkedNs = each.parkedNs();
    task.parkedFor = Declarations.of(PARKED, (short) each.parkedFor());
    task.asked = each.asked();
    task.stoodFromNs = each.stoodFromNs();
    task.leastRung = each.leastRung();
    if (each.number() >= 0) {
      tasks.put(each.number(), task);
    }
    if (each.isAlive()) {
      alive.put(origin, task);
    }
  }

  private static Task made(
      PastImage.OfTask as, Origin origin, Job job, @Nullable Task hedgeOf, @Nullable Kept kept) {
    var reservation =
        new RememberedTask(
            as.marks(), as.arguments(), as.inputTokens(), as.outputTokens(), as.moneyNanos());
    return new Task(
        origin,
        reservation,
        as.agent(),
        as.target(),
        job,
        hedgeOf,
        kept,
        as.startByNs(),
        as.admittedNs());
  }
}
