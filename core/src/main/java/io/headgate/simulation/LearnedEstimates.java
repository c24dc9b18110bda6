package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.AgentSettings;
import io.headgate.EstimatePolicy;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.Priority;
import io.headgate.TargetSettings;
import io.headgate.engine.Ending;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What is reserved for what is used: calls of the shapes of two public traces (Azure 2023: code has
 * a median of 1,500 tokens in and 13 out, chat of 1,000 and 130; both with a long tail), whose
 * output nobody knows beforehand. Jobs of ten calls at once, with a hard budget that holds what
 * they use almost twice over: what a static upper bound reserves for them does not fit in.
 */
final class LearnedEstimates implements Experiment {
  private static final int CALLS = 10;
  private static final Duration LENGTH = Duration.ofMinutes(20);
  private static final String NAME = "learned-estimates";

  private record Shape(String name, long input, long output, double sigma, long budget) {}

  private static final List<Shape> SHAPES =
      List.of(new Shape("code", 1_500, 13, 0.85, 40_000), new Shape("chat", 1_000, 130, 1, 36_000));

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "the output of calls is unknown: what is reserved over what is used";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    for (Shape shape : SHAPES) {
      rows.addAll(arm("headgate, streaming", shape, EstimatePolicy.DEFAULT, true, true));
      rows.addAll(arm("headgate, capped", shape, EstimatePolicy.DEFAULT, false, true));
      rows.addAll(arm("upper bound", shape, EstimatePolicy.OFF, true, false));
    }
    return rows;
  }

  private static List<ExperimentRow> arm(
      String arm, Shape shape, EstimatePolicy policy, boolean streams, boolean held)
      throws InterruptedException {
    Flight flight = flight(shape, policy, streams);
    Flight.Result result = OnActor.fly(flight, arm + ", " + shape);
    Tally tally = result.tally();
    double ratio = flight.headgate.engine.ledger().tally().reservedOverUsed();
    String suffix = ", " + shape.name();
    long cutShort = tally.answersCutShort + tally.endings[Ending.CUT_OFF.ordinal()];
    return List.of(
        new ExperimentRow(
            NAME, "reserved over used" + suffix, arm, ratio, held ? atMost(1.5) : null),
        new ExperimentRow(
            NAME,
            "tokens overspent by the job that spent most" + suffix,
            arm,
            Math.max(0, tally.mostSpentTokens - shape.budget()),
            held ? atMost(0) : null),
        new ExperimentRow(
            NAME,
            "answers that were not cut short" + suffix,
            arm,
            1 - (double) cutShort / Math.max(1, tally.callsAnswered),
            held ? atLeast(0.95) : null),
        new ExperimentRow(
            NAME,
            "jobs done in time" + suffix,
            arm,
            (double) tally.jobsInTime / Math.max(1, tally.jobs),
            null));
  }

  private static Flight flight(Shape shape, EstimatePolicy policy, boolean streams) {
    JobModel job =
        JobModel.chat()
            .settings(JobSettings.DEFAULT.tokenBudget(shape.budget()))
            .calls(new JobModel.Calls(CALLS, CALLS, true, Priority.NORMAL, JobModel.Calls.NO_TTL))
            .tokens(new JobModel.Tokens(shape.input(), shape.output(), shape.sigma(), false))
            .manners(new JobModel.Manners(0, false, Duration.ofHours(1)));
    Load load = Load.of(new Arrivals.Poisson(0.5), job, LENGTH);
    ProviderModel provider = ProviderModel.chat();
    var target =
        new Scenario.TargetPart(
            "model", TargetSettings.DEFAULT.estimates(policy), provider, provider, streams);
    long lengthNs = LENGTH.toNanos();
    var scenario =
        new Scenario(
            HeadgateSettings.DEFAULT,
            0,
            List.of(
                new Scenario.AgentPart("agent-0", AgentSettings.DEFAULT),
                new Scenario.AgentPart("agent-1", AgentSettings.DEFAULT)),
            List.of(target),
            List.of(load),
            null,
            Faults.NONE,
            Scenario.Operator.NONE,
            lengthNs,
            lengthNs + Duration.ofHours(2).toNanos());
    return new Flight(scenario, 1, 1);
  }
}
