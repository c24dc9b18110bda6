package io.headgate.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.AgentSettings;
import io.headgate.HeadgateSettings;
import io.headgate.LevelPolicy;
import io.headgate.Priority;
import io.headgate.QueuePolicy;
import io.headgate.Refusal;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The admission level under a step of the load, in virtual time: how fast, and of whole jobs. */
final class AdmissionLevelFlightTest {
  private static final int BEARS = 128;
  private static final double CALM = 0.7;
  private static final Duration AT = Duration.ofMinutes(2);
  private static final Duration LENGTH = Duration.ofMinutes(4);
  private static final double TRIP = LimitTrial.seconds(LimitTrial.OUTPUT);

  /** Of each first call of a job: when it came, and how long it waited. */
  private record Wait(long cameNs, long ns) {}

  private static final class Log implements Witness {
    final List<Wait> waits = new ArrayList<>();
    final Set<VirtualJob> letIn = new HashSet<>();
    final Map<Priority, Integer> came = new EnumMap<>(Priority.class);
    final Map<Priority, Integer> refused = new EnumMap<>(Priority.class);
    int refusedOfJobsLetIn;

    @Override
    public void started(VirtualTask task, int attempt, long nowNs, long deadlineNs) {
      if (attempt == 1) {
        waits.add(new Wait(task.admittedNs(), nowNs - task.admittedNs()));
      }
    }

    @Override
    public void taken(VirtualTask task, @Nullable VirtualAttempt caller) {
      if (letIn.add(root(task.job()))) {
        came.merge(task.priority(), 1, Integer::sum);
      }
    }

    @Override
    public void refused(Rejection rejection) {
      if (rejection.reason() == Refusal.LEVEL) {
        came.merge(rejection.job().priority, 1, Integer::sum);
        refused.merge(rejection.job().priority, 1, Integer::sum);
        refusedOfJobsLetIn += letIn.contains(root(rejection.job())) ? 1 : 0;
      }
    }

    private static VirtualJob root(VirtualJob job) {
      VirtualJob parent = job.parentJob();
      return parent == null ? job : root(parent);
    }

    double refusedShare(Priority priority) {
      return (double) refused.getOrDefault(priority, 0) / came.getOrDefault(priority, 1);
    }

    double meanMs(long fromNs, long toNs) {
      return waits.stream()
              .filter(wait -> wait.cameNs >= fromNs && wait.cameNs < toNs)
              .mapToLong(Wait::ns)
              .average()
              .orElse(0)
          / 1e6;
    }

    double mostMs(long fromNs, long toNs) {
      return waits.stream()
              .filter(wait -> wait.cameNs >= fromNs && wait.cameNs < toNs)
              .mapToLong(Wait::ns)
              .max()
              .orElse(0)
          / 1e6;
    }
  }

  private static Log fly(LevelPolicy level, List<Load> loads) throws InterruptedException {
    List<Scenario.AgentPart> agents = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      agents.add(new Scenario.AgentPart("agent-" + i, AgentSettings.DEFAULT));
    }
    TargetSettings target = LimitTrial.fixed(BEARS).level(level).queue(QueuePolicy.OFF);
    ProviderModel model = LimitTrial.model(BEARS, 1);
    var scenario =
        new Scenario(
            HeadgateSettings.DEFAULT.maxInFlight(20_000).maxWaiting(20_000).maxJobs(40_000),
            0,
            agents,
            List.of(new Scenario.TargetPart("model", target, model, model, false)),
            loads,
            null,
            Faults.NONE,
            Scenario.Operator.NONE,
            LENGTH.toNanos(),
            LENGTH.plus(Duration.ofMinutes(4)).toNanos());
    var log = new Log();
    var _ = OnActor.fly(new Flight(scenario, 1, log), "level");
    return log;
  }

  private static Load step(double to, JobModel job, double calls) {
    double perSecond = CALM * BEARS / TRIP / calls;
    return Load.of(new Arrivals.Surge(perSecond, to / CALM, AT, LENGTH), job, LENGTH);
  }

  // Two mean service times after the step, whoever comes waits no longer than may be.
  @Test
  void itConvergesWithinTwoMeanServiceTimesOfAStep() throws InterruptedException {
    for (double load : new double[] {1.4, 3, 20}) {
      JobModel job = LimitTrial.job(LimitTrial.OUTPUT, Duration.ofSeconds(60));
      long fromNs = AT.toNanos() + LimitTrial.ns(2 * TRIP);
      long toNs = LENGTH.minusSeconds(10).toNanos();
      double mayMs = 3 * TRIP * 1e3; // longer than the policy's delay, so that holds
      Log level = fly(LevelPolicy.DEFAULT, List.of(step(load, job, 1)));
      assertThat(level.meanMs(fromNs, toNs)).as("mean wait at %s", load).isLessThan(mayMs);
      assertThat(level.mostMs(fromNs, toNs)).as("wait at %s", load).isLessThan(2 * mayMs);
      assertThat(level.meanMs(fromNs, toNs)).as("never idle at %s", load).isGreaterThan(0);
      Log off = fly(LevelPolicy.OFF, List.of(step(load, job, 1)));
      assertThat(off.meanMs(fromNs, toNs)).as("without it, at %s", load).isGreaterThan(2 * mayMs);
    }
  }

  @Test
  void aJobIsWhollyInOrWhollyOut() throws InterruptedException {
    JobModel job =
        LimitTrial.job(LimitTrial.OUTPUT, Duration.ofSeconds(60)).calls(1, 6).children(0.2, 2, 1);
    Log log = fly(LevelPolicy.DEFAULT, List.of(step(5, job, 3.5)));
    assertThat(log.refusedShare(Priority.NORMAL)).isGreaterThan(0.2);
    assertThat(log.refusedOfJobsLetIn).isZero();
  }

  @Test
  void theLessUrgentIsKeptOutFirst() throws InterruptedException {
    JobModel job = LimitTrial.job(LimitTrial.OUTPUT, Duration.ofSeconds(60));
    List<Load> loads = new ArrayList<>();
    for (Priority priority : Priority.values()) {
      loads.add(step(0.8, job.calls(job.calls().priority(priority)), 1));
    }
    Log log = fly(LevelPolicy.DEFAULT, loads);
    assertThat(log.refusedShare(Priority.CRITICAL)).isLessThan(0.01);
    assertThat(log.refusedShare(Priority.NORMAL)).isBetween(0.2, 0.9);
    assertThat(log.refusedShare(Priority.BACKGROUND)).isGreaterThan(0.6);
  }
}
