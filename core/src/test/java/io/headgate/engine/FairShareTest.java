package io.headgate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.AgentSettings;
import io.headgate.Priority;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineHarness.FakeJob;
import io.headgate.engine.EngineHarness.FakeTask;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The Virtual Token Counter's promise: tokens over weight, within a bound, over any interval. */
@Timeout(30)
class FairShareTest {
  private static final int STARTS = 4_000;
  private static final int SMALL = 150;
  private static final int LARGE = 6_000;

  /** How far the difference of two services wandered: that over the worst of all intervals. */
  private static final class Drift {
    private double now;
    private double least;
    private double most;

    void add(double served) {
      now += served;
      least = Math.min(least, now);
      most = Math.max(most, now);
    }

    double worst() {
      return most - least;
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "1, 3, 1", "3, 1, 1", "1, 1, 4", "1, 3, 4", "3, 1, 16"})
  void twoBackloggedAgentsAreServedWithinTheBound(int weightOfSmall, int weightOfLarge, int cap) {
    EngineHarness h = new EngineHarness(s -> s.maxInFlight(cap));
    TargetGate target = h.target();
    FakeJob job = h.job();
    AgentGate[] agents = {
      h.agent(a -> a.weight(weightOfSmall)), h.agent(a -> a.weight(weightOfLarge))
    };
    int[] weights = {weightOfSmall, weightOfLarge};
    int[] sizes = {SMALL, LARGE};
    Random random = new Random(7);
    FakeTask first = h.submit(job, h.agent(), target);
    for (int i = 1; i < cap; i++) {
      h.submit(job, first.agentGate(), target);
    }
    for (int agent = 0; agent < 2; agent++) {
      for (int i = 0; i < 3; i++) {
        submit(h, job, agents[agent], target, sizes[agent], random);
      }
    }
    Deque<FakeTask> running = new ArrayDeque<>(h.started);
    h.started.clear();
    Drift drift = new Drift();
    double largest = 0;
    for (int i = 0; i < STARTS; i++) {
      h.finish(running.removeFirst());
      FakeTask started = h.started.removeFirst();
      running.add(started);
      int agent = started.agentGate() == agents[0] ? 0 : 1;
      double served = (double) started.tokens() / weights[agent];
      drift.add(agent == 0 ? served : -served);
      largest = Math.max(largest, served);
      submit(h, job, agents[agent], target, sizes[agent], random);
    }
    assertThat(drift.worst()).isLessThanOrEqualTo(2 * largest);
  }

  /** The test above has teeth: turns by count would be far out of the bound. */
  @Test
  void turnsByCountWouldBreakTheBound() {
    Drift drift = new Drift();
    for (int i = 0; i < STARTS; i++) {
      drift.add(i % 2 == 0 ? SMALL : -LARGE);
    }
    assertThat(drift.worst()).isGreaterThan(100 * 2.0 * LARGE);
  }

  private static void submit(
      EngineHarness h, FakeJob job, AgentGate agent, TargetGate target, int size, Random random) {
    h.submit(job, agent, target, o -> o.tokens(size - random.nextInt(size / 3)));
  }

  @Test
  void aCallThatUsesLessThanItReservedIsServedOnlyWhatItUsed() {
    One one = new One(2);
    FakeTask greedy = one.submit(one.busy, 10_000);
    one.submit(one.idler, 100);
    for (int i = 0; i < 4; i++) {
      one.submit(one.idler, 100);
      one.submit(one.busy, 100);
    }
    one.h.finish(greedy, AttemptEnd.RETURNED, 100, false);
    assertThat(one.h.started.getLast().agentGate()).as("level again").isSameAs(one.busy);
    assertThat(one.drain()).isEqualTo("ibibibi");
  }

  @Test
  void aCallWithoutTokensIsNotFree() {
    One one = new One();
    for (int i = 0; i < 4; i++) {
      one.submit(one.busy, 0);
      one.submit(one.idler, 0);
    }
    assertThat(one.drain()).isEqualTo("bibibibi");
  }

  @Test
  void anAgentThatComesBackFromIdlenessHasSavedNothing() {
    One one = new One();
    for (int i = 0; i < 50; i++) {
      one.submit(one.busy, 1_000);
    }
    for (int i = 0; i < 40; i++) {
      one.h.finish(one.h.started.getLast());
    }
    for (int i = 0; i < 5; i++) {
      one.submit(one.idler, 1_000);
    }
    assertThat(one.drain()).isEqualTo("bibibibibibbbbb");
  }

  @Test
  void norHasOneThatComesBackWhenNobodyWaits() {
    One one = new One();
    for (int i = 0; i < 40; i++) {
      one.h.finish(one.runs(one.busy, 1_000));
    }
    FakeTask last = one.runs(one.busy, 1_000);
    for (int i = 0; i < 4; i++) {
      one.submit(one.idler, 1_000);
      one.submit(one.busy, 1_000);
    }
    assertThat(last.runs()).isTrue();
    assertThat(one.drain()).startsWith("ibib");
  }

  /** What is given back after the lift was forgiven by the lift already. */
  @Test
  void norDoesItGetBackWhatItReservedBeforeItWasIdle() {
    One one = new One(2);
    FakeTask greedy = one.runs(one.idler, 20_000);
    for (int i = 0; i < 100; i++) {
      one.submit(one.busy, 1_000);
    }
    for (int i = 0; i < 50; i++) {
      one.h.finish(one.h.started.getLast());
    }
    for (int i = 0; i < 20; i++) {
      one.submit(one.idler, 1_000);
    }
    one.h.finish(greedy, AttemptEnd.RETURNED, 0, false);
    one.h.started.removeIf(task -> task.overs > 0);
    assertThat(one.drain()).as("turn by turn").startsWith("ibibibibibib");
  }

  /** An agent that its own cap keeps back is no measure of what the others were served. */
  @Test
  void norIsItMeasuredByAnAgentAtItsOwnCap() {
    One one = new One(2);
    AgentGate slow = one.h.agent(a -> a.maxInFlight(1));
    FakeTask endless = one.runs(slow, 100);
    one.submit(slow, 100);
    for (int i = 0; i < 100; i++) {
      one.submit(one.busy, 1_000);
    }
    for (int i = 0; i < 50; i++) {
      one.h.finish(one.h.started.getLast());
    }
    for (int i = 0; i < 20; i++) {
      one.submit(one.idler, 1_000);
    }
    StringBuilder order = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      one.h.finish(one.h.started.getLast());
      order.append(one.h.started.getLast().agentGate() == one.idler ? 'i' : 'b');
    }
    assertThat(order.toString()).isEqualTo("bibibibi");
    assertThat(endless.runs()).isTrue();
  }

  // Its waiting tasks go from one class to another: that is no idleness.
  @Test
  void anAgentWhoseJobBeginsKeepsWhatItIsBehind() {
    EngineHarness h = new EngineHarness(s -> s.maxInFlight(2));
    TargetGate target = h.target();
    AgentGate behind = h.agent(a -> a.maxInFlight(1));
    AgentGate ahead = h.agent();
    AgentGate third = h.agent();
    FakeJob begun = h.job();
    FakeJob begins = h.job();
    FakeTask holds = h.submit(begun, behind, target, o -> o.tokens(1_000));
    FakeTask runs = h.submit(begun, ahead, target, o -> o.tokens(1_000));
    // The one is held back by its own cap, while the other is served ten times.
    h.submit(begins, behind, target, o -> o.tokens(1_000));
    for (int i = 0; i < 12; i++) {
      h.submit(begun, ahead, target, o -> o.tokens(1_000));
    }
    for (int i = 0; i < 10; i++) {
      h.started.clear();
      h.finish(runs);
      runs = h.started.getFirst();
      assertThat(runs.agentGate()).isSameAs(ahead);
    }
    h.submit(begins, third, target, o -> o.tokens(1_000).priority(Priority.CRITICAL));
    h.finish(runs);
    runs = h.started.getLast();
    assertThat(runs.agentGate()).isSameAs(third);
    for (int i = 0; i < 3; i++) {
      h.submit(begins, behind, target, o -> o.tokens(1_000));
    }
    h.finish(holds);
    for (int i = 0; i < 3; i++) {
      FakeTask started = h.started.getLast();
      assertThat(started.agentGate()).as("start %s", i).isSameAs(behind);
      h.started.clear();
      h.finish(started);
    }
  }

  @Test
  void aWeightMayBeChangedWhileItRuns() {
    One one = new One();
    for (int i = 0; i < 4; i++) {
      one.submit(one.busy, 1_000);
      one.submit(one.idler, 1_000);
    }
    one.h.engine.agentReconfigured(one.h.now, one.idler, AgentSettings.DEFAULT.weight(2));
    assertThat(one.drain()).isEqualTo("biibiibb");
  }

  /** What was counted at a start is taken back at the weight at which it was counted. */
  @Test
  void aChangedWeightGivesNoCreditForWhatIsInFlight() {
    One one = new One();
    one.h.engine.agentReconfigured(one.h.now, one.busy, AgentSettings.DEFAULT.weight(1_000));
    FakeTask inFlight = one.runs(one.busy, 100_000);
    one.h.engine.agentReconfigured(one.h.now, one.busy, AgentSettings.DEFAULT);
    for (int i = 0; i < 6; i++) {
      one.submit(one.busy, 1_000);
      one.submit(one.idler, 1_000);
    }
    one.h.finish(inFlight, AttemptEnd.RETURNED, 100, false);
    one.h.started.remove(inFlight);
    assertThat(one.drain()).as("turn by turn").isEqualTo("ibibibibibi");
  }

  /** One target, two agents: the busy one and the idler. */
  private static final class One {
    final EngineHarness h;
    final AgentGate busy;
    final AgentGate idler;
    final TargetGate target;
    final FakeJob job;

    One() {
      this(1);
      // Something runs, so that what is submitted waits.
      h.submit(job, h.agent(), target, o -> o.tokens(0));
    }

    One(int cap) {
      h = new EngineHarness(s -> s.maxInFlight(cap));
      busy = h.agent();
      idler = h.agent();
      target = h.target();
      job = h.job();
    }

    FakeTask submit(AgentGate agent, long tokens) {
      return h.submit(job, agent, target, o -> o.tokens(tokens));
    }

    FakeTask runs(AgentGate agent, long tokens) {
      FakeTask before = h.started.isEmpty() ? null : h.started.getLast();
      FakeTask task = submit(agent, tokens);
      if (!task.runs() && before != null && before.runs()) {
        h.finish(before);
      }
      assertThat(task.runs()).isTrue();
      return task;
    }

    /** Ends one after the other; answers whose tasks started. */
    String drain() {
      StringBuilder order = new StringBuilder();
      while (true) {
        FakeTask running = h.started.stream().filter(FakeTask::runs).findFirst().orElse(null);
        if (running == null) {
          return order.toString();
        }
        int before = h.started.size();
        h.finish(running);
        for (FakeTask task : h.started.subList(before, h.started.size())) {
          order.append(task.agentGate() == busy ? 'b' : 'i');
        }
      }
    }
  }
}
