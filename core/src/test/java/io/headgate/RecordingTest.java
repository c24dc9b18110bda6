package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What JFR records, and that it costs nothing when nobody does. */
@Timeout(60)
class RecordingTest {
  private static final int STORM = 20_000;

  @TempDir Path directory;

  @Test
  void recordsAttemptsRefusalsAndChanges() throws Exception {
    Path file = directory.resolve("events.jfr");
    try (Recording recording = new Recording()) {
      recording.start();
      work();
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events = RecordingFile.readAllEvents(file);
    RecordedEvent attempt = only(events, "io.headgate.Attempt");
    assertThat(attempt.getString("agent")).isEqualTo("agent");
    assertThat(attempt.getString("target")).isEqualTo("tool");
    assertThat(attempt.getString("job")).isEqualTo("job");
    assertThat(attempt.getInt("number")).isEqualTo(1);
    assertThat(attempt.getStackTrace()).isNull();
    assertThat(only(events, "io.headgate.Overrun").getInt("running")).isEqualTo(1);
    assertThat(named(events, "io.headgate.TargetGate").map(e -> e.getBoolean("open")))
        .containsExactlyInAnyOrder(false, true);
    assertThat(named(events, "io.headgate.Job").map(e -> e.getString("job")))
        .containsExactly("job", "job");
    assertThat(named(events, "io.headgate.Registration").map(e -> e.getString("change")))
        .containsExactlyInAnyOrder(
            "registered", "registered", "reconfigured", "reconfigured", "removed");
    RecordedEvent limits = only(events, "io.headgate.LimitsChanged");
    assertThat(limits.getLong("tokens")).isEqualTo(5_000_000);
    assertThat(limits.getLong("moneyNanos")).isEqualTo(2_000_000_000L);
    assertThat(limits.getLong("microsPerMinute")).isEqualTo(3_000_000);
    assertThat(limits.getLong("tokensPerMinute")).isEqualTo(1_000_000);
    assertThat(limits.getLong("burstTokens")).isEqualTo(2_000_000);
    assertThat(limits.getInt("maxParked")).isEqualTo(256);
    assertThat(limits.getLong("maxParkedTokens")).isEqualTo(10_000_000);
    assertThat(limits.getInt("retrySpreadPercent")).isEqualTo(150);
    List<RecordedEvent> refusals = named(events, "io.headgate.Refusal").toList();
    assertThat(refusals).hasSizeBetween(1, STORM / 10);
    assertThat(refusals.getFirst().getString("reason")).isEqualTo("JOB_CLOSED");
    assertThat(refusals.getFirst().getString("job")).isEqualTo("job");
  }

  private static void work() throws InterruptedException {
    SpendingLimits limits = SpendingLimits.NONE.tokens(5_000_000).money(2).moneyPerMinute(3);
    var settings = HeadgateSettings.DEFAULT.spending(limits);
    try (var headgate = Headgate.builder().settings(settings).build()) {
      var target =
          headgate.target(
              "tool",
              t ->
                  t.tool()
                      .loopGuard(LoopPolicy.OFF)
                      .maxOverruns(1)
                      .timeout(Duration.ofMillis(300)));
      var agent = headgate.agent("agent");
      agent.reconfigure(a -> a.maxInFlight(4));
      headgate.limitRate(1_000_000, 2_000_000);
      var release = new CountDownLatch(1);
      var task = Task.<String>of(agent, target, attempt -> deaf(release));
      Job job = headgate.job("job", j -> j);
      job.submitOrThrow(task).join();
      release.countDown();
      job.close();
      refuse(job, task, STORM);
      agent.remove();
    }
  }

  private static String deaf(CountDownLatch release) {
    while (true) {
      try {
        release.await();
        return "";
      } catch (InterruptedException e) {
        // deaf on purpose
      }
    }
  }

  private static RecordedEvent only(List<RecordedEvent> events, String name) {
    List<RecordedEvent> found = named(events, name).toList();
    assertThat(found).as(name).hasSize(1);
    return found.getFirst();
  }

  private static Stream<RecordedEvent> named(List<RecordedEvent> events, String name) {
    return events.stream().filter(event -> event.getEventType().getName().equals(name));
  }

  @Test
  void aRefusalAllocatesNothingWhenNobodyRecords() {
    try (var headgate = Headgate.builder().build()) {
      var task = Task.<String>of(headgate.agent("agent"), headgate.target("tool"), attempt -> "");
      Job job = headgate.job(j -> j);
      job.close();
      refuse(job, task, STORM);
      var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long before = threads.getCurrentThreadAllocatedBytes();
      refuse(job, task, STORM);
      long perRefusal = (threads.getCurrentThreadAllocatedBytes() - before) / STORM;
      assertThat(perRefusal).as("bytes a refusal").isZero();
    }
  }

  private static void refuse(Job job, Task<String> task, int times) {
    for (int i = 0; i < times; i++) {
      if (!(job.submit(task) instanceof Refused<String>)) {
        throw new AssertionError("admitted");
      }
    }
  }
}
