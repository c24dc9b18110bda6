package io.headgate.examples.storm;

import io.headgate.examples.storm.arm.NaiveArm;
import io.headgate.examples.storm.measure.ArmResult;
import io.headgate.examples.storm.trace.*;
import io.headgate.examples.storm.workload.*;

public final class Storm {
  private Storm() {}

  public static void main(String[] args) throws Exception {
    var o = StormOptions.of(System.getProperties());
    var trace =
        o.trace()
            .map(AzureTraceReader::read)
            .orElseGet(() -> TraceGenerator.generate(o.seed(), 10000));
    for (var s : java.util.List.of(Scenario.WARM_UP, Scenario.STORM)) {
      var w =
          WorkloadPlanner.plan(
              trace,
              o.seed(),
              s.timeline(),
              Scenario.scaled(s.deadlineBase()),
              Scenario.scaled(s.deadlinePerCall()));
      System.out.println(
          w.jobs().size()
              + " jobs "
              + w.calls()
              + " calls; calls/s "
              + w.callsPerSecond(Phase.BEFORE)
              + " "
              + w.callsPerSecond(Phase.DURING)
              + " "
              + w.callsPerSecond(Phase.AFTER));
      ArmResult r =
          ArmRun.run(
              s,
              w,
              (p, rec) -> new NaiveArm(p.baseUrl(), Scenario.scaled(s.naiveTimeout()), rec),
              l -> System.out.println(l.text(38)));
      System.out.println(
          new ArmResult(
              r.name(),
              r.offered(),
              r.admitted(),
              r.refused(),
              r.completed(),
              r.expired(),
              r.failed(),
              r.tokensSpent(),
              r.tokensUseful(),
              r.dollarsSpent(),
              r.jobsOffered(),
              r.jobsFinished(),
              r.goodput(),
              r.p99MillisDuring(),
              r.maxInFlight(),
              r.maxWaiting(),
              r.provider(),
              r.cpu(),
              java.util.List.of(),
              java.util.List.of(),
              r.notes(),
              r.violations()));
    }
  }
}
