package io.headgate.examples.redteam;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What came of all attacks.
 *
 * @param verdicts one for each, in order
 * @param start before the first, {@code middle} half-way, {@code end} after the last
 * @param leaks what grew from start to end, in words
 */
public record RedTeamReport(
    List<Verdict> verdicts, Sample start, Sample middle, Sample end, List<String> leaks) {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int REASONS = 3;
  private static final double MEGABYTE = 1 << 20;

  /**
   * What the process held at one time.
   *
   * @param liveHeapBytes after a collection
   * @param threads of the platform
   */
  public record Sample(long liveHeapBytes, int threads) {
    /** Collects, and looks. */
    static Sample now() {
      System.gc();
      System.gc(); // what the first found to be unreachable only by a cleaner
      long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
      return new Sample(heap, ManagementFactory.getThreadMXBean().getThreadCount());
    }
  }

  /** Whether no attack got through, and nothing leaked. */
  public boolean held() {
    return leaks.isEmpty() && verdicts.stream().allMatch(Verdict::held);
  }

  /** For a terminal. */
  public String toTable() {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            "%-20s %-11s %10s %10s %8s %9s %8s %7s %8s  %s",
            "attack",
            "verdict",
            "submitted",
            "admitted",
            "goodput",
            "p99 ms",
            "to wait",
            "heap MB",
            "threads",
            "stopped by"));
    for (Verdict each : verdicts) {
      lines.add(line(each));
      each.gotThrough().forEach(what -> lines.add("    GOT THROUGH: " + what));
    }
    verdicts.stream()
        .findFirst()
        .ifPresent(
            each ->
                lines.add(
                    String.format(
                        Locale.ROOT, "honest client in calm: p99 %.1f ms", each.calmP99Millis())));
    lines.add(
        String.format(
            Locale.ROOT,
            "live heap at start, middle, end: %.1f, %.1f, %.1f MB; threads %d, %d, %d",
            start.liveHeapBytes() / MEGABYTE,
            middle.liveHeapBytes() / MEGABYTE,
            end.liveHeapBytes() / MEGABYTE,
            start.threads(),
            middle.threads(),
            end.threads()));
    leaks.forEach(leak -> lines.add("    LEAK: " + leak));
    return String.join("\n", lines);
  }

  private static String line(Verdict each) {
    if (!each.applied()) {
      return String.format("%-20s %-11s", each.attack(), "not tried");
    }
    return String.format(
        Locale.ROOT,
        "%-20s %-11s %,10d %,10d %8.2f %9.1f %,8d %7.1f %8d  %s",
        each.attack(),
        each.held() ? "held" : "GOT THROUGH",
        each.submitted(),
        each.admitted(),
        each.goodput(),
        each.p99Millis(),
        each.toldToWait(),
        each.liveHeapBytes() / MEGABYTE,
        each.threads(),
        each.stoppedBy().entrySet().stream()
            .sorted(Comparator.comparingLong(Map.Entry<String, Long>::getValue).reversed())
            .limit(REASONS)
            .map(reason -> String.format(Locale.ROOT, "%s %,d", reason.getKey(), reason.getValue()))
            .collect(Collectors.joining(", ")));
  }

  /** All of it, as JSON. */
  public String toJson() {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("held", held());
    var attacks = root.putArray("attacks");
    for (Verdict each : verdicts) {
      ObjectNode node = attacks.addObject();
      node.put("attack", each.attack());
      node.put("tries", each.tries());
      node.put("applied", each.applied());
      node.put("held", each.held());
      node.put("submitted", each.submitted());
      node.put("admitted", each.admitted());
      node.put("goodputOfCalm", each.goodput());
      node.put("p99Millis", each.p99Millis());
      node.put("calmP99Millis", each.calmP99Millis());
      node.put("toldToWait", each.toldToWait());
      node.put("liveHeapBytes", each.liveHeapBytes());
      node.put("threads", each.threads());
      ObjectNode stoppedBy = node.putObject("stoppedBy");
      each.stoppedBy().forEach(stoppedBy::put);
      each.gotThrough().forEach(node.putArray("gotThrough")::add);
    }
    sample(root.putObject("start"), start);
    sample(root.putObject("middle"), middle);
    sample(root.putObject("end"), end);
    leaks.forEach(root.putArray("leaks")::add);
    return root.toPrettyString();
  }

  private static void sample(ObjectNode node, Sample sample) {
    node.put("liveHeapBytes", sample.liveHeapBytes());
    node.put("threads", sample.threads());
  }
}
