package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The order of new jobs while their queue stands, as users set it and see it. */
@Timeout(60)
class QueuePolicyTest {
  @Test
  void everyBoundIsNamedWithTheMend() {
    assertThatThrownBy(() -> new QueuePolicy(Duration.ZERO))
        .hasMessageContaining("queue policy's newestFirstAfter is PT0S");
    assertThatThrownBy(() -> new QueuePolicy(Duration.ofDays(2)))
        .hasMessageContaining("queue policy's newestFirstAfter is PT48H");
    assertThatThrownBy(() -> TargetSettings.DEFAULT.queue(null))
        .hasMessage("target's queue is null; use QueuePolicy.OFF for none");
    assertThat(QueuePolicy.OFF.isOn()).isFalse();
    assertThat(TargetSettings.DEFAULT.queue()).isEqualTo(QueuePolicy.DEFAULT);
  }

  // The blocker's job has begun; the others wait for its permit for longer than the interval.
  @Test
  void theNewestBeginsFirstAndIsCounted() throws Exception {
    List<Integer> order = new ArrayList<>();
    try (var headgate = Headgate.builder().build()) {
      Agent agent = headgate.agent("agent");
      Target target =
          headgate.target(
              "model", t -> t.maxInFlight(1).queue(new QueuePolicy(Duration.ofMillis(1))));
      try (Job quick = headgate.job(j -> j)) { // so that the mean run is less than the blocker's
        var _ =
            ((Admitted<?>) quick.submit(Task.of(agent, target, Estimate.of(0, 0), attempt -> true)))
                .join();
      }
      var release = new CountDownLatch(1);
      List<Job> jobs = new ArrayList<>();
      List<Admitted<?>> handles = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int number = i;
        Job job = headgate.job(j -> j);
        jobs.add(job);
        Call<Integer> call =
            attempt -> {
              if (number == 0) {
                release.await();
              }
              synchronized (order) {
                order.add(number);
              }
              return number;
            };
        handles.add((Admitted<?>) job.submit(Task.of(agent, target, Estimate.of(0, 0), call)));
      }
      Until.isTrue(
          "the queue stands",
          () -> headgate.snapshot().targets().get(0).alerts().contains("QUEUE_STANDS"));
      release.countDown();
      for (Admitted<?> handle : handles) {
        assertThat(handle.join()).isInstanceOf(Outcome.Completed.class);
      }
      assertThat(order).startsWith(0, 3);
      Until.isTrue(
          "it is counted", () -> headgate.counters().asMap().get("newestFirst").longValue() >= 1);
      jobs.forEach(Job::close);
      assertThat(headgate.audit().isSound()).isTrue();
    }
  }
}
