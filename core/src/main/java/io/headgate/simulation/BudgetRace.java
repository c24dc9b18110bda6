package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.AgentSettings;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.Priority;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A thousand tasks of one job race for its last tokens, each held up between any two steps of
 * admission, under a hundred seeds. The usual way, a look at what is left and then the call, is
 * computed for the same race: everybody looks before anybody has paid.
 */
final class BudgetRace implements Experiment {
  private static final int TASKS = 1_000;
  private static final int SEEDS = 100;
  private static final long BUDGET = 50_000;
  private static final long INPUT = 200;
  private static final long OUTPUT = 100;
  private static final int YIELDS = 300;
  private static final long YIELD_NS = 50_000;
  private static final String NAME = "budget-race";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "1,000 tasks against one job's last tokens: nothing is overspent";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    long overspent = 0;
    long spent = 0;
    long admitted = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      Flight flight = flight(seed, BUDGET);
      Flight.Result result = OnActor.fly(flight, "seed " + seed);
      spent = Math.max(spent, flight.tally.mostSpentTokens);
      overspent = Math.max(overspent, flight.tally.mostSpentTokens - BUDGET);
      admitted += result.tally().admitted;
    }
    Flight without = flight(0, JobSettings.UNLIMITED);
    var _ = OnActor.fly(without, "no budget");
    List<ExperimentRow> rows = new ArrayList<>();
    rows.add(
        new ExperimentRow(NAME, "tokens overspent", "headgate", Math.max(0, overspent), atMost(0)));
    rows.add(
        new ExperimentRow(NAME, "of the budget, used", "headgate", (double) spent / BUDGET, null));
    rows.add(
        new ExperimentRow(
            NAME, "tasks admitted, of 1,000", "headgate", (double) admitted / SEEDS, null));
    rows.add(
        new ExperimentRow(
            NAME,
            "tokens overspent",
            "no budget",
            (double) without.tally.mostSpentTokens - BUDGET,
            null));
    rows.add(
        new ExperimentRow(
            NAME,
            "tokens overspent",
            "usual stack, looks first",
            TASKS * (INPUT + OUTPUT) - (double) BUDGET,
            null));
    return rows;
  }

  private static Flight flight(long seed, long budget) {
    var job =
        JobModel.chat()
            .settings(JobSettings.DEFAULT.tokenBudget(budget))
            .calls(new JobModel.Calls(TASKS, TASKS, true, Priority.NORMAL, JobModel.Calls.NO_TTL))
            .tokens(new JobModel.Tokens(INPUT, OUTPUT, 0.3, true))
            .manners(new JobModel.Manners(0, false, Duration.ofHours(1)));
    Duration second = Duration.ofSeconds(1);
    var load = Load.of(new Arrivals.Bursts(1, Duration.ofHours(1)), job, second);
    var provider = ProviderModel.of(new Latency.LogNormal(Duration.ofMillis(20), 0.5));
    var target =
        new Scenario.TargetPart("model", TargetSettings.DEFAULT, provider, provider, false);
    var faults = new Faults(second.toNanos(), YIELDS, YIELD_NS, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    var scenario =
        new Scenario(
            HeadgateSettings.DEFAULT.maxWaiting(2 * TASKS),
            0,
            List.of(new Scenario.AgentPart("agent", AgentSettings.DEFAULT)),
            List.of(target),
            List.of(load),
            null,
            faults,
            Scenario.Operator.NONE,
            second.toNanos(),
            Duration.ofHours(2).toNanos());
    return new Flight(scenario, seed, 1);
  }
}
