package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.AgentSettings;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.Priority;
import io.headgate.QueuePolicy;
import io.headgate.SpendingLimits;
import io.headgate.TargetSettings;
import io.headgate.admission.SpendingAccount;
import io.headgate.engine.Ledger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The two limits that no agent's own can stand for. A job that makes a thousand calls at once,
 * beside ordinary jobs of the same agent, whose tokens a minute it would use up: with a limit a
 * minute of its own, of tokens or of money, and without. And ten agents, each within its limit,
 * that together spend far more than all may: with a limit of all, which is raised once, and
 * without. A usual stack has a bound on calls at once for the one, which knows no jobs, and for the
 * other a counter at which it looks before each call.
 */
final class Limits implements Experiment {
  private static final String NAME = "limits";
  private static final Duration LENGTH = Duration.ofMinutes(15);
  private static final Duration DEADLINE = Duration.ofMinutes(5);
  private static final ProviderModel PROVIDER = ProviderModel.chat();
  private static final double NANOS_PER_DOLLAR = 1e9;
  private static final int INPUT_DOLLARS = 3;
  private static final int OUTPUT_DOLLARS = 15;

  private static final TargetSettings MODEL =
      TargetSettings.DEFAULT.price(INPUT_DOLLARS, OUTPUT_DOLLARS);

  private static final int GREEDY_CALLS = 1_000;
  private static final int RETRIES = 10_000;
  private static final long JOB_TOKENS = 30_000;
  private static final double JOB_DOLLARS = 0.20;
  private static final long AGENT_TOKENS = 300_000;
  private static final int BULKHEAD = 16;
  private static final double JOBS_PER_SECOND = 0.5;

  private static final int AGENTS = 10;
  private static final double AGENT_DOLLARS = 15;
  private static final double FLEET_DOLLARS = 20;
  private static final double RAISED_DOLLARS = 30;
  private static final Duration RAISED = Duration.ofMinutes(10);
  private static final double FLEET_JOBS_PER_SECOND = 3;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "a job that calls as fast as it can, and a fleet: what they spend with limits";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    for (Arm arm : Arm.values()) {
      rows.addAll(rows(arm, 1));
    }
    return rows;
  }

  /** What holds spending. */
  enum Arm {
    /** Limits, to which alone bars are held. */
    HEADGATE("headgate"),
    /** Nothing, but for what an agent may. */
    OFF("off"),
    /** A bound on calls at once, and a counter at which clients look before each call. */
    USUAL("usual stack");

    private final String label;

    Arm(String label) {
      this.label = label;
    }

    private ExperimentRow row(String figure, double value, ExperimentRow.Bar bar) {
      return new ExperimentRow(NAME, figure, label, value, this == HEADGATE ? bar : null);
    }
  }

  /** Those of one arm. */
  static List<ExperimentRow> rows(Arm arm, long seed) throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>(job(arm, seed));
    rows.addAll(fleet(arm, seed));
    return rows;
  }

  // ---- a job's own limits

  // Each limit alone, or the tighter one would hold the other's bar as well.
  private static List<ExperimentRow> job(Arm arm, long seed) throws InterruptedException {
    JobSettings settings = JobSettings.DEFAULT.deadline(LENGTH);
    boolean limited = arm == Arm.HEADGATE;
    Spent byTokens = greedy(arm, limited ? settings.tokensPerMinute(JOB_TOKENS) : settings, seed);
    Spent byMoney = limited ? greedy(arm, settings.moneyPerMinute(JOB_DOLLARS), seed) : byTokens;
    double minutes = LENGTH.toMinutes();
    return List.of(
        arm.row(
            "most tokens of the job in a minute",
            (double) byTokens.mostInAMinute(byTokens.tokens),
            atMost(2.0 * JOB_TOKENS)),
        arm.row(
            "of its tokens a minute, used",
            byTokens.sum(byTokens.tokens) / (JOB_TOKENS * (minutes + 1)),
            atLeast(0.9)),
        arm.row("others' jobs done, limit of tokens", byTokens.othersDone(), atLeast(0.99)),
        arm.row(
            "most dollars of the job in a minute",
            byMoney.mostInAMinute(byMoney.money) / NANOS_PER_DOLLAR,
            atMost(2 * JOB_DOLLARS)),
        arm.row(
            "of its dollars a minute, used",
            byMoney.sum(byMoney.money) / NANOS_PER_DOLLAR / (JOB_DOLLARS * (minutes + 1)),
            atLeast(0.9)),
        arm.row("others' jobs done, limit of money", byMoney.othersDone(), atLeast(0.99)));
  }

  private static Spent greedy(Arm arm, JobSettings settings, long seed)
      throws InterruptedException {
    var calls =
        new JobModel.Calls(
            GREEDY_CALLS, GREEDY_CALLS, true, Priority.NORMAL, JobModel.Calls.NO_TTL);
    JobModel greedy =
        JobModel.chat()
            .settings(settings)
            .calls(calls)
            .manners(new JobModel.Manners(RETRIES, false, LENGTH));
    JobModel ordinary = JobModel.chat().calls(1, 4);
    var once = new Arrivals.Bursts(1, LENGTH);
    List<Load> loads =
        List.of(
            Load.of(new Arrivals.Poisson(JOBS_PER_SECOND), ordinary, LENGTH),
            Load.of(once, greedy, Duration.ofSeconds(1)));
    // A bulkhead is waited for in turn, whoever has begun.
    boolean usual = arm == Arm.USUAL;
    AgentSettings agent =
        usual
            ? AgentSettings.DEFAULT.maxInFlight(BULKHEAD)
            : AgentSettings.DEFAULT.tokensPerMinute(AGENT_TOKENS);
    TargetSettings model = usual ? Overload.bare(MODEL).queue(QueuePolicy.OFF) : MODEL;
    var spent = new Spent();
    var flight =
        new Flight(
            scenario(
                HeadgateSettings.DEFAULT,
                List.of(new Scenario.AgentPart("agent", agent)),
                model,
                loads),
            seed,
            spent);
    spent.world = flight.world;
    var _ = OnActor.fly(flight, "a greedy job");
    return spent;
  }

  private static Scenario scenario(
      HeadgateSettings settings,
      List<Scenario.AgentPart> agents,
      TargetSettings model,
      List<Load> loads) {
    return new Scenario(
        settings,
        0,
        agents,
        List.of(new Scenario.TargetPart("model", model, PROVIDER, PROVIDER, false)),
        loads,
        null,
        Faults.NONE,
        Scenario.Operator.NONE,
        LENGTH.toNanos(),
        LENGTH.plus(DEADLINE).plus(DEADLINE).toNanos());
  }

  /** What the greedy job's calls used, and when they were settled; and what became of others. */
  private static final class Spent implements Witness {
    private static final long MINUTE_NS = Duration.ofMinutes(1).toNanos();

    private final List<Long> settledNs = new ArrayList<>();
    private final List<Long> tokens = new ArrayList<>();
    private final List<Long> money = new ArrayList<>();
    private @Nullable World world;
    private long others;
    private long done;

    private static boolean isGreedy(VirtualJob job) {
      return job.wanted == GREEDY_CALLS;
    }

    @Override
    public void settling(
        VirtualTask task, long extraTokens, long extraMoney, long usedTokens, long usedMoney) {
      if (world != null && isGreedy(task.job())) {
        settledNs.add(world.agenda.nowNs());
        tokens.add(usedTokens);
        money.add(usedMoney);
      }
    }

    @Override
    public void jobOver(VirtualJob job, boolean inTime) {
      if (!isGreedy(job)) {
        others++;
        done += inTime ? 1 : 0;
      }
    }

    @Override
    public void jobRefused() {
      others++;
    }

    double othersDone() {
      return (double) done / Math.max(1, others);
    }

    double sum(List<Long> amounts) {
      return amounts.stream().mapToLong(each -> each).sum();
    }

    /** Of all minutes, wherever they begin. */
    long mostInAMinute(List<Long> amounts) {
      long most = 0;
      long within = 0;
      int first = 0;
      for (int last = 0; last < amounts.size(); last++) {
        within += amounts.get(last);
        while (settledNs.get(last) - settledNs.get(first) >= MINUTE_NS) {
          within -= amounts.get(first++);
        }
        most = Math.max(most, within);
      }
      return most;
    }
  }

  // ---- the limits of all

  private static List<ExperimentRow> fleet(Arm arm, long seed) throws InterruptedException {
    SpendingLimits own = SpendingLimits.NONE.money(AGENT_DOLLARS);
    List<Scenario.AgentPart> agents = new ArrayList<>();
    for (int i = 0; i < AGENTS; i++) {
      agents.add(new Scenario.AgentPart(id(i), AgentSettings.DEFAULT.spending(own)));
    }
    JobModel job = JobModel.chat().calls(1, 6).manners(new JobModel.Manners(0, false, DEADLINE));
    Load load = Load.of(new Arrivals.Poisson(FLEET_JOBS_PER_SECOND), job, LENGTH);
    HeadgateSettings settings = HeadgateSettings.DEFAULT;
    if (arm == Arm.HEADGATE) {
      settings = settings.spending(SpendingLimits.NONE.money(FLEET_DOLLARS));
    }
    var counter = new UsedCounter();
    var flight = new Flight(scenario(settings, agents, MODEL, List.of(load)), seed, counter);
    double[] before = new double[1];
    double[] allowed = {FLEET_DOLLARS};
    if (arm == Arm.USUAL) {
      flight.mayCall = _ -> counter.money() < allowed[0] * NANOS_PER_DOLLAR;
    }
    flight.world.startIn(
        RAISED.toNanos(),
        () -> {
          before[0] = flight.headgate.engine.ledger().spentMoney() / NANOS_PER_DOLLAR;
          allowed[0] = RAISED_DOLLARS;
          if (arm == Arm.HEADGATE) {
            flight.headgate.limitSpending(SpendingLimits.NONE.money(RAISED_DOLLARS));
          }
        });
    var _ = OnActor.fly(flight, "a fleet");
    Ledger all = flight.headgate.engine.ledger();
    double spent = all.spentMoney() / NANOS_PER_DOLLAR;
    double dearest = 0;
    for (int i = 0; i < AGENTS; i++) {
      Ledger ledger = flight.headgate.engine.ledgerOf(flight.agent(id(i)));
      dearest = Math.max(dearest, ledger == null ? 0 : ledger.spentMoney() / NANOS_PER_DOLLAR);
    }
    // By the gates' account, which counts all from the start if there is a limit.
    SpendingAccount account = flight.headgate.gates.spending();
    long reserved = account == null ? all.reservedMoney() : account.moneyNanos() - all.spentMoney();
    return List.of(
        arm.row("dollars of all before the raise", before[0], atMost(FLEET_DOLLARS)),
        arm.row("dollars of all at the end", spent, atMost(RAISED_DOLLARS)),
        arm.row("of the raised limit, used", spent / RAISED_DOLLARS, atLeast(0.99)),
        arm.row("nano-dollars reserved at the end", (double) Math.abs(reserved), atMost(0)),
        arm.row("dollars of the dearest agent", dearest, atMost(AGENT_DOLLARS)));
  }

  private static String id(int agent) {
    return "agent-" + agent;
  }
}
