package io.headgate.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.Outcome;
import io.headgate.ParkPolicy;
import io.headgate.ParkPolicy.Action;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.admission.JobAccount.Reserve;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A submission holds a job's tokens for a moment and gives them back, of which no input tells: who
 * was parked meanwhile for want of them goes on.
 */
@Timeout(60)
class GivenBackTest {
  private final LiveHeadgate headgate = (LiveHeadgate) Headgate.builder().maxParked(8).build();
  private final Agent agent = headgate.agent("agent");
  private final Target model = headgate.target("model", t -> t);

  @AfterEach
  void sound() {
    headgate.close();
    assertThat(headgate.audit().violations()).isEmpty();
  }

  @Test
  void whoWasParkedMeanwhileGoesOn() throws Exception {
    ParkPolicy held = ParkPolicy.atBudget().then(Action.REFUSE, Duration.ofHours(1));
    try (LiveJob job = (LiveJob) headgate.job(j -> j.tokenBudget(1_000).parkAtBudget(held))) {
      assertThat(job.tryReserve(800, 0)).isEqualTo(Reserve.DONE);
      Admitted<String> parked =
          job.submitOrThrow(Task.of(agent, model, Estimate.of(600, 0), attempt -> "done"));
      assertThat(headgate.operator().parked()).hasSize(1);
      assertThat(job.settle(800, 0, 0, 0)).as("overspent").isFalse();
      headgate.gates().noteGivenBack();
      assertThat(parked.join()).isInstanceOf(Outcome.Completed.class);
    }
  }

  @Test
  void whileNobodyIsParkedNothingIsNoted() {
    headgate.gates().noteGivenBack();
    assertThat(headgate.gates().isGivenBack()).isFalse();
  }
}
