package io.headgate.bench.peers;

import com.alibaba.csp.sentinel.Entry;
import com.alibaba.csp.sentinel.SphU;
import com.alibaba.csp.sentinel.Tracer;
import com.alibaba.csp.sentinel.slots.block.BlockException;
import com.alibaba.csp.sentinel.slots.block.RuleConstant;
import com.alibaba.csp.sentinel.slots.block.degrade.DegradeRule;
import com.alibaba.csp.sentinel.slots.block.degrade.DegradeRuleManager;
import com.alibaba.csp.sentinel.slots.block.flow.FlowRule;
import com.alibaba.csp.sentinel.slots.block.flow.FlowRuleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Sentinel's flow, concurrency and circuit breaker rules for one resource at a time: its rules and
 * its counts are the whole JVM's.
 */
public final class SentinelRules {
  /** What is guarded. */
  static final String RESOURCE = "resource";

  private static final int DAY_SECONDS = 86_400;
  private static final double ANY_RATE = 1_000_000_000;
  private static final int WINDOW = 100;

  private SentinelRules() {}

  // Before Sentinel's own classes: else it logs into the user's home.
  static {
    try {
      Path logs = Files.createTempDirectory("sentinel");
      System.setProperty("csp.sentinel.log.dir", logs.toString());
      System.setProperty("EAGLEEYE.LOG.PATH", logs.toString());
      System.setProperty("csp.sentinel.metric.flush.interval", "0");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(logs)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path logs) {
    try (Stream<Path> files = Files.list(logs)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(logs);
    } catch (IOException e) {
      // A log was written meanwhile: it stays where temporary files are.
      return;
    }
  }

  /** Those that refuse nothing that a benchmark can offer. */
  static void open() {
    load(RESOURCE, ANY_RATE, 1_000_000, failures(100));
  }

  /** Those of which one refuses for a day. */
  static void closedBy(Gate gate) throws InterruptedException {
    switch (gate) {
      case CIRCUIT -> load(RESOURCE, ANY_RATE, 1_000_000, failures(0));
      case RATE -> load(RESOURCE, 0, 1_000_000, failures(100));
      case CONCURRENCY -> load(RESOURCE, ANY_RATE, 1, failures(100));
    }
    // An entry belongs to its thread: a thread of its own enters, and does not come out or fails.
    if (gate != Gate.RATE) {
      Thread.ofPlatform().start(() -> saturate(gate)).join();
    }
  }

  private static void saturate(Gate gate) {
    try {
      Entry entry = SphU.entry(RESOURCE);
      if (gate == Gate.CIRCUIT) {
        Tracer.traceEntry(new IOException("opens the circuit"), entry);
        entry.exit();
      }
    } catch (BlockException e) {
      throw new IllegalStateException("the first was refused", e);
    }
  }

  /**
   * Those for a provider some of whose calls fail: so many at once, any rate, and a circuit that
   * opens when half of {@value #WINDOW} calls in a second failed, as Resilience4j's does by
   * default.
   */
  public static void tolerant(String resource, int maxConcurrentCalls) {
    load(
        resource,
        ANY_RATE,
        maxConcurrentCalls,
        new DegradeRule(resource)
            .setGrade(RuleConstant.DEGRADE_GRADE_EXCEPTION_RATIO)
            .setCount(0.5)
            .setMinRequestAmount(WINDOW)
            .setTimeWindow(DAY_SECONDS));
  }

  private static void load(
      String resource, double callsPerSecond, double maxConcurrentCalls, DegradeRule circuit) {
    FlowRuleManager.loadRules(
        List.of(
            flow(resource, RuleConstant.FLOW_GRADE_QPS, callsPerSecond),
            flow(resource, RuleConstant.FLOW_GRADE_THREAD, maxConcurrentCalls)));
    DegradeRuleManager.loadRules(List.of(circuit));
  }

  private static DegradeRule failures(double max) {
    return new DegradeRule(RESOURCE)
        .setGrade(RuleConstant.DEGRADE_GRADE_EXCEPTION_COUNT)
        .setCount(max)
        .setMinRequestAmount(1)
        .setTimeWindow(DAY_SECONDS);
  }

  private static FlowRule flow(String resource, int grade, double count) {
    return new FlowRule(resource).setGrade(grade).setCount(count);
  }
}
