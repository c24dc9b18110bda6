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
import org.jspecify.annotations.Nullable;

/**
 * What is reserved for what is used: calls of the shapes of two public traces (Azure 2023: code has
 * a median of 1,500 tokens in and 13 out, chat of 1,000 and 130; both with a long tail), whose
 * output nobody knows beforehand. Jobs of ten calls at once, with a hard budget that holds what
 * they use almost twice over: what a static upper bound reserves for them does not fit in. A usual
 * stack caps every answer alike, or reserves nothing, and looks at what was used before each call.
 */
final class LearnedEstimates implements Experiment {
  private static final int CALLS = 10;
  private static final Duration LENGTH = Duration.ofMinutes(20);
  private static final String NAME = "learned-estimates";
  private static final TargetSettings MODEL =
      TargetSettings.DEFAULT.estimates(EstimatePolicy.DEFAULT);

  /** As tutorials set it, whatever is asked. */
  private static final long CAP = 1_024;

  private static final String CAPS = "usual stack, max_tokens 1,024";
  private static final String LOOKS = "usual stack, looks first";

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
      TargetSettings upperBound = MODEL.estimates(EstimatePolicy.OFF);
      rows.addAll(arm("headgate, streaming", shape, MODEL, true, true));
      rows.addAll(arm("headgate, capped", shape, MODEL, false, true));
      rows.addAll(arm("upper bound", shape, upperBound, true, false));
      rows.addAll(arm(CAPS, shape, upperBound.maxOutputTokens(CAP), false, false));
      rows.addAll(arm(LOOKS, shape, upperBound, true, false));
    }
    return rows;
  }

  private static List<ExperimentRow> arm(
      String arm, Shape shape, TargetSettings model, boolean streams, boolean held)
      throws InterruptedException {
    boolean looks = arm.equals(LOOKS);
    var counter = new UsedCounter();
    long budget = looks ? JobSettings.UNLIMITED : shape.budget();
    Flight flight = new Flight(scenario(shape, budget, model, streams), 1, counter);
    if (looks) {
      flight.mayCall = each -> counter.tokens(each) < shape.budget();
    }
    Flight.Result result = OnActor.fly(flight, arm + ", " + shape);
    Tally tally = result.tally();
    double ratio = flight.headgate.engine.ledger().tally().reservedOverUsed();
    String suffix = ", " + shape.name();
    long cutShort = tally.answersCutShort + tally.endings[Ending.CUT_OFF.ordinal()];
    List<ExperimentRow> rows = new ArrayList<>();
    if (!looks) { // which reserves nothing
      rows.add(row("reserved over used" + suffix, arm, ratio, held ? atMost(1.5) : null));
    }
    rows.add(
        row(
            "tokens overspent by the job that spent most" + suffix,
            arm,
            (double) Math.max(0, tally.mostSpentTokens - shape.budget()),
            held ? atMost(0) : null));
    rows.add(
        row(
            "answers that were not cut short" + suffix,
            arm,
            1 - (double) cutShort / Math.max(1, tally.callsAnswered),
            held ? atLeast(0.95) : null));
    rows.add(
        row(
            "jobs done in time" + suffix,
            arm,
            (double) tally.jobsInTime / Math.max(1, tally.jobs),
            null));
    return rows;
  }

  private static ExperimentRow row(
      String figure, String arm, double value, ExperimentRow.@Nullable Bar bar) {
    return new ExperimentRow(NAME, figure, arm, value, bar);
  }

  private static Scenario scenario(
      Shape shape, long budget, TargetSettings model, boolean streams) {
    JobModel job =
        JobModel.chat()
            .settings(JobSettings.DEFAULT.tokenBudget(budget))
            .calls(new JobModel.Calls(CALLS, CALLS, true, Priority.NORMAL, JobModel.Calls.NO_TTL))
            .tokens(new JobModel.Tokens(shape.input(), shape.output(), shape.sigma(), false))
            .manners(new JobModel.Manners(0, false, Duration.ofHours(1)));
    Load load = Load.of(new Arrivals.Poisson(0.5), job, LENGTH);
    ProviderModel provider = ProviderModel.chat();
    var target = new Scenario.TargetPart("model", model, provider, provider, streams);
    long lengthNs = LENGTH.toNanos();
    return new Scenario(
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
  }
}
