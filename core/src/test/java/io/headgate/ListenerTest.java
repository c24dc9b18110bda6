package io.headgate;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A listener hears all that fits, knows what it lost, and holds nothing up. */
@Timeout(60)
class ListenerTest {
  @Test
  void hearsOfJobsTasksOverrunsAndGatesInOrder() throws Exception {
    List<HeadgateEvent> heard = new CopyOnWriteArrayList<>();
    try (var headgate = Headgate.builder().listener((event, lost) -> heard.add(event)).build()) {
      var target =
          headgate.target(
              "tool",
              t ->
                  t.tool()
                      .loopGuard(LoopPolicy.OFF)
                      .maxOverruns(1)
                      .timeout(Duration.ofMillis(300)));
      var agent = headgate.agent("agent");
      var release = new CountDownLatch(1);
      try (var job = headgate.job("job", j -> j)) {
        var deaf = job.submitOrThrow(Task.<String>of(agent, target, attempt -> deaf(release)));
        assertThat(deaf.join()).isInstanceOf(Outcome.TimedOut.class);
        release.countDown();
      }
    }
    assertThat(heard).hasSize(7);
    assertThat(heard.get(0)).isEqualTo(new HeadgateEvent.JobChange("job", true));
    assertThat(heard.get(1)).isInstanceOf(HeadgateEvent.TaskEnded.class);
    var ended = (HeadgateEvent.TaskEnded) heard.get(1);
    assertThat(ended.outcome()).isEqualTo("TimedOut");
    assertThat(ended.agent()).isEqualTo("agent");
    assertThat(ended.ran()).isBetween(Duration.ofMillis(300), ofSeconds(30));
    assertThat(heard.subList(2, 7))
        .containsExactlyInAnyOrder(
            new HeadgateEvent.Overrun(ended.taskId(), "tool", 1),
            new HeadgateEvent.TargetGate("tool", false, "TARGET_OVERRUN"),
            new HeadgateEvent.Alert("tool", AlertKind.OVERRUNS, true),
            new HeadgateEvent.TargetGate("tool", true, "TARGET_OVERRUN"),
            new HeadgateEvent.JobChange("job", false));
  }

  @Test
  void hearsWhichLimitsOfAllHold() {
    List<HeadgateEvent> heard = new CopyOnWriteArrayList<>();
    try (var headgate =
        Headgate.builder()
            .tokensPerMinute(100)
            .listener((event, lost) -> heard.add(event))
            .build()) {
      headgate.limitSpending(l -> l.tokens(7_000).money(2));
      headgate.limitRate(50, 60);
      headgate.limitRate(AgentSettings.NO_RATE, AgentSettings.ONE_MINUTE);
      headgate.limitSpending(l -> SpendingLimits.NONE);
      headgate.limitParking(3, 700);
      headgate.spreadRetries(20);
    }
    SpendingLimits limited = SpendingLimits.NONE.tokens(7_000).money(2);
    assertThat(heard)
        .containsExactly(
            changed(limited, 100, AgentSettings.ONE_MINUTE, 256, 10_000_000, 150),
            changed(limited, 50, 60, 256, 10_000_000, 150),
            changed(limited, AgentSettings.NO_RATE, AgentSettings.ONE_MINUTE, 256, 10_000_000, 150),
            changed(
                SpendingLimits.NONE,
                AgentSettings.NO_RATE,
                AgentSettings.ONE_MINUTE,
                256,
                10_000_000,
                150),
            changed(
                SpendingLimits.NONE, AgentSettings.NO_RATE, AgentSettings.ONE_MINUTE, 3, 700, 150),
            changed(
                SpendingLimits.NONE, AgentSettings.NO_RATE, AgentSettings.ONE_MINUTE, 3, 700, 20));
  }

  private static HeadgateEvent changed(
      SpendingLimits spending, long rate, long burst, int parked, long tokens, int spread) {
    return new HeadgateEvent.LimitsChanged(spending, rate, burst, parked, tokens, spread);
  }

  @Test
  void hearsWhatAJobIsChangedTo() {
    List<HeadgateEvent> heard = new CopyOnWriteArrayList<>();
    try (var headgate = Headgate.builder().listener((event, lost) -> heard.add(event)).build();
        Job job = headgate.job("job", j -> j)) {
      job.reconfigure(j -> j.maxCalls(7).wrapUpPercent(20));
    }
    assertThat(heard)
        .containsExactly(
            new HeadgateEvent.JobChange("job", true),
            new HeadgateEvent.JobReconfigured(
                "job", JobSettings.DEFAULT.maxCalls(7).wrapUpPercent(20)),
            new HeadgateEvent.JobChange("job", false));
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

  @Test
  void blockedForEverItLosesEventsAndHoldsNothingUp() throws Exception {
    var entered = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    var delivered = new AtomicLong();
    var lostInAll = new AtomicLong();
    var blockAgain = new CountDownLatch(1);
    var never = new CountDownLatch(1);
    var interrupted = new CountDownLatch(1);
    HeadgateListener listener =
        (event, lost) -> {
          lostInAll.addAndGet(lost);
          delivered.incrementAndGet();
          entered.countDown();
          await(go);
          if (lost > 0) {
            blockAgain.countDown();
            try {
              never.await();
            } catch (InterruptedException e) {
              interrupted.countDown();
            }
          }
        };
    long start;
    try (var headgate = Headgate.builder().listener(listener).build()) {
      var agent = headgate.agent("agent");
      var target = headgate.target("tool", t -> t.tool().loopGuard(LoopPolicy.OFF));
      int tasks = 5_000;
      try (var job = headgate.job(j -> j)) {
        var task = Task.<String>of(agent, target, attempt -> "");
        job.submitOrThrow(task).join();
        entered.await();
        for (int i = 1; i < tasks; i++) {
          job.submitOrThrow(task).join();
        }
        // 5,001 events, one in the listener's hands, the ring holds 4,096.
        assertThat(headgate.snapshot().outcomes()).containsEntry("Completed", (long) tasks);
        go.countDown();
        awaitAtLeast(delivered, 4_096);
        job.submitOrThrow(task).join();
        blockAgain.await();
      }
      assertThat(lostInAll.get()).as("lost").isBetween(800L, 1_000L);
      assertThat(delivered.get() + lostInAll.get()).isEqualTo(tasks + 2L);
      start = System.nanoTime();
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(ofSeconds(3));
    interrupted.await();
  }

  private static void awaitAtLeast(AtomicLong value, long least) {
    long end = System.nanoTime() + ofSeconds(20).toNanos();
    while (value.get() < least) {
      assertThat(System.nanoTime()).as("only %s", value).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void whatItThrowsIsCountedAndTheNextEventComes() throws Exception {
    var heard = new AtomicLong();
    Counters counters;
    try (var headgate =
        Headgate.builder()
            .listener(
                (event, lost) -> {
                  heard.incrementAndGet();
                  throw new AssertionError("from a test: logged once");
                })
            .build()) {
      counters = headgate.counters();
      for (int i = 0; i < 10; i++) {
        headgate.job(j -> j).close();
      }
    }
    assertThat(heard.get()).isEqualTo(20);
    assertThat(counters.asMap())
        .containsEntry("userErrors", 20L)
        .containsEntry("ownErrors", 0L)
        .containsEntry("eventsLost", 0L);
  }
}
