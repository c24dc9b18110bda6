package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The admission level, as users set it and see it. */
@Timeout(60)
class LevelPolicyTest {
  @Test
  void everyBoundIsNamedWithTheMend() {
    assertThatThrownBy(() -> new LevelPolicy(Duration.ZERO))
        .hasMessageContaining("level policy's delay is PT0S");
    assertThatThrownBy(() -> new LevelPolicy(Duration.ofDays(2)))
        .hasMessageContaining("level policy's delay is PT48H");
    assertThatThrownBy(() -> TargetSettings.DEFAULT.level(null))
        .hasMessage("target's level is null; use LevelPolicy.OFF for none");
    assertThat(LevelPolicy.OFF.isOn()).isFalse();
    assertThat(LevelPolicy.DEFAULT.isOn()).isTrue();
  }

  private static Task<Boolean> task(Agent agent, Target target, Call<Boolean> call) {
    return Task.of(agent, target, Estimate.of(0, 0), call);
  }

  // More and more jobs come while nothing ends: sooner or later a new one is refused. One that was
  // let in never is.
  @Test
  void newJobsAreRefusedAndThoseThatWereLetInAreNot() throws Exception {
    Queue<HeadgateEvent> events = new ConcurrentLinkedQueue<>();
    var release = new CountDownLatch(1);
    List<Job> jobs = new ArrayList<>();
    List<Admitted<?>> handles = new ArrayList<>();
    try (var headgate = Headgate.builder().listener((event, lost) -> events.add(event)).build()) {
      Agent agent = headgate.agent("agent");
      Target target =
          headgate.target(
              "model", t -> t.maxInFlight(1).level(new LevelPolicy(Duration.ofMillis(1))));
      for (int i = 0; i < 20; i++) { // so that it is known how long calls take
        try (Job job = headgate.job(j -> j)) {
          var task = task(agent, target, attempt -> workedFor(2));
          assertThat(((Admitted<?>) job.submit(task)).join()).isInstanceOf(Outcome.Completed.class);
        }
      }
      Refused<?> refused = null;
      while (refused == null && jobs.size() < 5_000) {
        Job job = headgate.job(j -> j);
        switch (job.submit(task(agent, target, attempt -> awaited(release)))) {
          case Admitted<Boolean> handle -> {
            handles.add(handle);
            jobs.add(job);
          }
          case Refused<Boolean> no -> {
            job.close();
            if (no.reason() == Refusal.RING_FULL) {
              Thread.onSpinWait(); // the dispatcher is late, which says nothing of the level
            } else {
              refused = no;
            }
          }
        }
      }
      assertThat(refused).isNotNull();
      assertThat(refused.reason()).isEqualTo(Refusal.LEVEL);
      assertThat(refused.retryAfter()).isPositive();
      assertThat(jobs.getFirst().submit(task(agent, target, attempt -> true)))
          .as("of one that was let in")
          .isInstanceOf(Admitted.class);
      Snapshot snapshot = headgate.snapshot();
      assertThat(snapshot.targets().getFirst().level().isAll()).isFalse();
      assertThat(snapshot.toString()).contains("let in    model ");
      assertThat(snapshot.toJson()).contains("\"level\":{\"lowest\":\"");
      Until.isTrue(
          "it is counted", () -> headgate.counters().asMap().get("levelsLowered").longValue() >= 1);
      release.countDown();
      for (Admitted<?> handle : handles) {
        assertThat(handle.join()).isInstanceOf(Outcome.Completed.class);
      }
      jobs.forEach(Job::close);
      Until.isTrue(
          "all are let in again", () -> headgate.snapshot().targets().getFirst().level().isAll());
      var open = new HeadgateEvent.AdmissionLevel("model", Priority.BACKGROUND, 1);
      Until.isTrue("the listener hears of it", () -> events.contains(open));
      assertThat(headgate.audit().isSound()).isTrue();
    }
  }

  // Not a wait for another thread: the call's own work.
  private static boolean workedFor(long ms) {
    LockSupport.parkNanos(ms * 1_000_000);
    return true;
  }

  private static boolean awaited(CountDownLatch latch) throws InterruptedException {
    latch.await();
    return true;
  }
}
