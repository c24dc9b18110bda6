package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.ParkPolicy.Action;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many tasks may be held for a human is changed while it runs. */
@Timeout(60)
final class ParkingLimitsTest {
  private static final By KIM = new By("kim", "fine");
  private static final ParkPolicy ASK =
      ParkPolicy.always().then(Action.REFUSE, Duration.ofHours(1));
  private static final ParkPolicy AT_BUDGET =
      ParkPolicy.atBudget().then(Action.REFUSE, Duration.ofHours(1));

  @Test
  void whoIsHeldStaysAndNothingMoreIsHeldUntilThereIsRoom() throws Exception {
    try (var headgate = Headgate.builder().maxParked(2).maxParkedTokens(1_000).build()) {
      Agent agent = headgate.agent("agent");
      Target tool = headgate.target("tool", t -> t.park(ASK));
      try (Job job = headgate.job(j -> j)) {
        Task<String> task = Task.of(agent, tool, Estimate.of(100, 0), attempt -> "done");
        Admitted<String> first = job.submitOrThrow(task);
        Admitted<String> second = job.submitOrThrow(task);
        headgate.limitParking(1, 500);
        assertThat(headgate.maxParked()).isEqualTo(1);
        assertThat(headgate.maxParkedTokens()).isEqualTo(500);
        Snapshot snapshot = headgate.snapshot();
        assertThat(snapshot.parked()).isEqualTo(2);
        assertThat(snapshot.maxParked()).isEqualTo(1);
        assertThat(snapshot.maxParkedTokens()).isEqualTo(500);
        assertThat(snapshot.toString()).contains("parked    2 of 1, with at most 500 tokens");
        assertThat(job.submitOrThrow(task).join())
            .isEqualTo(new Outcome.Cancelled<>(Outcome.Cancellation.DECLINED));
        assertThat(headgate.operator().approve(first.id(), KIM))
            .isInstanceOf(OperatorAnswer.Done.class);
        assertThat(first.join()).isEqualTo(new Outcome.Completed<>("done"));
        headgate.limitParking(3, 1_000);
        Admitted<String> third = job.submitOrThrow(task);
        assertThat(headgate.operator().parked())
            .extracting(ParkedTask::taskId)
            .containsExactly(second.id(), third.id());
        Until.isTrue("counted", () -> headgate.counters().asMap().get("limitsChanged") == 2);
      }
    }
  }

  @Test
  void whereNothingMayBeParkedTheEndOfABudgetRefuses() throws Exception {
    try (var headgate = Headgate.builder().maxParked(0).build()) {
      Agent agent = headgate.agent("agent");
      Target tool = headgate.target("tool");
      try (Job job = headgate.job(j -> j.tokenBudget(10).parkAtBudget(AT_BUDGET))) {
        Task<String> task = Task.of(agent, tool, Estimate.of(100, 0), attempt -> "done");
        assertThat(Rest.refused(job.submit(task)).reason()).isEqualTo(Refusal.TOKEN_BUDGET);
        headgate.limitParking(1, 0); // who lacks tokens holds none
        assertThat(headgate.snapshot().parked()).isZero(); // the gates have heard of it
        Admitted<String> held = job.submitOrThrow(task);
        assertThat(headgate.operator().parked()).hasSize(1);
        assertThat(Rest.refused(job.submit(task)).reason()).isEqualTo(Refusal.TOKEN_BUDGET);
        assertThat(headgate.operator().refuse(held.id(), KIM))
            .isInstanceOf(OperatorAnswer.Done.class);
      }
    }
  }

  @Test
  void whatIsOutOfBoundsChangesNothing() {
    try (var headgate = Headgate.builder().build()) {
      assertThatThrownBy(() -> headgate.limitParking(7, -1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("maxParkedTokens is -1");
      assertThatThrownBy(() -> headgate.limitParking(100_001, 0))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(headgate.maxParked()).isEqualTo(256);
      assertThat(headgate.settings().maxParked()).isEqualTo(256);
    }
  }
}
