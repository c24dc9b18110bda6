package io.headgate.simulation;

import io.headgate.AgentSettings;
import io.headgate.HeadgateSettings;
import io.headgate.TargetSettings;
import io.headgate.admission.Changes;
import io.headgate.admission.Ids;
import io.headgate.simulation.Scenario.AgentPart;
import io.headgate.simulation.Scenario.TargetPart;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Flies a host's own settings through a bad night, in milliseconds: the real admission and engine
 * in virtual time, against models of the providers and of the load.
 *
 * <pre>{@code
 * SimulationReport report =
 *     Simulation.of(settings) // the same that Headgate.builder().settings(settings) is given
 *         .agent("researcher", a -> a.maxInFlight(8))
 *         .target("gpt-large", t -> t.maxInFlight(32), ProviderModel.chat().capacity(32, 1))
 *         .load(Load.of(new Arrivals.Poisson(5), JobModel.chat().calls(1, 6), ofMinutes(10)))
 *         .run();
 * assertThat(report.goodput()).isGreaterThan(0.95);
 * }</pre>
 *
 * <p>The same simulation with the same seed comes to the same report, to the bit, on every machine.
 * Each job belongs to one agent, the agents taking turns; calls go to the targets in turn, nested
 * ones to others. Not thread-safe; may be run again.
 */
public final class Simulation {
  private static final int INTERVALS = 120;
  private static final Duration LONGEST = Duration.ofDays(30);
  private static final int MAX_PARTS = 10_000;

  private final HeadgateSettings settings;
  private final List<AgentPart> agents = new ArrayList<>();
  private final List<TargetPart> targets = new ArrayList<>();
  private final List<Load> loads = new ArrayList<>();
  private long seed = 4711;

  private Simulation(HeadgateSettings settings) {
    this.settings = settings;
  }

  /** One of a Headgate with these settings. */
  public static Simulation of(HeadgateSettings settings) {
    return new Simulation(
        Checks.notNull("simulation's settings", settings, "use HeadgateSettings.DEFAULT"));
  }

  /** Another agent. */
  public Simulation agent(String id, UnaryOperator<AgentSettings> change) {
    Ids.check("agent", id);
    checkRoom("agents", agents.size(), settings.maxAgents());
    checkNew("agent", id, agents.stream().anyMatch(agent -> agent.id().equals(id)));
    AgentSettings asked = Changes.apply("agent", change, AgentSettings.DEFAULT);
    checkCap("agent's maxInFlight", asked.maxInFlight(), settings.maxInFlight());
    checkCap("agent's maxWaiting", asked.maxWaiting(), settings.maxWaiting());
    agents.add(new AgentPart(id, asked));
    return this;
  }

  /**
   * Another target, and what stands behind it.
   *
   * @param lower what stands behind the rungs of its ladder below the first; a static one needs
   *     nothing
   */
  public Simulation target(
      String id,
      UnaryOperator<TargetSettings> change,
      ProviderModel provider,
      ProviderModel... lower) {
    Ids.check("target", id);
    checkRoom("targets", targets.size(), settings.maxTargets());
    checkNew("target", id, targets.stream().anyMatch(target -> target.id().equals(id)));
    Checks.notNull("target's provider", provider, "use ProviderModel.chat()");
    TargetSettings asked = Changes.apply("target", change, TargetSettings.DEFAULT);
    checkCap("target's maxInFlight", asked.maxInFlight(), settings.maxInFlight());
    targets.add(new TargetPart(id, asked, provider, provider, false, List.of(lower)));
    return this;
  }

  private static void checkNew(String what, String id, boolean known) {
    if (known) {
      throw new IllegalArgumentException(what + " " + id + " is there already; use another id");
    }
  }

  // As a Headgate of these settings would say.
  private static void checkCap(String name, int cap, int max) {
    if (cap != AgentSettings.UNLIMITED && cap > max) {
      throw new IllegalArgumentException(
          name
              + " is "
              + cap
              + ", but the whole Headgate's is "
              + max
              + "; lower it, or raise that");
    }
  }

  private static void checkRoom(String what, int there, int max) {
    if (there >= Math.min(max, MAX_PARTS)) {
      throw new IllegalStateException(
          "there are " + there + " " + what + ", as many as the settings allow; raise their bound");
    }
  }

  /** Another load, beside those that are there. */
  public Simulation load(Load load) {
    Checks.notNull("simulation's load", load, "use Load.of(...)");
    if (load.to().compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "load's to is "
              + load.to()
              + ", but must be at most "
              + LONGEST
              + "; use a shorter time");
    }
    loads.add(load);
    return this;
  }

  /** The seed of all that is drawn; 4711 unless set. */
  public Simulation seed(long seed) {
    this.seed = seed;
    return this;
  }

  /**
   * Flies it, from the first job until the last has ended.
   *
   * @throws IllegalStateException if there is no agent, no target or no load, a load of an agent
   *     that is not there, or if Headgate broke an invariant of its own: then report it, with the
   *     seed
   */
  public SimulationReport run() {
    return run(null);
  }

  /** Flies it while somebody watches. */
  SimulationReport run(@Nullable Witness watcher) {
    Scenario scenario = scenario();
    return fly(scenario, scenario.quietFromNs(), watcher);
  }

  /** All that it is made of, but its seed. */
  Scenario scenario() {
    check("agent", agents);
    check("target", targets);
    check("load", loads);
    loads.forEach(this::checkAgent);
    long loadNs = loads.stream().mapToLong(load -> load.to().toNanos()).max().orElse(0);
    long jobNs =
        loads.stream()
            .mapToLong(load -> load.job().settings().deadline().toNanos())
            .max()
            .orElse(0);
    long callNs =
        targets.stream().mapToLong(target -> target.settings().timeout().toNanos()).max().orElse(0);
    return new Scenario(
        settings,
        0,
        List.copyOf(agents),
        List.copyOf(targets),
        List.copyOf(loads),
        null,
        Faults.NONE,
        Scenario.Operator.NONE,
        loadNs,
        loadNs + 2 * jobNs + 2 * callNs + Latency.LONGEST.toNanos());
  }

  long seed() {
    return seed;
  }

  private void checkAgent(Load load) {
    String id = load.agent();
    if (id != null && agents.stream().noneMatch(agent -> agent.id().equals(id))) {
      throw new IllegalStateException(
          "a load is of agent "
              + id
              + ", but the simulation has no such agent; add it with agent(...)");
    }
  }

  private static void check(String what, List<?> parts) {
    if (parts.isEmpty()) {
      throw new IllegalStateException(
          "the simulation has no "
              + what
              + ", but must have at least one; add it with "
              + what
              + "(...)");
    }
  }

  private SimulationReport fly(Scenario scenario, long loadNs, @Nullable Witness watcher) {
    var flight = new Flight(scenario, seed, 1, loadNs, INTERVALS, watcher);
    List<Flight.Result> results = new ArrayList<>(1);
    // Actors hand control on much faster among virtual threads.
    Thread thread = Thread.ofVirtual().unstarted(() -> results.add(flight.fly()));
    thread.start();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    Flight.Result result = results.getFirst();
    if (result.violation() != null) {
      throw new IllegalStateException(
          "the simulation with seed " + seed + " broke an invariant: " + result.violation());
    }
    return SimulationReport.of(flight, result, Duration.ofNanos(loadNs), trouble());
  }

  // From the first surge or disturbance to the end of the last.
  private Optional<SimulationReport.Span> trouble() {
    List<SimulationReport.Span> spans =
        Stream.concat(
                targets.stream()
                    .flatMap(target -> target.provider().disturbances().stream())
                    .map(each -> new SimulationReport.Span(each.from(), each.to())),
                loads.stream()
                    .filter(load -> load.arrivals() instanceof Arrivals.Surge)
                    .map(
                        load -> {
                          var surge = (Arrivals.Surge) load.arrivals();
                          return new SimulationReport.Span(
                              load.from().plus(surge.from()), load.from().plus(surge.to()));
                        }))
            .toList();
    return spans.stream()
        .map(SimulationReport.Span::from)
        .min(Duration::compareTo)
        .flatMap(
            from ->
                spans.stream()
                    .map(SimulationReport.Span::to)
                    .max(Duration::compareTo)
                    .map(to -> new SimulationReport.Span(from, to)));
  }
}
