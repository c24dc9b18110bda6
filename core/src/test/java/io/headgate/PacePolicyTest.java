package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A pace as users set it and see it. */
@Timeout(60)
class PacePolicyTest {
  @Test
  void everyBoundIsNamedWithTheMend() {
    PacePolicy policy = PacePolicy.DEFAULT;
    assertThatThrownBy(() -> policy.firstPerMinute(0))
        .hasMessage(
            "pace's firstPerMinute is 0, but must be from 1 to 1000000; use a larger value");
    assertThatThrownBy(() -> policy.firstPerMinute(1_000_001))
        .hasMessageContaining("pace's firstPerMinute is 1000001");
    assertThatThrownBy(() -> policy.marginPercent(0)).hasMessageContaining("from 1 to 50");
    assertThatThrownBy(() -> policy.marginPercent(51)).hasMessageContaining("from 1 to 50");
    assertThatThrownBy(() -> policy.burst(Duration.ofNanos(-1)))
        .hasMessageContaining("pace's burst is PT-0.000000001S");
    assertThatThrownBy(() -> policy.burst(Duration.ofSeconds(61)))
        .hasMessageContaining("use a shorter time");
    assertThatThrownBy(() -> TargetSettings.DEFAULT.pace(null))
        .hasMessage("target's pace is null; use PacePolicy.OFF for none");
  }

  @Test
  void itIsOffUnlessAskedFor() {
    assertThat(TargetSettings.DEFAULT.pace()).isEqualTo(PacePolicy.OFF);
    assertThat(PacePolicy.OFF.isOn()).isFalse();
    assertThat(PacePolicy.DEFAULT.isOn()).isTrue();
  }

  @Test
  void whatIsLearnedIsSeenByTheListenerTheCountersAndTheSnapshot() throws Exception {
    Queue<HeadgateEvent.LimitLearned> heard = new ConcurrentLinkedQueue<>();
    HeadgateListener listener =
        (event, lost) -> {
          if (event instanceof HeadgateEvent.LimitLearned learned) {
            heard.add(learned);
          }
        };
    try (Headgate headgate = Headgate.builder().listener(listener).build()) {
      Agent agent = headgate.agent("agent");
      Target model =
          headgate.target(
              "model",
              t ->
                  t.pace(PacePolicy.DEFAULT.firstPerMinute(60_000))
                      .breaker(BreakerPolicy.OFF)
                      .agentBreaker(BreakerPolicy.OFF));
      assertThat(headgate.snapshot().targets().getFirst().pace())
          .isEqualTo(new Snapshot.Pace(60_000, 0, false));
      Job job = headgate.job(j -> j);
      List<Admitted<String>> tasks = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        boolean last = i == 49;
        tasks.add(
            job.submitOrThrow(
                Task.of(
                    agent,
                    model,
                    attempt -> {
                      if (last) {
                        throw new CallException(CallClass.REJECTED, "429");
                      }
                      return "answer";
                    })));
      }
      for (Admitted<String> task : tasks) {
        task.join();
      }
      Until.isTrue("told", () -> !heard.isEmpty());
      // Of 49 accepted within the minute; of what may have started meanwhile there is nothing.
      assertThat(heard).containsExactly(new HeadgateEvent.LimitLearned("model", 49, false));
      Until.isTrue("counted", () -> headgate.counters().asMap().get("limitsLearned") == 1);
      Snapshot snapshot = headgate.snapshot();
      assertThat(snapshot.targets().getFirst().pace().limitPerMinute()).isBetween(48.9, 49.1);
      assertThat(snapshot.toJson()).contains("\"pace\":{\"perMinute\":48.02,\"limitPerMinute\":49");
      assertThat(snapshot.toString()).contains("pace      model 48.0 of 49.0/min");
      assertThat(snapshot.agents().getFirst().pace()).isEqualTo(Snapshot.Pace.NONE);
    }
  }

  @Test
  void whatACallSaysOfItsProvidersQuotaIsKept() throws Exception {
    try (Headgate headgate = Headgate.builder().build()) {
      Agent agent = headgate.agent("agent");
      Target model =
          headgate.target("model", t -> t.pace(PacePolicy.DEFAULT.firstPerMinute(60_000)));
      try (Job job = headgate.job(j -> j)) {
        var _ =
            job.submitOrThrow(
                    Task.of(
                        agent,
                        model,
                        attempt -> {
                          attempt.quota(new ProviderQuota(6_000, ProviderQuota.UNKNOWN));
                          return "answer";
                        }))
                .join();
        Until.isTrue(
            "known", () -> headgate.snapshot().targets().getFirst().pace().limitPerMinute() > 0);
        Snapshot.Pace pace = headgate.snapshot().targets().getFirst().pace();
        assertThat(pace.limitPerMinute()).isEqualTo(6_000);
        assertThat(pace.perMinute()).isBetween(5_879.9, 5_880.1);
      }
    }
  }
}
