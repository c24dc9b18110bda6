package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.BreakerPolicy;
import io.headgate.CallClass;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.Refusal;
import io.headgate.RetryPolicy;
import io.headgate.Spending;
import io.headgate.TargetSettings;
import io.headgate.engine.Ending;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Twenty minutes, two of them a full outage of the provider. In the usual stack each client tries
 * again by itself, with backoff; Headgate's own retries have a budget, do not nest, and end where a
 * breaker is open. Beside it what each of these is worth: retries without a budget, the same
 * without a breaker, and agents nested five deep of which each level tries again by itself. While
 * calls are refused at once a breaker hides what the budget and the look at the queue are worth:
 * each has a night of its own, without one.
 */
final class RetryStorm implements Experiment {
  private static final Duration LENGTH = Duration.ofMinutes(20);
  private static final Duration FROM = Duration.ofMinutes(9);
  private static final Duration TO = Duration.ofMinutes(11);
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** Of the time. */
  private static final double OUTSIDE = 1 - (double) TO.minus(FROM).toMillis() / LENGTH.toMillis();

  private static final int USUAL_RETRIES = 4;
  private static final Duration AT_ONCE = Duration.ofMillis(1);
  private static final int DEEP = 5;
  private static final Duration THINKING = Duration.ofSeconds(3);

  private static final double PER_SECOND = 4;

  /** Of a job, at most. */
  private static final int CALLS = 4;

  private static final int PERMITS = 64;

  private static final Duration BLIPS = Duration.ofSeconds(10);
  private static final Duration BLIP = Duration.ofMillis(200);

  /** Where there is a crowd. */
  private static final int ROOM = 100;

  private static final int AGENTS = 8;

  private static final HeadgateSettings SETTINGS =
      HeadgateSettings.DEFAULT.maxInFlight(PERMITS).maxWaiting(1_000);

  /** A budget of so many is none. */
  private static final int UNBOUNDED_PERCENT = 100;

  private static final int UNBOUNDED_FLOOR = 1_000;

  /** Of calls that time out too, since a provider that has too many of them is slow first. */
  private static final RetryPolicy TIMEOUTS_TOO =
      RetryPolicy.DEFAULT.retried(
          Set.of(CallClass.REJECTED, CallClass.UNAVAILABLE, CallClass.TIMED_OUT));

  /** As many retries as a policy can be told to allow, and of calls that hang too. */
  private static final RetryPolicy UNBUDGETED = unbudgeted(TIMEOUTS_TOO).watermarkPercent(100);

  // Twenty until the breaker opens; then three probes each 5, 10, and six times 20 s or more: 44,
  // and a retry for every tenth of them.
  private static final double DEAD_CALLS = 48;

  private static final String NAME = "retry-storm";

  private static final Disturbance OUTAGE = new Disturbance.Outage(FROM, TO, 1);

  /**
   * What a host sets.
   *
   * @param clientRetries of each client; and whether each agent tries again by itself
   * @param held whether bars are for it
   */
  private record Arm(
      String name, int clientRetries, UnaryOperator<TargetSettings> policies, boolean held) {
    ExperimentRow row(String figure, double value, ExperimentRow.@Nullable Bar bar) {
      return new ExperimentRow(NAME, figure, name, value, held ? bar : null);
    }

    /** The same, which only stands beside the others. */
    Arm beside() {
      return new Arm(name, clientRetries, policies, false);
    }
  }

  private static final List<Arm> ARMS =
      List.of(
          new Arm("headgate", 0, t -> t.retry(RetryPolicy.DEFAULT), true),
          new Arm("no breaker", 0, t -> unbroken(t).retry(RetryPolicy.DEFAULT), false),
          new Arm("no breaker, no budget", 0, t -> unbroken(t).retry(UNBUDGETED), false),
          new Arm("usual stack", USUAL_RETRIES, t -> unbroken(t).retry(RetryPolicy.OFF), false));

  private static final Arm NO_RETRIES =
      new Arm("no retries", 0, t -> t.retry(RetryPolicy.OFF), false);

  private static final BreakerPolicy PROBED_BY_ALL = BreakerPolicy.DEFAULT.probes(1_000);

  private static final BreakerPolicy OPEN_ALIKE =
      BreakerPolicy.DEFAULT.open(BreakerPolicy.DEFAULT.open(), BreakerPolicy.DEFAULT.open());

  /** What a full outage does not show: a breaker has opened before either is asked. */
  private static final List<Arm> BEHIND_A_BREAKER =
      List.of(
          new Arm("no retry budget", 0, t -> t.retry(unbudgeted(RetryPolicy.DEFAULT)), false),
          new Arm(
              "no watermark", 0, t -> t.retry(RetryPolicy.DEFAULT.watermarkPercent(100)), false));

  /** What keeps a breaker that is open from asking too often. */
  private static final List<Arm> OPEN_ARMS =
      List.of(
          new Arm("any number of probes", 0, t -> breakers(t, PROBED_BY_ALL), false),
          new Arm("open for 5 s each time", 0, t -> breakers(t, OPEN_ALIKE), false));

  private static final List<Arm> BLIPS_ARMS =
      List.of(
          ARMS.getFirst(),
          new Arm(
              "no backoff", 0, t -> t.retry(RetryPolicy.DEFAULT.backoff(AT_ONCE, AT_ONCE)), false),
          NO_RETRIES);

  /** Half of the provider is lost: what times out is asked for again, and keeps it too full. */
  private static final List<Arm> HALF_LOST_ARMS =
      List.of(
          new Arm("headgate", 0, t -> t.retry(TIMEOUTS_TOO), true),
          new Arm("no breaker", 0, t -> unbroken(t).retry(TIMEOUTS_TOO), true),
          new Arm(
              "no breaker, no retry budget",
              0,
              t -> unbroken(t).retry(unbudgeted(TIMEOUTS_TOO)),
              false),
          new Arm("no retries", 0, t -> unbroken(t).retry(RetryPolicy.OFF), false),
          ARMS.getLast());

  /** The room is above its watermark: what retries add where that alone may bound them. */
  private static final List<Arm> CROWD_ARMS =
      List.of(
          new Arm("no breaker", 0, t -> unbroken(t).retry(RetryPolicy.DEFAULT), true),
          new Arm(
              "no breaker, no watermark",
              0,
              t -> unbroken(t).retry(RetryPolicy.DEFAULT.watermarkPercent(100)),
              false),
          new Arm(
              "no breaker, no retry budget",
              0,
              t -> unbroken(t).retry(unbudgeted(RetryPolicy.DEFAULT)),
              true),
          new Arm(
              "no breaker, neither",
              0,
              t -> unbroken(t).retry(unbudgeted(RetryPolicy.DEFAULT).watermarkPercent(100)),
              false),
          ARMS.getLast());

  /** The same with few failures, so that no breaker opens and the retry budget covers all. */
  private static final List<Arm> FEW_FAIL_ARMS =
      List.of(ARMS.getFirst(), BEHIND_A_BREAKER.getLast());

  private static final double FEW = 0.08;

  /** Each agent tries again by itself, as Resilience4j does by default: three attempts. */
  private static final Arm EACH_LEVEL =
      new Arm("each level by itself", 2, t -> unbroken(t).retry(RetryPolicy.OFF), false);

  private static final List<Arm> NESTED =
      List.of(ARMS.get(0), NO_RETRIES, ARMS.get(1), ARMS.get(2), EACH_LEVEL);

  /** More of them than there are levels. */
  private static final Arm MORE_PROBES =
      new Arm(
          "headgate, 8 probes",
          0,
          t ->
              t.retry(RetryPolicy.DEFAULT)
                  .breaker(BreakerPolicy.DEFAULT.probes(8))
                  .agentBreaker(BreakerPolicy.DEFAULT.probes(8)),
          false);

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "20 minutes, 2 of them a full outage: what retries add, and what comes back";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    for (int depth : new int[] {0, DEEP}) {
      for (Arm arm : ARMS) {
        rows.addAll(rows(arm, depth));
      }
    }
    for (List<Arm> arms : List.of(BEHIND_A_BREAKER, OPEN_ARMS)) {
      for (Arm arm : arms) {
        rows.addAll(rows(arm, 0));
      }
    }
    for (Arm arm : BLIPS_ARMS) {
      rows.addAll(blips(arm));
    }
    for (Arm arm : ARMS) {
      rows.addAll(hanging(arm));
    }
    for (Arm arm : HALF_LOST_ARMS) {
      rows.addAll(halfLost(arm));
    }
    for (Arm arm : CROWD_ARMS) {
      rows.addAll(crowded(arm));
    }
    for (Arm arm : FEW_FAIL_ARMS) {
      rows.addAll(crowdedWhereFewFail(arm));
    }
    for (Arm arm : NESTED) {
      rows.addAll(levels(arm, Nest.APART));
    }
    for (Nest nest : List.of(Nest.OF_ONE_TARGET, Nest.THINKING)) {
      rows.addAll(levels(ARMS.getFirst(), nest));
      rows.addAll(levels(MORE_PROBES, nest));
    }
    return rows;
  }

  private static RetryPolicy unbudgeted(RetryPolicy policy) {
    return policy.budget(UNBOUNDED_PERCENT, UNBOUNDED_FLOOR);
  }

  private static TargetSettings breakers(TargetSettings settings, BreakerPolicy policy) {
    return settings.retry(RetryPolicy.DEFAULT).breaker(policy).agentBreaker(policy);
  }

  private static TargetSettings unbroken(TargetSettings settings) {
    return settings.breaker(BreakerPolicy.OFF).agentBreaker(BreakerPolicy.OFF);
  }

  private static List<ExperimentRow> rows(Arm arm, int depth) {
    String suffix = depth == 0 ? "" : ", nested " + depth + " deep";
    var dead = new DeadCalls();
    Night night =
        new Night(SETTINGS, depth == 0 ? PER_SECOND : PER_SECOND / CALLS, TIMEOUT, OUTAGE);
    SimulationReport report = simulation(arm, depth, night).run(dead);
    double wasted = (double) report.tokensWasted() / Math.max(1, report.tokens());
    return List.of(
        made(arm, report, suffix),
        attempts(arm, report, suffix),
        arm.row("tokens wasted, of all" + suffix, wasted, atMost(0.05)),
        recovery(arm, report, suffix),
        arm.row(
            "calls made of the dead provider" + suffix, (double) dead.calls, atMost(DEAD_CALLS)),
        arm.row(
            "calls in the outage for each job that wants one" + suffix,
            dead.ofEachJob(dead.calls),
            atMost(1.1)),
        arm.row(
            "attempts for each task that starts, of the dead provider alone" + suffix,
            (double) dead.calls / Math.max(1, dead.tasks.size()),
            null),
        inTime(arm, report, suffix));
  }

  private static ExperimentRow made(Arm arm, SimulationReport report, String suffix) {
    return arm.row(
        "calls made for each call wanted" + suffix,
        (double) report.attempts() / Math.max(1, report.calls()),
        atMost(1.1));
  }

  private static ExperimentRow attempts(Arm arm, SimulationReport report, String suffix) {
    return arm.row(
        "attempts for each task" + suffix,
        (double) report.attempts() / Math.max(1, report.admitted()),
        atMost(1.1));
  }

  private static ExperimentRow recovery(Arm arm, SimulationReport report, String suffix) {
    Duration recovery = report.timeToRecover().orElse(LENGTH);
    return arm.row(
        "time to recover, in deadlines" + suffix,
        (double) recovery.toMillis() / DEADLINE.toMillis(),
        atMost(2));
  }

  private static ExperimentRow inTime(Arm arm, SimulationReport report, String suffix) {
    return arm.row(
        "jobs in time, of those outside the outage" + suffix,
        report.jobsInTime() / (report.jobs() * OUTSIDE),
        null);
  }

  /**
   * Half of what the provider bears is lost in the outage; the host would let four times as much
   * in, so that calls become slow and time out.
   */
  private static List<ExperimentRow> halfLost(Arm arm) {
    var night =
        new Night(
            SETTINGS.maxInFlight(4 * PERMITS),
            5,
            Duration.ofSeconds(20),
            new Disturbance.CapacityLoss(FROM, TO, 0.5));
    SimulationReport report = simulation(arm, 0, night).run();
    String suffix = ", half is lost";
    // Who comes back in time does so for the breaker's sake, and not for the budget's.
    Arm recovers = arm == HALF_LOST_ARMS.getFirst() ? arm : arm.beside();
    return List.of(
        made(arm, report, suffix),
        attempts(arm, report, suffix),
        recovery(recovers, report, suffix),
        inTime(arm, report, suffix));
  }

  /** Four times what the provider bears is asked for, and a third of the calls fails meanwhile. */
  private static List<ExperimentRow> crowded(Arm arm) {
    SimulationReport report = simulation(arm, 0, crowd(1 / 3.0)).run();
    String suffix = ", a crowd, and a third fails";
    return List.of(
        made(arm, report, suffix),
        attempts(arm, report, suffix),
        arm.row(
            "jobs in time, of all" + suffix,
            (double) report.jobsInTime() / Math.max(1, report.jobs()),
            null));
  }

  /**
   * A fifth of a second in every ten nobody is there: who asks again at once finds nobody again,
   * and a breaker takes that for an outage. Of the calls that fall into it one in twelve is to fail
   * three times, as the backoff is drawn.
   */
  private static List<ExperimentRow> blips(Arm arm) {
    ProviderModel provider = ProviderModel.chat().capacity(PERMITS, 1);
    for (Duration at = BLIPS; at.compareTo(LENGTH) < 0; at = at.plus(BLIPS)) {
      provider = provider.during(new Disturbance.Outage(at, at.plus(BLIP), 1));
    }
    SimulationReport report = simulation(arm, 0, SETTINGS, PER_SECOND, TIMEOUT, provider).run();
    String suffix = ", blips of 200 ms";
    double jobs = Math.max(1, report.jobs());
    return List.of(
        arm.row("jobs not in time" + suffix, 1 - report.jobsInTime() / jobs, atMost(0.03)),
        attempts(arm, report, suffix));
  }

  private static Night crowd(double fails) {
    return new Night(
        SETTINGS.maxWaiting(ROOM),
        4 * PER_SECOND,
        TIMEOUT,
        new Disturbance.Outage(Duration.ofMinutes(5), Duration.ofMinutes(15), fails));
  }

  /** All defaults are on: of these only the look at the queue has anything to say to a retry. */
  private static List<ExperimentRow> crowdedWhereFewFail(Arm arm) {
    var room = new WaitingRoom(ROOM * RetryPolicy.DEFAULT.watermarkPercent() / 100);
    SimulationReport report = simulation(arm, 0, crowd(FEW)).run(room);
    String suffix = ", a crowd, and a twelfth fails";
    return List.of(
        arm.row("retries that join a room above its watermark" + suffix, room.above, atMost(0)),
        arm.row("retries in all" + suffix, room.retries, atLeast(1)),
        arm.row("places that retries hold as others are refused one" + suffix, room.held(), null),
        attempts(arm, report, suffix),
        arm.row(
            "jobs in time, of all" + suffix,
            (double) report.jobsInTime() / Math.max(1, report.jobs()),
            null));
  }

  /** An outage that costs more: no call is answered, and each is paid for. */
  private static List<ExperimentRow> hanging(Arm arm) {
    var dead = new DeadCalls();
    var night = new Night(SETTINGS, PER_SECOND, TIMEOUT, new Disturbance.Hang(FROM, TO, 1));
    SimulationReport report = simulation(arm, 0, night).run(dead);
    String suffix = ", calls hang";
    return List.of(
        arm.row(
            "calls in the outage for each job that wants one" + suffix,
            dead.ofEachJob(dead.calls),
            atMost(1.1)),
        arm.row(
            "tokens wasted, of all" + suffix,
            (double) report.tokensWasted() / Math.max(1, report.tokens()),
            atMost(0.05)),
        inTime(arm, report, suffix));
  }

  /**
   * How agents are nested.
   *
   * @param apart whether agents have a target of their own, beside the model's
   * @param permits overall, of which each that thinks holds one
   * @param inTime the bar: jobs in time, of those outside the outage
   */
  private record Nest(
      String name, boolean apart, double perSecond, Duration thinks, int permits, double inTime) {
    /** One call in a hundred fails: of five in a row one in twenty jobs' does. */
    static final Nest APART = new Nest("five levels", true, 1, Duration.ZERO, PERMITS, 0.97);

    static final Nest OF_ONE_TARGET =
        new Nest("five levels of one target", false, 1, Duration.ZERO, PERMITS, 0.9);

    /** So that of many jobs the first level has begun before one's second asks. */
    static final Nest THINKING =
        new Nest("five levels of one target that think", false, 2, RetryStorm.THINKING, 1_000, 0.9);
  }

  /** Agents nested so that the lowest call comes first, and whoever asked for it may ask again. */
  private static List<ExperimentRow> levels(Arm arm, Nest nest) throws InterruptedException {
    var dead = new DeadCalls();
    ProviderModel provider = provider(OUTAGE);
    ProviderModel none = ProviderModel.chat();
    List<Scenario.TargetPart> targets = new ArrayList<>();
    TargetSettings model = arm.policies.apply(TargetSettings.DEFAULT.timeout(TIMEOUT));
    targets.add(new Scenario.TargetPart("model", model, provider, provider, false));
    if (nest.apart) {
      TargetSettings agent = arm.policies.apply(TargetSettings.DEFAULT.timeout(DEADLINE));
      targets.add(new Scenario.TargetPart("agents", agent, none, none, false));
    }
    var flight =
        new Flight(
            Scenario.plain(
                SETTINGS.maxInFlight(nest.permits),
                Scenario.agents(AGENTS),
                targets,
                List.of(),
                LENGTH,
                DEADLINE.multipliedBy(2)),
            1,
            dead);
    JobSettings job = JobSettings.DEFAULT.deadline(DEADLINE);
    var agents = new NestedAgents(flight, job, DEEP, 1 + arm.clientRetries, nest.thinks.toNanos());
    flight.world.startIn(1, () -> agents.arrive(nest.perSecond, LENGTH.toNanos()));
    Flight.Result result = OnActor.fly(flight, arm.name);
    Tally tally = result.tally();
    String suffix = ", " + nest.name;
    return List.of(
        arm.row(
            "calls in the outage for each job that wants one" + suffix,
            dead.ofEachJob(flight.world.hits[FaultPoint.PROVIDER_OUT.ordinal()]),
            atMost(1.1)),
        arm.row(
            "attempts for each task" + suffix,
            (double) tally.attempts / Math.max(1, tally.admitted),
            atMost(1.1)),
        arm.row("tokens wasted, of all" + suffix, dead.wasted(), atMost(0.05)),
        arm.row(
            "jobs in time, of those outside the outage" + suffix,
            tally.jobsInTime / (tally.jobs * OUTSIDE),
            atLeast(nest.inTime)));
  }

  private static ProviderModel provider(Disturbance trouble) {
    return ProviderModel.chat().capacity(PERMITS, 1).errors(0.01).during(trouble);
  }

  /** What a host without nested agents goes through. */
  private record Night(
      HeadgateSettings settings, double perSecond, Duration timeout, Disturbance trouble) {}

  private static Simulation simulation(Arm arm, int depth, Night night) {
    ProviderModel provider = provider(night.trouble);
    return simulation(arm, depth, night.settings, night.perSecond, night.timeout, provider);
  }

  private static Simulation simulation(
      Arm arm,
      int depth,
      HeadgateSettings settings,
      double perSecond,
      Duration timeout,
      ProviderModel provider) {
    JobModel job =
        JobModel.chat()
            .settings(JobSettings.DEFAULT.deadline(DEADLINE))
            .calls(1, depth == 0 ? CALLS : 1)
            .tokens(400, depth == 0 ? 300 : 100, 0.5)
            .manners(new JobModel.Manners(arm.clientRetries, false, DEADLINE, AT_ONCE, true));
    if (depth > 0) {
      job = job.children(1, 1, depth);
    }
    var simulation =
        Simulation.of(settings)
            .load(Load.of(new Arrivals.Poisson(perSecond), job, LENGTH))
            .target("model", t -> arm.policies.apply(t.timeout(timeout)), provider);
    for (int i = 0; i < AGENTS; i++) {
      simulation.agent("agent-" + i, a -> a);
    }
    return simulation;
  }

  /** What is called while nobody answers, by how many jobs, and what all jobs spend. */
  private static final class DeadCalls implements Witness {
    private final Set<VirtualJob> jobs = new HashSet<>();
    private final List<VirtualJob> retired = new ArrayList<>();
    private final Set<Long> tasks = new HashSet<>();
    private long calls;

    private static boolean isOut(long nowNs) {
      return nowNs >= FROM.toNanos() && nowNs < TO.toNanos();
    }

    double ofEachJob(long calls) {
      return (double) calls / Math.max(1, jobs.size());
    }

    double wasted() {
      long all = 0;
      long wasted = 0;
      for (VirtualJob job : retired) {
        all += job.spentTokens;
        wasted += Boolean.TRUE.equals(job.inTime) ? 0 : job.spentTokens;
      }
      return (double) wasted / Math.max(1, all);
    }

    private void wants(VirtualJob job, long nowNs) {
      if (isOut(nowNs)) {
        jobs.add(job);
      }
    }

    @Override
    public void taken(VirtualTask task, @Nullable VirtualAttempt caller) {
      wants(task.job(), task.admittedNs());
    }

    @Override
    public void refused(Rejection rejection) {
      wants(rejection.job(), rejection.nowNs());
    }

    @Override
    public void calling(VirtualTask task, long nowNs) {
      wants(task.job(), nowNs);
      if (isOut(nowNs)) {
        calls++;
        tasks.add(task.taskId());
      }
    }

    @Override
    public void jobRetired(VirtualJob job, Spending spent) {
      job.spentTokens = spent.tokensSpent();
      retired.add(job);
    }
  }

  /** Who waits, counted by what is seen of it, and who of them waits once more. */
  private static final class WaitingRoom implements Witness {
    private final int watermark;
    private final Set<VirtualTask> again = new HashSet<>();
    private int waiting;
    private double retries;
    private double above;
    private double refused;
    private double heldThen;

    WaitingRoom(int watermark) {
      this.watermark = watermark;
    }

    double held() {
      return heldThen / Math.max(1, refused);
    }

    @Override
    public void applying(Input input) {
      waiting += input.kind == Input.Kind.TASK_ADMITTED ? 1 : 0;
    }

    @Override
    public void retried(VirtualTask task, CallClass end, long atNs) {
      retries++;
      above += waiting >= watermark ? 1 : 0;
      waiting++;
      again.add(task);
    }

    @Override
    public void started(VirtualTask task, int attempt, long nowNs, long deadlineNs) {
      leaves(task);
    }

    @Override
    public void ended(VirtualTask task, Ending ending, boolean waited, long nowNs, long ranNs) {
      if (waited) {
        leaves(task);
      }
    }

    private void leaves(VirtualTask task) {
      waiting--;
      again.remove(task);
    }

    @Override
    public void refused(Rejection rejection) {
      if (rejection.reason() == Refusal.WAITING_ROOM_FULL) {
        refused++;
        heldThen += again.size();
      }
    }
  }
}
