package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Gates;
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
 * agent, forces a breaker open or closed, lets no new job begin. What follows from it, and whether
 * it is over by itself; beside it the same with nobody there.
 */
final class OperatorWords implements Experiment {
  private static final String NAME = "operator-words";
  private static final Duration LENGTH = Duration.ofMinutes(12);
  private static final Duration FROM = Duration.ofMinutes(4);
  private static final Duration FOR = Duration.ofMinutes(4);
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final double PER_SECOND = 1;
  private static final int AGENTS = 4;
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
    rows.addAll(paused("headgate", true));
    rows.addAll(paused("nobody there", false));
    rows.addAll(forcedOpen("headgate", true));
    rows.addAll(forcedOpen("nobody there", false));
    rows.addAll(forcedClosed("headgate", true));
    rows.addAll(forcedClosed("nobody there", false));
    rows.addAll(drained("headgate", f -> f.headgate.holdAll(Gates.NO_NEW_JOBS, true, ns()), true));
    rows.addAll(drained("nobody there", OperatorWords::nobody, false));
    rows.addAll(drained("all stopped", f -> f.headgate.holdAll(Gates.NOBODY, false, ns()), false));
    return rows;
  }

  private static long ns() {
    return FOR.toNanos();
  }

  private static void nobody(Flight flight) {
    // nothing is said
  }

  // ---- the words

  private static List<ExperimentRow> paused(String arm, boolean said) throws InterruptedException {
    Seen seen =
        fly(
            arm,
            ProviderModel.chat(),
            said
                ? f -> {
                  f.headgate.hold(f.agent(id(0)), null, ns());
                }
                : OperatorWords::nobody);
    return List.of(
        row(
            "calls of a paused agent that start",
            arm,
            (double) seen.startsOfFirst,
            said ? atMost(0) : null),
        row(
            "its calls answered, once that is over",
            arm,
            seen.afterOfFirst.answered(),
            said ? atLeast(0.99) : null),
        row(
            "calls of others answered meanwhile",
            arm,
            seen.duringOfOthers.answered(),
            said ? atLeast(0.99) : null));
  }

  // Its answers are nonsense, which people alone can see.
  private static List<ExperimentRow> forcedOpen(String arm, boolean said)
      throws InterruptedException {
    Seen seen =
        fly(
            arm,
            ProviderModel.chat(),
            said
                ? f -> {
                  f.headgate.forceBreaker(f.target(0), null, true, ns());
                }
                : OperatorWords::nobody);
    return List.of(
        row(
            "calls of a target forced open that start",
            arm,
            (double) seen.starts,
            said ? atMost(0) : null),
        row(
            "calls of that target answered, once that is over",
            arm,
            seen.after.answered(),
            said ? atLeast(0.99) : null));
  }

  // A third of the calls fails for those four minutes, which is known, and harms nobody.
  private static List<ExperimentRow> forcedClosed(String arm, boolean said)
      throws InterruptedException {
    ProviderModel flaky =
        ProviderModel.chat().during(new Disturbance.Outage(FROM, FROM.plus(FOR), 1 / 3.0));
    Seen seen =
        fly(
            arm,
            flaky,
            said
                ? f -> {
                  f.headgate.forceBreaker(f.target(0), null, false, ns());
                  for (int i = 0; i < AGENTS; i++) {
                    f.headgate.forceBreaker(f.target(0), f.agent(id(i)), false, ns());
                  }
                }
                : OperatorWords::nobody);
    double good = 2 / 3.0;
    return List.of(
        row(
            "calls answered with breakers forced closed, of those that can be",
            arm,
            seen.during.answered() / good,
            said ? atLeast(0.9) : null));
  }

  private static List<ExperimentRow> drained(String arm, Consumer<Flight> word, boolean held)
      throws InterruptedException {
    Seen seen = fly(arm, ProviderModel.chat(), word);
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

  private static Seen fly(String arm, ProviderModel provider, Consumer<Flight> word)
      throws InterruptedException {
    var seen = new Seen();
    var flight = new Flight(scenario(provider), 1, seen);
    flight.world.startIn(
        FROM.toNanos(),
        () -> {
          seen.said = true;
          word.accept(flight);
        });
    var _ = OnActor.fly(flight, arm);
    return seen;
  }

  private static String id(int agent) {
    return "agent-" + agent;
  }

  private static Scenario scenario(ProviderModel provider) {
    JobModel job =
        JobModel.chat()
            .settings(JobSettings.DEFAULT.deadline(DEADLINE))
            .calls(1, MOST_CALLS)
            .manners(new JobModel.Manners(0, false, DEADLINE));
    return Scenario.plain(
        HeadgateSettings.DEFAULT,
        Scenario.agents(AGENTS),
        List.of(
            new Scenario.TargetPart(
                "model", TargetSettings.DEFAULT, provider, ProviderModel.chat(), false)),
        List.of(Load.of(new Arrivals.Poisson(PER_SECOND), job, LENGTH)),
        LENGTH,
        DEADLINE.multipliedBy(2));
  }

  /** What starts, begins and is answered while the word holds, and after. */
  private static final class Seen implements Witness {
    private final Share during = new Share();
    private final Share duringOfOthers = new Share();
    private final Share after = new Share();
    private final Share afterOfFirst = new Share();

    /** Jobs that had begun when the word was said, and were not over. */
    private final Set<VirtualJob> underWay = new HashSet<>();

    private final Share underWayDone = new Share();
    private boolean said;
    private long starts;
    private long startsOfFirst;
    private long begun;

    private static boolean isFirst(AgentGate agent) {
      return agent.id().equals(id(0));
    }

    private static boolean isDuring(long nowNs) {
      return nowNs >= FROM.toNanos() + HEARD_NS && nowNs < FROM.plus(FOR).toNanos();
    }

    private void asked(AgentGate agent, long askedNs, boolean answered) {
      if (isDuring(askedNs)) {
        during.add(answered);
        if (!isFirst(agent)) {
          duringOfOthers.add(answered);
        }
      } else if (askedNs >= FROM.plus(FOR).toNanos()) {
        after.add(answered);
        if (isFirst(agent)) {
          afterOfFirst.add(answered);
        }
      }
    }

    @Override
    public void refused(Rejection rejection) {
      asked(rejection.agent(), rejection.nowNs(), false);
    }

    @Override
    public void ended(VirtualTask task, Ending ending, boolean waiting, long nowNs, long ranNs) {
      boolean answered = ending == Ending.COMPLETED;
      asked(task.agentGate(), task.admittedNs(), answered);
    }

    @Override
    public void started(VirtualTask task, int attempt, long nowNs, long deadlineNs) {
      if (isDuring(nowNs)) {
        starts++;
        startsOfFirst += isFirst(task.agentGate()) ? 1 : 0;
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
