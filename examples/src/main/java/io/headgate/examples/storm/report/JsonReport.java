package io.headgate.examples.storm.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.headgate.examples.storm.measure.ArmResult;
import io.headgate.examples.storm.workload.Phase;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** {@code report.json}: the figures under {@code arms.<name>}, and what they were measured on. */
public final class JsonReport {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private JsonReport() {}

  public static void write(StormReport report, Path file) throws IOException {
    MAPPER.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), tree(report));
  }

  static ObjectNode tree(StormReport report) {
    var root = MAPPER.createObjectNode();
    var workload = report.workload();
    root.put("seed", workload.seed());
    root.put("trace", workload.source());
    root.put("scale", report.scale());
    root.put("outPercentDuring", report.outPercent());
    timeline(report, root.putObject("timeline"));
    var arms = root.putObject("arms");
    for (var arm : report.arms()) {
      arm(report, arm, arms.putObject(arm.name()));
    }
    root.put("sound", report.violations().isEmpty());
    report.violations().forEach(root.putArray("violations")::add);
    return root;
  }

  private static void timeline(StormReport report, ObjectNode node) {
    var timeline = report.workload().timeline();
    node.put("surgeStartSeconds", timeline.startNanos(Phase.DURING) / 1e9);
    node.put("surgeEndSeconds", timeline.endNanos(Phase.DURING) / 1e9);
    node.put("lastArrivalSeconds", timeline.endNanos() / 1e9);
    node.put("calmJobsPerSecond", timeline.jobsPerSecond(Phase.BEFORE));
    node.put("surgeJobsPerSecond", timeline.jobsPerSecond(Phase.DURING));
    node.put("calmCallsPerSecond", report.workload().callsPerSecond(Phase.BEFORE));
    node.put("surgeCallsPerSecond", report.workload().callsPerSecond(Phase.DURING));
  }

  private static void arm(StormReport report, ArmResult arm, ObjectNode node) {
    for (var figure : Figure.ALL) {
      if (figure.decimals() == 0 && !figure.name().contains("Millis")) {
        node.put(figure.name(), (long) figure.number(arm));
      } else {
        node.put(figure.name(), figure.number(arm));
      }
    }
    node.put("recovered", arm.goodput().recovered());
    var cpu = node.putObject("cpu");
    cpu.put("meanPercent", arm.cpu().meanPercent());
    cpu.put("peakPercent", arm.cpu().peakPercent());
    cpu.put("cores", arm.cpu().cores());
    var provider = node.putObject("provider");
    provider.put("requests", arm.provider().requests());
    provider.put("maxInFlight", arm.provider().maxInFlight());
    provider.put("tokensWasted", arm.provider().wasted().tokens());
    var results = provider.putObject("results");
    arm.provider().byResult().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(result -> results.put(result.getKey(), result.getValue()));
    arm.notes().forEach(node.putArray("notes")::add);
    seconds(arm, node);
    policies(report, arm, node.putArray("policies"));
  }

  private static void policies(StormReport report, ArmResult arm, ArrayNode node) {
    int seconds = (int) Math.ceil(report.seconds());
    for (var lane : arm.policies()) {
      var policy = node.addObject().put("policy", lane.policy()).put("total", lane.total());
      var perSecond = policy.putArray("perSecond");
      for (int second = 0; second < seconds; second++) {
        var done = perSecond.addObject();
        lane.inSecond(second, seconds).forEach(done::put);
      }
    }
  }

  private static void seconds(ArmResult arm, ObjectNode node) {
    var seconds = node.putArray("perSecond");
    for (var second : arm.seconds()) {
      seconds
          .addObject()
          .put("jobsOffered", second.jobsOffered())
          .put("jobsFinished", second.jobsFinished())
          .put("callsOffered", second.callsOffered());
    }
  }
}
