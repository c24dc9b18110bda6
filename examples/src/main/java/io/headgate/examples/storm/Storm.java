package io.headgate.examples.storm;

import static io.headgate.examples.storm.Scenario.SCALE;
import static io.headgate.examples.storm.Scenario.scaled;

import io.headgate.examples.storm.measure.ArmResult;
import io.headgate.examples.storm.report.HtmlReport;
import io.headgate.examples.storm.report.JsonReport;
import io.headgate.examples.storm.report.StormReport;
import io.headgate.examples.storm.report.TerminalTable;
import io.headgate.examples.storm.trace.AzureTraceReader;
import io.headgate.examples.storm.trace.Trace;
import io.headgate.examples.storm.trace.TraceGenerator;
import io.headgate.examples.storm.workload.Phase;
import io.headgate.examples.storm.workload.Workload;
import io.headgate.examples.storm.workload.WorkloadPlanner;
import io.headgate.simulation.TraceFormatException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Consumer;

/**
 * Sends the same storm through a naive host and through two with Headgate, one set by hand and one
 * at its defaults, and shows what came of it.
 *
 * <p>Options are system properties, see {@link StormOptions}. Exits with 0 if Headgate's invariants
 * held, 1 if one was broken, 2 for an option or a trace that cannot be used.
 */
public final class Storm {
  private static final int BROKEN = 1;
  private static final int BAD_INPUT = 2;
  private static final int GENERATED_CALLS = 10_000;

  private final StormOptions options;
  private final PrintStream out;

  private Storm(StormOptions options, PrintStream out) {
    this.options = options;
    this.out = out;
  }

  public static void main(String[] args) throws IOException {
    System.exit(run(System.getProperties(), System.out, System.err));
  }

  static int run(Properties properties, PrintStream out, PrintStream err) throws IOException {
    try {
      return new Storm(StormOptions.of(properties), out).run();
    } catch (BadOptionException | TraceFormatException e) {
      err.println(e.getMessage());
      return BAD_INPUT;
    } catch (UncheckedIOException e) {
      err.println("cannot read the trace: " + e.getMessage());
      return BAD_INPUT;
    }
  }

  private int run() throws IOException {
    var trace =
        options
            .trace()
            .map(AzureTraceReader::read)
            .orElseGet(() -> TraceGenerator.generate(options.seed(), GENERATED_CALLS));
    createOutput();
    out.println("warming up ...");
    runArms(Scenario.WARM_UP, workload(Scenario.WARM_UP, trace), line -> {});
    var scenario = Scenario.STORM;
    var workload = workload(scenario, trace);
    announce(workload);
    double seconds = (workload.timeline().endNanos() + scenario.drain().toNanos()) / 1e9;
    var runs = runArms(scenario, workload, line -> show(line, seconds));
    return report(
        new StormReport(
            SCALE,
            (int) Math.round(100 * scenario.outShare()),
            workload,
            runs.stream().map(Run::checked).toList()));
  }

  private void createOutput() {
    try {
      Files.createDirectories(options.output());
    } catch (IOException e) {
      throw new BadOptionException(
          "storm.output is '%s', but no directory can be made there (%s); name another"
              .formatted(options.output(), e.getMessage()));
    }
  }

  private Workload workload(Scenario scenario, Trace trace) {
    return WorkloadPlanner.plan(
        trace,
        options.seed(),
        scenario.timeline(),
        scenario.loops(),
        scaled(scenario.deadlineBase()),
        scaled(scenario.deadlinePerCall()));
  }

  /** An arm's run, and the journal that it wrote, if it did. */
  private record Run(ArmResult arm, Optional<StormJournal> journal) {
    ArmResult checked() {
      return journal.map(written -> written.check(arm)).orElse(arm);
    }
  }

  private List<Run> runArms(Scenario scenario, Workload workload, Consumer<LiveLine> live)
      throws IOException {
    var runs = new ArrayList<Run>();
    for (var arm : options.arms()) {
      var journal = journal(arm);
      var factory =
          arm.of(scenario, options.ladder(), journal.map(StormJournal::open).orElse(null));
      runs.add(new Run(ArmRun.run(scenario, workload, factory, live), journal));
    }
    return runs;
  }

  private Optional<StormJournal> journal(StormArm arm) throws IOException {
    var folder = arm.journal().filter(_ -> options.journal());
    return folder.isEmpty()
        ? Optional.empty()
        : Optional.of(StormJournal.fresh(options.output().resolve(folder.get())));
  }

  private void announce(Workload workload) {
    out.printf(
        "%,d jobs, %,d calls from %s, seed %d%n",
        workload.jobs().size(), workload.calls(), workload.source(), workload.seed());
    out.printf(
        "calm %.0f calls/s, surge %.0f calls/s with half the provider out; times scaled down by"
            + " %d%n",
        workload.callsPerSecond(Phase.BEFORE), workload.callsPerSecond(Phase.DURING), SCALE);
  }

  private void show(LiveLine line, double seconds) {
    out.println(line.text(seconds));
    out.flush();
  }

  private int report(StormReport report) throws IOException {
    var html = options.output().resolve("report.html");
    HtmlReport.write(report, html);
    JsonReport.write(report, options.output().resolve("report.json"));
    out.println();
    out.println(TerminalTable.of(report));
    out.println("charts and definitions: " + html + ", figures: report.json beside it");
    for (var arm : report.arms()) {
      arm.notes().forEach(note -> out.println(arm.name() + ": " + note));
    }
    report.violations().forEach(violation -> out.println("BROKEN  " + violation));
    return report.violations().isEmpty() ? 0 : BROKEN;
  }
}
