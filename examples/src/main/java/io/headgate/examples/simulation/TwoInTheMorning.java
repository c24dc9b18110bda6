package io.headgate.examples.simulation;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.simulation.Arrivals;
import io.headgate.simulation.Disturbance;
import io.headgate.simulation.JobModel;
import io.headgate.simulation.Load;
import io.headgate.simulation.ProviderModel;
import io.headgate.simulation.Simulation;
import io.headgate.simulation.SimulationReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A host's settings in a bad night: ten times the load while four of ten calls to the provider
 * fail. Prints the table, and writes the chart to the path that it is given.
 */
public final class TwoInTheMorning {
  private TwoInTheMorning() {}

  /** The night. */
  public static SimulationReport fly(HeadgateSettings settings) {
    return Simulation.of(settings)
        .agent("researcher", a -> a.maxInFlight(24))
        .agent("writer", a -> a.maxInFlight(24))
        .target(
            "gpt-large",
            t -> t.maxInFlight(32).timeout(ofSeconds(20)).price(2, 8),
            ProviderModel.chat()
                .capacity(32, 1)
                .during(new Disturbance.Outage(ofMinutes(10), ofMinutes(14), 0.4)))
        .load(
            Load.of(
                new Arrivals.Surge(1, 10, ofMinutes(10), ofMinutes(14)),
                JobModel.chat()
                    .calls(1, 6)
                    .settings(JobSettings.DEFAULT.tokenBudget(20_000).deadline(ofSeconds(60))),
                ofMinutes(24)))
        .run();
  }

  /** Prints the table. */
  @SuppressWarnings("SystemOut") // what it is for
  public static void main(String[] arguments) throws IOException {
    SimulationReport report = fly(HeadgateSettings.DEFAULT.maxInFlight(48).maxWaiting(200));
    System.out.print(report.toTable());
    if (arguments.length > 0) {
      Files.writeString(Path.of(arguments[0]), report.toSvg());
    }
  }
}
