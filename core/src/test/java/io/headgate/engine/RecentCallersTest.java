package io.headgate.engine;

import static io.headgate.engine.EngineHarness.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.BreakerPolicy;
import io.headgate.CallClass;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineHarness.FakeJob;
import io.headgate.engine.EngineHarness.FakeTask;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Whose fault it is that a target's calls fail. */
final class RecentCallersTest {
  private static final int AGENTS = 10;
  private final SplittableRandom random = new SplittableRandom(1);

  /** Of so many seeds, after so many calls of agents who fail so often. */
  private double blamed(int seeds, int calls, UnaryOperator<Double> rateOfAgent) {
    int blamed = 0;
    for (int seed = 0; seed < seeds; seed++) {
      var callers = new RecentCallers();
      for (int i = 0; i < calls; i++) {
        int agent = random.nextInt(AGENTS);
        boolean failed = random.nextDouble() < rateOfAgent.apply((double) agent);
        callers.add(agent, failed ? RecentCallers.FAILED : 0);
      }
      blamed += callers.isEverybodys(RecentCallers.FAILED, 15) ? 0 : 1;
    }
    return (double) blamed / seeds;
  }

  @Test
  void someWhoAlwaysFailAreBlamed() {
    assertThat(blamed(1_000, 20, agent -> agent < 3 ? 1.0 : 0)).isGreaterThan(0.7);
    assertThat(blamed(1_000, 33, agent -> agent < 3 ? 1.0 : 0)).isGreaterThan(0.98);
    assertThat(blamed(1_000, 64, agent -> agent < 3 ? 1.0 : 0.02)).isGreaterThan(0.98);
    assertThat(blamed(1_000, 64, agent -> agent < 3 ? 0.8 : 0)).isGreaterThan(0.95);
  }

  @Test
  void whereAllFailAlikeNobodyIsBlamed() {
    for (double rate : new double[] {0.4, 0.6, 0.9}) {
      for (int calls : new int[] {20, 40, 64}) {
        assertThat(blamed(2_000, calls, agent -> rate)).as(rate + " of " + calls).isLessThan(0.05);
      }
    }
    assertThat(blamed(100, 64, agent -> 1.0)).isZero();
  }

  @Test
  void anOutageAfterGoodTimesIsNobodysFault() {
    int blamed = 0;
    for (int seed = 0; seed < 1_000; seed++) {
      var callers = new RecentCallers();
      for (int i = 0; i < 64; i++) {
        callers.add(random.nextInt(AGENTS), i >= 44 ? RecentCallers.FAILED : 0);
      }
      blamed += callers.isEverybodys(RecentCallers.FAILED, 15) ? 0 : 1;
    }
    assertThat(blamed).isLessThan(30);
  }

  private final EngineHarness engine = new EngineHarness(s -> s.maxInFlight(20).maxWaiting(100));
  private final AgentGate[] agents = new AgentGate[AGENTS];
  private final FakeJob job = engine.job();

  private TargetGate target(UnaryOperator<TargetSettings> change) {
    for (int i = 0; i < AGENTS; i++) {
      agents[i] = engine.agent();
    }
    return engine.target(change);
  }

  private boolean isOpen(TargetGate target) {
    return !engine.engine.breakerOf(target).equals("CLOSED");
  }

  @Test
  void threeOfTenWhoseCallsAlwaysFailAreCutOffAndTheOthersAreNot() {
    TargetGate tool = target(t -> t);
    assertThat(healthyRefused(tool)).as("calls of healthy agents refused, of 14,000").isZero();
    assertThat(agents[0].cutoff(tool.index())).isNotNull();
  }

  /** While calls of the first three always fail, and of the other seven never. */
  private int healthyRefused(TargetGate tool) {
    int refused = 0;
    for (int round = 0; round < 2_000; round++) {
      for (int i = 0; i < AGENTS; i++) {
        engine.advance(engine.now + SECOND / 100);
        if (agents[i].cutoff(tool.index()) != null || isOpen(tool)) {
          refused += i >= 3 ? 1 : 0;
          continue;
        }
        FakeTask task = engine.submit(job, agents[i], tool);
        if (i < 3) {
          engine.fail(task, CallClass.FATAL, 0, false);
        } else {
          engine.finish(task);
        }
      }
    }
    return refused;
  }

  @Test
  void anOutageOpensTheTargetAsBefore() {
    TargetGate tool = target(t -> t);
    int calls = 0;
    for (int i = 0; i < 300; i++) {
      engine.finish(engine.submit(job, agents[random.nextInt(AGENTS)], tool));
    }
    while (!isOpen(tool) && calls < 200) {
      calls++;
      AgentGate agent = agents[calls % AGENTS];
      engine.fail(engine.submit(job, agent, tool), CallClass.UNAVAILABLE, 0, false);
    }
    assertThat(calls).as("calls into the outage").isLessThanOrEqualTo(30);
  }

  @Test
  void slowCallsOfEverybodyOpenIt() {
    TargetGate tool = target(t -> t.breaker(BreakerPolicy.DEFAULT.slow(Duration.ofSeconds(2), 50)));
    for (int i = 0; i < 40 && !isOpen(tool); i++) {
      FakeTask task = engine.submit(job, agents[random.nextInt(AGENTS)], tool);
      engine.at(engine.now + 3 * SECOND);
      engine.finish(task);
    }
    assertThat(isOpen(tool)).isTrue();
  }

  @Test
  void slowCallsOfSomeDoNot() {
    TargetGate tool =
        target(
            t ->
                t.breaker(BreakerPolicy.DEFAULT.slow(Duration.ofSeconds(2), 30))
                    .agentBreaker(BreakerPolicy.OFF));
    for (int i = 0; i < 200 && !isOpen(tool); i++) {
      FakeTask task = engine.submit(job, agents[i % AGENTS], tool);
      engine.at(engine.now + (i % AGENTS < 4 ? 3 : 1) * SECOND);
      engine.finish(task);
    }
    assertThat(isOpen(tool)).isFalse();
  }

  @Test
  void whoseCallsAreForgottenLeavesThoseOfTheOthersInTheirOrder() {
    var callers = new RecentCallers();
    var others = new RecentCallers();
    // More than are kept, so that the oldest stands in the middle.
    for (int i = 0; i < 100; i++) {
      int kind = i % 3 == 0 ? RecentCallers.FAILED : 0;
      callers.add(i % 4, kind);
      if (i >= 36 && i % 4 != 2) {
        others.add(i % 4, kind);
      }
    }
    callers.forget(2);
    for (int i = 0; i < 120; i++) {
      for (int percent = 5; percent <= 50; percent += 5) {
        assertThat(callers.isEverybodys(RecentCallers.FAILED, percent))
            .isEqualTo(others.isEverybodys(RecentCallers.FAILED, percent));
        assertThat(callers.isOthersToo(RecentCallers.FAILED, percent))
            .isEqualTo(others.isOthersToo(RecentCallers.FAILED, percent));
      }
      int kind = i % 5 == 0 ? RecentCallers.FAILED : 0;
      callers.add(i % 7, kind);
      others.add(i % 7, kind);
    }
  }

  @Test
  void whoComesToAnIndexDoesNotInheritTheCallsOfWhoWasThere() {
    TargetGate tool = target(t -> t);
    // Who was there did well, since the first failure from which on it is looked at.
    engine.fail(engine.submit(job, agents[9], tool), CallClass.FATAL, 0, false);
    for (int i = 0; i < 63; i++) {
      engine.finish(engine.submit(job, agents[i % 3], tool));
    }
    engine.advance(engine.now + 3_600 * SECOND);
    for (int i = 0; i < 3; i++) {
      AgentGate former = agents[i];
      engine.engine.agentRemoved(engine.now, former);
      assertThat(engine.engine.mayEvict(former)).isTrue();
      engine.engine.agentEvicted(engine.now, former);
      agents[i] = engine.agentAt(former.index(), a -> a);
    }
    assertThat(healthyRefused(tool)).as("calls of healthy agents refused").isZero();
  }
}
