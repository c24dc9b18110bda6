package io.headgate.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.HeadgateEvent;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.LoopPolicy;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Task;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Refusals are told of soon, in sums, and a storm of them is no storm of events. */
@Timeout(30)
class RefusalNewsTest {
  private static final long MS = 1_000_000;

  private final Stage stage = new Stage(HeadgateSettings.DEFAULT);
  private final LiveHeadgate headgate = stage.headgate;
  private final Task<String> task =
      Task.of(
          headgate.agent("agent"),
          headgate.target("tool", t -> t.tool().loopGuard(LoopPolicy.OFF)),
          attempt -> "");
  private final Job none = headgate.job(j -> j.maxCalls(1));
  private final Job closed = headgate.job(j -> j);

  @Test
  void theFirstIsToldAtOnceAndAStormOnceASecond() {
    none.submitOrThrow(task);
    closed.close();
    step();
    refuse(closed, 1);
    step();
    assertThat(told()).containsExactly(Map.of(Refusal.JOB_CLOSED, 1L));
    for (int ms = 0; ms < 3_000; ms += 10) {
      refuse(closed, 40);
      refuse(none, 3);
      step();
    }
    step();
    assertThat(told())
        .as("in three seconds")
        .containsExactly(
            Map.of(Refusal.JOB_CLOSED, 1L),
            Map.of(Refusal.JOB_CLOSED, 40 * 100L, Refusal.JOB_CALLS, 3 * 100L),
            Map.of(Refusal.JOB_CLOSED, 40 * 100L, Refusal.JOB_CALLS, 3 * 100L),
            Map.of(Refusal.JOB_CLOSED, 40 * 100L, Refusal.JOB_CALLS, 3 * 100L));
    for (int ms = 0; ms < 3_000; ms += 10) {
      step();
    }
    assertThat(told()).as("of nothing nobody is told").hasSize(4);
    assertThat(headgate.counters().asMap())
        .containsEntry("refused", 1 + 300 * 43L)
        .containsEntry("refusedJobClosed", 1 + 300 * 40L)
        .containsEntry("refusedJobCalls", 300 * 3L)
        .containsEntry("refusedLoop", 0L);
  }

  @Test
  void theRestIsToldAtTheEnd() {
    none.submitOrThrow(task);
    step();
    refuse(none, 1);
    step();
    refuse(none, 7);
    assertThat(countsOf(stage.end())).containsExactly(count(1), count(7));
  }

  @Test
  void eachReasonHasACounterOfItsNameAndIsTold() {
    Map<Refusal, Long> all = new EnumMap<>(Refusal.class);
    long sum = 0;
    for (Refusal reason : Refusal.values()) {
      long times = reason.ordinal() + 1L;
      for (long i = 0; i < times; i++) {
        headgate.gates().refusals().increment(reason);
      }
      all.put(reason, times);
      sum += times;
    }
    step();
    assertThat(told()).containsExactly(all);
    Map<String, Long> counters = headgate.counters().asMap();
    assertThat(counters)
        .hasSize(Counter.values().length + Refusal.values().length)
        .containsEntry("refusedAgentMoneyRate", all.get(Refusal.AGENT_MONEY_RATE))
        .containsEntry("refused", sum);
    all.forEach(
        (reason, times) -> assertThat(counters).containsEntry(Counter.labelOf(reason), times));
  }

  private static Map<Refusal, Long> count(long count) {
    return Map.of(Refusal.JOB_CALLS, count);
  }

  private void refuse(Job job, int times) {
    for (int i = 0; i < times; i++) {
      assertThat(job.submit(task)).isInstanceOf(Refused.class);
    }
  }

  // Counters are looked at every ten milliseconds.
  private void step() {
    stage.clock.advance(10 * MS);
    int _ = headgate.step();
  }

  private List<Map<Refusal, Long>> told() {
    return countsOf(stage.heard());
  }

  private static List<Map<Refusal, Long>> countsOf(List<HeadgateEvent> heard) {
    return heard.stream()
        .filter(HeadgateEvent.Refusals.class::isInstance)
        .map(event -> ((HeadgateEvent.Refusals) event).counts())
        .toList();
  }
}
