package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.Priority;
import io.headgate.TargetSettings;
import io.headgate.admission.Gates;
import io.headgate.admission.TargetGate;
import io.headgate.engine.Ending;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Somebody is there for once, and says a word at the fourth minute, for four minutes: pauses an
 * agent or a target, forces a breaker open or closed, lets no new job begin, or only urgent calls
 * in. What follows from it, and whether it is over by itself; beside it the same with nobody there,
 * and what a usual stack has for it.
 */
final class OperatorWords implements Experiment {
  private static final String NAME = "operator-words";
  private static final Duration LENGTH = Duration.ofMinutes(12);
  private static final Duration FROM = Duration.ofMinutes(4);
  private static final Duration FOR = Duration.ofMinutes(4);
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final double PER_SECOND = 1;
  private static final int AGENTS = 4;
  private static final String USUAL = "usual stack";

  /** Until somebody takes it back, who does not come while there is any work. */
  private static final long GOOD = LENGTH.minus(FROM).plus(DEADLINE).toNanos();

  private static final int NARROW = 32;
  private static final int MOST_CALLS = 6;

  // A word is heard at the dispatcher's next turn, and what was let in before may start until then.
  private static final long HEARD_NS = 1_000_000;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "an agent paused, a breaker forced, a host drained: at once, and over by itself";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    rows.addAll(paused("headgate", f -> f.headgate.hold(f.agent(id(0)), null, ns()), true));
    rows.addAll(paused("nobody there", OperatorWords::nobody, false));
    rows.addAll(paused(USUAL, OperatorWords::shut, false));
    rows.addAll(targetPaused("headgate", f -> f.headgate.hold(null, f.target(0), ns()), true));
    rows.addAll(targetPaused("nobody there", OperatorWords::nobody, false));
    rows.addAll(targetPaused(USUAL, OperatorWords::shut, false));
    rows.addAll(
        leveled("headgate", f -> f.headgate.holdAll(Priority.NORMAL.ordinal(), true, ns()), true));
    rows.addAll(leveled("nobody there", OperatorWords::nobody, false));
    rows.addAll(leveled(USUAL, OperatorWords::narrow, false));
    rows.addAll(
        forcedOpen("headgate", f -> f.headgate.forceBreaker(f.target(0), null, true, ns()), true));
    rows.addAll(forcedOpen("nobody there", OperatorWords::nobody, false));
    rows.addAll(forcedOpen(USUAL, OperatorWords::shut, false));
    rows.addAll(forcedClosed("headgate", OperatorWords::keepClosed, true));
    rows.addAll(forcedClosed("nobody there", OperatorWords::nobody, false));
    rows.addAll(forcedClosed(USUAL, OperatorWords::nobody, false));
    rows.addAll(drained("headgate", f -> f.headgate.holdAll(Gates.NO_NEW_JOBS, true, ns()), true));
    rows.addAll(drained("nobody there", OperatorWords::nobody, false));
    rows.addAll(drained(USUAL, f -> f.headgate.holdAll(Gates.NO_NEW_JOBS, true, GOOD), false));
    rows.addAll(drained("all stopped", f -> f.headgate.holdAll(Gates.NOBODY, false, ns()), false));
    return rows;
  }

  private static long ns() {
    return FOR.toNanos();
  }

  private static void nobody(Flight flight) {
    // nothing is said
  }

  // Resilience4j's transitionToForcedOpenState: for everybody, until somebody takes it back.
  private static void shut(Flight flight) {
    flight.headgate.forceBreaker(flight.target(0), null, true, GOOD);
  }

  // Its bulkhead made smaller, for everybody: to what two thirds of the calls need.
  private static void narrow(Flight flight) {
    TargetGate target = flight.target(0);
    flight.headgate.reconfigure(target, target.settings().maxInFlight(NARROW));
  }

  private static void keepClosed(Flight flight) {
    flight.headgate.forceBreaker(flight.target(0), null, false, ns());
    for (int i = 0; i < AGENTS; i++) {
      flight.headgate.forceBreaker(flight.target(0), flight.agent(id(i)), false, ns());
    }
  }

  // ---- the words

  private static List<ExperimentRow> paused(String arm, Consumer<Flight> word, boolean held)
      throws InterruptedException {
    var first = new Seen((target, job) -> job.agent.equals(id(0)));
    var others = new Seen((target, job) -> !job.agent.equals(id(0)));
    fly(arm, ProviderModel.chat(), word, first, others);
    return List.of(
        row(
            "calls of a paused agent that start",
            arm,
            (double) first.starts,
            held ? atMost(0) : null),
        row(
            "its calls answered, once that is over",
            arm,
            first.after.answered(),
            held ? atLeast(0.99) : null),
        row(
            "calls of others answered meanwhile",
            arm,
            others.during.answered(),
            held ? atLeast(0.99) : null));
  }

  // Its owner is at work on it; there is another one beside it.
  private static List<ExperimentRow> targetPaused(String arm, Consumer<Flight> word, boolean held)
      throws InterruptedException {
    var paused = new Seen((target, job) -> target.id().equals("paused"));
    var other = new Seen((target, job) -> target.id().equals("other"));
    List<Load> loads = List.of(Load.of(new Arrivals.Poisson(2 * PER_SECOND), job(arm, 1), LENGTH));
    List<Scenario.TargetPart> parts =
        List.of(
            part(arm, "paused", ProviderModel.chat()), part(arm, "other", ProviderModel.chat()));
    fly(arm, scenario(arm, parts, loads), word, paused, other);
    return List.of(
        row(
            "calls of a paused target that start",
            arm,
            (double) paused.starts,
            held ? atMost(0) : null),
        row(
            "calls of the paused target answered, once that is over",
            arm,
            paused.after.answered(),
            held ? atLeast(0.99) : null),
        row(
            "calls of another target answered meanwhile",
            arm,
            other.during.answered(),
            held ? atLeast(0.99) : null));
  }

  // Only what somebody waits for is to be let in: nothing that may be done at night.
  private static List<ExperimentRow> leveled(String arm, Consumer<Flight> word, boolean held)
      throws InterruptedException {
    List<Load> loads = new ArrayList<>();
    for (Priority band : Priority.values()) {
      JobModel job = job(arm, MOST_CALLS);
      loads.add(
          Load.of(new Arrivals.Poisson(PER_SECOND), job.calls(job.calls().priority(band)), LENGTH));
    }
    var below = new Seen((target, job) -> job.priority == Priority.BACKGROUND);
    var above = new Seen((target, job) -> job.priority != Priority.BACKGROUND);
    fly(
        arm,
        scenario(arm, List.of(part(arm, "model", ProviderModel.chat())), loads),
        word,
        below,
        above);
    return List.of(
        row(
            "calls below the level that are let in",
            arm,
            (double) below.letIn,
            held ? atMost(0) : null),
        row(
            "calls of the level answered meanwhile",
            arm,
            above.during.answered(),
            held ? atLeast(0.99) : null),
        row(
            "calls below it answered, once that is over",
            arm,
            below.after.answered(),
            held ? atLeast(0.99) : null));
  }

  // Its answers are nonsense, which people alone can see.
  private static List<ExperimentRow> forcedOpen(String arm, Consumer<Flight> word, boolean held)
      throws InterruptedException {
    var seen = new Seen();
    fly(arm, ProviderModel.chat(), word, seen);
    return List.of(
        row(
            "calls of a target forced open that start",
            arm,
            (double) seen.starts,
            held ? atMost(0) : null),
        row(
            "calls of that target answered, once that is over",
            arm,
            seen.after.answered(),
            held ? atLeast(0.99) : null));
  }

  // A third of the calls fails for those four minutes, which is known, and harms nobody.
  private static List<ExperimentRow> forcedClosed(String arm, Consumer<Flight> word, boolean held)
      throws InterruptedException {
    ProviderModel flaky =
        ProviderModel.chat().during(new Disturbance.Outage(FROM, FROM.plus(FOR), 1 / 3.0));
    var seen = new Seen();
    fly(arm, flaky, word, seen);
    double good = 2 / 3.0;
    return List.of(
        row(
            "calls answered with breakers forced closed, of those that can be",
            arm,
            seen.during.answered() / good,
            held ? atLeast(0.9) : null));
  }

  private static List<ExperimentRow> drained(String arm, Consumer<Flight> word, boolean held)
      throws InterruptedException {
    var seen = new Seen();
    fly(arm, ProviderModel.chat(), word, seen);
    return List.of(
        row(
            "calls of new jobs that start in a drained host",
            arm,
            (double) seen.begun,
            held ? atMost(0) : null),
        row(
            "jobs under way at the word that are done",
            arm,
            seen.underWayDone.answered(),
            held ? atLeast(0.99) : null),
        row(
            "calls answered, once that is over",
            arm,
            seen.after.answered(),
            held ? atLeast(0.99) : null));
  }

  private static ExperimentRow row(
      String figure, String arm, double value, ExperimentRow.@Nullable Bar bar) {
    return new ExperimentRow(NAME, figure, arm, value, bar);
  }

  // ---- the night

  private static void fly(String arm, ProviderModel provider, Consumer<Flight> word, Seen... seen)
      throws InterruptedException {
    List<Load> loads =
        List.of(Load.of(new Arrivals.Poisson(PER_SECOND), job(arm, MOST_CALLS), LENGTH));
    fly(arm, scenario(arm, List.of(part(arm, "model", provider)), loads), word, seen);
  }

  private static void fly(String arm, Scenario scenario, Consumer<Flight> word, Seen... seen)
      throws InterruptedException {
    var flight = new Flight(scenario, 1, new Witnesses(List.of(seen)));
    flight.world.startIn(
        FROM.toNanos(),
        () -> {
          for (Seen each : seen) {
            each.said = true;
          }
          word.accept(flight);
        });
    var _ = OnActor.fly(flight, arm);
  }

  private static String id(int agent) {
    return "agent-" + agent;
  }

  private static JobModel job(String arm, int mostCalls) {
    return JobModel.chat()
        .settings(JobSettings.DEFAULT.deadline(DEADLINE))
        .calls(1, mostCalls)
        .manners(
            arm.equals(USUAL)
                ? UsualStack.client(DEADLINE)
                : new JobModel.Manners(0, false, DEADLINE));
  }

  private static Scenario.TargetPart part(String arm, String id, ProviderModel provider) {
    TargetSettings settings = TargetSettings.DEFAULT;
    return new Scenario.TargetPart(
        id,
        arm.equals(USUAL) ? UsualStack.target(settings) : settings,
        provider,
        ProviderModel.chat(),
        false);
  }

  private static Scenario scenario(
      String arm, List<Scenario.TargetPart> targets, List<Load> loads) {
    HeadgateSettings settings = HeadgateSettings.DEFAULT;
    return Scenario.plain(
        arm.equals(USUAL) ? UsualStack.host(settings) : settings,
        Scenario.agents(AGENTS),
        targets,
        loads,
        LENGTH,
        DEADLINE.multipliedBy(2));
  }

  /** Which calls are looked at. */
  private interface Whose {
    boolean is(TargetGate target, VirtualJob job);
  }

  /**
   * What of some calls is let in, starts, begins and is answered while the word holds, and after.
   */
  private static final class Seen implements Witness {
    private final Whose whose;
    private final Share during = new Share();
    private final Share after = new Share();

    /** Jobs that had begun when the word was said, and were not over. */
    private final Set<VirtualJob> underWay = new HashSet<>();

    private final Share underWayDone = new Share();
    private boolean said;
    private long letIn;
    private long starts;
    private long begun;

    Seen() {
      this((target, job) -> true);
    }

    Seen(Whose whose) {
      this.whose = whose;
    }

    private boolean is(VirtualTask task) {
      return whose.is(task.targetGate(), task.job());
    }

    private static boolean isDuring(long nowNs) {
      return nowNs >= FROM.toNanos() + HEARD_NS && nowNs < FROM.plus(FOR).toNanos();
    }

    private void asked(long askedNs, boolean answered) {
      if (isDuring(askedNs)) {
        during.add(answered);
      } else if (askedNs >= FROM.plus(FOR).toNanos()) {
        after.add(answered);
      }
    }

    @Override
    public void refused(Rejection rejection) {
      if (whose.is(rejection.target(), rejection.job())) {
        asked(rejection.nowNs(), false);
      }
    }

    @Override
    public void taken(VirtualTask task, @Nullable VirtualAttempt caller) {
      letIn += is(task) && isDuring(task.admittedNs()) ? 1 : 0;
    }

    @Override
    public void ended(VirtualTask task, Ending ending, boolean waiting, long nowNs, long ranNs) {
      if (is(task)) {
        asked(task.admittedNs(), ending == Ending.COMPLETED);
      }
    }

    @Override
    public void started(VirtualTask task, int attempt, long nowNs, long deadlineNs) {
      if (isDuring(nowNs)) {
        starts += is(task) ? 1 : 0;
        begun += underWay.contains(task.job()) ? 0 : 1;
      } else if (nowNs < FROM.toNanos() + HEARD_NS) {
        underWay.add(task.job());
      }
    }

    @Override
    public void jobOver(VirtualJob job, boolean inTime) {
      if (!said) {
        underWay.remove(job);
      } else if (underWay.contains(job)) {
        underWayDone.add(inTime);
      }
    }
  }

  /** How many of them were answered. */
  private static final class Share {
    private long all;
    private long answered;

    void add(boolean isAnswered) {
      all++;
      answered += isAnswered ? 1 : 0;
    }

    double answered() {
      return (double) answered / Math.max(1, all);
    }
  }
}
