package io.headgate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.AgentSettings;
import io.headgate.BreakerPolicy;
import io.headgate.CallClass;
import io.headgate.DegradationPolicy;
import io.headgate.DegradationPolicy.Rung;
import io.headgate.Estimate;
import io.headgate.EstimatePolicy;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Gates;
import io.headgate.admission.OutputEstimates;
import io.headgate.admission.TakenAgain;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineHarness.FakeJob;
import io.headgate.engine.EngineHarness.FakeTask;
import org.junit.jupiter.api.Test;

/** What is learned of the output of calls, from whom, and when admission hears of it. */
class LearnedOutputTest {
  private static final EstimatePolicy TEN = new EstimatePolicy(90, 10, 0);

  private final EngineHarness h = new EngineHarness(s -> s);
  private final AgentGate agent = h.agent();
  private final AgentGate other = h.agent();
  private final TargetGate target =
      h.target(t -> t.estimates(TEN).breaker(BreakerPolicy.OFF).agentBreaker(BreakerPolicy.OFF));
  private final FakeJob job = h.open(null, EngineHarness.HOUR, JobSettings.UNLIMITED);

  private void call(AgentGate by, CallClass end, CallUse use) {
    FakeTask task = h.submit(job, by, target);
    h.engine.attemptEnded(
        h.now,
        task,
        new AttemptReport(AttemptEnd.RETURNED, end, 0, TakenAgain.NOTHING, 100, 0, false, use));
  }

  private void reported(AgentGate by, long output) {
    call(by, CallClass.OK, new CallUse(CallUse.Source.REPORTED, 500, output));
  }

  private String published() {
    return h.log.stream().filter(line -> line.startsWith("output")).toList().toString();
  }

  @Test
  void aQuantileOfTheAgentsOwnCallsAndOfEverybodys() {
    for (int i = 0; i < 9; i++) {
      reported(agent, 64);
    }
    assertThat(published()).as("of nine calls").isEqualTo("[]");
    reported(other, 64);
    assertThat(published()).as("of ten, of two agents").isEqualTo("[output of target-0 71]");
    reported(agent, 1_000);
    assertThat(published())
        .as("nine of ten of the agent's were at most 71")
        .isEqualTo("[output of target-0 71, output of target-0 by agent-0 71]");
  }

  @Test
  void theFirstIsNewsAndThenWhatDiffersByMoreThanAQuarter() {
    for (int i = 0; i < 10; i++) {
      reported(agent, 64);
    }
    assertThat(news()).isEqualTo("[learned target-0 by agent-0 71, learned target-0 71]");
    TargetSettings settings = target.settings();
    h.engine.targetReconfigured(h.now, target, settings.estimates(TEN.marginPercent(23)));
    assertThat(published()).as("an eighth and more are published").contains("by agent-0 88");
    assertThat(news()).as("17 more than 71 are no news").isEqualTo("[]");
    h.engine.targetReconfigured(h.now, target, settings.estimates(TEN.marginPercent(40)));
    assertThat(news())
        .as("measured from what was news before, not from what was published in between")
        .isEqualTo("[learned target-0 by agent-0 100, learned target-0 100]");
    h.engine.targetReconfigured(h.now, target, settings.estimates(EstimatePolicy.OFF));
    assertThat(news()).isEqualTo("[learned target-0 by agent-0 0, learned target-0 0]");
  }

  private String news() {
    String news = h.log.stream().filter(line -> line.startsWith("learned")).toList().toString();
    h.log.removeIf(line -> line.startsWith("learned"));
    return news;
  }

  @Test
  void onlyAnswersWhoseUseIsKnownTeach() {
    for (int i = 0; i < 10; i++) {
      call(agent, CallClass.OK, new CallUse(CallUse.Source.ASSUMED, 500, 0));
      call(agent, CallClass.UNAVAILABLE, new CallUse(CallUse.Source.REPORTED, 500, 0));
    }
    assertThat(published()).isEqualTo("[]");
  }

  @Test
  void anotherPolicyHoldsAtOnceAndNoneForgetsNothing() {
    for (int i = 0; i < 20; i++) {
      reported(agent, 64);
    }
    h.log.clear();
    TargetSettings settings = target.settings();
    h.engine.targetReconfigured(h.now, target, settings.estimates(TEN.marginPercent(100)));
    h.engine.targetReconfigured(h.now, target, settings.estimates(EstimatePolicy.OFF));
    h.engine.targetReconfigured(h.now, target, settings.estimates(TEN));
    assertThat(published())
        .isEqualTo(
            "[output of target-0 by agent-0 142, output of target-0 142, "
                + "output of target-0 by agent-0 0, output of target-0 0, "
                + "output of target-0 by agent-0 71, output of target-0 71]");
  }

  @Test
  void answersThatNeedNoModelTeachNothing() {
    TargetGate model =
        h.target(
            t ->
                t.estimates(TEN)
                    .degradation(
                        DegradationPolicy.of(Rung.of("large", 100), Rung.ofStatic("sorry"))));
    for (int i = 0; i < 20; i++) {
      FakeTask task = h.submit(job, agent, model, o -> o.rung(1));
      assertThat(task.rung()).isEqualTo(1);
      h.engine.attemptEnded(
          h.now,
          task,
          new AttemptReport(
              AttemptEnd.RETURNED,
              CallClass.OK,
              0,
              TakenAgain.NOTHING,
              0,
              0,
              false,
              new CallUse(CallUse.Source.REPORTED, 100, 0)));
    }
    assertThat(published()).isEqualTo("[]");
  }

  @Test
  void aTargetThatComesBackIsJudgedByItsNewPolicy() {
    for (int i = 0; i < 10; i++) {
      reported(agent, 64);
    }
    h.log.clear();
    h.engine.targetRemoved(h.now, target);
    h.engine.targetRegistered(h.now, target, target.settings().estimates(EstimatePolicy.OFF));
    assertThat(published()).isEqualTo("[output of target-0 by agent-0 0, output of target-0 0]");
  }

  @Test
  void aTargetThatIsGoneLeavesNothingToWhoTakesItsPlace() {
    for (int i = 0; i < 10; i++) {
      reported(agent, 64);
    }
    h.log.clear();
    h.engine.targetRemoved(h.now, target);
    h.engine.targetEvicted(h.now, target);
    assertThat(published()).isEqualTo("[output of target-0 by agent-0 0]");
  }

  @Test
  void aHistogramIsWithinAnEighthAndForgetsWhatIsLongAgo() {
    for (long tokens : new long[] {0, 1, 7, 8, 15, 16, 100, 4_095, 4_096, 1_000_000}) {
      LogHistogram one = new LogHistogram();
      one.add(tokens);
      assertThat(one.quantile(95)).isBetween(tokens, tokens + tokens / 8);
    }
    LogHistogram histogram = new LogHistogram();
    for (int i = 0; i < 2_000; i++) {
      histogram.add(5_000);
    }
    assertThat(histogram.total()).isLessThanOrEqualTo(1_024);
    for (int i = 0; i < 10_000; i++) {
      histogram.add(50);
    }
    assertThat(histogram.quantile(99)).isBetween(50L, 56L);
    histogram.add(Long.MAX_VALUE / 2);
    assertThat(histogram.quantile(100)).isGreaterThanOrEqualTo(1_000_000);
  }

  @Test
  void admissionReservesWhatIsLearnedWithinWhatTheEstimateAllows() {
    Gates gates = new Gates(HeadgateSettings.DEFAULT, () -> 0);
    AgentGate asks = new AgentGate("asks", 0, AgentSettings.DEFAULT, EngineHarness.NOBODY);
    TargetGate model = new TargetGate("model", 1, TargetSettings.DEFAULT, EngineHarness.NOBODY);
    assertThat(cap(gates, asks, model, Estimate.ofInput(10))).isEqualTo(4_096);
    OutputEstimates.put(model, null, 300);
    assertThat(cap(gates, asks, model, Estimate.ofInput(10))).isEqualTo(300);
    OutputEstimates.put(model, asks, 100);
    assertThat(cap(gates, asks, model, Estimate.ofInput(10))).as("its own").isEqualTo(100);
    assertThat(cap(gates, asks, model, Estimate.of(10, 2_000))).as("all wanted").isEqualTo(2_000);
    assertThat(cap(gates, asks, model, Estimate.of(10, 2_000).atLeast(500))).isEqualTo(500);
    assertThat(cap(gates, asks, model, Estimate.of(10, 50).atLeast(5))).isEqualTo(50);
    OutputEstimates.put(model, asks, 0);
    assertThat(cap(gates, asks, model, Estimate.ofInput(10))).as("everybody's").isEqualTo(300);
  }

  private long cap(Gates gates, AgentGate asks, TargetGate model, Estimate estimate) {
    return gates.outputCap(estimate, asks, model, job, model.settings().price(), false);
  }
}
