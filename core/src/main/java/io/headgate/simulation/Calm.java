package io.headgate.simulation;

import io.headgate.AgentSettings;
import io.headgate.JobSettings;
import io.headgate.Priority;
import io.headgate.Refusal;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.Ending;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Calm weather: a load below what the gates can bear as they are set now, and a witness of how it
 * fares once nothing else is left. Each job must be done, and each task must end within a bound.
 *
 * <p>The bound: as long as a task waits, another holds a permit that it needs, so it waits no
 * longer than all tasks that it met would take one after the other.
 */
final class Calm implements Witness {
  private static final double UTILIZATION = 0.4;
  private static final int CALLS = 2;
  private static final double CALLS_A_BURST = 8;
  private static final int RETRIES = 10_000;
  private static final int FEW_RETRIES = 100;
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final double LEAST_PER_SECOND = 1e-6;
  private static final double SECOND_NS = 1e9;
  private static final double MINUTE_NS = 60e9;

  /** So many calls, one after the other, are more than ever wait. */
  private static final long TTL_CALLS = 256;

  /** From a task's admission to its start, and from the end of its call to that of the task. */
  private static final long OVERHEAD_NS = 1_000_000;

  private final Scenario scenario;
  private final Map<VirtualTask, Integer> endedBefore = new HashMap<>();
  private final Set<VirtualTask> queued = new HashSet<>();
  private int taken;
  private int ended;
  private int arrived;
  private int done;

  Calm(Scenario scenario) {
    this.scenario = scenario;
  }

  // ---- what can be borne

  // The fewest calls that may run at once at any gate on the way, or at a provider without slowing
  // it.
  private int leastCap(List<AgentGate> agents, List<TargetGate> targets) {
    int least = scenario.settings().maxInFlight();
    for (AgentGate agent : agents) {
      least = Math.min(least, agent.settings().maxInFlight());
    }
    for (TargetGate target : targets) {
      least = Math.min(least, target.settings().maxInFlight());
      least = Math.min(least, target.settings().degradation().maxInFlight(0));
    }
    for (Scenario.TargetPart part : scenario.targets()) {
      least = Math.min(least, part.inCalm().capacity().calls());
    }
    return least;
  }

  private record Rate(double tokensPerNs, double burst) {
    static final Rate NONE = new Rate(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);

    static Rate of(long tokensPerMinute, long burstTokens) {
      return tokensPerMinute == AgentSettings.NO_RATE
          ? NONE
          : new Rate(tokensPerMinute / MINUTE_NS, burstOf(tokensPerMinute, burstTokens));
    }

    Rate least(Rate other) {
      return new Rate(Math.min(tokensPerNs, other.tokensPerNs), Math.min(burst, other.burst));
    }
  }

  private static long burstOf(long tokensPerMinute, long burstTokens) {
    return burstTokens == AgentSettings.ONE_MINUTE ? tokensPerMinute : burstTokens;
  }

  private Rate leastRate(List<AgentGate> agents) {
    Rate least = Rate.of(scenario.settings().tokensPerMinute(), scenario.settings().burstTokens());
    for (AgentGate agent : agents) {
      AgentSettings settings = agent.settings();
      least = least.least(Rate.of(settings.tokensPerMinute(), settings.burstTokens()));
    }
    return least;
  }

  /**
   * How long until every bucket is full again.
   *
   * @param nowNs by the process's clock
   */
  static long refillNs(VirtualHeadgate headgate, List<AgentGate> agents, long nowNs) {
    long longestNs = 0;
    if (headgate.settings.tokensPerMinute() != AgentSettings.NO_RATE) {
      long burst = burstOf(headgate.settings.tokensPerMinute(), headgate.settings.burstTokens());
      longestNs = headgate.gates.bucket().waitNs(burst, nowNs);
    }
    for (AgentGate agent : agents) {
      AgentSettings settings = agent.settings();
      if (settings.tokensPerMinute() != AgentSettings.NO_RATE) {
        long burst = burstOf(settings.tokensPerMinute(), settings.burstTokens());
        longestNs = Math.max(longestNs, agent.bucket().waitNs(burst, nowNs));
      }
    }
    return longestNs;
  }

  /**
   * A load from then on that keeps the narrowest gate busy for less than half of the time.
   *
   * @param lengthNs how long it lasts, or 0 for as long as its jobs take to arrive
   */
  Load load(
      Scenario.Calm calm,
      List<AgentGate> agents,
      List<TargetGate> targets,
      long fromNs,
      long lengthNs) {
    Rate rate = leastRate(agents);
    long input = (long) Math.min((double) calm.inputTokens(), rate.burst / CALLS_A_BURST);
    long output = Math.min(input, calm.outputTokens());
    long tokens = input + 2 * output; // as reserved
    double byCaps = leastCap(agents, targets) / (double) (calm.callNs() + OVERHEAD_NS);
    double byTokens = tokens == 0 ? byCaps : rate.tokensPerNs / tokens;
    double jobsPerNs = UTILIZATION / CALLS * Math.min(byCaps, byTokens);
    long ns = lengthNs == 0 ? (long) (calm.jobs() / jobsPerNs) : lengthNs;
    // On top of what the storm has left a job may be behind a deaf call: it gives up by itself.
    boolean mayFail = lengthNs > 0;
    Duration ttl = mayFail ? JobModel.Calls.NO_TTL : ttl(calm);
    JobSettings settings = mayFail ? JobSettings.DEFAULT.deadline(PATIENCE) : JobSettings.DEFAULT;
    JobModel job =
        JobModel.chat()
            .settings(settings)
            .calls(new JobModel.Calls(1, CALLS, false, Priority.NORMAL, ttl))
            .tokens(new JobModel.Tokens(input, output, 0, true))
            .manners(
                new JobModel.Manners(mayFail ? FEW_RETRIES : RETRIES, false, Duration.ofDays(1)));
    return new Load(
        new Arrivals.Poisson(Math.max(LEAST_PER_SECOND, jobsPerNs * SECOND_NS)),
        job,
        Duration.ofNanos(fromNs),
        Duration.ofNanos(fromNs + ns));
  }

  // Enough for any place in the queue that there is in such weather; refused is only who is told
  // that it would wait longer.
  private static Duration ttl(Scenario.Calm calm) {
    return Duration.ofNanos(TTL_CALLS * (calm.callNs() + OVERHEAD_NS));
  }

  // ---- how it fares

  void arrived() {
    arrived++;
  }

  void jobDone() {
    done++;
  }

  int jobsDone() {
    return done;
  }

  boolean allDone() {
    return done == arrived;
  }

  @Override
  public String toString() {
    return done + " of " + arrived + " jobs";
  }

  @Override
  public void taken(VirtualTask task, @Nullable VirtualAttempt caller) {
    if (task.job().inCalm) {
      endedBefore.put(task, ended);
      queued.add(task);
      taken++;
    }
  }

  @Override
  public void givingBack(VirtualTask task, @Nullable VirtualAttempt caller) {
    queued.remove(task);
    if (endedBefore.remove(task) != null) {
      taken--;
    }
  }

  @Override
  public void refused(Rejection rejection) {
    if (!rejection.job().inCalm || isBehindOthers(rejection)) {
      return;
    }
    switch (rejection.reason()) {
      // Two may come at one moment to a room, a bucket or a ring for one; they come back.
      case WAITING_ROOM_FULL,
          AGENT_WAITING_ROOM_FULL,
          AGENT_RATE,
          GLOBAL_RATE,
          RING_FULL,
          JOURNAL_BEHIND -> {}
      // What the storm has cut off opens by itself.
      case TARGET_UNAVAILABLE, AGENT_CUT_OFF -> {}
      default ->
          throw new Violation(
              "in calm weather, a call of "
                  + rejection.agent()
                  + " is refused: "
                  + rejection.reason());
    }
  }

  // How long calls of the storm ran is not forgotten at once, so whoever comes behind another may
  // be
  // told too long a wait. Who is alone waits for nobody.
  private boolean isBehindOthers(Rejection rejection) {
    return rejection.reason() == Refusal.WOULD_EXPIRE
        && rejection.refused().retryAfter().compareTo(JobSettings.DEFAULT.deadline()) < 0
        && queued.stream().anyMatch(task -> task.targetGate() == rejection.target());
  }

  @Override
  public void started(VirtualTask task, int attempt, long nowNs, long deadlineNs) {
    queued.remove(task);
  }

  @Override
  public void ended(VirtualTask task, Ending ending, boolean waiting, long nowNs, long ranNs) {
    queued.remove(task);
    Integer before = endedBefore.remove(task);
    Scenario.Calm calm = scenario.calm();
    if (before == null || calm == null) {
      return;
    }
    if (ending != Ending.COMPLETED) {
      throw new Violation("in calm weather, " + task + " ended as " + ending);
    }
    int met = taken - before;
    long boundNs = met * (calm.callNs() + OVERHEAD_NS) + calm.cutOffNs();
    long tookNs = nowNs - task.admittedNs();
    if (tookNs > boundNs) {
      throw new Violation(
          "in calm weather, "
              + task
              + " took "
              + tookNs
              + " ns, and it met "
              + (met - 1)
              + " others, so it must be at most "
              + boundNs);
    }
    ended++;
  }
}
