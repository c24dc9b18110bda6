package io.headgate.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.Estimate;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.LoopPolicy;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Task;
import java.time.Duration;
import java.util.concurrent.CyclicBarrier;
import org.agrona.concurrent.CachedNanoClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A full waiting room says when to come back by the pace at which it empties. */
@Timeout(30)
class RetryAfterTest {
  // Half a second a start, sixteen waiting: two of them, rounded up by a thirty-second at most.
  @Test
  void ofAFullRoomIsTheTimeInWhichAnEighthOfItStarts() throws Exception {
    assertThat(ofAFullRoom(0)).isBetween(Duration.ofSeconds(1), Duration.ofMillis(1_032));
  }

  @Test
  void itIsSpreadOverTheTimeInWhichAllOfItStarts() throws Exception {
    assertThat(ofAFullRoom(100)).isBetween(Duration.ofSeconds(1), Duration.ofMillis(9_300));
  }

  // Told at the same time of the same bucket to the same job, it is a tenth at most, and then no
  // more than what it is.
  @Test
  void theSpreadIsChangedWhileItRuns() {
    var clock = new CachedNanoClock();
    LiveHeadgate headgate =
        LiveHeadgate.stepped(
            HeadgateSettings.DEFAULT.tokensPerMinute(60).retrySpreadPercent(1_000), clock, () -> 0);
    var agent = headgate.agent("agent");
    var target = headgate.target("target", t -> t.tool().loopGuard(LoopPolicy.OFF));
    Job job = headgate.job(j -> j);
    Task<String> all = Task.of(agent, target, Estimate.of(60, 0), attempt -> "");
    assertThat(job.submit(all)).isNotInstanceOf(Refused.class);
    assertThat(retryAfter(job, all)).isGreaterThan(Duration.ofSeconds(70));
    headgate.spreadRetries(0);
    assertThat(headgate.retrySpreadPercent()).isZero();
    assertThat(headgate.snapshot().retrySpreadPercent()).isZero();
    assertThat(retryAfter(job, all)).isBetween(Duration.ofSeconds(60), Duration.ofSeconds(62));
    assertThatThrownBy(() -> headgate.spreadRetries(1_001))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(headgate.retrySpreadPercent()).isZero();
    settle(headgate);
  }

  private static Duration retryAfter(Job job, Task<String> task) {
    var refused = (Refused<String>) job.submit(task);
    assertThat(refused.reason()).isEqualTo(Refusal.GLOBAL_RATE);
    return refused.retryAfter();
  }

  private static Duration ofAFullRoom(int spreadPercent) throws Exception {
    var clock = new CachedNanoClock();
    LiveHeadgate headgate =
        LiveHeadgate.stepped(
            HeadgateSettings.DEFAULT
                .maxInFlight(1)
                .maxWaiting(16)
                .begunPercent(0)
                .retrySpreadPercent(spreadPercent),
            clock,
            () -> 0);
    var agent = headgate.agent("agent");
    var target = headgate.target("target", t -> t.tool().loopGuard(LoopPolicy.OFF));
    Job job = headgate.job(j -> j);
    var barrier = new CyclicBarrier(2);
    Task<String> task =
        Task.<String>of(
            agent,
            target,
            Estimate.of(0, 0),
            attempt -> {
              barrier.await();
              return "";
            });
    while (!(job.submit(task) instanceof Refused<String>)) {
      Thread.onSpinWait();
    }
    settle(headgate);
    for (int i = 0; i < 8; i++) {
      clock.advance(500_000_000L);
      barrier.await();
      long started = i + 2L;
      while (headgate.snapshot().waiting() > 16 - started) {
        Thread.onSpinWait();
      }
    }
    while (!(job.submit(task) instanceof Refused<String>)) {
      Thread.onSpinWait();
    }
    var refused = (Refused<String>) job.submit(task);
    assertThat(refused.reason()).isEqualTo(Refusal.WAITING_ROOM_FULL);
    return refused.retryAfter();
  }

  private static void settle(LiveHeadgate headgate) {
    while (headgate.step() > 0) {
      Thread.onSpinWait();
    }
  }
}
